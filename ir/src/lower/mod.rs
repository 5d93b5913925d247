//! Lowering: the trainable network with its weights becomes a float graph in TFLite's form.
//!
//! One-dimensional layers become two-dimensional operators of width 1, on tensors `[1, t, 1, c]`.
//! A reshape costs nothing in memory order, so `reshape` and `flatten` layers only change what
//! shape a value is said to have; a RESHAPE operator appears where an operator needs another
//! shape than its input's tensor has, at most one between two operators that compute. Dropout
//! vanishes. Batch normalization stays an operator until [`crate::passes::fold_batch_norm`].

use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{
    Conv2d, DType, Graph, Operator, OperatorKind, Pool2d, Tensor, TensorData, TensorId,
};
use crate::network::{Activation, Conv, LayerKind, Network, Node, Pool};
use crate::weights::{INPUT_SCALES, Weights};

/// Added to the variance by batch normalization, as in Keras.
pub const BATCH_NORM_EPSILON: f32 = 0.001;

/// The float graph of `network` with `weights`; its input is `[1, …network.input]`.
///
/// # Errors
/// A weight that is absent, or not of the shape that its layer needs.
pub fn lower(network: &Network, weights: &Weights) -> Result<Graph, Diagnostic> {
    let scales = weights.get(INPUT_SCALES);
    let mut lowering = Lowering {
        graph: Graph {
            input_scales: scales.map_or_else(Vec::new, |scales| scales.data.clone()),
            ..Graph::default()
        },
        values: Vec::new(),
        network,
        weights,
    };
    let input = lowering.computed("input", batched(&network.input));
    lowering.graph.inputs.push(input);
    lowering.values.push(input);
    for node in &network.nodes {
        let value = lowering.node(node)?;
        lowering.values.push(value);
    }
    let last = network.nodes.len();
    let output = lowering.shaped(last, batched(network.output()), "output");
    lowering.graph.outputs.push(output);
    Ok(lowering.graph)
}

struct Lowering<'a> {
    graph: Graph,
    /// For each value of the network, the tensor that holds it, in whatever shape.
    values: Vec<TensorId>,
    network: &'a Network,
    weights: &'a Weights,
}

/// `[1, …shape]`.
fn batched(shape: &[usize]) -> Vec<usize> {
    std::iter::once(1).chain(shape.iter().copied()).collect()
}

/// `[1, t, 1, c]` of `[t, c]`, `[1, h, w, c]` of `[h, w, c]`.
fn image(shape: &[usize]) -> Vec<usize> {
    match shape {
        [t, c] => vec![1, *t, 1, *c],
        other => batched(other),
    }
}

