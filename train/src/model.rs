//! A network with its weights, ready to run on the tape.

use std::sync::Arc;

use dfdx::prelude::Cpu;
use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::network::{
    Activation, Conv, LayerKind, Network, Node, Padding, Pool, window_output,
};
use impulse_ir::quantize::rounded_weights;
use impulse_ir::weights::{FloatTensor, Weights};

use crate::ops::batch_norm::{BatchNorm, Statistics};
use crate::ops::depthwise_conv2d::Depthwise;
use crate::ops::fake_quant::Steps;
use crate::ops::linear::Linear;
use crate::ops::window::Window;
use crate::ops::{
    Draws, add, avg_pool, batch_norm, conv2d, dense, depthwise_conv2d, dropout, fake_quant,
    max_pool, relu, reshape, softmax,
};
use crate::random::{Purpose, stream, unit};
use crate::tape::{Buffers, Key, Tape, Value};

/// A weight tensor.
#[derive(Clone)]
pub(crate) struct Leaf {
    /// `"{node}.{role}"`.
    pub name: String,
    /// Its name on the tape.
    pub key: Key,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: Arc<Vec<f32>>,
    /// Whether steps change it.
    pub trained: bool,
    /// Whether weight decay applies: to weights, not to biases or batch normalization.
    pub decays: bool,
    /// Largest norm of one filter's weights.
    pub max_norm: Option<f32>,
}

/// What a node does, with indices of its leaves.
#[derive(Clone)]
enum Layer {
    Reshape,
    Conv {
        window: Window,
        units: usize,
        leaf: usize,
        bias: bool,
        activation: Activation,
    },
    Depthwise {
        window: Window,
        filters: usize,
        leaf: usize,
        bias: bool,
        activation: Activation,
    },
    Dense {
        units: usize,
        leaf: usize,
        bias: bool,
        activation: Activation,
    },
    MaxPool(Window),
    AvgPool(Window),
    BatchNorm {
        leaf: usize,
        activation: Activation,
        /// Whether it stays as it is: its running statistics serve in training too.
        frozen: bool,
    },
    Add(Activation),
    Relu,
    Dropout(f32),
    Softmax(usize),
}

/// A node's weights laid out for one step.
pub(crate) enum Prepared {
    None,
    Linear(Arc<Linear>),
    Depthwise(Depthwise),
    BatchNorm(BatchNorm),
}

/// What a run over the network gives.
pub(crate) struct Outcome {
    /// The last value asked for.
    pub output: Value,
    /// For each batch normalization, the leaf of its running mean (that of the variance is the
    /// next) and the statistics of the batch.
    pub statistics: Vec<(usize, Statistics)>,
}

/// A network with its weights.
#[derive(Clone)]
pub(crate) struct Model {
    /// Keeps dfdx's device, which names values.
    pub device: Cpu,
    /// Buffers of the steps before.
    pub pool: Buffers,
    /// All weight tensors, in the order of the nodes.
    pub leaves: Vec<Leaf>,
    nodes: Vec<Node>,
    layers: Vec<Layer>,
    /// For each value, the input first, the steps that it is rounded to, where the network is to
    /// learn its int8 form; empty else. Weights are rounded then, too.
    pub steps: Vec<Option<Steps>>,
    /// Values of the input.
    pub input_len: usize,
    /// Values of the output.
    pub output_len: usize,
}

impl Model {
    /// The network with first weights: Glorot's uniform range (Glorot and Bengio, 2010), biases
    /// zero, batch normalization neutral.
    pub fn first(network: &Network, seed: u64) -> Result<Self, Diagnostic> {
        let mut n_leaves = 0;
        Self::build(network, |_, role, shape| {
            n_leaves += 1;
            let len = shape.iter().product();
            Ok(match role {
                "weight" => {
                    let limit = glorot_limit(shape);
                    let mut random = stream(seed, Purpose::Weights, n_leaves);
                    (0..len)
                        .map(|_| (2.0 * unit(&mut random) - 1.0) * limit)
                        .collect()
                }
                "gamma" | "variance" => vec![1.0; len],
                _ => vec![0.0; len],
            })
        })
    }

