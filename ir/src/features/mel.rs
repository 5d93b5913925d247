//! A bank of triangular mel filters: parameters, checks, tables.

use impulse_runtime::features as device;
use libm::{exp, log};

use super::{Problem, Stft};
use crate::diagnostic::codes;
use crate::spec::Window;

/// Triangular filters, equally spaced on a mel scale.
#[derive(Clone, Debug, PartialEq)]
pub struct MelBank {
    /// Filters.
    pub n_filters: usize,
    /// Lower edge of the lowest filter.
    pub low_hz: f32,
    /// Upper edge of the highest filter, at most half the sampling rate.
    pub high_hz: f32,
    /// What is equal spacing.
    pub scale: MelScale,
    /// Whether each filter is divided by half its width in Hz, so that all have one area (Slaney,
    /// 1998); else each has peak 1.
    pub area_normalized: bool,
}

/// A perceptual scale of pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MelScale {
    /// `2595·log10(1 + f/700)` (O'Shaughnessy, 1987), as in HTK.
    Htk,
    /// Linear below 1 kHz, logarithmic above (Slaney, 1998).
    Slaney,
}

/// [`MelBank`] as the device has it, see [`device::MelFilters`].
#[derive(Clone, Debug, PartialEq)]
pub struct MelTables {
    /// The first bin above the lower edge of the lowest filter.
    pub first_bin: usize,
    /// `[n_filters + 1]`: bins between two neighbouring points.
    pub segment_bins: Vec<u16>,
    /// `[n_filters + 1]`: share of a segment's first bin, and its growth.
    pub slopes: Vec<[f32; 2]>,
    /// `[n_filters]`, or empty.
    pub gains: Vec<f32>,
    /// Whether points lie on bins.
    pub on_bins: bool,
}

impl MelScale {
    fn mel_of(self, hz: f64) -> f64 {
        match self {
            // Factors cancel.
            MelScale::Htk => log(1.0 + hz / 700.0),
            MelScale::Slaney if hz < 1000.0 => hz * 3.0 / 200.0,
            MelScale::Slaney => 15.0 + 27.0 * log(hz / 1000.0) / log(6.4),
        }
    }

    fn hz_of(self, mel: f64) -> f64 {
        match self {
            MelScale::Htk => 700.0 * (exp(mel) - 1.0),
            MelScale::Slaney if mel < 15.0 => mel * 200.0 / 3.0,
            MelScale::Slaney => 1000.0 * exp((mel - 15.0) / 27.0 * log(6.4)),
        }
    }
}

impl MelBank {
    /// `n_filters + 2` points: lower edge, peaks, upper edge.
    fn points_hz(&self) -> Vec<f64> {
        let (low_hz, high_hz) = (f64::from(self.low_hz), f64::from(self.high_hz));
        let (low, high) = (self.scale.mel_of(low_hz), self.scale.mel_of(high_hz));
        let last = self.n_filters + 1;
        (0..=last)
            .map(|i| match i {
                0 => low_hz,
                i if i == last => high_hz,
                i => self
                    .scale
                    .hz_of(low + (high - low) * i as f64 / last as f64),
            })
            .collect()
    }

    /// The tables over the bins of an FFT, triangles evaluated at the bins' frequencies.
    pub fn tables(&self, stft: &Stft, rate_hz: u32) -> MelTables {
        let fft_samples = stft.fft_samples;
        if stft.edge_impulse {
            return self.on_bins(fft_samples, rate_hz);
        }
        let points_hz = self.points_hz();
        let bin_hz = f64::from(rate_hz) / fft_samples as f64;
        let mut tables = MelTables {
            first_bin: 1,
            segment_bins: vec![0; self.n_filters + 1],
            slopes: Vec::with_capacity(self.n_filters + 1),
            gains: self.gains(&points_hz),
            on_bins: false,
        };
        for pair in points_hz.windows(2) {
            let (low_hz, high_hz) = (pair[0], pair[1]);
            tables
                .slopes
                .push([-low_hz, bin_hz].map(|hz| (hz / (high_hz - low_hz)) as f32));
        }
        let mut segment = 0;
        for bin in 0..=fft_samples / 2 {
            let hz = bin as f64 * bin_hz;
            if hz <= points_hz[0] {
                tables.first_bin = bin + 1;
                continue;
            }
            while segment <= self.n_filters && hz >= points_hz[segment + 1] {
                segment += 1;
            }
            if segment > self.n_filters {
                break;
            }
            if tables.segment_bins[segment] == 0 {
                let (low_hz, high_hz) = (points_hz[segment], points_hz[segment + 1]);
                tables.slopes[segment][0] = ((hz - low_hz) / (high_hz - low_hz)) as f32;
            }
            tables.segment_bins[segment] += 1;
        }
        tables
    }

