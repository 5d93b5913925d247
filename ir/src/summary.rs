//! What a graph consists of, as figures for people: a line for each operator, and totals. Works on
//! float graphs too, and on operators that cannot be emitted.

use crate::graph::{Activation, Graph, Operator, OperatorKind, Tensor, TensorId};

/// The figures of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// A line for each operator, in the order of computation.
    pub lines: Vec<Line>,
    /// Constants that operators read: weights, biases, and operands that are constants.
    pub n_weights: usize,
    /// Their bytes.
    pub weight_bytes: usize,
    /// Multiply-accumulates of all operators.
    pub macs: u64,
    /// Most bytes of computed values that are needed at one time, without working in place.
    pub peak_bytes: usize,
}

/// The figures of an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// TFLite's name of it.
    pub operator: &'static str,
    /// The activation that it applies to its result.
    pub activation: Activation,
    /// What it writes.
    pub output: TensorId,
    /// Weights and other constants that it reads, each counted where it is read first.
    pub n_weights: usize,
    /// Their bytes.
    pub weight_bytes: usize,
    /// Multiply-accumulates at full padding; additions of pools and means count as one each.
    pub macs: u64,
    /// Bytes of the computed values that are needed while it runs.
    pub live_bytes: usize,
}

/// The figures of `graph`, which is valid.
pub fn summary(graph: &Graph) -> Summary {
    let uses = last_uses(graph);
    let homes = homes(graph);
    let mut counted = vec![false; graph.tensors.len()];
    let mut made: Vec<TensorId> = graph.inputs.clone();
    let mut lines = Vec::new();
    for (at, operator) in graph.operators.iter().enumerate() {
        let (mut n_weights, mut weight_bytes) = (0, 0);
        for &id in operator.inputs.iter().flatten() {
            let tensor = &graph.tensors[id];
            if tensor.is_constant() && !std::mem::replace(&mut counted[id], true) {
                n_weights += tensor.len();
                weight_bytes += bytes(tensor);
            }
        }
        made.extend(&operator.outputs);
        // Tensors that share their bytes under another shape count once.
        let mut live: Vec<TensorId> = made
            .iter()
            .filter(|id| uses[**id] >= at)
            .map(|id| homes[*id])
            .collect();
        live.sort_unstable();
        live.dedup();
        lines.push(Line {
            operator: operator.kind.name(),
            activation: activation(operator),
            output: operator.outputs[0],
            n_weights,
            weight_bytes,
            macs: graph.macs(operator),
            live_bytes: live.iter().map(|id| bytes(&graph.tensors[*id])).sum(),
        });
    }
    Summary {
        n_weights: lines.iter().map(|l| l.n_weights).sum(),
        weight_bytes: lines.iter().map(|l| l.weight_bytes).sum(),
        macs: lines.iter().map(|l| l.macs).sum(),
        peak_bytes: lines.iter().map(|l| l.live_bytes).max().unwrap_or(0),
        lines,
    }
}

fn bytes(tensor: &Tensor) -> usize {
    tensor.len() * tensor.dtype.bytes()
}

fn activation(operator: &Operator) -> Activation {
    match &operator.kind {
        OperatorKind::Conv2d(c) | OperatorKind::DepthwiseConv2d(c) => c.activation,
        OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => p.activation,
        OperatorKind::FullyConnected { activation }
        | OperatorKind::Add { activation }
        | OperatorKind::Mul { activation } => *activation,
        _ => Activation::None,
    }
}

/// The last operator that reads each tensor; the outputs are needed after the last one.
fn last_uses(graph: &Graph) -> Vec<usize> {
    let homes = homes(graph);
    let mut last = vec![0; graph.tensors.len()];
    for (at, operator) in graph.operators.iter().enumerate() {
        for &id in operator.inputs.iter().flatten().chain(&operator.outputs) {
            last[homes[id]] = at;
        }
    }
    for &output in &graph.outputs {
        last[homes[output]] = graph.operators.len();
    }
    (0..last.len()).map(|id| last[homes[id]]).collect()
}

/// The tensor whose bytes each tensor has: of a reshape's result its operand's.
fn homes(graph: &Graph) -> Vec<TensorId> {
    let mut homes: Vec<TensorId> = (0..graph.tensors.len()).collect();
    for operator in graph
        .operators
        .iter()
        .filter(|op| op.kind == OperatorKind::Reshape)
    {
        if let Some(Some(input)) = operator.inputs.first() {
            homes[operator.outputs[0]] = homes[*input];
        }
    }
    homes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{DType, TensorData};

    #[test]
    fn figures_of_a_small_network() {
        let tensor = |name: &str, shape: &[usize], data: Option<TensorData>| Tensor {
            name: name.into(),
            shape: shape.to_vec(),
            dtype: DType::F32,
            quantization: None,
            data,
        };
        let graph = Graph {
            tensors: vec![
                tensor("input", &[1, 2, 3], None),
                tensor("flat", &[1, 6], None),
                tensor("weights", &[4, 6], Some(TensorData::F32(vec![0.5; 24]))),
                tensor("output", &[1, 4], None),
            ],
            operators: vec![
                Operator {
                    kind: OperatorKind::Reshape,
                    inputs: vec![Some(0)],
                    outputs: vec![1],
                },
                Operator {
                    kind: OperatorKind::FullyConnected {
                        activation: Activation::Relu,
                    },
                    inputs: vec![Some(1), Some(2), None],
                    outputs: vec![3],
                },
            ],
            inputs: vec![0],
            outputs: vec![3],
            ..Graph::default()
        };
        graph.validate().unwrap();
        let found = summary(&graph);
        let [reshape, dense] = &found.lines[..] else {
            panic!("{found:?}")
        };
        assert_eq!((reshape.macs, reshape.live_bytes), (0, 24));
        assert_eq!((dense.macs, dense.live_bytes), (24, 24 + 16));
        assert_eq!((dense.n_weights, dense.weight_bytes), (24, 96));
        assert_eq!(
            (found.macs, found.weight_bytes, found.peak_bytes),
            (24, 96, 40)
        );
    }
}
