//! Each pass on a small graph, before and after.

use super::*;
use crate::exec::Float;
use crate::graph::{Conv2d, DType, Operator, Tensor, TensorData};
use crate::network::Padding;

/// A graph as one line per operator: `CONV_2D+Relu(x w b) -> y`, tensors by name.
fn show(graph: &Graph) -> Vec<String> {
    let name = |id: &TensorId| graph.tensors[*id].name.as_str();
    let line = |op: &Operator| {
        let mut kind = op.kind.clone();
        let fused = match activation(&mut kind) {
            Some(Activation::None) | None => String::new(),
            Some(fused) => format!("+{fused:?}"),
        };
        let inputs: Vec<&str> = op.inputs.iter().flatten().map(name).collect();
        let inputs = inputs.join(" ");
        format!(
            "{}{fused}({inputs}) -> {}",
            op.kind.name(),
            name(&op.outputs[0])
        )
    };
    graph.operators.iter().map(line).collect()
}

struct Build {
    graph: Graph,
}

impl Build {
    fn new(input: &[usize]) -> Self {
        let mut build = Self {
            graph: Graph::default(),
        };
        build.computed("x", input);
        build.graph.inputs.push(0);
        build
    }

    fn tensor(&mut self, name: &str, shape: &[usize], data: Option<TensorData>) -> TensorId {
        let (name, shape) = (name.to_owned(), shape.to_vec());
        let tensor = Tensor {
            name,
            shape,
            dtype: DType::F32,
            quantization: None,
            data,
        };
        self.graph.tensors.push(tensor);
        self.graph.tensors.len() - 1
    }

    fn computed(&mut self, name: &str, shape: &[usize]) -> TensorId {
        self.tensor(name, shape, None)
    }

    /// Values from −1 to 1 (positive ones for variances), other ones for each name.
    fn constant(&mut self, name: &str, shape: &[usize]) -> TensorId {
        let start = name
            .bytes()
            .fold(17_usize, |sum, byte| sum * 31 + usize::from(byte));
        let value = |i: usize| ((start + 7 * i) % 101) as f32 / 50.5 - 1.0;
        let values = (0..shape.iter().product()).map(value);
        let data = if name == "variance" {
            values.map(f32::abs).collect()
        } else {
            values.collect()
        };
        self.tensor(name, shape, Some(TensorData::F32(data)))
    }

    fn push(
        &mut self,
        kind: OperatorKind,
        inputs: &[TensorId],
        name: &str,
        shape: &[usize],
    ) -> TensorId {
        let output = self.computed(name, shape);
        let inputs = inputs.iter().copied().map(Some).collect();
        self.graph.operators.push(Operator {
            kind,
            inputs,
            outputs: vec![output],
        });
        output
    }

    fn batch_norm(&mut self, input: TensorId, name: &str) -> TensorId {
        let shape = self.graph.tensors[input].shape.clone();
        let channels = [shape[shape.len() - 1]];
        let statistics = ["gamma", "beta", "mean", "variance"].map(|s| self.constant(s, &channels));
        let mut inputs = vec![input];
        inputs.extend(statistics);
        self.push(
            OperatorKind::BatchNorm { epsilon: 0.001 },
            &inputs,
            name,
            &shape,
        )
    }

    fn finish(mut self, output: TensorId) -> Graph {
        self.graph.outputs.push(output);
        self.graph.validate().unwrap();
        self.graph
    }
}

fn conv(activation: Activation) -> Conv2d {
    Conv2d {
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::Same,
        activation,
    }
}

/// The pass changes the graph to `expected` and hardly what it computes.
fn check(before: &Graph, pass: impl FnOnce(&mut Graph), expected: &[&str]) {
    let mut after = before.clone();
    pass(&mut after);
    after.validate().unwrap();
    assert_eq!(show(&after), expected);
    let n: usize = before.tensors[before.inputs[0]].len();
    let input: Vec<f32> = (0..n).map(|i| (i * 29 % 13) as f32 / 3.0 - 2.0).collect();
    let results = [before, &after].map(|graph| Float::new(graph).unwrap().run(&input));
    for (a, b) in results[0].iter().zip(&results[1]) {
        assert!((a - b).abs() <= 1e-5 * (1.0 + a.abs()), "{a} became {b}");
    }
    assert_eq!(results[0].len(), results[1].len());
    assert!(
        results[0].iter().any(|value| *value != results[0][0]),
        "all values are the same"
    );
}

