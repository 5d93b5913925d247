//! The whole of a device on the host: a stream says the same as windows handed over whole.

use impulse_ir::exec::{FrontEnd, Session};
use impulse_ir::features::{Arithmetic, FeatureBlock, Normalize};
use impulse_ir::graph::{DType, Graph, Operator, OperatorKind, Quantization, Tensor, TensorData};
use impulse_ir::network::Activation;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::Decide;
use impulse_runtime::features::Quantize;

use crate::{noise, second, tone, with};

fn tensor(name: &str, shape: &[usize], dtype: DType, scale: f32, zero_point: i32) -> Tensor {
    let quantization = Quantization {
        scales: vec![scale],
        zero_points: vec![zero_point],
        axis: 0,
    };
    Tensor {
        name: name.into(),
        shape: shape.into(),
        dtype,
        quantization: Some(quantization),
        data: None,
    }
}

/// One fully connected layer over the example's features, and a softmax.
fn pipeline() -> Pipeline {
    pipeline_in(Arithmetic::Float)
}

fn pipeline_in(arithmetic: Arithmetic) -> Pipeline {
    let mut weights = tensor("weights", &[3, 637], DType::I8, 0.01, 0);
    let values = noise(3 * 637, 11, 9).into_iter().map(|w| w as i8).collect();
    weights.data = Some(TensorData::I8(values));
    let mut bias = tensor("bias", &[3], DType::I32, 0.05 * 0.01, 0);
    bias.data = Some(TensorData::I32(vec![0, 900, -900]));
    let operator = |kind, inputs: &[usize], output| Operator {
        kind,
        inputs: inputs.iter().copied().map(Some).collect(),
        outputs: vec![output],
    };
    let graph = Graph {
        name: "dense".into(),
        tensors: vec![
            tensor("features", &[1, 49, 13], DType::I8, 0.05, 3),
            tensor("flat", &[1, 637], DType::I8, 0.05, 3),
            weights,
            bias,
            tensor("logits", &[1, 3], DType::I8, 0.1, 0),
            tensor("scores", &[1, 3], DType::I8, 1.0 / 256.0, -128),
        ],
        operators: vec![
            operator(OperatorKind::Reshape, &[0], 1),
            operator(
                OperatorKind::FullyConnected {
                    activation: Activation::None,
                },
                &[1, 2, 3],
                4,
            ),
            operator(OperatorKind::Softmax { beta: 1.0 }, &[4], 5),
        ],
        inputs: vec![0],
        outputs: vec![5],
        input_scales: (0..13)
            .map(|i| if i % 3 == 0 { 0.5 } else { 2.0 })
            .collect(),
    };
    Pipeline {
        name: "test".into(),
        labels: ["a", "b", "c"].map(String::from).to_vec(),
        window: second(),
        features: vec![FeatureBlock::Mfcc(with(|b| b.arithmetic = arithmetic))],
        graph,
        decide: Decide {
            threshold: 0.5,
            average_results: 2,
            suppress_results: 1,
            ignore: vec![2],
        },
    }
}

fn signal() -> Vec<i16> {
    let mut out = noise(30_000, 1, 4);
    out.extend(tone(20_000, 700.0, 9000.0));
    out.extend(noise(30_000, 2, 2));
    out
}

#[test]
fn a_stream_says_what_its_windows_say() {
    streams(&pipeline());
}

#[test]
fn a_stream_in_integers_says_what_its_windows_say() {
    for normalize in [Normalize::None, Normalize::Mean, Normalize::MeanVariance] {
        streams(&in_integers(normalize));
    }
}

fn in_integers(normalize: Normalize) -> Pipeline {
    let mut pipeline = pipeline_in(Arithmetic::Fixed);
    if let FeatureBlock::Mfcc(block) = &mut pipeline.features[0] {
        block.normalize = normalize;
    }
    pipeline
}

