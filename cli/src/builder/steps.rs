//! The steps of a build, in their order. Each looks whether the last build's result is current
//! before it works.

use std::cell::OnceCell;
use std::fs;
use std::time::Instant;

use impulse_codegen::{File, Origin, firmware, tflite};
use impulse_ir::board::Cpu;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::exec::FrontEnd;
use impulse_ir::graph::Graph;
use impulse_ir::network::Network;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::plan::{ItemKind, Plan, plan};
use impulse_ir::quantize::Ranges;
use impulse_ir::spec::{Finetune, NetworkSource, Target};
use impulse_ir::weights::{FloatTensor, INPUT_SCALES, Weights};
use impulse_ir::{lower, passes, quantize};
use impulse_train::augment::Augmented;
use impulse_train::calibrate;
use impulse_train::data::{Dataset, Split};
use impulse_train::inspect::{self, Subject, Work, lint};
use impulse_train::{
    EpochReport, Options, Stopped, finetune, metrics, scales, transfer, weights_file,
};

use super::checkpoint::{self, CheckpointFile};
use super::output::Staging;
use super::record::{self, Epoch};
use super::{Build, unless_stopped};
use crate::evaluation::{self, Document};
use crate::failure::{Failure, read_error};
use crate::interrupt;
use crate::project::Project;
use crate::report;
use crate::ui::{bytes, count, percent, plural};
use crate::verify::{self, Outcome, Request};

/// Windows that a verification runs.
const VERIFY_WINDOWS: usize = 12;

/// Clips, loaded when the first step asks for them.
type Clips = OnceCell<Dataset>;

/// Does every step that is missing, and writes all outputs but `build.json`. What comes back are
/// problems that do not make the outputs useless: a measured budget that is broken, a tool that
/// is missing.
///
/// # Errors
/// What makes a result impossible.
pub fn all(build: &mut Build<'_>, staging: &Staging) -> Result<Vec<Diagnostic>, Failure> {
    let clips = Clips::new();
    let layers = match &build.project.spec.network {
        NetworkSource::Layers(network) => Some(network.clone()),
        NetworkSource::File(_) => None,
    };
    let weights = match &layers {
        Some(network) => Some(train(build, staging, network, &clips)?),
        None => None,
    };
    let float = match (&layers, &weights) {
        (Some(network), Some(weights)) => Some(passes::run(lower::lower(network, weights)?)?),
        _ => imported_float(build)?,
    };
    let graph = network_int8(build, staging, float.as_ref(), &clips)?;
    let pipeline = Pipeline::new(&build.project.spec, graph);
    build.record.labels.clone_from(&pipeline.labels);
    let evaluation = evaluate(build, float.as_ref(), staging, &pipeline, &clips)?;
    let chosen = build.targets.clone();
    let mut late = Vec::new();
    for target in &chosen {
        let plan = plan(&pipeline, &target.board);
        late.extend(plan.budget_diagnostics(target));
        build.record.targets.push(target_record(target, &plan));
    }
    let origin = origin(build, &pipeline);
    emit(build, staging, &pipeline, &chosen, &origin)?;
    late.extend(verify_all(
        build, staging, &pipeline, &chosen, &origin, &clips,
    )?);
    let set = match evaluation {
        Some(_) => Some(loaded(build, &clips)?),
        None => None,
    };
    let inputs = report::Inputs {
        pipeline: &pipeline,
        evaluation: evaluation.as_ref(),
        set,
        findings: &set.map_or_else(Vec::new, |set| findings(build, set)),
    };
    let page = report::render(build.project, &build.record, &inputs)?;
    build.write(staging, "report.html", page.as_bytes())?;
    Ok(late)
}

/// Most clips of a data set that is looked at for the report: what takes longer is asked for with
/// `impulse data lint`.
const LINTED_MAX: usize = 2000;

/// What the lints say of the data set, those left out that train a network. A look
/// that cannot be taken, or was stopped, finds nothing.
fn findings(build: &Build<'_>, set: &Dataset) -> Vec<Diagnostic> {
    if set.clips.len() > LINTED_MAX {
        return Vec::new();
    }
    let work = || Work {
        progress: &|_, _, _| (),
        stop: interrupt::flag(),
    };
    let subject = Subject::of_spec(&build.project.spec, &build.project.base);
    let inspection = subject.ok().and_then(|s| inspect::inspect(s, work()).ok());
    let found = inspection.and_then(|i| lint::lint(&i, &[lint::LABELS], work()).ok());
    found.map_or_else(Vec::new, |found| found.diagnostics)
}

