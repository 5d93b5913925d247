//! Small pipelines with every operator, and recordings to run them on.

use impulse_ir::Span;
use impulse_ir::exec::{Float, FrontEnd, Session};
use impulse_ir::features::spectral::{Analysis, Cutoff, Fft, Filter};
use impulse_ir::features::{
    Arithmetic, Deltas, FeatureBlock, Flatten, LOG_FLOOR, Layout, Levels, Log, MelBank, MelScale,
    Mfcc, Mfe, Normalize, Raw, Spectral, Spectrogram, Stft, Taper,
};
use impulse_ir::graph::Graph;
use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Network, Padding, Pool};
use impulse_ir::pipeline::Pipeline;
use impulse_ir::quantize::{Ranges, quantize};
use impulse_ir::spec::{Decide, Motion, Sensor, Window};
use impulse_ir::weights::{FloatTensor, Weights};
use impulse_ir::{lower, passes};

/// Numbers that look random and are the same everywhere (Steele, Lea and Flood, 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From −1 to 1.
    pub fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

pub const RATE_HZ: u32 = 16_000;

/// A window of noise, silence, a loud tone, clipped noise, or a click, by `kind`.
pub fn recording(kind: usize, n_samples: usize) -> Vec<i16> {
    let mut random = Random(kind as u64);
    (0..n_samples)
        .map(|i| match kind % 5 {
            0 => (random.signed() * 3000.0) as i16,
            1 => 0,
            2 => {
                if i / 8 % 2 == 0 {
                    i16::MAX
                } else {
                    i16::MIN
                }
            }
            3 => (random.signed() * 90_000.0) as i16,
            _ => {
                if i == n_samples / 3 {
                    -20_000
                } else {
                    (random.signed() * 4.0) as i16
                }
            }
        })
        .collect()
}

/// The conv1d keyword network of 1,347 weights on one second of audio.
pub fn keyword() -> Pipeline {
    spoken("yes_no", mfcc(512, 320, Normalize::MeanVariance))
}

/// The same with features in integers.
pub fn fixed_keyword() -> Pipeline {
    let mut features = mfcc(512, 320, Normalize::MeanVariance);
    if let FeatureBlock::Mfcc(block) = &mut features[0] {
        block.arithmetic = Arithmetic::Fixed;
    }
    spoken("fixed", features)
}

fn spoken(name: &str, mfcc: Vec<FeatureBlock>) -> Pipeline {
    let mut b = Builder::new(vec![49, 13]);
    for kind in [
        LayerKind::Conv1d(conv(8, [3, 1], [1, 1])),
        LayerKind::MaxPool(pool([2, 1], [2, 1])),
        LayerKind::Conv1d(conv(16, [3, 1], [1, 1])),
        LayerKind::MaxPool(pool([2, 1], [2, 1])),
        LayerKind::Flatten,
        LayerKind::Dense(dense(3)),
        LayerKind::Softmax,
    ] {
        b.push(kind, Span::default()).unwrap();
    }
    pipeline(name, &["yes", "no", "unknown"], mfcc, 16_000, 4_000, b)
}

/// Two-dimensional layers, a residual sum, both pools, a mean, batch normalization, strides, and
/// labels that are hard to spell; frames that do not overlap, a stride that is no multiple of the hop.
pub fn residual() -> Pipeline {
    let mfcc = mfcc(256, 300, Normalize::Mean);
    let mut b = Builder::new(vec![16, 13]);
    let span = Span::default();
    b.push(LayerKind::Conv2d(conv(6, [3, 4], [2, 1])), span)
        .unwrap();
    let start = b.current();
    b.push(LayerKind::DepthwiseConv2d(conv(6, [3, 3], [1, 1])), span)
        .unwrap();
    b.push(LayerKind::BatchNorm, span).unwrap();
    let linear = Conv {
        activation: Activation::None,
        ..conv(6, [1, 1], [1, 1])
    };
    b.push(LayerKind::Conv2d(linear), span).unwrap();
    b.add(start, Activation::Relu, span).unwrap();
    b.push(LayerKind::AvgPool(pool([3, 2], [1, 2])), span)
        .unwrap();
    b.push(LayerKind::MaxPool(pool([2, 2], [2, 2])), span)
        .unwrap();
    b.push(LayerKind::DepthwiseConv2d(conv(12, [2, 2], [1, 1])), span)
        .unwrap();
    b.push(LayerKind::GlobalAvgPool, span).unwrap();
    b.push(LayerKind::Dense(dense(4)), span).unwrap();
    b.push(LayerKind::Softmax, span).unwrap();
    pipeline(
        "a_b",
        &["turn \"on\"", "no", "n?o", "été */"],
        mfcc,
        4_800,
        1_000,
        b,
    )
}

