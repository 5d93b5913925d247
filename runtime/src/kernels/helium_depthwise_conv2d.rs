//! `DEPTHWISE_CONV_2D` on Helium, all channels at a time.

use super::helium::{self, Depthwise, address, copy, fill};
use super::lag::Walk;
use super::packed_conv2d::Places;

/// Most taps of a depthwise convolution on Helium.
pub const HELIUM_TAPS: usize = 32;

/// Resolved parameters of a depthwise convolution whose weights are packed for Helium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeliumDepthwiseConv2d {
    /// `[height, width, channels]` of the input; the output has as many channels.
    pub input: [usize; 3],
    /// `[height, width]` of the output.
    pub output: [usize; 2],
    /// `[height, width]` of the kernel, of at most [`HELIUM_TAPS`] taps.
    pub kernel: [usize; 2],
    /// Input rows and columns between two outputs.
    pub stride: [usize; 2],
    /// Input rows and columns between two taps.
    pub dilation: [usize; 2],
    /// Rows above and columns left of the input that count as zero.
    pub pad: [usize; 2],
    /// The input's zero point.
    pub input_zero: i8,
    /// The output's zero point.
    pub output_zero: i8,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
}

impl HeliumDepthwiseConv2d {
    /// Taps.
    pub const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Bytes of a pixel that are read: 16 for each 16 channels or what is left.
    pub const fn bytes(&self) -> usize {
        self.input[2].next_multiple_of(16)
    }

    /// Bytes of scratch memory: a pixel of zeros, and pixels that are followed by too little.
    pub const fn scratch_bytes(&self) -> usize {
        let room = if self.input[2].is_multiple_of(16) {
            0
        } else {
            self.taps()
        };
        self.bytes() * (1 + room)
    }

    /// By how many bytes the input has to begin above the output, so that no output is written over
    /// an input that is read later.
    pub fn lag_bytes(&self) -> i64 {
        let [height, width] = self.output;
        let walk = Walk {
            input: self.input,
            output: [height, width, self.input[2]],
            stride: self.stride,
            pad: self.pad,
            together: 1,
            copied: false,
        };
        walk.lag_bytes()
    }

    /// Addresses of the pixel of each tap of the output at `(y, x)`.
    fn find(&self, arena: &mut [i8], places: &Places, [y, x]: [usize; 2], taps: &mut [usize]) {
        let [height, width, channels] = self.input;
        let bytes = self.bytes();
        let zeros = address(arena, places.scratch, bytes);
        let end = places.input + height * width * channels;
        let mut room = places.scratch + bytes;
        let mut taps = taps.iter_mut();
        for i in 0..self.kernel[0] {
            let row = (y * self.stride[0] + i * self.dilation[0]).wrapping_sub(self.pad[0]);
            for j in 0..self.kernel[1] {
                let column = (x * self.stride[1] + j * self.dilation[1]).wrapping_sub(self.pad[1]);
                let Some(tap) = taps.next() else { return };
                *tap = zeros;
                if row < height && column < width {
                    let mut at = places.input + (row * width + column) * channels;
                    if at + bytes > end {
                        copy(arena, [at, 0], [room, 0], channels, 1);
                        at = room;
                        room += bytes;
                    }
                    *tap = address(arena, at, bytes);
                }
            }
        }
        // Beside the last of an odd number of taps; its weights are 0.
        if let Some(tap) = taps.next() {
            *tap = zeros;
        }
    }
}

/// Depthwise convolution of an `[height, width, channels]` input to an output of as many channels in
/// the same arena. `weights` is a stream of words, see `impulse_kernels_helium.h`.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn helium_depthwise_conv2d(
    p: &HeliumDepthwiseConv2d,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let [height, width, channels] = p.input;
    let (bytes, n_taps) = (p.bytes(), p.taps());
    let depthwise = Depthwise {
        zero: i32::from(p.output_zero),
        pairs: n_taps.div_ceil(2) as i32,
        low: i32::from(p.clamp[0]),
        high: i32::from(p.clamp[1]),
        channels: channels as i32,
    };
    let mut taps_at = [0; HELIUM_TAPS];
    let taps_at = &mut taps_at[..n_taps.next_multiple_of(2)];
    let mut output = places.output;
    fill(arena, places.scratch, p.input_zero, bytes);
    for y in 0..p.output[0] {
        let row = (y * p.stride[0]).wrapping_sub(p.pad[0]);
        let last_row = row.wrapping_add((p.kernel[0] - 1) * p.dilation[0]);
        let mut known = false;
        for x in 0..p.output[1] {
            let column = (x * p.stride[1]).wrapping_sub(p.pad[1]);
            let last = column.wrapping_add((p.kernel[1] - 1) * p.dilation[1]);
            // Every tap is on the input and followed by as much as is read.
            let whole = row < height
                && last_row < height
                && column < width
                && last < width
                && (last_row * width + last) * channels + bytes <= height * width * channels;
            if known && whole {
                // From a tap, moved on by its channels, to the next output's.
                for tap in &mut taps_at[..n_taps] {
                    *tap = (*tap + p.stride[1] * channels) - bytes;
                }
                if let Some(tap) = taps_at.get_mut(n_taps) {
                    *tap = address(arena, places.scratch, bytes);
                }
            } else {
                p.find(arena, places, [y, x], taps_at);
                known = whole;
            }
            helium::taps(arena, taps_at, weights, output, &depthwise);
            output += channels;
        }
    }
}
