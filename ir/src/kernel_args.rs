//! An int8 graph as calls of kernels: every parameter, multiplier, shift, bias and table resolved.
//!
//! The host executor runs these calls and emission prints them, so the two cannot differ. Start
//! at [`prepare`].

mod choose;
mod elementwise;
mod factor;
mod helium;
mod linear;
mod logistic;
mod pack;
mod resolve;
mod triple;

use impulse_runtime::kernels;

use crate::board::Cpu;
use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, TensorId};

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
    /// Computed operands in the order of the kernel's arguments: one, for an addition or a product
    /// two unless the second is a constant, for a concatenation any number.
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
    /// `packed_conv2d`: what a [`Call::Conv2d`] becomes on a CPU with the DSP extension.
    PackedConv2d(kernels::PackedConv2d, Packed),
    /// `packed_rows`: what a [`Call::Conv2d`] of 1 × 1 taps without gaps becomes there.
    PackedPointwise(kernels::PackedRows, Packed),
    /// What a [`Call::FullyConnected`] becomes there: `packed_fully_connected` where all units are rescaled
    /// alike, else `packed_rows`.
    PackedFullyConnected(kernels::PackedRows, Packed),
    /// `planar_depthwise_conv2d`: what a [`Call::DepthwiseConv2d`] of 3 × 3 taps becomes.
    PlanarDepthwiseConv2d(kernels::PlanarDepthwiseConv2d, Packed),
    /// `column_depthwise_conv2d`: what a [`Call::DepthwiseConv2d`] of a kernel of one column becomes.
    ColumnDepthwiseConv2d(kernels::ColumnDepthwiseConv2d, Packed),
    /// `helium_conv2d`: what a [`Call::Conv2d`] becomes on a CPU with Helium.
    HeliumConv2d(kernels::HeliumConv2d, Packed),
    /// `helium_fully_connected`: what a [`Call::FullyConnected`] becomes there.
    HeliumFullyConnected(kernels::HeliumFullyConnected, Packed),
    /// `helium_depthwise_conv2d`: what a [`Call::DepthwiseConv2d`] becomes there.
    HeliumDepthwiseConv2d(kernels::HeliumDepthwiseConv2d, Packed),
    /// `helium_square_depthwise_conv2d`: what a [`Call::DepthwiseConv2d`] of 3 × 3 taps and stride 1
    /// becomes there.
    HeliumSquareDepthwiseConv2d(kernels::HeliumSquareDepthwiseConv2d, Packed),
    /// `helium_addition`, or `helium_addition_in_place`: what a [`Call::Add`] of two operands of one
    /// length becomes there.
    HeliumAddition(kernels::Add),
    /// `triple_conv2d`: what a [`Call::Conv2d`] becomes on a CPU without the DSP extension.
    TripleConv2d(kernels::TripleConv2d, Packed),
    /// `quad_fully_connected`: what a [`Call::FullyConnected`] becomes there, and a [`Call::Conv2d`] of one
    /// output.
    QuadFullyConnected(kernels::QuadFullyConnected, Packed),
    /// `max_pool2d`.
    MaxPool2d(kernels::Pool2d),
    /// `avg_pool2d`.
    AvgPool2d(kernels::Pool2d),
    /// `mean`.
    Mean(kernels::Mean),
    /// `add`, or `add_in_place` where the plan overlays an operand; with the second operand where
    /// it is a constant.
    Add(kernels::Add, Option<Vec<i8>>),
    /// `mul`, or `mul_in_place`, as [`Call::Add`].
    Mul(kernels::Mul, Option<Vec<i8>>),
    /// `pad`.
    Pad(kernels::Pad),
    /// `concatenation`, once for each operand.
    Concatenation(Vec<kernels::Concatenation>),
    /// `lookup`, or `lookup_in_place`; the table has [`kernels::RESULTS`] entries.
    Lookup(kernels::Lookup, Vec<i8>),
    /// `relu`, or `relu_in_place`.
    Relu(kernels::Relu),
    /// `softmax`, or `softmax_in_place`; the table has at most
    /// [`kernels::EXPONENTIALS_MAX`] entries.
    Softmax(kernels::Softmax, Vec<f32>),
    /// `history`; its output is kept from one run to the next.
    History(kernels::History),
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

/// The constants of a layer whose weights are packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Biases, weights and, where filters have their own, rescaling, in the order in which the kernel
    /// reads them; `impulse_kernels_gemm.h`, `impulse_kernels_helium.h` and
    /// `impulse_kernels_triple.h` have the formats.
    pub stream: Vec<i32>,
    /// How sums are rescaled.
    pub rescaling: Rescaling,
}

