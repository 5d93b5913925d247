//! Writing: from a [`Graph`] to the bytes of a `.tflite` file.

use flatbuffers::{FlatBufferBuilder, TableFinishedWIPOffset, WIPOffset};
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::graph::{
    Conv2d, DType, Graph, Operator, OperatorKind, Pool2d, Quantization, Tensor, TensorData,
};
use impulse_ir::network::{Activation, Padding};

use super::read::PARTS_MAX;
use super::schema::{self, builtin, options_type, tensor_type};

/// Most bytes of constants: offsets in the file have 32 bits.
const CONSTANT_BYTES_MAX: usize = 1 << 30;

type Offset = WIPOffset<TableFinishedWIPOffset>;
type Builder = FlatBufferBuilder<'static>;

/// The `.tflite` file of `graph`: one subgraph, tensor `i` of the graph as tensor `i`, after them
/// the constants that RESHAPE, MEAN and PAD need. Constants are aligned to 16 bytes.
///
/// # Errors
/// Graphs that are not valid; more operators or tensors than the reader takes; BATCH_NORM, which TFLite does not have; more than 1 GiB of
/// constants.
pub fn write(graph: &Graph) -> Result<Vec<u8>, Diagnostic> {
    if let Err(mut problems) = graph.validate() {
        let first = (!problems.is_empty()).then(|| problems.swap_remove(0));
        return Err(first.unwrap_or_else(|| refuse("the graph is not valid".into())));
    }
    let n_bytes: usize = graph
        .tensors
        .iter()
        .filter(|t| t.is_constant())
        .map(bytes_of)
        .sum();
    if n_bytes > CONSTANT_BYTES_MAX {
        return Err(refuse(format!(
            "expected at most {CONSTANT_BYTES_MAX} B of constants, found {n_bytes} B"
        )));
    }
    let helpers = Helpers::new(graph);
    let n_tensors = graph.tensors.len() + helpers.tensors.len();
    if n_tensors > PARTS_MAX || graph.operators.len() > PARTS_MAX {
        return Err(refuse(format!(
            "expected at most {PARTS_MAX} tensors and operators, found {n_tensors} and {}",
            graph.operators.len()
        )));
    }
    let codes = operator_codes(graph)?;
    let tensors: Vec<&Tensor> = graph.tensors.iter().chain(&helpers.tensors).collect();

    let mut builder = FlatBufferBuilder::with_capacity(n_bytes + 64 * tensors.len() + 1024);
    // Buffer 0 is empty by convention; each constant has its own, in the order of the tensors.
    let mut buffers = vec![table(&mut builder, |_| {})];
    let mut tensor_offsets = Vec::with_capacity(tensors.len());
    for tensor in &tensors {
        let buffer = match &tensor.data {
            Some(data) => {
                buffers.push(buffer(&mut builder, data));
                buffers.len() - 1
            }
            None => 0,
        };
        tensor_offsets.push(write_tensor(&mut builder, tensor, buffer as u32));
    }
    let mut metadata = Vec::new();
    if !graph.input_scales.is_empty() {
        let data = TensorData::F32(graph.input_scales.clone());
        buffers.push(buffer(&mut builder, &data));
        let name = builder.create_string(schema::INPUT_SCALES);
        let index = buffers.len() as u32 - 1;
        metadata.push(table(&mut builder, |b| {
            b.push_slot_always(slot(schema::metadata::NAME), name);
            b.push_slot(slot(schema::metadata::BUFFER), index, 0);
        }));
    }
    let mut operators = Vec::with_capacity(graph.operators.len());
    for (op, helper) in graph.operators.iter().zip(&helpers.of_operator) {
        let code = codes.iter().position(|code| *code == code_of(graph, op));
        operators.push(operator(
            &mut builder,
            graph,
            op,
            *helper,
            code.unwrap_or(0) as u32,
        ));
    }
    let subgraph = subgraph(&mut builder, graph, &tensor_offsets, &operators);
    let codes = codes
        .into_iter()
        .map(|(builtin, version)| {
            table(&mut builder, |b| {
                use schema::operator_code::{BUILTIN, DEPRECATED_BUILTIN, VERSION};
                b.push_slot(slot(DEPRECATED_BUILTIN), builtin as i8, 0);
                b.push_slot(slot(VERSION), version, 1);
                b.push_slot(slot(BUILTIN), builtin, 0);
            })
        })
        .collect::<Vec<_>>();
    Ok(finish(builder, &codes, subgraph, &buffers, &metadata))
}

