//! `CONV_2D` by products of three outputs at once, for cores without the DSP extension.

use super::lag::Walk;
use super::packed_conv2d::Places;
use super::triple::{BESIDE, Block, Lines, Triple, append, put};

/// Resolved parameters of a convolution that computes three outputs at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TripleConv2d {
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
    /// Taps of a filter, rounded up to a multiple of four.
    pub taps: usize,
    /// Most of them that are summed up at once, a multiple of four.
    pub part: usize,
    /// The output's zero point.
    pub output_zero: i32,
    /// The input's zero point.
    pub input_zero: i8,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
    /// Whether output `i` sees nothing but the channels of input `i`.
    pub pointwise: bool,
}

/// Results of the last filters where they are no multiple of four.
const REST: usize = 12;

impl TripleConv2d {
    /// Bytes of the column: two words for each tap and two in front of each part.
    const fn column_bytes(&self) -> usize {
        8 * (self.taps + self.taps.div_ceil(self.part))
    }

    /// Bytes of scratch memory: the column, and what the last filters are computed into.
    pub const fn scratch_bytes(&self) -> usize {
        self.column_bytes() + REST
    }

    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later.
    pub fn lag_bytes(&self) -> i64 {
        let walk = Walk {
            input: self.input,
            output: self.output,
            stride: self.stride,
            pad: self.pad,
            together: 3,
            copied: true,
        };
        walk.lag_bytes()
    }

    /// Taps of a row of the kernel.
    const fn run(&self) -> usize {
        self.kernel[1] * self.input[2]
    }

    /// The taps of row `i` of the kernel for the output at `(y, x)`.
    #[inline(always)]
    fn line(&self, input: usize, [y, x]: [usize; 2], i: usize) -> Line {
        let [height, width, channels] = self.input;
        let row = (y * self.stride[0] + i * self.row_dilation).wrapping_sub(self.pad[0]);
        let column = x * self.stride[1];
        let first = self.pad[1].saturating_sub(column);
        let end = (width + self.pad[1])
            .saturating_sub(column)
            .min(self.kernel[1]);
        if row >= height || first >= end {
            return Line {
                from: input,
                first: 0,
                count: 0,
            };
        }
        let from = (row * width + column).wrapping_sub(self.pad[1]);
        Line {
            from: from.wrapping_mul(channels).wrapping_add(input),
            first: first * channels,
            count: (end - first) * channels,
        }
    }

    /// The taps of row `i` of three outputs from number `at` on, at `(row, x)`, or of one three times.
    #[inline(always)]
    fn lines(
        &self,
        input: usize,
        at: usize,
        [mut row, mut x]: [usize; 2],
        i: usize,
        n: usize,
    ) -> [Line; 3] {
        if self.pointwise {
            let channels = self.input[2];
            let step = if n == 3 { channels } else { 0 };
            return [0, 1, 2].map(|j| Line {
                from: input + at * channels + j * step,
                first: 0,
                count: channels,
            });
        }
        let mut lines = [self.line(input, [row, x], i); 3];
        for line in lines.iter_mut().skip(1).take(n - 1) {
            x += 1;
            if x == self.output[1] {
                (row, x) = (row + 1, 0);
            }
            *line = self.line(input, [row, x], i);
        }
        lines
    }

    /// The columns of three outputs from number `at` on, or of one three times.
    fn gather(&self, arena: &mut [i8], places: &Places, at: usize, n: usize) {
        let mut column = Column::new(self, places.scratch);
        let first = if self.pointwise {
            [0, 0]
        } else {
            [at / self.output[1], at % self.output[1]]
        };
        for i in 0..self.kernel[0] {
            let lines = self.lines(places.input, at, first, i, n);
            column.append(arena, &lines, self.run(), self.input_zero);
        }
        // What is missing to a multiple of four is zero whatever the weights.
        let end = column.end - 8 * column.missing;
        arena[end..column.end].fill(0);
        column.close(arena);
    }
}

