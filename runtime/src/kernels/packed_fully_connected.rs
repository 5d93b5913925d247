//! `FULLY_CONNECTED` by products of matrices, for cores with the DSP extension.

use super::gemm::{Block, expand_one, one_shared};
use super::packed_conv2d::Places;

/// Resolved parameters of a fully connected layer whose weights are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedFullyConnected {
    /// Rows of the input, each connected with the same weights.
    pub rows: usize,
    /// Values of a row.
    pub inputs: usize,
    /// Outputs of a row.
    pub units: usize,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
}

impl PackedFullyConnected {
    /// Words of a column.
    pub const fn words(&self) -> usize {
        2 * self.inputs.div_ceil(4)
    }

    /// Bytes of scratch memory: a column, and four bytes for what is no multiple of four inputs or
    /// of two units.
    pub const fn scratch_bytes(&self) -> usize {
        4 * self.words() + 4
    }
}

/// Each row of the input (`[rows, inputs]`) times the weights plus the bias into the output (`[rows,
/// units]`) in the same arena. `weights` is a stream of words, see `impulse_kernels_gemm.h`; `shared`
/// is the rescaling of every unit.
///
/// Rounds once per output; equal to LiteRT's kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn packed_fully_connected(
    p: &PackedFullyConnected,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
    shared: &[i32; 4],
) {
    let (groups, rest, even) = (p.inputs / 4, p.inputs % 4, p.units & !1);
    let spare = places.scratch + 4 * p.words();
    for row in 0..p.rows {
        let input = places.input + row * p.inputs;
        let output = places.output + row * p.units;
        let mut column = places.scratch;
        if groups > 0 {
            column = expand_one(arena, input, column, groups);
        }
        if rest > 0 {
            arena[spare..spare + 4].fill(0);
            let from = input + 4 * groups;
            arena.copy_within(from..from + rest, spare);
            expand_one(arena, spare, column, 1);
        }
        let block = Block {
            columns: places.scratch,
            words: p.words(),
            output,
            filters: even,
        };
        if even > 0 {
            one_shared(arena, &block, weights, shared);
        }
        if even < p.units {
            let last = Block {
                output: spare,
                filters: 2,
                ..block
            };
            let weights = &weights[even / 2 * (2 + p.words())..];
            one_shared(arena, &last, weights, shared);
            arena[output + even] = arena[spare];
        }
        if p.clamps {
            for x in &mut arena[output..output + p.units] {
                *x = (*x).max(p.clamp[0]).min(p.clamp[1]);
            }
        }
    }
}
