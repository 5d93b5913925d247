//! `DEPTHWISE_CONV_2D` with a kernel of one column and no pads beside it, four channels at a time.

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod assembly;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
mod portable;

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
use assembly as target;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
use portable as target;

use super::arena::pair;
use super::packed_conv2d::Places;
use crate::quant::limit;

/// Resolved parameters of a depthwise convolution by columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDepthwiseConv2d {
    /// `[height, width]` of the output.
    pub output: [usize; 2],
    /// Channels of input and output, a multiple of 4.
    pub channels: usize,
    /// Rows of the kernel.
    pub taps: usize,
    /// Values of the input.
    pub input_len: usize,
    /// Values of the rows above the input that count as zero.
    pub pad: usize,
    /// Input values between two taps.
    pub tap_step: usize,
    /// Input values between two outputs of a column and of a row.
    pub step: [usize; 2],
    /// The input's zero point.
    pub input_zero: i8,
    /// Added to each result: the output's zero point.
    pub output_offset: i32,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
}

impl ColumnDepthwiseConv2d {
    /// Words of the weights.
    pub const fn words(&self) -> usize {
        self.channels / 4 * (self.taps + 9)
    }

    /// Rows of the output whose window leaves the input.
    pub const fn edge_rows(&self) -> usize {
        let (mut n, mut y) = (0, 0);
        while y < self.output[0] {
            let top = y * self.step[0];
            let last = top + (self.taps - 1) * self.tap_step;
            n += (top < self.pad || last >= self.pad + self.input_len) as usize;
            y += 1;
        }
        n
    }

    /// Bytes of scratch memory: the taps of four channels, where a window leaves the input.
    pub const fn scratch_bytes(&self) -> usize {
        if self.edge_rows() > 0 {
            4 * self.taps
        } else {
            0
        }
    }

    /// Of a window whose first row begins at `top`, counted in values of the input and the pad
    /// above it: where each tap lies in the input, if it does.
    fn tap(&self, top: usize, tap: usize) -> Option<usize> {
        let at = (top + tap * self.tap_step).checked_sub(self.pad)?;
        (at < self.input_len).then_some(at)
    }

    /// What is added before the last halving: a half, and the zero point.
    const fn rounding(&self) -> i32 {
        2 * self.output_offset + 1
    }
}

/// Depthwise convolution of an `[height, width, channels]` input to an output of as many channels in
/// the same arena. `weights` has `taps + 9` words for each four channels, see
/// `impulse_kernels_column_depthwise_conv2d.c`.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn column_depthwise_conv2d(
    p: &ColumnDepthwiseConv2d,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let len = p.output[0] * p.output[1] * p.channels;
    let input = places.input..places.input + p.input_len;
    let output = places.output..places.output + len;
    let row_len = p.output[1] * p.channels;
    for y in 0..p.output[0] {
        let top = y * p.step[0];
        let inside = (p.tap(top, 0), p.tap(top, p.taps - 1));
        if let (Some(at), Some(_)) = inside {
            let (input, output) = pair(arena, input.clone(), output.clone());
            let row = &mut output[y * row_len..][..row_len];
            for (x, pixel) in row.chunks_exact_mut(p.channels).enumerate() {
                target::run(p, &input[at + x * p.step[1]..], weights, pixel);
            }
        } else {
            for x in 0..p.output[1] {
                let pixel = output.start + y * row_len + x * p.channels;
                edge(p, arena, places, weights, (top, x * p.step[1]), pixel);
            }
        }
    }
    if p.clamps {
        limit(&mut arena[output], p.clamp);
    }
}

/// The output at `pixel` of the arena, whose window begins at row `top` and column `left` and leaves
/// the input: four channels at a time, with their taps brought together.
#[inline(never)]
fn edge(
    p: &ColumnDepthwiseConv2d,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
    (top, left): (usize, usize),
    pixel: usize,
) {
    let input = places.input..places.input + p.input_len;
    let scratch = places.scratch..places.scratch + 4 * p.taps;
    let four = ColumnDepthwiseConv2d {
        channels: 4,
        tap_step: 4,
        ..*p
    };
    let zeros = [p.input_zero; 4];
    for (group, weights) in weights.chunks_exact(p.taps + 9).enumerate() {
        let (values, taps) = pair(arena, input.clone(), scratch.clone());
        for (tap, to) in taps.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let values = p
                .tap(top, tap)
                .and_then(|at| values[at + left + 4 * group..].first_chunk());
            *to = *values.unwrap_or(&zeros);
        }
        let output = pixel + 4 * group..pixel + 4 * group + 4;
        let (taps, output) = pair(arena, scratch.clone(), output);
        target::run(&four, taps, weights, output);
    }
}
