//! The trainable network of a float graph, and the steps of its values.

use std::collections::{BTreeMap, BTreeSet};

use impulse_ir::Span;
use impulse_ir::graph::{
    Conv2d, Graph, Operator, OperatorKind, Pool2d, Tensor, TensorData, TensorId,
};
use impulse_ir::network::{Activation, Conv, Dense, LayerKind, Network, Node, Pool};
use impulse_ir::weights::{FloatTensor, Weights};

use crate::ops::fake_quant::Steps;

/// A graph as a network that trains.
pub(super) struct Trainable {
    /// A node for each operator, of the name that its weights have in the graph.
    pub network: Network,
    /// The graph's weights.
    pub weights: Weights,
    /// The graph's tensor of each of them.
    pub tensors: Vec<(String, TensorId)>,
    /// Of each value of the network, the input first, the steps that it has in int8.
    pub steps: Vec<Option<Steps>>,
}

impl Trainable {
    /// `None` where an operator of `float` does not train. `int8` is its quantized form, tensor by
    /// tensor.
    pub fn new(float: &Graph, int8: &Graph) -> Option<Self> {
        let ([input], [output]) = (float.inputs.as_slice(), float.outputs.as_slice()) else {
            return None;
        };
        let mut made = Self {
            network: Network {
                input: float.tensors[*input].shape.get(1..)?.to_vec(),
                nodes: Vec::new(),
            },
            weights: Weights::new(),
            tensors: Vec::new(),
            steps: vec![steps(int8.tensors.get(*input)?)],
        };
        let mut values = BTreeMap::from([(*input, 0)]);
        let mut names = BTreeSet::new();
        for (idx, operator) in float.operators.iter().enumerate() {
            let [result] = operator.outputs.as_slice() else {
                return None;
            };
            let kind = kind(float, operator)?;
            let mut name = layer_name(float, operator).unwrap_or_default();
            if name.is_empty() || !names.insert(name.clone()) {
                name = format!("operator_{idx}");
            }
            made.take_weights(float, operator, &kind, &name)?;
            // What changes no value has no steps of its own; after a softmax there is no loss.
            made.steps.push(match kind {
                LayerKind::Reshape | LayerKind::MaxPool(_) | LayerKind::Softmax => None,
                _ => steps(int8.tensors.get(*result)?),
            });
            let computed = operator.inputs.iter().flatten();
            let inputs = computed.filter_map(|id| values.get(id).copied()).collect();
            made.network.nodes.push(Node {
                kind,
                name,
                inputs,
                shape: float.tensors[*result].shape.get(1..)?.to_vec(),
                span: Span::default(),
            });
            values.insert(*result, made.network.nodes.len());
        }
        // The last node's value is the output.
        (values.get(output) == Some(&made.network.nodes.len())).then_some(made)
    }

    fn take_weights(
        &mut self,
        graph: &Graph,
        operator: &Operator,
        kind: &LayerKind,
        name: &str,
    ) -> Option<()> {
        let input = &graph.tensors[(*operator.inputs.first()?)?].shape;
        let parameters = kind.parameters(input.get(1..)?);
        for (parameter, id) in parameters.into_iter().zip(&operator.inputs[1..]) {
            let tensor = &graph.tensors[(*id)?];
            let Some(TensorData::F32(data)) = &tensor.data else {
                return None;
            };
            if tensor.shape != parameter.shape {
                return None;
            }
            let name = format!("{name}.{}", parameter.role);
            self.tensors.push((name.clone(), (*id)?));
            let tensor = FloatTensor {
                shape: parameter.shape,
                data: data.clone(),
            };
            self.weights.insert(name, tensor);
        }
        Some(())
    }
}

fn steps(tensor: &Tensor) -> Option<Steps> {
    let quantization = tensor.quantization.as_ref()?;
    match (
        quantization.scales.as_slice(),
        quantization.zero_points.as_slice(),
    ) {
        (&[scale], &[zero_point]) => Some(Steps { scale, zero_point }),
        _ => None,
    }
}

/// The layer that the weights of `operator` are called after: `conv1d_1.weight`.
fn layer_name(graph: &Graph, operator: &Operator) -> Option<String> {
    let weights = (*operator.inputs.get(1)?)?;
    let name = graph.tensors[weights].name.strip_suffix(".weight")?;
    Some(name.to_owned())
}

fn kind(graph: &Graph, operator: &Operator) -> Option<LayerKind> {
    let shape = |slot: usize| {
        let id = operator.inputs.get(slot).copied().flatten()?;
        Some(graph.tensors[id].shape.as_slice())
    };
    let has_bias = operator.inputs.get(2).copied().flatten().is_some();
    let constant = |slot: usize| {
        let id = operator.inputs.get(slot).copied().flatten();
        id.is_some_and(|id| graph.tensors[id].is_constant())
    };
    Some(match &operator.kind {
        OperatorKind::Conv2d(options) => {
            let &[filters, height, width, _] = shape(1)? else {
                return None;
            };
            LayerKind::Conv2d(conv(options, filters, [height, width], has_bias)?)
        }
        OperatorKind::DepthwiseConv2d(options) => {
            let &[1, height, width, filters] = shape(1)? else {
                return None;
            };
            LayerKind::DepthwiseConv2d(conv(options, filters, [height, width], has_bias)?)
        }
        OperatorKind::FullyConnected { activation } => LayerKind::Dense(Dense {
            units: *shape(1)?.first()?,
            activation: *activation,
            bias: has_bias,
            max_norm: None,
        }),
        OperatorKind::MaxPool2d(options) => LayerKind::MaxPool(pool(options)?),
        OperatorKind::AvgPool2d(options) => LayerKind::AvgPool(pool(options)?),
        OperatorKind::Mean { axes, .. } => {
            let all = 1..shape(0)?.len().checked_sub(1)?;
            if !axes.iter().copied().eq(all) {
                return None;
            }
            LayerKind::GlobalAvgPool
        }
        OperatorKind::Add { activation }
            if shape(0)? == shape(1)? && !constant(0) && !constant(1) =>
        {
            LayerKind::Add(*activation)
        }
        OperatorKind::Relu => LayerKind::Relu,
        OperatorKind::Reshape => LayerKind::Reshape,
        OperatorKind::Softmax { beta } if *beta == 1.0 => LayerKind::Softmax,
        _ => return None,
    })
}

fn conv(options: &Conv2d, filters: usize, kernel: [usize; 2], bias: bool) -> Option<Conv> {
    (options.dilation == [1, 1]).then_some(Conv {
        filters,
        kernel,
        stride: options.stride,
        padding: options.padding,
        activation: options.activation,
        bias,
        max_norm: None,
    })
}

fn pool(options: &Pool2d) -> Option<Pool> {
    (options.activation == Activation::None).then_some(Pool {
        size: options.size,
        stride: options.stride,
        padding: options.padding,
    })
}
