//! The report: one page with what came of the build and what is doubtful in its data.

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::pipeline::Pipeline;
use impulse_train::data::Dataset;
use impulse_train::inspect::{self, Subject, Work, lint};

use super::Steps;
use crate::evaluation::Document;
use crate::failure::Failure;
use crate::interrupt;
use crate::report;

/// Most clips of a data set that is looked at for the report: what takes longer is asked for with
/// `impulse data lint`.
const LINTED_MAX: usize = 2000;

impl Steps<'_, '_> {
    /// Writes `report.html`.
    pub(super) fn report(
        &mut self,
        pipeline: &Pipeline,
        evaluation: Option<&Document>,
    ) -> Result<(), Failure> {
        let set = match evaluation {
            Some(_) => Some(self.clips()?),
            None => None,
        };
        let set = set.as_deref();
        let inputs = report::Inputs {
            pipeline,
            evaluation,
            set,
            findings: &set.map_or_else(Vec::new, |set| self.findings(set)),
        };
        let page = report::render(self.build.project, &self.build.record, &inputs)?;
        Ok(self.write("report.html", page.as_bytes())?)
    }

    /// What the lints say of the data set, those left out that train a network. A look
    /// that cannot be taken, or was stopped, finds nothing.
    fn findings(&self, set: &Dataset) -> Vec<Diagnostic> {
        if set.clips.len() > LINTED_MAX {
            return Vec::new();
        }
        let work = || Work {
            progress: &|_, _, _| (),
            stop: interrupt::flag(),
        };
        let subject = Subject::of_spec(&self.build.project.spec, &self.build.project.base);
        let inspection = subject.ok().and_then(|s| inspect::inspect(s, work()).ok());
        let found = inspection.and_then(|i| lint::lint(&i, &[lint::LABELS], work()).ok());
        found.map_or_else(Vec::new, |found| found.diagnostics)
    }
}
