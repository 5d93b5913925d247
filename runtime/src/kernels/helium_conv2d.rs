//! `CONV_2D` on Helium.

use super::conv2d::taps;
use super::helium::{Product, copy, fill, one, two};
use super::lag::Walk;
use super::packed_conv2d::Places;

/// Resolved parameters of a convolution whose weights are packed for Helium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeliumConv2d {
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
    /// The input's zero point.
    pub input_zero: i8,
    /// The output's zero point.
    pub output_zero: i8,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether the taps of an output lie side by side in the input.
    pub line: bool,
    /// Whether output `i` sees nothing but the channels of input `i`.
    pub pointwise: bool,
}

impl HeliumConv2d {
    /// Taps of a filter.
    pub const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.input[2]
    }

    /// Blocks of 16 taps.
    pub const fn blocks(&self) -> usize {
        self.taps().div_ceil(16)
    }

    /// Whether all columns are copied.
    const fn copied(&self) -> bool {
        !self.line
    }

    /// Bytes of scratch memory: two columns, where any is copied.
    pub const fn scratch_bytes(&self) -> usize {
        let n = self.output[0] * self.output[1];
        let inside = self.line && self.pad[0] == 0 && self.pad[1] == 0 && self.ends_inside();
        if inside && self.taps().is_multiple_of(16) {
            0
        } else {
            16 * self.blocks() * if n < 2 { 1 } else { 2 }
        }
    }

    /// Whether no output reaches over the last row or column of the input.
    const fn ends_inside(&self) -> bool {
        let reach = (self.kernel[0] - 1) * self.row_dilation + 1;
        (self.output[0] - 1) * self.stride[0] + reach <= self.input[0]
            && (self.output[1] - 1) * self.stride[1] + self.kernel[1] <= self.input[1]
    }

    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later.
    pub fn lag_bytes(&self) -> i64 {
        let walk = Walk {
            input: self.input,
            output: self.output,
            stride: self.stride,
            pad: self.pad,
            together: 2,
            copied: self.copied(),
        };
        walk.lag_bytes()
    }

    /// Copies the taps of the output at `(y, x)` to `spare`, where some of them are pads.
    #[inline(never)]
    fn fill_in(&self, arena: &mut [i8], input: usize, [y, x]: [usize; 2], spare: usize) {
        let [height, width, channels] = self.input;
        let (pitch, run) = (width * channels, self.kernel[1] * channels);
        let ([stride_y, stride_x], [pad_y, pad_x]) = (self.stride, self.pad);
        let [rows, columns] = self.kernel;
        let (y0, rows) = taps(y, stride_y, pad_y, rows, self.row_dilation, height);
        let (x0, columns) = taps(x, stride_x, pad_x, columns, 1, width);
        fill(arena, spare, self.input_zero, 16 * self.blocks());
        if !rows.is_empty() {
            let from = input + y0 * pitch + x0 * channels;
            let to = spare + rows.start * run + columns.start * channels;
            let n = columns.len() * channels;
            copy(
                arena,
                [from, pitch * self.row_dilation],
                [to, run],
                n,
                rows.len(),
            );
        }
    }

    /// Where the taps of the output at `(y, x)` stand side by side: in the input, or at `spare`, with
    /// pads filled in. `inside` has the rows and columns of the input where a kernel without pads
    /// may begin, `bytes` those of a column.
    #[inline(always)]
    fn column(
        &self,
        arena: &mut [i8],
        input: usize,
        [y, x]: [usize; 2],
        spare: usize,
        inside: [usize; 2],
        bytes: usize,
    ) -> usize {
        let row = (y * self.stride[0]).wrapping_sub(self.pad[0]);
        let column = (x * self.stride[1]).wrapping_sub(self.pad[1]);
        if row >= inside[0] || column >= inside[1] {
            self.fill_in(arena, input, [y, x], spare);
            return spare;
        }
        let [height, width, channels] = self.input;
        let (pitch, run) = (width * channels, self.kernel[1] * channels);
        let from = input + row * pitch + column * channels;
        if self.line && from + bytes <= input + height * pitch {
            return from;
        }
        let pitch = pitch * self.row_dilation;
        copy(arena, [from, pitch], [spare, run], run, self.kernel[0]);
        spare
    }
}

/// Convolution of an `[height, width, channels]` input to `[height, width, filters]` in the same
/// arena. `weights` is a stream of words, see `impulse_kernels_helium.h`.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn helium_conv2d(p: &HeliumConv2d, arena: &mut [i8], places: &Places, weights: &[i32]) {
    let [_, width, filters] = p.output;
    let (channels, outputs) = (p.input[2], p.output[0] * width);
    let bytes = 16 * p.blocks();
    let product = Product {
        stride: filters as i32,
        zero: i32::from(p.output_zero),
        bytes: bytes as i32,
        blocks: p.blocks() as i32,
        low: i32::from(p.clamp[0]),
        high: i32::from(p.clamp[1]),
        filters: filters as i32,
        multiplier: 0,
        shift: 0,
    };
    let end = places.input + p.input[0] * p.input[1] * channels;
    let reach = (p.kernel[0] - 1) * p.row_dilation;
    let inside = [
        p.input[0].saturating_sub(reach),
        (p.input[1] + 1).saturating_sub(p.kernel[1]),
    ];
    let (mut at, mut y, mut x) = (0, 0, 0);
    while at < outputs {
        let n = if outputs - at >= 2 { 2 } else { 1 };
        let pixel = places.input + at * channels;
        let mut columns = [pixel, pixel + channels];
        if !p.pointwise || columns[n - 1] + bytes > end {
            if p.pointwise {
                (y, x) = (at / width, at % width);
            }
            for (i, column) in columns.iter_mut().enumerate().take(n) {
                let spare = places.scratch + i * bytes;
                *column = p.column(arena, places.input, [y, x], spare, inside, bytes);
                x += 1;
                if x == width {
                    (y, x) = (y + 1, 0);
                }
            }
        }
        let output = places.output + at * filters;
        if n == 2 {
            two(arena, columns, weights, output, &product);
        } else {
            one(arena, columns[0], weights, output, &product);
        }
        at += n;
    }
}
