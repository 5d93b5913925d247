//! `FULLY_CONNECTED` by products of four units at once, for cores without the DSP extension.

use super::triple::{unit_words, units};

/// Resolved parameters of a fully connected layer that computes four units at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuadFullyConnected {
    /// Rows of the input, each connected with the same weights.
    pub rows: usize,
    /// Values of a row.
    pub inputs: usize,
    /// Outputs of a row.
    pub units: usize,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
    /// Whether that is less than an int8 holds.
    pub clamps: bool,
}

/// Each row of the `input` (`[rows, inputs]`) times the weights plus the bias into the `output`
/// (`[rows, units]`). `weights` is a stream of words, see `impulse_kernels_triple.h`; `shared` is the
/// rescaling of every unit in its first two words, where they have one in common.
///
/// Rounds as the linear rescaling was proven to: once for a fully connected layer, twice for a convolution
/// with one output.
///
/// # Panics
/// Where the slices do not fit the parameters; planned ones do.
#[inline(never)]
pub fn quad_fully_connected(
    p: &QuadFullyConnected,
    input: &[i8],
    weights: &[i32],
    shared: Option<&[i32; 4]>,
    output: &mut [i8],
) {
    let rows = input.chunks_exact(p.inputs);
    for (input, output) in rows.zip(output.chunks_exact_mut(p.units)) {
        let correction = -128 * input.iter().map(|&x| i32::from(x)).sum::<i32>();
        let (fours, last) = output.split_at_mut(p.units & !3);
        if !fours.is_empty() {
            units(input, weights, fours, correction, shared);
        }
        if !last.is_empty() {
            let weights = &weights[p.units / 4 * unit_words(p.inputs, shared)..];
            let mut rest = [0; 4];
            units(input, weights, &mut rest, correction, shared);
            last.copy_from_slice(&rest[..last.len()]);
        }
        if p.clamps {
            for x in output {
                *x = (*x).max(p.clamp[0]).min(p.clamp[1]);
            }
        }
    }
}
