//! The trainable network: layers with shapes, as the spec's layer stack means it.
//!
//! Shapes leave out the batch. A window's features are `[frames, coefficients]`; one-dimensional
//! layers work on `[time, channels]`, two-dimensional ones on `[height, width, channels]`.
//! A one-dimensional layer is the two-dimensional one with width 1 (`[time, 1, channels]`), which
//! has the same memory order, so kernels, strides and pads are `[height, width]` everywhere.

mod builder;
mod conv;
mod dense;
mod merge;
mod normalize;
mod pool;
mod reshape;
#[cfg(test)]
mod tests;

use crate::span::Span;

pub use builder::{Builder, ELEMENTS_MAX, show};

/// Dimensions without the batch.
pub type Shape = Vec<usize>;

/// Index of a value: 0 is the network's input, `i + 1` the output of `nodes[i]`.
pub type ValueId = usize;

/// A network: nodes in the order of computation. The last node's value is the output.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Shape of the input, `[frames, coefficients]` for audio features.
    pub input: Shape,
    /// Layers in the order of computation.
    pub nodes: Vec<Node>,
}

/// One layer at its place in the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it computes.
    pub kind: LayerKind,
    /// Unique name, `conv1d_1`: kind and running number from 1 per kind.
    pub name: String,
    /// Inputs, all before this node: one, two for [`LayerKind::Add`].
    pub inputs: Vec<ValueId>,
    /// Shape of the output.
    pub shape: Shape,
    /// Where the layer stands in the spec.
    pub span: Span,
}

/// SAME or VALID padding as TensorFlow defines them: SAME gives `ceil(in / stride)` outputs with
/// the odd pad at the end, VALID `floor((in - kernel) / stride) + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// Output covers every input.
    Same,
    /// No padding.
    Valid,
}

/// Applied to a layer's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// Nothing.
    None,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `min(max(x, −1), 1)`; in networks from files only.
    ReluN1To1,
}

/// A convolution, one- or two-dimensional, full or depthwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Output channels; for a depthwise convolution input channels × multiplier.
    pub filters: usize,
    /// `[height, width]`; `[kernel, 1]` in one dimension.
    pub kernel: [usize; 2],
    /// `[height, width]`.
    pub stride: [usize; 2],
    /// Padding.
    pub padding: Padding,
    /// Fused activation.
    pub activation: Activation,
    /// Whether a bias is added.
    pub bias: bool,
    /// Largest Euclidean norm of one filter's weights, enforced after each step.
    pub max_norm: Option<f32>,
}

/// A pooling window.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    /// `[height, width]`; `[size, 1]` in one dimension.
    pub size: [usize; 2],
    /// `[height, width]`.
    pub stride: [usize; 2],
    /// Padding.
    pub padding: Padding,
}

/// A fully connected layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Outputs.
    pub units: usize,
    /// Fused activation (softmax is a node of its own).
    pub activation: Activation,
    /// Whether a bias is added.
    pub bias: bool,
    /// Largest Euclidean norm of one unit's weights.
    pub max_norm: Option<f32>,
}

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerKind {
    /// Same values, other shape (the node's).
    Reshape,
    /// `[t, c]` → `[t', filters]`.
    Conv1d(Conv),
    /// `[h, w, c]` → `[h', w', filters]`.
    Conv2d(Conv),
    /// `[t, c]` → `[t', c × multiplier]`.
    DepthwiseConv1d(Conv),
    /// `[h, w, c]` → `[h', w', c × multiplier]`.
    DepthwiseConv2d(Conv),
    /// Sum of two values of one shape, then the activation.
    Add(Activation),
    /// Maximum over a window, per channel.
    MaxPool(Pool),
    /// Mean over a window (pads not counted), per channel.
    AvgPool(Pool),
    /// Mean over all but the channels: `[…, c]` → `[c]`.
    GlobalAvgPool,
    /// Batch normalization over the channels (Ioffe and Szegedy, 2015): momentum 0.99 as in
    /// Keras, epsilon 0.001.
    BatchNorm,
    /// `max(x, 0)`.
    Relu,
    /// Training only: zeroes this share of the values and scales the rest.
    Dropout(f32),
    /// Any shape → `[n]`.
    Flatten,
    /// `[n]` → `[units]`.
    Dense(Dense),
    /// Exponentials over their sum, over the last dimension.
    Softmax,
}

/// A weight tensor that a layer owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// `weight`, `bias`, `gamma`, `beta`, `mean`, `variance`; the weights' name is `"{node}.{role}"`.
    pub role: &'static str,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether training steps change it (running statistics are not stepped).
    pub trained: bool,
}

