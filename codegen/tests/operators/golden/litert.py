"""Makes networks of one operator each, NAME.tflite, runs them in LiteRT's reference kernels, and
writes what comes out as NAME.txt: a line per seed. Weights come from a generator with a fixed
seed. Needs the packages ai-edge-litert and numpy; the tests do not need it.

    python3 litert.py
"""

import importlib.metadata
import pathlib

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

FOLDER = pathlib.Path(__file__).parent
SEEDS = [1, 2, 3]
INT8, INT32 = schema.TensorType.INT8, schema.TensorType.INT32
OPERATOR, OPTIONS = schema.BuiltinOperator, schema.BuiltinOptions
VERSIONS = {
    OPERATOR.FULLY_CONNECTED: 4, OPERATOR.CONV_2D: 3, OPERATOR.DEPTHWISE_CONV_2D: 3,
    OPERATOR.RELU_N1_TO_1: 1, OPERATOR.EXPAND_DIMS: 1, OPERATOR.SQUEEZE: 1,
}
SAME, VALID = 0, 1
NONE, RELU, RELU_N1_TO_1, RELU6 = 0, 1, 2, 3
# Scales and zero points that reach all branches: steep, shallow, one-sided, saturating.
LOGISTICS = {
    "logistic": (0.05, 3),
    "logistic_steep": (0.4, -20),
    "logistic_shallow": (0.002, 100),
    "logistic_wide": (3.1, -128),
}

generator = np.random.default_rng(1)


def noise(seed, n):
    """n values of the linear congruential generator that the test uses."""
    x, values = seed, []
    for _ in range(n):
        x = (x * 1664525 + 1013904223) % 2**32
        values.append(x >> 24)
    return np.array(values, np.uint8).view(np.int8)


def affine(scales, zero_points, axis=0):
    q = schema.QuantizationParametersT()
    q.scale = [float(s) for s in np.atleast_1d(scales)]
    q.zeroPoint = [int(z) for z in np.atleast_1d(zero_points)]
    q.quantizedDimension = axis
    return q


