//! Passes over a float graph between lowering and quantization. Each keeps what the network
//! computes, up to float rounding; their order in [`run`] matters only for how much they find.

mod fold_batch_norm;
mod fuse_activations;
mod merge_reshapes;
mod remove_unused;

pub use fold_batch_norm::fold_batch_norm;
pub use fuse_activations::fuse_activations;
pub use merge_reshapes::merge_reshapes;
pub use remove_unused::remove_unused;

use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, OperatorKind, TensorId};
use crate::network::Activation;

/// All passes: afterwards the graph has no BATCH_NORM, no RELU that its producer can apply, no
/// RESHAPE of a RESHAPE and no tensor that nothing uses.
///
/// # Errors
/// Those of [`fold_batch_norm()`].
pub fn run(mut graph: Graph) -> Result<Graph, Diagnostic> {
    fold_batch_norm(&mut graph)?;
    fuse_activations(&mut graph);
    merge_reshapes(&mut graph);
    remove_unused(&mut graph);
    Ok(graph)
}

/// The operator that computes `tensor`, if one does.
fn producer(graph: &Graph, tensor: TensorId) -> Option<usize> {
    graph
        .operators
        .iter()
        .position(|op| op.outputs.contains(&tensor))
}

/// How often `tensor` is read, by operators or as an output of the network.
fn n_uses(graph: &Graph, tensor: TensorId) -> usize {
    let by_operators = graph
        .operators
        .iter()
        .flat_map(|op| &op.inputs)
        .filter(|id| **id == Some(tensor))
        .count();
    by_operators + graph.outputs.iter().filter(|id| **id == tensor).count()
}

/// Lets every reader of `from` read `to`.
fn redirect(graph: &mut Graph, from: TensorId, to: TensorId) {
    let by_operators = graph
        .operators
        .iter_mut()
        .flat_map(|op| &mut op.inputs)
        .flatten();
    for id in by_operators
        .chain(&mut graph.outputs)
        .filter(|id| **id == from)
    {
        *id = to;
    }
}

/// The activation that an operator applies to its result, where it can apply one.
fn activation(kind: &mut OperatorKind) -> Option<&mut Activation> {
    match kind {
        OperatorKind::Conv2d(c) | OperatorKind::DepthwiseConv2d(c) => Some(&mut c.activation),
        OperatorKind::FullyConnected { activation } | OperatorKind::Add { activation } => {
            Some(activation)
        }
        OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => Some(&mut p.activation),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