fn refuse(message: String) -> Diagnostic {
    Diagnostic::general(codes::TFLITE_OPERATOR, message)
}

fn bytes_of(tensor: &Tensor) -> usize {
    tensor.len().saturating_mul(tensor.dtype.bytes())
}

/// The offset of a field in a table's list of fields.
fn slot(field: u16) -> u16 {
    4 + 2 * field
}

fn table(builder: &mut Builder, fields: impl FnOnce(&mut Builder)) -> Offset {
    let start = builder.start_table();
    fields(builder);
    builder.end_table(start)
}

/// Constants that exist in the file only: the shape of a RESHAPE's result, the axes of a MEAN, the
/// margins of a PAD. Each is its operator's second input.
struct Helpers {
    tensors: Vec<Tensor>,
    /// For each operator, the index in the file of the constant that it reads beside its inputs.
    of_operator: Vec<Option<i32>>,
}

impl Helpers {
    fn new(graph: &Graph) -> Self {
        let mut helpers = Self {
            tensors: Vec::new(),
            of_operator: Vec::new(),
        };
        for op in &graph.operators {
            let output = &graph.tensors[op.outputs[0]];
            let (role, shape, values) = match &op.kind {
                // A constant of no numbers has no bytes to be known by.
                OperatorKind::Reshape if output.shape.is_empty() => {
                    helpers.of_operator.push(None);
                    continue;
                }
                OperatorKind::Reshape => ("shape", vec![output.shape.len()], output.shape.clone()),
                OperatorKind::Mean { axes, .. } => ("axes", vec![axes.len()], axes.clone()),
                OperatorKind::Pad { margins } => (
                    "margins",
                    vec![margins.len(), 2],
                    margins.as_flattened().to_vec(),
                ),
                _ => {
                    helpers.of_operator.push(None);
                    continue;
                }
            };
            helpers
                .of_operator
                .push(Some((graph.tensors.len() + helpers.tensors.len()) as i32));
            helpers.tensors.push(Tensor {
                name: format!("{}.{role}", output.name),
                shape,
                dtype: DType::I32,
                quantization: None,
                data: Some(TensorData::I32(values.iter().map(|v| *v as i32).collect())),
            });
        }
        helpers
    }
}

