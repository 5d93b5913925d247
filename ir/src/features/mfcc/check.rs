//! Whether the parameters can work, before anything is computed from them.

use super::{MelBins, Mfcc};
use crate::diagnostic::codes;
use crate::features::Problem;
use crate::spec::Window;

/// Shortest FFT.
pub const FFT_SAMPLES_MIN: usize = 16;
/// Longest FFT.
pub const FFT_SAMPLES_MAX: usize = 4096;

impl Mfcc {
    /// Everything about these parameters that cannot work on windows like `window`; tables may be
    /// made of a block without problems.
    pub fn problems(&self, window: &Window) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.check_frames(window, &mut problems);
        self.check_numbers(&mut problems);
        let before = problems.len();
        self.check_band(window, &mut problems);
        let band_is_sound = problems.len() == before;
        if self.check_fft(&mut problems) && band_is_sound {
            self.check_filters(window.rate_hz, &mut problems);
        }
        problems
    }

    fn check_frames(&self, window: &Window, problems: &mut Vec<Problem>) {
        let rate_hz = window.rate_hz;
        if window.n_axes != 1 {
            let n_axes = window.n_axes;
            let message = format!("expected one value per sample (audio), found {n_axes}");
            problems.push(Problem::new(codes::FRAME, "frame", message));
        }
        if self.frame_samples < 2 {
            let message = format!(
                "expected a frame of at least 2 samples, found {}",
                self.frame_samples
            );
            problems.push(Problem::new(codes::FRAME, "frame", message));
        }
        if self.hop_samples == 0 {
            let message = "expected at least one sample between two frames, found 0";
            problems.push(Problem::new(codes::FRAME, "every", message));
        }
        if self.frame_samples > window.length_samples {
            let message = format!(
                "a frame of {} does not fit into a window of {}",
                milliseconds(self.frame_samples, rate_hz),
                milliseconds(window.length_samples, rate_hz),
            );
            problems.push(Problem::new(codes::FRAME, "frame", message));
        }
        if window.stride_samples < self.hop_samples {
            let hop = milliseconds(self.hop_samples, rate_hz);
            let message = format!(
                "expected a stride of at least the {hop} between two frames, found {}",
                milliseconds(window.stride_samples, rate_hz),
            );
            let hint =
                format!("there is a new frame every {hop}: a shorter stride repeats results");
            problems.push(Problem::new(codes::STRIDE, "stride", message).hint(hint));
        }
    }

    fn check_numbers(&self, problems: &mut Vec<Problem>) {
        if !(0.0..=1.0).contains(&self.pre_emphasis) {
            let message = format!(
                "expected a pre-emphasis between 0 and 1, found {}",
                self.pre_emphasis
            );
            problems.push(Problem::new(codes::PRE_EMPHASIS, "pre_emphasis", message));
        }
        if self.n_filters < 2 {
            let message = format!("expected at least 2 filters, found {}", self.n_filters);
            problems.push(Problem::new(codes::FILTERS, "filters", message));
        }
        if self.n_coefficients == 0 || self.n_coefficients > self.n_filters {
            let message = format!(
                "expected 1 to {} coefficients, as many as filters at most, found {}",
                self.n_filters, self.n_coefficients
            );
            problems.push(Problem::new(codes::COEFFICIENTS, "coefficients", message));
        }
    }

    fn check_band(&self, window: &Window, problems: &mut Vec<Problem>) {
        let nyquist_hz = window.rate_hz as f32 / 2.0;
        if !(self.high_hz > 0.0 && self.high_hz <= nyquist_hz) {
            let message = format!(
                "expected an upper edge of at most {nyquist_hz} Hz, half the sampling rate, found {} Hz",
                self.high_hz
            );
            problems.push(Problem::new(codes::BAND, "high", message));
        }
        if !(self.low_hz >= 0.0 && self.low_hz < self.high_hz) {
            let message = format!(
                "expected a lower edge between 0 Hz and the upper edge of {} Hz, found {} Hz",
                self.high_hz, self.low_hz
            );
            problems.push(Problem::new(codes::BAND, "low", message));
        }
    }

    /// Whether the FFT's length is sound.
    fn check_fft(&self, problems: &mut Vec<Problem>) -> bool {
        let fft = self.fft_samples;
        let in_range = (FFT_SAMPLES_MIN..=FFT_SAMPLES_MAX).contains(&fft);
        let sound = fft.is_power_of_two() && in_range && fft >= self.frame_samples;
        if !sound {
            let smallest = self.frame_samples.max(FFT_SAMPLES_MIN).next_power_of_two();
            let message = format!(
                "expected an FFT of {FFT_SAMPLES_MIN} to {FFT_SAMPLES_MAX} points, a power of two and at \
                 least the {} samples of a frame, found {fft}",
                self.frame_samples
            );
            let problem = Problem::new(codes::FFT, "fft", message);
            problems.push(if smallest <= FFT_SAMPLES_MAX {
                problem.hint(format!(
                    "the shortest FFT for this frame has {smallest} points"
                ))
            } else {
                problem.hint(format!("the longest frame has {FFT_SAMPLES_MAX} samples"))
            });
        }
        sound
    }

    /// Each filter needs at least one bin, else its energy is 0 whatever the sound.
    fn check_filters(&self, rate_hz: u32, problems: &mut Vec<Problem>) {
        let empty_filter = |n_filters| {
            MelBins::new(
                &Mfcc {
                    n_filters,
                    ..self.clone()
                },
                rate_hz,
            )
            .first_empty_filter()
        };
        if self.n_filters < 2 {
            return;
        }
        // More filters than bins cannot be, and would take long to find out.
        let most = self.n_filters.min(self.fft_samples / 2);
        let empty = if self.n_filters > most {
            Some(most)
        } else {
            empty_filter(self.n_filters)
        };
        if let Some(filter) = empty {
            let message = format!(
                "{} filters are too many for an FFT of {} points: filter {} has no frequency bin",
                self.n_filters,
                self.fft_samples,
                filter + 1
            );
            let problem = Problem::new(codes::FILTERS, "filters", message);
            let fits = (2..most).rev().find(|&n| empty_filter(n).is_none());
            problems.push(match fits {
                Some(n) => problem.hint(format!(
                    "at most {n} filters have a bin each, or make the FFT longer"
                )),
                None => problem.hint("make the FFT longer or the band wider"),
            });
        }
    }
}

fn milliseconds(samples: usize, rate_hz: u32) -> String {
    let ms = samples as f64 * 1000.0 / f64::from(rate_hz.max(1));
    format!("{} ms", (ms * 1000.0).round() / 1000.0)
}
