//! The front end in C against the runtime: the emitted tables and the fixed C files, compiled for
//! the host, give the same bits as the Rust code, on every kind of block and signal. Skipped
//! where there is no C compiler.

#![allow(
    clippy::disallowed_methods,
    reason = "a test program, which reads files and runs compilers"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use impulse_codegen::features::c;
use impulse_ir::features::mfcc::{Mfcc, MfccTables, Normalize, Taper};
use impulse_runtime::decide::{Decide, DecideState};
use impulse_runtime::features::Quantize;
use impulse_runtime::stream::{Stream, StreamState};

const RATE_HZ: u32 = 16_000;
const QUANTIZE: Quantize = Quantize {
    inverse_scale: 23.5,
    zero_point: -7,
};
const N_LABELS: usize = 3;
const IGNORE: [bool; N_LABELS] = [false, false, true];

/// A block in a stream, with decision logic over the first features as if they were scores.
struct Case {
    block: Mfcc,
    n_frames: usize,
    stride_samples: usize,
    average_results: usize,
    suppress_results: usize,
    sum_min: i32,
}

fn cases() -> Vec<Case> {
    let usual = Mfcc {
        frame_samples: 512,
        hop_samples: 320,
        fft_samples: 512,
        n_filters: 32,
        n_coefficients: 13,
        low_hz: 0.0,
        high_hz: 8000.0,
        pre_emphasis: 0.97,
        taper: Taper::Hann,
        normalize: Normalize::MeanVariance,
    };
    let gaps = Mfcc {
        frame_samples: 201,
        hop_samples: 250,
        fft_samples: 256,
        n_filters: 20,
        n_coefficients: 20,
        low_hz: 300.0,
        high_hz: 4000.0,
        pre_emphasis: 0.0,
        taper: Taper::Hamming,
        normalize: Normalize::Mean,
    };
    let small = Mfcc {
        frame_samples: 10,
        hop_samples: 3,
        fft_samples: 16,
        n_filters: 2,
        n_coefficients: 2,
        taper: Taper::Rectangular,
        normalize: Normalize::None,
        ..usual.clone()
    };
    let large = Mfcc {
        frame_samples: 1024,
        fft_samples: 2048,
        hop_samples: 700,
        ..usual.clone()
    };
    let case = |block, n_frames, stride_samples, average_results| Case {
        block,
        n_frames,
        stride_samples,
        average_results,
        suppress_results: 2,
        sum_min: -30,
    };
    vec![
        case(usual, 12, 1000, 3),
        case(gaps, 5, 3000, 1),
        case(small, 40, 7, 4),
        case(large, 3, 710, 2),
    ]
}

/// Quiet, loud, sudden and steady signals, one after the other.
fn signal() -> Vec<i16> {
    let mut state = 1u32;
    let mut noise = |shift: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as u16 as i16) >> shift
    };
    let mut out: Vec<i16> = (0..6000).map(|_| noise(0)).collect();
    out.extend((0..5000).map(|_| noise(13)));
    out.extend([0; 5000]);
    out.extend((0..5000).map(|n| if n == 2222 { i16::MIN } else { 0 }));
    out.extend((0..5000).map(|n| if n / 8 % 2 == 0 { i16::MAX } else { i16::MIN }));
    let tone = |n: i32| (32_000.0 * (f64::from(n) * 0.3).sin()) as i16;
    out.extend((0..5000).map(tone));
    out
}

/// Number of samples in the `i`-th slice.
fn slice_len(i: usize) -> usize {
    i * 37 % 501 + 1
}

/// Everything that a stream over `samples` gives, as text: where each window ends, the bits of
/// the ring, the quantized features, averages and decision.
fn run(case: &Case, samples: &[i16]) -> String {
    let tables = MfccTables::new(&case.block, RATE_HZ);
    let stream = Stream {
        mfcc: tables.block(),
        n_frames: case.n_frames,
        stride_samples: case.stride_samples,
    };
    let decide = Decide {
        n_labels: N_LABELS,
        average_results: case.average_results,
        suppress_results: case.suppress_results,
        sum_min: case.sum_min,
        ignore: &IGNORE,
    };
    let n_coefficients = case.block.n_coefficients;
    let mut state = StreamState::new(case.n_frames);
    let mut decide_state = DecideState::new();
    let mut buffer = vec![0i16; stream.samples_len()];
    let mut ring = vec![0.0f32; stream.features_len()];
    let mut scratch = vec![f32::NAN; stream.mfcc.scratch_len()];
    let mut quantized = vec![0i8; ring.len()];
    let mut history = vec![0i8; decide.history_len()];
    let mut average = [0i8; N_LABELS];
    let mut out = String::new();
    let (mut pushed, mut i) = (0, 0);
    while pushed < samples.len() {
        let end = samples.len().min(pushed + slice_len(i));
        let result = stream.push(
            &mut state,
            &mut buffer,
            &mut ring,
            &mut scratch,
            &samples[pushed..end],
        );
        pushed += result.consumed;
        i += 1;
        if !result.complete {
            continue;
        }
        case.block.normalize.device().quantize(
            &ring,
            n_coefficients,
            state.first_frame(),
            &QUANTIZE,
            &mut quantized,
        );
        let label = decide.push(
            &mut decide_state,
            &mut history,
            &quantized[..N_LABELS],
            &mut average,
        );
        let _ = write!(out, "{pushed}:");
        ring.iter().for_each(|x| {
            let _ = write!(out, " {:08x}", x.to_bits());
        });
        quantized.iter().chain(&average).for_each(|q| {
            let _ = write!(out, " {q}");
        });
        let _ = writeln!(out, " -> {}", label.map_or(-1, |l| l as i64));
    }
    out
}

