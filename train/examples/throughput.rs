//! Training speed: clips per second of a steady epoch at batch 32, for the networks of
//! BENCHMARKS.md. Features are random and ready, so that the steps alone are measured.
//!
//! `cargo run --release -p impulse-train --example throughput [seconds per network]`

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use impulse_ir::Span;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Network, Padding, Pool};
use impulse_ir::spec::{ClassWeights, Keep, Optimizer, Schedule, Train};
use impulse_train::{Examples, fit};
use rand::{Rng, SeedableRng};

const CLIPS: usize = 2048;
const LABELS: usize = 12;

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

fn network(layers: Vec<LayerKind>) -> Result<Network, Diagnostic> {
    let dense = Dense {
        units: LABELS,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    };
    let mut builder = Builder::new(vec![49, 13]);
    for layer in layers
        .into_iter()
        .chain([LayerKind::Dense(dense), LayerKind::Softmax])
    {
        builder.push(layer, Span::default())?;
    }
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

fn ds_cnn() -> Vec<LayerKind> {
    let norm = || [LayerKind::BatchNorm, LayerKind::Relu];
    let mut layers = vec![LayerKind::Conv2d(conv(
        64,
        [10, 4],
        [2, 2],
        Activation::None,
    ))];
    layers.extend(norm());
    for _ in 0..4 {
        layers.push(LayerKind::DepthwiseConv2d(conv(
            64,
            [3, 3],
            [1, 1],
            Activation::None,
        )));
        layers.extend(norm());
        layers.push(LayerKind::Conv2d(conv(
            64,
            [1, 1],
            [1, 1],
            Activation::None,
        )));
        layers.extend(norm());
    }
    layers.push(LayerKind::GlobalAvgPool);
    layers
}

/// Clips per second of the fastest epoch, and of all but the first.
fn measure(network: &Network, seconds: f64) -> Result<(f64, f64), Diagnostic> {
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
            learning_rate: 0.001,
        },
        schedule: Schedule::Constant,
        patience_epochs: None,
        class_weights: ClassWeights::Equal,
        keep: Keep::Last,
        seed: 1,
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
                ends.len() > 2 && start.elapsed().as_secs_f64() > seconds,
                Ordering::Relaxed,
            );
        },
    )?;
    let epochs: Vec<f64> = ends.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let fastest = epochs.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = epochs.iter().sum::<f64>() / epochs.len() as f64;
    Ok((CLIPS as f64 / fastest, CLIPS as f64 / mean))
}

fn run() -> Result<(), Diagnostic> {
    let seconds = std::env::args()
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap_or(5.0);
    let relu = Activation::Relu;
    let conv1d = pooled(
        |filters| LayerKind::Conv1d(conv(filters, [3, 1], [1, 1], relu)),
        [2, 1],
    );
    let conv2d = pooled(
        |filters| LayerKind::Conv2d(conv(filters, [3, 3], [1, 1], relu)),
        [2, 2],
    );
    println!(
        "{} threads, batch 32, {LABELS} labels, features 49x13",
        rayon::current_num_threads()
    );
    println!(
        "{:<14}{:>9}{:>16}{:>16}",
        "network", "weights", "clips/s (best)", "clips/s (mean)"
    );
    for (name, layers) in [
        ("conv1d 8/16", conv1d),
        ("conv2d 8/16", conv2d),
        ("DS-CNN 64x4", ds_cnn()),
    ] {
        let network = network(layers)?;
        let (best, mean) = measure(&network, seconds)?;
        println!(
            "{name:<14}{:>9}{best:>16.0}{mean:>16.0}",
            network.n_weights()
        );
    }
    Ok(())
}

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(diagnostic) => {
            eprintln!("{}: {}", diagnostic.code, diagnostic.message);
            std::process::ExitCode::FAILURE
        }
    }
}