    /// The network with given weights.
    pub fn with_weights(network: &Network, weights: &Weights) -> Result<Self, Diagnostic> {
        Self::build(network, |name, _, shape| match weights.get(name) {
            Some(tensor)
                if tensor.shape == shape
                    && tensor.data.len() == shape.iter().product::<usize>() =>
            {
                Ok(tensor.data.clone())
            }
            found => {
                let found = found.map_or("none".into(), |tensor| format!("{:?}", tensor.shape));
                let message =
                    format!("expected weights `{name}` of shape {shape:?}, found {found}");
                Err(Diagnostic::general(codes::WEIGHTS_MISMATCH, message)
                    .hint("train again: the network has changed since these weights were made"))
            }
        })
    }

    fn build(
        network: &Network,
        mut numbers: impl FnMut(&str, &str, &[usize]) -> Result<Vec<f32>, Diagnostic>,
    ) -> Result<Self, Diagnostic> {
        let device = Cpu::default();
        let mut leaves = Vec::new();
        let mut layers = Vec::new();
        for node in &network.nodes {
            let input = network.shape(node.inputs.first().copied().unwrap_or(0));
            layers.push(layer(node, input, leaves.len())?);
            for parameter in node.kind.parameters(input) {
                let name = format!("{}.{}", node.name, parameter.role);
                let data = Arc::new(numbers(&name, parameter.role, &parameter.shape)?);
                let is_weight = parameter.role == "weight";
                leaves.push(Leaf {
                    name,
                    key: Tape::name(&device),
                    shape: parameter.shape,
                    data,
                    trained: parameter.trained,
                    decays: is_weight,
                    max_norm: if is_weight {
                        max_norm(&node.kind)
                    } else {
                        None
                    },
                });
            }
        }
        let mut model = Self {
            device,
            pool: Buffers::default(),
            leaves,
            nodes: network.nodes.clone(),
            layers,
            steps: Vec::new(),
            input_len: network.input.iter().product(),
            output_len: network.output().iter().product(),
        };
        model.fuse_relu();
        Ok(model)
    }

    /// Lets a layer apply the ReLU that alone reads it: one passage over memory less.
    fn fuse_relu(&mut self) {
        for i in 0..self.nodes.len() {
            let Some(producer) = self.nodes[i].inputs[0].checked_sub(1) else {
                continue;
            };
            let readers = self
                .nodes
                .iter()
                .flat_map(|n| &n.inputs)
                .filter(|v| **v == producer + 1);
            if !matches!(self.layers[i], Layer::Relu) || readers.count() != 1 {
                continue;
            }
            if let Layer::Conv { activation, .. }
            | Layer::Depthwise { activation, .. }
            | Layer::Dense { activation, .. }
            | Layer::BatchNorm { activation, .. }
            | Layer::Add(activation) = &mut self.layers[producer]
                && *activation == Activation::None
            {
                *activation = Activation::Relu;
                self.layers[i] = Layer::Reshape;
            }
        }
    }

    /// Whether a clip's result depends on the others of its batch.
    pub fn joins_clips(&self) -> bool {
        self.layers
            .iter()
            .any(|l| matches!(l, Layer::BatchNorm { .. }))
    }

    /// Number of the value that the loss is computed on: the softmax's input where the network
    /// ends in one.
    pub fn logits(&self) -> usize {
        match (self.layers.last(), self.nodes.last()) {
            (Some(Layer::Softmax(_)), Some(node)) => node.inputs[0],
            _ => self.nodes.len(),
        }
    }

    /// Number of the output.
    pub fn output(&self) -> usize {
        self.nodes.len()
    }

