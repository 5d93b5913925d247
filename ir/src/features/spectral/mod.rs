//! Spectral analysis of motion: parameters. See `impulse_runtime::features::spectral` and
//! `wavelet` for what is computed.

mod check;
pub mod filters;
mod tables;
pub mod wavelets;

pub use check::DECIMATIONS;
pub use tables::{DecimationTables, SignalTables, SpectralTables, WaveletTables};
pub use wavelets::Wavelet;

use impulse_runtime::features::{spectral, wavelet};
use impulse_runtime::stream::Frames;

use super::samples::whole_window;
use super::{Block, Problem, Tables};
use crate::spec::Window;

/// Parameters of the block.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectral {
    /// The axes that are analysed, ascending.
    pub axes: Vec<u8>,
    /// Factor on the samples, in the unit of the recordings.
    pub scale: f32,
    /// One of so many samples is kept before anything else: 1, 3, 10, 30, 100 or 1000.
    pub decimation: usize,
    /// The filter.
    pub filter: Filter,
    /// What is made of the filtered signal.
    pub analysis: Analysis,
}

/// A filter on the signal, which also chooses the bins of an FFT that are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filter {
    /// None.
    None,
    /// What is below the cutoff passes.
    Low(Cutoff),
    /// What is above the cutoff passes.
    High(Cutoff),
}

/// Where a filter begins to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cutoff {
    /// The −3 dB point.
    pub hz: f32,
    /// Order of the Butterworth filter: 2, 4, 6, 8, or 0 where the cutoff chooses bins only.
    pub order: usize,
}

/// What is made of a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Analysis {
    /// Statistics and the spectrum.
    Fft(Fft),
    /// Statistics of the bands of a wavelet transform.
    Wavelet {
        /// The wavelet.
        wavelet: Wavelet,
        /// Levels of the transform.
        levels: usize,
    },
}

/// The spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fft {
    /// Points of the transform.
    pub samples: usize,
    /// Whether pieces overlap by half.
    pub overlap: bool,
    /// Whether the powers are given as `log10`.
    pub log: bool,
    /// Whether the same features are given once more of the signal at a tenth of its rate.
    pub low_frequencies: bool,
}

impl Block for Spectral {
    fn keyword(&self) -> &'static str {
        match self.analysis {
            Analysis::Fft(_) => "spectral",
            Analysis::Wavelet { .. } => "wavelet",
        }
    }

    fn frames(&self, window: &Window) -> Frames {
        whole_window(window)
    }

    fn n_columns(&self, window: &Window) -> usize {
        let rate_hz = self.rate_hz(window);
        let of_axis = match &self.analysis {
            Analysis::Fft(fft) => {
                let of = |rate_hz| {
                    let [first, end] = fft.bins(&self.filter, rate_hz);
                    spectral::N_STATISTICS + end - first
                };
                let low = if fft.low_frequencies {
                    of(rate_hz / 10.0)
                } else {
                    0
                };
                of(rate_hz) + low
            }
            Analysis::Wavelet { levels, .. } => (levels + 1) * wavelet::N_STATISTICS,
        };
        self.axes.len() * of_axis
    }

    fn shape(&self, window: &Window) -> Vec<usize> {
        vec![self.n_columns(window)]
    }

    fn scales_columns(&self) -> bool {
        true
    }

    fn problems(&self, window: &Window) -> Vec<Problem> {
        self.find_problems(window)
    }

    fn tables(&self, window: &Window) -> Tables {
        match &self.analysis {
            Analysis::Fft(fft) => Tables::Spectral(SpectralTables::new(self, fft, window)),
            Analysis::Wavelet { wavelet, levels } => {
                Tables::Wavelet(WaveletTables::new(self, *wavelet, *levels, window))
            }
        }
    }
}

impl Filter {
    /// The cutoff, where there is a filter.
    pub fn cutoff(&self) -> Option<Cutoff> {
        match self {
            Filter::None => None,
            Filter::Low(cutoff) | Filter::High(cutoff) => Some(*cutoff),
        }
    }
}

impl Fft {
    /// The bins that `filter` leaves of a signal at `rate_hz`: the first and the one after the
    /// last. Bin 0 is never among them.
    pub fn bins(&self, filter: &Filter, rate_hz: f64) -> [usize; 2] {
        let end = self.samples / 2 + 1;
        let bin = |hz: f32| f64::from(hz).min(rate_hz / 2.0) * self.samples as f64 / rate_hz;
        match filter {
            Filter::None => [1, end],
            Filter::Low(cutoff) => [1, ((bin(cutoff.hz) + 0.5) as usize + 1).clamp(1, end)],
            Filter::High(cutoff) => {
                let first = (bin(cutoff.hz) - 0.5).max(0.0) as usize + 1;
                // What rounds towards 0 from below must not skip bin 1.
                let first = if bin(cutoff.hz) < 0.5 { 1 } else { first };
                [first.min(end), end]
            }
        }
    }
}
