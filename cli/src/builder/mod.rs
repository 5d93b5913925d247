//! `impulse build`: from a spec to everything that is made of it.
//!
//! Each step has a key: the hash of all that its result depends on. A step whose key stands in the
//! last `build.json`, and whose files are as they were written, is not done again; its files are
//! carried over into the new folder, which replaces the old one at the end.

mod bare;
pub mod checkpoint;
pub mod key;
mod keys;
pub mod output;
pub mod record;
pub mod steps;
pub mod targets;

use std::path::PathBuf;

use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::spec::{NetworkSource, Target};

use crate::args;
use crate::failure::Failure;
use crate::interrupt;
use crate::model_file;
use crate::project::Project;
use crate::tables;
use crate::ui::{Ui, plural};

use keys::Keys;
use output::Staging;
use record::Record;
use steps::Steps;

/// What the fixed sources of C and Rust take,
const LIBRARY_BYTES: u64 = 1 << 20;
/// those of a target's firmware,
const FIRMWARE_BYTES: u64 = 1 << 18;
/// and a report with clips to listen to.
const REPORT_BYTES: u64 = 3 << 20;

/// Runs the command.
///
/// # Errors
/// Every problem of the spec, its data and the environment; what was built before is then
/// unchanged.
pub fn build(args: &args::Build, ui: Ui) -> Result<(), Failure> {
    if let Some(n) = args.threads {
        // Fails only where the pool is in use already, which nothing has done yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(n))
            .build_global();
    }
    interrupt::flag();
    if let Some(path) = args
        .spec
        .as_deref()
        .filter(|path| model_file::is_model(path))
    {
        return bare::build(path, args, ui);
    }
    let project = Project::load(args.spec.as_deref())?;
    ui.diagnostics(&project.warnings, Some(&project.source));
    Build::start(&project, args, ui)
        .and_then(Build::run)
        .map_err(|f| project.fail(f))
}

/// A build under way.
pub struct Build<'a> {
    project: &'a Project,
    ui: Ui,
    verify: bool,
    targets: Vec<Target>,
    build_dir: PathBuf,
    previous: Option<Record>,
    keys: Keys,
    record: Record,
    /// Bytes of an imported network.
    imported: Option<Vec<u8>>,
    /// Bytes of the weights that training starts from.
    start: Option<Vec<u8>>,
}

impl<'a> Build<'a> {
    /// Checks everything that can be checked before work begins, and finds out what is current.
    fn start(project: &'a Project, args: &args::Build, ui: Ui) -> Result<Self, Failure> {
        let spec = &project.spec;
        let imported = match &spec.network {
            NetworkSource::File(path) => Some(targets::read_network(project, path)?),
            NetworkSource::Layers(_) => None,
        };
        let chosen = targets::choose(project, args.target.as_deref())?;
        let plans = targets::plan_before_training(project, imported.as_deref(), &chosen)?;
        targets::hold_against_budgets(&chosen, &plans, ui, project)?;
        if let (Some(target), Some(plan)) = (chosen.first(), plans.first()) {
            ui.done("checked", &targets::summary(spec, target, plan));
        }
        let data_hash = match (&spec.data, &spec.network) {
            (Some(_), _) => impulse_train::data::content_hash(spec, &project.base)
                .map_err(|problems| project.seen_from_here(problems))?,
            (None, NetworkSource::File(_)) => String::new(),
            (None, NetworkSource::Layers(_)) => {
                let problem = Diagnostic::general(
                    codes::DATA_MISSING,
                    "the spec has no data to train its network on",
                );
                return Err(problem.hint("add `data \"clips\" { labels … }`").into());
            }
        };
        let start = match &spec.train.start {
            Some(path) => Some(steps::read_start(project, path)?),
            None => None,
        };
        let network_hash = imported.as_deref().map(key::hash).unwrap_or_default();
        let start_hash = start.as_deref().map(key::hash).unwrap_or_default();
        let network_hash = network_hash + &start_hash;
        let keys = Keys::new(project, &data_hash, &network_hash, &chosen);
        let build_dir = project.build_dir();
        let previous = if args.force {
            None
        } else {
            Record::load(&build_dir)
        };
        let labels = spec
            .data
            .as_ref()
            .map(|d| d.labels.clone())
            .unwrap_or_default();
        let mut record = Record::new(&spec.name, &labels, keys.spec_hash.clone());
        record.data = (!data_hash.is_empty()).then(|| record::Data {
            hash: data_hash,
            ..record::Data::default()
        });
        Ok(Self {
            project,
            ui,
            verify: args.verify,
            targets: chosen,
            build_dir,
            previous,
            keys,
            record,
            imported,
            start,
        })
    }

