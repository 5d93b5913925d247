//! The blocks `mfcc` and `mfe` in integers, for cores without a floating-point unit.
//!
//! The same steps as in float. Every number is an integer with a fixed place of its binary point,
//! every rounding is defined, and nothing overflows, whatever the samples:
//!
//! | what | where its point is |
//! |---|---|
//! | samples after pre-emphasis | 15 fractional bits of an int16 step, exact |
//! | times the window function | 12 bits, at most 2²⁸ |
//! | the FFT | divided by the length of each pass: magnitudes stay below 2²⁸·√2 |
//! | twice the spectrum | below 2³¹; then shifted so that the largest part of a frame's has 15 bits |
//! | power of a bin, energy of a filter | 31 and 64 bits |
//! | levels | 16 bits, in decibel 14, then those of the block's grid or what its DCT takes |
//! | rows and their differences | int16 on the grid of the block ([`super::Grid`]); 10 bits where they are normalized to unit variance |
//!
//! What is lost against float are bins 90 dB below the loudest of their frame. Products are of 32 by
//! 16 bits, which a Cortex-M0 does in two multiplications of its own.
//!
//! A feature's value is its integer divided by a power of two, so the numbers of training are those
//! of the device ([`Scaling`] then makes them int8). The C twins are `impulse_fixed_*.{h,c}`.

pub mod deltas;
mod fft;
mod level;
mod mel;
mod mfcc;
mod mfe;
mod multiply;
mod normalize;
mod spectrum;

pub use fft::RealFft;
pub use level::{Level, log2};
pub use mel::MelFilters;
pub use mfcc::Mfcc;
pub use mfe::Mfe;
pub use normalize::{Factor, NORMALIZED_BITS, Scaling};
pub use spectrum::Spectrum;
