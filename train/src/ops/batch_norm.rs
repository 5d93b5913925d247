//! Batch normalization over the channels (Ioffe and Szegedy, 2015), with an activation.

use std::sync::Arc;

use dfdx::tensor::CpuError;
use impulse_ir::network::Activation;

use super::activation;
use crate::tape::{Grads, Key, Tape, Value, fill_chunks, give, map_chunks};

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
    let channels = factor.len();
    let mut out = vec![0.0; input.data.len()];
    fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        let rows = out
            .chunks_exact_mut(channels)
            .zip(input.clips(clips).chunks_exact(channels));
        for (out, row) in rows {
            for c in 0..channels {
                out[c] = (row[c] - mean[c]) * factor[c] + layer.beta[c];
            }
        }
        activation::apply(layer.activation, out);
    });
    let output = tape.value(input.clips, out);
    if let Some(batch) = batch.clone() {
        let run = Run {
            x: input.clone(),
            y: output.clone(),
            mean: batch.mean,
            scale,
            chunk: tape.chunk(),
        };
        tape.record(&output, move |grads, dy| backward(grads, dy, &run, &layer));
    }
    (output, batch)
}

/// What the backward step keeps of the forward one.
struct Run {
    x: Value,
    y: Value,
    mean: Vec<f32>,
    /// One over the standard deviation.
    scale: Vec<f32>,
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

/// Sum, and sum of squared distances from the mean, of one clip's positions.
fn clip_statistics(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let one_over_n = channels as f32 / x.len().max(1) as f32;
    let mut sum = vec![0.0f32; channels];
    for row in x.chunks_exact(channels) {
        sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
    }
    // The same mean as the caller computes from the sum, up to rounding.
    let mean: Vec<f32> = sum.iter().map(|s| s * one_over_n).collect();
    let mut squares = vec![0.0f32; channels];
    for row in x.chunks_exact(channels) {
        for c in 0..channels {
            let d = row[c] - mean[c];
            squares[c] += d * d;
        }
    }
    (sum, squares)
}

fn backward(
    grads: &mut Grads,
    mut dy: Vec<f32>,
    run: &Run,
    layer: &BatchNorm,
) -> Result<(), CpuError> {
    let channels = layer.gamma.len();
    let size = run.x.size();
    let parts = fill_chunks(run.chunk, run.x.clips, &mut dy, |clips, dy| {
        activation::mask(layer.activation, run.y.clips(clips.clone()), dy);
        let clips = dy
            .chunks_exact(size)
            .zip(run.x.clips(clips).chunks_exact(size));
        clips
            .map(|(dy, x)| clip_sums(dy, x, &run.mean))
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
        // dx = gamma / deviation × (dy − mean of dy − x̂ × mean of dy·x̂), as factor × dy − slope × (x − mean) − level.
        let factor: Vec<f32> = run
            .scale
            .iter()
            .zip(layer.gamma.iter())
            .map(|(s, g)| s * g)
            .collect();
        let level: Vec<f32> = (0..channels)
            .map(|c| (f64::from(factor[c]) * sum[c] / total) as f32)
            .collect();
        let slope: Vec<f32> = (0..channels)
            .map(|c| (f64::from(factor[c]) * f64::from(run.scale[c]) * product[c] / total) as f32)
            .collect();
        fill_chunks(run.chunk, run.x.clips, &mut dy, |clips, dy| {
            let rows = dy
                .chunks_exact_mut(channels)
                .zip(run.x.clips(clips).chunks_exact(channels));
            for (d, x) in rows {
                for c in 0..channels {
                    d[c] = factor[c] * d[c] - slope[c] * (x[c] - run.mean[c]) - level[c];
                }
            }
        });
        give(grads, key, dy)?;
    }
    give(
        grads,
        &layer.gamma_key,
        product.iter().map(|p| *p as f32).collect(),
    )?;
    give(
        grads,
        &layer.beta_key,
        sum.iter().map(|s| *s as f32).collect(),
    )
}

/// One clip's sums of `dy` and of `dy × (x − mean)`.
fn clip_sums(dy: &[f32], x: &[f32], mean: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let channels = mean.len();
    let mut sum = vec![0.0f32; channels];
    let mut product = vec![0.0f32; channels];
    for (d, x) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)) {
        for c in 0..channels {
            sum[c] += d[c];
            product[c] += d[c] * (x[c] - mean[c]);
        }
    }
    (sum, product)
}