    /// Does the steps that are missing.
    fn run(mut self) -> Result<(), Failure> {
        if let Some(record) = self.up_to_date() {
            let unchanged = format!(
                "{} is up to date, nothing was done",
                self.build_dir.display()
            );
            self.ui.done("unchanged", &unchanged);
            tables::summary(&record, &self.build_dir, self.ui);
            return Ok(());
        }
        // Before training: a folder that cannot be written should not cost the user a run.
        let staging = Staging::new(&self.build_dir)?;
        staging.reserve(self.expected_bytes())?;
        let late = Steps::new(&mut self, &staging).run()?;
        let files = self.record.files.len() as u64 + 1;
        staging.write(record::FILE_NAME, self.record.to_json().as_bytes())?;
        staging.commit()?;
        self.ui.done(
            "wrote",
            &format!("{} to {}", plural(files, "file"), self.build_dir.display()),
        );
        tables::summary(&self.record, &self.build_dir, self.ui);
        if late.iter().any(Diagnostic::is_error) {
            return Err(late.into());
        }
        self.ui.diagnostics(&late, Some(&self.project.source));
        Ok(())
    }

    /// Bytes that the outputs take, roughly. A weight is four bytes as float, one in `.tflite` and
    /// some five in each text of C and Rust; a checkpoint has it several times.
    fn expected_bytes(&self) -> u64 {
        let n_weights = match &self.project.spec.network {
            NetworkSource::Layers(network) => network.n_weights() as u64,
            NetworkSource::File(_) => self.imported.as_ref().map_or(0, |b| b.len() as u64),
        };
        let firmware = self.targets.len() as u64 * (FIRMWARE_BYTES + 5 * n_weights);
        LIBRARY_BYTES + REPORT_BYTES + firmware + 40 * n_weights
    }

    /// The last build's record, where every step is current and every file as it was written.
    fn up_to_date(&self) -> Option<Record> {
        let last = self.previous.as_ref()?;
        let keys = &self.keys;
        let mut steps = vec![
            (record::TRAIN, &keys.train),
            (record::QUANTIZE, &keys.quantize),
            (record::EVALUATE, &keys.evaluate),
            (record::EMIT, &keys.emit),
        ];
        if self.verify {
            steps.push((record::VERIFY, &keys.verify));
        }
        let current = steps.iter().all(|(step, key)| last.is_current(step, key));
        (current && last.files_intact(&self.build_dir, |_| true)).then(|| last.clone())
    }

    /// The last build's record, where `step` was done with `key` and `file` is as it was written.
    fn reusable(&self, step: &str, key: &str, file: &str) -> Option<&Record> {
        let last = self.previous.as_ref()?;
        let same = last.is_current(step, key)
            && last.files.contains_key(file)
            && last.files_intact(&self.build_dir, |name| name == file);
        same.then_some(last)
    }

    /// Writes an output and notes its hash.
    fn write(&mut self, staging: &Staging, name: &str, contents: &[u8]) -> Result<(), Diagnostic> {
        staging.write(name, contents)?;
        self.record
            .files
            .insert(name.to_owned(), key::hash(contents));
        Ok(())
    }
}

/// Ends the build where Ctrl-C asked for it and there is nothing to keep.
fn unless_stopped() -> Result<(), Diagnostic> {
    if interrupt::asked() {
        return Err(Diagnostic::general(
            codes::STOPPED,
            "stopped, nothing was written",
        ));
    }
    Ok(())
}
