//! What a spec says, typed and with the place of every value, but not yet checked for sense.
//! Both spellings make the same [`Impulse`]; [`crate::check()`] turns it into an
//! [`impulse_ir::spec::Spec`].
//!
//! A value that was not given is `None`: its default is the check's business. Numbers are in base
//! units (seconds, hertz, bytes, shares of 1), and each is within the range of its key.

use impulse_ir::{Span, Spanned};

use crate::schema::Key;
use crate::syntax::Syntax;
use crate::units::Quantity;

/// A spec as it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Impulse {
    /// `impulse yes_no`.
    pub name: Option<Spanned<String>>,
    /// `data`.
    pub data: Option<Block<Data>>,
    /// `window audio`.
    pub window: Option<Block<Window>>,
    /// `augment`.
    pub augment: Option<Block<Augment>>,
    /// `features`, side by side.
    pub features: Vec<Features>,
    /// `network`.
    pub network: Option<Block<Network>>,
    /// `train`.
    pub train: Option<Block<Train>>,
    /// `quantize`.
    pub quantize: Option<Block<Quantize>>,
    /// `decide`.
    pub decide: Option<Block<Decide>>,
    /// `target`, one per board.
    pub targets: Vec<Target>,
    /// What the text lacks, or has wrong, in a way that was reported already.
    pub(crate) faults: Faults,
}

/// What parsing has seen besides the values. It is no part of the spec's value: two specs are
/// equal without it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// Whether anything at all is wrong.
    pub any: bool,
    /// Whether a key of the top level is wrong, so that a missing one may be meant by it.
    pub top: bool,
    /// The top-level keys that are given, soundly or not.
    pub given: Vec<&'static str>,
    /// Blocks that hold nothing of what they choose from: `window {}`.
    pub empty: Vec<(&'static str, Span)>,
    /// The spelling.
    pub syntax: Option<Syntax>,
}

impl PartialEq for Faults {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A block with its place.
#[derive(Clone, Debug, Default)]
pub struct Block<T> {
    /// What it says.
    pub value: T,
    /// The whole block.
    pub span: Span,
    /// Its key.
    pub name_span: Span,
    /// Required keys that are not given.
    pub(crate) missing: Vec<&'static Key>,
    /// Where the first problem in it was reported.
    pub(crate) fault: Option<usize>,
}

impl<T: PartialEq> PartialEq for Block<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> std::ops::Deref for Block<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The recordings and how they are split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    /// Folder or manifest.
    pub path: Option<Spanned<String>>,
    /// Classes.
    pub labels: Vec<Spanned<String>>,
    /// `group`.
    pub group: Option<Block<Group>>,
    /// Share for validation.
    pub validate: Option<Spanned<f64>>,
    /// Share for the test.
    pub test: Option<Spanned<f64>>,
}

/// What stays together in a split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// A pattern on the file's name.
    pub filename: Option<Spanned<String>>,
    /// A column of the manifest.
    pub column: Option<Spanned<String>>,
}

/// The kind of sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SensorKind {
    /// `window audio`.
    #[default]
    Audio,
    /// `window motion`.
    Motion,
    /// `window image`.
    Image,
}

/// The window of a sensor; each kind has some of the keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// Which sensor.
    pub kind: SensorKind,
    /// Axes of motion.
    pub axes: Vec<Spanned<String>>,
    /// Full scale of motion.
    pub range: Option<Spanned<Quantity>>,
    /// Width and height of an image.
    pub size: Option<Spanned<Vec<u64>>>,
    /// `grey` or `rgb`.
    pub color: Option<Spanned<String>>,
    /// `squash`, `fit` or `crop`.
    pub resize: Option<Spanned<String>>,
    /// `bilinear` or `nearest`.
    pub interpolate: Option<Spanned<String>>,
    /// Hertz.
    pub rate: Option<Spanned<Quantity>>,
    /// Seconds or samples.
    pub length: Option<Spanned<Quantity>>,
    /// Seconds or samples.
    pub stride: Option<Spanned<Quantity>>,
}

