//! Scales, zero points and rounding on cases worked out by hand.

use super::*;
use crate::graph::{Conv2d, Operator, Pool2d};
use crate::network::{Activation, Padding};

#[track_caller]
fn check_activation(low: f32, high: f32, scale: f32, zero_point: i32) {
    let found = activation(low, high);
    assert!((found.scales[0] - scale).abs() <= 1e-6 * scale, "{found:?}");
    assert_eq!(found.zero_points, [zero_point], "{low}..{high}");
    // Zero is exact and both ends are within one step.
    for value in [low.min(0.0), 0.0, high.max(0.0)] {
        let q = (value / found.scales[0]).round() + zero_point as f32;
        assert!(
            (-129.0..=128.0).contains(&q),
            "{low}..{high}: {value} is {q}"
        );
    }
}

#[test]
fn activations_cover_their_range_and_zero() {
    check_activation(-1.0, 1.0, 2.0 / 255.0, 0);
    check_activation(0.0, 6.0, 6.0 / 255.0, -128);
    check_activation(2.0, 6.0, 6.0 / 255.0, -128);
    check_activation(-3.0, -1.0, 3.0 / 255.0, 127);
    check_activation(-1.0, 3.0, 4.0 / 255.0, -64);
    check_activation(-10.0, 245.0, 1.0, -118);
    check_activation(0.0, 0.0, 1.0 / 255.0, 0);
    check_activation(0.0, 1e-44, 1.0 / 255.0, 0);
}

#[test]
fn ranges_join_in_any_order_and_skip_what_is_not_finite() {
    let graph = Graph {
        tensors: vec![computed("a", &[4])],
        ..Graph::default()
    };
    let (mut all, mut a, mut b) = (
        Ranges::new(&graph),
        Ranges::new(&graph),
        Ranges::new(&graph),
    );
    all.see(0, &[1.0, f32::NAN, -3.0, 2.0, f32::INFINITY]);
    a.see(0, &[1.0, -3.0]);
    b.see(0, &[2.0]);
    let (mut ab, mut ba) = (a.clone(), b.clone());
    ab.merge(&b);
    ba.merge(&a);
    assert_eq!((&ab, &ba), (&all, &all));
    assert_eq!(all.get(0), Some((-3.0, 2.0)));
    assert_eq!(Ranges::new(&graph).get(0), None);
}

fn computed(name: &str, shape: &[usize]) -> Tensor {
    let (name, shape) = (name.to_owned(), shape.to_vec());
    Tensor {
        name,
        shape,
        dtype: DType::F32,
        quantization: None,
        data: None,
    }
}

fn constant(name: &str, shape: &[usize], data: &[f32]) -> Tensor {
    Tensor {
        data: Some(TensorData::F32(data.to_vec())),
        ..computed(name, shape)
    }
}

/// `x [1, 2, 1, 2]` → operator with `weights` and a bias → `y` → MAX_POOL_2D `p` → SOFTMAX `s`.
fn graph(kind: OperatorKind, shape: &[usize], weights: &[f32], bias: [f32; 2]) -> Graph {
    let pool = Pool2d {
        size: [2, 1],
        stride: [1, 1],
        padding: Padding::Same,
        activation: Activation::None,
    };
    let operator = |kind, inputs: &[TensorId], output| Operator {
        kind,
        inputs: inputs.iter().copied().map(Some).collect(),
        outputs: vec![output],
    };
    Graph {
        name: "test".into(),
        tensors: vec![
            computed("x", &[1, 2, 1, 2]),
            constant("w", shape, weights),
            constant("b", &[2], &bias),
            computed("y", &[1, 2, 1, 2]),
            computed("p", &[1, 2, 1, 2]),
            computed("s", &[1, 2, 1, 2]),
        ],
        operators: vec![
            operator(kind, &[0, 1, 2], 3),
            operator(OperatorKind::MaxPool2d(pool), &[3], 4),
            operator(OperatorKind::Softmax { beta: 1.0 }, &[4], 5),
        ],
        inputs: vec![0],
        outputs: vec![5],
        input_scales: Vec::new(),
    }
}

fn conv() -> Conv2d {
    let activation = Activation::None;
    Conv2d {
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::Same,
        activation,
    }
}

/// Input −1..1 (scale 2/255), operator's result 0..5.1.
fn ranges(graph: &Graph) -> Ranges {
    let mut ranges = Ranges::new(graph);
    ranges.see(0, &[-1.0, 1.0]);
    ranges.see(3, &[0.0, 5.1]);
    ranges
}

