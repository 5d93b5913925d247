//! Graphs that are refused, and why.

use impulse_ir::diagnostic::codes;
use impulse_ir::graph::{DType, Graph, TensorData};
use impulse_ir::kernel_args::prepare;

use crate::graphs::Build;

/// input → convolution → RELU → softmax: tensors 0, 3, 4, 5, constants 1 and 2.
fn sound() -> Graph {
    let mut b = Build::new(&[1, 3, 3, 2], 1);
    let conv = b.conv(0, 4);
    let relu = b.relu(conv);
    let output = b.softmax(relu);
    b.finish(output)
}

/// The messages for the graph after a change, each with its code.
fn refused(change: impl FnOnce(&mut Graph)) -> String {
    let mut graph = sound();
    change(&mut graph);
    let found = prepare(&graph).expect_err("a changed graph");
    let of = |d: &impulse_ir::Diagnostic| format!("{} {}", d.code, d.message);
    found.iter().map(of).collect::<Vec<_>>().join("\n")
}

/// A change that makes a graph invalid.
type Damage = fn(&mut Graph);

#[test]
fn structure() {
    assert!(prepare(&sound()).is_ok());
    let cases: [(Damage, &str); 11] = [
        (
            |g| g.operators.swap(0, 1),
            "operator 0 (RELU) uses `t3` before it is computed",
        ),
        (
            |g| g.operators[1].outputs = vec![3],
            "operator 1 (RELU) writes `t3`, which has a value already",
        ),
        (
            |g| g.operators[1].inputs = vec![Some(99)],
            "operator 1 (RELU) names no tensor",
        ),
        (
            |g| g.operators[0].inputs.truncate(1),
            "has 1 inputs and 1 outputs, expected 2 to 3 inputs",
        ),
        (
            |g| g.outputs.clear(),
            "the network has no input or no output",
        ),
        (
            |g| g.tensors[3].shape = vec![1, 3, 0, 4],
            "tensor `t3` has shape [1, 3, 0, 4]",
        ),
        (
            |g| g.tensors[3].shape = vec![usize::MAX, 3],
            "expected between 1 and",
        ),
        (
            |g| g.tensors[3].shape = vec![1, 3, 3, 5],
            "operator 0 (CONV_2D): shape [1, 3, 3, 5], expected [1, 3, 3, 4]",
        ),
        (
            |g| g.tensors[2].data = Some(TensorData::I32(vec![1])),
            "constant `t2` holds 1 values of type int32, expected 4",
        ),
        (
            |g| g.tensors[1].quantization.as_mut().unwrap().scales[0] = f32::NAN,
            "has a scale that is not above zero",
        ),
        (
            |g| {
                g.tensors[1]
                    .quantization
                    .as_mut()
                    .unwrap()
                    .zero_points
                    .clear()
            },
            "has 4 scales and 0 zero points",
        ),
    ];
    for (change, expected) in cases {
        let found = refused(change);
        assert!(
            found.contains(expected),
            "expected {expected:?} in:\n{found}"
        );
        assert!(found.contains(&codes::GRAPH_INVALID.to_string()), "{found}");
    }
}

#[test]
fn numbers() {
    let cases: [(Damage, &str); 7] = [
        (
            |g| g.tensors[3].dtype = DType::F32,
            "operator 0 (CONV_2D): `t3` is float32, expected int8",
        ),
        (|g| g.tensors[3].quantization = None, "`t3` has no scale"),
        (
            |g| g.tensors[3].quantization.as_mut().unwrap().zero_points = vec![300],
            "zero point 300, expected -128 to 127",
        ),
        (
            |g| g.tensors[1].quantization.as_mut().unwrap().zero_points[2] = 1,
            "the weights have a zero point other than 0",
        ),
        (
            |g| g.tensors[1].quantization.as_mut().unwrap().scales = vec![1e9; 4],
            "may leave 32 bits",
        ),
        (
            |g| g.tensors[2].data = Some(TensorData::I32(vec![i32::MAX; 4])),
            "sums of channel 0 may leave 32 bits",
        ),
        (
            |g| g.tensors[5].quantization.as_mut().unwrap().scales = vec![0.1],
            "expected 1/256 and -128",
        ),
    ];
    for (change, expected) in cases {
        let found = refused(change);
        assert!(
            found.contains(expected),
            "expected {expected:?} in:\n{found}"
        );
        assert!(found.contains(&codes::NOT_INT8.to_string()), "{found}");
    }
}

#[test]
fn every_problem_is_reported() {
    let found = refused(|g| {
        g.tensors[1].quantization.as_mut().unwrap().zero_points[2] = 1;
        g.tensors[5].quantization.as_mut().unwrap().scales = vec![0.1];
    });
    assert_eq!(found.lines().count(), 2, "{found}");
}
