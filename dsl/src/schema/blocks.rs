//! The blocks of a spec.

use super::features::FEATURES;
use super::{Accept, Block, Default, Form, Key, layers};
use crate::units::Dimension;

pub(super) const fn value(
    name: &'static str,
    doc: &'static str,
    accepts: &'static [Accept],
    default: Default,
) -> Key {
    Key {
        name,
        doc,
        form: Form::Value(accepts),
        default,
        positional: false,
    }
}

pub(super) const fn positional(key: Key) -> Key {
    Key {
        name: key.name,
        doc: key.doc,
        form: key.form,
        default: key.default,
        positional: true,
    }
}

pub(super) const fn sub(block: &'static Block, default: Default) -> Key {
    Key {
        name: block.name,
        doc: block.doc,
        form: Form::Block(block),
        default,
        positional: false,
    }
}

/// A block whose formatted form has braces.
pub(super) const fn braces(
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
        braces: true,
        example,
    }
}

pub(super) const fn line(
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

pub(super) const FREQUENCY: Accept = Accept::Number(Dimension::Frequency, 0.0, 1e6);
pub(super) const TIME: Accept = Accept::Number(Dimension::TimeOrSamples, 1e-6, 1e6);
pub(super) const YES_NO: Accept = Accept::Words(&["yes", "no"]);
pub(super) const OFF: Default = Default::Words("off");

/// The whole spec.
pub(crate) static SPEC: Block = braces(
    "spec",
    "A spec describes one impulse: a window of sensor data, features, a network, how to train \
     it, and the board it must fit.",
    &[
        value(
            "impulse",
            "the name: lower-case letters, digits and `_`; it names files, C functions and Rust types",
            &[Accept::Name, Accept::Text],
            Default::Required("yes_no"),
        ),
        sub(&DATA, Default::Words("none, for a network from a file")),
        sub(
            &WINDOW,
            Default::Required("audio { rate 16 kHz, length 1 s }"),
        ),
        sub(&AUGMENT, OFF),
        sub(
            &FEATURES,
            Default::Required("mfcc { frame 32 ms every 20 ms }"),
        ),
        sub(
            &NETWORK,
            Default::Required("{ flatten, dense labels, softmax }"),
        ),
        sub(&TRAIN, Default::Words("the defaults of its keys")),
        sub(&QUANTIZE, Default::Value("int8")),
        sub(&DECIDE, Default::Words("the defaults of its keys")),
        sub(&TARGET, Default::Words("none")),
    ],
    "",
);

/// `data`.
pub(crate) static DATA: Block = braces(
    "data",
    "The recordings and how they are split.",
    &[
        positional(value(
            "path",
            "a folder with one folder per label, or a manifest (a CSV file with the columns \
             `path` and `label`), relative to the spec",
            &[Accept::Text, Accept::Name],
            Default::Required("\"clips\""),
        )),
        Key {
            name: "labels",
            doc: "the classes, in the order of the network's outputs",
            form: Form::List(&[Accept::Name, Accept::Text]),
            default: Default::Required("yes, no, unknown"),
            positional: false,
        },
        sub(&GROUP, Default::Words("every clip by itself")),
        value(
            "validate",
            "share of the training clips that measures each epoch",
            &[Accept::Number(Dimension::Share, 0.0, 0.9)],
            Default::Value("20%"),
        ),
        value(
            "test",
            "share of all clips that measures the result, where no manifest says it",
            &[Accept::Number(Dimension::Share, 0.0, 0.9)],
            Default::Value("20%"),
        ),
    ],
    "data \"clips\" {\n  labels    yes, no, unknown\n  group     filename /^([0-9a-f]+)_nohash/\n  validate  20%\n}",
);

static GROUP: Block = line(
    "group",
    "Clips that stay on one side of a split, such as those of one speaker.",
    &[
        value(
            "filename",
            "a pattern on the file's name; clips are together whose first capture is the same",
            &[Accept::Pattern, Accept::Text],
            Default::Words("not used"),
        ),
        value(
            "column",
            "a column of the manifest",
            &[Accept::Text, Accept::Name],
            Default::Words("not used"),
        ),
    ],
    "",
);

/// `window`.
pub(crate) static WINDOW: Block = braces(
    "window",
    "The stretch of sensor data that gives one result, by the sensor's kind.",
    &[
        sub(&AUDIO, Default::Required("audio")),
        sub(&MOTION, Default::Required("motion")),
        sub(&IMAGE_WINDOW, Default::Required("image")),
    ],
    "window audio {\n  rate    16 kHz\n  length  1 s\n  stride  250 ms\n}",
);

static AUDIO: Block = braces(
    "audio",
    "A microphone, one channel of 16-bit samples.",
    &[
        value(
            "rate",
            "samples per second; recordings of another rate are resampled",
            &[Accept::Number(Dimension::Frequency, 1000.0, 192_000.0)],
            Default::Required("16 kHz"),
        ),
        value(
            "length",
            "length of the window",
            &[TIME],
            Default::Required("1 s"),
        ),
        value(
            "stride",
            "from one window's start to the next: how often the board gives a result",
            &[TIME],
            Default::Words("a quarter of the length"),
        ),
    ],
    "",
);

static MOTION: Block = braces(
    "motion",
    "An accelerometer, or any sensor that gives several values at a time. Recordings are Edge \
     Impulse's samples (JSON), or CSV files with a column for each axis and, if there is one, a \
     column of times; a recording gives a window at each stride.",
    &[
        value(
            "rate",
            "samples per second; recordings of another rate are refused",
            &[Accept::Number(Dimension::Frequency, 1.0, 100_000.0)],
            Default::Required("104 Hz"),
        ),
        value(
            "length",
            "length of the window",
            &[TIME],
            Default::Required("2 s"),
        ),
        value(
            "stride",
            "from one window's start to the next: how often the board gives a result",
            &[TIME],
            Default::Words("a quarter of the length"),
        ),
        Key {
            name: "axes",
            doc: "names of the axes, as the recordings call them; where those have other names, \
                  their columns in order",
            form: Form::List(&[Accept::Name, Accept::Text]),
            default: Default::Required("x, y, z"),
            positional: false,
        },
        value(
            "range",
            "full scale of the sensor, in the unit of the recordings: samples are 16-bit numbers \
             from minus to plus that",
            &[Accept::Number(Dimension::One, 1e-6, 1e6)],
            Default::Required("2"),
        ),
    ],
    "window motion {\n  rate    104 Hz\n  length  2 s\n  stride  500 ms\n  axes    x, y, z\n  range   2\n}",
);

pub(super) const COLORS: Accept = Accept::Words(&["grey", "rgb"]);

static IMAGE_WINDOW: Block = braces(
    "image",
    "A camera. Images are JPEG or PNG files; the board takes frames of the size and colour given \
     here, a byte for each pixel and colour, row by row.",
    &[
        value(
            "size",
            "width and height in pixels",
            &[Accept::Dims(2, 2, 1, 1024)],
            Default::Required("32x32"),
        ),
        value(
            "color",
            "grey, or red, green and blue",
            &[COLORS],
            Default::Value("grey"),
        ),
        value(
            "resize",
            "what becomes of an image of another shape: stretched, whole between black bars, or its \
             middle",
            &[Accept::Words(&["squash", "fit", "crop"])],
            Default::Value("squash"),
        ),
        value(
            "interpolate",
            "where pixels come from: all around, weighted by their distance, or the nearest one",
            &[Accept::Words(&["bilinear", "nearest"])],
            Default::Value("bilinear"),
        ),
        value(
            "rate",
            "images per second, for times in `decide`",
            &[Accept::Number(Dimension::Frequency, 1.0, 100.0)],
            Default::Value("1 Hz"),
        ),
    ],
    "window image {\n  size    48x48\n  color   grey\n  resize  crop\n}",
);

/// `augment`.
pub(crate) static AUGMENT: Block = braces(
    "augment",
    "Changes drawn afresh for every training clip in every epoch. Validation and test clips stay \
     as they are.",
    &[
        sub(&NOISE, OFF),
        value(
            "shift",
            "largest shift in time, to either side",
            &[Accept::Number(Dimension::TimeOrSamples, 0.0, 1e6)],
            OFF,
        ),
        value(
            "gain",
            "range of the loudness",
            &[Accept::Range(Dimension::Level, -60.0, 60.0)],
            OFF,
        ),
        value(
            "mirror",
            "whether half of the images are turned left to right",
            &[YES_NO],
            OFF,
        ),
        value(
            "move",
            "largest shift of an image, to any side, as a share of its size",
            &[Accept::Number(Dimension::Share, 0.0, 0.5)],
            OFF,
        ),
        value(
            "zoom",
            "largest change of an image's size, smaller or larger",
            &[Accept::Number(Dimension::Share, 0.0, 0.5)],
            OFF,
        ),
        value(
            "turn",
            "largest turn of an image, to either side",
            &[Accept::Number(Dimension::Angle, 0.0, 180.0)],
            OFF,
        ),
        value(
            "brightness",
            "largest change of an image's brightness and, by as much, of its contrast",
            &[Accept::Number(Dimension::Share, 0.0, 0.9)],
            OFF,
        ),
        sub(&MASK_TIME, OFF),
        sub(&MASK_FREQUENCY, OFF),
    ],
    "augment {\n  noise  \"background_noise\" 10 dB..30 dB, chance 50%\n  shift  100 ms\n  gain   -6 dB..6 dB\n}",
);

static NOISE: Block = line(
    "noise",
    "Background noise mixed into the clip.",
    &[
        positional(value(
            "source",
            "a label of the data set, or a folder or file of recordings relative to the spec",
            &[Accept::Text, Accept::Name],
            Default::Required("\"background_noise\""),
        )),
        positional(value(
            "level",
            "how loud: the ratio of the clip to the noise in dB, or a share of the noise as recorded",
            &[
                Accept::Range(Dimension::Level, -20.0, 100.0),
                Accept::Range(Dimension::Share, 0.0, 1.0),
            ],
            Default::Value("10 dB..30 dB"),
        )),
        value(
            "chance",
            "share of the clips that get noise",
            &[Accept::Number(Dimension::Share, 0.0, 1.0)],
            Default::Value("50%"),
        ),
    ],
    "",
);

static MASK_TIME: Block = line(
    "mask_time",
    "Bands of frames set to the mean (SpecAugment; Park and others, 2019).",
    MASK,
    "",
);

static MASK_FREQUENCY: Block = line(
    "mask_frequency",
    "Bands of coefficients set to the mean.",
    MASK,
    "",
);

static MASK: &[Key] = &[
    positional(value(
        "bands",
        "number of bands",
        &[Accept::Count(Dimension::Count("bands"), 1, 16)],
        Default::Required("2"),
    )),
    value(
        "width",
        "largest width of a band, in frames or coefficients",
        &[Accept::Count(Dimension::Count("frames"), 1, 1024)],
        Default::Required("8"),
    ),
];

/// `network`.
pub(crate) static NETWORK: Block = Block {
    name: "network",
    doc: "The layers, from the features to one score per label, a network by its name such as \
          `network keyword_small`, or one from a file.",
    keys: &NETWORK_KEYS,
    any: None,
    ordered: true,
    braces: true,
    example: "network {\n  conv1d    8 filters, kernel 3, relu\n  max_pool  2\n  flatten\n  dense     labels, softmax\n}",
};

static NETWORK_KEYS: [Key; 18] = layers::with_first([
    value(
        "from",
        "an int8 `.tflite` file relative to the spec, instead of layers",
        &[Accept::Text],
        Default::Words("layers"),
    ),
    positional(value(
        "preset",
        "a network by its name, instead of layers: the best known for spoken words by size, the two of \
         the usual course, and a depthwise separable one; `impulse fmt --expand` writes it out",
        &[Accept::Words(crate::presets::NAMES)],
        Default::Words("layers"),
    )),
]);

/// `train`.
pub(crate) static TRAIN: Block = braces(
    "train",
    "How the network learns.",
    &[
        value(
            "epochs",
            "passes over the training clips",
            &[Accept::Count(Dimension::Count(""), 1, 100_000)],
            Default::Value("100"),
        ),
        value(
            "batch",
            "clips per step",
            &[Accept::Count(Dimension::Count("clips"), 1, 4096)],
            Default::Value("32"),
        ),
        sub(&ADAM, Default::Words("`adamw 0.005`")),
        sub(&ADAMW, Default::Value("0.005")),
        sub(&SGD, Default::Words("`adamw 0.005`")),
        sub(&RMSPROP, Default::Words("`adamw 0.005`")),
        value(
            "schedule",
            "how the learning rate changes: not at all, or half a cosine down to 0",
            &[Accept::Words(&["constant", "cosine"])],
            Default::Value("cosine"),
        ),
        value(
            "warmup",
            "epochs in which the learning rate first rises from 0 to its peak",
            &[Accept::Count(Dimension::Count("epochs"), 0, 100_000)],
            Default::Value("0"),
        ),
        value(
            "mixup",
            "each clip is mixed with another of its batch, and so are their labels (Zhang and others, 2018); the \
             shares are drawn from a beta distribution with this number as both parameters. 0.2 helps networks from \
             5,000 weights",
            &[Accept::Number(Dimension::One, 0.0, 1.0)],
            Default::Value("0"),
        ),
        value(
            "patience",
            "stop after so many epochs without a lower validation loss",
            &[Accept::Count(Dimension::Count("epochs"), 1, 100_000)],
            Default::Words("train to the end"),
        ),
        Key {
            name: "class_weights",
            doc: "weight of each label in the loss: equal, balanced by the number of clips, or a \
                  number per label in their order",
            form: Form::List(&[
                Accept::Words(&["equal", "balanced"]),
                Accept::Number(Dimension::One, 0.0, 1e6),
            ]),
            default: Default::Value("equal"),
            positional: false,
        },
        value(
            "keep",
            "the weights kept: of the last step, averaged over the last steps, or of the epoch with the best \
             validation loss",
            &[Accept::Words(&["last", "averaged", "best"])],
            Default::Value("last"),
        ),
        value(
            "seed",
            "seed of everything random; the same seed gives the same weights",
            &[Accept::Count(Dimension::Count(""), 0, 1 << 53)],
            Default::Value("1"),
        ),
        value(
            "seeds",
            "how many seeds, counted up from `seed`, to choose from: each trains a network for each fold, and the one \
             with the lowest loss on the clips left out trains the network that is kept",
            &[Accept::Count(Dimension::Count(""), 1, 64)],
            Default::Value("1"),
        ),
        value(
            "folds",
            "parts of the training clips, split by `group`, that a seed is chosen by",
            &[Accept::Count(Dimension::Count(""), 2, 20)],
            Default::Value("4"),
        ),
        sub(&START, Default::Words("random weights")),
        Key {
            name: "freeze",
            doc: "layers, by the names that `impulse check` shows, that keep the weights they start with",
            form: Form::List(&[Accept::Name]),
            default: Default::Words("none"),
            positional: false,
        },
    ],
    "train { epochs 100, batch 32, adam 0.005 }",
);

static START: Block = line(
    "start",
    "Weights that training starts from; layers that have others, or another shape, begin afresh.",
    &[value(
        "from",
        "a `.safetensors` file relative to the spec, as `impulse build` writes it",
        &[Accept::Text],
        Default::Required("\"weights.safetensors\""),
    )],
    "",
);

const RATE: Key = positional(value(
    "rate",
    "learning rate",
    &[Accept::Number(Dimension::One, 1e-9, 10.0)],
    Default::Required("0.005"),
));

static ADAM: Block = line(
    "adam",
    "Adam (Kingma and Ba, 2015) with this learning rate.",
    &[RATE],
    "",
);

static ADAMW: Block = line(
    "adamw",
    "Adam with decoupled weight decay (Loshchilov and Hutter, 2019).",
    &[
        RATE,
        value(
            "decay",
            "weight decay",
            &[Accept::Number(Dimension::One, 0.0, 1.0)],
            Default::Value("0.01"),
        ),
    ],
    "",
);

static SGD: Block = line(
    "sgd",
    "Stochastic gradient descent.",
    &[
        RATE,
        value(
            "momentum",
            "share of the step before that is kept",
            &[Accept::Number(Dimension::One, 0.0, 0.9999)],
            Default::Value("0.9"),
        ),
    ],
    "",
);

static RMSPROP: Block = line(
    "rmsprop",
    "RMSprop (Tieleman and Hinton, 2012).",
    &[RATE],
    "",
);

/// `quantize`.
pub(crate) static QUANTIZE: Block = line(
    "quantize",
    "The numbers on the board, and how the network comes to them.",
    &[
        positional(value(
            "type",
            "the type of numbers",
            &[Accept::Words(&["int8"])],
            Default::Value("int8"),
        )),
        value(
            "column_scales",
            "whether each column of the features (a band, a statistic) has a scale of its own, so that small ones keep \
             their steps beside large ones: a power of two from the training clips, which costs 4 B a column and no \
             time. `auto` gives them to statistics and spectra of axes",
            &[Accept::Words(&["auto", "yes", "no"])],
            Default::Value("auto"),
        ),
        value(
            "finetune",
            "epochs in which the trained network learns to live with the rounding of its int8 form, at a tenth of the \
             learning rate (Jacob and others, 2018); the better of both is kept. `auto`: 10 where int8 loses more than \
             half a point on the validation clips, or without any on the training clips",
            &[
                Accept::Words(&["auto", "never"]),
                Accept::Count(Dimension::Count("epochs"), 1, 100_000),
            ],
            Default::Value("auto"),
        ),
    ],
    "quantize int8",
);

/// `decide`.
pub(crate) static DECIDE: Block = braces(
    "decide",
    "When the board reports a label: as soon as its averaged score reaches the threshold, once.",
    &[
        value(
            "threshold",
            "averaged score that reports a label",
            &[Accept::Number(Dimension::Share, 0.0, 1.0)],
            Default::Value("0.8"),
        ),
        value(
            "average",
            "scores are averaged over this time",
            &[Accept::Number(Dimension::TimeOrResults, 0.0, 1e6)],
            Default::Words("one result"),
        ),
        value(
            "suppress",
            "nothing is reported for this long after a report",
            &[Accept::Number(Dimension::TimeOrResults, 0.0, 1e6)],
            Default::Words("the window's length"),
        ),
        Key {
            name: "ignore",
            doc: "labels that are never reported",
            form: Form::List(&[Accept::Name, Accept::Text]),
            default: Default::Words("none"),
            positional: false,
        },
    ],
    "decide { threshold 0.8, average 1 s, suppress 500 ms, ignore unknown }",
);

/// `target`.
pub(crate) static TARGET: Block = Block {
    name: "target",
    doc: "The boards to build for, each with what the image may take at most.",
    keys: &[],
    any: Some(&Key {
        name: "board",
        doc: "a board by its short name; `impulse boards` lists them",
        form: Form::Block(&BOARD),
        default: Default::Required("nano33"),
        positional: false,
    }),
    ordered: false,
    braces: true,
    example: "target nano33 {\n  ram      < 32 KiB\n  flash    < 128 KiB\n  latency  < 100 ms\n}",
};

static BOARD: Block = braces(
    "board",
    "A board with its budgets.",
    &[
        value(
            "ram",
            "most RAM",
            &[Accept::AtMost(Dimension::Memory)],
            Default::Words("what the board has"),
        ),
        value(
            "flash",
            "most flash",
            &[Accept::AtMost(Dimension::Memory)],
            Default::Words("what the board has"),
        ),
        value(
            "latency",
            "longest time for one result",
            &[Accept::AtMost(Dimension::Time)],
            Default::Words("none"),
        ),
    ],
    "",
);