/// The data set; loaded on the first call.
fn loaded<'c>(build: &Build<'_>, clips: &'c Clips) -> Result<&'c Dataset, Failure> {
    if let Some(set) = clips.get() {
        return Ok(set);
    }
    let started = Instant::now();
    let set = build.project.load_data(build.ui)?;
    unless_stopped()?;
    let n = |split| plural(set.indices(split).len() as u64, "clip");
    build.ui.done(
        "loaded",
        &format!(
            "{} to train on, {} for validation, {} for the test, in {:.1} s",
            n(Split::Train),
            n(Split::Validation),
            n(Split::Test),
            started.elapsed().as_secs_f64()
        ),
    );
    Ok(clips.get_or_init(|| set))
}

/// The front end of a network whose columns of features have `scales`.
fn front_end(build: &Build<'_>, scales: &[f32]) -> FrontEnd {
    let spec = &build.project.spec;
    FrontEnd::new(&spec.window, &spec.features).scaled(scales)
}

fn file_names(build: &Build<'_>) -> (String, String) {
    let name = &build.project.spec.name;
    (format!("{name}.safetensors"), format!("{name}.tflite"))
}

/// The float weights: those of the last build where they are current.
fn train(
    build: &mut Build<'_>,
    staging: &Staging,
    network: &Network,
    clips: &Clips,
) -> Result<Weights, Failure> {
    let (file, _) = file_names(build);
    let key = build.keys.train.clone();
    if let Some(last) = build.reusable("train", &key, &file) {
        let (data, training) = (last.data.clone(), last.training.clone());
        let path = build.build_dir.join(&file);
        let bytes = fs::read(&path).map_err(|e| read_error(&path, &e))?;
        let weights = weights_file::read(&bytes)?;
        build.write(staging, &file, &bytes)?;
        build.record.data = data;
        build.record.training = training;
        build.record.steps.insert("train".into(), key);
        build
            .ui
            .done("kept", "the trained weights, which are current");
        return Ok(weights);
    }
    if build
        .previous
        .as_ref()
        .is_some_and(|p| p.training.as_ref().is_some_and(|t| t.stopped == "asked"))
    {
        build
            .ui
            .done("again", "the last training was stopped before its end");
    }
    let set = loaded(build, clips)?;
    if let Some(data) = &mut build.record.data {
        data.train = set.counts(Split::Train);
        data.validation = set.counts(Split::Validation);
        data.test = set.counts(Split::Test);
    }
    let fitted = fit(build, network, set)?;
    if fitted.history.is_empty() {
        return Err(Diagnostic::general(
            codes::STOPPED,
            "stopped before the first epoch was complete, nothing was written",
        )
        .into());
    }
    let bytes = weights_file::write(&fitted.weights, &build.keys.spec_hash)?;
    build.write(staging, &file, &bytes)?;
    let finished = fitted.stopped != Stopped::Asked;
    // The next build goes on from there.
    let left = fs::read(build.build_dir.join(checkpoint::TRAINING));
    if let (false, Ok(bytes)) = (finished, left) {
        staging.write(checkpoint::TRAINING, &bytes)?;
    }
    build.record.training = Some(training_record(build, network, &fitted));
    if finished {
        // Weights of a run that was cut short are kept, but not taken for what the spec asks for.
        build.record.steps.insert("train".into(), key);
    }
    Ok(fitted.weights)
}

