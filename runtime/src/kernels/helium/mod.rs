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

pub(super) use target::{add, address, copy, fill, limit, once, one, push, strip, taps, two};

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

/// Two rows that follow those of a strip, as the assembly reads them.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Rows {
    /// Bytes from 16 values of each to the next: 16, or 0 for a row of pads.
    pub step: [i32; 2],
    /// Values of a row.
    pub len: i32,
    /// The input's zero point.
    pub zero: i32,
}

/// Two rows of outputs of a depthwise convolution of 3 × 3, as the assembly reads it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Square {
    /// Bytes of a pixel of a strip: four for each channel.
    pub pitch: i32,
    /// Pairs of outputs in a row, rounded down; at least 1.
    pub pairs: i32,
    /// The pitch where an output is left, else 0.
    pub odd: i32,
    /// [`BOTH`] or [`UPPER`].
    pub mask: i32,
    /// Bytes of a row of outputs.
    pub row: i32,
    /// Channels.
    pub channels: i32,
    /// The output's zero point.
    pub zero: i32,
}

/// Both rows of outputs.
pub(super) const BOTH: i32 = 0xffff;
/// The upper row alone.
pub(super) const UPPER: i32 = 0x0f0f;

impl Depthwise {
    /// Words of weights of 16 channels.
    fn words(&self) -> usize {
        16 + 8 * self.pairs as usize + 20
    }
}
