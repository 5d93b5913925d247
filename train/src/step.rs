//! One step: the loss of a batch and its gradients.
//!
//! Where no layer joins the clips of a batch, each chunk of clips runs forward and backward on a
//! tape of its own, one thread from end to end; otherwise one tape holds the batch and every
//! operator spreads its clips. Either way the gradients of chunks are summed in their order.

use core::ops::Range;

use dfdx::tensor::CpuError;
use impulse_ir::diagnostic::{Diagnostic, codes};
use rayon::prelude::*;

use crate::fit::TrainingSet;
use crate::model::{Model, Prepared};
use crate::ops::Draws;
use crate::ops::batch_norm::Statistics;
use crate::ops::softmax::{Tally, Truth, cross_entropy, highest, softmax};
use crate::random::{Purpose, beta, stream};
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
    /// Parameter of the beta distribution that shares are drawn from where clips are mixed, each
    /// with the next of its batch; 0 for none.
    pub mixup: f32,
}

impl Batch<'_> {
    /// The share of clip `clip` where it is mixed with another.
    fn share(&self, clip: usize) -> f32 {
        if self.mixup == 0.0 {
            return 1.0;
        }
        let epoch = self.draws.epoch;
        let mut random = stream(self.draws.seed, Purpose::Mixup { epoch, clip }, 0);
        beta(&mut random, self.mixup)
    }

    /// The clip of the batch behind position `at`; behind the last comes the first.
    fn next(&self, at: usize) -> usize {
        self.draws.clips[(at + 1) % self.draws.clips.len()]
    }
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
    let n = batch.draws.clips.len();
    let scale = 1.0 / n.max(1) as f32;
    let result = if model.joins_clips() {
        pass(model, &prepared, batch, 0..n, scale, true)
    } else {
        let parts: Vec<_> = (0..n.div_ceil(CHUNK_CLIPS))
            .into_par_iter()
            .map(|i| i * CHUNK_CLIPS..((i + 1) * CHUNK_CLIPS).min(n))
            .map(|range| pass(model, &prepared, batch, range, scale, false))
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

/// The features of the batch's clips in `range`, one after the other, mixed where that is asked for.
fn input(model: &Model, batch: &Batch<'_>, range: Range<usize>, parallel: bool) -> Value {
    let mut clips = batch.draws.clips[range.clone()].to_vec();
    let n = clips.len();
    if batch.mixup > 0.0 && n > 0 {
        clips.push(batch.next(range.end - 1));
    }
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
    if clips.len() > n {
        let mut mixed = model.pool.buffer(n * model.input_len);
        let own = data.chunks_exact(model.input_len);
        let next = data.chunks_exact(model.input_len).skip(1);
        let rows = mixed.chunks_exact_mut(model.input_len);
        for ((out, (own, next)), clip) in rows.zip(own.zip(next)).zip(&clips) {
            let share = batch.share(*clip);
            for ((out, a), b) in out.iter_mut().zip(own).zip(next) {
                *out = share * a + (1.0 - share) * b;
            }
        }
        data = mixed;
    }
    Value {
        clips: n,
        data: data.into(),
        pending: None,
        key: None,
    }
}

fn pass(
    model: &Model,
    prepared: &[Prepared],
    batch: &Batch<'_>,
    range: Range<usize>,
    scale: f32,
    parallel: bool,
) -> Result<Gradients, CpuError> {
    let clips = &batch.draws.clips;
    let truth = |at: usize| Truth {
        label: batch.set.label(clips[at]),
        other: batch.set.label(batch.next(at)),
        share: batch.share(clips[at]),
    };
    let truths: Vec<Truth> = range.clone().map(truth).collect();
    let draws = Draws {
        clips: clips[range.clone()].to_vec(),
        ..batch.draws
    };
    let input = input(model, batch, range, parallel);
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
        &truths,
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
    let input = input(model, batch, 0..batch.draws.clips.len(), true);
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
