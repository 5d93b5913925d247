//! Evaluation: the float and the int8 network on the clips of the test.

use std::fs;

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::exec::FrontEnd;
use impulse_ir::graph::Graph;
use impulse_ir::pipeline::Pipeline;
use impulse_train::data::{Dataset, Split};
use impulse_train::metrics;

use super::Steps;
use crate::builder::record::{self, EVALUATE, QUANTIZE, Record};
use crate::evaluation::{self, Document};
use crate::failure::{Failure, read_error};
use crate::ui::{percent, plural};

/// Float and int8 on the same clips.
pub struct Comparison {
    /// The float network; `None` for an imported one.
    pub float: Option<metrics::Evaluation>,
    /// The int8 network through the device's code.
    pub int8: metrics::Evaluation,
}

/// Runs both networks over one side of the split.
///
/// # Errors
/// When one of them cannot be run.
pub fn compare(
    float: Option<&Graph>,
    pipeline: &Pipeline,
    set: &Dataset,
    split: Split,
) -> Result<Comparison, Diagnostic> {
    let front_end = FrontEnd::new(&pipeline.window, &pipeline.features);
    let front_end = front_end.scaled(&pipeline.graph.input_scales);
    let float = float
        .map(|graph| metrics::evaluate_float(graph, set, split, &front_end))
        .transpose()?;
    Ok(Comparison {
        float,
        int8: metrics::evaluate_int8(pipeline, set, split)?,
    })
}

impl Steps<'_, '_> {
    /// What both networks make of each clip of the test; `None` without such clips.
    pub(super) fn evaluate(
        &mut self,
        float: Option<&Graph>,
        pipeline: &Pipeline,
    ) -> Result<Option<Document>, Failure> {
        let key = self.build.keys.evaluate.clone();
        let current = self.build.record.steps.contains_key(QUANTIZE);
        if let (Some(last), true) = (&self.build.previous, current)
            && last.is_current(EVALUATE, &key)
            && let Some((text, document)) = self.evaluated_before(last)?
        {
            self.build.record.evaluation = last.evaluation.clone();
            if document.is_some() {
                self.write(evaluation::FILE_NAME, text.as_bytes())?;
            }
            self.finish(EVALUATE, key);
            return Ok(document);
        }
        let mut document = None;
        if self.build.project.spec.data.is_some() {
            let set = self.clips()?;
            if set.counts(Split::Test).iter().sum::<usize>() > 0 {
                let bar = self.build.ui.bar("testing", 0, "{spinner} float and int8");
                let result = compare(float, pipeline, &set, Split::Test);
                bar.finish_and_clear();
                let result = result?;
                let clips = plural(result.int8.len() as u64, "clip");
                self.build.ui.done(
                    "tested",
                    &format!("{clips}: int8 {}", percent(result.int8.accuracy())),
                );
                let made = Document::new(&self.build.project.spec, &set, "test", &result);
                self.write(evaluation::FILE_NAME, made.to_json().as_bytes())?;
                self.build.record.evaluation = Some(record::Evaluation {
                    agree: made.agreement.as_ref().map_or(0, |a| a.same),
                    float: result.float.map(|f| f.confusion),
                    int8: result.int8.confusion,
                });
                document = Some(made);
            }
            self.unless_stopped()?;
        }
        if current {
            self.finish(EVALUATE, key);
        }
        Ok(document)
    }

    /// The evaluation of the last build, which is current, as text and as value; no value where there
    /// was nothing to evaluate on, nothing where its file is lost and it has to be done again.
    fn evaluated_before(
        &self,
        last: &Record,
    ) -> Result<Option<(String, Option<Document>)>, Diagnostic> {
        if last.evaluation.is_none() {
            return Ok(Some((String::new(), None)));
        }
        let key = &self.build.keys.evaluate;
        if self
            .build
            .reusable(EVALUATE, key, evaluation::FILE_NAME)
            .is_none()
        {
            return Ok(None);
        }
        let path = self.build.build_dir.join(evaluation::FILE_NAME);
        let text = fs::read_to_string(&path).map_err(|e| read_error(&path, &e))?;
        Ok(Document::from_json(&text).map(|document| (text, Some(document))))
    }
}
