//! The inference graph: TFLite's model of a network — tensors with type, shape and quantization,
//! operators in the order of computation. Float graphs and int8 graphs are both of this type;
//! `.tflite` files are read into it and written from it.
//!
//! What holds of every graph that a reader or a pass returns (checked by [`Graph::validate`]):
//! every tensor has at most one producer, before its consumers; constants have data and no
//! producer; shapes are positive and carry the batch dimension 1 first; an operator's inputs
//! stand in TFLite's order (input, weights, bias).

mod shapes;
mod validate;

use crate::diagnostic::Diagnostic;
pub use crate::network::{Activation, Padding};

/// Most inputs of an operator.
pub const OPERANDS_MAX: usize = 64;

/// Index into [`Graph::tensors`].
pub type TensorId = usize;

/// A network ready to be computed.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Graph {
    /// Name of the network.
    pub name: String,
    /// All tensors.
    pub tensors: Vec<Tensor>,
    /// Operators in the order of computation.
    pub operators: Vec<Operator>,
    /// Inputs of the network.
    pub inputs: Vec<TensorId>,
    /// Outputs of the network.
    pub outputs: Vec<TensorId>,
    /// What the features are multiplied by before they are the input, column by column (a band, a
    /// statistic), block after block; powers of two. Empty where they are the input as they are.
    pub input_scales: Vec<f32>,
}

/// A value, computed or constant.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its name, for people.
    pub name: String,
    /// Dimensions, batch (1) first for computed tensors; convolution weights are
    /// `[filters, kernel_h, kernel_w, in]`, depthwise `[1, kernel_h, kernel_w, filters]`, fully
    /// connected `[units, inputs]`.
    pub shape: Vec<usize>,
    /// Element type.
    pub dtype: DType,
    /// How integers map to reals; `None` for floats and for shape-like constants.
    pub quantization: Option<Quantization>,
    /// The values of a constant.
    pub data: Option<TensorData>,
}

/// Element types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DType {
    /// 8-bit signed.
    I8,
    /// 32-bit signed.
    I32,
    /// 32-bit float.
    F32,
}

/// `real = scale × (integer − zero_point)`, per tensor (one entry) or per channel of `axis`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantization {
    /// Scales, positive and finite.
    pub scales: Vec<f32>,
    /// Zero points, as many as scales.
    pub zero_points: Vec<i32>,
    /// The channel's dimension where there is more than one scale.
    pub axis: usize,
}

/// Values of a constant, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// 8-bit.
    I8(Vec<i8>),
    /// 32-bit.
    I32(Vec<i32>),
    /// Float.
    F32(Vec<f32>),
}

/// An operator with its tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// What it computes.
    pub kind: OperatorKind,
    /// Inputs in TFLite's order: input, weights, bias (`None` where an optional one is absent).
    pub inputs: Vec<Option<TensorId>>,
    /// Outputs.
    pub outputs: Vec<TensorId>,
}

/// What an operator computes, with TFLite's options.
#[derive(Clone, Debug, PartialEq)]
pub enum OperatorKind {
    /// `CONV_2D`.
    Conv2d(Conv2d),
    /// `DEPTHWISE_CONV_2D`; the multiplier is output channels / input channels.
    DepthwiseConv2d(Conv2d),
    /// `FULLY_CONNECTED`.
    FullyConnected {
        /// Fused activation.
        activation: Activation,
    },
    /// `MAX_POOL_2D`.
    MaxPool2d(Pool2d),
    /// `AVERAGE_POOL_2D`.
    AvgPool2d(Pool2d),
    /// `MEAN` over `axes` (batch is 0).
    Mean {
        /// Reduced dimensions, ascending.
        axes: Vec<usize>,
        /// Whether reduced dimensions stay as 1.
        keep_dims: bool,
    },
    /// `ADD` of two tensors, of which the smaller is repeated along dimensions of 1.
    Add {
        /// Fused activation.
        activation: Activation,
    },
    /// `MUL` of two tensors, of which the smaller is repeated along dimensions of 1.
    Mul {
        /// Fused activation.
        activation: Activation,
    },
    /// `PAD` with the number 0, or `PADV2` with the value of a second input.
    Pad {
        /// Values before and after the input, for each dimension.
        margins: Vec<[usize; 2]>,
    },
    /// `CONCATENATION` of one or more tensors along a dimension (batch is 0).
    Concatenation {
        /// The dimension.
        axis: usize,
    },
    /// `RESHAPE` to the output's shape.
    Reshape,
    /// `SOFTMAX` over the last dimension.
    Softmax {
        /// Factor on the input.
        beta: f32,
    },
    /// `LOGISTIC`, `1 / (1 + exp(−x))`.
    Logistic,
    /// `RELU`.
    Relu,
    /// `RELU6`.
    Relu6,
    /// `RELU_N1_TO_1`.
    ReluN1To1,
    /// `QUANTIZE`: float to int8, or int8 of one scale to int8 of another.
    Quantize,
    /// `DEQUANTIZE`: int8 to float.
    Dequantize,
    /// The last rows (dimension 1) of a stream, of which the input brings the newest. The output is
    /// kept from one run to the next. Exists in int8 graphs that
    /// [`crate::passes::incremental`] made, and in no file.
    History,
    /// Batch normalization before it is folded; exists in float graphs between lowering and the
    /// pass that folds it. Inputs: input, gamma, beta, mean, variance.
    BatchNorm {
        /// Added to the variance.
        epsilon: f32,
    },
}

