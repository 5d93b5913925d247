//! One step: the loss of a batch and its gradients.
//!
//! Where no layer joins the clips of a batch, each chunk of clips runs forward and backward on a
//! tape of its own, one thread from end to end; otherwise one tape holds the batch and every
//! operator spreads its clips. Either way the gradients of chunks are summed in their order.

use dfdx::tensor::CpuError;
use impulse_ir::diagnostic::{Diagnostic, codes};
use rayon::prelude::*;

use crate::fit::TrainingSet;
use crate::model::{Model, Prepared};
use crate::ops::Draws;
use crate::ops::batch_norm::Statistics;
use crate::ops::softmax::{Tally, cross_entropy, highest, softmax};
use crate::tape::{CHUNK_CLIPS, Tape, Value, fill_chunks, take};

/// Clips of a validation split that one thread runs at a time.
const EVALUATION_CLIPS: usize = 16;

/// What a step is about.
pub(crate) struct Batch<'a> {
    /// Where features and labels come from.
    pub set: &'a dyn TrainingSet,
    /// Which clips, and their random numbers.
    pub draws: Draws,
    /// Weight of each label in the loss.
    pub class_weights: &'a [f32],
}

/// What a batch says.
pub(crate) struct Gradients {
    /// Loss and hits.
    pub tally: Tally,
    /// For each leaf the gradient of the mean loss; empty where it has none.
    pub leaves: Vec<Vec<f32>>,
    /// As in [`crate::model::Outcome`].
    pub statistics: Vec<(usize, Statistics)>,
}

/// The loss of `batch` and the gradients of its mean.
pub(crate) fn gradients(model: &Model, batch: &Batch<'_>) -> Result<Gradients, Diagnostic> {
    let prepared = model.prepare();
    let clips = &batch.draws.clips;
    let scale = 1.0 / clips.len().max(1) as f32;
    let result = if model.joins_clips() {
        pass(model, &prepared, batch, clips, scale, true)
    } else {
        let parts: Vec<_> = clips
            .par_chunks(CHUNK_CLIPS)
            .map(|clips| pass(model, &prepared, batch, clips, scale, false))
            .collect();
        parts
            .into_iter()
            .reduce(|total, part| Ok(joined(total?, part?)))
            .unwrap_or_else(|| {
                Ok(Gradients {
                    tally: Tally::default(),
                    leaves: Vec::new(),
                    statistics: Vec::new(),
                })
            })
    };
    result.map_err(|_| Diagnostic::general(codes::TRAINING_MEMORY, "out of memory while training"))
}

fn joined(mut total: Gradients, part: Gradients) -> Gradients {
    total.tally.loss += part.tally.loss;
    total.tally.correct += part.tally.correct;
    for (total, part) in total.leaves.iter_mut().zip(part.leaves) {
        total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
    }
    total
}

/// The features of `clips`, one after the other.
fn input(model: &Model, batch: &Batch<'_>, clips: &[usize], parallel: bool) -> Value {
    let mut data = model.pool.buffer(clips.len() * model.input_len);
    let chunk = if parallel { 1 } else { usize::MAX };
    fill_chunks(chunk, clips.len(), &mut data, |range, out| {
        for (clip, out) in clips[range]
            .iter()
            .zip(out.chunks_exact_mut(model.input_len))
        {
            batch.set.features(batch.draws.epoch, *clip, out);
        }
    });
    Value {
        clips: clips.len(),
        data: data.into(),
        pending: None,
        key: None,
    }
}

fn pass(
    model: &Model,
    prepared: &[Prepared],
    batch: &Batch<'_>,
    clips: &[usize],
    scale: f32,
    parallel: bool,
) -> Result<Gradients, CpuError> {
    let labels: Vec<usize> = clips.iter().map(|i| batch.set.label(*i)).collect();
    let draws = Draws {
        clips: clips.to_vec(),
        ..batch.draws
    };
    let input = input(model, batch, clips, parallel);
    let mut tape = Tape::recording(&model.device, &model.pool, parallel);
    let outcome = model.forward(
        prepared,
        &mut tape,
        input,
        model.logits(),
        &draws,
        &mut |_, _| {},
    );
    let (tally, loss) = cross_entropy(
        &mut tape,
        &outcome.output,
        &labels,
        batch.class_weights,
        scale,
    );
    let mut grads = tape.backward(&loss)?;
    let leaves = model
        .leaves
        .iter()
        .map(|leaf| Ok(take(&mut grads, &leaf.key, leaf.data.len())?.unwrap_or_default()))
        .collect::<Result<_, CpuError>>()?;
    Ok(Gradients {
        tally,
        leaves,
        statistics: outcome.statistics,
    })
}

/// Name of the first layer whose values are not finite for `batch`, with its place in the spec;
/// `None` where the features themselves are not.
pub(crate) fn first_not_finite(
    model: &Model,
    batch: &Batch<'_>,
) -> Option<(String, impulse_ir::Span)> {
    let input = input(model, batch, &batch.draws.clips, true);
    if input.data.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let mut found = None;
    let mut tape = Tape::recording(&model.device, &model.pool, true);
    let mut watch = |value: usize, data: &Value| {
        if found.is_none() && data.all().iter().any(|v| !v.is_finite()) {
            found = model.node(value).map(|node| (node.name.clone(), node.span));
        }
    };
    model.forward(
        &model.prepare(),
        &mut tape,
        input,
        model.logits(),
        &batch.draws,
        &mut watch,
    );
    found.or_else(|| {
        model
            .node(model.logits())
            .map(|node| (node.name.clone(), node.span))
    })
}

/// Value `last` of the network for any number of clips, one after the other.
pub(crate) fn run(model: &Model, features: &[f32], last: usize) -> Vec<f32> {
    let prepared = model.prepare();
    let no_draws = Draws {
        seed: 0,
        epoch: 0,
        clips: Vec::new(),
    };
    features
        .par_chunks(EVALUATION_CLIPS * model.input_len.max(1))
        .map(|part| {
            let clips = part.len() / model.input_len.max(1);
            let input = Value {
                clips,
                data: model.pool.copy(part).into(),
                pending: None,
                key: None,
            };
            let mut tape = Tape::inference(&model.device, &model.pool);
            model
                .forward(&prepared, &mut tape, input, last, &no_draws, &mut |_, _| {})
                .output
        })
        .collect::<Vec<_>>()
        .iter()
        .flat_map(|value| value.all().to_vec())
        .collect()
}

/// Mean loss (classes weighted) and share of hits over clips with fixed features.
pub(crate) fn evaluate(
    model: &Model,
    features: &[f32],
    labels: &[usize],
    class_weights: &[f32],
) -> (f32, f32) {
    let mut logits = run(model, features, model.logits());
    let mut tally = Tally::default();
    for (row, label) in logits.chunks_exact_mut(class_weights.len()).zip(labels) {
        tally.correct += usize::from(highest(row) == *label);
        let logit = row[*label];
        tally.loss += f64::from(class_weights[*label] * (softmax(row) - logit));
    }
    let n = labels.len().max(1) as f64;
    ((tally.loss / n) as f32, (tally.correct as f64 / n) as f32)
}
