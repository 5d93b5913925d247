//! The layers of `network`.

use super::{Accept, Block, Default, Form, Key};
use crate::units::Dimension;

const SIDE: u64 = 1024;

const FILTERS: Key = Key {
    name: "filters",
    doc: "output channels",
    form: Form::Value(&[Accept::Count(
        Dimension::Count("filters, neurons"),
        1,
        65_536,
    )]),
    default: Default::Required("8 filters"),
    positional: true,
};

const KERNEL_1D: Key = Key {
    name: "kernel",
    doc: "length of the kernel in time steps",
    form: Form::Value(&[Accept::Count(Dimension::Count("frames"), 1, SIDE)]),
    default: Default::Required("3"),
    positional: false,
};

const KERNEL_2D: Key = Key {
    name: "kernel",
    doc: "height and width of the kernel; one number for a square",
    form: Form::Value(&[
        Accept::Count(Dimension::Count(""), 1, SIDE),
        Accept::Dims(2, 2, 1, SIDE),
    ]),
    default: Default::Required("3"),
    positional: false,
};

const STRIDE_1D: Key = Key {
    name: "stride",
    doc: "time steps between two positions of the kernel",
    form: Form::Value(&[Accept::Count(Dimension::Count("frames"), 1, SIDE)]),
    default: Default::Value("1"),
    positional: false,
};

const STRIDE_2D: Key = Key {
    name: "stride",
    doc: "steps between two positions of the kernel; one number for both directions",
    form: Form::Value(&[
        Accept::Count(Dimension::Count(""), 1, SIDE),
        Accept::Dims(2, 2, 1, SIDE),
    ]),
    default: Default::Value("1"),
    positional: false,
};

const PADDING: Key = Key {
    name: "padding",
    doc: "same: zeros around, as many outputs as inputs over the stride; valid: none",
    form: Form::Value(&[Accept::Words(&["same", "valid"])]),
    default: Default::Value("same"),
    positional: false,
};

const ACTIVATION: Key = Key {
    name: "activation",
    doc: "applied to the result",
    form: Form::Value(&[Accept::Words(&["relu", "relu6", "none"])]),
    default: Default::Value("none"),
    positional: true,
};

const BIAS: Key = Key {
    name: "bias",
    doc: "whether a bias is added; leave it out before a batch_norm",
    form: Form::Value(&[Accept::Words(&["yes", "no"])]),
    default: Default::Value("yes"),
    positional: false,
};

const MAX_NORM: Key = Key {
    name: "max_norm",
    doc: "largest Euclidean norm of one output channel's weights, enforced after each step",
    form: Form::Value(&[Accept::Number(Dimension::One, 1e-3, 1e6)]),
    default: Default::Words("no bound"),
    positional: false,
};

const MULTIPLIER: Key = Key {
    name: "multiplier",
    doc: "output channels for each input channel",
    form: Form::Value(&[Accept::Count(Dimension::Count(""), 1, 64)]),
    default: Default::Value("1"),
    positional: false,
};

const SIZE: Key = Key {
    name: "size",
    doc: "what is pooled into one value; along time on time x channels, one number for a square \
          on height x width x channels",
    form: Form::Value(&[
        Accept::Count(Dimension::Count(""), 1, SIDE),
        Accept::Dims(2, 2, 1, SIDE),
    ]),
    default: Default::Required("2"),
    positional: true,
};

const POOL_STRIDE: Key = Key {
    default: Default::Words("the size"),
    ..STRIDE_2D
};

/// A layer with these keys.
const fn block(
    name: &'static str,
    doc: &'static str,
    keys: &'static [Key],
    example: &'static str,
) -> Block {
    Block {
        name,
        doc,
        keys,
        any: None,
        ordered: false,
        braces: false,
        example,
    }
}

const fn layer(block: &'static Block) -> Key {
    Key {
        name: block.name,
        doc: block.doc,
        form: Form::Block(block),
        default: Default::Words(""),
        positional: false,
    }
}

static RESHAPE: Block = block(
    "reshape",
    "The same values with other dimensions: the whole shape, or the number of columns.",
    &[Key {
        name: "shape",
        doc: "the dimensions, or the length of the last one",
        form: Form::Value(&[
            Accept::Dims(1, 3, 1, 1 << 24),
            Accept::Count(Dimension::Count("columns"), 1, 1 << 24),
        ]),
        default: Default::Required("13 columns"),
        positional: true,
    }],
    "reshape 13 columns",
);

static CONV1D: Block = block(
    "conv1d",
    "Convolution over time; the features of a frame are its channels.",
    &[
        FILTERS, KERNEL_1D, STRIDE_1D, PADDING, ACTIVATION, MAX_NORM, BIAS,
    ],
    "conv1d 8 filters, kernel 3, relu",
);

static CONV2D: Block = block(
    "conv2d",
    "Convolution over height and width. Features of time x coefficients become a picture with \
     one channel.",
    &[
        FILTERS, KERNEL_2D, STRIDE_2D, PADDING, ACTIVATION, MAX_NORM, BIAS,
    ],
    "conv2d 8 filters, kernel 3x3, relu",
);

static DEPTHWISE_CONV1D: Block = block(
    "depthwise_conv1d",
    "Convolution over time of each channel by itself.",
    &[
        KERNEL_1D, STRIDE_1D, PADDING, MULTIPLIER, ACTIVATION, MAX_NORM, BIAS,
    ],
    "depthwise_conv1d kernel 9, relu",
);