/// Changes to training clips.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Augment {
    /// Background noise.
    pub noise: Option<Block<Noise>>,
    /// Seconds or samples.
    pub shift: Option<Spanned<Quantity>>,
    /// Decibel.
    pub gain: Option<Spanned<(Quantity, Quantity)>>,
    /// `yes` or `no`.
    pub mirror: Option<Spanned<String>>,
    /// Share of an image's sides.
    pub moved: Option<Spanned<f64>>,
    /// Share of an image's size.
    pub zoom: Option<Spanned<f64>>,
    /// Degrees.
    pub turn: Option<Spanned<Quantity>>,
    /// Share of full brightness.
    pub brightness: Option<Spanned<f64>>,
    /// Bands of frames.
    pub mask_time: Option<Block<Mask>>,
    /// Bands of coefficients.
    pub mask_frequency: Option<Block<Mask>>,
}

/// Background noise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Noise {
    /// A label, folder or file.
    pub source: Option<Spanned<String>>,
    /// Decibel or share.
    pub level: Option<Spanned<(Quantity, Quantity)>>,
    /// Share of the clips.
    pub chance: Option<Spanned<f64>>,
}

/// Masked bands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mask {
    /// How many.
    pub bands: Option<Spanned<u64>>,
    /// Largest width.
    pub width: Option<Spanned<u64>>,
}

/// A feature block.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// `mfcc`.
    Mfcc(Block<AudioFeatures>),
    /// `mfe`.
    Mfe(Block<AudioFeatures>),
    /// `spectrogram`.
    Spectrogram(Block<AudioFeatures>),
    /// `spectral`.
    Spectral(Block<SensorFeatures>),
    /// `wavelet`.
    Wavelet(Block<SensorFeatures>),
    /// `flatten`.
    Flatten(Block<SensorFeatures>),
    /// `raw`.
    Raw(Block<SensorFeatures>),
    /// `image`.
    Image(Block<SensorFeatures>),
}

/// The keys of the blocks over the axes of a sensor, and over images; each block has some of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SensorFeatures {
    /// Names of the axes.
    pub axes: Vec<Spanned<String>>,
    /// Factor.
    pub scale: Option<Spanned<Quantity>>,
    /// Samples of which one is kept.
    pub decimate: Option<Spanned<u64>>,
    /// `low_pass`.
    pub low_pass: Option<Block<Cutoff>>,
    /// `high_pass`.
    pub high_pass: Option<Block<Cutoff>>,
    /// Points of the transform.
    pub fft: Option<Spanned<u64>>,
    /// `yes` or `no`.
    pub overlap: Option<Spanned<String>>,
    /// `yes` or `no`.
    pub log: Option<Spanned<String>>,
    /// `yes` or `no`.
    pub low_frequencies: Option<Spanned<String>>,
    /// Name of the wavelet.
    pub family: Option<Spanned<String>>,
    /// Levels of the transform.
    pub levels: Option<Spanned<u64>>,
    /// Names of statistics.
    pub statistics: Vec<Spanned<String>>,
    /// `grey` or `rgb`.
    pub color: Option<Spanned<String>>,
}

/// A filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cutoff {
    /// Hertz.
    pub cutoff: Option<Spanned<Quantity>>,
    /// Order.
    pub order: Option<Spanned<u64>>,
}

/// The keys of the blocks that look at the spectra of frames; each block has some of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AudioFeatures {
    /// `frame`.
    pub frame: Option<Block<Frame>>,
    /// Mel filters.
    pub filters: Option<Spanned<u64>>,
    /// Coefficients kept.
    pub coefficients: Option<Spanned<u64>>,
    /// Length of the transform in samples.
    pub fft: Option<Spanned<u64>>,
    /// Hertz.
    pub low: Option<Spanned<Quantity>>,
    /// Hertz.
    pub high: Option<Spanned<Quantity>>,
    /// Names of the axes.
    pub axes: Vec<Spanned<String>>,
    /// Factor on the samples.
    pub factor: Option<Spanned<Quantity>>,
    /// `htk` or `slaney`.
    pub scale: Option<Spanned<String>>,
    /// `yes` or `no`.
    pub equal_area: Option<Spanned<String>>,
    /// Factor.
    pub pre_emphasis: Option<Spanned<Quantity>>,
    /// `hann`, `hamming` or `rectangular`.
    pub taper: Option<Spanned<String>>,
    /// Decibel.
    pub floor: Option<Spanned<Quantity>>,
    /// Length of the lifter.
    pub lifter: Option<Spanned<Quantity>>,
    /// `none`, `mean` or `mean_variance`.
    pub normalize: Option<Spanned<String>>,
    /// `edge_impulse`.
    pub compat: Option<Spanned<String>>,
    /// Frames of a sliding normalization.
    pub sliding: Option<Spanned<u64>>,
    /// `float` or `fixed`.
    pub arithmetic: Option<Spanned<String>>,
    /// `power` or `magnitude`.
    pub spectrum: Option<Spanned<String>>,
    /// `natural`, `decibel` or `none`.
    pub log: Option<Spanned<String>>,
    /// Differences over frames.
    pub deltas: Option<Block<Deltas>>,
}

