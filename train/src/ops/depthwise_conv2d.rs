//! Depthwise convolution: each channel with filters of its own.

use std::sync::Arc;

use dfdx::tensor::CpuError;
use impulse_ir::network::Activation;
use multiversion::multiversion;

use super::activation;
use super::window::Window;
use crate::tape::{Grads, Key, Tape, Value, fill_chunks, give, sum_in_order};

/// Channels worked on at a time.
const BLOCK: usize = 16;

/// Weights `[kernel height, kernel width, filters]` and bias of a layer, for one step.
#[derive(Clone)]
pub(crate) struct Depthwise {
    /// The window; its input's channels are repeated `filters / channels` times.
    pub window: Window,
    /// Output channels: output `c × multiplier + m` reads channel `c`.
    pub filters: usize,
    /// Fused activation.
    pub activation: Activation,
    /// Name of the weights on the tape.
    pub weight: Key,
    /// Name of the bias on the tape, if there is one.
    pub bias: Option<Key>,
    /// `[kernel height, kernel width, filters]`.
    pub weights: Arc<Vec<f32>>,
    /// `[filters]`, zeros without a bias.
    pub offsets: Arc<Vec<f32>>,
}

/// Convolves each clip of `input` (`[clips, height, width, channels]`); the result is
/// `[clips, out height, out width, filters]`.
pub(crate) fn forward(tape: &mut Tape, input: &Value, layer: Depthwise) -> Value {
    let y_size = layer.window.positions() * layer.filters;
    let mut out = vec![0.0; input.clips * y_size];
    fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        let inputs = input.clips(clips).chunks_exact(layer.window.input_len());
        let mut wide = Vec::new();
        for (x, y) in inputs.zip(out.chunks_exact_mut(y_size)) {
            let x = layer.repeated(x, &mut wide);
            convolve(
                &layer.window,
                layer.filters,
                &layer.weights,
                &layer.offsets,
                x,
                y,
            );
            activation::apply(layer.activation, y);
        }
    });
    let output = tape.value(input.clips, out);
    let (x, y, chunk) = (input.clone(), output.clone(), tape.chunk());
    tape.record(&output, move |grads, dy| {
        backward(grads, dy, &x, &y, chunk, &layer)
    });
    output
}

fn backward(
    grads: &mut Grads,
    mut dy: Vec<f32>,
    x: &Value,
    y: &Value,
    chunk: usize,
    layer: &Depthwise,
) -> Result<(), CpuError> {
    let y_size = y.size();
    if layer.activation != Activation::None {
        fill_chunks(chunk, y.clips, &mut dy, |clips, dy| {
            activation::mask(layer.activation, y.clips(clips), dy);
        });
    }
    let want_dx = x.key.is_some();
    let mut dx = vec![0.0; if want_dx { x.data.len() } else { x.clips }];
    let parts = fill_chunks(chunk, x.clips, &mut dx, |clips, dx| {
        let mut weight = vec![0.0; layer.weights.len()];
        let mut bias = vec![0.0; layer.filters];
        let mut wide = Vec::new();
        let mut wide_dx = Vec::new();
        let dys = dy[clips.start * y_size..clips.end * y_size].chunks_exact(y_size);
        let dx_size = dx.len() / clips.len();
        let inputs = x.clips(clips).chunks_exact(layer.window.input_len());
        for ((x, dy), dx) in inputs.zip(dys).zip(dx.chunks_exact_mut(dx_size)) {
            for row in dy.chunks_exact(layer.filters) {
                bias.iter_mut().zip(row).for_each(|(b, d)| *b += d);
            }
            let x = layer.repeated(x, &mut wide);
            correlate(&layer.window, layer.filters, x, dy, &mut weight);
            if want_dx {
                layer.backward_input(dy, dx, &mut wide_dx);
            }
        }
        (weight, bias)
    });
    let (weights, biases) = parts.into_iter().unzip();
    give(grads, &layer.weight, sum_in_order(weights))?;
    if let Some(bias) = &layer.bias {
        give(grads, bias, sum_in_order(biases))?;
    }
    match &x.key {
        Some(key) => give(grads, key, dx),
        None => Ok(()),
    }
}

impl Depthwise {
    fn multiplier(&self) -> usize {
        self.filters / self.window.input[2].max(1)
    }

