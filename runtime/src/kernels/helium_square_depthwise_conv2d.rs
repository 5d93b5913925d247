//! `DEPTHWISE_CONV_2D` on Helium with a kernel of 3 × 3 and stride 1, in strips.

use super::helium::{BOTH, Rows, Square, UPPER, fill, limit, push, strip};
use super::packed_conv2d::Places;

/// Resolved parameters of a depthwise convolution in strips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeliumSquareDepthwiseConv2d {
    /// `[height, width, channels]` of the input; the output has as many channels.
    pub input: [usize; 3],
    /// `[height, width]` of the output; at least two columns.
    pub output: [usize; 2],
    /// Rows above and columns left of the input that count as zero.
    pub pad: [usize; 2],
    /// The input's zero point.
    pub input_zero: i8,
    /// The output's zero point.
    pub output_zero: i8,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
}

impl HeliumSquareDepthwiseConv2d {
    /// Bytes of a strip of four rows with its pads, and what pushing rows sets behind it.
    const fn strip_bytes(&self) -> usize {
        4 * (self.output[1] + 2) * self.input[2] + 60
    }

    /// Bytes of scratch memory: a strip, and 16 values of a row of pads.
    pub const fn scratch_bytes(&self) -> usize {
        self.strip_bytes() + 16
    }

    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later.
    pub fn lag_bytes(&self) -> i64 {
        let [height, width, channels] = self.input.map(|n| n as i64);
        let [rows, columns] = self.output.map(|n| n as i64);
        // Below the strip of outputs y and y + 1 inputs from y + 4 without pads are read.
        let later = (0..rows - 2).step_by(2).map(|y| {
            let read = (y + 4 - self.pad[0] as i64).min(height);
            ((y + 2) * columns - read * width) * channels
        });
        later.max().unwrap_or(-(height * width * channels))
    }

    /// Reads two rows of the input, of which those outside count as zero. `row` counts from the first
    /// row of pads.
    fn push(&self, arena: &mut [i8], places: &Places, row: usize) {
        let [height, width, channels] = self.input;
        let len = width * channels;
        let mut rows = Rows {
            step: [0; 2],
            len: len as i32,
            zero: i32::from(self.input_zero),
        };
        let mut from = [places.scratch + self.strip_bytes(); 2];
        for (i, (from, step)) in from.iter_mut().zip(&mut rows.step).enumerate() {
            let row = (row + i).wrapping_sub(self.pad[0]);
            if row < height {
                *from = places.input + row * len;
                *step = 16;
            }
        }
        let first = places.scratch + 4 * self.pad[1] * channels;
        push(arena, first, from, &rows);
    }
}

/// Depthwise convolution of an `[height, width, channels]` input with 3 × 3 taps to an output of as
/// many channels in the same arena, an output for each step of one row or column. `weights` has six
/// words for each channel, see `impulse_kernels_helium.h`.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn helium_square_depthwise_conv2d(
    p: &HeliumSquareDepthwiseConv2d,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let ([rows, columns], channels) = (p.output, p.input[2]);
    let pitch = 4 * channels as i32;
    let len = columns * channels;
    let mut square = Square {
        pitch,
        pairs: columns as i32 / 2,
        odd: columns as i32 % 2 * pitch,
        mask: BOTH,
        row: len as i32,
        channels: channels as i32,
        zero: i32::from(p.output_zero),
    };
    fill(arena, places.scratch, p.input_zero, p.scratch_bytes());
    p.push(arena, places, 0);
    for y in (0..rows).step_by(2) {
        let mut end = 2 * len;
        if y + 1 == rows {
            square.mask = UPPER;
            end = len;
        }
        p.push(arena, places, y + 2);
        let output = places.output + y * len;
        strip(arena, places.scratch, weights, output, &square);
        if p.clamps {
            limit(&mut arena[output..output + end], p.clamp);
        }
    }
}
