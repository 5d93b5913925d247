//! MFCC: parameters, shape, checks and tables (Davis and Mermelstein, 1980). The arithmetic is
//! `impulse_runtime::features::mfcc`.

mod check;
mod tables;

pub use check::{FFT_SAMPLES_MAX, FFT_SAMPLES_MIN};
pub use tables::{LOG_FLOOR, MelBins, MfccTables};

/// Parameters of the `mfcc` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Mfcc {
    /// Samples in a frame.
    pub frame_samples: usize,
    /// Samples between the starts of two frames.
    pub hop_samples: usize,
    /// Length of the FFT: a power of two, at least `frame_samples`; the frame is padded with zeros.
    pub fft_samples: usize,
    /// Mel filters.
    pub n_filters: usize,
    /// Coefficients kept, at most `n_filters`.
    pub n_coefficients: usize,
    /// Lower edge of the lowest filter.
    pub low_hz: f32,
    /// Upper edge of the highest filter, at most half the sampling rate.
    pub high_hz: f32,
    /// `y[n] = x[n] − c·x[n−1]` within a frame (`y[0] = x[0] − c·x[0]`); 0 for none.
    pub pre_emphasis: f32,
    /// Multiplied onto each frame.
    pub taper: Taper,
    /// What is done to each coefficient over the window.
    pub normalize: Normalize,
}

/// Window function of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taper {
    /// All ones.
    Rectangular,
    /// `0.5 − 0.5·cos(2πn/N)`, periodic.
    Hann,
    /// `0.54 − 0.46·cos(2πn/N)`, periodic.
    Hamming,
}

/// Normalization of each coefficient over the frames of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// None.
    None,
    /// The mean is subtracted.
    Mean,
    /// The mean is subtracted, and the result divided by the standard deviation (with a floor, so
    /// that silence stays silent).
    MeanVariance,
}

impl Normalize {
    /// The same in the runtime.
    pub fn device(self) -> impulse_runtime::features::Normalize {
        match self {
            Normalize::None => impulse_runtime::features::Normalize::None,
            Normalize::Mean => impulse_runtime::features::Normalize::Mean,
            Normalize::MeanVariance => impulse_runtime::features::Normalize::MeanVariance,
        }
    }
}

impl Mfcc {
    /// Whole frames in `n_samples`.
    pub fn n_frames(&self, n_samples: usize) -> usize {
        if n_samples < self.frame_samples {
            0
        } else {
            (n_samples - self.frame_samples) / self.hop_samples + 1
        }
    }
}
