//! Edge Impulse's way with the blocks over frames: over a whole window at once, see
//! [`impulse_runtime::features::whole`].

use impulse_runtime::features as device;
use impulse_runtime::features::Finish;

use super::Stft;
use crate::spec::Window;

/// Most frames of a window in Edge Impulse's blocks.
pub const FRAMES_MAX: usize = 500;
/// Frames of the sliding normalization by default.
pub const SLIDING_FRAMES: usize = 101;
/// The level that stands for 0, in dB, by default.
pub const NOISE_FLOOR_DB: f32 = -52.0;
/// The level that stands for 1, in dB.
const TOP_DB: f32 = 12.0;

/// What an audio block does with the rows of a window, as the device has it.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeTables {
    /// Values of a window: samples times axes.
    pub window_samples: usize,
    /// Values of a frame that are looked at.
    pub frame_samples: usize,
    /// Values between the starts of two frames.
    pub hop_samples: usize,
    /// Frames of the window.
    pub n_frames: usize,
    /// Values of a row.
    pub n_columns: usize,
    /// What is done to the rows.
    pub finish: Finish,
}

impl WholeTables {
    /// For a block of `n_columns` on windows like `window`; `None` where the block streams.
    pub fn new(stft: &Stft, window: &Window, n_columns: usize, finish: Finish) -> Option<Self> {
        stft.edge_impulse.then(|| Self {
            window_samples: window.length_samples * window.n_axes,
            frame_samples: stft.used_samples() * window.n_axes,
            hop_samples: stft.hop_samples * window.n_axes,
            n_frames: stft.n_frames(window.length_samples),
            n_columns,
            finish,
        })
    }

    /// The device's block over `block`.
    pub fn block<B>(&self, block: B) -> device::Whole<B> {
        device::Whole {
            block,
            frame_samples: self.frame_samples,
            hop_samples: self.hop_samples,
            n_frames: self.n_frames,
            n_columns: self.n_columns,
            finish: self.finish,
        }
    }
}

/// Levels from 0 at the noise floor to 1 at 12 dB, of powers from 1e-30 on.
pub fn level(noise_floor_db: f32) -> device::Level {
    let range_db = TOP_DB - noise_floor_db;
    device::Level {
        log: true,
        floor: 1e-30,
        factor: 10.0 / core::f32::consts::LN_10 / range_db,
        offset: -noise_floor_db / range_db,
    }
}

/// The whole number that a length in samples becomes: rounded up, but for what is less than 0.001 above
/// one.
pub fn rounded(samples: f64) -> f64 {
    let whole = samples.floor();
    if samples - whole < 0.001 {
        whole
    } else {
        whole + 1.0
    }
}

/// Frames that one row of a block stands for.
pub fn frames(whole: Option<&WholeTables>) -> usize {
    whole.map_or(1, |whole| whole.n_frames)
}
