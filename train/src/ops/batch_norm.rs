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
    /// Whether it normalizes by the running statistics in training too, and has no gradients.
    pub frozen: bool,
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
    let batch = (tape.is_recording() && !layer.frozen)
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
    let affine = Affine {
        factor: factor.clone(),
        shift: shift.clone(),
        activation: layer.activation,
    };
    let output = if tape.is_recording() && input.pending.is_none() {
        tape.pending(input, affine)
    } else {
        let mut out = tape.pool().buffer(input.data.len());
        fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
            affine.apply(&input.clips(clips), out);
        });
        tape.value(input.clips, out)
    };
    if tape.is_recording() {
        let run = Run {
            x: input.clone(),
            mean: mean.to_vec(),
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
        let clips = input.clips(clips);
        clips
            .chunks_exact(size)
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

/// Channels of a vector.
const BLOCK: usize = 16;

/// Sum, and sum of squared distances from the mean, of one clip's positions.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn clip_statistics(x: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let one_over_n = channels as f32 / x.len().max(1) as f32;
    let mut sum = vec![0.0f32; channels];
    let mut squares = vec![0.0f32; channels];
    let mut first = 0;
    while first < channels {
        let results = [&mut sum[first..], &mut squares[first..]];
        first += match channels - first {
            64.. => statistics_of::<64>(x, channels, first, one_over_n, results),
            16.. => statistics_of::<16>(x, channels, first, one_over_n, results),
            4.. => statistics_of::<4>(x, channels, first, one_over_n, results),
            _ => statistics_of::<1>(x, channels, first, one_over_n, results),
        };
    }
    (sum, squares)
}

/// The results of `N` channels from `first` on; returns `N`.
#[inline(always)]
fn statistics_of<const N: usize>(
    x: &[f32],
    channels: usize,
    first: usize,
    one_over_n: f32,
    [sum, squares]: [&mut [f32]; 2],
) -> usize {
    let mut s = [0.0; N];
    for row in x.chunks_exact(channels) {
        let Some(row) = row[first..].first_chunk::<N>() else {
            break;
        };
        for l in 0..N {
            s[l] += row[l];
        }
    }
    // The same mean as the caller computes from the sum, up to rounding.
    let mut mean = s;
    mean.iter_mut().for_each(|m| *m *= one_over_n);
    let mut q = [0.0; N];
    for row in x.chunks_exact(channels) {
        let Some(row) = row[first..].first_chunk::<N>() else {
            break;
        };
        for l in 0..N {
            let d = row[l] - mean[l];
            q[l] += d * d;
        }
    }
    sum[..N].copy_from_slice(&s);
    squares[..N].copy_from_slice(&q);
    N
}

/// `activation(factor × x + shift)`, per channel.
pub(crate) struct Affine {
    factor: Vec<f32>,
    shift: Vec<f32>,
    activation: Activation,
}

impl Affine {
    /// Writes what it makes of `x` (`[…, channels]`) to `out`.
    pub fn apply(&self, x: &[f32], out: &mut [f32]) {
        normalize(x, [&self.factor, &self.shift], self.activation, out);
    }
}

/// `out = activation(factor × x + shift)`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn normalize(x: &[f32], [factor, shift]: [&[f32]; 2], activation: Activation, out: &mut [f32]) {
    let channels = factor.len();
    // Clamped to the range that the activation follows; comparisons keep a NaN.
    let [low, high] = activation::range(activation);
    let of = |x: f32, factor: f32, shift: f32| {
        let scaled = x * factor + shift;
        let above = if scaled < low { low } else { scaled };
        if above > high { high } else { above }
    };
    let (factors, last_factors) = factor.as_chunks::<BLOCK>();
    let (shifts, last_shifts) = shift.as_chunks::<BLOCK>();
    let rows = out.chunks_exact_mut(channels).zip(x.chunks_exact(channels));
    for (out, x) in rows {
        let (out, last_out) = out.as_chunks_mut::<BLOCK>();
        let (x, last_x) = x.as_chunks::<BLOCK>();
        for (((out, x), factor), shift) in out.iter_mut().zip(x).zip(factors).zip(shifts) {
            // Copies, as the compiler makes vectors of what it knows to be apart.
            let (mut v, factor, shift) = (*x, *factor, *shift);
            for l in 0..BLOCK {
                v[l] = of(v[l], factor[l], shift[l]);
            }
            *out = v;
        }
        let last = last_out.iter_mut().zip(last_x);
        for ((out, x), (factor, shift)) in last.zip(last_factors.iter().zip(last_shifts)) {
            *out = of(*x, *factor, *shift);
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
        let x = run.x.clips(clips);
        dy.zip(x.chunks_exact(size))
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
        // Of a frozen one, whose statistics no clip moves, factor × dy alone.
        let total = if layer.frozen { f64::INFINITY } else { total };
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
                &run.x.clips(clips),
                run,
                [&slope, &level],
                layer.activation,
            );
        });
        give(grads, key, dy)?;
    }
    if layer.frozen {
        return Ok(());
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
    let mut first = 0;
    while first < channels {
        let results = [&mut sum[first..], &mut product[first..]];
        first += match channels - first {
            64.. => sums_of::<64>([dy, x], run, range, first, results),
            16.. => sums_of::<16>([dy, x], run, range, first, results),
            4.. => sums_of::<4>([dy, x], run, range, first, results),
            _ => sums_of::<1>([dy, x], run, range, first, results),
        };
    }
    (sum, product)
}

/// The results of `N` channels from `first` on; returns `N`.
#[inline(always)]
fn sums_of<const N: usize>(
    [dy, x]: [&[f32]; 2],
    run: &Run,
    range: [f32; 2],
    first: usize,
    [sum, product]: [&mut [f32]; 2],
) -> usize {
    let channels = run.mean.len();
    let of = |values: &[f32]| values[first..].first_chunk::<N>().copied();
    let (Some(mean), Some(factor), Some(shift)) = (of(&run.mean), of(&run.factor), of(&run.shift))
    else {
        return N;
    };
    let (mut s, mut p) = ([0.0; N], [0.0; N]);
    for (d, x) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)) {
        let (Some(d), Some(x)) = (d[first..].first_chunk::<N>(), x[first..].first_chunk::<N>())
        else {
            break;
        };
        for l in 0..N {
            let d = activation::gated(range, x[l] * factor[l] + shift[l], d[l]);
            s[l] += d;
            p[l] += d * (x[l] - mean[l]);
        }
    }
    sum[..N].copy_from_slice(&s);
    product[..N].copy_from_slice(&p);
    N
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
