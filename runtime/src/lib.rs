#![no_std]
//! What runs on the chip and, bit for bit, on the host.

pub mod bytes;
pub mod decide;
pub mod dsp;
pub mod features;
pub mod kernels;
pub mod quant;
pub mod stream;