/// A program that reads samples and prints what [`run`] does.
fn program(case: &Case) -> String {
    let normalize = match case.block.normalize {
        Normalize::None => "IMPULSE_NORMALIZE_NONE",
        Normalize::Mean => "IMPULSE_NORMALIZE_MEAN",
        Normalize::MeanVariance => "IMPULSE_NORMALIZE_MEAN_VARIANCE",
    };
    format!(
        "#include \"impulse_decide.h\"\n#include \"impulse_stream.h\"\n{tables}\n\
         #define N_FRAMES {n_frames}\n#define N_COEFFICIENTS {n_coefficients}\n\
         #define FRAME {frame}\n#define FFT {fft}\n#define STRIDE {stride}\n\
         #define NORMALIZE {normalize}\n#define AVERAGE {average}\n#define SUPPRESS {suppress}\n\
         #define SUM_MIN ({sum_min})\n#define INVERSE_SCALE {inverse_scale:?}f\n\
         #define ZERO_POINT ({zero_point})\n{main}",
        tables = c::tables(&MfccTables::new(&case.block, RATE_HZ), "mfcc"),
        n_frames = case.n_frames,
        n_coefficients = case.block.n_coefficients,
        frame = case.block.frame_samples,
        fft = case.block.fft_samples,
        stride = case.stride_samples,
        average = case.average_results,
        suppress = case.suppress_results,
        sum_min = case.sum_min,
        inverse_scale = QUANTIZE.inverse_scale,
        zero_point = QUANTIZE.zero_point,
        main = include_str!("main.c"),
    )
}

/// Compiles with `compiler` and runs on `samples`; `None` where there is no such compiler.
fn run_c(compiler: &str, flags: &[&str], case: &Case, samples: &[i16]) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let source = folder.path().join("main.c");
    let image = folder.path().join("main");
    std::fs::write(&source, program(case)).expect("a writable folder");
    let fixed = Path::new(env!("CARGO_MANIFEST_DIR")).join("c");
    let output = Command::new(compiler)
        .args([
            "-std=c99",
            "-Wall",
            "-Wextra",
            "-Wpedantic",
            "-Wconversion",
            "-Werror",
        ])
        .args(flags)
        .arg("-I")
        .arg(&fixed)
        .arg(&source)
        .args(
            ["dsp", "mfcc", "stream", "decide"].map(|name| fixed.join(format!("impulse_{name}.c"))),
        )
        .arg("-o")
        .arg(&image)
        .output()
        .ok()?;
    assert!(
        output.status.success(),
        "{compiler}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut child = Command::new(&image)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the compiled program runs");
    let bytes: Vec<u8> = samples.iter().flat_map(|x| x.to_ne_bytes()).collect();
    let mut stdin = child.stdin.take().expect("a pipe was asked for");
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("the program ends");
    writer
        .join()
        .expect("no panic")
        .expect("the program reads everything");
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).expect("plain text"))
}

#[test]
fn c_gives_the_bits_of_rust() {
    let samples = signal();
    for case in cases() {
        assert!(
            case.block
                .problems(&impulse_ir::spec::Window {
                    rate_hz: RATE_HZ,
                    length_samples: 16_000,
                    stride_samples: case.stride_samples,
                    n_axes: 1,
                })
                .is_empty()
        );
        let expected = run(&case, &samples);
        assert!(expected.lines().count() >= 8);
        // Contraction and vectors are what compilers would change results with.
        let settings: [(&str, &[&str]); 3] = [
            ("gcc", &["-O2"]),
            ("gcc", &["-O3", "-std=gnu11", "-march=native"]),
            ("clang", &["-O3", "-march=native"]),
        ];
        for (compiler, flags) in settings {
            if let Some(got) = run_c(compiler, flags, &case, &samples) {
                let differs = got.lines().zip(expected.lines()).position(|(a, b)| a != b);
                assert_eq!(
                    differs, None,
                    "{compiler} {flags:?}, window {differs:?}, {:?}",
                    case.block
                );
                assert_eq!(got.len(), expected.len());
            }
        }
    }
}

#[test]
fn decisions_are_made_in_the_test_signal() {
    let lines: Vec<String> = cases()
        .iter()
        .flat_map(|c| {
            run(c, &signal())
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    let reported = |label: &str| lines.iter().any(|l| l.ends_with(label));
    assert!(reported("-> -1") && (reported("-> 0") || reported("-> 1")));
}
