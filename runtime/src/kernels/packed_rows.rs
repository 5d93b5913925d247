//! Layers each of whose outputs sees one row of the input, by products of matrices: `CONV_2D` with a
//! kernel of 1 × 1 and `FULLY_CONNECTED`, for cores with the DSP extension.

use core::hint::black_box;

use super::arena::copy;
use super::gemm::{Block, Gemm, expand_four, expand_one};
use super::packed_conv2d::Places;
use crate::quant::limit;

/// Resolved parameters of a layer of rows whose weights are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedRows {
    /// Rows of the input, each connected with the same weights.
    pub rows: usize,
    /// Values of a row.
    pub inputs: usize,
    /// Outputs of a row.
    pub units: usize,
    /// Words of the weights for each pair of units.
    pub pair_words: usize,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
}

impl PackedRows {
    /// Words of a column.
    pub const fn words(&self) -> usize {
        2 * self.inputs.div_ceil(4)
    }

    /// Columns that stand side by side: four, or one where there are fewer than four rows.
    const fn columns(&self) -> usize {
        if self.rows < 4 { 1 } else { 4 }
    }

    /// Bytes of scratch memory of [`packed_rows`]: the columns, and a spare place for the end of the
    /// last row or for what the last of an odd number of units is computed into.
    pub const fn scratch_bytes(&self) -> usize {
        self.columns() * (4 * self.words() + 2) + 2
    }

    /// Whether the rows are computed from the last to the first: where outputs are longer than
    /// inputs, so that an output may begin where the input begins.
    pub const fn descends(&self) -> bool {
        self.units > self.inputs
    }

    /// The first of the rows that are computed after `done` rows, and how many: four or one. Words of
    /// four values may reach into the next row, but not past the last.
    const fn next(&self, done: usize) -> (usize, usize) {
        let left = self.rows - done;
        if left >= 4 {
            let row = if self.descends() { left - 4 } else { done };
            let reach = (row + 3) * self.inputs + self.inputs.next_multiple_of(4);
            if reach <= self.rows * self.inputs {
                return (row, 4);
            }
        }
        (if self.descends() { left - 1 } else { done }, 1)
    }

    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later; `None` where it has to begin where the output begins.
    pub fn lag_bytes(&self) -> Option<i64> {
        if self.descends() {
            return None;
        }
        let [rows, inputs, units] = [self.rows, self.inputs, self.units].map(|n| n as i64);
        let first = self.next(0).1 as i64;
        let lag = if first < rows {
            first * (units - inputs)
        } else {
            -rows * inputs
        };
        Some(lag)
    }
}

/// Each row of the input (`[rows, inputs]`) times the weights plus the bias into the output (`[rows,
/// units]`) in the same arena. `weights` is a stream of words, see `impulse_kernels_gemm.h`; `gemm`
/// says how they are rescaled.
///
/// Rounds as the layer's reference does, whose results the rescaling was proven to give.
///
/// With `SHARED` the compiler makes no copy of the kernel for a layer whose parameters it knows: where there
/// are several layers, that is shorter.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn packed_rows<const SHARED: bool>(
    p: &PackedRows,
    gemm: &Gemm,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let (p, gemm) = if SHARED {
        black_box((p, gemm))
    } else {
        (p, gemm)
    };
    let groups = p.inputs.div_ceil(4);
    let end = places.input + p.rows * p.inputs;
    let spare = places.scratch + 4 * p.columns() * p.words();
    let mut done = 0;
    while done < p.rows {
        let (row, n) = p.next(done);
        let input = places.input + row * p.inputs;
        if n == 4 {
            let lines = [0, 1, 2, 3].map(|j| input + j * p.inputs);
            expand_four(arena, lines, places.scratch, groups);
        } else {
            let whole = groups.min((end - input) / 4);
            let mut column = places.scratch;
            if whole > 0 {
                column = expand_one(arena, input, column, whole);
            }
            if whole < groups {
                arena[spare..spare + 4].fill(0);
                copy(arena, input + 4 * whole, spare, p.inputs - 4 * whole);
                expand_one(arena, spare, column, 1);
            }
        }
        let block = Block {
            columns: places.scratch,
            words: p.words(),
            output: places.output + row * p.units,
            filters: p.units,
        };
        gemm.outputs(arena, &block, weights, [p.pair_words, spare], n);
        if p.clamps {
            limit(
                &mut arena[block.output..block.output + n * p.units],
                p.clamp,
            );
        }
        done += n;
    }
}
