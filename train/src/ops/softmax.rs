//! Softmax, and the cross entropy that is computed together with it.

use crate::tape::{Tape, Value, fill_chunks, give};

/// Exponentials over their sum, over rows of `classes` values.
pub(crate) fn forward(tape: &mut Tape, input: &Value, classes: usize) -> Value {
    let mut out = tape.pool().copy(&input.all());
    out.chunks_exact_mut(classes).for_each(|row| {
        softmax(row);
    });
    let output = tape.value(input.clips, out);
    let (x, y, chunk) = (input.clone(), output.clone(), tape.chunk());
    tape.record(&output, move |grads, mut dy| {
        let Some(key) = &x.key else { return Ok(()) };
        fill_chunks(chunk, y.clips, &mut dy, |clips, dy| {
            let y = y.clips(clips);
            let rows = dy.chunks_exact_mut(classes).zip(y.chunks_exact(classes));
            for (dy, y) in rows {
                let mean: f32 = dy.iter().zip(y).map(|(d, p)| d * p).sum();
                dy.iter_mut().zip(y).for_each(|(d, p)| *d = (*d - mean) * p);
            }
        });
        give(grads, key, dy)
    });
    output
}

/// Softmax of a row in place; returns the logarithm of the sum of exponentials.
pub(crate) fn softmax(row: &mut [f32]) -> f32 {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for v in row.iter_mut() {
        *v = libm::expf(*v - top);
        sum += *v;
    }
    row.iter_mut().for_each(|v| *v /= sum);
    top + libm::logf(sum)
}

/// What the loss of some clips says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Sum of the clips' weighted losses.
    pub loss: f64,
    /// Clips whose highest output is that of their label.
    pub correct: usize,
}

/// What a clip is: mostly its label, and the label of the clip that it is mixed with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Truth {
    /// Its label.
    pub label: usize,
    /// Label of the other clip.
    pub other: usize,
    /// Share of its label, 0..1; 1 where nothing is mixed.
    pub share: f32,
}

impl Truth {
    /// The label with the larger share.
    fn main(self) -> usize {
        if self.share < 0.5 {
            self.other
        } else {
            self.label
        }
    }
}

/// The weighted cross entropy of `logits` (`[clips, classes]`) against `truths`, and the value
/// that backward steps start from: its gradient is that of the sum of losses times `scale`.
pub(crate) fn cross_entropy(
    tape: &mut Tape,
    logits: &Value,
    truths: &[Truth],
    class_weights: &[f32],
    scale: f32,
) -> (Tally, Value) {
    let classes = class_weights.len();
    let scores = logits.all();
    let mut gradient = tape.pool().copy(&scores);
    let mut tally = Tally::default();
    let rows = gradient
        .chunks_exact_mut(classes)
        .zip(scores.chunks_exact(classes));
    for ((row, logits), truth) in rows.zip(truths) {
        tally.correct += usize::from(highest(logits) == truth.main());
        let log_sum = softmax(row);
        let weights = [
            (truth.label, class_weights[truth.label] * truth.share),
            (
                truth.other,
                class_weights[truth.other] * (1.0 - truth.share),
            ),
        ];
        let all = weights[0].1 + weights[1].1;
        row.iter_mut().for_each(|v| *v *= all);
        for (label, weight) in weights {
            tally.loss += f64::from(weight * (log_sum - logits[label]));
            row[label] -= weight;
        }
        row.iter_mut().for_each(|v| *v *= scale);
    }
    let loss = tape.value(1, tape.pool().copy(&[tally.loss as f32]));
    let key = logits.key.clone();
    tape.record(&loss, move |grads, _| match key {
        Some(key) => give(grads, &key, gradient),
        None => Ok(()),
    });
    (tally, loss)
}

/// Index of the highest value, the first of equals.
pub(crate) fn highest(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in values.iter().enumerate() {
        if *v > values[best] {
            best = i;
        }
    }
    best
}
