//! Training speed: clips per second of a steady epoch at batch 32, for the networks of
//! BENCHMARKS.md. Features are random and ready, so that the steps alone are measured; the same
//! networks stand in `xtask/bench/keras_throughput.py`.
//!
//! `cargo run --release -p impulse-train --example throughput [network …]` prints one line a
//! network: its name and the clips per second of the fastest epoch.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Network, Padding, Pool};
use impulse_ir::spec::{ClassWeights, Keep, Optimizer, Schedule, Train};
use impulse_train::{Examples, fit};
use rand::{Rng, SeedableRng};

const CLIPS: usize = 2538;
const LABELS: usize = 12;
const FRAMES: usize = 49;
const COEFFICIENTS: usize = 13;
/// Time given to each network, and the epochs that it gets at least.
const SECONDS: f64 = 2.0;
const EPOCHS_MIN: usize = 3;
const NETWORKS: [&str; 4] = ["conv1d", "conv2d", "ds_cnn", "bottleneck"];

fn conv(filters: usize, kernel: [usize; 2], stride: [usize; 2], activation: Activation) -> Conv {
    Conv {
        filters,
        kernel,
        stride,
        padding: Padding::Same,
        activation,
        bias: true,
        max_norm: None,
    }
}

/// The network of this name, `None` where there is none.
fn network(name: &str) -> Result<Option<Network>, Diagnostic> {
    let relu = Activation::Relu;
    match name {
        "conv1d" => {
            let layer = |filters| LayerKind::Conv1d(conv(filters, [3, 1], [1, 1], relu));
            stack(pooled(layer, [2, 1])).map(Some)
        }
        "conv2d" => {
            let layer = |filters| {
                LayerKind::Conv2d(Conv {
                    max_norm: Some(1.0),
                    ..conv(filters, [3, 3], [1, 1], relu)
                })
            };
            stack(pooled(layer, [2, 2])).map(Some)
        }
        "ds_cnn" => stack(ds_cnn()).map(Some),
        "bottleneck" => bottleneck().map(Some),
        _ => Ok(None),
    }
}

fn start() -> Builder {
    Builder::new(vec![FRAMES, COEFFICIENTS])
}

/// `layers`, then a dense softmax over the labels.
fn stack(layers: Vec<LayerKind>) -> Result<Network, Diagnostic> {
    let mut builder = start();
    for layer in layers {
        builder.push(layer, Span::default())?;
    }
    classified(builder)
}

fn classified(mut builder: Builder) -> Result<Network, Diagnostic> {
    let dense = Dense {
        units: LABELS,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    };
    builder.push(LayerKind::Dense(dense), Span::default())?;
    builder.push(LayerKind::Softmax, Span::default())?;
    builder.finish(Span::default())
}

fn pooled(layer: impl Fn(usize) -> LayerKind, size: [usize; 2]) -> Vec<LayerKind> {
    let block = |filters| {
        let pool = Pool {
            size,
            stride: size,
            padding: Padding::Same,
        };
        [
            layer(filters),
            LayerKind::MaxPool(pool),
            LayerKind::Dropout(0.25),
        ]
    };
    [8, 16]
        .into_iter()
        .flat_map(block)
        .chain([LayerKind::Flatten])
        .collect()
}

/// A convolution that a batch normalization follows needs neither bias nor activation.
fn bare(filters: usize, kernel: [usize; 2], stride: [usize; 2]) -> Conv {
    Conv {
        bias: false,
        ..conv(filters, kernel, stride, Activation::None)
    }
}

/// Depthwise separable: a stem and four blocks of 64 channels (Zhang et al., 2017).
fn ds_cnn() -> Vec<LayerKind> {
    let norm = || [LayerKind::BatchNorm, LayerKind::Relu];
    let mut layers = vec![LayerKind::Conv2d(bare(64, [10, 4], [2, 2]))];
    layers.extend(norm());
    for _ in 0..4 {
        layers.push(LayerKind::DepthwiseConv2d(bare(64, [3, 3], [1, 1])));
        layers.extend(norm());
        layers.push(LayerKind::Conv2d(bare(64, [1, 1], [1, 1])));
        layers.extend(norm());
    }
    layers.push(LayerKind::GlobalAvgPool);
    layers
}

