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

use crate::checkpoint::{Checkpoints, Reader, Resumed, Writer};
use crate::loss::class_weights;
use crate::model::{Leaf, Model, unfit};
use crate::ops::Draws;
use crate::ops::batch_norm::Statistics;
use crate::ops::fake_quant::Steps;
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

    /// Writes the features of clip `i` as it was recorded.
    fn clean(&self, i: usize, out: &mut [f32]) {
        self.features(0, i, out);
    }

    /// Which of `folds` parts clip `i` belongs to; clips that belong together are in one.
    fn fold(&self, i: usize, folds: usize) -> usize {
        i % folds.max(1)
    }
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
    /// Where this training only helps to choose a seed: its number, counted from 0, and that of
    /// all such trainings.
    pub trial: Option<[usize; 2]>,
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
    /// The seed of these weights.
    pub seed: u64,
    /// Mean loss of each seed on the clips left out, where one was chosen; else empty.
    pub seed_losses: Vec<f32>,
}

impl Fitted {
    /// Of a job that was asked to stop before its last training began.
    fn stopped_early(seed: u64) -> Self {
        Self {
            weights: Weights::new(),
            history: Vec::new(),
            stopped: Stopped::Asked,
            kept_epoch: 0,
            seed,
            seed_losses: Vec::new(),
        }
    }
}

/// What a run may begin with, and where it keeps how far it came.
#[derive(Default)]
pub struct Options<'a> {
    /// Weights of layers to start from; tensors of other names or shapes are left aside (see
    /// [`crate::transfer::notes`]).
    pub start: Option<&'a Weights>,
    /// For each value of the network, the input first, the steps that it is rounded to: the network
    /// learns its int8 form (see [`crate::finetune`]).
    pub steps: Option<&'a [Option<Steps>]>,
    /// Where a run that ended early left its state, and leaves it.
    pub checkpoints: Option<&'a mut dyn Checkpoints>,
    /// Hash of all that the result depends on: a checkpoint of another run is left aside.
    pub key: &'a str,
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
    let options = Options::default();
    fit_with(
        network, settings, n_labels, train, validation, options, stop, progress,
    )
}

/// As [`fit`], with a start or with checkpoints.
///
/// # Errors
/// As of [`fit`].
#[allow(clippy::too_many_arguments, reason = "those of `fit` and one more")]
pub fn fit_with(
    network: &Network,
    settings: &Train,
    n_labels: usize,
    train: &dyn TrainingSet,
    validation: &Examples,
    options: Options<'_>,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&EpochReport),
) -> Result<Fitted, Diagnostic> {
    let mut job = Job {
        network,
        n_labels,
        start: options.start,
        steps: options.steps.unwrap_or_default(),
        stop,
        journal: Journal::open(options.key, options.checkpoints),
        progress,
    };
    let n_runs = match settings.seeds {
        0 | 1 => 0,
        seeds => seeds * settings.folds.max(2),
    };
    let mut losses = vec![0.0; settings.seeds.max(1)];
    for run in 0..n_runs {
        let folds = settings.folds.max(2);
        let (seed, fold) = (run / folds, run % folds);
        let trial = Train {
            seed: settings.seed.wrapping_add(seed as u64),
            ..settings.clone()
        };
        let Some(loss) = job.fold_loss(&trial, train, [fold, folds], [run, n_runs])? else {
            return Ok(Fitted::stopped_early(settings.seed));
        };
        losses[seed] += loss / folds as f32;
    }
    // The first of equals.
    let chosen =
        (0..losses.len()).fold(0, |best, i| if losses[i] < losses[best] { i } else { best });
    let settings = Train {
        seed: settings.seed.wrapping_add(chosen as u64),
        ..settings.clone()
    };
    let mut fitted = job.run(&settings, train, validation, None)?;
    if n_runs > 0 {
        fitted.seed_losses = losses;
    }
    Ok(fitted)
}

/// What all runs of a job have in common.
struct Job<'a, 'o, 'p> {
    network: &'a Network,
    n_labels: usize,
    start: Option<&'o Weights>,
    steps: &'o [Option<Steps>],
    stop: &'a AtomicBool,
    journal: Journal<'o>,
    progress: &'p mut dyn FnMut(&EpochReport),
}

