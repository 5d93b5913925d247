//! `impulse data`: recordings looked at before anything is learned from them. One file per task;
//! all that is found out comes from `impulse_train::inspect`.

mod import;
mod lint;
mod split;
mod stats;
mod write;

use std::path::Path;

use impulse_train::inspect::{self, Inspection, Step, Subject, Work};
use indicatif::ProgressBar;

use crate::args::{Data, DataTask};
use crate::failure::{Failure, Source, seen_from_here};
use crate::interrupt;
use crate::project::{Project, specs_in};
use crate::ui::Ui;

/// Version of the JSON documents: changes when a field changes its meaning or goes away; fields may
/// be added.
const VERSION: u32 = 1;

/// Runs the task.
///
/// # Errors
/// What was found, or why nothing could be.
pub fn run(args: &Data, ui: Ui) -> Result<(), Failure> {
    match &args.task {
        DataTask::Stats(args) => stats::run(args, ui),
        DataTask::Lint(args) => lint::run(args, ui),
        DataTask::Split(args) => split::run(args, ui),
        DataTask::Import(args) => import::run(args, ui),
    }
}

/// What a command is about: the subject, and the spec where one says it.
struct About {
    subject: Subject,
    source: Option<Source>,
}

impl About {
    /// The data of the spec `path`, or the folder or manifest `path`.
    fn find(path: Option<&Path>, ui: Ui) -> Result<Self, Failure> {
        match path {
            Some(path) if !means_spec(path) => Ok(Self {
                subject: Subject::of_path(path)?,
                source: None,
            }),
            _ => {
                let project = Project::load(path)?;
                ui.diagnostics(&project.warnings, Some(&project.source));
                let subject = Subject::of_spec(&project.spec, &project.base);
                Ok(Self {
                    subject: subject.map_err(|d| project.fail(d))?,
                    source: Some(project.source),
                })
            }
        }
    }

    /// Reads and measures the recordings.
    fn inspect(&self, ui: Ui) -> Result<Inspection, Failure> {
        let found = watched(ui, "measuring", |work| {
            inspect::inspect(self.subject.clone(), work)
        });
        found.map_err(|mut problems| {
            seen_from_here(&mut problems, &self.subject.base);
            self.fail(problems)
        })
    }

    fn fail(&self, problems: impl Into<Failure>) -> Failure {
        let failure = problems.into();
        match &self.source {
            Some(source) => failure.or_source(source),
            None => failure,
        }
    }
}

/// Whether `path` is a spec, or a folder that has specs and no manifest.
fn means_spec(path: &Path) -> bool {
    if path.is_dir() {
        return !specs_in(path).is_empty() && !path.join("manifest.csv").is_file();
    }
    impulse_dsl::Syntax::from_path(path).is_some()
}

/// Does `work` under a bar, until it is done or Ctrl-C ends it.
fn watched<T>(ui: Ui, verb: &str, work: impl FnOnce(Work<'_>) -> T) -> T {
    let stop = interrupt::flag();
    let bar: ProgressBar = ui.bar(verb, 0, "{bar:30} {pos}/{len} {msg}");
    let progress = |step: Step, done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        bar.set_message(match step {
            Step::Measuring => "recordings",
            Step::Comparing => "pairs",
            Step::Learning => "epochs of the network that judges the labels",
        });
    };
    let done = work(Work {
        progress: &progress,
        stop,
    });
    bar.finish_and_clear();
    done
}
