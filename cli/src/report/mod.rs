//! `report.html`: one page, with nothing outside it.

mod chart;
mod clips;
mod explorer;

use impulse_ir::diagnostic::{Diagnostic, Place, codes};
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::{Sensor, Window};
use impulse_train::data::Dataset;
use impulse_train::metrics;
use serde::Serialize;

use crate::builder::record::{Evaluation, Record, Target, Training, Verification};
use crate::evaluation::{Document, Network};
use crate::project::Project;
use crate::tables;
use crate::ui::{bytes, count, percent, plural, time};

const TEMPLATE: &str = include_str!("report.html");
const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// Most groups whose errors are shown.
const GROUPS_MAX: usize = 12;

/// What a page is made of beside the record of its build.
pub struct Inputs<'a> {
    /// The trained impulse.
    pub pipeline: &'a Pipeline,
    /// What float and int8 made of the test clips; `None` where there are none.
    pub evaluation: Option<&'a Document>,
    /// The clips; `None` where there is no evaluation.
    pub set: Option<&'a Dataset>,
    /// What is doubtful in the data set.
    pub findings: &'a [Diagnostic],
}

/// Most findings that are listed.
const FINDINGS_MAX: usize = 60;

#[derive(Serialize)]
struct Page<'a> {
    style: &'static str,
    script: &'static str,
    /// What the script draws, as JSON without `<`.
    data: String,
    note: String,
    /// How a clip and what is made of it are called.
    words: Words,
    pictures: Vec<clips::Picture>,
    errors: Option<Errors>,
    name: &'a str,
    labels: &'a [String],
    window: String,
    features: String,
    evaluation: Option<Tests>,
    training: Option<Curves>,
    targets: Vec<Board>,
    clips: Option<Vec<DataRow>>,
    warnings: Vec<String>,
    spec: &'a str,
    spec_hash: &'a str,
    data_hash: Option<&'a str>,
    tool_version: &'a str,
    files: Vec<(&'a String, &'a String)>,
}

/// How a clip and what is made of it are called.
#[derive(Serialize)]
struct Words {
    /// Whether a clip is a sound.
    sound: bool,
    title: &'static str,
    corner: &'static str,
    verb: &'static str,
}

impl Words {
    /// Of sounds, or of anything else.
    fn new(sound: bool) -> Self {
        let (title, corner, verb) = match sound {
            true => (
                "What was said, and what was heard",
                "said ↓ heard →",
                "heard as",
            ),
            false => (
                "What it was, and what it was taken for",
                "is ↓ taken for →",
                "taken for",
            ),
        };
        Self {
            sound,
            title,
            corner,
            verb,
        }
    }
}

#[derive(Serialize)]
struct Tests {
    clips: String,
    int8: Matrix,
    float: Option<Matrix>,
    agree: String,
}

#[derive(Serialize)]
struct Matrix {
    id: &'static str,
    name: &'static str,
    accuracy: String,
    rows: Vec<MatrixRow>,
}

#[derive(Serialize)]
struct MatrixRow {
    label: String,
    cells: Vec<MatrixCell>,
    precision: String,
    recall: String,
    f1: String,
    auc: String,
    clips: String,
}

#[derive(Serialize)]
struct Errors {
    groups: Vec<ErrorRow>,
    groups_note: String,
    has_groups: bool,
    loudness: Vec<ErrorRow>,
}

#[derive(Serialize)]
struct ErrorRow {
    name: String,
    clips: String,
    wrong: String,
    /// Percent of the clips.
    share: String,
}

#[derive(Serialize)]
struct MatrixCell {
    n: usize,
    right: bool,
    /// Share of the row, 0..1.
    share: String,
}

#[derive(Serialize)]
struct Curves {
    summary: String,
    validated: bool,
    loss_chart: String,
    accuracy_chart: String,
}

#[derive(Serialize)]
struct Board {
    board: String,
    board_name: String,
    ram: String,
    ram_budget: String,
    ram_class: &'static str,
    flash: String,
    flash_budget: String,
    flash_class: &'static str,
    latency: String,
    latency_budget: String,
    latency_class: &'static str,
    memories: Vec<Memory>,
    /// Percent of the budget for the time, where there is one.
    time_share: Option<String>,
    steps: Vec<StepRow>,
    measured: Option<Measured>,
}