#[test]
fn convolution_weights_are_scaled_per_filter() {
    let graph = graph(
        OperatorKind::Conv2d(conv()),
        &[2, 1, 1, 2],
        &[1.27, -0.64, 0.0, 12.7],
        [1.0, -2.0],
    );
    let int8 = quantize(&graph, &ranges(&graph)).unwrap();
    int8.validate().unwrap();
    let q = |id: usize| int8.tensors[id].quantization.clone().unwrap();
    assert_eq!(
        int8.tensors[1].data,
        Some(TensorData::I8(vec![127, -64, 0, 127]))
    );
    assert_eq!((q(1).axis, q(1).zero_points.clone()), (0, vec![0, 0]));
    for (found, expected) in q(1).scales.iter().zip([0.01, 0.1]) {
        assert!((found - expected).abs() < 1e-7);
    }
    let bias_scale = q(0).scales[0] * q(1).scales[1];
    assert_eq!(q(2).scales[1], bias_scale);
    let expected = [1.0 / (2.0 / 255.0 * 0.01), -2.0 / (2.0 / 255.0 * 0.1)].map(|b: f64| b.round());
    let expected = expected.map(|b| b as i32).to_vec();
    assert_eq!(int8.tensors[2].data, Some(TensorData::I32(expected)));
    assert_eq!((q(3).scales[0], q(3).zero_points[0]), (0.02, -128));
    assert_eq!(q(4), q(3), "a pool keeps its input's quantization");
    assert_eq!(q(5), per_tensor(1.0 / 256.0, -128));
}

#[test]
fn depthwise_weights_are_scaled_per_channel_and_dense_ones_together() {
    let weights = [1.27, 0.127, -0.64, 0.06];
    let depthwise = graph(
        OperatorKind::DepthwiseConv2d(conv()),
        &[1, 2, 1, 2],
        &weights,
        [0.0; 2],
    );
    let int8 = quantize(&depthwise, &ranges(&depthwise)).unwrap();
    assert_eq!(
        int8.tensors[1].data,
        Some(TensorData::I8(vec![127, 127, -64, 60]))
    );
    assert_eq!(
        int8.tensors[1]
            .quantization
            .as_ref()
            .map(|q| (q.axis, q.scales.len())),
        Some((3, 2))
    );

    let kind = OperatorKind::FullyConnected {
        activation: Activation::None,
    };
    let dense = graph(kind, &[2, 2], &weights, [0.0; 2]);
    let int8 = quantize(&dense, &ranges(&dense)).unwrap();
    assert_eq!(
        int8.tensors[1].data,
        Some(TensorData::I8(vec![127, 13, -64, 6]))
    );
    assert_eq!(
        int8.tensors[1]
            .quantization
            .as_ref()
            .map(|q| q.scales.len()),
        Some(1)
    );
}

#[test]
fn a_bias_that_dwarfs_its_weights_still_fits() {
    let graph = graph(
        OperatorKind::Conv2d(conv()),
        &[2, 1, 1, 2],
        &[1e-12, 0.0, 0.0, 0.0],
        [5.0, 0.5],
    );
    let int8 = quantize(&graph, &ranges(&graph)).unwrap();
    let bias = int8.tensors[2].quantization.as_ref().unwrap();
    let Some(TensorData::I32(values)) = &int8.tensors[2].data else {
        panic!("no bias")
    };
    for ((value, scale), expected) in values.iter().zip(&bias.scales).zip([5.0, 0.5]) {
        assert!(value.unsigned_abs() <= 1 << 30);
        assert!(
            (*value as f32 * scale - expected).abs() < 0.01,
            "{value} · {scale}"
        );
    }
}

#[test]
fn what_cannot_be_quantized_is_named() {
    let sound = graph(
        OperatorKind::Conv2d(conv()),
        &[2, 1, 1, 2],
        &[1.0; 4],
        [0.0; 2],
    );
    let check = |graph: &Graph, ranges: &Ranges, expected: &str| {
        let problem = quantize(graph, ranges).unwrap_err();
        assert_eq!(
            (problem.code, problem.message.as_str()),
            (codes::NOT_QUANTIZABLE, expected)
        );
    };
    check(
        &sound,
        &Ranges::new(&sound),
        "expected finite values of 'x' in calibration, found none",
    );
    let mut nan = sound.clone();
    nan.tensors[1].data = Some(TensorData::F32(vec![0.0, f32::NAN, 0.0, 0.0]));
    check(
        &nan,
        &ranges(&sound),
        "expected finite weights in 'w', found NaN",
    );
    let mut norm = sound.clone();
    norm.operators[0].kind = OperatorKind::BatchNorm { epsilon: 0.001 };
    let message = "'y' has no int8 form: batch normalization has to be folded first";
    check(&norm, &ranges(&sound), message);
}
