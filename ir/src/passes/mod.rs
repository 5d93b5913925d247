//! Passes over a graph, in two stages: over the float graph between lowering and quantization,
//! and over the int8 graph before it is planned and emitted. A pass on floats keeps what the
//! network computes up to float rounding, one on int8 keeps every bit.
//!
//! [`PASSES`] is the list, in the order in which they run. [`incremental()`] stands beside it: it
//! changes what the network's input is.

mod constant_channels;
mod fold_batch_norm;
mod fold_pad;
mod fuse_activations;
mod incremental;
mod int8_ends;
mod merge_reshapes;
mod remove_unused;

pub use constant_channels::{Removed, remove_constant_channels};
pub use fold_batch_norm::fold_batch_norm;
pub use fold_pad::fold_pad;
pub use fuse_activations::fuse_activations;
pub use incremental::incremental;
pub use int8_ends::int8_ends;
pub use merge_reshapes::merge_reshapes;
pub use remove_unused::remove_unused;

use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, OperatorKind, TensorId};
use crate::network::Activation;

/// A pass of the list.
pub struct Pass {
    /// Its name, that of its file.
    pub name: &'static str,
    /// The graphs that it runs on.
    pub on: Stage,
    /// Does it. A graph that it cannot treat is left as it is, or refused with a reason.
    pub run: fn(&mut Graph) -> Result<(), Diagnostic>,
}

/// Which graphs a pass runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Float graphs, before quantization.
    Float,
    /// Int8 graphs, ours and those of a `.tflite`.
    Int8,
    /// Both.
    Both,
}

/// The passes in the order in which they run. Batch normalizations are folded before activations
/// are fused, because a RELU often stands behind one; channels are looked at when no operator
/// stands between a filter and its reader without need; what is unused goes last.
pub const PASSES: &[Pass] = &[
    pass("fold_batch_norm", Stage::Float, fold_batch_norm),
    pass("int8_ends", Stage::Int8, |graph| {
        int8_ends(graph);
        Ok(())
    }),
    pass("fuse_activations", Stage::Both, |graph| {
        fuse_activations(graph);
        Ok(())
    }),
    pass("merge_reshapes", Stage::Both, |graph| {
        merge_reshapes(graph);
        Ok(())
    }),
    pass("fold_pad", Stage::Both, |graph| {
        fold_pad(graph);
        Ok(())
    }),
    pass("constant_channels", Stage::Int8, |graph| {
        remove_constant_channels(graph);
        Ok(())
    }),
    pass("remove_unused", Stage::Both, |graph| {
        remove_unused(graph);
        Ok(())
    }),
];

const fn pass(
    name: &'static str,
    on: Stage,
    run: fn(&mut Graph) -> Result<(), Diagnostic>,
) -> Pass {
    Pass { name, on, run }
}

/// The passes of a float graph: afterwards it has no BATCH_NORM, no RELU that its producer can
/// apply, no RESHAPE of a RESHAPE and no tensor that nothing uses.
///
/// # Errors
/// Those of [`fold_batch_norm()`].
pub fn run(graph: Graph) -> Result<Graph, Diagnostic> {
    run_on(graph, Stage::Float)
}

/// The passes of an int8 graph: the same output bits from fewer operators and channels. A graph
/// that is not valid is returned as it is.
pub fn run_int8(graph: Graph) -> Graph {
    if graph.validate().is_err() {
        return graph;
    }
    let before = graph.clone();
    run_on(graph, Stage::Int8).unwrap_or(before)
}

fn run_on(mut graph: Graph, stage: Stage) -> Result<Graph, Diagnostic> {
    for pass in PASSES {
        if pass.on == stage || pass.on == Stage::Both {
            (pass.run)(&mut graph)?;
        }
    }
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
        OperatorKind::FullyConnected { activation }
        | OperatorKind::Add { activation }
        | OperatorKind::Mul { activation } => Some(activation),
        OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => Some(&mut p.activation),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
