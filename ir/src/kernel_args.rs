//! An int8 graph as calls of kernels: every parameter, multiplier, shift, bias and table resolved.
//!
//! The host executor runs these calls and emission prints them, so the two cannot differ.

use impulse_runtime::kernels;

use crate::graph::TensorId;

/// The calls of a graph, in the order of computation, one for each operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// The steps; `steps[i]` is `graph.operators[i]`.
    pub steps: Vec<Step>,
    /// The network's input tensor.
    pub input: TensorId,
    /// The network's output tensor.
    pub output: TensorId,
}

/// One call.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Unique within the program and safe as part of a C or Rust name: `conv2d_0`, with the
    /// operator's index.
    pub name: String,
    /// Computed operands in the order of the kernel's arguments: one, two for an addition.
    pub inputs: Vec<TensorId>,
    /// What it writes.
    pub output: TensorId,
    /// The kernel with its arguments.
    pub call: Call,
}

/// A kernel with its arguments, named as in `impulse_runtime::kernels`.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `conv2d`.
    Conv2d(kernels::Conv2d, Constants),
    /// `depthwise_conv2d`.
    DepthwiseConv2d(kernels::Conv2d, Constants),
    /// `fully_connected`.
    FullyConnected(kernels::FullyConnected, Constants),
    /// `max_pool2d`.
    MaxPool2d(kernels::Pool2d),
    /// `avg_pool2d`.
    AvgPool2d(kernels::Pool2d),
    /// `mean`.
    Mean(kernels::Mean),
    /// `add`, or `add_in_place` where the plan overlays an operand.
    Add(kernels::Add),
    /// `relu`, or `relu_in_place`.
    Relu(kernels::Relu),
    /// `softmax`, or `softmax_in_place`; the table has [`kernels::EXPONENTIALS`] entries.
    Softmax(kernels::Softmax, Vec<f32>),
    /// The output is the input under another shape: no code, the same bytes of the arena.
    Alias,
}

/// The constants of a layer with weights, in the order and layout that the kernel reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Constants {
    /// Weights.
    pub weights: Vec<i8>,
    /// A bias per output channel.
    pub bias: Vec<i32>,
    /// Multipliers per output channel, or one for all.
    pub multipliers: Vec<i32>,
    /// Their powers of two, `-31..=30`.
    pub shifts: Vec<i8>,
}
