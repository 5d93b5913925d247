//! The meaning of a checked spec, with no spelling left in it. `dsl` makes a [`Spec`]; every
//! later step reads it.

pub use impulse_runtime::features::image::{Channels, Fit, Interpolation};

use crate::board::Board;
use crate::features::FeatureBlock;
use crate::network::Network;

/// A checked impulse.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// Its name: `[a-z][a-z0-9_]*`, safe in C, Rust and paths.
    pub name: String,
    /// Where the clips are and how they are split; `None` for an imported network without data.
    pub data: Option<Data>,
    /// The window of sensor data.
    pub window: Window,
    /// Changes drawn afresh for each training clip and epoch.
    pub augment: Augment,
    /// Feature blocks, side by side.
    pub features: Vec<FeatureBlock>,
    /// The layer stack.
    pub network: NetworkSource,
    /// How to train.
    pub train: Train,
    /// How the network comes to its integers.
    pub quantize: Quantize,
    /// The decision logic over successive outputs.
    pub decide: Decide,
    /// The boards, each with its budgets.
    pub targets: Vec<Target>,
}

/// Where the network comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum NetworkSource {
    /// Layers of the spec.
    Layers(Network),
    /// An int8 `.tflite` file, path relative to the spec.
    File(String),
}

/// The window of sensor data.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Samples per second.
    pub rate_hz: u32,
    /// Samples in a window.
    pub length_samples: usize,
    /// Samples between the starts of two windows.
    pub stride_samples: usize,
    /// Values per sample (1 for audio).
    pub n_axes: usize,
    /// What is recorded.
    pub sensor: Sensor,
}

impl Window {
    /// The type of a value.
    pub fn sample(&self) -> SampleType {
        match self.sensor {
            Sensor::Audio | Sensor::Motion(_) => SampleType::I16,
            Sensor::Image(_) => SampleType::U8,
        }
    }
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq)]
pub enum Sensor {
    /// Sound, one channel.
    Audio,
    /// Motion, or any sensor of several values at a time.
    Motion(Motion),
    /// Single images. A window is an image: its samples are the pixels, row by row, its axes
    /// their channels, and its rate that of the pixels.
    Image(Picture),
}

impl Sensor {
    /// The kind of recordings that it makes.
    pub fn kind(&self) -> RecordingKind {
        match self {
            Sensor::Audio => RecordingKind::Audio,
            Sensor::Motion(_) => RecordingKind::Motion,
            Sensor::Image(_) => RecordingKind::Image,
        }
    }
}

/// The kind of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingKind {
    /// Sound.
    Audio,
    /// Values of axes.
    Motion,
    /// An image.
    Image,
}

impl RecordingKind {
    /// What its files are called in messages.
    pub fn files(self) -> &'static str {
        match self {
            RecordingKind::Audio => "WAV, FLAC or MP3",
            RecordingKind::Motion => "JSON or CSV",
            RecordingKind::Image => "JPEG or PNG",
        }
    }

    /// Endings of their names, in lower case.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            RecordingKind::Audio => &["wav", "wave", "flac", "mp3"],
            RecordingKind::Motion => &["json", "csv"],
            RecordingKind::Image => &["jpg", "jpeg", "png"],
        }
    }
}

/// A sensor of several axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Motion {
    /// Names of the axes.
    pub axes: Vec<String>,
    /// The value, in the unit of the recordings, that a sample of 32768 stands for.
    pub range: f32,
}

/// The images that a network sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// What becomes of an image of another shape.
    pub fit: Fit,
    /// Where the pixels of an image of another size come from.
    pub interpolation: Interpolation,
}

/// The type of a sensor's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleType {
    /// Audio, motion.
    I16,
    /// Values in their units.
    F32,
    /// Pixels.
    U8,
}