#[test]
fn batch_norm_folds_into_a_convolution() {
    let mut b = Build::new(&[1, 5, 1, 3]);
    let (w, bias) = (b.constant("w", &[4, 3, 1, 3]), b.constant("bias", &[4]));
    let y = b.push(
        OperatorKind::Conv2d(conv(Activation::None)),
        &[0, w, bias],
        "y",
        &[1, 5, 1, 4],
    );
    let z = b.batch_norm(y, "z");
    check(
        &b.finish(z),
        |g| fold_batch_norm(g).unwrap(),
        &["CONV_2D(x w bias) -> z"],
    );
}

#[test]
fn batch_norm_brings_a_bias_to_a_depthwise_convolution() {
    let mut b = Build::new(&[1, 5, 1, 3]);
    let w = b.constant("w", &[1, 3, 1, 6]);
    let kind = OperatorKind::DepthwiseConv2d(conv(Activation::None));
    let y = b.push(kind, &[0, w], "y", &[1, 5, 1, 6]);
    let z = b.batch_norm(y, "z");
    check(
        &b.finish(z),
        |g| fold_batch_norm(g).unwrap(),
        &["DEPTHWISE_CONV_2D(x w y.bias) -> z"],
    );
}

#[test]
fn batch_norm_folds_into_a_fully_connected_operator() {
    let mut b = Build::new(&[1, 6]);
    let (w, bias) = (b.constant("w", &[4, 6]), b.constant("bias", &[4]));
    let kind = OperatorKind::FullyConnected {
        activation: Activation::None,
    };
    let y = b.push(kind, &[0, w, bias], "y", &[1, 4]);
    let z = b.batch_norm(y, "z");
    check(
        &b.finish(z),
        |g| fold_batch_norm(g).unwrap(),
        &["FULLY_CONNECTED(x w bias) -> z"],
    );
}

#[test]
fn batch_norm_after_an_activation_becomes_a_depthwise_convolution() {
    let mut b = Build::new(&[1, 5, 1, 3]);
    let w = b.constant("w", &[4, 3, 1, 3]);
    let y = b.push(
        OperatorKind::Conv2d(conv(Activation::Relu)),
        &[0, w],
        "y",
        &[1, 5, 1, 4],
    );
    let z = b.batch_norm(y, "z");
    let expected = [
        "CONV_2D+Relu(x w) -> y",
        "DEPTHWISE_CONV_2D(y z.scale z.offset) -> z",
    ];
    check(&b.finish(z), |g| fold_batch_norm(g).unwrap(), &expected);
}

#[test]
fn batch_norm_of_a_value_that_is_read_twice_does_not_fold() {
    let mut b = Build::new(&[1, 5, 1, 3]);
    let w = b.constant("w", &[3, 3, 1, 3]);
    let y = b.push(
        OperatorKind::Conv2d(conv(Activation::None)),
        &[0, w],
        "y",
        &[1, 5, 1, 3],
    );
    let z = b.batch_norm(y, "z");
    let kind = OperatorKind::Add {
        activation: Activation::None,
    };
    let sum = b.push(kind, &[y, z], "sum", &[1, 5, 1, 3]);
    let expected = [
        "CONV_2D(x w) -> y",
        "DEPTHWISE_CONV_2D(y z.scale z.offset) -> z",
        "ADD(y z) -> sum",
    ];
    check(&b.finish(sum), |g| fold_batch_norm(g).unwrap(), &expected);
}

#[test]
fn batch_norm_of_the_input_is_reshaped_around() {
    let mut b = Build::new(&[1, 5, 3]);
    let z = b.batch_norm(0, "z");
    let expected = [
        "RESHAPE(x) -> z.input",
        "DEPTHWISE_CONV_2D(z.input z.scale z.offset) -> z.scaled",
        "RESHAPE(z.scaled) -> z",
    ];
    check(&b.finish(z), |g| fold_batch_norm(g).unwrap(), &expected);
}

