//! Rows times weights plus bias, then an activation: what convolutions do with the values under
//! their window and dense layers with a clip.

use std::sync::Arc;

use dfdx::tensor::CpuError;
use impulse_ir::network::Activation;

use super::activation;
use super::matmul::{Rows, Start, multiply, multiply_transposed, padded};
use crate::tape::{Buffer, Buffers, Grads, Key, give_weights, sum_in_order};

/// Weights `[units, taps]` and bias `[units]` of a layer, laid out for one step.
pub(crate) struct Linear {
    /// Outputs per row.
    pub units: usize,
    /// Inputs per row.
    pub taps: usize,
    /// Fused activation.
    pub activation: Activation,
    /// Name of the weights on the tape.
    pub weight: Key,
    /// Name of the bias on the tape, if there is one.
    pub bias: Option<Key>,
    /// `[units, padded(taps)]`.
    wide: Buffer,
    /// `[taps, padded(units)]`.
    tall: Buffer,
    /// `[units]`, zeros without a bias.
    offsets: Vec<f32>,
}

/// The gradients of the weights and of the bias that some clips contribute.
pub(crate) struct LinearGradient {
    /// `[units, padded(taps)]`.
    weight: Vec<f32>,
    /// `[units]`.
    bias: Vec<f32>,
}

impl Linear {
    /// Lays out `weights` (`[units, taps]`) and `bias` (`[units]`).
    pub fn new(
        pool: &Buffers,
        activation: Activation,
        (weight, weights): (Key, &[f32]),
        bias: Option<(Key, &[f32])>,
        units: usize,
    ) -> Arc<Self> {
        let taps = weights.len() / units.max(1);
        let (taps_padded, units_padded) = (padded(taps), padded(units));
        let mut wide = pool.zeros(units * taps_padded);
        let mut tall = pool.zeros(taps * units_padded);
        for (unit, row) in weights.chunks_exact(taps.max(1)).enumerate() {
            wide[unit * taps_padded..][..taps].copy_from_slice(row);
            for (tap, w) in row.iter().enumerate() {
                tall[tap * units_padded + unit] = *w;
            }
        }
        let offsets = bias
            .as_ref()
            .map_or_else(|| vec![0.0; units], |(_, b)| b.to_vec());
        let bias = bias.map(|(key, _)| key);
        Arc::new(Self {
            units,
            taps,
            activation,
            weight,
            bias,
            wide,
            tall,
            offsets,
        })
    }

    /// `out[rows, units]` of `rows[rows, taps]`.
    pub fn forward(&self, rows: Rows<'_>, out: &mut [f32]) {
        let n_rows = out.len() / self.units;
        let tall = Rows::new(&self.tall, padded(self.units));
        multiply(
            [n_rows, self.units, self.taps],
            Start::Row(&self.offsets),
            rows,
            tall,
            out,
            self.units,
        );
        activation::apply(self.activation, out);
    }

    /// Gradients of zero.
    pub fn no_gradient(&self) -> LinearGradient {
        LinearGradient {
            weight: vec![0.0; self.units * padded(self.taps)],
            bias: vec![0.0; self.units],
        }
    }

    /// Adds what `rows` (`[rows, taps]`, padded) contribute for the gradient `dy`
    /// (`[rows, units]`, the activation already undone).
    pub fn backward_weights(&self, rows: Rows<'_>, dy: &[f32], gradient: &mut LinearGradient) {
        let n_rows = dy.len() / self.units;
        let rows_with_bias = if self.bias.is_some() { dy } else { &[] };
        for row in rows_with_bias.chunks_exact(self.units) {
            gradient.bias.iter_mut().zip(row).for_each(|(b, d)| *b += d);
        }
        let stride = padded(self.taps);
        let dy = Rows::new(dy, self.units);
        multiply_transposed(
            [self.units, stride, n_rows],
            Start::Result,
            dy,
            rows,
            &mut gradient.weight,
            stride,
        );
    }

    /// Writes the gradient of the rows to `dx` (`[rows, stride]`, the first `columns` of each row).
    pub fn backward_rows(&self, dy: &[f32], dx: &mut [f32], columns: usize, stride: usize) {
        let n_rows = dy.len() / self.units;
        let wide = Rows::new(&self.wide, padded(self.taps));
        multiply(
            [n_rows, columns, self.units],
            Start::Zero,
            Rows::new(dy, self.units),
            wide,
            dx,
            stride,
        );
    }

    /// Hands the sum of the clips' gradients on.
    pub fn give(&self, grads: &mut Grads, parts: Vec<LinearGradient>) -> Result<(), CpuError> {
        let (weights, biases) = parts.into_iter().map(|p| (p.weight, p.bias)).unzip();
        let mut weight = sum_in_order(weights);
        let stride = padded(self.taps);
        if stride != self.taps {
            weight = weight
                .chunks_exact(stride)
                .flat_map(|row| &row[..self.taps])
                .copied()
                .collect();
        }
        give_weights(grads, &self.weight, weight)?;
        match &self.bias {
            Some(bias) => give_weights(grads, bias, sum_in_order(biases)),
            None => Ok(()),
        }
    }
}
