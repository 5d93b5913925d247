//! Batch normalization over the channels (Ioffe and Szegedy, 2015), with an activation.

use std::sync::Arc;

use dfdx::tensor::CpuError;
use impulse_ir::network::Activation;
use multiversion::multiversion;

use super::activation;
use crate::tape::{Buffer, Grads, Key, Tape, Value, fill_chunks, give, give_weights, map_chunks};

/// Added to the variance.
pub(crate) const EPSILON: f32 = 0.001;

/// The layer's weights, for one step; each `[channels]`.
#[derive(Clone)]
pub(crate) struct BatchNorm {
    /// Name of the scale on the tape.
    pub gamma_key: Key,
    /// Name of the offset on the tape.
    pub beta_key: Key,
    /// Scale.
    pub gamma: Arc<Vec<f32>>,
    /// Offset.
    pub beta: Arc<Vec<f32>>,
    /// Running mean, used outside of training.
    pub mean: Arc<Vec<f32>>,
    /// Running variance, used outside of training.
    pub variance: Arc<Vec<f32>>,
    /// Fused activation.
    pub activation: Activation,
}

/// Mean and biased variance of the batch, per channel.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    /// `[channels]`.
    pub mean: Vec<f32>,
    /// `[channels]`.
    pub variance: Vec<f32>,
}

/// Normalizes `input` (`[clips, …, channels]`): by the statistics of the batch, which are returned,
/// while training, else by the running ones.
pub(crate) fn forward(
    tape: &mut Tape,
    input: &Value,
    layer: BatchNorm,
) -> (Value, Option<Statistics>) {
    let batch = tape
        .is_recording()
        .then(|| statistics(input, layer.gamma.len(), tape.chunk()));
    let (mean, variance) = match &batch {
        Some(batch) => (batch.mean.as_slice(), batch.variance.as_slice()),
        None => (layer.mean.as_slice(), layer.variance.as_slice()),
    };
    let scale: Vec<f32> = variance
        .iter()
        .map(|v| 1.0 / (v + EPSILON).sqrt())
        .collect();
    let factor: Vec<f32> = scale
        .iter()
        .zip(layer.gamma.iter())
        .map(|(s, g)| s * g)
        .collect();
    let shift: Vec<f32> = (0..factor.len())
        .map(|c| layer.beta[c] - mean[c] * factor[c])
        .collect();
    let mut out = tape.pool().buffer(input.data.len());
    fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        normalize(input.clips(clips), [&factor, &shift], layer.activation, out);
    });
    let output = tape.value(input.clips, out);
    if let Some(batch) = batch.clone() {
        let run = Run {
            x: input.clone(),
            mean: batch.mean,
            scale,
            factor,
            shift,
            chunk: tape.chunk(),
        };
        tape.record(&output, move |grads, dy| backward(grads, dy, &run, &layer));
    }
    (output, batch)
}

/// What the backward step keeps of the forward one; each but `x` is `[channels]`.
struct Run {
    x: Value,
    mean: Vec<f32>,
    /// One over the standard deviation.
    scale: Vec<f32>,
    /// `scale` × gamma.
    factor: Vec<f32>,
    /// beta − mean × `factor`.
    shift: Vec<f32>,
    chunk: usize,
}

/// Mean and variance over the batch: each clip's own, joined in order (Chan et al., 1983).
fn statistics(input: &Value, channels: usize, chunk: usize) -> Statistics {
    let size = input.size();
    let n = (size / channels.max(1)) as f64;
    let parts = map_chunks(chunk, input.clips, |clips| {
        let clips = input.clips(clips).chunks_exact(size);
        clips
            .map(|x| clip_statistics(x, channels))
            .collect::<Vec<_>>()
    });
    let mut mean = vec![0.0f64; channels];
    let mut squares = vec![0.0f64; channels];
    for (i, (sum, square)) in parts.iter().flatten().enumerate() {
        let before = i as f64 * n;
        for c in 0..channels {
            let delta = f64::from(sum[c]) / n - mean[c];
            mean[c] += delta / (i + 1) as f64;
            squares[c] += f64::from(square[c]) + delta * delta * before / (i + 1) as f64;
        }
    }
    let total = n * input.clips as f64;
    Statistics {
        mean: mean.iter().map(|m| *m as f32).collect(),
        variance: squares.iter().map(|s| (s / total) as f32).collect(),
    }
}

/// Channels whose sums stand in registers at a time.
const BLOCK: usize = 16;

/// Sum, and sum of squared distances from the mean, of one clip's positions.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn clip_statistics(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let one_over_n = channels as f32 / x.len().max(1) as f32;
    let mut sum = vec![0.0f32; channels];
    let mut squares = vec![0.0f32; channels];
    for first in (0..channels).step_by(BLOCK) {
        let width = BLOCK.min(channels - first);
        let mut s = [0.0; BLOCK];
        for row in x.chunks_exact(channels) {
            let row = lanes(&row[first..]);
            for l in 0..BLOCK {
                s[l] += row[l];
            }
        }
        // The same mean as the caller computes from the sum, up to rounding.
        let mean = s.map(|s| s * one_over_n);
        let mut q = [0.0; BLOCK];
        for row in x.chunks_exact(channels) {
            let row = lanes(&row[first..]);
            for l in 0..BLOCK {
                let d = row[l] - mean[l];
                q[l] += d * d;
            }
        }
        sum[first..first + width].copy_from_slice(&s[..width]);
        squares[first..first + width].copy_from_slice(&q[..width]);
    }
    (sum, squares)
}