impl Job<'_, '_, '_> {
    /// Mean loss on the clips of fold number `fold` of a network that is trained on the others;
    /// `None` where it was asked to stop.
    fn fold_loss(
        &mut self,
        settings: &Train,
        train: &dyn TrainingSet,
        [fold, folds]: [usize; 2],
        trial: [usize; 2],
    ) -> Result<Option<f32>, Diagnostic> {
        if let Some(loss) = self.journal.losses.get(trial[0]) {
            return Ok(Some(*loss));
        }
        let (left_out, inside): (Vec<usize>, Vec<usize>) =
            (0..train.len()).partition(|i| train.fold(*i, folds) == fold);
        let len = self.network.input.iter().product();
        let mut features = vec![0.0; left_out.len() * len];
        let rows = features.chunks_exact_mut(len);
        rows.zip(&left_out)
            .for_each(|(out, i)| train.clean(*i, out));
        let examples = Examples {
            features,
            labels: left_out.iter().map(|i| train.label(*i)).collect(),
        };
        let mut loss = 0.0;
        if !examples.is_empty() && !inside.is_empty() {
            let part = Part {
                of: train,
                clips: inside,
            };
            let fitted = self.run(settings, &part, &Examples::default(), Some(trial))?;
            if fitted.stopped == Stopped::Asked {
                return Ok(None);
            }
            let model = Model::with_weights(self.network, &fitted.weights)?;
            let labels = (0..train.len()).map(|i| train.label(i));
            let weights = class_weights(&settings.class_weights, self.n_labels, labels)?;
            loss = step::evaluate(&model, &examples.features, &examples.labels, &weights).0;
        }
        self.journal.losses.push(loss);
        Ok(Some(loss))
    }

    /// One training from its first epoch, or from where its checkpoint left it, to its end.
    fn run(
        &mut self,
        settings: &Train,
        train: &dyn TrainingSet,
        validation: &Examples,
        trial: Option<[usize; 2]>,
    ) -> Result<Fitted, Diagnostic> {
        let mut model = Model::first(self.network, settings.seed)?;
        if let Some(weights) = self.start {
            model.start_from(weights, &settings.freeze);
        }
        model.steps = self.steps.to_vec();
        check(&model, settings, self.n_labels, train, validation)?;
        let labels = (0..train.len()).map(|i| train.label(i));
        let class_weights = class_weights(&settings.class_weights, self.n_labels, labels)?;
        let steps_per_epoch = train.len().div_ceil(settings.batch);
        let mut run = Run {
            settings,
            train,
            validation,
            stop: self.stop,
            class_weights,
            optimizer: Optimizer::new(settings.optimizer, &model.leaves),
            averaged: (settings.keep == Keep::Averaged).then(|| model.clone()),
            best: Best {
                loss: f32::INFINITY,
                epoch: 0,
                model: (settings.keep == Keep::Best).then(|| model.clone()),
            },
            history: Vec::new(),
            trial,
            model,
            step: 0,
            steps: steps_per_epoch * settings.epochs,
            warmup: steps_per_epoch * settings.warmup_epochs,
        };
        self.journal.restore(&mut run);
        let stopped = loop {
            if let Some(stopped) = run.is_over() {
                break stopped;
            }
            // Inside of the thread pool, so that an operator need not wake it.
            let epoch = run.history.len();
            let Some(report) = rayon::scope(|_| run.epoch(epoch))? else {
                break Stopped::Asked;
            };
            (self.progress)(&report);
            run.take_in(report);
            self.journal.save(&run);
        };
        Ok(run.into_fitted(stopped))
    }
}

/// Some clips of a training set.
struct Part<'a> {
    of: &'a dyn TrainingSet,
    clips: Vec<usize>,
}

impl TrainingSet for Part<'_> {
    fn len(&self) -> usize {
        self.clips.len()
    }

    fn label(&self, i: usize) -> usize {
        self.of.label(self.clips[i])
    }

    fn features(&self, epoch: usize, i: usize, out: &mut [f32]) {
        self.of.features(epoch, self.clips[i], out);
    }
}

/// The checkpoint of a job: the losses of the trainings that are done, and the one under way.
struct Journal<'a> {
    key: &'a str,
    checkpoints: Option<&'a mut dyn Checkpoints>,
    losses: Vec<f32>,
    /// The state of the training under way in a job that ended early.
    left: Option<Vec<u8>>,
}

impl<'a> Journal<'a> {
    fn open(key: &'a str, mut checkpoints: Option<&'a mut dyn Checkpoints>) -> Self {
        let mut journal = Self {
            key,
            losses: Vec::new(),
            left: None,
            checkpoints: None,
        };
        if let Some(bytes) = checkpoints.as_mut().and_then(|c| c.load()) {
            match Reader::new(&bytes, key).map(|mut reader| reader.floats()) {
                Ok(Some(losses)) => {
                    journal.losses = losses;
                    journal.left = Some(bytes);
                }
                found => {
                    let problem = found.err().unwrap_or(Resumed::Damaged);
                    checkpoints
                        .as_mut()
                        .into_iter()
                        .for_each(|c| c.resumed(problem));
                }
            }
        }
        journal.checkpoints = checkpoints;
        journal
    }

