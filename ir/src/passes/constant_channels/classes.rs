//! Which channels go: those that belong together go together, or not at all.

use super::effects::Reader;
use super::n_channels;
use crate::graph::{Graph, OperatorKind, TensorId};
use crate::kernel_args::{Program, Step};

/// For each tensor, whether each of its channels stays; empty for constants.
///
/// Channels that an operator carries along unmixed are one class. A class goes when no filter that
/// stays needs one of its channels; its own filters go with it, which may free others.
pub(super) fn kept(graph: &Graph, program: &Program, readers: &[Reader]) -> Vec<Vec<bool>> {
    let mut classes = Classes::new(graph);
    let mut fixed: Vec<TensorId> = vec![program.input, program.output];
    for (step, operator) in program.steps.iter().zip(&graph.operators) {
        let is_reader = matches!(
            operator.kind,
            OperatorKind::Conv2d(_) | OperatorKind::FullyConnected { .. }
        );
        if !is_reader && !classes.carry(graph, step, &operator.kind) {
            fixed.extend(step.inputs.iter().chain([&step.output]));
        }
    }
    let n_nodes = classes.parent.len();
    let mut stays = vec![false; n_nodes];
    for tensor in fixed {
        for channel in 0..n_channels(graph, tensor) {
            let class = classes.of(tensor, channel);
            stays[class] = true;
        }
    }
    let mut members: Vec<Vec<(TensorId, usize)>> = vec![Vec::new(); n_nodes];
    let computed = program.steps.iter().map(|step| step.output);
    let computed: Vec<TensorId> = computed.chain([program.input]).collect();
    for &tensor in &computed {
        for channel in 0..n_channels(graph, tensor) {
            members[classes.of(tensor, channel)].push((tensor, channel));
        }
    }

    let mut kept = vec![Vec::new(); graph.tensors.len()];
    for &tensor in &computed {
        kept[tensor] = vec![true; n_channels(graph, tensor)];
    }
    let mut open: Vec<usize> = (0..n_nodes)
        .filter(|&class| !members[class].is_empty() && !stays[class])
        .collect();
    loop {
        let before = open.len();
        open.retain(|&class| {
            let goes =
                !is_needed(&members[class], readers, &kept) && leaves_some(&members[class], &kept);
            if goes {
                for &(tensor, channel) in &members[class] {
                    kept[tensor][channel] = false;
                }
            }
            !goes
        });
        if open.len() == before {
            return kept;
        }
    }
}

/// Whether a filter that stays needs one of these channels.
fn is_needed(members: &[(TensorId, usize)], readers: &[Reader], kept: &[Vec<bool>]) -> bool {
    readers.iter().any(|reader| {
        let read = members.iter().filter(|(tensor, _)| *tensor == reader.input);
        read.into_iter().any(|&(_, channel)| {
            let filters = kept[reader.output].iter().enumerate();
            filters
                .filter(|(_, stays)| **stays)
                .any(|(filter, _)| reader.effect(channel, filter).is_none())
        })
    })
}

/// Whether every tensor keeps a channel without these: a tensor has at least one element.
fn leaves_some(members: &[(TensorId, usize)], kept: &[Vec<bool>]) -> bool {
    members.iter().all(|&(tensor, _)| {
        let left = kept[tensor].iter().filter(|stays| **stays).count();
        left > members.iter().filter(|(other, _)| *other == tensor).count()
    })
}

/// Sets of channels, as a forest over all channels of all tensors.
struct Classes {
    /// Node of each tensor's first channel.
    first: Vec<usize>,
    parent: Vec<usize>,
}

impl Classes {
    fn new(graph: &Graph) -> Self {
        let mut n_nodes = 0;
        let mut first = Vec::new();
        for (id, tensor) in graph.tensors.iter().enumerate() {
            first.push(n_nodes);
            if !tensor.is_constant() {
                n_nodes += n_channels(graph, id);
            }
        }
        Classes {
            first,
            parent: (0..n_nodes).collect(),
        }
    }

    fn of(&mut self, tensor: TensorId, channel: usize) -> usize {
        let mut node = self.first[tensor] + channel;
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    fn join(&mut self, a: (TensorId, usize), b: (TensorId, usize)) {
        let (a, b) = (self.of(a.0, a.1), self.of(b.0, b.1));
        // The smaller stays the root, so that classes come in the order of the graph.
        self.parent[a.max(b)] = a.min(b);
    }

    /// Joins the channels that a step carries along; whether it is of a kind that does.
    fn carry(&mut self, graph: &Graph, step: &Step, kind: &OperatorKind) -> bool {
        let (input, output) = (step.inputs[0], step.output);
        let (n_in, n_out) = (n_channels(graph, input), n_channels(graph, output));
        match kind {
            OperatorKind::DepthwiseConv2d(_) => {
                let per_input = n_out / n_in;
                for channel in 0..n_out {
                    self.join((input, channel / per_input), (output, channel));
                }
            }
            // What is repeated, or a constant, would have to lose channels too.
            OperatorKind::Add { .. } | OperatorKind::Mul { .. }
                if step.inputs.len() < 2
                    || graph.tensors[input].shape != graph.tensors[step.inputs[1]].shape =>
            {
                return false;
            }
            OperatorKind::MaxPool2d(_)
            | OperatorKind::AvgPool2d(_)
            | OperatorKind::Relu
            | OperatorKind::Relu6
            | OperatorKind::ReluN1To1
            | OperatorKind::Quantize
            | OperatorKind::Logistic
            | OperatorKind::Add { .. }
            | OperatorKind::Mul { .. } => {
                for &operand in &step.inputs {
                    for channel in 0..n_out {
                        self.join((operand, channel), (output, channel));
                    }
                }
            }
            OperatorKind::Mean { axes, .. }
                if !axes.contains(&(graph.tensors[input].shape.len() - 1)) =>
            {
                for channel in 0..n_out {
                    self.join((input, channel), (output, channel));
                }
            }
            OperatorKind::Reshape => {
                for element in 0..graph.tensors[input].len() {
                    self.join((input, element % n_in), (output, element % n_out));
                }
            }
            _ => return false,
        }
        true
    }
}
