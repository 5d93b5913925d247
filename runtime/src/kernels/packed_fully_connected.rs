//! `FULLY_CONNECTED` by products of matrices, for cores with the DSP extension.

use core::hint::black_box;

use super::arena::copy;
use super::gemm::units_shared;
use super::packed_conv2d::Places;
use super::packed_rows::PackedRows;
use crate::quant::limit;

impl PackedRows {
    /// Whether a row ends within a word, and is therefore copied.
    const fn ends_within(&self) -> bool {
        !self.inputs.is_multiple_of(4)
    }

    /// Bytes of scratch memory of [`packed_fully_connected`]: a row that ends within a word, and what
    /// the last units are computed into that are not four.
    pub const fn scratch_bytes_of_units(&self) -> usize {
        let row = if self.ends_within() {
            2 * self.words()
        } else {
            0
        };
        row + if self.units.is_multiple_of(4) { 0 } else { 4 }
    }

    /// Of [`packed_fully_connected`], which reads a row again for each four units: `None` where they
    /// would overwrite it.
    pub const fn lag_bytes_of_units(&self) -> Option<i64> {
        if self.rows == 1 && (self.ends_within() || self.units <= 4) {
            Some(-(self.inputs as i64))
        } else {
            None
        }
    }
}

/// Each row of the input (`[rows, inputs]`) times the weights plus the bias into the output (`[rows,
/// units]`) in the same arena, four units at a time. `weights` is a stream of words, see
/// `impulse_kernels_gemm.h`; `shared` is the rescaling of every unit.
///
/// Rounds once per output; equal to LiteRT's kernel to the bit.
///
/// With `SHARED` the compiler makes no copy of the kernel for a layer whose parameters it knows: where there
/// are several layers, that is shorter.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn packed_fully_connected<const SHARED: bool>(
    p: &PackedRows,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
    shared: &[i32; 4],
) {
    let p = if SHARED { black_box(p) } else { p };
    let (fours, rest) = (p.units & !3, p.units % 4);
    for row in 0..p.rows {
        let mut input = places.input + row * p.inputs;
        let output = places.output + row * p.units;
        let mut spare = places.scratch;
        if p.ends_within() {
            let bytes = 2 * p.words();
            arena[spare + bytes - 4..spare + bytes].copy_from_slice(&[0; 4]);
            copy(arena, input, spare, p.inputs);
            input = spare;
            spare += bytes;
        }
        if fours > 0 {
            let pair = p.pair_words;
            units_shared(
                arena,
                [input, p.words(), output, fours],
                pair,
                weights,
                shared,
            );
        }
        if rest > 0 {
            // The second pair of one or two units is the first once more.
            let pair = if rest > 2 { p.pair_words } else { 0 };
            let weights = &weights[fours / 2 * p.pair_words..];
            units_shared(arena, [input, p.words(), spare, 4], pair, weights, shared);
            copy(arena, spare, output + fours, rest);
        }
        if p.clamps {
            limit(&mut arena[output..output + p.units], p.clamp);
        }
    }
}