    /// The node that computes value `value` (not the input).
    pub fn node(&self, value: usize) -> Option<&Node> {
        value.checked_sub(1).and_then(|i| self.nodes.get(i))
    }

    /// Takes over the tensors of `weights` that have the name and shape of one of its own, and
    /// keeps the layers `freeze` as they are then.
    pub fn start_from(&mut self, weights: &Weights, freeze: &[String]) {
        for leaf in &mut self.leaves {
            if let Some(found) = weights.get(&leaf.name)
                && found.shape == leaf.shape
                && found.data.len() == leaf.data.len()
            {
                leaf.data = Arc::new(found.data.clone());
            }
        }
        for (node, layer) in self.nodes.iter().zip(&mut self.layers) {
            if !freeze.contains(&node.name) {
                continue;
            }
            let of_node = |leaf: &&mut Leaf| {
                let owner = leaf.name.rsplit_once('.').map(|(owner, _)| owner);
                owner == Some(node.name.as_str())
            };
            let leaves = self.leaves.iter_mut().filter(of_node);
            leaves.for_each(|leaf| leaf.trained = false);
            if let Layer::BatchNorm { frozen, .. } = layer {
                *frozen = true;
            }
        }
    }

    /// Name and place of the first layer with a weight that is not a finite number.
    pub fn layer_not_finite(&self) -> Option<(String, Span)> {
        // A sum is finite only where all of its terms are, and quick to form.
        let finite = |leaf: &Leaf| (leaf.data.iter().map(|v| v * 0.0).sum::<f32>()).is_finite();
        let leaf = self.leaves.iter().find(|leaf| !finite(leaf))?;
        let name = leaf.name.rsplit_once('.').map_or("", |(node, _)| node);
        let node = self.nodes.iter().find(|node| node.name == name)?;
        Some((node.name.clone(), node.span))
    }

    /// The weights laid out for a step.
    pub fn prepare(&self) -> Vec<Prepared> {
        self.layers
            .iter()
            .map(|layer| self.prepare_layer(layer))
            .collect()
    }

    fn prepare_layer(&self, layer: &Layer) -> Prepared {
        let linear = |leaf: usize, bias: bool, units, activation, axis| {
            let name = |i: usize| self.leaves[i].key.clone();
            let weights = self.rounded_weights(leaf, axis);
            Prepared::Linear(Linear::new(
                &self.pool,
                activation,
                (name(leaf), &weights),
                bias.then(|| (name(leaf + 1), self.leaves[leaf + 1].data.as_slice())),
                units,
            ))
        };
        match *layer {
            Layer::Conv {
                units,
                leaf,
                bias,
                activation,
                ..
            } => linear(leaf, bias, units, activation, Some(0)),
            Layer::Dense {
                units,
                leaf,
                bias,
                activation,
            } => linear(leaf, bias, units, activation, None),
            Layer::Depthwise {
                window,
                filters,
                leaf,
                bias,
                activation,
            } => {
                let offsets = if bias {
                    self.leaves[leaf + 1].data.clone()
                } else {
                    Arc::new(vec![0.0; filters])
                };
                Prepared::Depthwise(Depthwise {
                    window,
                    filters,
                    activation,
                    weight: self.leaves[leaf].key.clone(),
                    bias: bias.then(|| self.leaves[leaf + 1].key.clone()),
                    weights: self.rounded_weights(leaf, Some(3)),
                    offsets,
                })
            }
            Layer::BatchNorm {
                leaf,
                activation,
                frozen,
            } => Prepared::BatchNorm(BatchNorm {
                frozen,
                gamma_key: self.leaves[leaf].key.clone(),
                beta_key: self.leaves[leaf + 1].key.clone(),
                gamma: self.leaves[leaf].data.clone(),
                beta: self.leaves[leaf + 1].data.clone(),
                mean: self.leaves[leaf + 2].data.clone(),
                variance: self.leaves[leaf + 3].data.clone(),
                activation,
            }),
            _ => Prepared::None,
        }
    }