    /// Brings `run` where the checkpoint left it. Nothing of one that does not fit is taken.
    fn restore(&mut self, run: &mut Run<'_>) {
        let Some(bytes) = self.left.take() else {
            return;
        };
        let whole = || {
            let mut reader = Reader::new(&bytes, self.key).ok()?;
            reader.floats()?;
            run.state_of(&mut reader)
        };
        let found = match whole() {
            Some(state) => {
                run.set_state(state);
                Resumed::At {
                    epoch: run.history.len(),
                    run: self.losses.len(),
                }
            }
            None => Resumed::Damaged,
        };
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.resumed(found);
        }
    }

    fn save(&mut self, run: &Run<'_>) {
        let Some(checkpoints) = &mut self.checkpoints else {
            return;
        };
        if checkpoints.is_due() {
            let mut writer = Writer::new(self.key);
            writer.floats(&self.losses);
            run.write_state(&mut writer);
            checkpoints.save(&writer.finish());
        }
    }
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
#[derive(Clone)]
struct Best {
    loss: f32,
    /// Counted from 1, 0 for none.
    epoch: usize,
    /// Its weights, where they are to be kept.
    model: Option<Model>,
}

/// What of a [`Run`] changes from epoch to epoch.
struct State {
    model: Model,
    averaged: Option<Model>,
    best: Best,
    optimizer: Optimizer,
    history: Vec<EpochReport>,
    step: usize,
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
    best: Best,
    /// A report for each whole epoch.
    history: Vec<EpochReport>,
    /// Number of this training and of all of them, where it is one to choose a seed by.
    trial: Option<[usize; 2]>,
    /// Steps done.
    step: usize,
    /// Steps of the whole run.
    steps: usize,
    /// Steps of the warm-up, the first of them.
    warmup: usize,
}

impl Run<'_> {
    /// Whether and why the run has come to its end.
    fn is_over(&self) -> Option<Stopped> {
        let done = self.history.len();
        let patience = self.settings.patience_epochs;
        if self.best.epoch > 0 && patience.is_some_and(|p| done - self.best.epoch >= p) {
            return Some(Stopped::Patience);
        }
        (done >= self.settings.epochs).then_some(Stopped::Finished)
    }

    /// Notes how an epoch went.
    fn take_in(&mut self, report: EpochReport) {
        let loss = report.validation_loss.unwrap_or(report.loss);
        self.history.push(report);
        if loss < self.best.loss || self.best.epoch == 0 {
            self.best.loss = loss;
            self.best.epoch = self.history.len();
            if let Some(model) = &mut self.best.model {
                model.leaves.clone_from(&self.model.leaves);
            }
        }
    }

    fn into_fitted(self, stopped: Stopped) -> Fitted {
        let done = self.history.len();
        let (kept, kept_epoch) = match self.settings.keep {
            Keep::Best => (self.best.model.unwrap_or(self.model), self.best.epoch),
            Keep::Averaged => (self.averaged.unwrap_or(self.model), done),
            Keep::Last => (self.model, done),
        };
        Fitted {
            weights: kept.weights(),
            history: self.history,
            stopped,
            kept_epoch,
            seed: self.settings.seed,
            seed_losses: Vec::new(),
        }
    }

    fn write_state(&self, writer: &mut Writer) {
        writer.count(self.step);
        writer.count(self.history.len());
        for report in &self.history {
            writer.float(report.loss);
            writer.float(report.accuracy);
            writer.option(report.validation_loss);
            writer.option(report.validation_accuracy);
            writer.float(report.learning_rate);
        }
        writer.float(self.best.loss);
        writer.count(self.best.epoch);
        writer.leaves(&self.model.leaves);
        self.optimizer.write(writer);
        for model in [&self.averaged, &self.best.model].into_iter().flatten() {
            writer.leaves(&model.leaves);
        }
    }

    /// The state that [`Run::write_state`] wrote of a run with these settings.
    fn state_of(&self, reader: &mut Reader<'_>) -> Option<State> {
        let step = reader.count()?;
        let n_epochs = reader.count()?;
        let mut history = Vec::new();
        for epoch in 1..=n_epochs {
            history.push(EpochReport {
                epoch,
                trial: self.trial,
                loss: reader.float()?,
                accuracy: reader.float()?,
                validation_loss: reader.option()?,
                validation_accuracy: reader.option()?,
                learning_rate: reader.float()?,
            });
        }
        let (loss, epoch) = (reader.float()?, reader.count()?);
        let mut model = self.model.clone();
        reader.leaves(&mut model.leaves)?;
        let mut optimizer = Optimizer::new(self.settings.optimizer, &model.leaves);
        optimizer.read(reader)?;
        let mut other = |model: &Option<Model>| match model.clone() {
            None => Some(None),
            Some(mut model) => reader.leaves(&mut model.leaves).map(|()| Some(model)),
        };
        Some(State {
            averaged: other(&self.averaged)?,
            best: Best {
                loss,
                epoch,
                model: other(&self.best.model)?,
            },
            model,
            optimizer,
            history,
            step,
        })
    }

    fn set_state(&mut self, state: State) {
        self.model = state.model;
        self.averaged = state.averaged;
        self.best = state.best;
        self.optimizer = state.optimizer;
        self.history = state.history;
        self.step = state.step;
    }

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
            trial: self.trial,
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