/// The data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// Folder with one folder per label, or a manifest CSV, relative to the spec.
    pub path: String,
    /// Where the spec says it.
    pub path_span: crate::Span,
    /// Labels in the order of the network's outputs.
    pub labels: Vec<String>,
    /// Where the spec says each label; empty where no spec does.
    pub label_spans: Vec<crate::Span>,
    /// What must stay together in a split.
    pub group: Group,
    /// Share of the training clips set aside for validation, 0..1.
    pub validate: f32,
    /// Share of all clips set aside for the test, 0..1, where no manifest or folder says it.
    pub test: f32,
}

/// What must stay on one side of a split.
#[derive(Clone, Debug, PartialEq)]
pub enum Group {
    /// Every clip is its own group (split by hash of the file's content).
    Clip,
    /// The first capture group of a pattern on the file name.
    FileName(String),
    /// A column of the manifest.
    Column(String),
}

/// Augmentation of training clips; the neutral value of each is "off".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Augment {
    /// Background noise, if any.
    pub noise: Option<Noise>,
    /// Largest shift in time to either side, in samples.
    pub shift_samples: usize,
    /// Range of gain in dB, `(0.0, 0.0)` for none.
    pub gain_db: (f32, f32),
    /// Changes of images.
    pub picture: PictureChanges,
    /// SpecAugment: number and largest width in frames of masked time bands.
    pub mask_time: (usize, usize),
    /// SpecAugment: number and largest width in features of masked frequency bands.
    pub mask_frequency: (usize, usize),
}

/// Changes of images; 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PictureChanges {
    /// Whether half of the images are turned left to right.
    pub mirror: bool,
    /// Largest shift to any side, as a share of the image's sides.
    pub shift: f32,
    /// Largest change of the size, as a share of it.
    pub zoom: f32,
    /// Largest turn to either side, in degrees.
    pub turn_deg: f32,
    /// Largest change of brightness, as a share of full brightness, and of contrast.
    pub brightness: f32,
}

/// Background noise mixed into training clips.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// A folder or file of recordings relative to the spec, or a label of the data set.
    pub source: String,
    /// How loud.
    pub level: NoiseLevel,
    /// Share of the clips that get noise, 0..1.
    pub probability: f32,
}

/// How loud background noise is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NoiseLevel {
    /// Range of the noise's scale as recorded, 0..1 (`0%..30%`).
    Scale(f32, f32),
    /// Range of the signal-to-noise ratio in dB.
    SnrDb(f32, f32),
}

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    /// Passes over the training clips.
    pub epochs: usize,
    /// Clips per step.
    pub batch: usize,
    /// The rule that turns gradients into steps.
    pub optimizer: Optimizer,
    /// How the learning rate changes over the run.
    pub schedule: Schedule,
    /// Epochs in which the learning rate rises from zero to its peak, before the schedule begins.
    pub warmup_epochs: usize,
    /// Mixup (Zhang and others, 2018): both parameters of the beta distribution that each clip's
    /// share is drawn from; 0 for none.
    pub mixup: f32,
    /// Stop after this many epochs without a lower validation loss.
    pub patience_epochs: Option<usize>,
    /// Weight of each class in the loss.
    pub class_weights: ClassWeights,
    /// Which weights are kept.
    pub keep: Keep,
    /// Seed of everything random.
    pub seed: u64,
    /// Seeds to choose from, counted up from `seed`; with more than one, the one whose networks
    /// have the lowest loss on the clips that they were not trained on.
    pub seeds: usize,
    /// Folds of the training clips, split by group, that a seed is chosen by.
    pub folds: usize,
    /// A `.safetensors` file relative to the spec whose weights training starts from.
    pub start: Option<String>,
    /// Layers that keep the weights they start with.
    pub freeze: Vec<String>,
}

/// The optimizer with its learning rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// Adam (Kingma and Ba, 2015).
    Adam {
        /// Step size.
        learning_rate: f32,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    AdamW {
        /// Step size.
        learning_rate: f32,
        /// Share of each weight that a step of size 1 takes away.
        decay: f32,
    },
    /// Stochastic gradient descent with momentum.
    Sgd {
        /// Step size.
        learning_rate: f32,
        /// Share of the last step that is repeated.
        momentum: f32,
    },
    /// RMSprop (Tieleman and Hinton, 2012).
    RmsProp {
        /// Step size.
        learning_rate: f32,
    },
}