    /// Weights as their int8 form stands for them, where the network learns that; per channel of
    /// `axis`.
    fn rounded_weights(&self, leaf: usize, axis: Option<usize>) -> Arc<Vec<f32>> {
        let leaf = &self.leaves[leaf];
        match self.steps.is_empty() {
            true => leaf.data.clone(),
            false => Arc::new(rounded_weights(&leaf.data, &leaf.shape, axis)),
        }
    }

    /// A value as its int8 form stands for it, where the network learns that.
    fn rounded(&self, tape: &mut Tape, value: usize, made: Value) -> Value {
        match self.steps.get(value) {
            Some(Some(steps)) => fake_quant::forward(tape, &made, *steps),
            _ => made,
        }
    }

    /// Runs the network up to value `last` on `input` (`[clips, …]`). `watch` sees each value
    /// computed, by its number.
    pub fn forward(
        &self,
        prepared: &[Prepared],
        tape: &mut Tape,
        input: Value,
        last: usize,
        draws: &Draws,
        watch: &mut dyn FnMut(usize, &Value),
    ) -> Outcome {
        let mut values = vec![self.rounded(tape, 0, input)];
        let mut statistics = Vec::new();
        for (i, node) in self.nodes[..last].iter().enumerate() {
            let input = &values[node.inputs[0]];
            let output = match (&self.layers[i], &prepared[i]) {
                (Layer::Conv { window, .. }, Prepared::Linear(layer)) => {
                    conv2d::forward(tape, input, *window, layer)
                }
                (Layer::Dense { .. }, Prepared::Linear(layer)) => {
                    dense::forward(tape, input, layer)
                }
                (Layer::Depthwise { .. }, Prepared::Depthwise(layer)) => {
                    depthwise_conv2d::forward(tape, input, layer.clone())
                }
                (Layer::BatchNorm { leaf, .. }, Prepared::BatchNorm(layer)) => {
                    let (output, batch) = batch_norm::forward(tape, input, layer.clone());
                    statistics.extend(batch.map(|batch| (leaf + 2, batch)));
                    output
                }
                (Layer::MaxPool(window), _) => max_pool::forward(tape, input, *window),
                (Layer::AvgPool(window), _) => avg_pool::forward(tape, input, *window),
                (Layer::Add(activation), _) => {
                    let right = node.inputs.get(1).map_or(input, |v| &values[*v]);
                    add::forward(tape, input, right, *activation)
                }
                (Layer::Relu, _) => relu::forward(tape, input),
                (Layer::Dropout(rate), _) => dropout::forward(tape, input, *rate, draws, i),
                (Layer::Softmax(classes), _) => softmax::forward(tape, input, *classes),
                _ => reshape::forward(input),
            };
            let output = self.rounded(tape, i + 1, output);
            watch(i + 1, &output);
            values.push(output);
        }
        Outcome {
            output: values.swap_remove(last),
            statistics,
        }
    }

    /// The weights by name.
    pub fn weights(&self) -> Weights {
        let tensor = |leaf: &Leaf| FloatTensor {
            shape: leaf.shape.clone(),
            data: leaf.data.to_vec(),
        };
        self.leaves
            .iter()
            .map(|leaf| (leaf.name.clone(), tensor(leaf)))
            .collect()
    }
}

/// A diagnostic of what does not fit together.
pub(crate) fn unfit(message: impl Into<String>) -> Diagnostic {
    Diagnostic::general(codes::TRAINING_UNFIT, message)
}

