//! `DEPTHWISE_CONV_2D`.

use super::conv2d::{Conv2d, taps};
use crate::quant::{clamp, rescale};

/// Depthwise convolution of an `[height, width, channels]` input: output channel `c × m + k` sees
/// input channel `c` only, where `m` is output channels / input channels.
///
/// - `weights`: `[kernel height, kernel width, output channels]`, symmetric;
/// - `bias`, `multipliers`, `shifts`: `[output channels]`;
/// - `output`: `[height, width, output channels]`.
///
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
pub fn depthwise_conv2d(
    p: &Conv2d,
    input: &[i8],
    weights: &[i8],
    bias: &[i32],
    multipliers: &[i32],
    shifts: &[i8],
    output: &mut [i8],
) {
    let [in_h, in_w, in_c] = p.input;
    let [out_h, out_w, out_c] = p.output;
    let per_input = out_c / in_c;
    let mut pixels = output.chunks_exact_mut(out_c);
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
            for (c, out) in pixel.iter_mut().enumerate() {
                let in_channel = if per_input == 1 { c } else { c / per_input };
                let mut sum = bias[c];
                for (i, tap_y) in taps_y.clone().enumerate() {
                    let line = (y0 + i * p.dilation[0]) * in_w;
                    for (j, tap_x) in taps_x.clone().enumerate() {
                        let x = input[(line + x0 + j * p.dilation[1]) * in_c + in_channel];
                        let w = weights[(tap_y * p.kernel[1] + tap_x) * out_c + c];
                        sum += (i32::from(x) + p.input_offset) * i32::from(w);
                    }
                }
                let scaled = rescale(sum, multipliers[c], i32::from(shifts[c]));
                *out = clamp(scaled + p.output_offset, p.clamp);
            }
        }
    }
}
