//! Feature blocks: parameters, shapes, tables. The arithmetic is in `impulse-runtime`.

pub mod mfcc;

pub use mfcc::Mfcc;

use crate::spec::Window;

/// A feature block of a spec.
#[derive(Clone, Debug, PartialEq)]
pub enum FeatureBlock {
    /// Mel-frequency cepstral coefficients.
    Mfcc(Mfcc),
}

impl FeatureBlock {
    /// Shape of the block's output for one window: `[frames, coefficients]` for audio.
    pub fn shape(&self, window: &Window) -> Vec<usize> {
        match self {
            FeatureBlock::Mfcc(m) => vec![m.n_frames(window.length_samples), m.n_coefficients],
        }
    }
}