/// An int8 network over 35 frames of ten values that is invariant in time: no padding, one stride.
pub fn over_time() -> Graph {
    let mut b = Builder::new(vec![35, 10]);
    let valid = |filters, kernel, stride| Conv {
        padding: Padding::Valid,
        ..conv(filters, [kernel, 1], [stride, 1])
    };
    for kind in [
        LayerKind::Conv1d(valid(12, 3, 1)),
        LayerKind::MaxPool(Pool {
            padding: Padding::Valid,
            ..pool([3, 1], [2, 1])
        }),
        LayerKind::DepthwiseConv1d(valid(12, 4, 1)),
        LayerKind::Conv1d(valid(16, 1, 1)),
        LayerKind::Flatten,
        LayerKind::Dense(dense(3)),
        LayerKind::Softmax,
    ] {
        b.push(kind, Span::default()).unwrap();
    }
    calibrated(b, 350)
}

/// The preset `keyword_small` for twelve labels, in int8: three inverted bottlenecks over 49 frames of 40
/// bands, with pads above and below.
pub fn keyword_small() -> Graph {
    let mut b = Builder::new(vec![49, 40]);
    let over_time = |filters, kernel, stride, activation| Conv {
        activation,
        ..conv(filters, [kernel, 1], [stride, 1])
    };
    let push = |b: &mut Builder, kind| b.push(kind, Span::default()).unwrap();
    let (relu, none) = (Activation::Relu, Activation::None);
    push(&mut b, LayerKind::Conv1d(over_time(16, 3, 2, relu)));
    for _ in 0..3 {
        let start = b.current();
        push(&mut b, LayerKind::Conv1d(over_time(48, 1, 1, relu)));
        push(
            &mut b,
            LayerKind::DepthwiseConv1d(over_time(48, 9, 1, relu)),
        );
        push(&mut b, LayerKind::Conv1d(over_time(16, 1, 1, none)));
        b.add(start, none, Span::default()).unwrap();
    }
    push(&mut b, LayerKind::GlobalAvgPool);
    push(&mut b, LayerKind::Dense(dense(12)));
    push(&mut b, LayerKind::Softmax);
    calibrated(b, 49 * 40)
}

/// Three fully connected layers from one value to one.
pub fn three_dense() -> Graph {
    let mut b = Builder::new(vec![1]);
    for units in [16, 16] {
        let activation = Activation::Relu;
        let layer = LayerKind::Dense(Dense {
            activation,
            ..dense(units)
        });
        b.push(layer, Span::default()).unwrap();
    }
    b.push(LayerKind::Dense(dense(1)), Span::default()).unwrap();
    calibrated(b, 1)
}

