//! Channels that say nothing leave an int8 graph: those with the same value for every input, and
//! those that nothing reads.
//!
//! An interval analysis over the kernels' own integer arithmetic ([`ranges`]) gives the lowest and
//! highest value of every element of every tensor, over all possible inputs. An element whose
//! bounds meet is known. Where all that a filter reads of a channel is known and adds the same to
//! its sum at every place of its output, that sum goes into the filter's bias and the channel is not
//! needed for it ([`effects`]). Padding is part of the arithmetic: a constant channel beside
//! padding adds less at the borders, so it stays, unless its constant is the zero point or the
//! filter ignores it. A channel that no filter needs is removed through everything that carries it
//! along: depthwise layers, sums, pools, reshapes ([`classes`]). What is left computes the same
//! bits as before.

mod classes;
mod effects;
mod ranges;
mod rewrite;

use super::remove_unused;
use crate::graph::{Graph, TensorId};
use crate::kernel_args::prepare;

/// The channels that a pass removed from a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Name of the tensor.
    pub tensor: String,
    /// Channels before, the tensor's last dimension.
    pub n_channels: usize,
    /// Indices of the removed ones, ascending.
    pub channels: Vec<usize>,
}

/// Removes the channels that are constant for every input, or that nothing reads, of an int8 graph;
/// biases take over what they contributed. Inputs and outputs of the network keep their shapes, and
/// every tensor keeps at least one channel. A graph that cannot be computed is left as it is.
///
/// The result says what was removed, tensor by tensor in the order of the graph. A second run finds
/// nothing more.
pub fn remove_constant_channels(graph: &mut Graph) -> Vec<Removed> {
    let Ok(program) = prepare(graph) else {
        return Vec::new();
    };
    let ranges = ranges::ranges(graph, &program);
    let readers = effects::readers(graph, &program, &ranges);
    let kept = classes::kept(graph, &program, &readers);
    let removed = removed(graph, &kept);
    if !removed.is_empty() {
        rewrite::rewrite(graph, &readers, &kept);
        remove_unused(graph);
    }
    removed
}

/// Channels of a tensor: its last dimension.
fn n_channels(graph: &Graph, tensor: TensorId) -> usize {
    graph.tensors[tensor].shape.last().copied().unwrap_or(1)
}

fn removed(graph: &Graph, kept: &[Vec<bool>]) -> Vec<Removed> {
    let gone = |kept: &[bool]| -> Vec<usize> { (0..kept.len()).filter(|&c| !kept[c]).collect() };
    let tensors = graph.tensors.iter().zip(kept);
    tensors
        .filter(|(_, kept)| kept.contains(&false))
        .map(|(tensor, kept)| Removed {
            tensor: tensor.name.clone(),
            n_channels: kept.len(),
            channels: gone(kept),
        })
        .collect()
}