/// Differences over frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deltas {
    /// `first` or `second`.
    pub order: Option<Spanned<String>>,
    /// Frames to each side.
    pub width: Option<Spanned<u64>>,
}

impl Features {
    /// The whole block.
    pub fn span(&self) -> Span {
        match self {
            Features::Mfcc(b) | Features::Mfe(b) | Features::Spectrogram(b) => b.span,
            Features::Spectral(b)
            | Features::Wavelet(b)
            | Features::Flatten(b)
            | Features::Raw(b)
            | Features::Image(b) => b.span,
        }
    }

    /// The block's keyword in the text.
    pub fn name_span(&self) -> Span {
        match self {
            Features::Mfcc(b) | Features::Mfe(b) | Features::Spectrogram(b) => b.name_span,
            Features::Spectral(b)
            | Features::Wavelet(b)
            | Features::Flatten(b)
            | Features::Raw(b)
            | Features::Image(b) => b.name_span,
        }
    }

    /// The keys of a block that looks at the spectra of frames.
    pub fn audio(&self) -> Option<&Block<AudioFeatures>> {
        match self {
            Features::Mfcc(block) | Features::Mfe(block) | Features::Spectrogram(block) => {
                Some(block)
            }
            _ => None,
        }
    }

    /// The keys of a block over axes or images.
    pub fn sensor(&self) -> Option<&Block<SensorFeatures>> {
        match self {
            Features::Spectral(block)
            | Features::Wavelet(block)
            | Features::Flatten(block)
            | Features::Raw(block)
            | Features::Image(block) => Some(block),
            _ => None,
        }
    }
}

/// The pieces of the window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// Seconds or samples.
    pub length: Option<Spanned<Quantity>>,
    /// Seconds or samples.
    pub every: Option<Spanned<Quantity>>,
}

/// Layers, or a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// `from "model.tflite"`.
    pub from: Option<Spanned<String>>,
    /// `keyword_small`: a network by its name.
    pub preset: Option<Spanned<String>>,
    /// The layers in order.
    pub layers: Vec<Layer>,
}

/// A layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layer {
    /// Its keyword, one of the schema's.
    pub keyword: Spanned<String>,
    /// Output channels or units.
    pub filters: Option<Spanned<u64>>,
    /// `dense labels`: as many units as there are labels.
    pub units_are_labels: bool,
    /// Kernel, or the size of a pool: one number for all directions, or one per direction.
    pub kernel: Option<Spanned<Vec<u64>>>,
    /// Stride.
    pub stride: Option<Spanned<Vec<u64>>>,
    /// `same` or `valid`.
    pub padding: Option<Spanned<String>>,
    /// `relu`, `relu6`, `softmax` or `none`.
    pub activation: Option<Spanned<String>>,
    /// Largest norm.
    pub max_norm: Option<Spanned<f64>>,
    /// `yes` or `no`.
    pub bias: Option<Spanned<String>>,
    /// Outputs per input channel of a depthwise convolution.
    pub multiplier: Option<Spanned<u64>>,
    /// Width of a bottleneck as a multiple of its input's channels.
    pub expand: Option<Spanned<u64>>,
    /// Share of a dropout.
    pub share: Option<Spanned<f64>>,
    /// Dimensions of a reshape.
    pub shape: Option<Spanned<Vec<u64>>>,
    /// `reshape 13 columns`.
    pub columns: Option<Spanned<u64>>,
    /// Layers of a residual branch.
    pub layers: Vec<Layer>,
    /// The whole layer; no part of its value.
    pub span: Place,
    /// What is wrong with it; no part of its value.
    pub(crate) missing: Missing,
}