    /// The tables of filters whose points lie on bins, by the rule of Edge Impulse's blocks: the
    /// bin of a point is that of an FFT with one point more, rounded down.
    fn on_bins(&self, fft_samples: usize, rate_hz: u32) -> MelTables {
        let mut points_hz = self.points_hz();
        if let Some(last) = points_hz.last_mut() {
            *last -= 0.001;
        }
        let bin = |hz: f64| ((fft_samples + 1) as f64 * hz / f64::from(rate_hz)) as usize;
        let bins: Vec<usize> = points_hz.into_iter().map(bin).collect();
        let segments = bins.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        let segment_bins: Vec<u16> = segments.map(|n| n.min(fft_samples) as u16).collect();
        let slope = |&n: &u16| [1.0 / f32::from(n.max(1)); 2];
        let slopes = segment_bins.iter().map(slope).collect();
        // The bin of the upper edge has no weight, and may be the last of the spectrum.
        let mut segment_bins = segment_bins;
        if let Some(last) = segment_bins.last_mut() {
            *last = last.saturating_sub(1);
        }
        MelTables {
            first_bin: bins[0] + 1,
            slopes,
            segment_bins,
            gains: Vec::new(),
            on_bins: true,
        }
    }

    fn gains(&self, points_hz: &[f64]) -> Vec<f32> {
        if !self.area_normalized {
            return Vec::new();
        }
        let widths = points_hz.windows(3).map(|p| p[2] - p[0]);
        widths.map(|width_hz| (2.0 / width_hz) as f32).collect()
    }

    /// What cannot work on the spectra of `stft`.
    pub fn problems(&self, stft: &Stft, window: &Window) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.n_filters < 2 {
            let message = format!("expected at least 2 filters, found {}", self.n_filters);
            problems.push(Problem::new(codes::FILTERS, "filters", message));
        }
        let before = problems.len();
        self.check_band(window, &mut problems);
        let band_is_sound = problems.len() == before;
        if stft.has_sound_fft() && band_is_sound && self.n_filters >= 2 {
            self.check_filters(stft, window.rate_hz, &mut problems);
        }
        problems
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

    /// Each filter needs at least one bin, else its energy is 0 whatever the sound.
    fn check_filters(&self, stft: &Stft, rate_hz: u32, problems: &mut Vec<Problem>) {
        let empty_filter = |n_filters| {
            let bank = MelBank {
                n_filters,
                ..self.clone()
            };
            bank.tables(stft, rate_hz).first_empty_filter()
        };
        let fft_samples = stft.fft_samples;
        // More filters than bins cannot be, and would take long to find out.
        let most = self.n_filters.min(fft_samples / 2);
        let empty = if self.n_filters > most {
            Some(most)
        } else {
            empty_filter(self.n_filters)
        };
        if let Some(filter) = empty {
            let message = format!(
                "{} filters are too many for an FFT of {fft_samples} points: filter {} has no frequency bin",
                self.n_filters,
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

impl MelTables {
    /// The lowest filter that no bin contributes to.
    pub fn first_empty_filter(&self) -> Option<usize> {
        self.segment_bins.windows(2).position(|pair| pair == [0, 0])
    }

    /// Filters.
    pub fn n_filters(&self) -> usize {
        self.segment_bins.len() - 1
    }

    /// The largest factor on the energies.
    pub fn gain_max(&self) -> f32 {
        self.gains.iter().copied().fold(0.0, f32::max).max(1.0)
    }

    /// The device's part over these tables.
    pub fn device(&self) -> device::MelFilters<'_> {
        device::MelFilters {
            first_bin: self.first_bin,
            segment_bins: &self.segment_bins,
            slopes: &self.slopes,
            gains: &self.gains,
            on_bins: self.on_bins,
        }
    }

    /// Bytes of flash that the tables take.
    pub fn flash_bytes(&self) -> usize {
        let segment_bins = (2 * self.segment_bins.len()).next_multiple_of(4);
        segment_bins + 8 * self.slopes.len() + 4 * self.gains.len()
    }

    /// Multiplications of one frame.
    pub fn macs(&self) -> usize {
        self.segment_bins.iter().map(|&n| usize::from(n)).sum()
    }
}