/// How an output may lie over the input that is overwritten while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// The input has to begin at least so many bytes above the output, whose kernel writes in ascending
    /// order. Negative where the output may begin that much above the input.
    Lag(i64),
    /// Both begin at the same place.
    SameStart,
}

/// How the packed kernels rescale sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rescaling {
    /// By one multiplication, addition and shift of each filter, proven to be exact.
    Linear,
    /// The same for all units of a layer: factor and addend of the first and of the second of each
    /// pair.
    Shared([i32; 4]),
    /// By the reference's own arithmetic.
    Twice,
    /// By LiteRT's arithmetic of fully connected layers, the same for all units: it stands among the
    /// parameters.
    Once,
}

/// Resolves an int8 graph for `cpu`: the kernels that cost least there.
///
/// # Errors
/// Those of [`prepare`].
pub fn prepare_for(graph: &Graph, cpu: Cpu) -> Result<Program, Vec<Diagnostic>> {
    Ok(choose::choose(prepare(graph)?, cpu))
}

/// Resolves an int8 graph, or says of every operator why it cannot run. Every kernel is the
/// plain one, which is the oracle of the others.
pub fn prepare(graph: &Graph) -> Result<Program, Vec<Diagnostic>> {
    resolve::prepare(graph)
}

impl Call {
    /// The kernel's name, in Rust and after `impulse_` in C; `reshape` where there is none.
    pub fn kernel(&self) -> &'static str {
        match self {
            Call::Conv2d(..) => "conv2d",
            Call::DepthwiseConv2d(..) => "depthwise_conv2d",
            Call::FullyConnected(..) => "fully_connected",
            Call::PackedConv2d(..) => "packed_conv2d",
            Call::PackedPointwise(..) => "packed_rows",
            Call::PackedFullyConnected(_, c) => match c.rescaling {
                Rescaling::Shared(_) => "packed_fully_connected",
                _ => "packed_rows",
            },
            Call::PlanarDepthwiseConv2d(..) => "planar_depthwise_conv2d",
            Call::ColumnDepthwiseConv2d(..) => "column_depthwise_conv2d",
            Call::HeliumConv2d(..) => "helium_conv2d",
            Call::HeliumFullyConnected(..) => "helium_fully_connected",
            Call::HeliumDepthwiseConv2d(..) => "helium_depthwise_conv2d",
            Call::HeliumSquareDepthwiseConv2d(..) => "helium_square_depthwise_conv2d",
            Call::HeliumAddition(_) => "helium_addition",
            Call::TripleConv2d(..) => "triple_conv2d",
            Call::QuadFullyConnected(..) => "quad_fully_connected",
            Call::MaxPool2d(_) => "max_pool2d",
            Call::AvgPool2d(_) => "avg_pool2d",
            Call::Mean(_) => "mean",
            Call::Add(..) => "add",
            Call::Mul(..) => "mul",
            Call::Pad(_) => "pad",
            Call::Concatenation(_) => "concatenation",
            Call::Lookup(..) => "lookup",
            Call::Relu(_) => "relu",
            Call::Softmax(..) => "softmax",
            Call::History(_) => "history",
            Call::Alias => "reshape",
        }
    }

    /// The layer's constants, if it has any.
    pub fn constants(&self) -> Option<&Constants> {
        match self {
            Call::Conv2d(_, c) | Call::DepthwiseConv2d(_, c) | Call::FullyConnected(_, c) => {
                Some(c)
            }
            _ => None,
        }
    }

    /// The constants of a layer whose weights are packed.
    pub fn packed(&self) -> Option<&Packed> {
        match self {
            Call::PackedConv2d(_, c)
            | Call::PackedPointwise(_, c)
            | Call::PackedFullyConnected(_, c)
            | Call::PlanarDepthwiseConv2d(_, c)
            | Call::ColumnDepthwiseConv2d(_, c)
            | Call::HeliumConv2d(_, c)
            | Call::HeliumFullyConnected(_, c)
            | Call::HeliumDepthwiseConv2d(_, c)
            | Call::HeliumSquareDepthwiseConv2d(_, c)
            | Call::TripleConv2d(_, c)
            | Call::QuadFullyConnected(_, c) => Some(c),
            _ => None,
        }
    }

    /// Bytes of scratch memory that it needs while it runs.
    pub fn scratch_bytes(&self) -> usize {
        match self {
            Call::PackedConv2d(p, _) => p.scratch_bytes(),
            Call::PackedPointwise(p, _) => p.scratch_bytes(),
            Call::PackedFullyConnected(p, c) => match c.rescaling {
                Rescaling::Shared(_) => p.scratch_bytes_of_units(),
                _ => p.scratch_bytes(),
            },
            Call::PlanarDepthwiseConv2d(p, _) => p.scratch_bytes(),
            Call::HeliumConv2d(p, _) => p.scratch_bytes(),
            Call::HeliumFullyConnected(p, _) => p.scratch_bytes(),
            Call::HeliumDepthwiseConv2d(p, _) => p.scratch_bytes(),
            Call::ColumnDepthwiseConv2d(p, _) => p.scratch_bytes(),
            Call::HeliumSquareDepthwiseConv2d(p, _) => p.scratch_bytes(),
            Call::TripleConv2d(p, _) => p.scratch_bytes(),
            _ => 0,
        }
    }

    /// Where the output may lie over an input that nothing else needs; `None` where it may not.
    pub fn overlap(&self) -> Option<Overlap> {
        match self {
            Call::PackedConv2d(p, _) => Some(Overlap::Lag(p.lag_bytes())),
            Call::HeliumConv2d(p, _) => Some(Overlap::Lag(p.lag_bytes())),
            Call::HeliumDepthwiseConv2d(p, _) => Some(Overlap::Lag(p.lag_bytes())),
            Call::HeliumSquareDepthwiseConv2d(p, _) => Some(Overlap::Lag(p.lag_bytes())),
            Call::TripleConv2d(p, _) => Some(Overlap::Lag(p.lag_bytes())),
            Call::PackedFullyConnected(p, c) if matches!(c.rescaling, Rescaling::Shared(_)) => {
                p.lag_bytes_of_units().map(Overlap::Lag)
            }
            Call::PackedPointwise(p, _) | Call::PackedFullyConnected(p, _) => {
                Some(p.lag_bytes().map_or(Overlap::SameStart, Overlap::Lag))
            }
            // A channel at a time, of which the output has no more values than the input.
            Call::PlanarDepthwiseConv2d(p, _) => {
                let fits = p.output[0] * p.output[1] <= p.input[0] * p.input[1];
                fits.then_some(Overlap::SameStart)
            }
            _ => None,
        }
    }

    /// Why this kernel computes the step.
    pub fn reason(&self) -> &'static str {
        choose::reason(self)
    }

    /// The second operand of an addition or a product, where it is a constant.
    pub fn constant_operand(&self) -> Option<&[i8]> {
        match self {
            Call::Add(_, constant) | Call::Mul(_, constant) => constant.as_deref(),
            _ => None,
        }
    }

    /// Multiply-accumulates at full padding; additions of pools and means count as one each.
    pub fn macs(&self) -> u64 {
        let product = |dims: &[usize]| dims.iter().map(|&d| d as u64).product::<u64>();
        match self {
            Call::Conv2d(p, _) => product(&p.output) * product(&p.kernel) * p.input[2] as u64,
            Call::PackedConv2d(p, _) => product(&p.output) * product(&p.kernel) * p.input[2] as u64,
            Call::TripleConv2d(p, _) => product(&p.output) * product(&p.kernel) * p.input[2] as u64,
            Call::DepthwiseConv2d(p, _) => product(&p.output) * product(&p.kernel),
            Call::PlanarDepthwiseConv2d(p, _) => 9 * product(&p.output) * p.input[2] as u64,
            Call::ColumnDepthwiseConv2d(p, _) => {
                product(&p.output) * product(&[p.channels, p.taps])
            }
            Call::HeliumConv2d(p, _) => product(&p.output) * p.taps() as u64,
            Call::HeliumDepthwiseConv2d(p, _) => {
                product(&p.output) * (p.taps() * p.input[2]) as u64
            }
            Call::HeliumSquareDepthwiseConv2d(p, _) => 9 * product(&p.output) * p.input[2] as u64,
            Call::HeliumFullyConnected(p, _) => product(&[p.rows, p.inputs, p.units]),
            Call::FullyConnected(p, _) => product(&[p.rows, p.inputs, p.units]),
            Call::PackedPointwise(p, _) | Call::PackedFullyConnected(p, _) => {
                product(&[p.rows, p.inputs, p.units])
            }
            Call::QuadFullyConnected(p, _) => product(&[p.rows, p.inputs, p.units]),
            Call::MaxPool2d(p) | Call::AvgPool2d(p) => product(&p.output) * product(&p.size),
            Call::Mean(p) => product(&p.shape),
            Call::Add(p, _) | Call::HeliumAddition(p) => p.len as u64,
            Call::Mul(p, _) => p.len as u64,
            Call::Pad(_) | Call::Concatenation(_) => 0,
            Call::Lookup(p, _) => p.len as u64,
            Call::Relu(p) => p.len as u64,
            Call::Softmax(p, _) => product(&[p.rows, p.columns]),
            Call::History(_) | Call::Alias => 0,
        }
    }
}
