//! Feature blocks: parameters, shapes, tables. The arithmetic is in `impulse-runtime`.

pub mod args;
pub mod mfcc;
mod problem;

pub use args::{DeviceArgs, sum_min};
pub use mfcc::Mfcc;
pub use problem::Problem;

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

    /// Everything about the block that cannot work on windows like `window`; the other functions
    /// of a block, its tables and its emission expect that there is nothing.
    pub fn problems(&self, window: &Window) -> Vec<Problem> {
        match self {
            FeatureBlock::Mfcc(m) => m.problems(window),
        }
    }

    /// The keyword of the block in a spec.
    pub fn keyword(&self) -> &'static str {
        match self {
            FeatureBlock::Mfcc(_) => "mfcc",
        }
    }
}
