//! A RESHAPE reads the value before other RESHAPEs; one that changes nothing vanishes.

use super::{producer, redirect};
use crate::graph::{Graph, OperatorKind};

/// Merges runs of RESHAPE operators. Those left without a reader stay for
/// [`super::remove_unused()`]; a network's output keeps its tensor.
pub fn merge_reshapes(graph: &mut Graph) {
    for idx in 0..graph.operators.len() {
        if graph.operators[idx].kind != OperatorKind::Reshape {
            continue;
        }
        let Some(mut source) = graph.operators[idx].inputs.first().copied().flatten() else {
            continue;
        };
        while let Some(before) = producer(graph, source) {
            let op = &graph.operators[before];
            match op.inputs.first().copied().flatten() {
                Some(input) if op.kind == OperatorKind::Reshape => source = input,
                _ => break,
            }
        }
        graph.operators[idx].inputs[0] = Some(source);
        let output = graph.operators[idx].outputs[0];
        let is_network_output = graph.outputs.contains(&output);
        if graph.tensors[output].shape == graph.tensors[source].shape && !is_network_output {
            redirect(graph, output, source);
        }
    }
}
