//! Networks that lose by rounding, and what fine-tuning brings back.

use core::sync::atomic::AtomicBool;

use impulse_ir::Span;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::exec::{Float, Int8};
use impulse_ir::graph::Graph;
use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Network, Padding};
use impulse_ir::quantize::{Ranges, quantize};
use impulse_ir::spec::{ClassWeights, Finetune, Keep, Optimizer, Schedule, Train};
use impulse_ir::weights::Weights;
use impulse_ir::{lower, passes};

use super::network::Trainable;
use super::{epochs, finetune};
use crate::fit::{Examples, Options, fit};
use crate::metrics::argmax;
use crate::random::{Purpose, stream, unit};

const LABELS: usize = 4;
const UNITS: usize = 12;

fn dense(units: usize, activation: Activation) -> LayerKind {
    LayerKind::Dense(Dense {
        units,
        activation,
        bias: true,
        max_norm: None,
    })
}

fn build(input: &[usize], layers: Vec<LayerKind>) -> Result<Network, Diagnostic> {
    let mut builder = Builder::new(input.to_vec());
    for layer in layers {
        builder.push(layer, Span::default())?;
    }
    builder.finish(Span::default())
}

/// Points around the corners of a square that is turned a little.
fn clips(n: usize, seed: u64) -> Examples {
    let mut random = stream(seed, Purpose::Weights, 3);
    let mut set = Examples::default();
    for i in 0..n {
        let (label, mut noise) = (i % LABELS, || {
            1.1 * (unit(&mut random) + unit(&mut random) - 1.0)
        });
        let [x, y] = [[1.0, 0.3], [-0.3, 1.0], [-1.0, -0.3], [0.3, -1.0]][label];
        set.features.extend([x + noise(), y + noise()]);
        set.labels.push(label);
    }
    set
}

fn settings(epochs: usize) -> Train {
    Train {
        epochs,
        batch: 16,
        optimizer: Optimizer::Adam {
            learning_rate: 0.02,
        },
        schedule: Schedule::Cosine,
        warmup_epochs: 0,
        mixup: 0.0,
        patience_epochs: None,
        class_weights: ClassWeights::Equal,
        keep: Keep::Last,
        seed: 2,
        seeds: 1,
        folds: 4,
        start: None,
        freeze: Vec::new(),
    }
}

fn ranges(graph: &Graph, clips: &Examples) -> Result<Ranges, Diagnostic> {
    let (network, mut ranges) = (Float::new(graph)?, Ranges::new(graph));
    let size = clips.features.len() / clips.len();
    for clip in clips.features.chunks_exact(size) {
        network.observe(clip, &mut ranges);
    }
    Ok(ranges)
}

fn accuracy(clips: &Examples, mut scores: impl FnMut(&[f32]) -> Vec<f32>) -> f64 {
    let size = clips.features.len() / clips.len();
    let pairs = clips.features.chunks_exact(size).zip(&clips.labels);
    let hits = pairs.filter(|(clip, label)| argmax(&scores(clip)) == **label);
    hits.count() as f64 / clips.len() as f64
}

fn accuracy_int8(graph: &Graph, clips: &Examples) -> Result<f64, Diagnostic> {
    let mut network = Int8::new(graph)?;
    let input = graph.tensors[graph.inputs[0]].quantization.clone().unwrap();
    let (scale, zero_point) = (input.scales[0], input.zero_points[0]);
    Ok(accuracy(clips, |clip| {
        let level = |x: &f32| (x / scale).round() as i32 + zero_point;
        let input: Vec<i8> = clip
            .iter()
            .map(|x| level(x).clamp(-128, 127) as i8)
            .collect();
        network.run(&input).iter().map(|s| f32::from(*s)).collect()
    }))
}

/// Hidden units times different factors, what reads them divided by the same: the same function in
/// floats, but the dense layers' one scale each is that of the largest.
fn unbalance(weights: &mut Weights) {
    let factor = |unit: usize| if unit.is_multiple_of(6) { 24.0 } else { 0.05 };
    for (name, tensor) in weights {
        let of = |i: usize| match name.as_str() {
            "dense_1.weight" => factor(i / 2),
            "dense_1.bias" => factor(i),
            "dense_2.weight" => 1.0 / factor(i % UNITS),
            _ => 1.0,
        };
        let values = tensor.data.iter_mut().enumerate();
        values.for_each(|(i, value)| *value *= of(i));
    }
}

