//! Training: from a network and clips to weights.
//!
//! [`fit`] holds the loop over epochs; one step over a batch is [`crate::step`], the network on the
//! tape [`crate::model`]. The same network, clips and seed give the same weights to the bit,
//! whatever the number of threads and the CPU.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::network::Network;
use impulse_ir::spec::{Keep, Train};
use impulse_ir::weights::Weights;

use crate::loss::class_weights;
use crate::model::{Leaf, Model, unfit};
use crate::ops::Draws;
use crate::ops::batch_norm::Statistics;
use crate::ops::softmax::Tally;
use crate::optimizer::Optimizer;
use crate::random::{Purpose, below, stream};
use crate::schedule;
use crate::step::{self, Batch};

/// Clips that a network learns from. The features of a clip may differ from epoch to epoch
/// (augmentation) and must depend on nothing but `(epoch, i)`: they are asked for from several
/// threads in no particular order.
pub trait TrainingSet: Sync {
    /// Number of clips.
    fn len(&self) -> usize;

    /// Whether there are no clips.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Index of the label of clip `i`.
    fn label(&self, i: usize) -> usize;

    /// Writes the features of clip `i` in epoch `epoch` (counted from 0) to `out`, whose length is
    /// the number of values of the network's input.
    fn features(&self, epoch: usize, i: usize, out: &mut [f32]);
}

/// Clips with fixed features: a validation or test split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examples {
    /// Features, clip after clip: `[labels.len(), values of the network's input]`.
    pub features: Vec<f32>,
    /// Index of each clip's label.
    pub labels: Vec<usize>,
}

impl Examples {
    /// Number of clips.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no clips.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

impl TrainingSet for Examples {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, i: usize) -> usize {
        self.labels[i]
    }

    fn features(&self, _epoch: usize, i: usize, out: &mut [f32]) {
        let start = i * out.len();
        out.copy_from_slice(&self.features[start..start + out.len()]);
    }
}

/// How an epoch went.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Mean loss over the training clips while they were learned from.
    pub loss: f32,
    /// Share of the training clips classified rightly, 0..1, while they were learned from.
    pub accuracy: f32,
    /// Mean loss over the validation clips after the epoch; `None` without validation clips. With
    /// `keep averaged` it is that of the averaged weights.
    pub validation_loss: Option<f32>,
    /// Share of the validation clips classified rightly, 0..1.
    pub validation_accuracy: Option<f32>,
    /// Learning rate of the epoch's last step.
    pub learning_rate: f32,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All epochs done.
    Finished,
    /// No lower validation loss for as many epochs as `patience` allows.
    Patience,
    /// The caller's stop flag was set.
    Asked,
}

/// What training made.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The weights kept (`keep last | averaged | best`).
    pub weights: Weights,
    /// A report for each whole epoch.
    pub history: Vec<EpochReport>,
    /// Why training ended.
    pub stopped: Stopped,
    /// Epoch of the weights kept, counted from 1; 0 before the first whole epoch.
    pub kept_epoch: usize,
}

