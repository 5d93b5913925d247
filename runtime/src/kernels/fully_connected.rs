//! `FULLY_CONNECTED`.

use super::conv2d::dot;
use crate::quant::{clamp, rescale_once};

/// Resolved parameters of a fully connected layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullyConnected {
    /// Rows of the input, each connected with the same weights.
    pub rows: usize,
    /// Values of a row.
    pub inputs: usize,
    /// Outputs of a row.
    pub units: usize,
    /// Added to each input value: minus the input's zero point.
    pub input_offset: i32,
    /// Added to each weight: minus the weights' zero point, 0 where they are symmetric.
    pub weight_offset: i32,
    /// Added to each result: the output's zero point.
    pub output_offset: i32,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether each unit has a multiplier and shift of its own, or all share the first.
    pub per_unit: bool,
}

/// Each row of `input` (`[rows, inputs]`) times `weights` (`[units, inputs]`) plus `bias`
/// (`[units]`), rescaled by `multipliers` and `shifts` (`[units]`, or one where not
/// [`FullyConnected::per_unit`]), into `output` (`[rows, units]`).
///
/// Rounds once per output; equal to LiteRT's kernel to the bit.
pub fn fully_connected(
    p: &FullyConnected,
    input: &[i8],
    weights: &[i8],
    bias: &[i32],
    multipliers: &[i32],
    shifts: &[i8],
    output: &mut [i8],
) {
    for (row, out_row) in input
        .chunks_exact(p.inputs)
        .zip(output.chunks_exact_mut(p.units))
    {
        for (u, out) in out_row.iter_mut().enumerate() {
            let line = &weights[u * p.inputs..(u + 1) * p.inputs];
            let mut sum = bias[u] + dot(row, line, p.input_offset);
            if p.weight_offset != 0 {
                let inputs: i32 = row.iter().map(|&x| i32::from(x) + p.input_offset).sum();
                sum += inputs * p.weight_offset;
            }
            let at = if p.per_unit { u } else { 0 };
            let scaled = rescale_once(sum, multipliers[at], i32::from(shifts[at]));
            *out = clamp(scaled + p.output_offset, p.clamp);
        }
    }
}
