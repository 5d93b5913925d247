//! `CONV_2D` by products of matrices, for cores with the DSP extension.

use core::hint::black_box;

use super::arena::copy;
use super::gemm::{Block, Gemm, expand_four, expand_one};
use super::lag::Walk;
use crate::quant::limit;

/// Resolved parameters of a convolution whose weights are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackedConv2d {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// `[height, width]` of the kernel.
    pub kernel: [usize; 2],
    /// Input rows and columns between two outputs.
    pub stride: [usize; 2],
    /// Input rows between two rows of taps.
    pub row_dilation: usize,
    /// Rows above and columns left of the input that count as zero.
    pub pad: [usize; 2],
    /// Words of the weights for each pair of filters.
    pub pair_words: usize,
    /// The input's zero point.
    pub input_zero: i8,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
}

/// Where a step's bytes begin in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// The input.
    pub input: usize,
    /// The output: apart from the input, or so that nothing is overwritten before it was read.
    pub output: usize,
    /// Scratch memory, apart from both; a multiple of 4.
    pub scratch: usize,
}

impl PackedConv2d {
    /// Groups of four taps of a row of the kernel.
    const fn groups(&self) -> usize {
        (self.kernel[1] * self.input[2]).div_ceil(4)
    }

    /// Words of a column.
    pub const fn words(&self) -> usize {
        2 * self.groups() * self.kernel[0]
    }

    /// Columns that stand side by side: four, or one where there are fewer than four outputs.
    const fn columns(&self) -> usize {
        if self.output[0] * self.output[1] < 4 {
            1
        } else {
            4
        }
    }

    /// Whether outputs whose taps lie outside of the input are computed one by one: those of a kernel of
    /// one row, which are few.
    const fn edges_apart(&self) -> bool {
        self.kernel[0] == 1
    }

    /// Bytes of scratch memory: the columns, and lines with pads, or what the last of an odd number of
    /// filters is computed into.
    pub const fn scratch_bytes(&self) -> usize {
        let n_lines = if self.edges_apart() {
            1
        } else {
            self.columns()
        };
        let spare = if n_lines * self.groups() < 2 {
            8
        } else {
            4 * n_lines * self.groups()
        };
        4 * self.columns() * self.words() + spare
    }

    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later.
    pub fn lag_bytes(&self) -> i64 {
        let walk = Walk {
            input: self.input,
            output: self.output,
            stride: self.stride,
            pad: self.pad,
            together: if self.edges_apart() { 1 } else { 4 },
            copied: true,
        };
        walk.lag_bytes()
    }

    /// Where the taps of row `i` of the kernel stand side by side for the output at `(y, x)`: in the
    /// input, or at `patch`, with pads filled in.
    #[inline(never)]
    fn line(
        &self,
        arena: &mut [i8],
        input: usize,
        [y, x]: [usize; 2],
        i: usize,
        patch: usize,
    ) -> usize {
        let [height, width, channels] = self.input;
        let (row, column) = (
            y * self.stride[0] + i * self.row_dilation,
            x * self.stride[1],
        );
        let inside = row >= self.pad[0] && row - self.pad[0] < height;
        let over = (column + self.kernel[1]).saturating_sub(width + self.pad[1]);
        let missing = self.pad[1].saturating_sub(column);
        let start = |first: usize| {
            input + ((row - self.pad[0]) * width + column + first - self.pad[1]) * channels
        };
        let bytes = 4 * self.groups();
        if inside && missing == 0 && over == 0 {
            let line = start(0);
            if line + bytes <= input + height * width * channels {
                return line;
            }
        }
        arena[patch..patch + bytes].fill(self.input_zero);
        if inside && missing + over < self.kernel[1] {
            let from = start(missing);
            let len = (self.kernel[1] - missing - over) * channels;
            copy(arena, from, patch + missing * channels, len);
        }
        patch
    }

    /// Where in the input the line of row `i` of the kernel begins for the first of `n` outputs from
    /// number `at` on; `None` unless they stand in a row, no tap lies outside, and the words of the first
    /// `n_read` lines end within the input.
    fn whole(&self, at: usize, n: usize, i: usize, n_read: usize) -> Option<usize> {
        let [height, width, channels] = self.input;
        let (y, x) = (at / self.output[1], at % self.output[1]);
        let (row, column) = (
            y * self.stride[0] + i * self.row_dilation,
            x * self.stride[1],
        );
        let across = (n - 1) * self.stride[1];
        let beside = x + n <= self.output[1]
            && column >= self.pad[1]
            && column + across + self.kernel[1] <= width + self.pad[1];
        if !beside || row < self.pad[0] || row - self.pad[0] >= height {
            return None;
        }
        let first = ((row - self.pad[0]) * width + column - self.pad[1]) * channels;
        let end = first + (n_read - 1) * self.stride[1] * channels + 4 * self.groups();
        (end <= height * width * channels).then_some(first)
    }

    /// How many outputs from number `at` on are computed together, four or one. Of those that have a place
    /// for one line only, the last alone may need it.
    fn together(&self, at: usize) -> usize {
        let four = at + 4 <= self.output[0] * self.output[1]
            && !(self.edges_apart() && self.whole(at, 4, 0, 3).is_none());
        if four { 4 } else { 1 }
    }

    /// The columns of `n` outputs from number `at` on, four or one.
    fn gather(&self, arena: &mut [i8], places: &Places, at: usize, n: usize) {
        let groups = self.groups();
        let step = self.stride[1] * self.input[2];
        let mut columns = places.scratch;
        let patches = columns + 4 * self.columns() * self.words();
        for i in 0..self.kernel[0] {
            let mut lines = [0; 4];
            if let Some(first) = self.whole(at, n, i, n) {
                lines = [0, 1, 2, 3].map(|j| places.input + first + j * step);
            } else {
                let (mut y, mut x) = (at / self.output[1], at % self.output[1]);
                for (j, line) in lines.iter_mut().enumerate().take(n) {
                    let place = if self.edges_apart() { 0 } else { j };
                    let patch = patches + 4 * groups * place;
                    *line = self.line(arena, places.input, [y, x], i, patch);
                    x += 1;
                    if x == self.output[1] {
                        (y, x) = (y + 1, 0);
                    }
                }
            }
            columns = if n == 4 {
                expand_four(arena, lines, columns, groups)
            } else {
                expand_one(arena, lines[0], columns, groups)
            };
        }
    }
}

/// Convolution of an `[height, width, channels]` input to `[height, width, filters]` in the same
/// arena. `weights` is a stream of words, see `impulse_kernels_gemm.h`; `gemm` says how they are
/// rescaled.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// With `SHARED` the compiler makes no copy of the kernel for a layer whose parameters it knows: where there
/// are several layers, that is shorter.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn packed_conv2d<const SHARED: bool>(
    p: &PackedConv2d,
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
    let (outputs, filters) = (p.output[0] * p.output[1], p.output[2]);
    let spare = places.scratch + 4 * p.columns() * p.words();
    let mut block = Block {
        columns: places.scratch,
        words: p.words(),
        output: places.output,
        filters,
    };
    let mut at = 0;
    while at < outputs {
        let n = p.together(at);
        p.gather(arena, places, at, n);
        gemm.outputs(arena, &block, weights, [p.pair_words, spare], n);
        let end = block.output + n * filters;
        if p.clamps {
            limit(&mut arena[block.output..end], p.clamp);
        }
        block.output = end;
        at += n;
    }
}