#[test]
fn brings_back_what_rounding_takes() -> Result<(), Diagnostic> {
    let network = build(
        &[2],
        vec![
            dense(UNITS, Activation::Relu),
            dense(LABELS, Activation::None),
            LayerKind::Softmax,
        ],
    )?;
    let (train, test) = (clips(400, 1), clips(800, 2));
    let (never, none) = (AtomicBool::new(false), Examples::default());
    let fitted = fit(
        &network,
        &settings(30),
        LABELS,
        &train,
        &none,
        &never,
        &mut |_| (),
    )?;
    let mut weights = fitted.weights;
    unbalance(&mut weights);
    let float = passes::run(lower::lower(&network, &weights)?)?;
    let ranges = ranges(&float, &train)?;
    let int8 = quantize(&float, &ranges)?;
    let tuned = finetune(
        [&float, &int8],
        &settings(30),
        10,
        LABELS,
        &train,
        Options::default(),
        &never,
        &mut |_| (),
    )?;
    let tuned = quantize(&tuned.expect("layers that train"), &ranges)?;
    let before = accuracy(&test, |clip| Float::new(&float).unwrap().run(clip));
    let (lost, regained) = (accuracy_int8(&int8, &test)?, accuracy_int8(&tuned, &test)?);
    assert!(before > 0.85, "float {before}");
    assert!(lost < 0.6, "float {before}, int8 {lost}");
    assert!(
        regained > before - 0.05,
        "float {before}, int8 {lost}, tuned {regained}"
    );
    Ok(())
}

#[test]
fn a_network_with_everything_becomes_one_that_trains() -> Result<(), Diagnostic> {
    let conv = |filters, kernel, activation| Conv {
        filters,
        kernel: [kernel, 1],
        stride: [1, 1],
        padding: Padding::Same,
        activation,
        bias: true,
        max_norm: None,
    };
    let mut builder = Builder::new(vec![12, 5]);
    let span = Span::default();
    builder.push(LayerKind::Conv1d(conv(6, 3, Activation::None)), span)?;
    builder.push(LayerKind::BatchNorm, span)?;
    builder.push(LayerKind::Relu, span)?;
    let stem = builder.current();
    builder.push(
        LayerKind::DepthwiseConv1d(conv(6, 5, Activation::Relu)),
        span,
    )?;
    builder.push(LayerKind::Conv1d(conv(6, 1, Activation::None)), span)?;
    builder.add(stem, Activation::None, span)?;
    builder.push(LayerKind::GlobalAvgPool, span)?;
    builder.push(dense(LABELS, Activation::None), span)?;
    builder.push(LayerKind::Softmax, span)?;
    let network = builder.finish(span)?;
    let model = crate::model::Model::first(&network, 5)?;
    let float = passes::run(lower::lower(&network, &model.weights())?)?;
    let mut random = stream(9, Purpose::Weights, 1);
    let clip: Vec<f32> = (0..60).map(|_| 2.0 * unit(&mut random) - 1.0).collect();
    let examples = Examples {
        features: clip.clone(),
        labels: vec![0],
    };
    let int8 = quantize(&float, &ranges(&float, &examples)?)?;
    let made = Trainable::new(&float, &int8).expect("layers that train");
    // Without steps it is the graph; with them it is near its int8 form.
    let expected = Float::new(&float)?.run(&clip);
    let scores = crate::fit::predict(&made.network, &made.weights, &clip)?;
    for (a, b) in scores.iter().zip(&expected) {
        assert!((a - b).abs() < 1e-5, "{scores:?} {expected:?}");
    }
    assert_eq!(made.steps.len(), made.network.nodes.len() + 1);
    assert!(made.steps[0].is_some() && made.steps.iter().flatten().count() > 5);
    assert!(made.weights.keys().any(|name| name == "conv1d_1.weight"));
    Ok(())
}

#[test]
fn acts_where_int8_loses_more_than_half_a_point() {
    assert_eq!(epochs(Finetune::Auto, 0.93, 0.926), 0);
    assert_eq!(epochs(Finetune::Auto, 0.93, 0.92), 10);
    assert_eq!(epochs(Finetune::Never, 0.93, 0.5), 0);
    assert_eq!(epochs(Finetune::Epochs(3), 0.9, 0.9), 3);
}
