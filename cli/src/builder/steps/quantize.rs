//! Quantization: the int8 network, calibrated on the training clips, fine-tuned where the spec wants
//! it, and written as `.tflite`; an imported int8 network as it came.

use impulse_codegen::tflite;
use impulse_ir::graph::Graph;
use impulse_ir::quantize;
use impulse_train::calibrate;

use super::Steps;
use crate::builder::record::{QUANTIZE, TRAIN};
use crate::failure::Failure;

impl Steps<'_, '_> {
    /// The int8 network, read back from the bytes of the `.tflite` that is written: what is evaluated
    /// and emitted is what the file says.
    pub(super) fn quantize(&mut self, float: Option<&Graph>) -> Result<Graph, Failure> {
        let (_, file) = self.file_names();
        let key = self.build.keys.quantize.clone();
        let trained = self.build.imported.is_some() || self.build.record.steps.contains_key(TRAIN);
        let bytes = match (&self.build.imported, float) {
            (Some(bytes), None) => bytes.clone(),
            _ if trained && self.build.reusable(QUANTIZE, &key, &file).is_some() => {
                let last = self.build.previous.as_ref();
                self.build.record.finetuning = last.and_then(|last| last.finetuning.clone());
                self.last_built(&file)?
            }
            (_, Some(float)) => {
                let set = self.clips()?;
                let spec = &self.build.project.spec;
                let ranges =
                    calibrate::ranges(float, &set, spec, &self.front_end(&float.input_scales))?;
                self.unless_stopped()?;
                let int8 = quantize::quantize(float, &ranges)?;
                let tuned = self.finetuned([float, &int8], &ranges, &set)?;
                tflite::write(tuned.as_ref().unwrap_or(&int8))?
            }
            (None, None) => Vec::new(),
        };
        self.write(&file, &bytes)?;
        if trained {
            self.finish(QUANTIZE, key);
        }
        Ok(tflite::read(&bytes)?)
    }
}
