//! The passes on int8 graphs change operators, never a bit of the output.

use impulse_ir::exec::Int8;
use impulse_ir::graph::{DType, Graph, OperatorKind, Quantization, TensorData};
use impulse_ir::passes;

use crate::graphs::{Build, random};

fn names(graph: &Graph) -> Vec<&'static str> {
    graph.operators.iter().map(|op| op.kind.name()).collect()
}

fn assert_same_output(before: &Graph, after: &Graph, seed: u32) {
    let (mut old, mut new) = (Int8::new(before).unwrap(), Int8::new(after).unwrap());
    let mut draw = Build::new(&[1], seed);
    for _ in 0..4 {
        let input: Vec<i8> = (0..old.input_len())
            .map(|_| draw.below(256) as i8)
            .collect();
        assert_eq!(old.run(&input), new.run(&input), "graph {seed}");
    }
}

#[test]
fn all_passes_keep_the_output() {
    let mut n_fewer = 0;
    for seed in 0..100 {
        let before = random(seed);
        let after = passes::run_int8(before.clone());
        after.validate().unwrap();
        assert_same_output(&before, &after, seed);
        n_fewer += before.operators.len() - after.operators.len();
    }
    assert!(n_fewer > 100, "{n_fewer} operators fewer");
}

/// A RELU that only limits its input goes into the convolution; one that also rescales stays.
#[test]
fn relu_fuses_where_it_does_not_rescale() {
    for (scale, expected) in [(0.05, &["CONV_2D"][..]), (0.04, &["CONV_2D", "RELU"])] {
        let mut b = Build::new(&[1, 4, 3, 5], 3);
        let conv = b.conv(b.graph.inputs[0], 4);
        let relu = b.relu(conv);
        b.graph.tensors[relu].quantization = Some(Quantization {
            scales: vec![scale],
            zero_points: vec![0],
            axis: 0,
        });
        let before = b.finish(relu);
        let after = passes::run_int8(before.clone());
        assert_eq!(names(&after), expected);
        assert_same_output(&before, &after, 3);
    }
}

/// A PAD with the zero point whose margins are those of SAME goes into its convolution; other
/// margins and other values stay. Every bit stays in any case.
#[test]
fn pads_fold() {
    for (kernel, stride, margins, value, folds) in [
        (3, 1, [1, 1], None, true),
        (3, 2, [0, 1], None, true),
        // A row that no window reads.
        (3, 2, [0, 2], None, true),
        (3, 2, [1, 1], None, false),
        (3, 1, [2, 0], None, false),
        (5, 1, [2, 2], None, true),
        (3, 1, [1, 1], Some(0), true),
        (3, 1, [1, 1], Some(9), false),
    ] {
        for depthwise in [false, true] {
            let before = padded(kernel, stride, margins, value, depthwise);
            let after = passes::run_int8(before.clone());
            let what = format!("kernel {kernel}, stride {stride}, {margins:?}, {value:?}");
            let conv = if depthwise {
                "DEPTHWISE_CONV_2D"
            } else {
                "CONV_2D"
            };
            let all = ["PAD", conv, "CONV_2D"];
            assert_eq!(names(&after), all[usize::from(folds)..], "{what}");
            assert_same_output(&before, &after, 3);
        }
    }
}

/// A PAD in height, a convolution of `kernel` rows without padding, and a pointwise one.
fn padded(
    kernel: usize,
    stride: usize,
    margins: [usize; 2],
    value: Option<i8>,
    depthwise: bool,
) -> Graph {
    let mut b = Build::new(&[1, 8, 1, 3], 4);
    let input = b.graph.inputs[0];
    let mut inputs = vec![input];
    if let Some(value) = value {
        inputs.push(b.tensor(&[1], DType::I8, &[0.05], Some(TensorData::I8(vec![value]))));
    }
    let none = [0, 0];
    let height = 8 + margins[0] + margins[1];
    let kind = OperatorKind::Pad {
        margins: vec![none, margins, none, none],
    };
    let wide = b.operator(kind, &inputs, &[1, height, 1, 3]);
    let deep = b.over_time(wide, kernel, stride, depthwise);
    let output = b.conv(deep, 4);
    b.finish(output)
}

#[test]
fn reshapes_merge() {
    let mut b = Build::new(&[1, 4, 3, 5], 5);
    let there_and_back = b.reshape_twice(b.graph.inputs[0]);
    let conv = b.conv(there_and_back, 4);
    let again = b.reshape_twice(conv);
    let output = b.conv(again, 2);
    let before = b.finish(output);
    let after = passes::run_int8(before.clone());
    assert_eq!(names(&after), ["CONV_2D", "CONV_2D"]);
    assert_same_output(&before, &after, 5);
}

/// Every pass of the list has its file, and the list names no pass twice.
#[test]
fn the_list_of_passes() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/passes");
    let mut names: Vec<&str> = passes::PASSES.iter().map(|pass| pass.name).collect();
    for name in &names {
        let file = folder.join(format!("{name}.rs"));
        assert!(file.exists() || folder.join(name).is_dir(), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), passes::PASSES.len());
}
