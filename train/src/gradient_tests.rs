//! The gradient of every operator against finite differences.

use impulse_ir::Span;
use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::network::{
    Activation, Builder, Conv, Dense, LayerKind, Network, Padding, Pool, ValueId,
};

use crate::fit::Examples;
use crate::model::Model;
use crate::ops::Draws;
use crate::random::{Purpose, stream, unit};
use crate::step::{Batch, gradients};

fn conv(filters: usize, kernel: [usize; 2], stride: usize, padding: Padding) -> Conv {
    let stride = [stride, if kernel[1] == 1 { 1 } else { stride }];
    let activation = Activation::None;
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

fn dense(units: usize, activation: Activation) -> LayerKind {
    LayerKind::Dense(Dense {
        units,
        activation,
        bias: true,
        max_norm: None,
    })
}

fn stack(input: &[usize], layers: Vec<LayerKind>) -> Result<Network, Diagnostic> {
    let mut builder = Builder::new(input.to_vec());
    for layer in layers {
        builder.push(layer, Span::default())?;
    }
    builder.finish(Span::default())
}

/// Steps of the differences. Where a ReLU or a maximum changes sides between `w − h` and `w + h`,
/// the difference is off however right the gradient; smaller steps, less exact in 32 bits, then
/// tell. A wrong gradient agrees with none of them.
const STEPS: [f32; 4] = [5e-3, 2e-3, 8e-4, 3e-4];

fn check(network: &Network) -> Result<(), Diagnostic> {
    check_as(network, 0.0, false)
}

/// Compares every gradient that the tape gives for `network` with `(L(w + h) − L(w − h)) / 2h`.
fn check_as(network: &Network, mixup: f32, frozen: bool) -> Result<(), Diagnostic> {
    let mut model = Model::first(network, 5)?;
    let names = network.nodes.iter().map(|n| n.name.clone());
    let frozen: Vec<String> = names
        .filter(|n| frozen && n.starts_with("batch_norm"))
        .collect();
    model.start_from(&Default::default(), &frozen);
    let mut random = stream(9, Purpose::Weights, 99);
    // Biases and batch normalization away from their neutral values.
    for leaf in model.leaves.iter_mut().filter(|l| l.trained && !l.decays) {
        let data = leaf
            .data
            .iter()
            .map(|v| v + 0.6 * (unit(&mut random) - 0.5))
            .collect();
        leaf.data = std::sync::Arc::new(data);
    }
    let n = 6;
    let features = (0..n * model.input_len)
        .map(|_| 2.0 * unit(&mut random) - 1.0)
        .collect();
    let set = Examples {
        features,
        labels: (0..n).map(|i| i % model.output_len).collect(),
    };
    let class_weights: Vec<f32> = (0..model.output_len)
        .map(|i| 0.8 + 0.3 * i as f32)
        .collect();
    let draws = Draws {
        seed: 3,
        epoch: 1,
        clips: (0..n).collect(),
    };
    let batch = Batch {
        set: &set,
        draws,
        class_weights: &class_weights,
        mixup,
    };
    let computed = gradients(&model, &batch)?;
    let mut n_checked = 0;
    for leaf in 0..model.leaves.len() {
        let len = model.leaves[leaf].data.len();
        if !model.leaves[leaf].trained {
            continue;
        }
        assert_eq!(
            computed.leaves[leaf].len(),
            len,
            "{}",
            model.leaves[leaf].name
        );
        // Every value of a small tensor, some of a large one.
        for i in (0..len).step_by(len / 24 + 1) {
            let before = model.leaves[leaf].data[i];
            let mut loss = |value: f32| -> Result<f64, Diagnostic> {
                std::sync::Arc::make_mut(&mut model.leaves[leaf].data)[i] = value;
                Ok(gradients(&model, &batch)?.tally.loss / n as f64)
            };
            let found = f64::from(computed.leaves[leaf][i]);
            let mut slopes = Vec::new();
            for step in STEPS {
                let slope = (loss(before + step)? - loss(before - step)?) / (2.0 * f64::from(step));
                slopes.push(slope);
                if (found - slope).abs() < 3e-4 + 1e-2 * slope.abs() {
                    break;
                }
            }
            loss(before)?;
            let name = &model.leaves[leaf].name;
            assert!(
                slopes
                    .iter()
                    .any(|slope| (found - slope).abs() < 3e-4 + 1e-2 * slope.abs()),
                "{name}[{i}]: {found}, expected one of {slopes:?}"
            );
            n_checked += 1;
        }
    }
    assert!(n_checked > 10);
    Ok(())
}

fn end(classes: usize) -> [LayerKind; 3] {
    [
        LayerKind::Flatten,
        dense(classes, Activation::None),
        LayerKind::Softmax,
    ]
}

/// A convolution in front, so that the operator's input has a gradient, and one dense layer behind.
fn check_after_conv(layers: Vec<LayerKind>, input: &[usize]) -> Result<(), Diagnostic> {
    let first = if input.len() == 2 {
        LayerKind::Conv1d(conv(4, [3, 1], 1, Padding::Same))
    } else {
        LayerKind::Conv2d(conv(4, [3, 3], 1, Padding::Same))
    };
    check(&stack(
        input,
        [first].into_iter().chain(layers).chain(end(3)).collect(),
    )?)
}

#[test]
fn dense_layers() -> Result<(), Diagnostic> {
    check(&stack(
        &[7],
        vec![
            dense(9, Activation::Relu),
            dense(5, Activation::None),
            dense(3, Activation::None),
        ],
    )?)
}

#[test]
fn conv1d() -> Result<(), Diagnostic> {
    for (stride, padding) in [(1, Padding::Same), (2, Padding::Same), (2, Padding::Valid)] {
        check_after_conv(
            vec![LayerKind::Conv1d(conv(5, [3, 1], stride, padding))],
            &[9, 3],
        )?;
    }
    Ok(())
}

#[test]
fn conv2d() -> Result<(), Diagnostic> {
    for (kernel, stride, padding) in [
        ([3, 3], 1, Padding::Same),
        ([4, 2], 2, Padding::Same),
        ([3, 2], 2, Padding::Valid),
        ([1, 1], 1, Padding::Same),
    ] {
        check_after_conv(
            vec![LayerKind::Conv2d(conv(8, kernel, stride, padding))],
            &[6, 5, 2],
        )?;
    }
    let pointwise = |filters| LayerKind::Conv2d(conv(filters, [1, 1], 1, Padding::Same));
    check_after_conv(vec![pointwise(8), pointwise(17)], &[3, 3, 1])
}

#[test]
fn depthwise_convolutions() -> Result<(), Diagnostic> {
    let one = LayerKind::DepthwiseConv1d(conv(4, [5, 1], 2, Padding::Same));
    check_after_conv(vec![one], &[9, 3])?;
    for (filters, stride, padding) in [
        (4, 1, Padding::Same),
        (8, 2, Padding::Same),
        (4, 1, Padding::Valid),
    ] {
        check_after_conv(
            vec![LayerKind::DepthwiseConv2d(conv(
                filters,
                [3, 3],
                stride,
                padding,
            ))],
            &[5, 5, 1],
        )?;
    }
    let wide = LayerKind::Conv2d(conv(19, [1, 1], 1, Padding::Same));
    let both = vec![
        wide,
        LayerKind::DepthwiseConv2d(conv(19, [3, 3], 1, Padding::Same)),
    ];
    check_after_conv(both, &[4, 4, 1])
}

#[test]
fn pools() -> Result<(), Diagnostic> {
    for padding in [Padding::Same, Padding::Valid] {
        let pool = |size: [usize; 2], stride| Pool {
            size,
            stride,
            padding,
        };
        check_after_conv(vec![LayerKind::MaxPool(pool([2, 1], [2, 1]))], &[7, 3])?;
        check_after_conv(vec![LayerKind::AvgPool(pool([3, 1], [2, 1]))], &[8, 3])?;
        check_after_conv(vec![LayerKind::MaxPool(pool([3, 2], [2, 2]))], &[6, 5, 1])?;
        check_after_conv(vec![LayerKind::AvgPool(pool([3, 2], [2, 1]))], &[6, 5, 1])?;
    }
    check_after_conv(vec![LayerKind::GlobalAvgPool], &[6, 5, 2])
}

#[test]
fn batch_norm_alone_and_with_relu() -> Result<(), Diagnostic> {
    check_after_conv(vec![LayerKind::BatchNorm], &[6, 5, 2])?;
    check_after_conv(vec![LayerKind::BatchNorm, LayerKind::Relu], &[7, 3])
}

#[test]
fn activations_and_dropout() -> Result<(), Diagnostic> {
    for activation in [Activation::Relu, Activation::Relu6] {
        let layer = Conv {
            activation,
            ..conv(6, [3, 1], 1, Padding::Same)
        };
        check_after_conv(
            vec![LayerKind::Conv1d(layer), LayerKind::Dropout(0.25)],
            &[6, 3],
        )?;
    }
    let pool = Pool {
        size: [2, 1],
        stride: [2, 1],
        padding: Padding::Same,
    };
    check_after_conv(vec![LayerKind::MaxPool(pool), LayerKind::Relu], &[6, 3])
}

#[test]
fn softmax_within_the_network() -> Result<(), Diagnostic> {
    check_after_conv(vec![LayerKind::Softmax], &[6, 3])
}

#[test]
fn residual_sums() -> Result<(), Diagnostic> {
    for activation in [Activation::None, Activation::Relu] {
        let mut builder = Builder::new(vec![6, 4]);
        let span = Span::default();
        let left: ValueId =
            builder.push(LayerKind::Conv1d(conv(5, [3, 1], 1, Padding::Same)), span)?;
        builder.push(LayerKind::Relu, span)?;
        builder.push(LayerKind::Conv1d(conv(5, [3, 1], 1, Padding::Same)), span)?;
        builder.add(left, activation, span)?;
        for layer in end(3) {
            builder.push(layer, span)?;
        }
        check(&builder.finish(span)?)?;
    }
    Ok(())
}

#[test]
fn mixed_clips_and_labels() -> Result<(), Diagnostic> {
    let layers = || [LayerKind::Conv1d(conv(4, [3, 1], 1, Padding::Same))].into_iter();
    check_as(
        &stack(&[6, 3], layers().chain(end(3)).collect())?,
        0.8,
        false,
    )?;
    let norm = [LayerKind::BatchNorm, LayerKind::Relu];
    check_as(
        &stack(&[6, 3], layers().chain(norm).chain(end(3)).collect())?,
        0.8,
        false,
    )
}

#[test]
fn frozen_batch_norm() -> Result<(), Diagnostic> {
    let layers = [
        LayerKind::Conv1d(conv(4, [3, 1], 1, Padding::Same)),
        LayerKind::BatchNorm,
        LayerKind::Relu,
    ];
    check_as(
        &stack(&[6, 3], layers.into_iter().chain(end(3)).collect())?,
        0.0,
        true,
    )
}
