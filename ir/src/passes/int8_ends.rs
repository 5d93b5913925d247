//! A network that takes floats and gives floats, but computes in int8 in between.

use super::{n_uses, producer, redirect};
use crate::graph::{DType, Graph, OperatorKind};

/// Removes each QUANTIZE that makes int8 of a float input of the network, and each DEQUANTIZE that
/// makes a float output: the network then takes and gives the int8 values themselves. Whoever
/// calls it quantizes with the input's scale and zero point, as the QUANTIZE did.
pub fn int8_ends(graph: &mut Graph) {
    for at in 0..graph.inputs.len() {
        let input = graph.inputs[at];
        let reader = graph
            .operators
            .iter()
            .position(|op| op.inputs.contains(&Some(input)));
        let Some(idx) = reader.filter(|_| n_uses(graph, input) == 1) else {
            continue;
        };
        let op = &graph.operators[idx];
        let output = op.outputs[0];
        let is_float = graph.tensors[input].dtype == DType::F32;
        if op.kind == OperatorKind::Quantize && is_float && !graph.outputs.contains(&output) {
            graph.operators.remove(idx);
            graph.inputs[at] = output;
        }
    }
    for at in 0..graph.outputs.len() {
        let output = graph.outputs[at];
        let Some(idx) = producer(graph, output).filter(|_| n_uses(graph, output) == 1) else {
            continue;
        };
        let op = &graph.operators[idx];
        let Some(input) = op.inputs.first().copied().flatten() else {
            continue;
        };
        if op.kind == OperatorKind::Dequantize && !graph.inputs.contains(&input) {
            graph.operators.remove(idx);
            redirect(graph, output, input);
        }
    }
}
