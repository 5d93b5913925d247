//! What layers become, and the float executor on numbers worked out by hand.

use super::*;
use crate::exec::Float;
use crate::network::{Builder, Dense, Padding};
use crate::span::Span;
use crate::weights::FloatTensor;

fn conv(filters: usize, kernel: [usize; 2]) -> Conv {
    Conv {
        filters,
        kernel,
        stride: [1, 1],
        padding: Padding::Same,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    }
}

fn dense(units: usize) -> LayerKind {
    LayerKind::Dense(Dense {
        units,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    })
}

fn pool(size: usize) -> Pool {
    Pool {
        size: [size, 1],
        stride: [size, 1],
        padding: Padding::Same,
    }
}

fn network(input: &[usize], layers: &[LayerKind]) -> Network {
    let mut b = Builder::new(input.to_vec());
    for layer in layers {
        b.push(layer.clone(), Span::new(3, 9)).unwrap();
    }
    b.finish(Span::default()).unwrap()
}

/// Weights 1, 2, 3, … in each tensor.
fn counting(network: &Network) -> Weights {
    let mut weights = Weights::new();
    for node in &network.nodes {
        for p in node.kind.parameters(network.shape(node.inputs[0])) {
            let data = (0..p.shape.iter().product())
                .map(|i: usize| (i + 1) as f32)
                .collect();
            weights.insert(
                format!("{}.{}", node.name, p.role),
                FloatTensor {
                    shape: p.shape,
                    data,
                },
            );
        }
    }
    weights
}

/// `OPERATOR[shape of the result]` for each operator.
fn show(graph: &Graph) -> Vec<String> {
    let line =
        |op: &Operator| format!("{}{:?}", op.kind.name(), graph.tensors[op.outputs[0]].shape);
    graph.operators.iter().map(line).collect()
}

#[track_caller]
fn check(input: &[usize], layers: &[LayerKind], expected: &[&str]) {
    let network = network(input, layers);
    let graph = lower(&network, &counting(&network)).unwrap();
    graph.validate().unwrap();
    assert_eq!(show(&graph), expected);
    assert_eq!(graph.tensors[graph.inputs[0]].shape, batched(input));
    assert_eq!(
        graph.tensors[graph.outputs[0]].shape,
        batched(network.output())
    );
}

#[test]
fn one_dimensional_layers_have_width_one() {
    check(
        &[49, 13],
        &[
            LayerKind::Conv1d(conv(8, [3, 1])),
            LayerKind::MaxPool(pool(2)),
            LayerKind::Dropout(0.25),
            LayerKind::DepthwiseConv1d(conv(8, [9, 1])),
            LayerKind::Flatten,
            dense(3),
            LayerKind::Softmax,
        ],
        &[
            "RESHAPE[1, 49, 1, 13]",
            "CONV_2D[1, 49, 1, 8]",
            "MAX_POOL_2D[1, 25, 1, 8]",
            "DEPTHWISE_CONV_2D[1, 25, 1, 8]",
            "RESHAPE[1, 200]",
            "FULLY_CONNECTED[1, 3]",
            "SOFTMAX[1, 3]",
        ],
    );
}

#[test]
fn reshapes_merge_and_the_output_has_the_shape_of_the_network() {
    let mut b = Builder::new(vec![4, 6]);
    b.reshape(&[6, 4], Span::default()).unwrap();
    b.reshape(&[2, 3, 4], Span::default()).unwrap();
    b.push(LayerKind::Conv2d(conv(2, [3, 3])), Span::default())
        .unwrap();
    b.push(LayerKind::Flatten, Span::default()).unwrap();
    let network = b.finish(Span::default()).unwrap();
    let graph = lower(&network, &counting(&network)).unwrap();
    graph.validate().unwrap();
    let expected = [
        "RESHAPE[1, 2, 3, 4]",
        "CONV_2D[1, 2, 3, 2]",
        "RESHAPE[1, 12]",
    ];
    assert_eq!(show(&graph), expected);
}

#[test]
fn global_average_and_residual() {
    let mut b = Builder::new(vec![5, 2]);
    b.push(LayerKind::Conv1d(conv(2, [1, 1])), Span::default())
        .unwrap();
    let start = b.current();
    b.push(LayerKind::Conv1d(conv(2, [3, 1])), Span::default())
        .unwrap();
    b.add(start, Activation::Relu, Span::default()).unwrap();
    b.push(LayerKind::GlobalAvgPool, Span::default()).unwrap();
    let network = b.finish(Span::default()).unwrap();
    let graph = lower(&network, &counting(&network)).unwrap();
    graph.validate().unwrap();
    let expected = [
        "RESHAPE[1, 5, 1, 2]",
        "CONV_2D[1, 5, 1, 2]",
        "CONV_2D[1, 5, 1, 2]",
        "ADD[1, 5, 1, 2]",
        "MEAN[1, 2]",
    ];
    assert_eq!(show(&graph), expected);
}

