//! The blocks of a spec.

use super::{Accept, Block, Default, Form, Key, layers};
use crate::units::Dimension;

const fn value(
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

const fn positional(key: Key) -> Key {
    Key {
        name: key.name,
        doc: key.doc,
        form: key.form,
        default: key.default,
        positional: true,
    }
}

const fn sub(block: &'static Block, default: Default) -> Key {
    Key {
        name: block.name,
        doc: block.doc,
        form: Form::Block(block),
        default,
        positional: false,
    }
}

/// A block whose formatted form has braces.
const fn braces(
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

const fn line(
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

const FREQUENCY: Accept = Accept::Number(Dimension::Frequency, 0.0, 1e6);
const TIME: Accept = Accept::Number(Dimension::TimeOrSamples, 1e-6, 1e6);
const OFF: Default = Default::Words("off");

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
        value(
            "quantize",
            "the numbers on the board",
            &[Accept::Words(&["int8"])],
            Default::Value("int8"),
        ),
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

const COLORS: Accept = Accept::Words(&["grey", "rgb"]);

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

/// `features`.
pub(crate) static FEATURES: Block = braces(
    "features",
    "What the network sees of a window. Blocks stand side by side: those with the same frames join \
     their columns, others follow one another in one flat list.",
    &[
        sub(&MFCC, Default::Required("mfcc")),
        sub(&MFE, Default::Required("mfe")),
        sub(&SPECTROGRAM, Default::Required("spectrogram")),
        sub(&SPECTRAL, Default::Required("spectral")),
        sub(&WAVELET, Default::Required("wavelet")),
        sub(&FLATTEN, Default::Required("flatten")),
        sub(&RAW, Default::Required("raw")),
        sub(&IMAGE, Default::Required("image")),
    ],
    "features mfcc {\n  frame         32 ms every 20 ms\n  filters       32\n  coefficients  13\n}",
);

const FRAMES: Key = sub(&FRAME, Default::Required("32 ms every 20 ms"));

const fn filters(default: &'static str) -> Key {
    value(
        "filters",
        "triangular filters, evenly spaced in mel",
        &[Accept::Count(Dimension::Count("filters, bands"), 2, 128)],
        Default::Value(default),
    )
}

const FFT: Key = value(
    "fft",
    "length of the Fourier transform, a power of two",
    &[Accept::Count(Dimension::Count("samples"), 16, 4096)],
    Default::Words("the smallest that holds a frame"),
);

const LOW: Key = value(
    "low",
    "lower edge of the lowest filter",
    &[FREQUENCY],
    Default::Value("20 Hz"),
);

const HIGH: Key = value(
    "high",
    "upper edge of the highest filter",
    &[FREQUENCY],
    Default::Words("half the rate"),
);

const MEL: Key = value(
    "scale",
    "the mel scale on which filters are evenly spaced: HTK's, or Slaney's, which is linear below 1 kHz",
    &[Accept::Words(&["htk", "slaney"])],
    Default::Value("htk"),
);

const EQUAL_AREA: Key = value(
    "equal_area",
    "whether each filter is divided by half its width in hertz; else each has peak 1",
    &[Accept::Words(&["yes", "no"])],
    Default::Value("no"),
);

const fn pre_emphasis(default: &'static str) -> Key {
    value(
        "pre_emphasis",
        "share of the sample before that is subtracted from each sample; 0 for none",
        &[Accept::Number(Dimension::One, 0.0, 1.0)],
        Default::Value(default),
    )
}

const TAPER: Key = value(
    "taper",
    "window function of a frame",
    &[Accept::Words(&["hann", "hamming", "rectangular"])],
    Default::Value("hann"),
);

const FLOOR: Key = value(
    "floor",
    "power, relative to a bin of full scale 1, that quieter ones are raised to before the logarithm",
    &[Accept::Number(Dimension::Level, -150.0, 60.0)],
    Default::Value("-60 dB"),
);

const COMPAT: Key = value(
    "compat",
    "give the numbers of Edge Impulse's block, for a model trained there: whole windows only, which the board keeps; no \
     window function; `fft` may be shorter than a frame; defaults: fft 256, low 0 Hz, pre_emphasis 0.98, floor -52 dB",
    &[Accept::Words(&["edge_impulse"])],
    Default::Words("off"),
);

const fn normalize(default: &'static str) -> Key {
    value(
        "normalize",
        "over the window, for each column: subtract the mean, and divide by the deviation",
        &[Accept::Words(&["none", "mean", "mean_variance"])],
        Default::Value(default),
    )
}

static MFCC: Block = braces(
    "mfcc",
    "Mel-frequency cepstral coefficients: the shape of the spectrum, frame by frame (Davis and \
     Mermelstein, 1980).",
    &[
        FRAMES,
        filters("32"),
        value(
            "coefficients",
            "coefficients kept, from the lowest",
            &[Accept::Count(Dimension::Count(""), 1, 128)],
            Default::Value("13"),
        ),
        FFT,
        LOW,
        HIGH,
        MEL,
        EQUAL_AREA,
        pre_emphasis("0.97"),
        TAPER,
        FLOOR,
        value(
            "lifter",
            "length Q of a lifter, which multiplies coefficient j by 1 + Q/2 sin(pi (j + 1)/Q); 0 for none",
            &[Accept::Number(Dimension::One, 0.0, 1000.0)],
            Default::Value("0"),
        ),
        normalize("mean_variance"),
        COMPAT,
        value(
            "sliding",
            "with compat: frames over which mean and deviation are removed, an odd number; 0 for none",
            &[Accept::Count(Dimension::Count("frames"), 0, 1001)],
            Default::Words("101 frames with compat"),
        ),
    ],
    "",
);

static MFE: Block = braces(
    "mfe",
    "Log mel energies: how loud each band is, frame by frame.",
    &[
        FRAMES,
        filters("40"),
        FFT,
        LOW,
        HIGH,
        MEL,
        EQUAL_AREA,
        pre_emphasis("0.97"),
        TAPER,
        FLOOR,
        normalize("mean"),
        COMPAT,
    ],
    "",
);

static SPECTROGRAM: Block = braces(
    "spectrogram",
    "The logarithm of the power of every frequency bin, frame by frame.",
    &[
        FRAMES,
        FFT,
        pre_emphasis("0"),
        TAPER,
        FLOOR,
        normalize("mean"),
        COMPAT,
    ],
    "",
);

const YES_NO: Accept = Accept::Words(&["yes", "no"]);

const AXES: Key = Key {
    name: "axes",
    doc: "the axes of the window that are looked at",
    form: Form::List(&[Accept::Name, Accept::Text]),
    default: Default::Words("all of them"),
    positional: false,
};

const SCALE: Key = value(
    "scale",
    "factor on the samples",
    &[Accept::Number(Dimension::One, -1e6, 1e6)],
    Default::Value("1"),
);

const DECIMATE: Key = value(
    "decimate",
    "1, 3, 10, 30, 100 or 1000: one of so many samples is kept, behind a low-pass filter",
    &[Accept::Count(Dimension::Count("samples"), 1, 1000)],
    Default::Value("1"),
);

const CUTOFF: &[Key] = &[
    positional(value(
        "cutoff",
        "where it begins to stop (-3 dB)",
        &[FREQUENCY],
        Default::Required("10 Hz"),
    )),
    value(
        "order",
        "2, 4, 6 or 8: how steeply; 0 filters nothing and only chooses the bins of an FFT",
        &[Accept::Count(Dimension::Count(""), 0, 8)],
        Default::Value("6"),
    ),
];

static LOW_PASS: Block = line(
    "low_pass",
    "A Butterworth filter that stops what is faster.",
    CUTOFF,
    "",
);

static HIGH_PASS: Block = line(
    "high_pass",
    "A Butterworth filter that stops what is slower.",
    CUTOFF,
    "",
);

static SPECTRAL: Block = braces(
    "spectral",
    "The spectrum of each axis over the window: RMS, skewness and kurtosis of the signal without its \
     mean, skewness and kurtosis of the spectrum, and the largest power of each bin. The numbers \
     are those of Edge Impulse's spectral analysis; a constant axis has skewness 0, kurtosis -3 \
     and powers of 1e-10.",
    &[
        AXES,
        SCALE,
        DECIMATE,
        sub(&LOW_PASS, OFF),
        sub(&HIGH_PASS, OFF),
        value(
            "fft",
            "points of the Fourier transform, a power of two: the length of a piece",
            &[Accept::Count(Dimension::Count("samples"), 16, 4096)],
            Default::Value("64"),
        ),
        value(
            "overlap",
            "whether pieces overlap by half",
            &[YES_NO],
            Default::Value("yes"),
        ),
        value(
            "log",
            "whether powers are given as their logarithm to base 10",
            &[YES_NO],
            Default::Value("yes"),
        ),
        value(
            "low_frequencies",
            "whether the same is given once more of the signal at a tenth of its rate",
            &[YES_NO],
            Default::Value("no"),
        ),
    ],
    "",
);

static WAVELET: Block = braces(
    "wavelet",
    "Bands of a wavelet transform of each axis, 14 statistics each: entropy, crossings of zero and \
     of the mean, percentiles 5, 25, 75, 95 and 50, mean, deviation, variance, RMS, skewness, \
     kurtosis. The numbers are those of Edge Impulse's spectral analysis by wavelets.",
    &[
        AXES,
        SCALE,
        DECIMATE,
        sub(&LOW_PASS, OFF),
        sub(&HIGH_PASS, OFF),
        value(
            "family",
            "the wavelet: Haar's, Daubechies's with 2 to 4 vanishing moments, or the biorthogonal 2.2",
            &[Accept::Words(&["haar", "db2", "db3", "db4", "bior22"])],
            Default::Value("db4"),
        ),
        value(
            "levels",
            "how often the signal is halved",
            &[Accept::Count(Dimension::Count(""), 1, 12)],
            Default::Value("1"),
        ),
    ],
    "",
);

static FLATTEN: Block = braces(
    "flatten",
    "A handful of statistics of each axis over the window; a constant axis has skewness 0 and \
     kurtosis -3.",
    &[
        AXES,
        SCALE,
        Key {
            name: "statistics",
            doc: "which, given in the order mean, min, max, rms, deviation, skewness, kurtosis",
            form: Form::List(&[Accept::Words(STATISTICS)]),
            default: Default::Words("all of them"),
            positional: false,
        },
    ],
    "",
);

const STATISTICS: &[&str] = &[
    "mean",
    "min",
    "max",
    "rms",
    "deviation",
    "skewness",
    "kurtosis",
];

static RAW: Block = braces("raw", "The samples themselves.", &[AXES, SCALE], "");

static IMAGE: Block = braces(
    "image",
    "The pixels, each from 0 to 1.",
    &[value(
        "color",
        "what the network sees of them: `grey` of a coloured image is its luma",
        &[COLORS],
        Default::Words("that of the window"),
    )],
    "",
);

static FRAME: Block = line(
    "frame",
    "The pieces that the window is cut into.",
    &[
        positional(value(
            "length",
            "length of a frame",
            &[TIME],
            Default::Required("32 ms"),
        )),
        value(
            "every",
            "from one frame's start to the next",
            &[TIME],
            Default::Words("the length: frames touch"),
        ),
    ],
    "",
);

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