/// How the learning rate changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Always the same.
    Constant,
    /// Half a cosine down to zero.
    Cosine,
}

/// Weight of each class in the loss.
#[derive(Clone, Debug, PartialEq)]
pub enum ClassWeights {
    /// 1 for each.
    Equal,
    /// Inverse to the number of training clips, mean 1.
    Balanced,
    /// Given, in the order of the labels.
    Given(Vec<f32>),
}

/// Which weights of the run are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Those after the last step.
    Last,
    /// The exponential moving average (0.995 per step).
    Averaged,
    /// Those of the epoch with the lowest validation loss.
    Best,
}

/// How the network comes to its integers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantize {
    /// Whether the columns of the features have scales of their own; `None` where each block
    /// decides ([`crate::features::Block::scales_columns`]).
    pub column_scales: Option<bool>,
    /// Whether the network is fine-tuned to its int8 form.
    pub finetune: Finetune,
}

/// Whether a network is fine-tuned to its int8 form; the better of both is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finetune {
    /// Where int8 loses more than half a point.
    #[default]
    Auto,
    /// Not at all.
    Never,
    /// For so many epochs.
    Epochs(usize),
}

/// The decision logic: average the scores over some results, report a label once when its
/// average reaches the threshold, then stay silent for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Decide {
    /// Averaged score that reports a label, 0..1.
    pub threshold: f32,
    /// Number of successive results that are averaged (at least 1).
    pub average_results: usize,
    /// Number of results after a report during which nothing is reported.
    pub suppress_results: usize,
    /// Labels that are never reported (such as `unknown`), by index.
    pub ignore: Vec<usize>,
}

/// A board with its budgets.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The board.
    pub board: Board,
    /// Most RAM of the image in bytes.
    pub ram_bytes_max: Option<u64>,
    /// Most flash of the image in bytes.
    pub flash_bytes_max: Option<u64>,
    /// Most microseconds per result.
    pub latency_us_max: Option<u64>,
    /// Where each budget stands in the spec (ram, flash, latency).
    pub spans: [crate::Span; 3],
}

impl Spec {
    /// Which columns of the features, block after block, have a scale of their own; empty where
    /// none has, and for a network from a file, which brings its own.
    pub fn scaled_columns(&self) -> Vec<bool> {
        if matches!(self.network, NetworkSource::File(_)) {
            return Vec::new();
        }
        let of_block = |block: &FeatureBlock| {
            let scaled = (self.quantize.column_scales).unwrap_or(block.scales_columns());
            std::iter::repeat_n(scaled, block.width(&self.window))
        };
        let scaled: Vec<bool> = self.features.iter().flat_map(of_block).collect();
        if scaled.contains(&true) {
            scaled
        } else {
            Vec::new()
        }
    }

    /// Everything that the trained network depends on, as text: the same for equal meanings
    /// whatever their spelling, layout and comments, and different for different ones. What comes
    /// after the network (`decide`, targets) takes no part.
    pub fn model_text(&self) -> String {
        let mut data = self.data.clone();
        if let Some(data) = &mut data {
            data.path_span = crate::Span::default();
            data.label_spans.clear();
        }
        let mut network = self.network.clone();
        if let NetworkSource::Layers(layers) = &mut network {
            for node in &mut layers.nodes {
                node.span = crate::Span::default();
            }
        }
        let scaled = self.scaled_columns();
        let scaled = match scaled.is_empty() {
            true => String::new(),
            false => format!("{scaled:?}\n"),
        };
        format!(
            "{data:?}\n{:?}\n{:?}\n{:?}\n{network:?}\n{:?}\n{scaled}",
            self.window, self.augment, self.features, self.train
        )
    }
}
