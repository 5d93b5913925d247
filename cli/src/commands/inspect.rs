//! `impulse inspect`: what a network consists of.

use std::path::Path;

use comfy_table::Table;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::graph::{Activation, Graph, Tensor, TensorId};
use impulse_ir::kernel_args::prepare;
use impulse_ir::passes;
use impulse_ir::plan::Arena;
use impulse_ir::summary::{Line, Summary, summary};
use serde::Serialize;

use crate::args::{Inspect, Results};
use crate::failure::Failure;
use crate::model_file;
use crate::project::Project;
use crate::tables::{align_right, plain, shape};
use crate::ui::{Ui, bytes, count, plural, print};

/// Shows a network.
///
/// # Errors
/// When the file is none, or has operators that are not supported.
pub fn run(args: &Inspect, ui: Ui) -> Result<(), Failure> {
    let path = &args.model;
    let graph = if is_spec(path) {
        let project = Project::load(Some(path))?;
        super::model::load(&project)
            .map_err(|f| project.fail(f))?
            .graph
    } else {
        model_file::read(path)?
    };
    let figures = summary(&graph);
    let emitted = emitted(&graph);
    if args.format == Results::Json {
        let document = Document::new(&graph, &figures, &emitted);
        // Strings and numbers alone: nothing in it can fail to be written.
        print(&serde_json::to_string_pretty(&document).unwrap_or_default());
        return Ok(());
    }
    show(&graph, &figures, &emitted, ui);
    Ok(())
}

fn is_spec(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str());
    path.is_dir() || matches!(ending, Some("impulse" | "yaml" | "yml"))
}

/// What would be emitted, after the passes that change no bit, or every reason why nothing can be.
struct Emitted {
    figures: Summary,
    arena_bytes: usize,
}

fn emitted(graph: &Graph) -> Result<Emitted, Vec<Diagnostic>> {
    if graph.is_float() {
        let problem = model_file::is_float("only int8 ones are emitted");
        return Err(vec![problem.hint(
            "name it in a spec with data, `network from \"model.tflite\"`, which calibrates it, or convert it in full int8",
        )]);
    }
    let graph = passes::run_int8(graph.clone());
    let program = prepare(&graph)?;
    Ok(Emitted {
        arena_bytes: Arena::new(&program, &graph).bytes,
        figures: summary(&graph),
    })
}

fn show(graph: &Graph, figures: &Summary, emitted: &Result<Emitted, Vec<Diagnostic>>, ui: Ui) {
    if !ui.shows_tables() {
        return;
    }
    for (what, ids) in [("input", &graph.inputs), ("output", &graph.outputs)] {
        for id in ids {
            let tensor = &graph.tensors[*id];
            let [scale, zero_point] = quantization(tensor);
            let step = if scale.is_empty() {
                String::new()
            } else {
                format!(", scale {scale}, zero point {zero_point}")
            };
            let (name, ty) = (&tensor.name, tensor.dtype.name());
            print(&format!(
                "{what:6} {name}: {} {ty}{step}",
                shape(&tensor.shape)
            ));
        }
    }
    print(&format!("\n{}\n", table(graph, figures, ui)));
    print(&format!(
        "{}, {} in {}, {} MACs, activations of at most {} at a time",
        plural(figures.lines.len() as u64, "operator"),
        plural(figures.n_weights as u64, "weight"),
        bytes(figures.weight_bytes as u64),
        count(figures.macs),
        bytes(figures.peak_bytes as u64),
    ));
    match emitted {
        Ok(emitted) => print(&format!(
            "emitted: {}, {} in {}, {} MACs, activations in {}",
            plural(emitted.figures.lines.len() as u64, "operator"),
            plural(emitted.figures.n_weights as u64, "weight"),
            bytes(emitted.figures.weight_bytes as u64),
            count(emitted.figures.macs),
            bytes(emitted.arena_bytes as u64),
        )),
        Err(reasons) => {
            for reason in reasons {
                print(&format!("cannot be emitted: {}", reason.message));
                reason
                    .hints
                    .iter()
                    .for_each(|h| print(&format!("  {}", h.message)));
            }
        }
    }
}

