//! RELU and its kin go into the operator that computes its input.

use super::{activation, n_uses, producer};
use crate::graph::{Graph, OperatorKind};
use crate::network::Activation;

/// Removes each RELU, RELU6 or RELU_N1_TO_1 whose input is read by it alone and comes from an
/// operator that can clamp its own result; that operator then writes the activation's tensor. A
/// RESHAPE in between is looked through, since it changes no value; so is a maximum pool, since the
/// larger of two clamped values is the clamped larger one. In an int8 graph the RELU must not rescale: its input and its
/// output have one scale and zero point.
pub fn fuse_activations(graph: &mut Graph) {
    let mut idx = 0;
    while idx < graph.operators.len() {
        let wanted = graph.operators[idx].kind.stand_alone_activation();
        if wanted.is_some_and(|wanted| fuse(graph, idx, wanted)) {
            graph.operators.remove(idx);
        } else {
            idx += 1;
        }
    }
}

/// What two activations one after the other are, where that is one again.
fn one_after_other(first: Activation, second: Activation) -> Option<Activation> {
    use Activation::{None as Nothing, Relu, Relu6};
    match (first, second) {
        (Nothing, any) | (any, Nothing) => Some(any),
        (same, other) if same == other => Some(same),
        // Clamping to 0..6 and to 0.. is clamping to 0..6, in any order.
        (Relu, Relu6) | (Relu6, Relu) => Some(Relu6),
        _ => Option::None,
    }
}

/// Whether the activation at `idx` could be taken over; if so nothing reads its result any more.
fn fuse(graph: &mut Graph, idx: usize, wanted: Activation) -> bool {
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
            Some(slot) => match one_after_other(*slot, wanted) {
                Some(both) => *slot = both,
                None => return false,
            },
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
