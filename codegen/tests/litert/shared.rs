//! The public networks of MLPerf Tiny with LiteRT's results, where they are present beside the
//! project: every result of every operator, by its hash.

use impulse_codegen::tflite;
use impulse_ir::board::Cpu;
use impulse_ir::exec::Int8;
use impulse_ir::graph::Graph;
use impulse_ir::kernel_args::prepare;
use impulse_ir::passes;
use impulse_ir::plan::Arena;
use serde_json::Value;

use crate::cases::{hash, input, shared};

fn check(name: &str) {
    let files = (
        shared(&format!("models/{name}.tflite")),
        shared(&format!("golden/tflite/{name}.json")),
    );
    let (Some(model), Some(golden)) = files else {
        return;
    };
    let graph = tflite::read(&model).unwrap();
    let rewritten = tflite::write(&graph).unwrap();
    assert_eq!(tflite::read(&rewritten).unwrap(), graph, "{name}");

    let golden: Value = serde_json::from_slice(&golden).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    let mut executors = [
        Int8::new(&graph).unwrap(),
        Int8::for_cpu(&graph, Cpu::CortexM4).unwrap(),
        Int8::for_cpu(&graph, Cpu::CortexM55).unwrap(),
    ];
    let lean = passes::run_int8(graph);
    let mut lean = [Cpu::CortexM4, Cpu::CortexM55].map(|cpu| Int8::for_cpu(&lean, cpu).unwrap());
    for case in cases {
        let (kind, seed) = (
            case["input"].as_str().unwrap(),
            case["seed"].as_u64().unwrap(),
        );
        let input = input(kind, u32::try_from(seed).unwrap(), lean[0].input_len());
        for int8 in &mut executors {
            let output = hash(int8.run(&input));
            for tensor in case["tensors"].as_array().into_iter().flatten() {
                let found = hash(int8.tensor(tensor["index"].as_u64().unwrap() as usize));
                assert_eq!(
                    tensor["sha256"], found,
                    "{name}, {kind} {seed}: {}",
                    tensor["op"]
                );
            }
            assert_eq!(case["output_sha256"], output, "{name}, {kind} {seed}");
        }
        for lean in &mut lean {
            let output = hash(lean.run(&input));
            assert_eq!(
                case["output_sha256"], output,
                "{name} after the passes, {kind} {seed}"
            );
        }
    }
}

#[test]
fn keyword_spotting() {
    check("kws");
}

#[test]
fn visual_wake_words() {
    check("vww");
}

#[test]
fn image_classification() {
    check("ic");
}

#[test]
fn anomaly_detection() {
    check("ad");
}

#[test]
fn streaming_wake_word() {
    check("sww");
}

/// Multiply-accumulates and bytes of weights.
fn size(graph: &Graph) -> (u64, usize) {
    let program = prepare(graph).unwrap();
    let layers = program
        .steps
        .iter()
        .filter_map(|s| Some((s, s.call.constants()?)));
    let each = layers.map(|(step, constants)| (step.call.macs(), constants.weights.len()));
    each.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// The filters of the visual wake words that are zero everywhere make half of its work needless;
/// the other networks have no such channel.
#[test]
fn constant_channels() {
    for name in ["kws", "vww", "ic", "ad", "sww"] {
        let Some(model) = shared(&format!("models/{name}.tflite")) else {
            return;
        };
        let graph = tflite::read(&model).unwrap();
        let lean = size(&passes::run_int8(graph.clone()));
        match name {
            "vww" => assert_eq!(
                (size(&graph), lean),
                ((7_489_664, 208_112), (3_727_313, 29_066))
            ),
            _ => assert_eq!(size(&graph), lean, "{name}"),
        }
    }
}

/// The streaming wake word computes the layers of one new frame from what it keeps of the others;
/// the network for keywords pads its window in time.
#[test]
fn incremental() {
    let (Some(model), Some(kws), Some(golden)) = (
        shared("models/sww.tflite"),
        shared("models/kws.tflite"),
        shared("golden/tflite/sww.json"),
    ) else {
        return;
    };
    let graph = passes::run_int8(tflite::read(&model).unwrap());
    let streamed = passes::incremental(&graph, 1).unwrap();
    assert_eq!(size(&streamed), (46_040, 46_040));
    let program = prepare(&streamed).unwrap();
    assert_eq!(Arena::new(&program, &streamed).kept_bytes, 3_960);

    let golden: Value = serde_json::from_slice(&golden).unwrap();
    let mut int8 = Int8::new(&streamed).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let (kind, seed) = (case["input"].as_str(), case["seed"].as_u64().unwrap());
        let window = input(kind.unwrap(), u32::try_from(seed).unwrap(), 30 * 40);
        for frame in window.chunks_exact(40) {
            int8.run(frame);
        }
        let output = hash(int8.tensor(int8.program().output));
        assert_eq!(case["output_sha256"], output, "frames of {seed}");
    }

    let reason = passes::incremental(&tflite::read(&kws).unwrap(), 1).unwrap_err();
    assert!(reason.ends_with("pads the window in time"), "{reason}");
}