impl Lowering<'_> {
    fn node(&mut self, node: &Node) -> Result<TensorId, Diagnostic> {
        let input = node.inputs[0];
        let shape = self.network.shape(input).clone();
        let named = |activation| OperatorKind::FullyConnected { activation };
        Ok(match &node.kind {
            LayerKind::Reshape | LayerKind::Flatten | LayerKind::Dropout(_) => self.values[input],
            LayerKind::Conv1d(c) | LayerKind::Conv2d(c) => {
                self.weighted(node, OperatorKind::Conv2d(conv(c)), image(&shape), c.bias)?
            }
            LayerKind::DepthwiseConv1d(c) | LayerKind::DepthwiseConv2d(c) => self.weighted(
                node,
                OperatorKind::DepthwiseConv2d(conv(c)),
                image(&shape),
                c.bias,
            )?,
            LayerKind::Dense(d) => {
                let flat = vec![1, shape.iter().product()];
                self.weighted(node, named(d.activation), flat, d.bias)?
            }
            LayerKind::MaxPool(p) => {
                let from = self.shaped(input, image(&shape), &node.name);
                self.push(
                    node,
                    OperatorKind::MaxPool2d(pool(p)),
                    vec![from],
                    image(&node.shape),
                )
            }
            LayerKind::AvgPool(p) => {
                let from = self.shaped(input, image(&shape), &node.name);
                self.push(
                    node,
                    OperatorKind::AvgPool2d(pool(p)),
                    vec![from],
                    image(&node.shape),
                )
            }
            LayerKind::GlobalAvgPool => {
                let from = self.shaped(input, image(&shape), &node.name);
                let axes = (1..self.graph.tensors[from].shape.len() - 1).collect();
                let kind = OperatorKind::Mean {
                    axes,
                    keep_dims: false,
                };
                self.push(node, kind, vec![from], batched(&node.shape))
            }
            LayerKind::Add(activation) => {
                let first = self.values[input];
                let second_shape = self.graph.tensors[first].shape.clone();
                let second = self.shaped(node.inputs[1], second_shape.clone(), &node.name);
                let kind = OperatorKind::Add {
                    activation: *activation,
                };
                self.push(node, kind, vec![first, second], second_shape)
            }
            LayerKind::Relu => {
                let from = self.values[input];
                let same = self.graph.tensors[from].shape.clone();
                self.push(node, OperatorKind::Relu, vec![from], same)
            }
            LayerKind::Softmax => {
                let from = self.channels_last(input, &node.name);
                let same = self.graph.tensors[from].shape.clone();
                self.push(node, OperatorKind::Softmax { beta: 1.0 }, vec![from], same)
            }
            LayerKind::BatchNorm => {
                let from = self.channels_last(input, &node.name);
                let same = self.graph.tensors[from].shape.clone();
                let mut inputs = vec![from];
                inputs.extend(self.parameters(node)?);
                let kind = OperatorKind::BatchNorm {
                    epsilon: BATCH_NORM_EPSILON,
                };
                self.push(node, kind, inputs, same)
            }
        })
    }

    /// An operator with weights and, if `bias`, a bias.
    fn weighted(
        &mut self,
        node: &Node,
        kind: OperatorKind,
        input_shape: Vec<usize>,
        bias: bool,
    ) -> Result<TensorId, Diagnostic> {
        let from = self.shaped(node.inputs[0], input_shape, &node.name);
        let mut inputs = vec![Some(from)];
        inputs.extend(self.parameters(node)?.into_iter().map(Some));
        if !bias {
            inputs.push(None);
        }
        let output_shape = match kind {
            OperatorKind::FullyConnected { .. } => batched(&node.shape),
            _ => image(&node.shape),
        };
        let output = self.computed(&node.name, output_shape);
        self.graph.operators.push(Operator {
            kind,
            inputs,
            outputs: vec![output],
        });
        Ok(output)
    }

    fn push(
        &mut self,
        node: &Node,
        kind: OperatorKind,
        inputs: Vec<TensorId>,
        shape: Vec<usize>,
    ) -> TensorId {
        let output = self.computed(&node.name, shape);
        let inputs = inputs.into_iter().map(Some).collect();
        self.graph.operators.push(Operator {
            kind,
            inputs,
            outputs: vec![output],
        });
        output
    }

    /// The tensor of `value` in `shape`, through a RESHAPE if it has another one. A tensor that
    /// is itself a RESHAPE's result is not reshaped again, its source is.
    fn shaped(&mut self, value: usize, shape: Vec<usize>, consumer: &str) -> TensorId {
        let tensor = self.values[value];
        if self.graph.tensors[tensor].shape == shape {
            return tensor;
        }
        let known = self.graph.operators.iter().find(|op| {
            op.kind == OperatorKind::Reshape
                && op.inputs == [Some(tensor)]
                && self.graph.tensors[op.outputs[0]].shape == shape
        });
        if let Some(op) = known {
            return op.outputs[0];
        }
        let output = self.computed(&format!("{consumer}.reshape"), shape);
        let (inputs, outputs) = (vec![Some(tensor)], vec![output]);
        self.graph.operators.push(Operator {
            kind: OperatorKind::Reshape,
            inputs,
            outputs,
        });
        output
    }

    /// The tensor of `value`, with the value's channels as its last dimension.
    fn channels_last(&mut self, value: usize, consumer: &str) -> TensorId {
        let shape = self.network.shape(value).clone();
        let tensor = self.values[value];
        if self.graph.tensors[tensor].shape.last() == shape.last() {
            return tensor;
        }
        self.shaped(value, batched(&shape), consumer)
    }

    /// The constants of `node`'s parameters, in their order.
    fn parameters(&mut self, node: &Node) -> Result<Vec<TensorId>, Diagnostic> {
        let input = self.network.shape(node.inputs[0]);
        let mut ids = Vec::new();
        for parameter in node.kind.parameters(input) {
            let name = format!("{}.{}", node.name, parameter.role);
            let Some(found) = self.weights.get(&name) else {
                let message = format!("expected weights named '{name}', found none");
                return Err(
                    Diagnostic::error(codes::WEIGHTS_MISMATCH, node.span, message)
                        .hint("train again: the weights are of another network"),
                );
            };
            let n_values = found.shape.iter().product::<usize>();
            if found.shape != parameter.shape || found.data.len() != n_values {
                let message = format!(
                    "expected weights '{name}' of shape {:?}, found {:?} with {} values",
                    parameter.shape,
                    found.shape,
                    found.data.len()
                );
                return Err(
                    Diagnostic::error(codes::WEIGHTS_MISMATCH, node.span, message)
                        .hint("train again: the weights are of another network"),
                );
            }
            self.graph.tensors.push(Tensor {
                name,
                shape: parameter.shape,
                dtype: DType::F32,
                quantization: None,
                data: Some(TensorData::F32(found.data.clone())),
            });
            ids.push(self.graph.tensors.len() - 1);
        }
        Ok(ids)
    }

    fn computed(&mut self, name: &str, shape: Vec<usize>) -> TensorId {
        let name = name.to_owned();
        self.graph.tensors.push(Tensor {
            name,
            shape,
            dtype: DType::F32,
            quantization: None,
            data: None,
        });
        self.graph.tensors.len() - 1
    }
}

fn conv(c: &Conv) -> Conv2d {
    Conv2d {
        stride: c.stride,
        dilation: [1, 1],
        padding: c.padding,
        activation: c.activation,
    }
}

fn pool(p: &Pool) -> Pool2d {
    Pool2d {
        size: p.size,
        stride: p.stride,
        padding: p.padding,
        activation: Activation::None,
    }
}

#[cfg(test)]
mod tests;