/// The first channels of a row; what is missing are zeros.
#[inline(always)]
fn lanes(row: &[f32]) -> [f32; BLOCK] {
    row.first_chunk::<BLOCK>().copied().unwrap_or_else(|| {
        let mut lanes = [0.0; BLOCK];
        lanes.iter_mut().zip(row).for_each(|(l, v)| *l = *v);
        lanes
    })
}

/// `out = activation(factor × x + shift)`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn normalize(x: &[f32], [factor, shift]: [&[f32]; 2], activation: Activation, out: &mut [f32]) {
    let channels = factor.len();
    let shift = &shift[..channels];
    let rows = out.chunks_exact_mut(channels).zip(x.chunks_exact(channels));
    // Clamped to the range that the activation follows; comparisons keep a NaN.
    let [low, high] = activation::range(activation);
    for (out, x) in rows {
        for c in 0..channels {
            let v = x[c] * factor[c] + shift[c];
            let v = if v < low { low } else { v };
            out[c] = if v > high { high } else { v };
        }
    }
}

fn backward(
    grads: &mut Grads,
    mut dy: Buffer,
    run: &Run,
    layer: &BatchNorm,
) -> Result<(), CpuError> {
    let channels = layer.gamma.len();
    let size = run.x.size();
    let parts = map_chunks(run.chunk, run.x.clips, |clips| {
        let dy = dy[clips.start * size..clips.end * size].chunks_exact(size);
        let clips = dy.zip(run.x.clips(clips).chunks_exact(size));
        clips
            .map(|(dy, x)| clip_sums(dy, x, run, layer.activation))
            .collect::<Vec<_>>()
    });
    let mut sum = vec![0.0f64; channels];
    let mut product = vec![0.0f64; channels];
    for (s, p) in parts.iter().flatten() {
        for c in 0..channels {
            sum[c] += f64::from(s[c]);
            product[c] += f64::from(p[c]) * f64::from(run.scale[c]);
        }
    }
    let total = (run.x.data.len() / channels.max(1)) as f64;
    if let Some(key) = &run.x.key {
        // dx = gamma / deviation × (dy − mean of dy − x̂ × mean of dy·x̂), as factor × dy − slope × x − level.
        let slope: Vec<f32> = (0..channels)
            .map(|c| {
                (f64::from(run.factor[c]) * f64::from(run.scale[c]) * product[c] / total) as f32
            })
            .collect();
        let level: Vec<f32> = (0..channels)
            .map(|c| {
                let mean = f64::from(run.factor[c]) * sum[c] / total;
                (mean - f64::from(slope[c]) * f64::from(run.mean[c])) as f32
            })
            .collect();
        fill_chunks(run.chunk, run.x.clips, &mut dy, |clips, dy| {
            input_gradient(
                dy,
                run.x.clips(clips),
                run,
                [&slope, &level],
                layer.activation,
            );
        });
        give(grads, key, dy)?;
    }
    let rounded = |sums: &[f64]| sums.iter().map(|s| *s as f32).collect();
    give_weights(grads, &layer.gamma_key, rounded(&product))?;
    give_weights(grads, &layer.beta_key, rounded(&sum))
}

/// One clip's sums of `dy`, behind the activation, and of that times `x − mean`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn clip_sums(dy: &[f32], x: &[f32], run: &Run, activation: Activation) -> (Vec<f32>, Vec<f32>) {
    let channels = run.mean.len();
    let range = activation::range(activation);
    let mut sum = vec![0.0f32; channels];
    let mut product = vec![0.0f32; channels];
    for first in (0..channels).step_by(BLOCK) {
        let width = BLOCK.min(channels - first);
        let of = |values: &[f32]| lanes(&values[first..]);
        let (mean, factor, shift) = (of(&run.mean), of(&run.factor), of(&run.shift));
        let (mut s, mut p) = ([0.0; BLOCK], [0.0; BLOCK]);
        for (d, x) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)) {
            let (d, x) = (of(d), of(x));
            for l in 0..BLOCK {
                let d = activation::gated(range, x[l] * factor[l] + shift[l], d[l]);
                s[l] += d;
                p[l] += d * (x[l] - mean[l]);
            }
        }
        sum[first..first + width].copy_from_slice(&s[..width]);
        product[first..first + width].copy_from_slice(&p[..width]);
    }
    (sum, product)
}

/// Turns the gradient behind the activation into that of the input.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn input_gradient(
    dy: &mut [f32],
    x: &[f32],
    run: &Run,
    [slope, level]: [&[f32]; 2],
    activation: Activation,
) {
    let channels = slope.len();
    let range = activation::range(activation);
    let (factor, shift, level) = (
        &run.factor[..channels],
        &run.shift[..channels],
        &level[..channels],
    );
    for (d, x) in dy.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
        for c in 0..channels {
            let gated = activation::gated(range, x[c] * factor[c] + shift[c], d[c]);
            d[c] = factor[c] * gated - slope[c] * x[c] - level[c];
        }
    }
}
