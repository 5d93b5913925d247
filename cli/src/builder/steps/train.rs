//! Training: the float weights of a network of layers, or those of the last build. A run that Ctrl-C
//! ended keeps its weights and its checkpoint, from which the next build goes on.

use std::fs;
use std::time::Instant;

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::network::Network;
use impulse_ir::weights::{FloatTensor, INPUT_SCALES, Weights};
use impulse_train::augment::Augmented;
use impulse_train::data::{Dataset, Split};
use impulse_train::{
    EpochReport, Fitted, Options, Stopped, metrics, scales, transfer, weights_file,
};

use super::Steps;
use crate::builder::checkpoint::{self, CheckpointFile};
use crate::builder::record::{self, Epoch, TRAIN};
use crate::failure::{Failure, read_error};
use crate::interrupt;
use crate::project::Project;
use crate::ui::{percent, plural};

impl Steps<'_, '_> {
    /// The float weights: those of the last build where they are current.
    pub(super) fn train(&mut self, network: &Network) -> Result<Weights, Failure> {
        let (file, _) = self.file_names();
        let key = self.build.keys.train.clone();
        if let Some(last) = self.build.reusable(TRAIN, &key, &file) {
            let (data, training) = (last.data.clone(), last.training.clone());
            let bytes = self.last_built(&file)?;
            let weights = weights_file::read(&bytes)?;
            self.write(&file, &bytes)?;
            self.build.record.data = data;
            self.build.record.training = training;
            self.finish(TRAIN, key);
            self.build
                .ui
                .done("kept", "the trained weights, which are current");
            return Ok(weights);
        }
        if self
            .build
            .previous
            .as_ref()
            .is_some_and(|p| p.training.as_ref().is_some_and(|t| t.stopped == "asked"))
        {
            self.build
                .ui
                .done("again", "the last training was stopped before its end");
        }
        let set = self.clips()?;
        if let Some(data) = &mut self.build.record.data {
            data.train = set.counts(Split::Train);
            data.validation = set.counts(Split::Validation);
            data.test = set.counts(Split::Test);
        }
        let fitted = self.fit(network, &set)?;
        if fitted.history.is_empty() {
            return Err(Diagnostic::general(
                codes::STOPPED,
                "stopped before the first epoch was complete, nothing was written",
            )
            .into());
        }
        let bytes = weights_file::write(&fitted.weights, &self.build.keys.spec_hash)?;
        self.write(&file, &bytes)?;
        let finished = fitted.stopped != Stopped::Asked;
        // The next build goes on from there.
        let left = fs::read(self.build.build_dir.join(checkpoint::TRAINING));
        if let (false, Ok(bytes)) = (finished, left) {
            self.staging.write(checkpoint::TRAINING, &bytes)?;
        }
        self.build.record.training = Some(recorded(
            network,
            self.build.project.spec.train.epochs,
            &fitted,
        ));
        if finished {
            // Weights of a run that was cut short are kept, but not taken for what the spec asks for.
            self.finish(TRAIN, key);
        }
        Ok(fitted.weights)
    }