impl LayerKind {
    /// The weight tensors of this layer for an input of shape `input`, in TFLite's memory order:
    /// convolution `[filters, kernel_h, kernel_w, in_channels]`, depthwise
    /// `[1, kernel_h, kernel_w, filters]`, dense `[units, inputs]`, bias `[filters]`,
    /// batch_norm `gamma`, `beta`, `mean`, `variance` of `[channels]`.
    pub fn parameters(&self, input: &[usize]) -> Vec<Parameter> {
        let channels = input.last().copied().unwrap_or(0);
        let with_bias = |weight: Vec<usize>, units: usize, bias: bool| {
            let mut all = vec![Parameter {
                role: "weight",
                shape: weight,
                trained: true,
            }];
            if bias {
                all.push(Parameter {
                    role: "bias",
                    shape: vec![units],
                    trained: true,
                });
            }
            all
        };
        match self {
            LayerKind::Conv1d(c) | LayerKind::Conv2d(c) => with_bias(
                vec![c.filters, c.kernel[0], c.kernel[1], channels],
                c.filters,
                c.bias,
            ),
            LayerKind::DepthwiseConv1d(c) | LayerKind::DepthwiseConv2d(c) => with_bias(
                vec![1, c.kernel[0], c.kernel[1], c.filters],
                c.filters,
                c.bias,
            ),
            LayerKind::Dense(d) => {
                with_bias(vec![d.units, input.iter().product()], d.units, d.bias)
            }
            LayerKind::BatchNorm => [
                ("gamma", true),
                ("beta", true),
                ("mean", false),
                ("variance", false),
            ]
            .into_iter()
            .map(|(role, trained)| Parameter {
                role,
                shape: vec![channels],
                trained,
            })
            .collect(),
            _ => Vec::new(),
        }
    }

    /// Values for each channel that a batch normalization behind this layer adds to the weights.
    fn offsets_to_add(&self) -> usize {
        match self {
            LayerKind::Conv1d(c)
            | LayerKind::Conv2d(c)
            | LayerKind::DepthwiseConv1d(c)
            | LayerKind::DepthwiseConv2d(c) => usize::from(!c.bias),
            LayerKind::Dense(d) => usize::from(!d.bias),
            _ => 2,
        }
    }

    /// The keyword of this layer in the language.
    pub fn keyword(&self) -> &'static str {
        match self {
            LayerKind::Reshape => "reshape",
            LayerKind::Conv1d(_) => "conv1d",
            LayerKind::Conv2d(_) => "conv2d",
            LayerKind::DepthwiseConv1d(_) => "depthwise_conv1d",
            LayerKind::DepthwiseConv2d(_) => "depthwise_conv2d",
            LayerKind::Add(_) => "add",
            LayerKind::MaxPool(_) => "max_pool",
            LayerKind::AvgPool(_) => "avg_pool",
            LayerKind::GlobalAvgPool => "global_avg_pool",
            LayerKind::BatchNorm => "batch_norm",
            LayerKind::Relu => "relu",
            LayerKind::Dropout(_) => "dropout",
            LayerKind::Flatten => "flatten",
            LayerKind::Dense(_) => "dense",
            LayerKind::Softmax => "softmax",
        }
    }
}

impl Network {
    /// Shape of a value.
    pub fn shape(&self, value: ValueId) -> &Shape {
        match value {
            0 => &self.input,
            v => &self.nodes[v - 1].shape,
        }
    }

    /// Shape of the output.
    pub fn output(&self) -> &Shape {
        self.shape(self.nodes.len())
    }

    /// Number of weights that the board holds: those of a batch normalization are folded into the
    /// layer before it, which has a bias then, or else are a scale and an offset.
    pub fn n_weights(&self) -> usize {
        let of = |node: &Node| {
            let input = node.inputs[0];
            if node.kind != LayerKind::BatchNorm {
                let parameters = node.kind.parameters(self.shape(input));
                let sizes = parameters.iter().map(|p| p.shape.iter().product::<usize>());
                return sizes.sum();
            }
            let channels = self.shape(input).last().copied().unwrap_or(0);
            let before = input.checked_sub(1).map(|i| &self.nodes[i].kind);
            channels * before.map_or(2, LayerKind::offsets_to_add)
        };
        self.nodes.iter().map(of).sum()
    }
}

/// Output length and pad before, of a window of `kernel` moved by `stride` over `input` values;
/// `None` where VALID has no room for one.
pub fn window_output(
    input: usize,
    kernel: usize,
    stride: usize,
    padding: Padding,
) -> Option<(usize, usize)> {
    match padding {
        Padding::Same => {
            let output = input.div_ceil(stride);
            let total = ((output.max(1) - 1) * stride + kernel).saturating_sub(input);
            Some((output, total / 2))
        }
        Padding::Valid => (input >= kernel).then(|| ((input - kernel) / stride + 1, 0)),
    }
}
