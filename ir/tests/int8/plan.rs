//! Plans of a keyword pipeline.

use impulse_ir::Span;
use impulse_ir::board::{self, Board};
use impulse_ir::diagnostic::codes;
use impulse_ir::features::{
    Arithmetic, FeatureBlock, LOG_FLOOR, MelBank, MelScale, Mfcc, Normalize, Stft, Taper,
};
use impulse_ir::network::{Activation, Builder, Conv, Dense, LayerKind, Padding, Pool};
use impulse_ir::pipeline::Pipeline;
use impulse_ir::plan::{ItemKind, plan};
use impulse_ir::quantize::{Ranges, quantize};
use impulse_ir::spec::{Decide, Sensor, Target, Window};
use impulse_ir::weights::{FloatTensor, Weights};
use impulse_ir::{lower, passes};

/// conv1d 8/16 on one second of audio, three labels, with this many samples in the FFT.
fn keyword(fft_samples: usize) -> Pipeline {
    let mfcc = Mfcc {
        stft: Stft {
            frame_samples: 512,
            hop_samples: 320,
            fft_samples,
            pre_emphasis: 0.98,
            taper: Taper::Hann,
            edge_impulse: false,
            levels: Default::default(),
        },
        mel: MelBank {
            n_filters: 32,
            low_hz: 20.0,
            high_hz: 8000.0,
            scale: MelScale::Htk,
            area_normalized: false,
        },
        log_floor: LOG_FLOOR,
        n_coefficients: 13,
        lifter: 0.0,
        normalize: Normalize::MeanVariance,
        sliding_frames: 0,
        deltas: None,
        arithmetic: Arithmetic::Float,
    };
    let conv = |filters| Conv {
        filters,
        kernel: [3, 1],
        stride: [1, 1],
        padding: Padding::Same,
        activation: Activation::Relu,
        bias: true,
        max_norm: None,
    };
    let pool = Pool {
        size: [2, 1],
        stride: [2, 1],
        padding: Padding::Same,
    };
    let dense = Dense {
        units: 3,
        activation: Activation::None,
        bias: true,
        max_norm: None,
    };
    let mut b = Builder::new(vec![49, 13]);
    for kind in [
        LayerKind::Conv1d(conv(8)),
        LayerKind::MaxPool(pool.clone()),
        LayerKind::Conv1d(conv(16)),
        LayerKind::MaxPool(pool),
        LayerKind::Flatten,
        LayerKind::Dense(dense),
        LayerKind::Softmax,
    ] {
        b.push(kind, Span::default()).unwrap();
    }
    let network = b.finish(Span::default()).unwrap();
    let mut weights = Weights::new();
    for node in &network.nodes {
        for parameter in node.kind.parameters(network.shape(node.inputs[0])) {
            let data = vec![0.1; parameter.shape.iter().product()];
            let tensor = FloatTensor {
                shape: parameter.shape,
                data,
            };
            weights.insert(format!("{}.{}", node.name, parameter.role), tensor);
        }
    }
    let graph = passes::run(lower::lower(&network, &weights).unwrap()).unwrap();
    let mut ranges = Ranges::new(&graph);
    for id in 0..graph.tensors.len() {
        ranges.see(id, &[-1.0, 1.0]);
    }
    Pipeline {
        name: "yes_no".into(),
        labels: ["yes", "no", "unknown"].map(String::from).to_vec(),
        window: Window {
            rate_hz: 16_000,
            length_samples: 16_000,
            stride_samples: 4_000,
            n_axes: 1,
            sensor: Sensor::Audio,
        },
        features: vec![FeatureBlock::Mfcc(mfcc)],
        graph: quantize(&graph, &ranges).unwrap(),
        decide: Decide {
            threshold: 0.8,
            average_results: 4,
            suppress_results: 2,
            ignore: vec![2],
        },
    }
}

fn nano33() -> Board {
    board::find("nano33").unwrap().clone()
}

fn target(ram: u64, flash: u64, latency: u64) -> Target {
    Target {
        board: nano33(),
        ram_bytes_max: Some(ram),
        flash_bytes_max: Some(flash),
        latency_us_max: Some(latency),
        spans: [Span::new(1, 2), Span::new(3, 4), Span::new(5, 6)],
    }
}

