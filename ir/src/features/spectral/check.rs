//! Whether the parameters can work, before anything is computed from them.

use super::{Analysis, Fft, Filter, Spectral};
use crate::diagnostic::codes;
use crate::features::Problem;
use crate::features::axes;
use crate::spec::Window;

/// What a signal can be decimated by.
pub const DECIMATIONS: [usize; 6] = [1, 3, 10, 30, 100, 1000];
/// Orders of a filter; 0 only chooses bins.
const ORDERS: [usize; 5] = [0, 2, 4, 6, 8];
/// Lengths of an FFT.
const FFT_SAMPLES: std::ops::RangeInclusive<usize> = 16..=4096;
/// Samples that a wavelet transform needs for each of its finest band's.
const ROWS_PER_BAND: usize = 32;
/// Highest cutoff behind a decimation, as a share of its Nyquist frequency: above, the
/// decimation's own filter cuts.
const CUTOFF_SHARE: f64 = 0.9;

impl Spectral {
    pub(super) fn find_problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = axes::problems(&self.axes, self.scale, window);
        self.check_decimation(&mut problems);
        if !problems.is_empty() {
            return problems;
        }
        let sound = self.check_filter(window, &mut problems);
        match &self.analysis {
            Analysis::Fft(fft) => self.check_fft(fft, window, sound, &mut problems),
            Analysis::Wavelet { levels, .. } => self.check_levels(*levels, window, &mut problems),
        }
        problems
    }

    fn check_decimation(&self, problems: &mut Vec<Problem>) {
        if DECIMATIONS.contains(&self.decimation) {
            return;
        }
        let message = format!(
            "expected a decimation by 1, 3, 10, 30, 100 or 1000, found {}",
            self.decimation
        );
        let nearest = DECIMATIONS
            .iter()
            .min_by_key(|d| d.abs_diff(self.decimation));
        let problem = Problem::new(codes::DECIMATION, "decimate", message);
        problems.push(match nearest {
            Some(nearest) => problem.hint(format!("the nearest is {nearest}")),
            None => problem,
        });
    }

    /// Whether the filter is sound.
    fn check_filter(&self, window: &Window, problems: &mut Vec<Problem>) -> bool {
        let Some(cutoff) = self.filter.cutoff() else {
            return true;
        };
        let before = problems.len();
        let key = match self.filter {
            Filter::High(_) => "high_pass",
            _ => "low_pass",
        };
        if !ORDERS.contains(&cutoff.order) {
            let message = format!(
                "expected an order of 0, 2, 4, 6 or 8, found {}",
                cutoff.order
            );
            let even = (cutoff.order + 1).clamp(2, 8) / 2 * 2;
            problems.push(
                Problem::new(codes::FILTER, "order", message)
                    .hint(format!("the nearest is {even}")),
            );
        }
        let nyquist_hz = self.rate_hz(window) / 2.0;
        let (most_hz, why) = if self.decimation > 1 {
            (nyquist_hz * CUTOFF_SHARE, "0.9 of half the decimated rate")
        } else {
            (nyquist_hz, "half the sampling rate")
        };
        let hz = f64::from(cutoff.hz);
        let within = hz > 0.0 && (hz < most_hz || (self.decimation > 1 && hz <= most_hz));
        if !within {
            let message = format!(
                "expected a cutoff below {} Hz, {why}, found {hz} Hz",
                round(most_hz)
            );
            let fits = floor_tenth(most_hz * 0.95);
            problems.push(
                Problem::new(codes::FILTER, key, message)
                    .hint(format!("such as {fits} Hz, or leave the filter out")),
            );
        }
        problems.len() == before
    }

    fn check_fft(
        &self,
        fft: &Fft,
        window: &Window,
        filter_is_sound: bool,
        problems: &mut Vec<Problem>,
    ) {
        let n = fft.samples;
        if !n.is_power_of_two() || !FFT_SAMPLES.contains(&n) {
            let nearest = n.clamp(16, 4096).next_power_of_two();
            let message =
                format!("expected an FFT of 16 to 4096 points, a power of two, found {n}");
            problems
                .push(Problem::new(codes::FFT, "fft", message).hint(format!("such as {nearest}")));
            return;
        }
        let rows = window.length_samples.div_ceil(self.decimation);
        if n / 2 > rows {
            let most = (rows + 1).next_power_of_two().max(16);
            let message = format!(
                "an FFT of {n} points is too long for a window of {rows} samples: most of it would be zeros"
            );
            problems.push(
                Problem::new(codes::FFT, "fft", message)
                    .hint(format!("at most {most}, or a longer window")),
            );
        }
        if fft.low_frequencies && rows.div_ceil(10) < n / 2 {
            let message = format!(
                "the low frequencies have {} samples after a decimation by 10, expected at least {}, half the FFT",
                rows.div_ceil(10),
                n / 2
            );
            let hint = format!(
                "a window of {} samples or a shorter FFT, or leave `low_frequencies` out",
                n / 2 * 10 * self.decimation
            );
            problems.push(Problem::new(codes::FFT, "low_frequencies", message).hint(hint));
        }
        if filter_is_sound {
            self.check_bins(fft, window, problems);
        }
    }

    /// A filter has to leave a bin.
    fn check_bins(&self, fft: &Fft, window: &Window, problems: &mut Vec<Problem>) {
        let rate_hz = self.rate_hz(window);
        let rates = [rate_hz, rate_hz / 10.0];
        let n_rates = if fft.low_frequencies { 2 } else { 1 };
        for rate_hz in &rates[..n_rates] {
            let [first, end] = fft.bins(&self.filter, *rate_hz);
            if first < end {
                continue;
            }
            let Some(cutoff) = self.filter.cutoff() else {
                continue;
            };
            let bin_hz = rate_hz / fft.samples as f64;
            let (key, hint) = if matches!(self.filter, Filter::High(_)) {
                let most = floor_tenth(rate_hz / 2.0 - bin_hz / 2.0);
                (
                    "high_pass",
                    format!("a cutoff of at most {most} Hz leaves one"),
                )
            } else {
                let least = ceil_tenth(bin_hz / 2.0);
                let longer = (16..=4096usize)
                    .filter(|n| n.is_power_of_two())
                    .find(|&n| fft_bins(n, fft, &self.filter, *rate_hz));
                let longer = longer.map_or(String::new(), |n| format!(", or an FFT of {n} points"));
                (
                    "low_pass",
                    format!("a cutoff of at least {least} Hz leaves one{longer}"),
                )
            };
            let message = format!(
                "the filter at {} Hz leaves no bin of an FFT of {} points, whose bins are {} Hz apart",
                cutoff.hz,
                fft.samples,
                round(bin_hz)
            );
            problems.push(Problem::new(codes::NO_BIN, key, message).hint(hint));
        }
    }

    fn check_levels(&self, levels: usize, window: &Window, problems: &mut Vec<Problem>) {
        let rows = window.length_samples.div_ceil(self.decimation);
        let most = (rows / ROWS_PER_BAND).checked_ilog2().unwrap_or(0) as usize;
        if (1..=most).contains(&levels) {
            return;
        }
        let message = format!(
            "{levels} levels of a wavelet need {} samples, found {rows}",
            ROWS_PER_BAND << levels.clamp(1, 20)
        );
        let problem = Problem::new(codes::WAVELET, "levels", message);
        problems.push(if most > 0 {
            problem.hint(format!("at most {most} levels, or a longer window"))
        } else {
            problem.hint(format!(
                "a window of at least {} samples",
                2 * ROWS_PER_BAND * self.decimation
            ))
        });
    }
}

fn fft_bins(samples: usize, fft: &Fft, filter: &Filter, rate_hz: f64) -> bool {
    let [first, end] = Fft { samples, ..*fft }.bins(filter, rate_hz);
    first < end
}

fn round(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

fn floor_tenth(x: f64) -> f64 {
    (x * 10.0).floor() / 10.0
}

fn ceil_tenth(x: f64) -> f64 {
    (x * 10.0).ceil() / 10.0
}
