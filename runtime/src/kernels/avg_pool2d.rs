//! `AVERAGE_POOL_2D`.

use super::conv2d::taps;
use super::max_pool2d::Pool2d;
use crate::quant::clamp;

/// Mean over each window, per channel, pads not counted: `[height, width, channels]` to the same
/// order. Input and output share scale and zero point. Rounds once, ties away from zero; equal to
/// TFLite's reference kernel to the bit.
pub fn avg_pool2d(p: &Pool2d, input: &[i8], output: &mut [i8]) {
    let [in_h, in_w, channels] = p.input;
    let mut pixels = output.chunks_exact_mut(channels);
    for out_y in 0..p.output[0] {
        let (y0, taps_y) = taps(out_y, p.stride[0], p.pad[0], p.size[0], 1, in_h);
        for out_x in 0..p.output[1] {
            let (x0, taps_x) = taps(out_x, p.stride[1], p.pad[1], p.size[1], 1, in_w);
            let Some(pixel) = pixels.next() else { return };
            let count = (taps_y.len() * taps_x.len()).max(1) as i32;
            for (c, out) in pixel.iter_mut().enumerate() {
                let mut sum = 0;
                for y in y0..y0 + taps_y.len() {
                    for x in x0..x0 + taps_x.len() {
                        sum += i32::from(input[(y * in_w + x) * channels + c]);
                    }
                }
                let half = if sum > 0 { count / 2 } else { -(count / 2) };
                *out = clamp((sum + half) / count, p.clamp);
            }
        }
    }
}