    /// Trains, shows each epoch and what came of it.
    fn fit(&self, network: &Network, set: &Dataset) -> Result<Fitted, Failure> {
        let spec = &self.build.project.spec;
        let started = Instant::now();
        let start = self.start_weights(network)?;
        let scales = self.column_scales(set, start.as_ref());
        let front_end = self.front_end(scales.as_ref().map_or(&[], |scales| &scales.data));
        let training = Augmented::new(set, spec, &front_end);
        let validation = metrics::examples(set, Split::Validation, &front_end);
        let epochs = spec.train.epochs;
        let bar = self
            .build
            .ui
            .bar("training", epochs as u64, "{bar:30} {pos}/{len} {msg}");
        let ui = self.build.ui;
        let every = epochs.div_ceil(10).max(1);
        let mut show = |epoch: &EpochReport| {
            if let Some([trial, all]) = epoch.trial {
                bar.set_message(format!("choosing a seed: training {} of {all}", trial + 1));
                bar.set_position(epoch.epoch as u64);
                return;
            }
            let line = epoch_line(epoch);
            bar.set_message(format!("{line} (Ctrl-C keeps what there is)"));
            bar.set_position(epoch.epoch as u64);
            if !ui.is_live() && (epoch.epoch.is_multiple_of(every) || epoch.epoch == 1) {
                ui.done("epoch", &format!("{}/{epochs} {line}", epoch.epoch));
            }
        };
        let labels = set.labels.len();
        let mut checkpoints = CheckpointFile::new(&self.build.build_dir, checkpoint::TRAINING, ui);
        let options = Options {
            start: start.as_ref(),
            steps: None,
            checkpoints: Some(&mut checkpoints),
            key: &self.build.keys.train,
        };
        let fitted = impulse_train::fit_with(
            network,
            &spec.train,
            labels,
            &training,
            &validation,
            options,
            interrupt::flag(),
            &mut show,
        );
        bar.finish_and_clear();
        let mut fitted = fitted?;
        let scales = scales.map(|scales| (INPUT_SCALES.to_owned(), scales));
        fitted.weights.extend(scales);
        if !fitted.seed_losses.is_empty() {
            let losses: Vec<String> = fitted
                .seed_losses
                .iter()
                .map(|l| format!("{l:.3}"))
                .collect();
            let text = format!(
                "seed {} by the loss on speakers and clips left out: {}",
                fitted.seed,
                losses.join(", ")
            );
            ui.done("chosen", &text);
        }
        if let Some(last) = fitted.history.last() {
            let stopped = match fitted.stopped {
                Stopped::Finished => "",
                Stopped::Patience => " (the validation loss did not fall any more)",
                Stopped::Asked => " (stopped, what there is is kept)",
            };
            let seconds = started.elapsed().as_secs_f64();
            let n = plural(fitted.history.len() as u64, "epoch");
            ui.done(
                "trained",
                &format!("{n} in {seconds:.1} s{stopped}: {}", epoch_line(last)),
            );
        }
        Ok(fitted)
    }

    /// The scales of the features' columns: those that the weights to start from were trained with,
    /// where they have them.
    fn column_scales(&self, set: &Dataset, start: Option<&Weights>) -> Option<FloatTensor> {
        let spec = &self.build.project.spec;
        let fresh = scales::column_scales(set, spec, &self.front_end(&[]))?;
        let before = start.and_then(|weights| weights.get(INPUT_SCALES));
        let before = before.filter(|before| before.shape == fresh.shape);
        Some(before.cloned().unwrap_or(fresh))
    }

    /// The weights that training starts from, held against the network.
    fn start_weights(&self, network: &Network) -> Result<Option<Weights>, Diagnostic> {
        let train = &self.build.project.spec.train;
        let (Some(bytes), Some(path)) = (&self.build.start, &train.start) else {
            return Ok(None);
        };
        let weights = weights_file::read(bytes)?;
        let notes = transfer::notes(network, &weights, &train.freeze)?;
        let afresh = match notes.is_empty() {
            true => String::new(),
            false => format!("; these begin afresh: {}", notes.join(", ")),
        };
        self.build
            .ui
            .done("started", &format!("from the weights of {path}{afresh}"));
        Ok(Some(weights))
    }
}

/// The bytes of the weights that training starts from.
///
/// # Errors
/// When they cannot be read.
pub fn read_start(project: &Project, path: &str) -> Result<Vec<u8>, Diagnostic> {
    let path = project.base.join(path);
    fs::read(&path).map_err(|e| read_error(&path, &e))
}

/// An epoch in one line.
pub(super) fn epoch_line(epoch: &EpochReport) -> String {
    let validation = match (epoch.validation_loss, epoch.validation_accuracy) {
        (Some(loss), Some(accuracy)) => {
            format!("; validation {loss:.3}, {}", percent(accuracy.into()))
        }
        _ => String::new(),
    };
    format!(
        "loss {:.3}, accuracy {}{validation}",
        epoch.loss,
        percent(epoch.accuracy.into())
    )
}

/// How training for `epochs` went, for `build.json`.
fn recorded(network: &Network, epochs: usize, fitted: &Fitted) -> record::Training {
    let stopped = match fitted.stopped {
        Stopped::Finished => "finished",
        Stopped::Patience => "patience",
        Stopped::Asked => "asked",
    };
    let history = fitted.history.iter().map(|e| Epoch {
        epoch: e.epoch,
        loss: e.loss,
        accuracy: e.accuracy,
        validation_loss: e.validation_loss,
        validation_accuracy: e.validation_accuracy,
    });
    record::Training {
        n_weights: network.n_weights() as u64,
        stopped: stopped.to_owned(),
        kept_epoch: fitted.kept_epoch,
        epochs,
        history: history.collect(),
    }
}
