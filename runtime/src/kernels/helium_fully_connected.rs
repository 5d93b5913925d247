//! `FULLY_CONNECTED` on Helium.

use super::helium::{Product, copy, once};
use super::packed_conv2d::Places;

/// Resolved parameters of a fully connected layer whose weights are packed for Helium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeliumFullyConnected {
    /// Rows of the input, each connected with the same weights.
    pub rows: usize,
    /// Values of a row.
    pub inputs: usize,
    /// Outputs of a row.
    pub units: usize,
    /// Multiplier of all units.
    pub multiplier: i32,
    /// Their shift after the upper half of the product, below 0.
    pub shift: i32,
    /// The output's zero point.
    pub output_zero: i8,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
}

impl HeliumFullyConnected {
    /// Blocks of 16 inputs.
    pub const fn blocks(&self) -> usize {
        self.inputs.div_ceil(16)
    }

    /// Bytes of scratch memory: a row, where its last block would reach over its end.
    pub const fn scratch_bytes(&self) -> usize {
        if self.inputs.is_multiple_of(16) {
            0
        } else {
            16 * self.blocks()
        }
    }
}

/// Each row of the input (`[rows, inputs]`) times the weights plus the bias into the output (`[rows,
/// units]`) in the same arena. `weights` is a stream of words, see `impulse_kernels_helium.h`.
///
/// Rounds once per output; equal to LiteRT's kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn helium_fully_connected(
    p: &HeliumFullyConnected,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let product = Product {
        stride: 0,
        zero: i32::from(p.output_zero),
        bytes: 16 * p.blocks() as i32,
        blocks: p.blocks() as i32,
        low: i32::from(p.clamp[0]),
        high: i32::from(p.clamp[1]),
        filters: p.units as i32,
        multiplier: p.multiplier,
        shift: p.shift,
    };
    for row in 0..p.rows {
        let mut column = places.input + row * p.inputs;
        if !p.inputs.is_multiple_of(16) {
            copy(arena, [column, 0], [places.scratch, 0], p.inputs, 1);
            column = places.scratch;
        }
        once(
            arena,
            column,
            weights,
            places.output + row * p.units,
            &product,
        );
    }
}
