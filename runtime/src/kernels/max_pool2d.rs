//! `MAX_POOL_2D`.

use super::conv2d::taps;

/// Resolved parameters of a pooling operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool2d {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// `[height, width]` of the pooling window.
    pub size: [usize; 2],
    /// Input rows and columns between two windows.
    pub stride: [usize; 2],
    /// Rows above and columns left of the input that no window counts.
    pub pad: [usize; 2],
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
}

/// Maximum over each window, per channel: `[height, width, channels]` to the same order.
/// Input and output share scale and zero point. Exact.
pub fn max_pool2d(p: &Pool2d, input: &[i8], output: &mut [i8]) {
    let [in_h, in_w, channels] = p.input;
    let mut pixels = output.chunks_exact_mut(channels);
    for out_y in 0..p.output[0] {
        let (y0, taps_y) = taps(out_y, p.stride[0], p.pad[0], p.size[0], 1, in_h);
        for out_x in 0..p.output[1] {
            let (x0, taps_x) = taps(out_x, p.stride[1], p.pad[1], p.size[1], 1, in_w);
            let Some(pixel) = pixels.next() else { return };
            // Starting from the lower limit applies it.
            pixel.fill(p.clamp[0]);
            for y in y0..y0 + taps_y.len() {
                for x in x0..x0 + taps_x.len() {
                    let at = (y * in_w + x) * channels;
                    for (best, &value) in pixel.iter_mut().zip(&input[at..at + channels]) {
                        *best = (*best).max(value);
                    }
                }
            }
            for best in pixel {
                *best = (*best).min(p.clamp[1]);
            }
        }
    }
}