#[test]
fn batch_norm_that_is_not_finite_is_refused() {
    let mut b = Build::new(&[1, 3]);
    let z = b.batch_norm(0, "z");
    let mut graph = b.finish(z);
    graph.tensors[1].data = Some(TensorData::F32(vec![1.0, f32::NAN, 1.0]));
    let problem = fold_batch_norm(&mut graph).unwrap_err();
    assert_eq!(
        problem.message,
        "expected finite statistics in 'z', found others in channel 1"
    );
}

#[test]
fn relu_fuses_through_reshape_and_maximum_pool() {
    let mut b = Build::new(&[1, 4, 1, 2]);
    let w = b.constant("w", &[3, 3, 1, 2]);
    let y = b.push(
        OperatorKind::Conv2d(conv(Activation::None)),
        &[0, w],
        "y",
        &[1, 4, 1, 3],
    );
    let pool = crate::graph::Pool2d {
        size: [2, 1],
        stride: [2, 1],
        padding: Padding::Same,
        activation: Activation::None,
    };
    let p = b.push(OperatorKind::MaxPool2d(pool), &[y], "p", &[1, 2, 1, 3]);
    let r = b.push(OperatorKind::Reshape, &[p], "r", &[1, 6]);
    let z = b.push(OperatorKind::Relu, &[r], "z", &[1, 6]);
    let expected = [
        "CONV_2D+Relu(x w) -> y",
        "MAX_POOL_2D(y) -> p",
        "RESHAPE(p) -> z",
    ];
    check(&b.finish(z), fuse_activations, &expected);
}

#[test]
fn relu_of_a_value_that_is_read_twice_stays() {
    let mut b = Build::new(&[1, 6]);
    let w = b.constant("w", &[6, 6]);
    let kind = OperatorKind::FullyConnected {
        activation: Activation::None,
    };
    let y = b.push(kind, &[0, w], "y", &[1, 6]);
    let z = b.push(OperatorKind::Relu, &[y], "z", &[1, 6]);
    let kind = OperatorKind::Add {
        activation: Activation::None,
    };
    let sum = b.push(kind, &[y, z], "sum", &[1, 6]);
    let out = b.push(OperatorKind::Relu, &[sum], "out", &[1, 6]);
    let expected = [
        "FULLY_CONNECTED(x w) -> y",
        "RELU(y) -> z",
        "ADD+Relu(y z) -> out",
    ];
    check(&b.finish(out), fuse_activations, &expected);
}

#[test]
fn relu_of_the_input_stays() {
    let mut b = Build::new(&[1, 6]);
    let z = b.push(OperatorKind::Relu, &[0], "z", &[1, 6]);
    check(&b.finish(z), fuse_activations, &["RELU(x) -> z"]);
}

#[test]
fn reshapes_of_reshapes_merge() {
    let mut b = Build::new(&[1, 2, 3]);
    let r1 = b.push(OperatorKind::Reshape, &[0], "r1", &[1, 6]);
    let r2 = b.push(OperatorKind::Reshape, &[r1], "r2", &[1, 3, 2]);
    let r3 = b.push(OperatorKind::Reshape, &[r2], "r3", &[1, 2, 3]);
    let y = b.push(OperatorKind::Relu, &[r3], "y", &[1, 2, 3]);
    let out = b.push(OperatorKind::Reshape, &[y], "out", &[1, 6]);
    let both = |graph: &mut Graph| {
        merge_reshapes(graph);
        remove_unused(graph);
    };
    check(&b.finish(out), both, &["RELU(x) -> y", "RESHAPE(y) -> out"]);
}

#[test]
fn what_nothing_reads_is_removed() {
    let mut b = Build::new(&[1, 4]);
    let w = b.constant("w", &[4, 4]);
    let kind = OperatorKind::FullyConnected {
        activation: Activation::None,
    };
    b.push(kind, &[0, w], "unread", &[1, 4]);
    b.constant("alone", &[3]);
    let y = b.push(OperatorKind::Relu, &[0], "y", &[1, 4]);
    let graph = b.finish(y);
    check(&graph, remove_unused, &["RELU(x) -> y"]);
    let mut after = graph;
    remove_unused(&mut after);
    assert_eq!(after.tensors.len(), 2);
}