/// Options of a convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d {
    /// `[height, width]`.
    pub stride: [usize; 2],
    /// `[height, width]`, 1 for none.
    pub dilation: [usize; 2],
    /// Padding.
    pub padding: Padding,
    /// Fused activation.
    pub activation: Activation,
}

/// Options of a pooling operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool2d {
    /// `[height, width]`.
    pub size: [usize; 2],
    /// `[height, width]`.
    pub stride: [usize; 2],
    /// Padding.
    pub padding: Padding,
    /// Fused activation.
    pub activation: Activation,
}

impl Graph {
    /// Checks what holds of every graph (see the module), and that the shapes of each operator's
    /// tensors fit together. All problems are reported.
    pub fn validate(&self) -> Result<(), Vec<Diagnostic>> {
        validate::validate(self)
    }

    /// Multiply-accumulates of one of its operators at full padding; comparisons and additions of
    /// pools and means count as one each.
    pub fn macs(&self, operator: &Operator) -> u64 {
        shapes::macs(self, operator)
    }

    /// Whether it computes in float only.
    pub fn is_float(&self) -> bool {
        self.tensors.iter().all(|t| t.dtype != DType::I8)
    }
}

impl Tensor {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is a constant.
    pub fn is_constant(&self) -> bool {
        self.data.is_some()
    }
}

impl DType {
    /// Bytes of one element.
    pub fn bytes(self) -> usize {
        match self {
            DType::I8 => 1,
            DType::I32 | DType::F32 => 4,
        }
    }

    /// Its name, as TFLite spells it.
    pub fn name(self) -> &'static str {
        match self {
            DType::I8 => "int8",
            DType::I32 => "int32",
            DType::F32 => "float32",
        }
    }
}

impl OperatorKind {
    /// Fewest and most inputs: an operator needs the first, and may have optional ones after it.
    pub fn operands(&self) -> (usize, usize) {
        match self {
            OperatorKind::Conv2d(_)
            | OperatorKind::DepthwiseConv2d(_)
            | OperatorKind::FullyConnected { .. } => (2, 3),
            // The dimensions are attributes here; a file may repeat them as a constant input.
            OperatorKind::Mean { .. } | OperatorKind::Reshape => (1, 2),
            OperatorKind::Add { .. } | OperatorKind::Mul { .. } => (2, 2),
            OperatorKind::Pad { .. } => (1, 2),
            OperatorKind::Concatenation { .. } => (1, OPERANDS_MAX),
            OperatorKind::BatchNorm { .. } => (5, 5),
            OperatorKind::MaxPool2d(_)
            | OperatorKind::AvgPool2d(_)
            | OperatorKind::Softmax { .. }
            | OperatorKind::Logistic
            | OperatorKind::Relu
            | OperatorKind::Relu6
            | OperatorKind::ReluN1To1
            | OperatorKind::Quantize
            | OperatorKind::History
            | OperatorKind::Dequantize => (1, 1),
        }
    }

    /// The activation that a stand-alone RELU and its kin compute.
    pub fn stand_alone_activation(&self) -> Option<Activation> {
        match self {
            OperatorKind::Relu => Some(Activation::Relu),
            OperatorKind::Relu6 => Some(Activation::Relu6),
            OperatorKind::ReluN1To1 => Some(Activation::ReluN1To1),
            _ => None,
        }
    }

    /// TFLite's name of the operator.
    pub fn name(&self) -> &'static str {
        match self {
            OperatorKind::Conv2d(_) => "CONV_2D",
            OperatorKind::DepthwiseConv2d(_) => "DEPTHWISE_CONV_2D",
            OperatorKind::FullyConnected { .. } => "FULLY_CONNECTED",
            OperatorKind::MaxPool2d(_) => "MAX_POOL_2D",
            OperatorKind::AvgPool2d(_) => "AVERAGE_POOL_2D",
            OperatorKind::Mean { .. } => "MEAN",
            OperatorKind::Add { .. } => "ADD",
            OperatorKind::Mul { .. } => "MUL",
            OperatorKind::Pad { .. } => "PAD",
            OperatorKind::Concatenation { .. } => "CONCATENATION",
            OperatorKind::Reshape => "RESHAPE",
            OperatorKind::Softmax { .. } => "SOFTMAX",
            OperatorKind::Logistic => "LOGISTIC",
            OperatorKind::Relu => "RELU",
            OperatorKind::History => "HISTORY",
            OperatorKind::Relu6 => "RELU6",
            OperatorKind::ReluN1To1 => "RELU_N1_TO_1",
            OperatorKind::Quantize => "QUANTIZE",
            OperatorKind::Dequantize => "DEQUANTIZE",
            OperatorKind::BatchNorm { .. } => "BATCH_NORM",
        }
    }
}
