//! Fine-tuning: the float network is trained on with everything rounded as int8 rounds it, and what
//! comes of it is taken where it is better than before.

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::graph::Graph;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::quantize::{self, Ranges};
use impulse_ir::spec::Finetune;
use impulse_train::augment::Augmented;
use impulse_train::data::{Dataset, Split};
use impulse_train::{Options, finetune, metrics};

use super::Steps;
use super::train::epoch_line;
use crate::builder::checkpoint::{self, CheckpointFile};
use crate::builder::{record, unless_stopped};
use crate::failure::Failure;
use crate::interrupt;
use crate::ui::{percent, plural};

impl Steps<'_, '_> {
    /// The int8 network after fine-tuning, where the spec wants it and it is better than before on
    /// clips that are not the test's.
    pub(super) fn finetuned(
        &mut self,
        [float, int8]: [&Graph; 2],
        ranges: &Ranges,
        set: &Dataset,
    ) -> Result<Option<Graph>, Failure> {
        let spec = &self.build.project.spec;
        let training = self.build.record.training.as_ref();
        let wanted = spec.quantize.finetune != Finetune::Never
            && training.is_some_and(|training| training.stopped != "asked");
        if !wanted {
            return Ok(None);
        }
        let split = match set.indices(Split::Validation).is_empty() {
            true => Split::Train,
            false => Split::Validation,
        };
        let front_end = self.front_end(&float.input_scales);
        let accuracy = |graph: &Graph| -> Result<f64, Diagnostic> {
            let pipeline = Pipeline::new(spec, graph.clone());
            Ok(metrics::evaluate_int8(&pipeline, set, split)?.accuracy())
        };
        let wished = metrics::evaluate_float(float, set, split, &front_end)?.accuracy();
        let before = accuracy(int8)?;
        let epochs = finetune::epochs(spec.quantize.finetune, wished, before);
        if epochs == 0 {
            return Ok(None);
        }
        let ui = self.build.ui;
        let bar = ui.bar("fine-tuning", epochs as u64, "{bar:30} {pos}/{len} {msg}");
        let mut checkpoints =
            CheckpointFile::new(&self.build.build_dir, checkpoint::FINETUNING, ui);
        let options = Options {
            checkpoints: Some(&mut checkpoints),
            key: &self.build.keys.quantize,
            ..Options::default()
        };
        let tuned = finetune::finetune(
            [float, int8],
            &spec.train,
            epochs,
            set.labels.len(),
            &Augmented::new(set, spec, &front_end),
            options,
            interrupt::flag(),
            &mut |epoch| {
                bar.set_message(epoch_line(epoch));
                bar.set_position(epoch.epoch as u64);
            },
        );
        bar.finish_and_clear();
        let tuned = tuned?;
        unless_stopped()?;
        let Some(tuned) = tuned else {
            return Ok(None);
        };
        let tuned = quantize::quantize(&tuned, ranges)?;
        let after = accuracy(&tuned)?;
        let clips = match split {
            Split::Validation => "validation",
            _ => "training",
        };
        let kept = if after > before {
            ""
        } else {
            "; kept as it was"
        };
        let line = format!(
            "{}: int8 {} on the {clips} clips, {} before, float {}{kept}",
            plural(epochs as u64, "epoch"),
            percent(after),
            percent(before),
            percent(wished)
        );
        ui.done("fine-tuned", &line);
        self.build.record.finetuning = Some(record::Finetuning {
            epochs,
            clips: clips.to_owned(),
            float: wished,
            before,
            after,
        });
        Ok((after > before).then_some(tuned))
    }
}