fn streams(pipeline: &Pipeline) {
    let mut session = Session::new(pipeline).expect("a sound pipeline");
    let samples = signal();
    let mut results = Vec::new();
    let mut pushed = 0;
    while pushed < samples.len() {
        let end = samples.len().min(pushed + 777);
        let (consumed, result) = session.push(&samples[pushed..end]);
        pushed += consumed;
        results.extend(result);
    }
    assert!(results.len() > 15);
    let starts = (0..).map(|k: usize| (k * 4000).next_multiple_of(320));
    let mut whole = session.clone();
    for (result, start) in results.iter().zip(starts) {
        // The last 128 samples of a window belong to no whole frame and may be missing.
        let end = samples.len().min(start + 16_000);
        assert_eq!(whole.classify(&samples[start..end]).scores, result.scores);
    }
    assert!(results.iter().any(|r| r.scores != results[0].scores));
    assert!(results.iter().any(|r| r.decision.is_some()));
    session.reset();
    assert_eq!(session.push(&samples), (15_872, Some(results[0].clone())));
}

#[test]
fn float_features_lead_to_the_same_scores() {
    same_scores(&pipeline(), 0);
    for normalize in [Normalize::None, Normalize::Mean, Normalize::MeanVariance] {
        // A product in integers may be rounded the other way where it is near to a half.
        same_scores(&in_integers(normalize), 1);
    }
}

/// `steps`: how far a feature in int8 may be from what floats give.
fn same_scores(pipeline: &Pipeline, steps: i32) {
    let mut session = Session::new(pipeline).expect("a sound pipeline");
    let front_end = FrontEnd::new(&pipeline.window, &pipeline.features);
    let window = &signal()[25_000..41_000];
    let mut features = Vec::new();
    front_end.features(window, &mut features);
    let from_samples = session.classify(window);
    assert_eq!(session.classify_features(&features), from_samples);
    assert!((from_samples.probabilities.iter().sum::<f32>() - 1.0).abs() < 0.02);
    // Those of training, which are scaled, lead to the same int8 by the input's one scale.
    let scaled = front_end.scaled(&pipeline.graph.input_scales);
    scaled.features(window, &mut features);
    let input = Quantize {
        inverse_scales: &[1.0 / 0.05],
        zero_point: 3,
    };
    let quantized = features.iter().map(|&x| i32::from(input.apply(0, x)));
    for (q, &expected) in quantized.zip(&from_samples.features) {
        assert!((q - i32::from(expected)).abs() <= steps);
    }
}

#[test]
fn the_threshold_is_a_sum_of_scores() {
    let sum_min = |threshold, average_results| {
        let mut pipeline = pipeline();
        pipeline.decide = Decide {
            threshold,
            average_results,
            ..pipeline.decide
        };
        Session::new(&pipeline)
            .expect("a sound pipeline")
            .args()
            .sum_min
    };
    assert_eq!(sum_min(0.5, 2), 0);
    assert_eq!(sum_min(0.8, 1), 77);
    assert_eq!(sum_min(0.8, 3), 231);
    // No score stands for 1: the largest is 255/256.
    assert_eq!(sum_min(1.0, 4), 4 * 127);
    assert_eq!(sum_min(0.0, 4), 4 * -128);
}

#[test]
fn what_does_not_fit_is_refused() {
    let message = |change: &dyn Fn(&mut Pipeline)| {
        let mut pipeline = pipeline();
        change(&mut pipeline);
        Session::new(&pipeline).map(|_| ()).map_err(|d| d.message)
    };
    let fails = |change: &dyn Fn(&mut Pipeline), part: &str| {
        let text = message(change).expect_err(part);
        assert!(text.contains(part), "{text}");
    };
    assert_eq!(message(&|_| ()), Ok(()));
    fails(
        &|p| p.features.clear(),
        "expected a feature block, found none",
    );
    fails(&|p| p.features.push(p.features[0].clone()), "1274 features");
    fails(&|p| p.labels.truncate(2), "one for each of 2 labels");
    fails(
        &|p| p.window.length_samples = 8000,
        "one for each of 312 features",
    );
    fails(&|p| p.graph.inputs.clear(), "one input, found 0");
    fails(&|p| p.graph.tensors[0].quantization = None, "not int8");
    fails(&|p| p.window.stride_samples = 1, "a stride of at least");
}