/// Convolutions of sizes that no kernel likes: odd numbers of rows, columns and channels, few of
/// them, strides, with pads and without, activations and none.
pub fn odd_sizes(seed: u64) -> Graph {
    let mut random = Random(seed);
    let mut one_of = |from: usize, to: usize| from + random.next() as usize % (to - from + 1);
    let (mut rows, mut columns) = (one_of(5, 13), one_of(2, 9));
    let mut channels = one_of(1, 5);
    let n_inputs = rows * columns * channels;
    let mut b = Builder::new(vec![rows, columns, channels]);
    for at in 0..8 {
        let kernel = match one_of(0, 3) {
            0 => [1, 1],
            1 => [one_of(1, 5), one_of(1, 4)],
            _ => [3, 3],
        };
        let stride = [one_of(1, 5).div_ceil(4), one_of(1, 5).div_ceil(4)];
        let fits = kernel[0] <= rows && kernel[1] <= columns;
        let padding = if fits && one_of(0, 2) == 0 {
            Padding::Valid
        } else {
            Padding::Same
        };
        let activation = [Activation::None, Activation::Relu, Activation::Relu6][one_of(0, 2)];
        let depthwise = at % 2 == 1;
        if !depthwise {
            channels = one_of(1, 35);
        }
        let layer = Conv {
            padding,
            activation,
            ..conv(channels, kernel, stride)
        };
        let kind = if depthwise {
            LayerKind::DepthwiseConv2d(layer)
        } else {
            LayerKind::Conv2d(layer)
        };
        b.push(kind, Span::default()).unwrap();
        let left = |n: usize, i: usize| match padding {
            Padding::Valid => (n - kernel[i]) / stride[i] + 1,
            _ => n.div_ceil(stride[i]),
        };
        (rows, columns) = (left(rows, 0), left(columns, 1));
        // The same twice over and added up.
        if depthwise && at % 4 == 3 {
            let start = b.current();
            let same = Conv {
                activation: Activation::None,
                ..conv(channels, [3, 3], [1, 1])
            };
            b.push(LayerKind::DepthwiseConv2d(same), Span::default())
                .unwrap();
            b.add(start, activation, Span::default()).unwrap();
        }
    }
    b.push(LayerKind::Flatten, Span::default()).unwrap();
    b.push(LayerKind::Dense(dense(one_of(1, 9))), Span::default())
        .unwrap();
    calibrated(b, n_inputs)
}

/// The network in int8, calibrated on noise of `n` values.
fn calibrated(b: Builder, n: usize) -> Graph {
    let network = b.finish(Span::default()).unwrap();
    let graph = passes::run(lower::lower(&network, &weights(&network)).unwrap()).unwrap();
    let float = Float::new(&graph).unwrap();
    let mut ranges = Ranges::new(&graph);
    let mut random = Random(5);
    let values: Vec<f32> = (0..n).map(|_| 2.0 * random.signed()).collect();
    float.observe(&values, &mut ranges);
    passes::run_int8(quantize(&graph, &ranges).unwrap())
}

fn conv(filters: usize, kernel: [usize; 2], stride: [usize; 2]) -> Conv {
    let (padding, activation) = (Padding::Same, Activation::Relu);
    Conv {
        filters,
        kernel,
        stride,
        padding,
        activation,
        bias: true,
        max_norm: None,
    }
}

fn pool(size: [usize; 2], stride: [usize; 2]) -> Pool {
    Pool {
        size,
        stride,
        padding: Padding::Same,
    }
}

fn dense(units: usize) -> Dense {
    Dense {
        units,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    }
}

fn stft(frame_samples: usize, hop_samples: usize) -> Stft {
    Stft {
        frame_samples,
        hop_samples,
        fft_samples: frame_samples.next_power_of_two(),
        pre_emphasis: 0.97,
        taper: Taper::Hann,
        edge_impulse: false,
        levels: Default::default(),
    }
}

fn bank(n_filters: usize, scale: MelScale) -> MelBank {
    MelBank {
        n_filters,
        low_hz: 80.0,
        high_hz: 7_600.0,
        scale,
        area_normalized: scale == MelScale::Slaney,
    }
}

fn mfcc(frame_samples: usize, hop_samples: usize, normalize: Normalize) -> Vec<FeatureBlock> {
    vec![FeatureBlock::Mfcc(Mfcc {
        stft: stft(frame_samples, hop_samples),
        mel: bank(20, MelScale::Htk),
        log_floor: LOG_FLOOR,
        n_coefficients: 13,
        lifter: 0.0,
        normalize,
        sliding_frames: 0,
        deltas: None,
        arithmetic: Arithmetic::Float,
    })]
}

