//! `RELU`, `RELU6`, `RELU_N1_TO_1`, and `QUANTIZE` from int8 to int8.

use crate::quant::{clamp, rescale};

/// Resolved parameters of a stand-alone activation or requantization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relu {
    /// Values.
    pub len: usize,
    /// Added to each input value: minus the input's zero point.
    pub input_offset: i32,
    /// Added to each result: the output's zero point.
    pub output_offset: i32,
    /// Multiplier of input scale / output scale.
    pub multiplier: i32,
    /// Its power of two.
    pub shift: i32,
    /// Lowest and highest output value; all of int8 where there is no activation.
    pub clamp: [i8; 2],
}

/// Rescales `len` values and limits them. Rounds twice; equal to TFLite's kernel to the bit.
pub fn relu(p: &Relu, input: &[i8], output: &mut [i8]) {
    for (&x, out) in input.iter().zip(output) {
        *out = limit(p, x);
    }
}

/// [`relu`] that leaves the result in its input.
pub fn relu_in_place(p: &Relu, values: &mut [i8]) {
    for x in values {
        *x = limit(p, *x);
    }
}

#[inline]
fn limit(p: &Relu, x: i8) -> i8 {
    let scaled = rescale(i32::from(x) + p.input_offset, p.multiplier, p.shift);
    clamp(scaled + p.output_offset, p.clamp)
}