#[test]
fn wrong_weights_are_named() {
    let network = network(&[4], &[dense(2)]);
    let mut weights = counting(&network);
    let refused = |weights: &Weights| lower(&network, weights).unwrap_err().message;
    weights.insert(
        "dense_1.bias".into(),
        FloatTensor {
            shape: vec![3],
            data: vec![0.0; 3],
        },
    );
    let expected = "expected weights 'dense_1.bias' of shape [2], found [3] with 3 values";
    assert_eq!(refused(&weights), expected);
    weights.remove("dense_1.bias");
    assert_eq!(
        refused(&weights),
        "expected weights named 'dense_1.bias', found none"
    );
}

#[track_caller]
fn computes(input_shape: &[usize], layers: &[LayerKind], input: &[f32], expected: &[f32]) {
    let network = network(input_shape, layers);
    let graph = lower(&network, &counting(&network)).unwrap();
    let found = Float::new(&graph).unwrap().run(input);
    let close = found
        .iter()
        .zip(expected)
        .all(|(a, b)| (a - b).abs() < 1e-5 * (1.0 + b.abs()));
    assert!(
        close && found.len() == expected.len(),
        "expected {expected:?}, found {found:?}"
    );
}

#[test]
fn dense_is_a_matrix_product() {
    // Weights [[1, 2, 3], [4, 5, 6]], bias [1, 2].
    computes(
        &[3],
        &[dense(2)],
        &[1.0, 0.0, -2.0],
        &[1.0 - 6.0 + 1.0, 4.0 - 12.0 + 2.0],
    );
}

#[test]
fn convolution_pads_same() {
    // One filter of two channels, kernel [[1, 2], [3, 4], [5, 6]] over time, bias 1.
    let input = [1.0, 0.0, 0.0, 1.0, 2.0, 2.0];
    let expected = [
        1.0 + 3.0 + 6.0,
        1.0 + 1.0 + 4.0 + 10.0 + 12.0,
        1.0 + 2.0 + 6.0 + 8.0,
    ];
    computes(
        &[3, 2],
        &[LayerKind::Conv1d(conv(1, [3, 1]))],
        &input,
        &expected,
    );
}

#[test]
fn convolution_is_valid_and_strides_over_two_dimensions() {
    let c = Conv {
        padding: Padding::Valid,
        stride: [2, 1],
        ..conv(1, [1, 2])
    };
    let input = [1.0, 2.0, 3.0, 9.0, 9.0, 9.0, 4.0, 5.0, 6.0];
    let expected = [
        1.0 + 1.0 + 4.0,
        1.0 + 2.0 + 6.0,
        1.0 + 4.0 + 10.0,
        1.0 + 5.0 + 12.0,
    ];
    computes(&[3, 3, 1], &[LayerKind::Conv2d(c)], &input, &expected);
}

#[test]
fn depthwise_multiplies_channels() {
    // Kernel 1, two channels times two: weights [1, 2, 3, 4], bias [1, 2, 3, 4].
    let layer = LayerKind::DepthwiseConv1d(conv(4, [1, 1]));
    computes(
        &[1, 2],
        &[layer],
        &[10.0, 100.0],
        &[11.0, 22.0, 303.0, 404.0],
    );
}

#[test]
fn pools_leave_pads_out() {
    let input = [-1.0, -2.0, -3.0, -4.0, -5.0];
    computes(
        &[5, 1],
        &[LayerKind::MaxPool(pool(2))],
        &input,
        &[-1.0, -3.0, -5.0],
    );
    computes(
        &[5, 1],
        &[LayerKind::AvgPool(pool(2))],
        &input,
        &[-1.5, -3.5, -5.0],
    );
    computes(&[5, 1], &[LayerKind::GlobalAvgPool], &input, &[-3.0]);
}

#[test]
fn batch_norm_uses_its_statistics() {
    // gamma, beta, mean, variance are 1, 2 each: (x − mean)·gamma/√(variance + 0.001) + beta.
    let y = |x: f32, n: f32| (x - n) * n / (n + 0.001).sqrt() + n;
    computes(
        &[1, 2],
        &[LayerKind::BatchNorm],
        &[3.0, -3.0],
        &[y(3.0, 1.0), y(-3.0, 2.0)],
    );
}

#[test]
fn softmax_stays_finite() {
    let e = 1.0 / (1.0 + (-1.0_f32).exp());
    computes(&[2], &[LayerKind::Softmax], &[1000.0, 999.0], &[e, 1.0 - e]);
    computes(
        &[3],
        &[LayerKind::Relu],
        &[-1.0, 0.0, 2.0],
        &[0.0, 0.0, 2.0],
    );
}