/// Trains `network` on `train`, letting `progress` know after each epoch.
///
/// The network's output is `[n_labels]`; where it ends in a softmax, the loss is computed on the
/// softmax's input. `stop` is looked at between batches: once set, training ends with the weights
/// there are.
///
/// # Errors
/// E0801 where network, labels and clips do not fit together, E0802 where the loss stops being a
/// finite number, E0803 where memory runs out.
pub fn fit(
    network: &Network,
    settings: &Train,
    n_labels: usize,
    train: &dyn TrainingSet,
    validation: &Examples,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&EpochReport),
) -> Result<Fitted, Diagnostic> {
    let model = Model::first(network, settings.seed)?;
    check(&model, settings, n_labels, train, validation)?;
    let labels = (0..train.len()).map(|i| train.label(i));
    let class_weights = class_weights(&settings.class_weights, n_labels, labels)?;
    let steps_per_epoch = train.len().div_ceil(settings.batch);
    let mut run = Run {
        settings,
        train,
        validation,
        stop,
        class_weights,
        optimizer: Optimizer::new(settings.optimizer, &model.leaves),
        averaged: (settings.keep == Keep::Averaged).then(|| model.clone()),
        model,
        step: 0,
        steps: steps_per_epoch * settings.epochs,
        warmup: steps_per_epoch * settings.warmup_epochs,
    };
    let mut history: Vec<EpochReport> = Vec::new();
    let mut best = Best {
        loss: f32::INFINITY,
        epoch: 0,
        model: None,
    };
    let mut stopped = Stopped::Finished;
    for epoch in 0..settings.epochs {
        // Inside of the thread pool, so that an operator need not wake it.
        let Some(report) = rayon::scope(|_| run.epoch(epoch))? else {
            stopped = Stopped::Asked;
            break;
        };
        progress(&report);
        let loss = report.validation_loss.unwrap_or(report.loss);
        history.push(report);
        if loss < best.loss || best.epoch == 0 {
            let model = (settings.keep == Keep::Best).then(|| run.model.clone());
            best = Best {
                loss,
                epoch: epoch + 1,
                model,
            };
        } else if settings
            .patience_epochs
            .is_some_and(|patience| epoch + 1 - best.epoch >= patience)
        {
            stopped = Stopped::Patience;
            break;
        }
    }
    let (kept, kept_epoch) = match settings.keep {
        Keep::Best => (best.model.unwrap_or(run.model), best.epoch),
        Keep::Averaged => (run.averaged.unwrap_or(run.model), history.len()),
        Keep::Last => (run.model, history.len()),
    };
    Ok(Fitted {
        weights: kept.weights(),
        history,
        stopped,
        kept_epoch,
    })
}

/// The network's outputs for `features`, any number of clips one after the other:
/// `[clips, values of the output]`.
///
/// # Errors
/// E0801 where weights or features do not fit the network.
pub fn predict(
    network: &Network,
    weights: &Weights,
    features: &[f32],
) -> Result<Vec<f32>, Diagnostic> {
    let model = Model::with_weights(network, weights)?;
    if !features.len().is_multiple_of(model.input_len.max(1)) {
        return Err(unfit(format!(
            "expected {} features per clip, found {} in all",
            model.input_len,
            features.len()
        )));
    }
    Ok(step::run(&model, features, model.output()))
}

/// The best epoch so far.
struct Best {
    loss: f32,
    /// Counted from 1, 0 for none.
    epoch: usize,
    /// Its weights, where they are to be kept.
    model: Option<Model>,
}

/// Everything a run changes.
struct Run<'a> {
    settings: &'a Train,
    train: &'a dyn TrainingSet,
    validation: &'a Examples,
    stop: &'a AtomicBool,
    class_weights: Vec<f32>,
    optimizer: Optimizer,
    model: Model,
    averaged: Option<Model>,
    /// Steps done.
    step: usize,
    /// Steps of the whole run.
    steps: usize,
    /// Steps of the warm-up, the first of them.
    warmup: usize,
}