    /// `x` with each channel as often as it has filters.
    fn repeated<'a>(&self, x: &'a [f32], wide: &'a mut Vec<f32>) -> &'a [f32] {
        let multiplier = self.multiplier();
        if multiplier == 1 {
            return x;
        }
        wide.clear();
        wide.extend(x.iter().flat_map(|v| core::iter::repeat_n(*v, multiplier)));
        wide
    }

    /// Adds the gradient of one clip's input to `dx`.
    fn backward_input(&self, dy: &[f32], dx: &mut [f32], wide: &mut Vec<f32>) {
        let multiplier = self.multiplier();
        if multiplier == 1 {
            spread(&self.window, self.filters, &self.weights, dy, dx);
            return;
        }
        wide.clear();
        wide.resize(dx.len() * multiplier, 0.0);
        spread(&self.window, self.filters, &self.weights, dy, wide);
        for (d, copies) in dx.iter_mut().zip(wide.chunks_exact(multiplier)) {
            copies.iter().for_each(|c| *d += c);
        }
    }
}

/// One clip forward: `y[position, filters]` of `x[height, width, filters]`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn convolve(
    window: &Window,
    filters: usize,
    weights: &[f32],
    offsets: &[f32],
    x: &[f32],
    y: &mut [f32],
) {
    let mut rows = y.chunks_exact_mut(filters);
    for oy in 0..window.output[0] {
        let (ys, y0) = window.inside(0, oy);
        for ox in 0..window.output[1] {
            let (xs, x0) = window.inside(1, ox);
            let Some(row) = rows.next() else { return };
            for (block, out) in row.chunks_mut(BLOCK).enumerate() {
                let c = block * BLOCK;
                let mut sums = [0.0; BLOCK];
                sums[..out.len()].copy_from_slice(&offsets[c..c + out.len()]);
                for (iy, ky) in (y0..).zip(ys.clone()) {
                    let from = (iy * window.input[1] + x0) * filters + c;
                    let tap = (ky * window.kernel[1] + xs.start) * filters + c;
                    for i in 0..xs.len() {
                        let x = &x[from + i * filters..];
                        let w = &weights[tap + i * filters..];
                        if out.len() == BLOCK
                            && let (Some(x), Some(w)) =
                                (x.first_chunk::<BLOCK>(), w.first_chunk::<BLOCK>())
                        {
                            for l in 0..BLOCK {
                                sums[l] += x[l] * w[l];
                            }
                        } else {
                            for ((s, x), w) in sums[..out.len()].iter_mut().zip(x).zip(w) {
                                *s += x * w;
                            }
                        }
                    }
                }
                out.copy_from_slice(&sums[..out.len()]);
            }
        }
    }
}

/// Adds one clip's part to the gradient of the weights.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn correlate(window: &Window, filters: usize, x: &[f32], dy: &[f32], weight: &mut [f32]) {
    let mut rows = dy.chunks_exact(filters);
    for oy in 0..window.output[0] {
        let (ys, y0) = window.inside(0, oy);
        for ox in 0..window.output[1] {
            let (xs, x0) = window.inside(1, ox);
            let Some(row) = rows.next() else { return };
            for (iy, ky) in (y0..).zip(ys.clone()) {
                let from = (iy * window.input[1] + x0) * filters;
                let tap = (ky * window.kernel[1] + xs.start) * filters;
                for i in 0..xs.len() {
                    let x = &x[from + i * filters..][..filters];
                    let w = &mut weight[tap + i * filters..][..filters];
                    for c in 0..filters {
                        w[c] += row[c] * x[c];
                    }
                }
            }
        }
    }
}

/// Adds one clip's part to the gradient of the input, `dx[height, width, filters]`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn spread(window: &Window, filters: usize, weights: &[f32], dy: &[f32], dx: &mut [f32]) {
    let mut rows = dy.chunks_exact(filters);
    for oy in 0..window.output[0] {
        let (ys, y0) = window.inside(0, oy);
        for ox in 0..window.output[1] {
            let (xs, x0) = window.inside(1, ox);
            let Some(row) = rows.next() else { return };
            for (iy, ky) in (y0..).zip(ys.clone()) {
                let to = (iy * window.input[1] + x0) * filters;
                let tap = (ky * window.kernel[1] + xs.start) * filters;
                for i in 0..xs.len() {
                    let d = &mut dx[to + i * filters..][..filters];
                    let w = &weights[tap + i * filters..][..filters];
                    for c in 0..filters {
                        d[c] += row[c] * w[c];
                    }
                }
            }
        }
    }
}