#[derive(Serialize)]
struct Memory {
    name: &'static str,
    total: String,
    budget: Option<String>,
    items: Vec<MemoryItem>,
}

#[derive(Serialize)]
struct MemoryItem {
    name: String,
    bytes: String,
    /// Percent of the bar.
    share: String,
}

#[derive(Serialize)]
struct StepRow {
    name: String,
    operator: String,
    macs: String,
    instructions: String,
    time: String,
    /// Percent of the costliest step.
    share: String,
    flash: String,
}

#[derive(Serialize)]
struct Measured {
    heads: Vec<String>,
    rows: Vec<MeasuredRow>,
    note: String,
}

#[derive(Serialize)]
struct MeasuredRow {
    name: &'static str,
    predicted: String,
    values: Vec<String>,
}

#[derive(Serialize)]
struct DataRow {
    label: String,
    train: usize,
    validation: usize,
    test: usize,
}

/// The page of a build.
///
/// # Errors
/// When the template cannot be filled, which is a fault of this program.
pub fn render(
    project: &Project,
    record: &Record,
    inputs: &Inputs<'_>,
) -> Result<String, Diagnostic> {
    let spec = &project.spec;
    let (data, note, pictures) = match (inputs.evaluation, inputs.set) {
        (Some(document), Some(set)) => {
            let (data, pictures) = clips::data(document, set, inputs.pipeline)?;
            let text = serde_json::to_string(&data)
                .map_err(|e| fault("the report's data cannot be written", &e))?;
            // Nothing in a name ends the script element that holds it.
            (text.replace('<', "\\u003c"), data.note, pictures)
        }
        _ => ("null".to_owned(), String::new(), Vec::new()),
    };
    let features: Vec<String> = spec
        .features
        .iter()
        .map(|b| tables::feature_line(b, &spec.window))
        .collect();
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        data,
        note,
        words: Words::new(spec.window.sensor == Sensor::Audio),
        pictures,
        errors: inputs.evaluation.map(errors),
        name: &record.name,
        labels: &record.labels,
        window: window_line(&spec.window),
        features: features.join("; "),
        evaluation: record
            .evaluation
            .as_ref()
            .map(|e| tests(e, inputs.evaluation, &record.labels)),
        training: record.training.as_ref().map(curves).transpose()?,
        targets: record
            .targets
            .iter()
            .map(|t| board(t, &record.verification))
            .collect(),
        warnings: findings(inputs.findings),
        clips: record.data.as_ref().map(|d| {
            let at = |counts: &[usize], i: usize| counts.get(i).copied().unwrap_or(0);
            let row = |(i, label): (usize, &String)| DataRow {
                label: label.clone(),
                train: at(&d.train, i),
                validation: at(&d.validation, i),
                test: at(&d.test, i),
            };
            record.labels.iter().enumerate().map(row).collect()
        }),
        spec: &project.source.text,
        spec_hash: &record.spec_hash,
        data_hash: record.data.as_ref().map(|d| d.hash.as_str()),
        tool_version: &record.tool_version,
        files: record.files.iter().collect(),
    };
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::SemiStrict);
    environment
        .add_template("report.html", TEMPLATE)
        .and_then(|()| environment.get_template("report.html"))
        .and_then(|template| template.render(minijinja::value::Serde(&page)))
        .map_err(|e| fault("the report's template cannot be filled", &e))
}

/// A fault of this program.
fn fault(what: &str, error: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::general(codes::FILE_WRITE, format!("{what}: {error}"))
}

fn tests(of: &Evaluation, document: Option<&Document>, labels: &[String]) -> Tests {
    let int8 = tables::of_counts(&of.int8);
    let total = int8.len();
    let agreement = document.and_then(|d| d.agreement.as_ref());
    let network = |float: bool| {
        document.and_then(|d| {
            if float {
                d.float.as_ref()
            } else {
                Some(&d.int8)
            }
        })
    };
    Tests {
        clips: plural(total as u64, "clip"),
        agree: agreement.map_or_else(String::new, |a| tables::agreement(a, total)),
        int8: matrix(
            "int8",
            "int8, as on the device",
            &int8,
            network(false),
            labels,
        ),
        float: of.float.as_deref().map(|f| {
            matrix(
                "float",
                "float",
                &tables::of_counts(f),
                network(true),
                labels,
            )
        }),
    }
}