/// A row of taps of an output: where they would begin in the arena, were the input wider, and which of
/// them fall on the input.
#[derive(Clone, Copy)]
struct Line {
    from: usize,
    first: usize,
    count: usize,
}

impl Line {
    /// Tap number `at`.
    fn tap(&self, arena: &[i8], at: usize, zero: i8) -> i8 {
        if at.wrapping_sub(self.first) < self.count {
            arena[self.from.wrapping_add(at)]
        } else {
            zero
        }
    }
}

/// A column that is being filled.
struct Column {
    /// Where the words of this part begin, and where they end.
    head: usize,
    end: usize,
    /// Taps that are missing from this part, and from all parts after it.
    missing: usize,
    later: usize,
    part: usize,
    sums: [u32; 2],
}

impl Column {
    fn new(p: &TripleConv2d, head: usize) -> Self {
        let mut column = Column {
            head,
            end: head,
            missing: 0,
            later: p.taps,
            part: p.part,
            sums: [0; 2],
        };
        column.open();
        column
    }

    fn open(&mut self) {
        self.head = self.end;
        self.missing = self.part.min(self.later);
        self.later -= self.missing;
        self.end = self.head + 8 + 8 * self.missing;
        self.sums = [0; 2];
    }

    /// The two words in front of a part.
    fn close(&self, arena: &mut [i8]) {
        for (i, sum) in self.sums.iter().enumerate() {
            let word = (sum << 7).wrapping_neg().to_le_bytes();
            let at = self.head + 4 * i;
            arena[at..at + 4].copy_from_slice(&word.map(|byte| byte as i8));
        }
    }

    /// `n` taps of three lines.
    #[inline(always)]
    fn append(&mut self, arena: &mut [i8], lines: &[Line; 3], n: usize, zero: i8) {
        let whole = lines.iter().all(|line| line.count == n);
        let mut done = 0;
        while done < n {
            let now = (n - done).min(self.missing);
            let to = self.end - 8 * self.missing;
            if whole {
                let from = lines.map(|line| line.from + done);
                append(arena, &Lines { from, n: now }, to, &mut self.sums);
            } else {
                for i in 0..now {
                    let taps = lines.map(|line| line.tap(arena, done + i, zero));
                    put(arena, to + 8 * i, taps, &mut self.sums);
                }
            }
            self.missing -= now;
            done += now;
            if self.missing == 0 && self.later > 0 {
                self.close(arena);
                self.open();
            }
        }
    }
}

/// Convolution of an `[height, width, channels]` input to `[height, width, filters]` in the same
/// arena. `weights` is a stream of words, see `impulse_kernels_triple.h`; `triple` says how they are
/// rescaled.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn triple_conv2d(
    p: &TripleConv2d,
    triple: &Triple,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let (outputs, filters) = (p.output[0] * p.output[1], p.output[2]);
    let fours = filters & !3;
    let rest = places.scratch + p.scratch_bytes() - REST;
    let (mut at, mut output) = (0, places.output);
    while at < outputs {
        let n = if outputs - at >= 3 { 3 } else { 1 };
        p.gather(arena, places, at, n);
        let block = Block {
            column: places.scratch,
            taps: p.taps,
            part: p.part,
            output,
            stride: if n == 3 { filters } else { 0 },
            filters: fours,
            output_zero: p.output_zero,
        };
        if fours > 0 {
            (triple.0)(arena, &block, weights);
        }
        if fours < filters {
            let last = Block {
                output: rest,
                stride: 4,
                filters: 4,
                ..block
            };
            let weights = &weights[fours / 4 * (p.taps + 4 * BESIDE)..];
            (triple.0)(arena, &last, weights);
            for j in 0..n {
                let to = output + j * filters + fours;
                arena.copy_within(rest + 4 * j..rest + 4 * j + filters - fours, to);
            }
        }
        let end = output + n * filters;
        if p.clamps {
            for x in &mut arena[output..end] {
                *x = (*x).max(p.clamp[0]).min(p.clamp[1]);
            }
        }
        output = end;
        at += n;
    }
}
