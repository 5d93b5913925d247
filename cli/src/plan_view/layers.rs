//! The table of blocks and layers.

use comfy_table::Table;
use impulse_ir::network::LayerKind;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::plan::{Plan, StepCost};
use impulse_ir::spec::{NetworkSource, Spec};

use crate::tables::{align_right, plain, shape};
use crate::ui::{Ui, bytes, count, time};

/// One row per feature block and layer: output shape, weights, multiply-accumulates, work memory
/// that holds something while it runs, flash, time. A layer without figures costs nothing: it is
/// for training alone, or a part of the layer before it.
pub fn table(spec: &Spec, pipeline: &Pipeline, plan: &Plan, board: &str, ui: Ui) -> Table {
    let mut table = plain(ui);
    let on = format!("on {board}");
    table.set_header([
        &on,
        "output",
        "weights",
        "MACs",
        "RAM in use",
        "flash",
        "time",
    ]);
    let features = plan.steps.iter().filter(|s| s.layer.is_empty());
    for (i, step) in features.enumerate() {
        let output = match spec.features.get(i) {
            Some(block) => shape(&block.shape(&spec.window)),
            None => String::new(),
        };
        table.add_row(row(&step.name, output, String::new(), Some(step), plan));
    }
    match &spec.network {
        NetworkSource::Layers(network) => {
            for node in &network.nodes {
                let parameters = node.kind.parameters(network.shape(node.inputs[0]));
                let sizes = parameters.iter().map(|p| p.shape.iter().product::<usize>());
                let weights = Some(sizes.sum::<usize>()).filter(|n| *n > 0);
                let weights = weights.map(|n| count(n as u64)).unwrap_or_default();
                let step = plan.steps.iter().find(|s| s.layer == node.name);
                let output = match node.kind {
                    LayerKind::Dropout(_) => "training only".to_owned(),
                    _ => shape(&node.shape),
                };
                table.add_row(row(&node.name, output, weights, step, plan));
            }
        }
        NetworkSource::File(_) => imported(&mut table, pipeline, plan),
    }
    align_right(&mut table, &[1, 2, 3, 4, 5, 6]);
    table
}

/// The operators of a network from a file, whose names are whatever its converter gave.
fn imported(table: &mut Table, pipeline: &Pipeline, plan: &Plan) {
    for step in plan.steps.iter().filter(|s| !s.layer.is_empty()) {
        let index = step
            .name
            .rsplit('_')
            .next()
            .and_then(|i| i.parse::<usize>().ok());
        let operator = index.and_then(|i| pipeline.graph.operators.get(i));
        let output = operator.and_then(|op| pipeline.graph.tensors.get(*op.outputs.first()?));
        let output = output.map(|t| shape(&t.shape)).unwrap_or_default();
        table.add_row(row(&step.name, output, String::new(), Some(step), plan));
    }
}

fn row(
    name: &str,
    output: String,
    weights: String,
    step: Option<&StepCost>,
    plan: &Plan,
) -> [String; 7] {
    let figure = |of: fn(&StepCost) -> u64, show: fn(u64) -> String| {
        let n = step.map(of).filter(|n| *n > 0);
        n.map(show).unwrap_or_default()
    };
    [
        name.to_owned(),
        output,
        weights,
        figure(|s| s.macs, count),
        figure(|s| s.ram_bytes, bytes),
        figure(|s| s.flash_bytes, bytes),
        step.map(|s| time(plan.step_us(s))).unwrap_or_default(),
    ]
}