/// Where int8's errors are.
fn errors(document: &Document) -> Errors {
    let row = |name: String, clips: usize, wrong: usize| ErrorRow {
        name,
        clips: count(clips as u64),
        wrong: count(wrong as u64),
        share: format!("{:.1}", wrong as f64 * 100.0 / clips.max(1) as f64),
    };
    let groups = document.groups.iter().take(GROUPS_MAX);
    let n_without = document.groups.iter().filter(|g| g.wrong == 0).count();
    let loudness = document.loudness.iter();
    Errors {
        groups: groups
            .filter(|g| g.wrong > 0)
            .map(|g| row(g.group.clone(), g.clips, g.wrong))
            .collect(),
        groups_note: format!(
            "{} of {} have no error",
            count(n_without as u64),
            plural(document.groups.len() as u64, "group")
        ),
        has_groups: !document.groups.is_empty(),
        loudness: loudness
            .map(|l| {
                let name = format!("{:.1} to {:.1} dBFS", l.from_dbfs, l.to_dbfs);
                row(name, l.clips, l.wrong)
            })
            .collect(),
    }
}

/// What is doubtful in the data set, a line each.
fn findings(of: &[Diagnostic]) -> Vec<String> {
    let line = |d: &Diagnostic| match &d.place {
        Place::File { path, .. } => format!("{}: {}: {}", d.code, path.display(), d.message),
        _ => format!("{}: {}", d.code, d.message),
    };
    let mut lines: Vec<String> = of.iter().take(FINDINGS_MAX).map(line).collect();
    if of.len() > FINDINGS_MAX {
        let left = plural((of.len() - FINDINGS_MAX) as u64, "more finding");
        lines.push(format!("and {left}: `impulse data lint` lists all"));
    }
    lines
}

fn matrix(
    id: &'static str,
    name: &'static str,
    of: &metrics::Evaluation,
    network: Option<&Network>,
    labels: &[String],
) -> Matrix {
    let auc = |i: usize| network.and_then(|n| n.per_label.get(i)?.auc);
    let rows = labels
        .iter()
        .zip(&of.confusion)
        .enumerate()
        .map(|(i, (label, row))| {
            let sum: usize = row.iter().sum();
            MatrixRow {
                label: label.clone(),
                cells: row
                    .iter()
                    .enumerate()
                    .map(|(j, &n)| MatrixCell {
                        n,
                        right: i == j,
                        share: format!("{:.3}", n as f64 / sum.max(1) as f64),
                    })
                    .collect(),
                precision: percent(of.precision(i)),
                recall: percent(of.recall(i)),
                f1: percent(of.f1(i)),
                auc: auc(i).map_or_else(|| "–".to_owned(), |a| format!("{a:.3}")),
                clips: count(sum as u64),
            }
        });
    Matrix {
        id,
        name,
        accuracy: percent(of.accuracy()),
        rows: rows.collect(),
    }
}

fn curves(of: &Training) -> Result<Curves, Diagnostic> {
    let points = |value: &dyn Fn(&crate::builder::record::Epoch) -> Option<f32>| {
        of.history
            .iter()
            .filter_map(|e| value(e).map(|v| (e.epoch as f64, f64::from(v))))
            .collect::<Vec<_>>()
    };
    let loss = [points(&|e| Some(e.loss)), points(&|e| e.validation_loss)];
    let accuracy = [
        points(&|e| Some(e.accuracy)),
        points(&|e| e.validation_accuracy),
    ];
    let draw = |lines, range, percent| {
        chart::chart(lines, range, percent).map_err(|e| fault("a chart cannot be drawn", &e))
    };
    let why = match of.stopped.as_str() {
        "patience" => ", stopped early because the validation loss did not fall any more",
        "asked" => ", stopped by the user",
        _ => "",
    };
    Ok(Curves {
        summary: format!(
            "{}, {} of {}{why}; the weights of epoch {} were kept",
            plural(of.n_weights, "weight"),
            of.history.len(),
            plural(of.epochs as u64, "epoch"),
            of.kept_epoch
        ),
        validated: !loss[1].is_empty(),
        loss_chart: draw(&loss, (0.0, 0.0), false)?,
        accuracy_chart: draw(&accuracy, (0.9, 1.0), true)?,
    })
}