fn fit(
    build: &Build<'_>,
    network: &Network,
    set: &Dataset,
) -> Result<impulse_train::Fitted, Failure> {
    let spec = &build.project.spec;
    let started = Instant::now();
    let start = start_weights(build, network)?;
    let scales = column_scales(build, set, start.as_ref());
    let front_end = front_end(build, scales.as_ref().map_or(&[], |scales| &scales.data));
    let training = Augmented::new(set, spec, &front_end);
    let validation = metrics::examples(set, Split::Validation, &front_end);
    let epochs = spec.train.epochs;
    let bar = build
        .ui
        .bar("training", epochs as u64, "{bar:30} {pos}/{len} {msg}");
    let ui = build.ui;
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
    let mut checkpoints = CheckpointFile::new(&build.build_dir, checkpoint::TRAINING, ui);
    let options = Options {
        start: start.as_ref(),
        steps: None,
        checkpoints: Some(&mut checkpoints),
        key: &build.keys.train,
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
fn column_scales(build: &Build<'_>, set: &Dataset, start: Option<&Weights>) -> Option<FloatTensor> {
    let spec = &build.project.spec;
    let fresh = scales::column_scales(set, spec, &front_end(build, &[]))?;
    let before = start.and_then(|weights| weights.get(INPUT_SCALES));
    let before = before.filter(|before| before.shape == fresh.shape);
    Some(before.cloned().unwrap_or(fresh))
}

/// The bytes of the weights that training starts from.
///
/// # Errors
/// When they cannot be read.
pub fn read_start(project: &Project, path: &str) -> Result<Vec<u8>, Diagnostic> {
    let path = project.base.join(path);
    fs::read(&path).map_err(|e| read_error(&path, &e))
}

/// The weights that training starts from, held against the network.
fn start_weights(build: &Build<'_>, network: &Network) -> Result<Option<Weights>, Diagnostic> {
    let train = &build.project.spec.train;
    let (Some(bytes), Some(path)) = (&build.start, &train.start) else {
        return Ok(None);
    };
    let weights = weights_file::read(bytes)?;
    let notes = transfer::notes(network, &weights, &train.freeze)?;
    let afresh = match notes.is_empty() {
        true => String::new(),
        false => format!("; these begin afresh: {}", notes.join(", ")),
    };
    build
        .ui
        .done("started", &format!("from the weights of {path}{afresh}"));
    Ok(Some(weights))
}

fn epoch_line(epoch: &EpochReport) -> String {
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

fn training_record(
    build: &Build<'_>,
    network: &Network,
    fitted: &impulse_train::Fitted,
) -> record::Training {
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
        epochs: build.project.spec.train.epochs,
        history: history.collect(),
    }
}

/// The int8 network, read back from the bytes of the `.tflite` that is written: what is evaluated
/// and emitted is what the file says.
fn network_int8(
    build: &mut Build<'_>,
    staging: &Staging,
    float: Option<&Graph>,
    clips: &Clips,
) -> Result<Graph, Failure> {
    let (_, file) = file_names(build);
    let key = build.keys.quantize.clone();
    let trained = build.imported.is_some() || build.record.steps.contains_key("train");
    let path = build.build_dir.join(&file);
    let bytes = match (&build.imported, float) {
        (Some(bytes), None) => bytes.clone(),
        _ if trained && build.reusable("quantize", &key, &file).is_some() => {
            let last = build.previous.as_ref();
            build.record.finetuning = last.and_then(|last| last.finetuning.clone());
            fs::read(&path).map_err(|e| read_error(&path, &e))?
        }
        (_, Some(float)) => {
            let set = loaded(build, clips)?;
            let spec = &build.project.spec;
            let ranges =
                calibrate::ranges(float, set, spec, &front_end(build, &float.input_scales))?;
            unless_stopped_twice(build)?;
            let int8 = quantize::quantize(float, &ranges)?;
            let tuned = finetuned(build, [float, &int8], &ranges, set)?;
            tflite::write(tuned.as_ref().unwrap_or(&int8))?
        }
        (None, None) => Vec::new(),
    };
    build.write(staging, &file, &bytes)?;
    if trained {
        build.record.steps.insert("quantize".into(), key);
    }
    Ok(tflite::read(&bytes)?)
}

/// The int8 network after fine-tuning, where the spec wants it and it is better than before on
/// clips that are not the test's.
fn finetuned(
    build: &mut Build<'_>,
    [float, int8]: [&Graph; 2],
    ranges: &Ranges,
    set: &Dataset,
) -> Result<Option<Graph>, Failure> {
    let spec = &build.project.spec;
    let training = build.record.training.as_ref();
    let wanted = spec.quantize.finetune != Finetune::Never
        && training.is_some_and(|training| training.stopped != "asked");
    if !wanted {
        return Ok(None);
    }
    let split = match set.indices(Split::Validation).is_empty() {
        true => Split::Train,
        false => Split::Validation,
    };
    let front_end = front_end(build, &float.input_scales);
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
    let ui = build.ui;
    let bar = ui.bar("fine-tuning", epochs as u64, "{bar:30} {pos}/{len} {msg}");
    let mut checkpoints = CheckpointFile::new(&build.build_dir, checkpoint::FINETUNING, ui);
    let options = Options {
        checkpoints: Some(&mut checkpoints),
        key: &build.keys.quantize,
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
    build.record.finetuning = Some(record::Finetuning {
        epochs,
        clips: clips.to_owned(),
        float: wished,
        before,
        after,
    });
    Ok((after > before).then_some(tuned))
}

/// The imported network, where it is a float one.
fn imported_float(build: &Build<'_>) -> Result<Option<Graph>, Failure> {
    let Some(bytes) = &build.imported else {
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
fn unless_stopped_twice(build: &Build<'_>) -> Result<(), Diagnostic> {
    let used = build
        .record
        .training
        .as_ref()
        .is_some_and(|t| t.stopped == "asked");
    if used { Ok(()) } else { unless_stopped() }
}

fn evaluate(
    build: &mut Build<'_>,
    float: Option<&Graph>,
    staging: &Staging,
    pipeline: &Pipeline,
    clips: &Clips,
) -> Result<Option<Document>, Failure> {
    let key = build.keys.evaluate.clone();
    let current = build.record.steps.contains_key("quantize");
    if let (Some(last), true) = (&build.previous, current)
        && last.is_current("evaluate", &key)
        && let Some((text, document)) = evaluated_before(build, last)?
    {
        build.record.evaluation = last.evaluation.clone();
        if document.is_some() {
            build.write(staging, evaluation::FILE_NAME, text.as_bytes())?;
        }
        build.record.steps.insert("evaluate".into(), key);
        return Ok(document);
    }
    let mut document = None;
    if build.project.spec.data.is_some() {
        let set = loaded(build, clips)?;
        if set.counts(Split::Test).iter().sum::<usize>() > 0 {
            let bar = build.ui.bar("testing", 0, "{spinner} float and int8");
            let result = compare(float, pipeline, set, Split::Test);
            bar.finish_and_clear();
            let result = result?;
            let clips = plural(result.int8.len() as u64, "clip");
            build.ui.done(
                "tested",
                &format!("{clips}: int8 {}", percent(result.int8.accuracy())),
            );
            let made = Document::new(&build.project.spec, set, "test", &result);
            build.write(staging, evaluation::FILE_NAME, made.to_json().as_bytes())?;
            build.record.evaluation = Some(record::Evaluation {
                agree: made.agreement.as_ref().map_or(0, |a| a.same),
                float: result.float.map(|f| f.confusion),
                int8: result.int8.confusion,
            });
            document = Some(made);
        }
        unless_stopped_twice(build)?;
    }
    if current {
        build.record.steps.insert("evaluate".into(), key);
    }
    Ok(document)
}

/// The evaluation of the last build, which is current, as text and as value; no value where there
/// was nothing to evaluate on, nothing where its file is lost and it has to be done again.
fn evaluated_before(
    build: &Build<'_>,
    last: &record::Record,
) -> Result<Option<(String, Option<Document>)>, Diagnostic> {
    if last.evaluation.is_none() {
        return Ok(Some((String::new(), None)));
    }
    let key = &build.keys.evaluate;
    if build
        .reusable("evaluate", key, evaluation::FILE_NAME)
        .is_none()
    {
        return Ok(None);
    }
    let path = build.build_dir.join(evaluation::FILE_NAME);
    let text = fs::read_to_string(&path).map_err(|e| read_error(&path, &e))?;
    Ok(Document::from_json(&text).map(|document| (text, Some(document))))
}

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

fn target_record(target: &Target, plan: &Plan) -> record::Target {
    let items = |board: bool| {
        let of = plan
            .ram
            .iter()
            .filter(move |i| (i.kind == ItemKind::BoardBuffers) == board);
        of.map(|i| (i.name.clone(), i.bytes)).collect()
    };
    let mut flash: Vec<(String, u64)> = Vec::new();
    for (name, kind) in [
        ("weights", ItemKind::Weights),
        ("parameters", ItemKind::Parameters),
        ("tables", ItemKind::Tables),
        ("code", ItemKind::Code),
        (record::FIRMWARE, ItemKind::BoardCode),
    ] {
        let bytes = plan
            .flash
            .iter()
            .filter(|i| i.kind == kind)
            .map(|i| i.bytes)
            .sum();
        flash.push((name.to_owned(), bytes));
    }
    record::Target {
        board: target.board.id.clone(),
        board_name: target.board.name.clone(),
        clock_hz: plan.clock_hz,
        cycles_per_instruction: plan.cycles_per_instruction,
        ram: items(false),
        board_buffers: items(true),
        stack_bytes: plan.stack_bytes,
        flash,
        steps: plan
            .steps
            .iter()
            .map(|s| record::Step {
                name: s.name.clone(),
                operator: s.operator.clone(),
                macs: s.macs,
                instructions: s.instructions,
                flash_bytes: s.flash_bytes,
            })
            .collect(),
        budgets: [
            target.ram_bytes_max,
            target.flash_bytes_max,
            target.latency_us_max,
        ],
        firmware: None,
        image: None,
    }
}

/// What generated files say of themselves. The hash is of what they were made from, not of this
/// program, so the same model gives the same headers.
fn origin(build: &Build<'_>, pipeline: &Pipeline) -> Origin {
    let (_, tflite) = file_names(build);
    let network = build.record.files.get(&tflite).cloned().unwrap_or_default();
    let text = format!(
        "{}\n{network}\n{:?}\n",
        build.keys.spec_hash, pipeline.decide
    );
    Origin {
        command: build.project.command(),
        input_hash: super::key::hash(text.as_bytes()),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn emit(
    build: &mut Build<'_>,
    staging: &Staging,
    pipeline: &Pipeline,
    chosen: &[Target],
    origin: &Origin,
) -> Result<(), Failure> {
    let mut files: Vec<File> = Vec::new();
    // The libraries are for the first target; firmware and images are for their own.
    let cpu = chosen
        .first()
        .map_or(Cpu::CortexM4, |target| target.board.cpu);
    files.extend(
        impulse_codegen::c::emit(pipeline, cpu, origin)?
            .into_iter()
            .map(|f| f.below("c")),
    );
    files.extend(
        impulse_codegen::rust::emit(pipeline, cpu, origin)?
            .into_iter()
            .map(|f| f.below("rust")),
    );
    for (i, target) in chosen.iter().enumerate() {
        let Some(project) = firmware::emit(pipeline, &target.board, origin)? else {
            continue;
        };
        let folder = format!("firmware-{}", target.board.id);
        files.extend(project.into_iter().map(|f| f.below(&folder)));
        build.record.targets[i].firmware = Some(folder);
    }
    for file in &files {
        build.write(staging, &file.path, &file.contents)?;
    }
    if build.record.steps.contains_key("quantize") {
        build
            .record
            .steps
            .insert("emit".into(), build.keys.emit.clone());
    }
    build.ui.done(
        "emitted",
        &format!(
            "{} of C, Rust and firmware",
            plural(files.len() as u64, "file")
        ),
    );
    Ok(())
}

/// Verifies for each target, or takes the last build's measurements where they are current.
fn verify_all(
    build: &mut Build<'_>,
    staging: &Staging,
    pipeline: &Pipeline,
    chosen: &[Target],
    origin: &Origin,
    clips: &Clips,
) -> Result<Vec<Diagnostic>, Failure> {
    let key = build.keys.verify.clone();
    let current = build.record.steps.contains_key("emit");
    if let (Some(last), true) = (&build.previous, current)
        && last.is_current("verify", &key)
    {
        build.record.verification = last.verification.clone();
        for (now, then) in build.record.targets.iter_mut().zip(&last.targets) {
            now.image.clone_from(&then.image);
        }
        let binaries: Vec<String> = last
            .files
            .keys()
            .filter(|f| f.ends_with(".bin"))
            .cloned()
            .collect();
        for name in binaries {
            let path = build.build_dir.join(&name);
            let bytes = fs::read(&path).map_err(|e| read_error(&path, &e))?;
            build.write(staging, &name, &bytes)?;
        }
        build.record.steps.insert("verify".into(), key);
        return Ok(Vec::new());
    }
    if !build.verify {
        return Ok(Vec::new());
    }
    let windows = windows(build, pipeline, clips)?;
    let mut found = build_firmware(build, staging, pipeline, chosen, origin)?;
    for target in chosen {
        let request = Request {
            pipeline,
            board: &target.board,
            windows: &windows,
            origin,
        };
        for (language, run) in [
            ("C", verify::c as fn(&Request<'_>) -> _),
            ("Rust", verify::rust),
        ] {
            unless_stopped_twice(build)?;
            let text = format!(
                "{{spinner}} {language} on an emulated {}",
                target.board.emulator.cpu
            );
            let bar = build.ui.bar("verifying", 0, &text);
            let outcome = run(&request);
            bar.finish_and_clear();
            match outcome {
                Ok(Outcome::Same(measured)) => {
                    build.ui.done(
                        "verified",
                        &format!(
                            "{language} on {}: {} and {} to the bit, {} instructions per result",
                            target.board.id,
                            plural(measured.windows as u64, "window"),
                            plural(measured.results as u64, "streamed result"),
                            count(measured.stream_instructions)
                        ),
                    );
                    build.record.verification.push(measured);
                }
                Ok(Outcome::LeftOut(warning)) => found.push(warning),
                Err(mut problems) => found.append(&mut problems),
            }
        }
    }
    let measured = &build.record.verification;
    for (target, record) in chosen.iter().zip(&build.record.targets) {
        found.extend(verify::judge(target, record, measured));
    }
    found.dedup();
    if current && found.is_empty() {
        build.record.steps.insert("verify".into(), key);
    }
    Ok(found)
}

/// Builds the firmware projects, to read their sizes and to put the binaries beside them.
fn build_firmware(
    build: &mut Build<'_>,
    staging: &Staging,
    pipeline: &Pipeline,
    chosen: &[Target],
    origin: &Origin,
) -> Result<Vec<Diagnostic>, Failure> {
    let mut found = Vec::new();
    for (i, target) in chosen.iter().enumerate() {
        let Some(files) = firmware::emit(pipeline, &target.board, origin)? else {
            continue;
        };
        unless_stopped_twice(build)?;
        let built = match verify::firmware::build(&pipeline.name, &files) {
            Ok(built) => built,
            Err(mut problems) => {
                found.append(&mut problems);
                continue;
            }
        };
        let image = record::Image {
            flash_bytes: built.image.flash_bytes(),
            static_ram_bytes: built.image.static_ram_bytes(),
        };
        let sizes = format!(
            "{} of flash, {} of static RAM",
            bytes(image.flash_bytes),
            bytes(image.static_ram_bytes)
        );
        build.ui.done(
            "linked",
            &format!("the firmware of {}: {sizes}", target.board.id),
        );
        build.record.targets[i].image = Some(image);
        let name = format!("firmware-{}/{}.bin", target.board.id, pipeline.name);
        build.write(staging, &name, &built.binary)?;
    }
    Ok(found)
}

/// Recorded windows to verify with, spread over the data: of the test split where there is one.
/// Without data, tones and noise.
fn windows(
    build: &Build<'_>,
    pipeline: &Pipeline,
    clips: &Clips,
) -> Result<Vec<Vec<i16>>, Failure> {
    if build.project.spec.data.is_none() {
        return Ok(verify::synthetic_windows(pipeline, VERIFY_WINDOWS));
    }
    let set = loaded(build, clips)?;
    let mut from = set.indices(Split::Test);
    if from.len() < VERIFY_WINDOWS {
        from.extend((0..set.clips.len()).filter(|i| set.clips[*i].split != Split::Test));
    }
    let n = from.len().min(VERIFY_WINDOWS);
    Ok((0..n)
        .map(|i| set.clips[from[i * from.len() / n]].samples.clone())
        .collect())
}