impl Layer {
    /// Gives the layer, and all that it says, the place `span`.
    pub(crate) fn move_to(&mut self, span: Span) {
        fn moved<T>(value: &mut Option<Spanned<T>>, span: Span) {
            if let Some(value) = value {
                value.span = span;
            }
        }
        self.keyword.span = span;
        self.span = Place(span);
        for count in [
            &mut self.filters,
            &mut self.multiplier,
            &mut self.expand,
            &mut self.columns,
        ] {
            moved(count, span);
        }
        for sizes in [&mut self.kernel, &mut self.stride, &mut self.shape] {
            moved(sizes, span);
        }
        for word in [&mut self.padding, &mut self.activation, &mut self.bias] {
            moved(word, span);
        }
        moved(&mut self.max_norm, span);
        moved(&mut self.share, span);
        self.layers.iter_mut().for_each(|layer| layer.move_to(span));
    }
}

/// A span that takes no part in comparisons.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is wrong with a layer; it takes no part in comparisons.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missing {
    /// Required keys that are not given.
    pub keys: Vec<&'static Key>,
    /// Where the first problem in it was reported.
    pub fault: Option<usize>,
}

impl PartialEq for Missing {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// How the network learns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Train {
    /// Passes.
    pub epochs: Option<Spanned<u64>>,
    /// Clips per step.
    pub batch: Option<Spanned<u64>>,
    /// Every optimizer given; one is allowed.
    pub optimizers: Vec<Block<Optimizer>>,
    /// `constant` or `cosine`.
    pub schedule: Option<Spanned<String>>,
    /// Epochs.
    pub warmup: Option<Spanned<u64>>,
    /// Parameter of the beta distribution.
    pub mixup: Option<Spanned<f64>>,
    /// Epochs.
    pub patience: Option<Spanned<u64>>,
    /// `equal`, `balanced`, or one number per label.
    pub class_weights: Option<Spanned<ClassWeights>>,
    /// `last`, `averaged` or `best`.
    pub keep: Option<Spanned<String>>,
    /// Seed.
    pub seed: Option<Spanned<u64>>,
    /// Seeds to choose from.
    pub seeds: Option<Spanned<u64>>,
    /// Folds to choose by.
    pub folds: Option<Spanned<u64>>,
    /// Weights to start from.
    pub start: Option<Block<Start>>,
    /// Layers that stay as they are.
    pub freeze: Vec<Spanned<String>>,
}

/// Weights to start from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Start {
    /// The file.
    pub from: Option<Spanned<String>>,
}

/// An optimizer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Optimizer {
    /// `adam`, `adamw`, `sgd` or `rmsprop`.
    pub name: String,
    /// Learning rate.
    pub rate: Option<Spanned<f64>>,
    /// Weight decay of `adamw`.
    pub decay: Option<Spanned<f64>>,
    /// Momentum of `sgd`.
    pub momentum: Option<Spanned<f64>>,
}

/// Weight of each label in the loss.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassWeights {
    /// A word: `equal` or `balanced`.
    Named(String),
    /// A number per label.
    Given(Vec<f64>),
}

/// The numbers on the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantize {
    /// `int8`.
    pub kind: Option<Spanned<String>>,
    /// `auto`, `yes` or `no`.
    pub column_scales: Option<Spanned<String>>,
    /// `auto` or `never`.
    pub finetune: Option<Spanned<String>>,
    /// `finetune 10 epochs`.
    pub finetune_epochs: Option<Spanned<u64>>,
}

/// When a label is reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decide {
    /// Score.
    pub threshold: Option<Spanned<f64>>,
    /// Seconds or results.
    pub average: Option<Spanned<Quantity>>,
    /// Seconds or results.
    pub suppress: Option<Spanned<Quantity>>,
    /// Labels.
    pub ignore: Vec<Spanned<String>>,
}

/// A board with its budgets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// Its short name.
    pub board: Spanned<String>,
    /// Bytes.
    pub ram: Option<Spanned<f64>>,
    /// Bytes.
    pub flash: Option<Spanned<f64>>,
    /// Seconds.
    pub latency: Option<Spanned<f64>>,
}
