//! `CONV_2D` by products of matrices, for cores with the DSP extension.

use super::gemm::{Block, Gemm, expand_four, expand_one};
use super::lag::Walk;

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
    /// Whether output `i` sees nothing but the channels of input `i`.
    pub pointwise: bool,
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

    /// Bytes of scratch memory: the columns, and as many lines with pads, or what the last of an odd
    /// number of filters is computed into.
    pub const fn scratch_bytes(&self) -> usize {
        4 * self.columns() * (self.words() + self.groups())
    }

    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later.
    pub fn lag_bytes(&self) -> i64 {
        let walk = Walk {
            input: self.input,
            output: self.output,
            stride: self.stride,
            pad: self.pad,
            together: 4,
            copied: true,
        };
        walk.lag_bytes()
    }

    /// Where the taps of row `i` of the kernel stand side by side for the output at `(y, x)`: in the
    /// input, or at `patch`, with pads filled in.
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
            arena.copy_within(from..from + len, patch + missing * channels);
        }
        patch
    }

    /// The columns of `n` outputs from number `at` on, four or one.
    #[inline(always)]
    fn gather(&self, arena: &mut [i8], places: &Places, at: usize, n: usize) {
        let groups = self.groups();
        let [height, width, channels] = self.input;
        let pixel = places.input + at * channels;
        let end = places.input + height * width * channels;
        let mut columns = places.scratch;
        if self.pointwise && pixel + n * channels + 3 <= end {
            if n == 4 {
                let lines = [0, 1, 2, 3].map(|j| pixel + j * channels);
                expand_four(arena, lines, columns, groups);
            } else {
                expand_one(arena, pixel, columns, groups);
            }
            return;
        }
        let patches = places.scratch + 4 * self.columns() * self.words();
        let y = at / self.output[1];
        for i in 0..self.kernel[0] {
            let mut lines = [0; 4];
            let (mut row, mut x) = (y, at - y * self.output[1]);
            for (j, line) in lines.iter_mut().enumerate().take(n) {
                let patch = patches + 4 * groups * j;
                *line = self.line(arena, places.input, [row, x], i, patch);
                x += 1;
                if x == self.output[1] {
                    (row, x) = (row + 1, 0);
                }
            }
            columns = if n == 4 {
                expand_four(arena, lines, columns, groups)
            } else {
                expand_one(arena, lines[0], columns, groups)
            };
        }
    }

    /// `n` outputs of all filters. The last of an odd number of filters is computed beside one of
    /// zeros, where the lines with pads stood.
    #[inline(always)]
    fn compute(
        &self,
        gemm: &Gemm,
        arena: &mut [i8],
        weights: &[i32],
        [columns, output]: [usize; 2],
        n: usize,
    ) {
        let filters = self.output[2];
        let even = filters & !1;
        let block = Block {
            columns,
            words: self.words(),
            output,
            filters: even,
        };
        let run = |arena: &mut [i8], block: &Block, weights: &[i32], stride: usize| {
            if n == 4 {
                (gemm.four)(arena, block, weights, stride);
            } else {
                (gemm.one)(arena, block, weights);
            }
        };
        if even > 0 {
            run(arena, &block, weights, filters);
        }
        if even < filters {
            let pair = Block {
                output: columns + 4 * self.columns() * self.words(),
                filters: 2,
                ..block
            };
            run(arena, &pair, &weights[even / 2 * self.pair_words..], 2);
            for j in 0..n {
                arena[output + j * filters + even] = arena[pair.output + 2 * j];
            }
        }
    }
}

/// Convolution of an `[height, width, channels]` input to `[height, width, filters]` in the same
/// arena. `weights` is a stream of words, see `impulse_kernels_gemm.h`; `gemm` says how they are
/// rescaled.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn packed_conv2d(
    p: &PackedConv2d,
    gemm: &Gemm,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let outputs = p.output[0] * p.output[1];
    let (mut at, mut output) = (0, places.output);
    while at < outputs {
        let n = if outputs - at >= 4 { 4 } else { 1 };
        p.gather(arena, places, at, n);
        p.compute(gemm, arena, weights, [places.scratch, output], n);
        let end = output + n * p.output[2];
        if p.clamps {
            for x in &mut arena[output..end] {
                *x = (*x).max(p.clamp[0]).min(p.clamp[1]);
            }
        }
        output = end;
        at += n;
    }
}