/// Inverted bottlenecks over time (MobileNetV2's block in one dimension): a stem of 16 channels,
/// three blocks that expand to 48.
fn bottleneck() -> Result<Network, Diagnostic> {
    const WIDTH: usize = 16;
    const EXPANDED: usize = 48;
    let span = Span::default();
    let mut builder = start();
    builder.push(LayerKind::Conv1d(bare(WIDTH, [3, 1], [2, 1])), span)?;
    builder.push(LayerKind::BatchNorm, span)?;
    let mut value = builder.push(LayerKind::Relu, span)?;
    for _ in 0..3 {
        builder.push(LayerKind::Conv1d(bare(EXPANDED, [1, 1], [1, 1])), span)?;
        builder.push(LayerKind::BatchNorm, span)?;
        builder.push(LayerKind::Relu, span)?;
        let depthwise = bare(EXPANDED, [9, 1], [1, 1]);
        builder.push(LayerKind::DepthwiseConv1d(depthwise), span)?;
        builder.push(LayerKind::BatchNorm, span)?;
        builder.push(LayerKind::Relu, span)?;
        builder.push(LayerKind::Conv1d(bare(WIDTH, [1, 1], [1, 1])), span)?;
        builder.push(LayerKind::BatchNorm, span)?;
        value = builder.add(value, Activation::None, span)?;
    }
    builder.push(LayerKind::GlobalAvgPool, span)?;
    classified(builder)
}

/// Clips per second of the fastest epoch but the first.
fn measure(network: &Network) -> Result<f64, Diagnostic> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let mut number = || random.next_u32() as f32 / 2_147_483_648.0 - 1.0;
    let n = network.input.iter().product::<usize>() * CLIPS;
    let features = (0..n).map(|_| number()).collect();
    let set = Examples {
        features,
        labels: (0..CLIPS).map(|i| i % LABELS).collect(),
    };
    let settings = Train {
        epochs: 10_000,
        batch: 32,
        optimizer: Optimizer::Adam {
            learning_rate: 0.005,
        },
        schedule: Schedule::Constant,
        warmup_epochs: 0,
        mixup: 0.0,
        patience_epochs: None,
        class_weights: ClassWeights::Equal,
        keep: Keep::Last,
        seed: 1,
        seeds: 1,
        folds: 4,
        start: None,
        freeze: Vec::new(),
    };
    let stop = AtomicBool::new(false);
    let mut ends = Vec::new();
    let start = Instant::now();
    fit(
        network,
        &settings,
        LABELS,
        &set,
        &Examples::default(),
        &stop,
        &mut |_| {
            ends.push(start.elapsed().as_secs_f64());
            stop.store(
                ends.len() > EPOCHS_MIN && start.elapsed().as_secs_f64() > SECONDS,
                Ordering::Relaxed,
            );
        },
    )?;
    let fastest = ends
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(f64::INFINITY, f64::min);
    Ok(CLIPS as f64 / fastest)
}

fn run(names: &[String]) -> Result<(), Diagnostic> {
    for name in names {
        let Some(network) = network(name)? else {
            return Err(Diagnostic::general(
                codes::TRAINING_UNFIT,
                format!("expected one of {}, found {name}", NETWORKS.join(", ")),
            ));
        };
        println!("{name} {:.0}", measure(&network)?);
    }
    Ok(())
}

fn main() -> std::process::ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() {
        names = NETWORKS.map(str::to_owned).to_vec();
    }
    match run(&names) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(diagnostic) => {
            eprintln!("{}: {}", diagnostic.code, diagnostic.message);
            std::process::ExitCode::FAILURE
        }
    }
}