#[test]
fn every_byte_of_the_state() {
    let board = Board {
        buffers: Vec::new(),
        ..nano33()
    };
    let plan = plan(&keyword(512), &board);
    assert_eq!(plan.bytes_of(ItemKind::Samples), 2 * 512);
    assert_eq!(plan.bytes_of(ItemKind::Features), 2 * 49 * 13);
    // The FFT's scratch is larger than the activations: 49 × 13 in, over which the outputs lie one of
    // eight below, and four columns of 3 × 13 taps, rounded up, with a line of as many.
    assert_eq!(plan.bytes_of(ItemKind::Work), 4 * 512);
    assert_eq!(plan.arena.bytes, 640 + 8 + 4 * 2 * 40 + 40);
    // Stream 20, decisions 12, label 4; history 4 × 3, scores 3, averages 3, flag 1, padding 3.
    assert_eq!(plan.bytes_of(ItemKind::State), 36 + 20 + 2);
    assert_eq!(plan.static_ram_bytes(), 1024 + 1274 + 2048 + 58);
    assert!(
        (256..1024).contains(&plan.stack_bytes),
        "{}",
        plan.stack_bytes
    );
}

#[test]
fn weights_tables_and_code() {
    let plan = plan(&keyword(512), &nano33());
    // For each pair of filters two starts, a word for two taps, four words of rescaling. The units of
    // the last layer each have their scale: plain weights and biases.
    let words = 4 * (2 + 20 + 4) + 8 * (2 + 3 * 4 + 4);
    assert_eq!(plan.bytes_of(ItemKind::Weights), 4 * words + 624 + 4 * 3);
    assert!(plan.bytes_of(ItemKind::Tables) > 1024 + 4 * 512);
    assert_eq!(
        plan.flash
            .iter()
            .filter(|i| i.name == "code of packed_conv2d")
            .count(),
        1
    );
    assert!(
        (10_000..24_000).contains(&plan.flash_bytes()),
        "{}",
        plan.flash_bytes()
    );
}

#[test]
fn costs() {
    let plan = plan(&keyword(512), &nano33());
    let names: Vec<&str> = plan.steps.iter().map(|s| s.operator.as_str()).collect();
    let network = [
        "CONV_2D",
        "MAX_POOL_2D",
        "CONV_2D",
        "MAX_POOL_2D",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ];
    assert_eq!(names[..2], ["mfcc", "normalize"]);
    assert_eq!(names[2..], network);
    assert_eq!(plan.steps[2].macs, 49 * 3 * 13 * 8);
    // 12.5 frames a stride, and a small network.
    assert!(
        (400_000..1_000_000).contains(&plan.instructions()),
        "{}",
        plan.instructions()
    );
    assert!(
        (8_000..25_000).contains(&plan.latency_us()),
        "{}",
        plan.latency_us()
    );
    // Without an FPU the features cost many times as much.
    let m3 = impulse_ir::plan::plan(&keyword(512), board::find("emulator-m3").unwrap());
    assert!(m3.steps[0].instructions > 10 * plan.steps[0].instructions);
}

#[test]
fn budgets() {
    let plan = plan(&keyword(512), &nano33());
    assert_eq!(
        plan.budget_diagnostics(&target(32 << 10, 128 << 10, 100_000)),
        []
    );
    let found = plan.budget_diagnostics(&target(4 << 10, 8 << 10, 1_000));
    let about: Vec<_> = found.iter().map(|d| d.code).collect();
    assert_eq!(
        about,
        [
            codes::RAM_BUDGET,
            codes::FLASH_BUDGET,
            codes::LATENCY_BUDGET
        ]
    );
    assert!(
        found[0]
            .message
            .starts_with("expected at most 4,096 bytes of RAM on nano33, found ")
    );
    assert!(
        found[0].hints[0]
            .message
            .contains("features of a window 1,274 bytes"),
        "{found:?}"
    );
    assert_eq!(found[2].place, impulse_ir::Place::Spec(Span::new(5, 6)));
}

#[test]
fn a_board_that_is_too_small() {
    let mut small = target(1 << 30, 1 << 30, 1 << 30);
    small.board.ram.bytes = 4096;
    small.ram_bytes_max = None;
    let found = plan(&keyword(512), &small.board).budget_diagnostics(&small);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, codes::BOARD_TOO_SMALL);
}

#[test]
fn what_cannot_be_emitted_has_an_empty_share() {
    let mut pipeline = keyword(512);
    pipeline.graph.tensors[0].quantization = None;
    let plan = plan(&pipeline, &nano33());
    assert_eq!(plan.arena.bytes, 0);
    assert_eq!(plan.bytes_of(ItemKind::Weights), 0);
}
