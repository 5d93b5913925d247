//! Products of int8 on Helium, the vector extension of Cortex-M55 and later, and the same in
//! portable Rust; the twin of `impulse_kernels_helium.c`, whose header describes columns and weights.
//!
//! Everything but the sum works on one slice, the arena, at places that the plan chose: the output
//! may lie over the input.

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod assembly;
#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod chip;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
mod portable;

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
use chip as target;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
use portable as target;

pub(super) use target::{add, address, copy, fill, once, one, taps, two};

/// A product of matrices, as the assembly reads it. Blocks and filters are at least 1.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Product {
    /// Bytes from one output to the next.
    pub stride: i32,
    /// The output's zero point.
    pub zero: i32,
    /// Bytes of a column: 16 for each block.
    pub bytes: i32,
    /// Blocks of 16 taps.
    pub blocks: i32,
    /// Lowest output value.
    pub low: i32,
    /// Highest output value.
    pub high: i32,
    /// Outputs of a column.
    pub filters: i32,
    /// Multiplier of all filters, where it is the same.
    pub multiplier: i32,
    /// Their shift, after the upper half of the product, below 0.
    pub shift: i32,
}

/// A depthwise convolution, as the assembly reads it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Depthwise {
    /// The output's zero point.
    pub zero: i32,
    /// Pairs of taps.
    pub pairs: i32,
    /// Lowest output value.
    pub low: i32,
    /// Highest output value.
    pub high: i32,
    /// Channels.
    pub channels: i32,
}

impl Depthwise {
    /// Words of weights of 16 channels.
    fn words(&self) -> usize {
        16 + 8 * self.pairs as usize + 20
    }
}