/// The audio blocks in Edge Impulse's way, on whole windows that overlap.
pub fn whole_windows() -> Pipeline {
    let stft = Stft {
        taper: Taper::Rectangular,
        edge_impulse: true,
        levels: Default::default(),
        ..stft(320, 320)
    };
    let stft = Stft {
        fft_samples: 256,
        ..stft
    };
    let short = Stft {
        fft_samples: 64,
        pre_emphasis: 0.0,
        ..stft.clone()
    };
    let features = vec![
        FeatureBlock::Mfcc(Mfcc {
            stft: stft.clone(),
            mel: bank(32, MelScale::Htk),
            log_floor: LOG_FLOOR,
            n_coefficients: 13,
            lifter: 0.0,
            normalize: Normalize::None,
            sliding_frames: 5,
            deltas: None,
            arithmetic: Arithmetic::Float,
        }),
        FeatureBlock::Mfe(Mfe {
            stft,
            mel: bank(20, MelScale::Htk),
            log_floor: 1e-5,
            normalize: Normalize::None,
            deltas: None,
            arithmetic: Arithmetic::Float,
        }),
        FeatureBlock::Spectrogram(Spectrogram::of_sound(short, 1e-5, Normalize::None)),
    ];
    // 7 frames of 13, 20 and 33 values.
    let mut b = Builder::new(vec![462]);
    b.push(LayerKind::Dense(dense(3)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    pipeline("whole", &["a", "b", "c"], features, 2_300, 700, b)
}

/// Statistics of one axis of movement, 32768 for 4 in the recordings' unit.
pub fn movement() -> Pipeline {
    let features = vec![FeatureBlock::Flatten(Flatten {
        axes: vec![0],
        scale: 4.0 / 32_768.0,
        statistics: [true; 7],
    })];
    let mut b = Builder::new(vec![7]);
    b.push(LayerKind::Dense(dense(2)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    let mut pipeline = pipeline("movement", &["still", "moving"], features, 200, 50, b);
    pipeline.window.sensor = Sensor::Motion(Motion {
        axes: vec!["vertical".into()],
        range: 4.0,
    });
    pipeline
}

/// Edge Impulse's parameters on one second, for their cost: 20 ms frames, 256 points, 32 filters, 13
/// coefficients.
pub fn second_of_mfcc() -> Pipeline {
    let features = vec![FeatureBlock::Mfcc(Mfcc {
        stft: Stft {
            fft_samples: 256,
            taper: Taper::Rectangular,
            edge_impulse: true,
            levels: Default::default(),
            ..stft(320, 320)
        },
        mel: bank(32, MelScale::Htk),
        log_floor: LOG_FLOOR,
        n_coefficients: 13,
        lifter: 0.0,
        normalize: Normalize::None,
        sliding_frames: 0,
        deltas: None,
        arithmetic: Arithmetic::Float,
    })];
    let mut b = Builder::new(vec![50, 13]);
    b.push(LayerKind::Flatten, Span::default()).unwrap();
    b.push(LayerKind::Dense(dense(2)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    pipeline("second", &["a", "b"], features, 16_000, 16_000, b)
}

/// Mel energies in decibel with second differences beside cepstra of magnitudes with first ones.
pub fn differences() -> Pipeline {
    differences_in("differences", Arithmetic::Float)
}

/// The same in integers, of powers; the cepstra are normalized.
pub fn fixed_differences() -> Pipeline {
    differences_in("fixed_differences", Arithmetic::Fixed)
}

fn differences_in(name: &str, arithmetic: Arithmetic) -> Pipeline {
    let levels = |magnitude, log| Levels { magnitude, log };
    let deltas = |width, second| Some(Deltas { width, second });
    let (magnitude, normalize) = match arithmetic {
        Arithmetic::Float => (true, Normalize::None),
        Arithmetic::Fixed => (false, Normalize::MeanVariance),
    };
    let features = vec![
        FeatureBlock::Mfe(Mfe {
            stft: Stft {
                levels: levels(false, Log::Decibel),
                ..stft(512, 320)
            },
            mel: bank(16, MelScale::Htk),
            log_floor: LOG_FLOOR,
            normalize: Normalize::Mean,
            deltas: deltas(2, true),
            arithmetic,
        }),
        FeatureBlock::Mfcc(Mfcc {
            stft: Stft {
                levels: levels(magnitude, Log::Natural),
                ..stft(512, 320)
            },
            mel: bank(20, MelScale::Slaney),
            log_floor: LOG_FLOOR,
            n_coefficients: 8,
            lifter: 0.0,
            normalize,
            sliding_frames: 0,
            deltas: deltas(3, false),
            arithmetic,
        }),
    ];
    // 12 frames of three times 16 and twice 8 values.
    let mut b = Builder::new(vec![12, 64]);
    b.push(LayerKind::Flatten, Span::default()).unwrap();
    b.push(LayerKind::Dense(dense(3)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    pipeline(name, &["a", "b", "c"], features, 4_100, 1_500, b)
}

/// Mel energies of a second, for real recordings.
pub fn energies() -> Pipeline {
    energies_in("energies", Arithmetic::Float)
}

/// The same in integers.
pub fn fixed_energies() -> Pipeline {
    energies_in("fixed_energies", Arithmetic::Fixed)
}

fn energies_in(name: &str, arithmetic: Arithmetic) -> Pipeline {
    let features = vec![FeatureBlock::Mfe(Mfe {
        stft: stft(512, 320),
        mel: bank(40, MelScale::Htk),
        log_floor: LOG_FLOOR,
        normalize: Normalize::Mean,
        deltas: None,
        arithmetic,
    })];
    let mut b = Builder::new(vec![49, 40]);
    b.push(LayerKind::Conv1d(conv(4, [3, 1], [2, 1])), Span::default())
        .unwrap();
    b.push(LayerKind::Flatten, Span::default()).unwrap();
    b.push(LayerKind::Dense(dense(3)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    pipeline(name, &["a", "b", "c"], features, 16_000, 4_000, b)
}

/// Real words and noise from a folder beside the repository, a second each; none where it does
/// not exist.
pub fn real_clips() -> Vec<Vec<i16>> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/speech_commands"
    );
    let clip = |label: &str| {
        let folder = std::fs::read_dir(std::path::Path::new(folder).join(label)).ok()?;
        let mut paths: Vec<_> = folder.filter_map(|e| Some(e.ok()?.path())).collect();
        paths.sort();
        let bytes = std::fs::read(paths.get(7)?).ok()?;
        // Mono PCM16 with the canonical header of 44 bytes.
        let samples = bytes.get(44..)?.chunks_exact(2);
        Some(samples.map(|b| i16::from_le_bytes([b[0], b[1]])).collect())
    };
    ["yes", "no", "silence", "unknown"]
        .iter()
        .filter_map(|label| clip(label))
        .collect()
}

/// MFCC of one second by the project's own way, for its cost: a frame every 20 ms, 32 filters, 13
/// coefficients.
pub fn second_of(name: &str, frame_samples: usize, fft_samples: usize) -> Pipeline {
    let features = vec![FeatureBlock::Mfcc(Mfcc {
        stft: Stft {
            fft_samples,
            ..stft(frame_samples, 320)
        },
        mel: bank(32, MelScale::Htk),
        log_floor: LOG_FLOOR,
        n_coefficients: 13,
        lifter: 0.0,
        normalize: Normalize::MeanVariance,
        sliding_frames: 0,
        deltas: None,
        arithmetic: Arithmetic::Float,
    })];
    // Whole frames in a second.
    let n_frames = (16_000 - frame_samples) / 320 + 1;
    let mut b = Builder::new(vec![n_frames, 13]);
    b.push(LayerKind::Flatten, Span::default()).unwrap();
    b.push(LayerKind::Dense(dense(2)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    pipeline(name, &["a", "b"], features, 16_000, 16_000, b)
}

/// Three blocks: two with the same frames, one with others; every way in which rows wait; every
/// kind of table; columns with one scale and with their own.
pub fn side_by_side() -> Pipeline {
    beside("beside", Arithmetic::Float)
}

/// The same with two blocks in integers, one of which is not normalized.
pub fn fixed_side_by_side() -> Pipeline {
    beside("fixed_beside", Arithmetic::Fixed)
}

fn beside(name: &str, arithmetic: Arithmetic) -> Pipeline {
    let features = vec![
        FeatureBlock::Mfcc(Mfcc {
            stft: Stft {
                pre_emphasis: 0.0,
                taper: Taper::Rectangular,
                ..stft(256, 200)
            },
            mel: bank(21, MelScale::Slaney),
            log_floor: LOG_FLOOR,
            n_coefficients: 12,
            lifter: 22.0,
            normalize: Normalize::MeanVariance,
            sliding_frames: 0,
            deltas: None,
            arithmetic,
        }),
        FeatureBlock::Mfe(Mfe {
            stft: Stft {
                taper: Taper::Hamming,
                ..stft(256, 200)
            },
            mel: bank(10, MelScale::Htk),
            log_floor: LOG_FLOOR,
            deltas: None,
            normalize: match arithmetic {
                Arithmetic::Float => Normalize::Mean,
                Arithmetic::Fixed => Normalize::None,
            },
            arithmetic,
        }),
        FeatureBlock::Spectrogram(Spectrogram::of_sound(
            stft(64, 300),
            LOG_FLOOR,
            Normalize::None,
        )),
    ];
    // 11 frames of 22 values and 8 frames of 33.
    let mut b = Builder::new(vec![506]);
    b.push(LayerKind::Dense(dense(3)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    let mut pipeline = pipeline(name, &["a", "b", "c"], features, 2_300, 700, b);
    let own = (0..10 + 33).map(|i| [0.5, 1.0, 2.0][i % 3]);
    pipeline.graph.input_scales = std::iter::repeat_n(2.0, 12).chain(own).collect();
    pipeline
}

/// Five blocks of motion on different axes: whole windows, samples, and frames of one and of two axes
/// with other lengths and hops.
pub fn motion_side_by_side() -> Pipeline {
    let scale = 2.0 / 32_768.0;
    let spectrogram = |axes: &[u8], stft: Stft, normalize| {
        FeatureBlock::Spectrogram(Spectrogram {
            stft,
            axes: axes.to_vec(),
            scale,
            log_floor: LOG_FLOOR,
            normalize,
        })
    };
    let compatible = Stft {
        pre_emphasis: 0.0,
        taper: Taper::Rectangular,
        edge_impulse: true,
        ..stft(32, 24)
    };
    let features = vec![
        FeatureBlock::Spectral(Spectral {
            axes: vec![2],
            scale,
            decimation: 1,
            filter: Filter::Low(Cutoff { hz: 20.0, order: 4 }),
            analysis: Analysis::Fft(Fft {
                samples: 32,
                overlap: true,
                log: true,
                low_frequencies: false,
            }),
        }),
        FeatureBlock::Flatten(Flatten {
            axes: vec![0, 1],
            scale,
            statistics: [true; 7],
        }),
        FeatureBlock::Raw(Raw {
            axes: vec![1],
            scale,
        }),
        spectrogram(&[0, 2], stft(31, 10), Normalize::None),
        spectrogram(&[1], stft(31, 10), Normalize::Mean),
        spectrogram(&[1], compatible, Normalize::None),
    ];
    let window = Window {
        rate_hz: 104,
        length_samples: 104,
        stride_samples: 40,
        n_axes: 3,
        sensor: Sensor::Motion(Motion {
            axes: ["x", "y", "z"].map(str::to_owned).to_vec(),
            range: 2.0,
        }),
    };
    let n_features = FrontEnd::new(&window, &features).len();
    let mut b = Builder::new(vec![n_features]);
    b.push(LayerKind::Dense(dense(3)), Span::default()).unwrap();
    b.push(LayerKind::Softmax, Span::default()).unwrap();
    over("motion", &["a", "b", "c"], features, window, b)
}

fn pipeline(
    name: &str,
    labels: &[&str],
    features: Vec<FeatureBlock>,
    length_samples: usize,
    stride_samples: usize,
    builder: Builder,
) -> Pipeline {
    let window = Window {
        rate_hz: RATE_HZ,
        length_samples,
        stride_samples,
        n_axes: 1,
        sensor: Sensor::Audio,
    };
    over(name, labels, features, window, builder)
}

fn over(
    name: &str,
    labels: &[&str],
    features: Vec<FeatureBlock>,
    window: Window,
    builder: Builder,
) -> Pipeline {
    assert_eq!(Layout::problems(&window, &features), []);
    for block in &features {
        assert_eq!(block.problems(&window), []);
    }
    let network = builder.finish(Span::default()).unwrap();
    let graph = passes::run(lower::lower(&network, &weights(&network)).unwrap()).unwrap();
    let front_end = FrontEnd::new(&window, &features);
    let float = Float::new(&graph).unwrap();
    let mut ranges = Ranges::new(&graph);
    for kind in 0..5 {
        let mut values = Vec::new();
        let samples = recording(kind, front_end.layout().n_values);
        front_end.features(&samples, &mut values);
        float.observe(&values, &mut ranges);
    }
    Pipeline {
        name: name.into(),
        labels: labels.iter().map(|&l| l.to_owned()).collect(),
        window,
        features,
        graph: quantize(&graph, &ranges).unwrap(),
        decide: Decide {
            threshold: 0.3,
            average_results: 2,
            suppress_results: 1,
            ignore: vec![labels.len() - 1],
        },
    }
}

fn weights(network: &Network) -> Weights {
    let mut random = Random(7);
    let mut all = Weights::new();
    for node in &network.nodes {
        for p in node.kind.parameters(network.shape(node.inputs[0])) {
            let n: usize = p.shape.iter().product();
            let data = (0..n).map(|_| match p.role {
                "variance" | "gamma" => 1.0 + 0.5 * random.signed(),
                _ => 0.6 * random.signed(),
            });
            let tensor = FloatTensor {
                data: data.collect(),
                shape: p.shape,
            };
            all.insert(format!("{}.{}", node.name, p.role), tensor);
        }
    }
    all
}

/// Five windows of different kinds.
pub fn windows(pipeline: &Pipeline) -> Vec<Vec<i16>> {
    let n_values = pipeline.window.length_samples * pipeline.window.n_axes;
    (0..5).map(|kind| recording(kind, n_values)).collect()
}

/// What the host says of five windows and of the five pushed one after another, one fact a line.
pub fn expected(pipeline: &Pipeline) -> String {
    let mut session = Session::new(pipeline).unwrap();
    let mut out = String::new();
    let windows = windows(pipeline);
    for window in &windows {
        let result = session.classify(window);
        out += &format!("window {} {}\n", hex(&result.features), hex(&result.scores));
    }
    let all = windows.concat();
    let mut rest = &all[..];
    while !rest.is_empty() {
        let (consumed, result) = session.push(rest);
        rest = &rest[consumed..];
        if let Some(r) = result {
            let decided = r.decision.map_or(-1, |label| label as i64);
            out += &format!("result {} {} {decided}\n", hex(&r.scores), hex(&r.average));
        }
    }
    out
}

fn hex(values: &[i8]) -> String {
    values.iter().map(|v| format!("{v:02x}")).collect()
}