/// A row for each operator.
fn table(graph: &Graph, figures: &Summary, ui: Ui) -> Table {
    let mut table = plain(ui);
    table.set_header([
        "",
        "operator",
        "output",
        "type",
        "scale",
        "zero point",
        "weights",
        "MACs",
        "RAM in use",
    ]);
    let some = |n: u64, show: fn(u64) -> String| if n > 0 { show(n) } else { String::new() };
    for (i, line) in figures.lines.iter().enumerate() {
        let output = &graph.tensors[line.output];
        let [scale, zero_point] = quantization(output);
        table.add_row([
            i.to_string(),
            operator(line),
            shape(&output.shape),
            output.dtype.name().to_owned(),
            scale,
            zero_point,
            some(line.n_weights as u64, count),
            some(line.macs, count),
            bytes(line.live_bytes as u64),
        ]);
    }
    align_right(&mut table, &[0, 2, 4, 5, 6, 7, 8]);
    table
}

fn operator(line: &Line) -> String {
    match activation(line.activation) {
        None => line.operator.to_owned(),
        Some(activation) => format!("{} + {activation}", line.operator),
    }
}

fn activation(activation: Activation) -> Option<&'static str> {
    match activation {
        Activation::None => None,
        Activation::Relu => Some("RELU"),
        Activation::Relu6 => Some("RELU6"),
        Activation::ReluN1To1 => Some("RELU_N1_TO_1"),
    }
}

/// Scale and zero point of a computed tensor; empty where it has none.
fn quantization(tensor: &Tensor) -> [String; 2] {
    match &tensor.quantization {
        Some(q) if q.scales.len() == 1 => {
            [format!("{:.6}", q.scales[0]), q.zero_points[0].to_string()]
        }
        Some(q) => [format!("{} scales", q.scales.len()), String::new()],
        None => [String::new(), String::new()],
    }
}

/// Changes when a field changes its meaning or goes away; fields may be added.
const VERSION: u32 = 1;

/// The same for scripts.
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    name: &'a str,
    inputs: Vec<Port<'a>>,
    outputs: Vec<Port<'a>>,
    operators: Vec<Entry<'a>>,
    n_weights: usize,
    weight_bytes: usize,
    macs: u64,
    peak_activation_bytes: usize,
    emitted: Option<Totals>,
    obstacles: Vec<&'a str>,
}

#[derive(Serialize)]
struct Port<'a> {
    name: &'a str,
    shape: &'a [usize],
    #[serde(rename = "type")]
    dtype: &'static str,
    scales: &'a [f32],
    zero_points: &'a [i32],
}

#[derive(Serialize)]
struct Entry<'a> {
    operator: &'static str,
    activation: Option<&'static str>,
    output: Port<'a>,
    n_weights: usize,
    weight_bytes: usize,
    macs: u64,
    activation_bytes: usize,
}

#[derive(Serialize)]
struct Totals {
    operators: usize,
    n_weights: usize,
    weight_bytes: usize,
    macs: u64,
    arena_bytes: usize,
}

impl<'a> Document<'a> {
    fn new(
        graph: &'a Graph,
        figures: &Summary,
        emitted: &'a Result<Emitted, Vec<Diagnostic>>,
    ) -> Self {
        let ports = |ids: &[TensorId]| ids.iter().map(|id| port(&graph.tensors[*id])).collect();
        let totals = emitted.as_ref().ok().map(|e| Totals {
            operators: e.figures.lines.len(),
            n_weights: e.figures.n_weights,
            weight_bytes: e.figures.weight_bytes,
            macs: e.figures.macs,
            arena_bytes: e.arena_bytes,
        });
        let obstacles = emitted.as_ref().err().into_iter().flatten();
        Document {
            version: VERSION,
            name: &graph.name,
            inputs: ports(&graph.inputs),
            outputs: ports(&graph.outputs),
            operators: figures
                .lines
                .iter()
                .map(|line| entry(graph, line))
                .collect(),
            n_weights: figures.n_weights,
            weight_bytes: figures.weight_bytes,
            macs: figures.macs,
            peak_activation_bytes: figures.peak_bytes,
            emitted: totals,
            obstacles: obstacles.map(|d| d.message.as_str()).collect(),
        }
    }
}

fn entry<'a>(graph: &'a Graph, line: &Line) -> Entry<'a> {
    Entry {
        operator: line.operator,
        activation: activation(line.activation),
        output: port(&graph.tensors[line.output]),
        n_weights: line.n_weights,
        weight_bytes: line.weight_bytes,
        macs: line.macs,
        activation_bytes: line.live_bytes,
    }
}

fn port(tensor: &Tensor) -> Port<'_> {
    let q = tensor.quantization.as_ref();
    Port {
        name: &tensor.name,
        shape: &tensor.shape,
        dtype: tensor.dtype.name(),
        scales: q.map_or(&[], |q| &q.scales),
        zero_points: q.map_or(&[], |q| &q.zero_points),
    }
}