static DEPTHWISE_CONV2D: Block = block(
    "depthwise_conv2d",
    "Convolution over height and width of each channel by itself.",
    &[
        KERNEL_2D, STRIDE_2D, PADDING, MULTIPLIER, ACTIVATION, MAX_NORM, BIAS,
    ],
    "depthwise_conv2d kernel 3, relu",
);

static BOTTLENECK: Block = block(
    "bottleneck",
    "An inverted bottleneck over time (Sandler and others, 2018): a pointwise convolution widens, a depthwise \
     one looks along time, a pointwise one without activation narrows, each with batch normalization; the \
     input is added where it has the shape of the result. `impulse fmt --expand` writes its layers out.",
    &[
        FILTERS,
        Key {
            name: "expand",
            doc: "channels within, as a multiple of the input's",
            form: Form::Value(&[Accept::Count(Dimension::Count(""), 1, 64)]),
            default: Default::Value("3"),
            positional: false,
        },
        Key {
            default: Default::Value("9"),
            ..KERNEL_1D
        },
        STRIDE_1D,
    ],
    "bottleneck 16 filters, expand 3, kernel 9",
);

static RESIDUAL: Block = Block {
    name: "residual",
    doc: "Its input plus what the layers between the braces make of it; both have one shape.",
    keys: RESIDUAL_KEYS,
    any: None,
    ordered: true,
    braces: true,
    example: "residual {\n  conv1d 13 filters, kernel 3, relu\n  conv1d 13 filters, kernel 3\n}",
};

/// Not [`layer`]: the block that it is for holds this key itself.
const fn residual() -> Key {
    Key {
        name: "residual",
        doc: "the sum of its input and of what its layers make of it",
        form: Form::Block(&RESIDUAL),
        default: Default::Words(""),
        positional: false,
    }
}

static MAX_POOL: Block = block(
    "max_pool",
    "The largest value under a moving window, channel by channel.",
    &[SIZE, POOL_STRIDE, PADDING],
    "max_pool 2",
);

static AVG_POOL: Block = block(
    "avg_pool",
    "The mean of the values under a moving window, channel by channel.",
    &[SIZE, POOL_STRIDE, PADDING],
    "avg_pool 2, stride 1",
);

static GLOBAL_AVG_POOL: Block = block(
    "global_avg_pool",
    "The mean of each channel.",
    &[],
    "global_avg_pool",
);

static BATCH_NORM: Block = block(
    "batch_norm",
    "Batch normalization of each channel (Ioffe and Szegedy, 2015). It is folded into the \
     convolution before it and costs nothing on the board.",
    &[],
    "batch_norm",
);

static RELU: Block = block(
    "relu",
    "The value where it is positive, else 0.",
    &[],
    "relu",
);

static DROPOUT: Block = block(
    "dropout",
    "While training, sets this share of the values to 0. It is no part of the board's network.",
    &[Key {
        name: "share",
        doc: "how many values",
        form: Form::Value(&[Accept::Number(Dimension::Share, 0.0, 0.95)]),
        default: Default::Required("25%"),
        positional: true,
    }],
    "dropout 25%",
);

static FLATTEN: Block = block(
    "flatten",
    "All values in one row, for `dense`.",
    &[],
    "flatten",
);

static DENSE: Block = block(
    "dense",
    "Every output from every input. `labels` stands for as many outputs as there are labels.",
    &[
        Key {
            name: "units",
            doc: "outputs",
            form: Form::Value(&[
                Accept::Count(Dimension::Count("neurons, units"), 1, 65_536),
                Accept::Words(&["labels"]),
            ]),
            default: Default::Required("labels"),
            positional: true,
        },
        Key {
            name: "activation",
            doc: "applied to the result",
            form: Form::Value(&[Accept::Words(&["relu", "relu6", "softmax", "none"])]),
            default: Default::Value("none"),
            positional: true,
        },
        MAX_NORM,
        BIAS,
    ],
    "flatten\ndense 20 neurons, relu",
);

static SOFTMAX: Block = block(
    "softmax",
    "Scores that are positive and add up to 1; the last layer of a network.",
    &[],
    "flatten\ndense 3\nsoftmax",
);

/// Every layer in the order of the reference.
pub(crate) static LAYERS: &[Key] = &[
    layer(&RESHAPE),
    layer(&CONV1D),
    layer(&CONV2D),
    layer(&DEPTHWISE_CONV1D),
    layer(&DEPTHWISE_CONV2D),
    layer(&BOTTLENECK),
    residual(),
    layer(&MAX_POOL),
    layer(&AVG_POOL),
    layer(&GLOBAL_AVG_POOL),
    layer(&BATCH_NORM),
    layer(&RELU),
    layer(&DROPOUT),
    layer(&FLATTEN),
    layer(&DENSE),
    layer(&SOFTMAX),
];

/// What may stand in a residual branch.
static RESIDUAL_KEYS: &[Key] = &[
    layer(&RESHAPE),
    layer(&CONV1D),
    layer(&CONV2D),
    layer(&DEPTHWISE_CONV1D),
    layer(&DEPTHWISE_CONV2D),
    layer(&BOTTLENECK),
    residual(),
    layer(&MAX_POOL),
    layer(&AVG_POOL),
    layer(&BATCH_NORM),
    layer(&RELU),
    layer(&DROPOUT),
];

/// `first` and every layer, for the block `network`.
pub(super) const fn with_first(first: [Key; 2]) -> [Key; 18] {
    let mut keys = [first[0]; 18];
    keys[1] = first[1];
    let mut i = 0;
    while i < LAYERS.len() {
        keys[i + 2] = LAYERS[i];
        i += 1;
    }
    keys
}
