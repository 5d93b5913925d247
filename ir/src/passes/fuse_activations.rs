//! RELU goes into the operator that computes its input.

use super::{activation, n_uses, producer};
use crate::graph::{Graph, OperatorKind};
use crate::network::Activation;

/// Removes each RELU whose input is read by it alone and comes from an operator that can clamp
/// its own result; that operator then writes the RELU's tensor. A RESHAPE in between is looked
/// through, since it changes no value; so is a maximum pool, since the larger of two clamped
/// values is the clamped larger one. In an int8 graph the RELU must not rescale: its input and its
/// output have one scale and zero point.
pub fn fuse_activations(graph: &mut Graph) {
    let mut idx = 0;
    while idx < graph.operators.len() {
        if graph.operators[idx].kind == OperatorKind::Relu && fuse(graph, idx) {
            graph.operators.remove(idx);
        } else {
            idx += 1;
        }
    }
}

/// Whether the RELU at `idx` could be taken over; if so nothing reads its result any more.
fn fuse(graph: &mut Graph, idx: usize) -> bool {
    let output = graph.operators[idx].outputs[0];
    let Some(input) = graph.operators[idx].inputs.first().copied().flatten() else {
        return false;
    };
    if graph.tensors[input].quantization != graph.tensors[output].quantization {
        return false;
    }
    let mut tensor = input;
    loop {
        let Some(before) = producer(graph, tensor) else {
            return false;
        };
        if n_uses(graph, tensor) != 1 {
            return false;
        }
        let op = &mut graph.operators[before];
        let looks_through = op.kind == OperatorKind::Reshape
            || matches!(&op.kind, OperatorKind::MaxPool2d(p) if p.activation == Activation::None);
        if looks_through {
            let Some(source) = op.inputs.first().copied().flatten() else {
                return false;
            };
            tensor = source;
            continue;
        }
        match activation(&mut op.kind) {
            Some(slot @ Activation::None) => *slot = Activation::Relu,
            // Clamping to 0..6 or to 0.. twice is clamping once.
            Some(Activation::Relu | Activation::Relu6) => {}
            None => return false,
        }
        break;
    }
    // The producer of the RELU's input writes the RELU's tensor, which keeps its name.
    if let Some(before) = producer(graph, input) {
        for id in graph.operators[before]
            .outputs
            .iter_mut()
            .filter(|id| **id == input)
        {
            *id = output;
        }
    }
    true
}
