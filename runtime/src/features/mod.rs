//! Feature blocks: from samples to the network's input.
//!
//! A block turns one frame of samples into one row of f32 features ([`mfcc::Mfcc::frame`]); the
//! rows of a window are normalized and quantized together ([`normalize::Normalize`]).

pub mod mfcc;
pub mod normalize;

pub use mfcc::Mfcc;
pub use normalize::{Normalize, Quantize};
