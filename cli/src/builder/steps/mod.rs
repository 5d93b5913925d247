//! The steps of a build, each in the file of its name, in their order: train, quantize (and
//! fine-tune), evaluate, plan, emit, verify, report. Each looks whether the last build's result is
//! current before it works, and notes its key in the record when it is done.

mod emit;
mod evaluate;
mod finetune;
mod plan;
mod quantize;
mod report;
mod train;
mod verify;

use std::cell::OnceCell;
use std::fs;
use std::rc::Rc;
use std::time::Instant;

use impulse_codegen::tflite;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::exec::FrontEnd;
use impulse_ir::graph::Graph;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::NetworkSource;
use impulse_ir::{lower, passes};
use impulse_train::data::{Dataset, Split};

use super::output::Staging;
use super::{Build, unless_stopped};
use crate::failure::{Failure, read_error};
use crate::kept;
use crate::ui::plural;

pub use evaluate::{Comparison, compare};
pub use train::read_start;

/// The steps at work: a method each, in the file of its name.
pub struct Steps<'s, 'p> {
    build: &'s mut Build<'p>,
    staging: &'s Staging,
    /// The data set, loaded when the first step asks for it.
    clips: OnceCell<Rc<Dataset>>,
}

impl<'s, 'p> Steps<'s, 'p> {
    /// The steps of `build`, which write to `staging`.
    pub fn new(build: &'s mut Build<'p>, staging: &'s Staging) -> Self {
        let clips = OnceCell::new();
        Self {
            build,
            staging,
            clips,
        }
    }

    /// Does every step that is missing, and writes all outputs but `build.json`. What comes back
    /// are problems that do not make the outputs useless: a measured budget that is broken, a tool
    /// that is missing.
    ///
    /// # Errors
    /// What makes a result impossible.
    pub fn run(mut self) -> Result<Vec<Diagnostic>, Failure> {
        let float = self.float_network()?;
        let graph = self.quantize(float.as_ref())?;
        let pipeline = Pipeline::new(&self.build.project.spec, graph);
        self.build.record.labels.clone_from(&pipeline.labels);
        let evaluation = self.evaluate(float.as_ref(), &pipeline)?;
        let mut late = self.plan(&pipeline);
        let origin = self.origin(&pipeline);
        self.emit(&pipeline, &origin)?;
        late.extend(self.verify(&pipeline, &origin)?);
        self.report(&pipeline, evaluation.as_ref())?;
        if let Some(set) = self.clips.get() {
            kept::close(self.build.project, set, self.build.ui);
        }
        Ok(late)
    }

    /// The float network: trained, or the imported one; `None` where that is an int8 one.
    fn float_network(&mut self) -> Result<Option<Graph>, Failure> {
        match &self.build.project.spec.network {
            NetworkSource::Layers(network) => {
                let weights = self.train(network)?;
                Ok(Some(passes::run(lower::lower(network, &weights)?)?))
            }
            NetworkSource::File(_) => self.imported_float(),
        }
    }

    /// The data set; loaded on the first call.
    fn clips(&self) -> Result<Rc<Dataset>, Failure> {
        if let Some(set) = self.clips.get() {
            return Ok(set.clone());
        }
        let started = Instant::now();
        let set = self.build.project.load_data(self.build.ui)?;
        unless_stopped()?;
        let n = |split| plural(set.indices(split).len() as u64, "clip");
        let kept = match set.n_features_read() as u64 {
            0 => String::new(),
            kept => format!("; the features of {} are known", plural(kept, "clip")),
        };
        self.build.ui.done(
            "loaded",
            &format!(
                "{} to train on, {} for validation, {} for the test, in {:.1} s{kept}",
                n(Split::Train),
                n(Split::Validation),
                n(Split::Test),
                started.elapsed().as_secs_f64()
            ),
        );
        Ok(self.clips.get_or_init(|| Rc::new(set)).clone())
    }

    /// The front end of a network whose columns of features have `scales`.
    fn front_end(&self, scales: &[f32]) -> FrontEnd {
        let spec = &self.build.project.spec;
        FrontEnd::new(&spec.window, &spec.features).scaled(scales)
    }

    /// The files of the float weights and of the int8 network.
    fn file_names(&self) -> (String, String) {
        let name = &self.build.project.spec.name;
        (format!("{name}.safetensors"), format!("{name}.tflite"))
    }

    /// The imported network, where it is a float one.
    fn imported_float(&self) -> Result<Option<Graph>, Failure> {
        let Some(bytes) = &self.build.imported else {
            return Ok(None);
        };
        let graph = tflite::read(bytes)?;
        Ok(if graph.is_float() {
            Some(passes::run(graph)?)
        } else {
            None
        })
    }

    /// Ends the build where Ctrl-C came outside training; one that ended the training does not count.
    fn unless_stopped(&self) -> Result<(), Diagnostic> {
        let used = self
            .build
            .record
            .training
            .as_ref()
            .is_some_and(|t| t.stopped == "asked");
        if used { Ok(()) } else { unless_stopped() }
    }

    /// A file of the last build.
    fn last_built(&self, name: &str) -> Result<Vec<u8>, Diagnostic> {
        let path = self.build.build_dir.join(name);
        fs::read(&path).map_err(|e| read_error(&path, &e))
    }

    /// Writes an output and notes its hash.
    fn write(&mut self, name: &str, contents: &[u8]) -> Result<(), Diagnostic> {
        self.build.write(self.staging, name, contents)
    }

    /// Notes that `step` was done with `key`.
    fn finish(&mut self, step: &str, key: String) {
        self.build.record.steps.insert(step.to_owned(), key);
    }
}
