#![no_std]
//! What runs on the chip and, bit for bit, on the host.

pub mod kernels;
pub mod quant;
