//! The rules that turn gradients into steps, with Keras' constants.

use impulse_ir::spec;

use crate::checkpoint::{Reader, Writer};
use crate::model::Leaf;

/// Decay of the first moment in Adam.
const BETA_1: f32 = 0.9;
/// Decay of the second moment in Adam.
const BETA_2: f32 = 0.999;
/// Decay of the squared gradients in RMSprop.
const RHO: f32 = 0.9;
/// Keeps divisions finite.
const EPSILON: f32 = 1e-7;

/// An optimizer with what it remembers of each weight tensor.
pub(crate) struct Optimizer {
    rule: spec::Optimizer,
    steps: i32,
    /// First and second moment of each leaf, as long as it.
    moments: Vec<[Vec<f32>; 2]>,
}

impl Optimizer {
    /// A fresh optimizer for `leaves`.
    pub fn new(rule: spec::Optimizer, leaves: &[Leaf]) -> Self {
        let zeros = |leaf: &Leaf| vec![0.0; if leaf.trained { leaf.data.len() } else { 0 }];
        Self {
            rule,
            steps: 0,
            moments: leaves.iter().map(|l| [zeros(l), zeros(l)]).collect(),
        }
    }

    /// Puts what it remembers into a checkpoint.
    pub fn write(&self, writer: &mut Writer) {
        writer.count(self.steps as usize);
        self.moments.iter().flatten().for_each(|m| writer.floats(m));
    }

    /// Takes up what [`Optimizer::write`] wrote.
    pub fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.steps = i32::try_from(reader.count()?).ok()?;
        for moment in self.moments.iter_mut().flatten() {
            let values = reader.floats()?;
            if values.len() != moment.len() {
                return None;
            }
            *moment = values;
        }
        Some(())
    }

    /// The learning rate of the spec.
    pub fn learning_rate(&self) -> f32 {
        match self.rule {
            spec::Optimizer::Adam { learning_rate }
            | spec::Optimizer::AdamW { learning_rate, .. }
            | spec::Optimizer::Sgd { learning_rate, .. }
            | spec::Optimizer::RmsProp { learning_rate } => learning_rate,
        }
    }

    /// One step of all trained leaves by their `gradients`, then the max-norm constraint.
    pub fn step(&mut self, learning_rate: f32, leaves: &mut [Leaf], gradients: &[Vec<f32>]) {
        self.steps = self.steps.saturating_add(1);
        for ((leaf, gradient), moments) in leaves.iter_mut().zip(gradients).zip(&mut self.moments) {
            if !leaf.trained || gradient.len() != leaf.data.len() {
                continue;
            }
            let decays = leaf.decays;
            let weights = std::sync::Arc::make_mut(&mut leaf.data).as_mut_slice();
            let [first, second] = moments;
            match self.rule {
                spec::Optimizer::Adam { .. } => {
                    adam(weights, gradient, first, second, learning_rate, self.steps);
                }
                spec::Optimizer::AdamW { decay, .. } => {
                    if decays {
                        weights
                            .iter_mut()
                            .for_each(|w| *w -= *w * decay * learning_rate);
                    }
                    adam(weights, gradient, first, second, learning_rate, self.steps);
                }
                spec::Optimizer::Sgd { momentum, .. } => {
                    for ((w, g), m) in weights.iter_mut().zip(gradient).zip(first) {
                        *m = momentum * *m - learning_rate * g;
                        *w += *m;
                    }
                }
                spec::Optimizer::RmsProp { .. } => {
                    for ((w, g), v) in weights.iter_mut().zip(gradient).zip(second) {
                        *v = RHO * *v + (1.0 - RHO) * g * g;
                        *w -= learning_rate * g / (*v + EPSILON).sqrt();
                    }
                }
            }
            if let Some(limit) = leaf.max_norm {
                limit_norms(weights, &leaf.shape, limit);
            }
        }
    }
}

/// Adam (Kingma and Ba, 2015, the form at the end of its section 2).
fn adam(
    weights: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    learning_rate: f32,
    steps: i32,
) {
    let correction_1 = 1.0 - libm::pow(f64::from(BETA_1), f64::from(steps));
    let correction_2 = 1.0 - libm::pow(f64::from(BETA_2), f64::from(steps));
    let rate = (f64::from(learning_rate) * libm::sqrt(correction_2) / correction_1) as f32;
    let moments = first.iter_mut().zip(second);
    for ((w, g), (m, v)) in weights.iter_mut().zip(gradient).zip(moments) {
        *m += (g - *m) * (1.0 - BETA_1);
        *v += (g * g - *v) * (1.0 - BETA_2);
        *w -= rate * *m / (v.sqrt() + EPSILON);
    }
}

/// Scales each filter's weights down to a norm of at most `limit`. Filters are the first
/// dimension, of a depthwise convolution (`[1, height, width, filters]`) the last.
fn limit_norms(weights: &mut [f32], shape: &[usize], limit: f32) {
    let (filters, depthwise) = match *shape {
        [1, _, _, filters] => (filters, true),
        [filters, ..] => (filters, false),
        [] => return,
    };
    let taps = weights.len() / filters.max(1);
    let (filter_step, tap_step) = if depthwise { (1, filters) } else { (taps, 1) };
    for filter in 0..filters {
        let places = (0..taps).map(|tap| filter * filter_step + tap * tap_step);
        let norm = places
            .clone()
            .map(|i| weights[i] * weights[i])
            .sum::<f32>()
            .sqrt();
        if norm > limit {
            places.for_each(|i| weights[i] *= limit / norm);
        }
    }
}