fn layer(node: &Node, input: &[usize], leaf: usize) -> Result<Layer, Diagnostic> {
    let conv_window = |c: &Conv| window(node, input, c.kernel, c.stride, c.padding);
    let pool_window = |p: &Pool| window(node, input, p.size, p.stride, p.padding);
    let channels = input.last().copied().unwrap_or(1);
    Ok(match &node.kind {
        LayerKind::Reshape | LayerKind::Flatten => Layer::Reshape,
        LayerKind::Conv1d(c) | LayerKind::Conv2d(c) => Layer::Conv {
            window: conv_window(c)?,
            units: c.filters,
            leaf,
            bias: c.bias,
            activation: c.activation,
        },
        LayerKind::DepthwiseConv1d(c) | LayerKind::DepthwiseConv2d(c) => Layer::Depthwise {
            window: conv_window(c)?,
            filters: c.filters,
            leaf,
            bias: c.bias,
            activation: c.activation,
        },
        LayerKind::Dense(d) => Layer::Dense {
            units: d.units,
            leaf,
            bias: d.bias,
            activation: d.activation,
        },
        LayerKind::MaxPool(p) => Layer::MaxPool(pool_window(p)?),
        LayerKind::AvgPool(p) => Layer::AvgPool(pool_window(p)?),
        LayerKind::GlobalAvgPool => {
            let positions = input.iter().product::<usize>() / channels.max(1);
            Layer::AvgPool(Window {
                input: [positions, 1, channels],
                output: [1, 1],
                kernel: [positions, 1],
                stride: [1, 1],
                pad: [0, 0],
            })
        }
        LayerKind::BatchNorm => Layer::BatchNorm {
            frozen: false,
            leaf,
            activation: Activation::None,
        },
        LayerKind::Add(activation) => Layer::Add(*activation),
        LayerKind::Relu => Layer::Relu,
        LayerKind::Dropout(rate) if (0.0..1.0).contains(rate) => Layer::Dropout(*rate),
        LayerKind::Dropout(rate) => {
            let message = format!(
                "expected a dropout of 0% up to below 100%, found {}%",
                rate * 100.0
            );
            return Err(Diagnostic::error(codes::TRAINING_UNFIT, node.span, message));
        }
        LayerKind::Softmax => Layer::Softmax(channels),
    })
}

fn window(
    node: &Node,
    input: &[usize],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: Padding,
) -> Result<Window, Diagnostic> {
    let input = match *input {
        [time, channels] => [time, 1, channels],
        [height, width, channels] => [height, width, channels],
        _ => {
            let message = format!(
                "expected an input of `{}` with two or three dimensions, found {input:?}",
                node.name
            );
            return Err(Diagnostic::error(codes::TRAINING_UNFIT, node.span, message));
        }
    };
    let along = |axis: usize| match stride[axis] {
        0 => None,
        stride => window_output(input[axis], kernel[axis], stride, padding),
    };
    let (Some((height, top)), Some((width, left))) = (along(0), along(1)) else {
        let message = format!(
            "expected a kernel of `{}` no larger than its input of {} × {}, found {} × {}",
            node.name, input[0], input[1], kernel[0], kernel[1]
        );
        return Err(Diagnostic::error(codes::TRAINING_UNFIT, node.span, message));
    };
    Ok(Window {
        input,
        output: [height, width],
        kernel,
        stride,
        pad: [top, left],
    })
}

fn max_norm(kind: &LayerKind) -> Option<f32> {
    match kind {
        LayerKind::Conv1d(c)
        | LayerKind::Conv2d(c)
        | LayerKind::DepthwiseConv1d(c)
        | LayerKind::DepthwiseConv2d(c) => c.max_norm,
        LayerKind::Dense(d) => d.max_norm,
        _ => None,
    }
}

/// √(6 / (fan in + fan out)) for weights in TFLite's order. A depthwise filter reads one channel,
/// so its fans are the kernel's area (Keras counts the channels as fan in).
fn glorot_limit(shape: &[usize]) -> f32 {
    let fans = match *shape {
        [1, height, width, _] => 2 * height * width,
        [filters, height, width, channels] => (filters + channels) * height * width,
        [units, inputs] => units + inputs,
        _ => shape.iter().sum(),
    };
    (6.0 / fans.max(1) as f32).sqrt()
}
