//! `MEAN`.

use crate::quant::{clamp, rescale};

/// Resolved parameters of a mean over neighbouring dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mean {
    /// `[outer, reduced, inner]`: the input's dimensions before, among and after the reduced ones.
    pub shape: [usize; 3],
    /// Added to each input value: minus the input's zero point.
    pub input_offset: i32,
    /// Added to each result: the output's zero point.
    pub output_offset: i32,
    /// Multiplier of input scale / output scale / reduced.
    pub multiplier: i32,
    /// Its power of two.
    pub shift: i32,
}

/// Mean over the middle dimension: `[outer, reduced, inner]` to `[outer, inner]`.
/// Rounds twice per output; equal to TFLite's kernel to the bit.
pub fn mean(p: &Mean, input: &[i8], output: &mut [i8]) {
    let [_, reduced, inner] = p.shape;
    for (block, out) in input
        .chunks_exact(reduced * inner)
        .zip(output.chunks_exact_mut(inner))
    {
        for (i, out) in out.iter_mut().enumerate() {
            let mut sum = p.input_offset * reduced as i32;
            for &x in block[i..].iter().step_by(inner) {
                sum += i32::from(x);
            }
            let scaled = rescale(sum, p.multiplier, p.shift);
            *out = clamp(scaled + p.output_offset, [i8::MIN, i8::MAX]);
        }
    }
}
