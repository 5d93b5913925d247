//! `CONV_2D`.

use core::ops::Range;

use crate::quant::{clamp, rescale};

/// Resolved parameters of a full or depthwise convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv2d {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// `[height, width]` of the kernel.
    pub kernel: [usize; 2],
    /// Input rows and columns between two outputs.
    pub stride: [usize; 2],
    /// Input rows and columns between two taps, 1 for none.
    pub dilation: [usize; 2],
    /// Rows above and columns left of the input that count as zero.
    pub pad: [usize; 2],
    /// Added to each input value: minus the input's zero point.
    pub input_offset: i32,
    /// Added to each result: the output's zero point.
    pub output_offset: i32,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
}

/// Convolution of an `[height, width, channels]` input.
///
/// - `weights`: `[filters, kernel height, kernel width, channels]`, symmetric;
/// - `bias`, `multipliers`, `shifts`: `[filters]`, the rescaling of [`crate::quant::rescale`];
/// - `output`: `[height, width, filters]`.
///
/// Pads are left out of the sum, which is what a real zero contributes. Rounds twice per output;
/// equal to TFLite's reference kernel to the bit.
pub fn conv2d(
    p: &Conv2d,
    input: &[i8],
    weights: &[i8],
    bias: &[i32],
    multipliers: &[i32],
    shifts: &[i8],
    output: &mut [i8],
) {
    let [in_h, in_w, in_c] = p.input;
    let [out_h, out_w, filters] = p.output;
    let filter_len = p.kernel[0] * p.kernel[1] * in_c;
    let mut pixels = output.chunks_exact_mut(filters);
    for out_y in 0..out_h {
        let (y0, taps_y) = taps(
            out_y,
            p.stride[0],
            p.pad[0],
            p.kernel[0],
            p.dilation[0],
            in_h,
        );
        for out_x in 0..out_w {
            let (x0, taps_x) = taps(
                out_x,
                p.stride[1],
                p.pad[1],
                p.kernel[1],
                p.dilation[1],
                in_w,
            );
            let Some(pixel) = pixels.next() else { return };
            let patch = Patch::new(p, y0, &taps_y, x0, &taps_x);
            for (f, out) in pixel.iter_mut().enumerate() {
                let filter = &weights[f * filter_len..(f + 1) * filter_len];
                let sum = bias[f] + patch.sum(p, input, filter);
                let scaled = rescale(sum, multipliers[f], i32::from(shifts[f]));
                *out = clamp(scaled + p.output_offset, p.clamp);
            }
        }
    }
}

/// What one output pixel sees: lines of neighbours in the input and in each filter.
struct Patch {
    /// Place of the first value in the input.
    start: usize,
    /// Place of its weight in a filter.
    first: usize,
    lines: usize,
    /// Values of a line.
    len: usize,
    /// From line to line in the input.
    input_step: usize,
    /// And in a filter.
    filter_step: usize,
}

impl Patch {
    fn new(p: &Conv2d, y0: usize, taps_y: &Range<usize>, x0: usize, taps_x: &Range<usize>) -> Self {
        let channels = p.input[2];
        let row = p.input[1] * channels;
        let mut patch = Patch {
            start: y0 * row + x0 * channels,
            first: (taps_y.start * p.kernel[1] + taps_x.start) * channels,
            lines: taps_y.len(),
            len: taps_x.len() * channels,
            input_step: p.dilation[0] * row,
            filter_step: p.kernel[1] * channels,
        };
        let whole = patch.input_step == patch.len && patch.filter_step == patch.len;
        if p.dilation[1] == 1 && whole {
            // Whole rows follow each other: one line, as in one-dimensional layers.
            patch.len *= patch.lines;
            patch.lines = 1;
        }
        patch
    }

    /// The sum of one filter.
    #[inline]
    fn sum(&self, p: &Conv2d, input: &[i8], filter: &[i8]) -> i32 {
        let mut sum = 0;
        let (mut start, mut first) = (self.start, self.first);
        for _ in 0..self.lines {
            let weights = &filter[first..first + self.len];
            if p.dilation[1] == 1 {
                // The taps of a line lie side by side in the input, too.
                sum += dot(&input[start..start + self.len], weights, p.input_offset);
            } else {
                let channels = p.input[2];
                for (j, tap) in weights.chunks_exact(channels).enumerate() {
                    let at = start + j * p.dilation[1] * channels;
                    sum += dot(&input[at..at + channels], tap, p.input_offset);
                }
            }
            start += self.input_step;
            first += self.filter_step;
        }
        sum
    }
}

/// `Σ (input + offset) × weights`.
#[inline]
pub(super) fn dot(input: &[i8], weights: &[i8], offset: i32) -> i32 {
    input
        .iter()
        .zip(weights)
        .map(|(&x, &w)| (i32::from(x) + offset) * i32::from(w))
        .sum()
}

/// The taps of a window that fall on the input: the input coordinate of the first, and the range
/// of taps. `at × stride − pad + tap × dilation` is a tap's coordinate.
#[inline]
pub(super) fn taps(
    at: usize,
    stride: usize,
    pad: usize,
    kernel: usize,
    dilation: usize,
    input: usize,
) -> (usize, Range<usize>) {
    let start = at * stride;
    let first = if start >= pad {
        0
    } else {
        (pad - start).div_ceil(dilation)
    };
    let end = if input + pad <= start {
        0
    } else {
        (input + pad - start).div_ceil(dilation).min(kernel)
    };
    // Without a tap on the input the coordinate is not used.
    if first >= end {
        (0, 0..0)
    } else {
        (start + first * dilation - pad, first..end)
    }
}
