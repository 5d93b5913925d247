//! `DEPTHWISE_CONV_2D` with a kernel of 3 × 3, a channel at a time, in assembly for cores with the DSP
//! extension, for others with Thumb-2 and for Cortex-M0.

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod assembly;
#[cfg(all(target_arch = "arm", target_os = "none"))]
mod chip;
#[cfg(not(all(target_arch = "arm", target_os = "none")))]
mod portable;
#[cfg(all(target_arch = "arm", target_os = "none", not(target_has_atomic = "32")))]
mod thumb1;
#[cfg(all(
    target_arch = "arm",
    target_os = "none",
    target_has_atomic = "32",
    not(target_abi = "eabihf")
))]
mod thumb2;

#[cfg(all(target_arch = "arm", target_os = "none"))]
use chip as target;
#[cfg(not(all(target_arch = "arm", target_os = "none")))]
use portable as target;

use super::packed_conv2d::Places;
use crate::quant::limit;

/// Resolved parameters of a depthwise convolution by planes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanarDepthwiseConv2d {
    /// `[height, width, channels]` of the input; the output has as many channels.
    pub input: [usize; 3],
    /// `[height, width]` of the output.
    pub output: [usize; 2],
    /// Input rows and columns between two outputs, 1 or 2.
    pub stride: usize,
    /// Rows above and columns left of the input that count as zero.
    pub pad: [usize; 2],
    /// `[height, width]` of the plane, see [`PlanarDepthwiseConv2d::plane`].
    pub plane: [usize; 2],
    /// The input's zero point.
    pub input_zero: i8,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
}

impl PlanarDepthwiseConv2d {
    /// `[height, width]` of a plane: a channel with its pads and what is read beside them. The width
    /// is even.
    pub const fn plane(
        input: [usize; 3],
        [height, width]: [usize; 2],
        stride: usize,
        pad: [usize; 2],
    ) -> [usize; 2] {
        // Two outputs at once of stride 1, and two words for the last of them.
        let read = if stride == 1 {
            width.next_multiple_of(2) + 2
        } else {
            2 * width + 2
        };
        let copied = (pad[1] + input[1]).next_multiple_of(2);
        let wide = if copied > read { copied } else { read };
        [(height - 1) * stride + 3, wide]
    }

    /// Bytes of scratch memory: a plane of int16.
    pub const fn scratch_bytes(&self) -> usize {
        2 * self.plane[0] * self.plane[1]
    }

    /// Rows of the input that lie in the plane.
    const fn rows(&self) -> usize {
        let most = self.plane[0] - self.pad[0];
        if self.input[0] < most {
            self.input[0]
        } else {
            most
        }
    }

    /// Whether the plane is what the sizes ask for.
    pub const fn fits(&self) -> bool {
        let plane = Self::plane(self.input, self.output, self.stride, self.pad);
        plane[0] == self.plane[0] && plane[1] == self.plane[1]
    }
}

/// Depthwise convolution of an `[height, width, channels]` input to an output of as many channels in
/// the same arena, where it may begin where the input begins. `weights` has six words for each
/// channel, see `impulse_kernels_planar_depthwise_conv2d.c`.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where a place or the weights do not fit the parameters; planned places do.
#[inline(never)]
pub fn planar_depthwise_conv2d(
    p: &PlanarDepthwiseConv2d,
    arena: &mut [i8],
    places: &Places,
    weights: &[i32],
) {
    let channels = p.input[2];
    let zero = i16::from(p.input_zero).to_le_bytes().map(|b| b as i8);
    let plane = &mut arena[places.scratch..places.scratch + p.scratch_bytes()];
    for value in plane.chunks_exact_mut(2) {
        value.copy_from_slice(&zero);
    }
    for (c, weights) in weights.as_chunks().0.iter().enumerate().take(channels) {
        target::fill(p, arena, places.scratch, places.input + c);
        target::run(p, arena, places.scratch, weights, places.output + c);
    }
    if p.clamps {
        let len = p.output[0] * p.output[1] * channels;
        limit(&mut arena[places.output..places.output + len], p.clamp);
    }
}