/// The distinct operator codes of the graph with their versions, in the order of first use.
fn operator_codes(graph: &Graph) -> Result<Vec<(i32, i32)>, Diagnostic> {
    let mut codes = Vec::new();
    for op in &graph.operators {
        match op.kind {
            OperatorKind::BatchNorm { .. } => {
                let message = "BATCH_NORM has to be folded before the graph is written";
                return Err(refuse(message.into()));
            }
            OperatorKind::History => {
                let message = "a graph with a HISTORY has no file: write the one it was made from";
                return Err(refuse(message.into()));
            }
            _ => {}
        }
        let code = code_of(graph, op);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// Builtin code and the lowest version that has what the operator uses.
fn code_of(graph: &Graph, op: &Operator) -> (i32, i32) {
    let int8 = op
        .outputs
        .first()
        .is_some_and(|id| graph.tensors[*id].dtype == DType::I8);
    let when_int8 = |version: i32| if int8 { version } else { 1 };
    match &op.kind {
        OperatorKind::Conv2d(_) => (builtin::CONV_2D, when_int8(3)),
        OperatorKind::DepthwiseConv2d(c) => {
            let version = if c.dilation == [1, 1] { 1 } else { 2 };
            (builtin::DEPTHWISE_CONV_2D, if int8 { 3 } else { version })
        }
        OperatorKind::FullyConnected { .. } => (builtin::FULLY_CONNECTED, when_int8(4)),
        OperatorKind::MaxPool2d(_) => (builtin::MAX_POOL_2D, when_int8(2)),
        OperatorKind::AvgPool2d(_) => (builtin::AVERAGE_POOL_2D, when_int8(2)),
        OperatorKind::Mean { .. } => (builtin::MEAN, when_int8(2)),
        OperatorKind::Add { .. } => (builtin::ADD, when_int8(2)),
        OperatorKind::Mul { .. } => (builtin::MUL, when_int8(2)),
        OperatorKind::Pad { .. } if op.inputs.len() > 1 => (builtin::PADV2, when_int8(2)),
        OperatorKind::Pad { .. } => (builtin::PAD, when_int8(2)),
        OperatorKind::Concatenation { .. } => (builtin::CONCATENATION, when_int8(2)),
        OperatorKind::Reshape => (builtin::RESHAPE, 1),
        OperatorKind::Softmax { .. } => (builtin::SOFTMAX, when_int8(2)),
        OperatorKind::Logistic => (builtin::LOGISTIC, when_int8(2)),
        OperatorKind::Relu => (builtin::RELU, when_int8(2)),
        OperatorKind::Relu6 => (builtin::RELU6, when_int8(2)),
        OperatorKind::ReluN1To1 => (builtin::RELU_N1_TO_1, 1),
        OperatorKind::Quantize => {
            let input = op.inputs.first().copied().flatten();
            let requantizes = input.is_some_and(|id| graph.tensors[id].dtype == DType::I8);
            (builtin::QUANTIZE, if requantizes { 2 } else { 1 })
        }
        OperatorKind::Dequantize => (builtin::DEQUANTIZE, 2),
        OperatorKind::BatchNorm { .. } | OperatorKind::History => (builtin::CUSTOM, 1),
    }
}

/// A buffer whose first byte is aligned to [`schema::BUFFER_ALIGNMENT`] from the end of the file.
fn buffer(builder: &mut Builder, data: &TensorData) -> Offset {
    let bytes: Vec<u8> = match data {
        TensorData::I8(values) => values.iter().map(|v| v.cast_unsigned()).collect(),
        TensorData::I32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        TensorData::F32(values) => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
    };
    pad(builder, bytes.len());
    let data = builder.create_vector(&bytes);
    table(builder, |b| {
        b.push_slot_always(slot(schema::buffer::DATA), data)
    })
}

/// Pads so that `n_bytes` more end at a multiple of the alignment, counted from the file's end:
/// the builder works from the end to the front.
fn pad(builder: &mut Builder, n_bytes: usize) {
    let used = builder.unfinished_data().len() + n_bytes;
    for _ in 0..used.next_multiple_of(schema::BUFFER_ALIGNMENT) - used {
        builder.push(0_u8);
    }
}

fn write_tensor(builder: &mut Builder, tensor: &Tensor, buffer: u32) -> Offset {
    let shape: Vec<i32> = tensor.shape.iter().map(|d| *d as i32).collect();
    let shape = builder.create_vector(&shape);
    let name = builder.create_string(&tensor.name);
    let quantization = tensor
        .quantization
        .as_ref()
        .map(|q| write_quantization(builder, q));
    let dtype = match tensor.dtype {
        DType::I8 => tensor_type::INT8,
        DType::I32 => tensor_type::INT32,
        DType::F32 => tensor_type::FLOAT32,
    };
    table(builder, |b| {
        use schema::tensor::{BUFFER, NAME, QUANTIZATION, SHAPE, TYPE};
        b.push_slot_always(slot(SHAPE), shape);
        b.push_slot(slot(TYPE), dtype, 0);
        b.push_slot(slot(BUFFER), buffer, 0);
        b.push_slot_always(slot(NAME), name);
        if let Some(quantization) = quantization {
            b.push_slot_always(slot(QUANTIZATION), quantization);
        }
    })
}

fn write_quantization(builder: &mut Builder, quantization: &Quantization) -> Offset {
    use schema::quantization::{DIMENSION, SCALE, ZERO_POINT};
    let scales = builder.create_vector(&quantization.scales);
    let zero_points: Vec<i64> = quantization
        .zero_points
        .iter()
        .copied()
        .map(i64::from)
        .collect();
    let zero_points = builder.create_vector(&zero_points);
    table(builder, |b| {
        b.push_slot_always(slot(SCALE), scales);
        b.push_slot_always(slot(ZERO_POINT), zero_points);
        b.push_slot(slot(DIMENSION), quantization.axis as i32, 0);
    })
}

fn operator(
    builder: &mut Builder,
    graph: &Graph,
    op: &Operator,
    helper: Option<i32>,
    code: u32,
) -> Offset {
    let n_inputs = op
        .inputs
        .iter()
        .rposition(Option::is_some)
        .map_or(0, |last| last + 1);
    let ids = op.inputs[..n_inputs]
        .iter()
        .map(|id| id.map_or(-1, |id| id as i32));
    let mut inputs: Vec<i32> = ids.collect();
    if let Some(helper) = helper {
        inputs.insert(1.min(inputs.len()), helper);
    }
    let inputs = builder.create_vector(&inputs);
    let outputs: Vec<i32> = op.outputs.iter().map(|id| *id as i32).collect();
    let outputs = builder.create_vector(&outputs);
    let (options_type, options) = options(builder, graph, op);
    table(builder, |b| {
        use schema::operator::{CODE, INPUTS, OPTIONS, OPTIONS_TYPE, OUTPUTS};
        b.push_slot(slot(CODE), code, 0);
        b.push_slot_always(slot(INPUTS), inputs);
        b.push_slot_always(slot(OUTPUTS), outputs);
        if let Some(options) = options {
            b.push_slot(slot(OPTIONS_TYPE), options_type, 0);
            b.push_slot_always(slot(OPTIONS), options);
        }
    })
}

fn options(builder: &mut Builder, graph: &Graph, op: &Operator) -> (u8, Option<Offset>) {
    let (kind, options) = match &op.kind {
        OperatorKind::Conv2d(c) => (options_type::CONV_2D, conv2d(builder, c)),
        OperatorKind::DepthwiseConv2d(c) => {
            let channels = |id: usize| graph.tensors[id].shape.last().copied().unwrap_or(1);
            let input = op.inputs.first().copied().flatten().map_or(1, channels);
            let multiplier = channels(op.outputs[0]) / input.max(1);
            (
                options_type::DEPTHWISE_CONV_2D,
                depthwise(builder, c, multiplier as i32),
            )
        }
        OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => {
            (options_type::POOL_2D, pool2d(builder, p))
        }
        OperatorKind::FullyConnected { activation } => {
            let keep_dims = graph.tensors[op.outputs[0]].shape.len() != 2;
            let table = table(builder, |b| {
                use schema::fully_connected::{ACTIVATION, KEEP_DIMS};
                b.push_slot(slot(ACTIVATION), activation_code(*activation), 0);
                b.push_slot(slot(KEEP_DIMS), keep_dims, false);
            });
            (options_type::FULLY_CONNECTED, table)
        }
        OperatorKind::Mean { keep_dims, .. } => {
            let keep =
                |b: &mut Builder| b.push_slot(slot(schema::reducer::KEEP_DIMS), *keep_dims, false);
            (options_type::REDUCER, table(builder, keep))
        }
        OperatorKind::Add { activation } => {
            let code = activation_code(*activation);
            let fields = |b: &mut Builder| b.push_slot(slot(schema::add::ACTIVATION), code, 0);
            (options_type::ADD, table(builder, fields))
        }
        OperatorKind::Reshape => {
            let shape: Vec<i32> = graph.tensors[op.outputs[0]]
                .shape
                .iter()
                .map(|d| *d as i32)
                .collect();
            let shape = builder.create_vector(&shape);
            let fields = |b: &mut Builder| b.push_slot_always(slot(schema::reshape::SHAPE), shape);
            (options_type::RESHAPE, table(builder, fields))
        }
        OperatorKind::Softmax { beta } => {
            let fields = |b: &mut Builder| b.push_slot(slot(schema::softmax::BETA), *beta, 0.0);
            (options_type::SOFTMAX, table(builder, fields))
        }
        OperatorKind::Mul { activation } => {
            let code = activation_code(*activation);
            let fields = |b: &mut Builder| b.push_slot(slot(schema::mul::ACTIVATION), code, 0);
            (options_type::MUL, table(builder, fields))
        }
        OperatorKind::Concatenation { axis } => {
            let axis = *axis as i32;
            let fields = |b: &mut Builder| b.push_slot(slot(schema::concatenation::AXIS), axis, 0);
            (options_type::CONCATENATION, table(builder, fields))
        }
        OperatorKind::Pad { .. }
        | OperatorKind::Logistic
        | OperatorKind::Relu
        | OperatorKind::Relu6
        | OperatorKind::ReluN1To1
        | OperatorKind::Quantize
        | OperatorKind::Dequantize
        | OperatorKind::BatchNorm { .. }
        | OperatorKind::History => return (options_type::NONE, None),
    };
    (kind, Some(options))
}

fn conv2d(builder: &mut Builder, c: &Conv2d) -> Offset {
    table(builder, |b| {
        use schema::conv2d::{ACTIVATION, DILATION_H, DILATION_W, PADDING, STRIDE_H, STRIDE_W};
        b.push_slot(slot(PADDING), padding_code(c.padding), 0);
        b.push_slot(slot(STRIDE_W), c.stride[1] as i32, 0);
        b.push_slot(slot(STRIDE_H), c.stride[0] as i32, 0);
        b.push_slot(slot(ACTIVATION), activation_code(c.activation), 0);
        b.push_slot(slot(DILATION_W), c.dilation[1] as i32, 1);
        b.push_slot(slot(DILATION_H), c.dilation[0] as i32, 1);
    })
}

fn depthwise(builder: &mut Builder, c: &Conv2d, multiplier: i32) -> Offset {
    table(builder, |b| {
        use schema::depthwise::{
            ACTIVATION, DILATION_H, DILATION_W, MULTIPLIER, PADDING, STRIDE_H, STRIDE_W,
        };
        b.push_slot(slot(PADDING), padding_code(c.padding), 0);
        b.push_slot(slot(STRIDE_W), c.stride[1] as i32, 0);
        b.push_slot(slot(STRIDE_H), c.stride[0] as i32, 0);
        b.push_slot(slot(MULTIPLIER), multiplier, 0);
        b.push_slot(slot(ACTIVATION), activation_code(c.activation), 0);
        b.push_slot(slot(DILATION_W), c.dilation[1] as i32, 1);
        b.push_slot(slot(DILATION_H), c.dilation[0] as i32, 1);
    })
}

fn pool2d(builder: &mut Builder, p: &Pool2d) -> Offset {
    table(builder, |b| {
        use schema::pool2d::{ACTIVATION, PADDING, SIZE_H, SIZE_W, STRIDE_H, STRIDE_W};
        b.push_slot(slot(PADDING), padding_code(p.padding), 0);
        b.push_slot(slot(STRIDE_W), p.stride[1] as i32, 0);
        b.push_slot(slot(STRIDE_H), p.stride[0] as i32, 0);
        b.push_slot(slot(SIZE_W), p.size[1] as i32, 0);
        b.push_slot(slot(SIZE_H), p.size[0] as i32, 0);
        b.push_slot(slot(ACTIVATION), activation_code(p.activation), 0);
    })
}

fn padding_code(padding: Padding) -> i8 {
    match padding {
        Padding::Same => 0,
        Padding::Valid => 1,
    }
}

fn activation_code(activation: Activation) -> i8 {
    match activation {
        Activation::None => 0,
        Activation::Relu => 1,
        Activation::ReluN1To1 => 2,
        Activation::Relu6 => 3,
    }
}

fn subgraph(
    builder: &mut Builder,
    graph: &Graph,
    tensors: &[Offset],
    operators: &[Offset],
) -> Offset {
    let ids = |ids: &[usize]| ids.iter().map(|id| *id as i32).collect::<Vec<_>>();
    let tensors = builder.create_vector(tensors);
    let inputs = builder.create_vector(&ids(&graph.inputs));
    let outputs = builder.create_vector(&ids(&graph.outputs));
    let operators = builder.create_vector(operators);
    let name = builder.create_string(&graph.name);
    table(builder, |b| {
        use schema::subgraph::{INPUTS, NAME, OPERATORS, OUTPUTS, TENSORS};
        b.push_slot_always(slot(TENSORS), tensors);
        b.push_slot_always(slot(INPUTS), inputs);
        b.push_slot_always(slot(OUTPUTS), outputs);
        b.push_slot_always(slot(OPERATORS), operators);
        b.push_slot_always(slot(NAME), name);
    })
}

fn finish(
    mut builder: Builder,
    codes: &[Offset],
    subgraph: Offset,
    buffers: &[Offset],
    metadata: &[Offset],
) -> Vec<u8> {
    let codes = builder.create_vector(codes);
    let subgraphs = builder.create_vector(&[subgraph]);
    let description = builder.create_string("impulse");
    let buffers = builder.create_vector(buffers);
    let metadata = (!metadata.is_empty()).then(|| builder.create_vector(metadata));
    let model = table(&mut builder, |b| {
        use schema::model::{BUFFERS, DESCRIPTION, METADATA, OPERATOR_CODES, SUBGRAPHS, VERSION};
        b.push_slot(slot(VERSION), schema::VERSION, 0);
        b.push_slot_always(slot(OPERATOR_CODES), codes);
        b.push_slot_always(slot(SUBGRAPHS), subgraphs);
        b.push_slot_always(slot(DESCRIPTION), description);
        b.push_slot_always(slot(BUFFERS), buffers);
        if let Some(metadata) = metadata {
            b.push_slot_always(slot(METADATA), metadata);
        }
    });
    // Root offset and identifier come first; with them the file is a multiple of the alignment.
    pad(&mut builder, 8);
    builder.finish(model, Some(schema::IDENTIFIER));
    builder.finished_data().to_vec()
}
