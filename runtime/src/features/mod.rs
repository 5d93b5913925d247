//! Feature blocks: from samples to the network's input.
//!
//! A block turns one frame of samples into one row of f32 features ([`OfSpectrum::frame`] of [`Mfcc`],
//! [`Mfe`], [`Spectrogram`]). Where the rows of a window are normalized together,
//! they wait in a ring as int16 on a grid of the block ([`normalize::Grid`]), which is what
//! [`normalize::Normalize`] and [`Deltas`] read; else each is quantized at once ([`Quantize`]). A block that
//! needs the whole window has one frame, the window, and one row.

mod axes;
pub mod deltas;
pub mod fixed;
pub mod flatten;
pub mod image;
pub mod mel;
pub mod mfcc;
pub mod mfe;
pub mod normalize;
pub mod raw;
pub mod spectral;
pub mod spectrogram;
pub mod spectrum;
pub mod wavelet;
pub mod whole;

pub use deltas::Deltas;
pub use flatten::Flatten;
pub use image::Image;
pub use mel::MelFilters;
pub use mfcc::Mfcc;
pub use mfe::Mfe;
pub use normalize::{Grid, Normalize, Place, Quantize};
pub use raw::Raw;
pub use spectral::Spectral;
pub use spectrogram::{AxesSpectrogram, Spectrogram};
pub use spectrum::{Level, OfSpectrum, Spectrum};
pub use wavelet::WaveletBands;
pub use whole::{Finish, Row, Whole};
