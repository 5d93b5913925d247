//! Feature blocks: parameters, shapes, tables. The arithmetic is in `impulse-runtime`.
//!
//! A block is a struct with its parameters that implements [`Block`], a variant of
//! [`FeatureBlock`], and a struct with its tables that implements [`DeviceBlock`], a variant of
//! [`Tables`]. [`Layout`] puts the blocks of a spec side by side; the host computes by it and
//! emission prints it.

pub mod args;
mod axes;
pub mod deltas;
pub mod fixed;
pub mod flatten;
pub mod image;
mod lanes;
pub mod layout;
pub mod level;
pub mod mel;
pub mod mfcc;
pub mod mfe;
mod of_spectrum;
mod problem;
pub mod raw;
pub mod samples;
pub mod spectral;
pub mod spectrogram;
pub mod stft;
pub mod whole;

use impulse_runtime::features as device;
use impulse_runtime::stream::Frames;

pub use args::{DeviceArgs, InputQuantization, sum_min};
pub use deltas::Deltas;
pub use flatten::Flatten;
pub use image::Image;
pub use layout::{Layout, Part, Stream};
pub use level::{Levels, Log};
pub use mel::{MelBank, MelScale};
pub use mfcc::Mfcc;
pub use mfe::Mfe;
pub use of_spectrum::OfSpectrum;
pub use problem::Problem;
pub use raw::Raw;
pub use samples::Samples;
pub use spectral::Spectral;
pub use spectrogram::Spectrogram;
pub use stft::{Stft, Taper};

use crate::board::Cpu;
use crate::cost;
use crate::spec::Window;

/// Powers below it count as it before the logarithm is taken, with samples from −1 to 1: what
/// noise of one step of int16 leaves in a narrow filter. Digital silence then is as quiet as a
/// quiet room, not a hundred times quieter.
pub const LOG_FLOOR: f32 = 1e-6;

/// A feature block of a spec.
#[derive(Clone, Debug, PartialEq)]
pub enum FeatureBlock {
    /// Mel-frequency cepstral coefficients.
    Mfcc(Mfcc),
    /// Log mel energies.
    Mfe(Mfe),
    /// Levels of all frequency bins.
    Spectrogram(Spectrogram),
    /// Spectra or wavelet bands of axes.
    Spectral(Spectral),
    /// Statistics of axes.
    Flatten(Flatten),
    /// Samples as they are.
    Raw(Raw),
    /// Pixels.
    Image(Image),
}

/// What is done to each column of a block over the frames of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// Nothing: a row is final as soon as its frame is there.
    None,
    /// The mean is subtracted.
    Mean,
    /// The mean is subtracted, and the result divided by the standard deviation (with a floor, so
    /// that silence stays silent).
    MeanVariance,
}

/// In what numbers a block computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arithmetic {
    /// binary32.
    #[default]
    Float,
    /// Integers, see [`impulse_runtime::features::fixed`].
    Fixed,
}

/// What every feature block of a spec says of itself.
pub trait Block {
    /// The keyword in a spec.
    fn keyword(&self) -> &'static str;

    /// How samples are cut, counted in values (samples times axes): into frames, or, for a block
    /// that needs the whole window, into windows ([`samples::whole_window`]).
    fn frames(&self, window: &Window) -> Frames;

    /// Values of a row: the features of one frame.
    fn n_columns(&self, window: &Window) -> usize;

    /// Differences over the rows of a window, which stand behind the columns.
    fn deltas(&self) -> Option<Deltas> {
        None
    }

    /// Values of a row with its differences.
    fn width(&self, window: &Window) -> usize {
        let orders = self.deltas().map_or(0, |deltas| deltas.device().order);
        self.n_columns(window) * (1 + orders)
    }

    /// Shape of the block's output for one window, by default `[frames, columns]`.
    fn shape(&self, window: &Window) -> Vec<usize> {
        vec![self.frames(window).n_frames, self.width(window)]
    }

    /// What is done over the rows of a window.
    fn normalize(&self) -> Normalize {
        Normalize::None
    }

    /// Whether each column gets a scale of its own, from the training clips, where the spec does
    /// not say (`quantize { columns … }`).
    fn scales_columns(&self) -> bool {
        false
    }

    /// Everything about the block that cannot work on windows like `window`; the other functions
    /// of a block, its tables and its emission expect that there is nothing.
    fn problems(&self, window: &Window) -> Vec<Problem>;

    /// The block as the device has it.
    fn tables(&self, window: &Window) -> Tables;
}