fn board(of: &Target, measured: &[Verification]) -> Board {
    let measured: Vec<&Verification> = measured.iter().filter(|v| v.board == of.board).collect();
    let [ram, flash, latency] = of.budgets;
    let budget = |used: f64, limit: Option<u64>, show: &dyn Fn(u64) -> String| match limit {
        None => ("no budget".to_owned(), "soft"),
        Some(limit) if used <= limit as f64 => (format!("within {}", show(limit)), "good"),
        Some(limit) => (format!("more than {}", show(limit)), "bad"),
    };
    let us = of.latency_us(of.instructions());
    let (ram_budget, ram_class) = budget(of.ram_bytes() as f64, ram, &bytes);
    let (flash_budget, flash_class) = budget(of.flash_bytes() as f64, flash, &bytes);
    let (latency_budget, latency_class) = budget(us, latency, &|n| time(n as f64));
    let mut ram_items = of.ram.clone();
    ram_items.extend(of.board_buffers.iter().cloned());
    ram_items.push(("stack".to_owned(), of.stack_bytes));
    let most = of
        .steps
        .iter()
        .map(|s| s.instructions)
        .max()
        .unwrap_or(1)
        .max(1);
    let steps = of.steps.iter().map(|s| StepRow {
        name: s.name.clone(),
        operator: s.operator.clone(),
        macs: count(s.macs),
        instructions: count(s.instructions),
        time: time(of.latency_us(s.instructions)),
        share: format!("{:.1}", s.instructions as f64 * 100.0 / most as f64),
        flash: bytes(s.flash_bytes),
    });
    Board {
        board: of.board.clone(),
        board_name: of.board_name.clone(),
        ram: bytes(of.ram_bytes()),
        ram_budget,
        ram_class,
        flash: bytes(of.flash_bytes()),
        flash_budget,
        flash_class,
        latency: time(us),
        latency_budget,
        latency_class,
        memories: vec![
            memory("RAM", &ram_items, ram),
            memory("Flash", &of.flash, flash),
        ],
        time_share: latency.map(|l| format!("{:.1}", (us * 100.0 / l.max(1) as f64).min(100.0))),
        steps: steps.collect(),
        measured: (!measured.is_empty()).then(|| measurements(of, &measured)),
    }
}

fn memory(name: &'static str, items: &[(String, u64)], budget: Option<u64>) -> Memory {
    let total: u64 = items.iter().map(|(_, n)| n).sum();
    let whole = total.max(budget.unwrap_or(0)).max(1) as f64;
    let items = items.iter().map(|(name, n)| MemoryItem {
        name: name.clone(),
        bytes: bytes(*n),
        share: format!("{:.2}", *n as f64 * 100.0 / whole),
    });
    Memory {
        name,
        total: bytes(total),
        budget: budget.map(bytes),
        items: items.collect(),
    }
}

fn measurements(of: &Target, measured: &[&Verification]) -> Measured {
    let first = measured.first();
    Measured {
        heads: tables::heads(of, measured),
        rows: tables::rows(of, measured)
            .into_iter()
            .map(|r| MeasuredRow {
                name: r.name.trim(),
                predicted: r.predicted,
                values: r.measured,
            })
            .collect(),
        note: format!(
            "The same bits as the host in {} and {}. Instructions are counted by the emulator, not cycles of a chip.",
            plural(first.map_or(0, |v| v.windows) as u64, "window"),
            plural(first.map_or(0, |v| v.results) as u64, "streamed result"),
        ),
    }
}

/// What a result is made of, and how often there is one.
fn window_line(window: &Window) -> String {
    let seconds = |samples: usize| time(samples as f64 * 1e6 / f64::from(window.rate_hz.max(1)));
    let every = seconds(window.stride_samples);
    if let Sensor::Image(image) = &window.sensor {
        let [width, height] = image.size;
        let color = if window.n_axes == 1 { "grey" } else { "colour" };
        return format!("images of {width} × {height} in {color}, a result every {every}");
    }
    let rate = match window.rate_hz {
        hz @ 0..1000 => format!("{hz} Hz"),
        hz => format!("{} kHz", f64::from(hz) / 1e3),
    };
    let length = seconds(window.length_samples);
    format!("{length} at {rate}, a result every {every}")
}