impl Run<'_> {
    /// One pass over the training clips; `None` where it was asked to stop.
    fn epoch(&mut self, epoch: usize) -> Result<Option<EpochReport>, Diagnostic> {
        let mut order: Vec<usize> = (0..self.train.len()).collect();
        let mut random = stream(self.settings.seed, Purpose::Order, epoch);
        for i in (1..order.len()).rev() {
            order.swap(i, below(&mut random, i + 1));
        }
        let mut tally = Tally::default();
        let mut learning_rate = self.optimizer.learning_rate();
        for (n_batches, clips) in order.chunks(self.settings.batch).enumerate() {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let peak = self.optimizer.learning_rate();
            learning_rate = schedule::learning_rate(
                self.settings.schedule,
                peak,
                self.step,
                self.steps,
                self.warmup,
            );
            let draws = Draws {
                seed: self.settings.seed,
                epoch,
                clips: clips.to_vec(),
            };
            let batch = Batch {
                set: self.train,
                draws,
                class_weights: &self.class_weights,
                mixup: self.settings.mixup,
            };
            let gradients = step::gradients(&self.model, &batch)?;
            let place = [n_batches, epoch].map(|n| n + 1);
            if !gradients.tally.loss.is_finite() {
                return Err(diverged(place, step::first_not_finite(&self.model, &batch)));
            }
            tally.loss += gradients.tally.loss;
            tally.correct += gradients.tally.correct;
            self.optimizer
                .step(learning_rate, &mut self.model.leaves, &gradients.leaves);
            self.update_statistics(&gradients.statistics);
            if let Some(layer) = self.model.layer_not_finite() {
                return Err(diverged(place, Some(layer)));
            }
            self.update_average();
            self.step += 1;
        }
        let n = self.train.len() as f64;
        let validation = self.validate();
        Ok(Some(EpochReport {
            epoch: epoch + 1,
            loss: (tally.loss / n) as f32,
            accuracy: (tally.correct as f64 / n) as f32,
            validation_loss: validation.map(|v| v.0),
            validation_accuracy: validation.map(|v| v.1),
            learning_rate,
        }))
    }

    fn validate(&self) -> Option<(f32, f32)> {
        let (model, clips) = (
            self.averaged.as_ref().unwrap_or(&self.model),
            self.validation,
        );
        let any = !clips.is_empty();
        any.then(|| step::evaluate(model, &clips.features, &clips.labels, &self.class_weights))
    }

    /// Moves the running statistics of batch normalization a hundredth of the way to the batch's;
    /// in the first hundred steps they are the plain mean over the steps so far.
    fn update_statistics(&mut self, statistics: &[(usize, Statistics)]) {
        let share = (1.0 / (self.step + 1) as f32).max(0.01);
        for (leaf, batch) in statistics {
            for (leaf, batch) in [(*leaf, &batch.mean), (leaf + 1, &batch.variance)] {
                approach(&mut self.model.leaves[leaf], batch, share);
            }
        }
    }

    /// Moves the averaged weights towards the present ones, faster while there are few steps.
    fn update_average(&mut self) {
        let Some(averaged) = &mut self.averaged else {
            return;
        };
        let done = (self.step + 1) as f32;
        let share = (1.0 - done / (done + 9.0)).max(0.005);
        for (leaf, present) in averaged.leaves.iter_mut().zip(&self.model.leaves) {
            approach(leaf, &present.data, share);
        }
    }
}

fn approach(leaf: &mut Leaf, target: &[f32], share: f32) {
    let values = Arc::make_mut(&mut leaf.data).iter_mut();
    values.zip(target).for_each(|(v, t)| *v += (t - *v) * share);
}

/// `batch` and `epoch` are counted from 1.
fn diverged([batch, epoch]: [usize; 2], layer: Option<(String, Span)>) -> Diagnostic {
    let Some((name, span)) = layer else {
        let message =
            format!("expected finite features, found others in batch {batch} of epoch {epoch}");
        return Diagnostic::general(codes::TRAINING_DIVERGED, message);
    };
    let message = format!(
        "expected finite numbers, found others in batch {batch} of epoch {epoch}: `{name}` is the first layer \
         whose values or weights are not finite"
    );
    Diagnostic::error(codes::TRAINING_DIVERGED, span, message)
        .hint("lower the learning rate, or put a batch_norm behind the layer")
}

/// What must hold before the first step.
fn check(
    model: &Model,
    settings: &Train,
    n_labels: usize,
    train: &dyn TrainingSet,
    validation: &Examples,
) -> Result<(), Diagnostic> {
    if model.output_len != n_labels || n_labels == 0 {
        return Err(unfit(format!(
            "expected a network with {n_labels} outputs, one per label, found {}",
            model.output_len
        ))
        .hint("let the network end in `dense labels, softmax`"));
    }
    if train.is_empty() {
        return Err(unfit("expected at least one training clip, found none"));
    }
    if settings.batch == 0 {
        return Err(unfit("expected at least one clip per batch, found 0"));
    }
    let labels = (0..train.len())
        .map(|i| train.label(i))
        .chain(validation.labels.iter().copied());
    if let Some(label) = labels.into_iter().find(|label| *label >= n_labels) {
        return Err(unfit(format!(
            "expected labels below {n_labels}, found {label}"
        )));
    }
    if validation.features.len() != validation.len() * model.input_len {
        return Err(unfit(format!(
            "expected {} features for each of {} validation clips, found {} in all",
            model.input_len,
            validation.len(),
            validation.features.len()
        )));
    }
    Ok(())
}