def options(cls, **fields):
    made = cls()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def network(tensors, operators, inputs, outputs):
    """tensors: (shape, type, quantization, constant or None); operators: (code, kind of options,
    options, inputs, outputs)."""
    model = schema.ModelT()
    model.version, model.description = 3, ""
    model.buffers, model.operatorCodes = [schema.BufferT()], []
    graph = schema.SubGraphT()
    graph.name, graph.inputs, graph.outputs = "main", inputs, outputs
    graph.tensors, graph.operators = [], []
    for index, (shape, kind, quantization, constant) in enumerate(tensors):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type = f"t{index}", list(shape), kind
        tensor.quantization, tensor.buffer = quantization, 0
        if constant is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(constant.tobytes(), np.uint8)
            model.buffers.append(buffer)
            tensor.buffer = len(model.buffers) - 1
        graph.tensors.append(tensor)
    for code, kind, fields, sources, targets in operators:
        entry = schema.OperatorCodeT()
        entry.builtinCode, entry.deprecatedBuiltinCode = code, min(code, 127)
        entry.version = VERSIONS.get(code, 2)
        model.operatorCodes.append(entry)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(model.operatorCodes) - 1
        operator.inputs, operator.outputs = sources, targets
        operator.builtinOptionsType, operator.builtinOptions = kind, fields
        graph.operators.append(operator)
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write(name, *parts):
    content = network(*parts)
    (FOLDER / f"{name}.tflite").write_bytes(content)
    interpreter = Interpreter(
        model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    lines = [f"# litert.py, ai-edge-litert {importlib.metadata.version('ai-edge-litert')}, BUILTIN_REF"]
    for seed in SEEDS:
        values = noise(seed, int(np.prod(source["shape"])))
        interpreter.set_tensor(source["index"], values.reshape(source["shape"]))
        interpreter.invoke()
        result = interpreter.get_tensor(target["index"]).flatten()
        lines.append(f"{seed}: " + " ".join(map(str, result)))
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n")


def slid(n, kernel, stride, dilation, padding):
    reach = (kernel - 1) * dilation + 1
    return -(-n // stride) if padding == SAME else (n - reach) // stride + 1


def weights(shape):
    return generator.integers(-127, 128, shape).astype(np.int8)


def bias(n):
    return generator.integers(-3000, 3000, n).astype(np.int32)


def convolution(name, size, filters, kernel, stride, dilation, padding, activation, depthwise=False):
    height, width, channels = size
    scales = generator.uniform(0.01, 0.05, filters).astype(np.float32) / (1 if depthwise else 4)
    shape = (1, *kernel, filters) if depthwise else (filters, *kernel, channels)
    made = [slid(n, *rest, padding) for n, *rest in zip((height, width), kernel, stride, dilation)]
    cls = schema.DepthwiseConv2DOptionsT if depthwise else schema.Conv2DOptionsT
    fields = options(
        cls, padding=padding, strideH=stride[0], strideW=stride[1],
        dilationHFactor=dilation[0], dilationWFactor=dilation[1],
        fusedActivationFunction=activation,
    )
    if depthwise:
        fields.depthMultiplier = filters // channels
    write(
        name,
        [
            ((1, height, width, channels), INT8, affine(0.05, 3), None),
            (shape, INT8, affine(scales, [0] * filters, 3 if depthwise else 0), weights(shape)),
            ((filters,), INT32, affine(scales * np.float32(0.05), [0] * filters), bias(filters)),
            ((1, *made, filters), INT8, affine(0.09, -20), None),
        ],
        [(
            OPERATOR.DEPTHWISE_CONV_2D if depthwise else OPERATOR.CONV_2D,
            OPTIONS.DepthwiseConv2DOptions if depthwise else OPTIONS.Conv2DOptions,
            fields, [0, 1, 2], [3],
        )],
        [0], [3],
    )


def fully_connected(name, inputs, units, per_unit, zero_point, activation):
    scales = generator.uniform(0.01, 0.05, units if per_unit else 1).astype(np.float32)
    zeros = [zero_point] * len(scales)
    fields = options(
        schema.FullyConnectedOptionsT, fusedActivationFunction=activation, keepNumDims=False
    )
    write(
        name,
        [
            ((1, inputs), INT8, affine(0.05, 11), None),
            ((units, inputs), INT8, affine(scales, zeros), weights((units, inputs))),
            ((units,), INT32, affine(scales * np.float32(0.05), [0] * len(scales)), bias(units)),
            ((1, units), INT8, affine(0.15, -20), None),
        ],
        [(OPERATOR.FULLY_CONNECTED, OPTIONS.FullyConnectedOptions, fields, [0, 1, 2], [3])],
        [0], [3],
    )


def pool(name, code, size, window, stride, padding, activation):
    height, width, channels = size
    made = [slid(n, *rest, 1, padding) for n, *rest in zip((height, width), window, stride)]
    fields = options(
        schema.Pool2DOptionsT, padding=padding, strideH=stride[0], strideW=stride[1],
        filterHeight=window[0], filterWidth=window[1], fusedActivationFunction=activation,
    )
    write(
        name,
        [
            ((1, height, width, channels), INT8, affine(0.05, -4), None),
            ((1, *made, channels), INT8, affine(0.05, -4), None),
        ],
        [(code, OPTIONS.Pool2DOptions, fields, [0], [1])],
        [0], [1],
    )


def mean(name, shape, axes, keep, scale, zero_point):
    reduced = [1 if i in axes else n for i, n in enumerate(shape) if keep or i not in axes]
    write(
        name,
        [
            (shape, INT8, affine(0.05, 3), None),
            ((len(axes),), INT32, None, np.array(axes, np.int32)),
            (reduced, INT8, affine(scale, zero_point), None),
        ],
        [(OPERATOR.MEAN, OPTIONS.ReducerOptions, options(schema.ReducerOptionsT, keepDims=keep), [0, 1], [2])],
        [0], [2],
    )


def add(name, other, output, activation):
    """The input plus its RELU, which is rescaled to `other`."""
    shape = (1, 7, 5, 3)
    write(
        name,
        [(shape, INT8, affine(0.05, 3), None), (shape, INT8, affine(*other), None), (shape, INT8, affine(*output), None)],
        [
            (OPERATOR.RELU, OPTIONS.NONE, None, [0], [1]),
            (OPERATOR.ADD, OPTIONS.AddOptions, options(schema.AddOptionsT, fusedActivationFunction=activation), [0, 1], [2]),
        ],
        [0], [2],
    )


def softmax(name, shape, scale):
    write(
        name,
        [(shape, INT8, affine(scale, 14), None), (shape, INT8, affine(1 / 256, -128), None)],
        [(OPERATOR.SOFTMAX, OPTIONS.SoftmaxOptions, options(schema.SoftmaxOptionsT, beta=1.0), [0], [1])],
        [0], [1],
    )


def unary(name, code, shape, source, target, kind=OPTIONS.NONE, fields=None, made=None, more=()):
    """One operand, which may be rescaled; `more` are constants beside it: (type, quantization,
    values)."""
    constants = [(values.shape, kind_of, q, values) for kind_of, q, values in more]
    write(
        name,
        [(shape, INT8, affine(*source), None), *constants, (made or shape, INT8, affine(*target), None)],
        [(code, kind, fields, list(range(len(constants) + 1)), [len(constants) + 1])],
        [0], [len(constants) + 1],
    )


def channels(name, code, kind, cls, shape, constant_shape, activation, first=False):
    """The input and a constant that is repeated, which comes first or second."""
    other = weights(constant_shape)
    tensors = [
        (shape, INT8, affine(0.05, 3), None),
        (constant_shape, INT8, affine(0.02, -7), other),
        (shape, INT8, affine(0.07, -11), None),
    ]
    fields = options(cls, fusedActivationFunction=activation)
    write(name, tensors, [(code, kind, fields, [1, 0] if first else [0, 1], [2])], [0], [2])


def gate(name):
    """Each channel times a number that the mean of the channel gives: both operands computed."""
    shape = (1, 6, 5, 4)
    write(
        name,
        [
            (shape, INT8, affine(0.05, 3), None),
            ((2,), INT32, None, np.array([1, 2], np.int32)),
            ((1, 1, 1, 4), INT8, affine(0.03, -9), None),
            ((1, 1, 1, 4), INT8, affine(1 / 256, -128), None),
            (shape, INT8, affine(0.02, 5), None),
        ],
        [
            (OPERATOR.MEAN, OPTIONS.ReducerOptions, options(schema.ReducerOptionsT, keepDims=True), [0, 1], [2]),
            (OPERATOR.LOGISTIC, OPTIONS.NONE, None, [2], [3]),
            (OPERATOR.MUL, OPTIONS.MulOptions, options(schema.MulOptionsT), [0, 3], [4]),
        ],
        [0], [4],
    )


def square(name, activation):
    """The input times its RELU6."""
    shape = (1, 7, 5, 3)
    fields = options(schema.MulOptionsT, fusedActivationFunction=activation)
    write(
        name,
        [(shape, INT8, affine(0.05, 3), None), (shape, INT8, affine(0.03, -128), None), (shape, INT8, affine(0.09, -20), None)],
        [
            (OPERATOR.RELU6, OPTIONS.NONE, None, [0], [1]),
            (OPERATOR.MUL, OPTIONS.MulOptions, fields, [0, 1], [2]),
        ],
        [0], [2],
    )


def joined(name, shape, axis):
    """The input, its RELU and the input again, one after the other along `axis`."""
    made = list(shape)
    made[axis] *= 3
    same = affine(0.05, 3)
    write(
        name,
        [(shape, INT8, same, None), (shape, INT8, same, None), (made, INT8, same, None)],
        [
            (OPERATOR.RELU, OPTIONS.NONE, None, [0], [1]),
            (OPERATOR.CONCATENATION, OPTIONS.ConcatenationOptions, options(schema.ConcatenationOptionsT, axis=axis), [0, 1, 0], [2]),
        ],
        [0], [2],
    )


def pad(name, shape, margins, value=None):
    made = [n + sum(margin) for n, margin in zip(shape, margins)]
    same = (0.05, 3)
    more = [(INT32, None, np.array(margins, np.int32))]
    if value is not None:
        more.append((INT8, affine(*same), np.array([value], np.int8)))
    code = OPERATOR.PAD if value is None else OPERATOR.PADV2
    unary(name, code, shape, same, same, made=made, more=more)


def shapes(name):
    """A dimension more, and dropped again."""
    same = affine(0.05, 3)
    write(
        name,
        [
            ((1, 5, 3), INT8, same, None),
            ((), INT32, None, np.array(-1, np.int32)),
            ((1, 5, 3, 1), INT8, same, None),
            ((1, 5, 3), INT8, same, None),
        ],
        [
            (OPERATOR.EXPAND_DIMS, OPTIONS.ExpandDimsOptions, options(schema.ExpandDimsOptionsT), [0, 1], [2]),
            (OPERATOR.SQUEEZE, OPTIONS.SqueezeOptions, options(schema.SqueezeOptionsT, squeezeDims=[-1]), [2], [3]),
        ],
        [0], [3],
    )


def main():
    convolution("conv_stride", (9, 7, 3), 5, (3, 3), (2, 2), (1, 1), SAME, RELU)
    convolution("conv_dilated", (9, 7, 3), 5, (3, 2), (1, 2), (2, 2), SAME, NONE)
    convolution("conv_dilated_valid", (11, 9, 2), 4, (3, 3), (1, 1), (3, 2), VALID, RELU6)
    convolution("conv_1d", (20, 1, 13), 8, (5, 1), (2, 1), (1, 1), SAME, RELU)
    convolution("conv_column_dilation", (6, 5, 2), 3, (3, 1), (1, 1), (1, 3), VALID, NONE)
    convolution("depthwise_stride", (9, 7, 3), 3, (3, 3), (2, 2), (1, 1), SAME, RELU, True)
    convolution("depthwise_multiplier", (9, 7, 3), 12, (3, 2), (1, 1), (2, 1), SAME, NONE, True)
    convolution("depthwise_first", (9, 9, 1), 8, (10, 4), (2, 2), (1, 1), SAME, RELU, True)
    convolution("depthwise_1d", (20, 1, 6), 6, (5, 1), (1, 1), (1, 1), VALID, RELU6, True)
    fully_connected("dense", 101, 19, False, 0, NONE)
    fully_connected("dense_per_unit", 50, 19, True, 0, RELU)
    fully_connected("dense_offset", 50, 19, False, 5, NONE)
    pool("max_pool", OPERATOR.MAX_POOL_2D, (9, 7, 3), (3, 2), (2, 2), SAME, NONE)
    pool("max_pool_relu6", OPERATOR.MAX_POOL_2D, (9, 7, 3), (2, 2), (2, 2), VALID, RELU6)
    pool("avg_pool", OPERATOR.AVERAGE_POOL_2D, (9, 7, 3), (3, 3), (2, 2), SAME, NONE)
    pool("avg_pool_global", OPERATOR.AVERAGE_POOL_2D, (9, 7, 3), (9, 7), (1, 1), VALID, RELU)
    mean("mean", (1, 13, 7, 5), (1, 2), False, 0.031, -9)
    mean("mean_keep", (1, 8, 8, 4), (1, 2), True, 0.011, 3)
    mean("mean_last", (1, 20, 9), (2,), False, 0.02, 5)
    mean("mean_1d", (1, 25, 1, 16), (1, 2), False, 0.012, -128)
    add("add", (0.04, -128), (0.07, 3), NONE)
    add("add_relu", (0.05, 9), (0.05, -5), RELU)
    add("add_wide", (0.3, 20), (0.2, -128), RELU6)
    channels("add_channels", OPERATOR.ADD, OPTIONS.AddOptions, schema.AddOptionsT, (1, 4, 5, 6), (6,), RELU)
    channels("add_scalar", OPERATOR.ADD, OPTIONS.AddOptions, schema.AddOptionsT, (1, 9, 5), (1,), NONE, True)
    channels("mul_channels", OPERATOR.MUL, OPTIONS.MulOptions, schema.MulOptionsT, (1, 4, 5, 6), (1, 1, 1, 6), NONE, True)
    channels("mul_scalar", OPERATOR.MUL, OPTIONS.MulOptions, schema.MulOptionsT, (1, 30), (1, 1), RELU_N1_TO_1)
    square("mul", RELU6)
    gate("mul_gate")
    pad("pad", (1, 4, 5, 3), [(0, 0), (1, 2), (3, 0), (0, 0)])
    pad("pad_all", (1, 4, 3), [(0, 0), (0, 2), (2, 1)])
    pad("pad_value", (1, 3, 3, 2), [(0, 0), (2, 1), (0, 1), (1, 1)], -77)
    joined("concatenation_channels", (1, 4, 3, 5), 3)
    joined("concatenation_rows", (1, 4, 3), -2)
    unary("relu6", OPERATOR.RELU6, (1, 60), (0.09, -70), (0.04, -100))
    unary("relu_n1_to_1", OPERATOR.RELU_N1_TO_1, (1, 60), (0.02, 10), (0.01, 3))
    unary("requantize", OPERATOR.QUANTIZE, (1, 60), (0.09, -70), (0.04, 12))
    unary("requantize_up", OPERATOR.QUANTIZE, (1, 60), (0.01, 5), (0.2, -3))
    shapes("dimensions")
    for name, source in LOGISTICS.items():
        unary(name, OPERATOR.LOGISTIC, (1, 300), source, (1 / 256, -128))
    softmax("softmax", (1, 12), 0.37)
    softmax("softmax_flat", (1, 40), 0.02)
    softmax("softmax_rows", (1, 5, 4), 0.6)


main()
