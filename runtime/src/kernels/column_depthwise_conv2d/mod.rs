//! `DEPTHWISE_CONV_2D` with a kernel of one column and no pads, four channels at a time.

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod assembly;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
mod portable;

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
use assembly as target;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
use portable as target;

/// Resolved parameters of a depthwise convolution by columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnDepthwiseConv2d {
    /// `[height, width]` of the output.
    pub output: [usize; 2],
    /// Channels of input and output, a multiple of 4.
    pub channels: usize,
    /// Rows of the kernel.
    pub taps: usize,
    /// Input values between two taps.
    pub tap_step: usize,
    /// Input values between two outputs of a column and of a row.
    pub step: [usize; 2],
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

    /// What is added before the last halving: a half, and the zero point.
    const fn rounding(&self) -> i32 {
        2 * self.output_offset + 1
    }
}

/// Depthwise convolution of an `[height, width, channels]` input to an output of as many channels.
/// `weights` has `taps + 9` words for each four channels, see
/// `impulse_kernels_column_depthwise_conv2d.c`.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
///
/// # Panics
/// Where the slices do not fit the parameters; planned ones do.
#[inline(never)]
pub fn column_depthwise_conv2d(
    p: &ColumnDepthwiseConv2d,
    input: &[i8],
    weights: &[i32],
    output: &mut [i8],
) {
    let mut pixels = output.chunks_exact_mut(p.channels);
    for y in 0..p.output[0] {
        for x in 0..p.output[1] {
            let Some(pixel) = pixels.next() else { return };
            target::run(p, &input[y * p.step[0] + x * p.step[1]..], weights, pixel);
        }
    }
    if p.clamps {
        for x in output {
            *x = (*x).max(p.clamp[0]).min(p.clamp[1]);
        }
    }
}
