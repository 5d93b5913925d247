//! The feature blocks of a spec.

use super::blocks::{COLORS, FREQUENCY, OFF, TIME, YES_NO, braces, line, positional, sub, value};
use super::{Accept, Block, Default, Form, Key};
use crate::units::Dimension;

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

const LOG: Key = value(
    "log",
    "the logarithm of levels: natural, in decibel (20 log10 of magnitudes, else 10 log10), or none",
    &[Accept::Words(&["natural", "decibel", "none"])],
    Default::Value("natural"),
);

const SPECTRUM: Key = value(
    "spectrum",
    "what is taken of each bin: its power, or its magnitude, the square root of it",
    &[Accept::Words(&["power", "magnitude"])],
    Default::Value("power"),
);

static DELTAS: Block = line(
    "deltas",
    "Differences over frames, behind the values that they are of: how each value rises there, by a line through \
     the frames around it (HTK's formula). Beyond the ends of the window its first and last frame are repeated.",
    &[
        positional(value(
            "order",
            "`first`, or `second` for first differences and the differences of those",
            &[Accept::Words(&["first", "second"])],
            Default::Required("first"),
        )),
        value(
            "width",
            "frames to each side that are looked at",
            &[Accept::Count(Dimension::Count("frames"), 1, 9)],
            Default::Value("2"),
        ),
    ],
    "",
);

const COMPAT: Key = value(
    "compat",
    "give the numbers of Edge Impulse's block, for a model trained there: whole windows only, which the board keeps; no \
     window function; `fft` may be shorter than a frame; defaults: fft 256, low 0 Hz, pre_emphasis 0.98, floor -52 dB",
    &[Accept::Words(&["edge_impulse"])],
    Default::Words("off"),
);

const ARITHMETIC: Key = value(
    "arithmetic",
    "`fixed` computes in integers, for a CPU without a floating-point unit (Cortex-M0, M3); its features \
     are about 0.005 from those of `float` on speech, the same bits on every machine; not with `compat`, `log none` \
     or `spectrum magnitude`",
    &[Accept::Words(&["float", "fixed"])],
    Default::Value("float"),
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
        SPECTRUM,
        LOG,
        value(
            "lifter",
            "length Q of a lifter, which multiplies coefficient j by 1 + Q/2 sin(pi (j + 1)/Q); 0 for none",
            &[Accept::Number(Dimension::One, 0.0, 1000.0)],
            Default::Value("0"),
        ),
        normalize("mean_variance"),
        sub(&DELTAS, OFF),
        ARITHMETIC,
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
        SPECTRUM,
        LOG,
        normalize("mean"),
        sub(&DELTAS, OFF),
        ARITHMETIC,
        COMPAT,
    ],
    "",
);

static SPECTROGRAM: Block = braces(
    "spectrogram",
    "The logarithm of the power of every frequency bin, frame by frame: of sound, or of each axis of motion. \
     A row has the bins of one axis after those of another. Powers of motion are those of its own unit. \
     `compat` looks at one axis: for several, each gets a block.",
    &[
        FRAMES,
        AXES,
        SCALE,
        FFT,
        pre_emphasis("0"),
        TAPER,
        FLOOR,
        SPECTRUM,
        LOG,
        Key {
            default: Default::Words("mean for sound, none for motion"),
            ..normalize("mean")
        },
        COMPAT,
    ],
    "",
);

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