/// The tables of a feature block: the host computes with them and they are emitted.
#[derive(Clone, Debug, PartialEq)]
pub enum Tables {
    /// Of `mfcc`.
    Mfcc(mfcc::MfccTables),
    /// Of `mfe`.
    Mfe(mfe::MfeTables),
    /// Of `mfcc` in integers.
    FixedMfcc(fixed::FixedMfccTables),
    /// Of `mfe` in integers.
    FixedMfe(fixed::FixedMfeTables),
    /// Of `spectrogram`.
    Spectrogram(spectrogram::SpectrogramTables),
    /// Of `spectrogram` over axes of several.
    AxesSpectrogram(spectrogram::AxesSpectrogramTables),
    /// Of `spectral`.
    Spectral(spectral::SpectralTables),
    /// Of `wavelet`.
    Wavelet(spectral::WaveletTables),
    /// Of `flatten`.
    Flatten(flatten::FlattenTables),
    /// Of `raw`.
    Raw(raw::RawTables),
    /// Of `image`.
    Image(image::ImageTables),
}

/// What every feature block does and costs on the device.
pub trait DeviceBlock {
    /// Numbers of scratch that one row needs.
    fn scratch_len(&self) -> usize;

    /// The features of one frame, by the device's code. `scratch` has any content.
    fn row(&self, frame: Samples<'_>, scratch: &mut [f32], out: &mut [f32]);

    /// The features of all frames of a window, `[n_frames, columns]`: [`DeviceBlock::row`] of each, to
    /// the bit. `scratch` has any content.
    fn rows(&self, window: Samples<'_>, frames: Frames, scratch: &mut [f32], out: &mut [f32]) {
        let n_columns = out.len() / frames.n_frames.max(1);
        for (frame_idx, out) in out.chunks_exact_mut(n_columns.max(1)).enumerate() {
            let frame = window.part(frame_idx * frames.hop_samples, frames.frame_samples);
            self.row(frame, scratch, out);
        }
    }

    /// Bound of the absolute values of a row, which says how finely they can wait as int16; of a
    /// block that is never normalized over its rows it does not matter.
    fn bound(&self) -> f32 {
        1.0
    }

    /// Bytes of flash that the tables take, parameters left out.
    fn flash_bytes(&self) -> usize;

    /// Bytes of the structure that holds its parameters, where it has many.
    fn parameter_bytes(&self) -> usize {
        0
    }

    /// Multiplications of one row.
    fn macs(&self) -> usize;

    /// Instructions of one row, see [`crate::cost`].
    fn instructions(&self, cpu: Cpu) -> u64;

    /// The functions that the block links, by name, with their bytes of code.
    fn code(&self, cpu: Cpu) -> Vec<(&'static str, u64)>;

    /// Its stack below `push`.
    fn stack_bytes(&self) -> u64 {
        cost::FRONT_END_STACK_BYTES
    }
}

impl std::ops::Deref for FeatureBlock {
    type Target = dyn Block;

    fn deref(&self) -> &(dyn Block + 'static) {
        match self {
            FeatureBlock::Mfcc(block) => block,
            FeatureBlock::Mfe(block) => block,
            FeatureBlock::Spectrogram(block) => block,
            FeatureBlock::Spectral(block) => block,
            FeatureBlock::Flatten(block) => block,
            FeatureBlock::Raw(block) => block,
            FeatureBlock::Image(block) => block,
        }
    }
}

impl Tables {
    /// Whether the block computes in integers, up to the network's int8.
    pub fn is_fixed(&self) -> bool {
        matches!(self, Tables::FixedMfcc(_) | Tables::FixedMfe(_))
    }

    /// The device's block over these tables.
    pub fn device(&self) -> &dyn DeviceBlock {
        match self {
            Tables::Mfcc(tables) => tables,
            Tables::Mfe(tables) => tables,
            Tables::FixedMfcc(tables) => tables,
            Tables::FixedMfe(tables) => tables,
            Tables::Spectrogram(tables) => tables,
            Tables::AxesSpectrogram(tables) => tables,
            Tables::Spectral(tables) => tables,
            Tables::Wavelet(tables) => tables,
            Tables::Flatten(tables) => tables,
            Tables::Raw(tables) => tables,
            Tables::Image(tables) => tables,
        }
    }
}

impl Normalize {
    /// The same in the runtime, where there is something to do.
    pub fn device(self) -> Option<device::Normalize> {
        match self {
            Normalize::None => None,
            Normalize::Mean => Some(device::Normalize::Mean),
            Normalize::MeanVariance => Some(device::Normalize::MeanVariance),
        }
    }
}
