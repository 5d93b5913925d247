#![no_std]
//! What runs on the chip and, bit for bit, on the host.

pub mod bytes;
pub mod decide;
pub mod dsp;
pub mod features;
pub mod kernels;
pub mod quant;
pub mod rolled;
pub mod stream;

/// Version of what generated code expects of this crate, `IMPULSE_ABI` in C: changes whenever a
/// parameter structure or a kernel's arguments change.
pub const ABI: u32 = 4;
