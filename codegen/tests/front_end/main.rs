//! The front end in C against the runtime: the emitted tables and the fixed C files, compiled for
//! the host, give the same bits as the Rust code, on every kind of block and signal. Skipped
//! where there is no C compiler.

#![allow(
    clippy::disallowed_methods,
    reason = "a test program, which reads files and runs compilers"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use impulse_codegen::features::emit;
use impulse_ir::features::{
    Arithmetic, Deltas, FeatureBlock, InputQuantization, LOG_FLOOR, Layout, Levels, Log, MelBank,
    MelScale, Mfcc, Mfe, Normalize, Samples, Spectrogram, Stft, Taper,
};
use impulse_ir::spec::{SampleType, Sensor, Window};
use impulse_runtime::decide::{Decide, DecideState};
use impulse_runtime::features::{Normalize as DeviceNormalize, fixed};
use impulse_runtime::stream::FramesState;

mod sensors;

const RATE_HZ: u32 = 16_000;
const ZERO_POINT: i32 = -7;
const N_LABELS: usize = 3;
const IGNORE: [bool; N_LABELS] = [false, false, true];

/// A block in a stream, with decision logic over the first features as if they were scores.
struct Case {
    block: FeatureBlock,
    window: Window,
    average_results: usize,
    suppress_results: usize,
    sum_min: i32,
}

fn cases() -> Vec<Case> {
    let case = |block, n_samples, stride_samples, average_results| Case {
        block,
        window: Window {
            rate_hz: RATE_HZ,
            length_samples: n_samples,
            stride_samples,
            n_axes: 1,
            sensor: Sensor::Audio,
        },
        average_results,
        suppress_results: 2,
        sum_min: -30,
    };
    let stft = |frame_samples: usize, hop_samples, pre_emphasis, taper| Stft {
        frame_samples,
        hop_samples,
        fft_samples: frame_samples.next_power_of_two().max(16),
        pre_emphasis,
        taper,
        edge_impulse: false,
        levels: Default::default(),
    };
    let bank = |n_filters, high_hz, scale| MelBank {
        n_filters,
        low_hz: if high_hz == 4000.0 { 300.0 } else { 0.0 },
        high_hz,
        scale,
        area_normalized: scale == MelScale::Slaney,
    };
    let mfcc = |stft, mel, n_coefficients, lifter, normalize| {
        FeatureBlock::Mfcc(Mfcc {
            stft,
            mel,
            log_floor: LOG_FLOOR,
            n_coefficients,
            lifter,
            normalize,
            sliding_frames: 0,
            deltas: None,
            arithmetic: Arithmetic::Float,
        })
    };
    let usual = stft(512, 320, 0.97, Taper::Hann);
    let (htk, slaney) = (MelScale::Htk, MelScale::Slaney);
    let usual_mfcc = mfcc(
        usual.clone(),
        bank(32, 8000.0, htk),
        13,
        0.0,
        Normalize::MeanVariance,
    );
    let gaps = mfcc(
        stft(201, 250, 0.0, Taper::Hamming),
        bank(21, 4000.0, slaney),
        20,
        22.0,
        Normalize::Mean,
    );
    let small = mfcc(
        stft(10, 3, 0.97, Taper::Rectangular),
        bank(2, 8000.0, htk),
        2,
        0.0,
        Normalize::None,
    );
    let large = mfcc(
        stft(1024, 700, 0.97, Taper::Hann),
        bank(32, 8000.0, htk),
        13,
        0.0,
        Normalize::MeanVariance,
    );
    let mfe = FeatureBlock::Mfe(Mfe {
        stft: usual,
        mel: bank(40, 8000.0, htk),
        log_floor: LOG_FLOOR,
        normalize: Normalize::Mean,
        deltas: None,
        arithmetic: Arithmetic::Float,
    });
    let spectrogram = |normalize| {
        FeatureBlock::Spectrogram(Spectrogram::of_sound(
            stft(99, 120, 0.5, Taper::Hamming),
            1e-4,
            normalize,
        ))
    };
    // Differences of both orders over each normalization, and levels of each kind.
    let with_deltas = |normalize, deltas, levels| {
        FeatureBlock::Mfcc(Mfcc {
            stft: Stft {
                levels,
                ..stft(400, 160, 0.97, Taper::Hann)
            },
            mel: bank(20, 8000.0, htk),
            log_floor: LOG_FLOOR,
            n_coefficients: 5,
            lifter: 0.0,
            normalize,
            sliding_frames: 0,
            deltas,
            arithmetic: Arithmetic::Float,
        })
    };
    let levels = |magnitude, log| Levels { magnitude, log };
    let deltas = |width, second| Some(Deltas { width, second });
    let natural = Levels::default();
    let (mean, both) = (Normalize::Mean, Normalize::MeanVariance);
    let differences = [
        with_deltas(both, deltas(2, true), natural),
        with_deltas(mean, deltas(9, true), levels(false, Log::Decibel)),
        with_deltas(
            Normalize::None,
            deltas(1, false),
            levels(true, Log::Decibel),
        ),
        with_deltas(mean, None, levels(true, Log::None)),
        with_deltas(Normalize::None, deltas(3, false), levels(false, Log::None)),
    ];
    // Those that integers have.
    let in_integers = [
        with_deltas(both, deltas(2, true), natural),
        with_deltas(mean, deltas(9, true), levels(false, Log::Decibel)),
        with_deltas(Normalize::None, deltas(1, false), natural),
        with_deltas(both, None, levels(false, Log::Decibel)),
    ];
    let differences = differences.map(|block| case(block, 400 + 15 * 160, 1000, 2));
    let fixed = |block: &FeatureBlock| match block.clone() {
        FeatureBlock::Mfcc(mut block) => {
            block.arithmetic = Arithmetic::Fixed;
            FeatureBlock::Mfcc(block)
        }
        FeatureBlock::Mfe(mut block) => {
            block.arithmetic = Arithmetic::Fixed;
            FeatureBlock::Mfe(block)
        }
        other => other,
    };
    let in_integers = in_integers.map(|block| case(fixed(&block), 400 + 15 * 160, 1000, 2));
    vec![
        case(fixed(&usual_mfcc), 512 + 11 * 320, 1000, 3),
        case(fixed(&gaps), 201 + 4 * 250, 3000, 1),
        case(fixed(&small), 10 + 39 * 3, 7, 4),
        case(fixed(&large), 1024 + 2 * 700, 710, 2),
        case(fixed(&mfe), 512 + 7 * 320, 1300, 1),
        case(usual_mfcc, 512 + 11 * 320, 1000, 3),
        case(gaps, 201 + 4 * 250, 3000, 1),
        case(small, 10 + 39 * 3, 7, 4),
        case(large, 1024 + 2 * 700, 710, 2),
        case(mfe, 512 + 7 * 320, 1300, 1),
        case(spectrogram(Normalize::None), 1000, 700, 1),
        case(spectrogram(Normalize::MeanVariance), 1000, 1400, 1),
    ]
    .into_iter()
    .chain(differences)
    .chain(in_integers)
    .chain(sensors::cases())
    .collect()
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

/// Real words and noise from a folder beside the repository; nothing where it does not exist.
fn speech() -> Vec<i16> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/speech_commands"
    );
    let clip = |label: &str| {
        let folder = std::fs::read_dir(Path::new(folder).join(label)).ok()?;
        let mut paths: Vec<PathBuf> = folder.filter_map(|e| Some(e.ok()?.path())).collect();
        paths.sort();
        let bytes = std::fs::read(paths.get(3)?).ok()?;
        // Mono PCM16 with the canonical header of 44 bytes.
        let samples = bytes.get(44..)?.chunks_exact(2);
        let samples = samples.map(|b| i16::from_le_bytes([b[0], b[1]]));
        Some(samples.collect::<Vec<i16>>())
    };
    let labels = ["yes", "no", "silence", "unknown"];
    labels
        .iter()
        .filter_map(|label| clip(label))
        .flatten()
        .collect()
}

/// Number of samples in the `i`-th slice.
fn slice_len(i: usize) -> usize {
    i * 37 % 501 + 1
}

/// Everything that a stream over `samples` gives, as text: the bits of each row, where each window
/// ends, the quantized features, averages and decision.
fn run(case: &Case, samples: &[i16]) -> String {
    match case.window.sample() {
        SampleType::I16 => run_typed(case, samples),
        SampleType::U8 => run_typed(case, &bytes(samples)),
        SampleType::F32 => unreachable!("no sensor of the cases gives float32"),
    }
}

/// The low bytes of samples, as pixels.
fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|&x| x as u8).collect()
}

fn run_typed<S: Copy + Default>(case: &Case, samples: &[S]) -> String
where
    for<'s> Samples<'s>: From<&'s [S]>,
{
    let layout = Layout::new(&case.window, std::slice::from_ref(&case.block));
    let (part, frames) = (&layout.parts[0], layout.streams[0].frames);
    let decide = Decide {
        n_labels: N_LABELS,
        average_results: case.average_results,
        suppress_results: case.suppress_results,
        sum_min: case.sum_min,
        ignore: &IGNORE,
    };
    let n_columns = part.n_columns;
    let mut state = FramesState::new(frames.n_frames);
    let mut decide_state = DecideState::new();
    let mut buffer = vec![S::default(); frames.frame_samples];
    let mut ring = vec![0i16; part.len()];
    let mut final_ring = vec![0i8; part.len()];
    let mut scratch = vec![f32::NAN; layout.scratch_len()];
    let mut quantized = vec![0i8; layout.len()];
    let mut history = vec![0i8; decide.history_len()];
    let by = quantization(part.width());
    let mut average = [0i8; N_LABELS];
    let mut values = vec![0.0; n_columns];
    let mut out = String::new();
    let (mut pushed, mut i) = (0, 0);
    while pushed < samples.len() {
        let end = samples.len().min(pushed + slice_len(i));
        let slice = &samples[pushed..end];
        let result = frames.push(&mut state, &mut buffer, slice, |frame, row| {
            let device = part.tables.device();
            device.row(Samples::from(frame), &mut scratch, &mut values);
            values.iter().for_each(|x| {
                assert!(x.is_finite());
                let _ = write!(out, "{:08x} ", x.to_bits());
            });
            out.push('\n');
            let range = row * n_columns..(row + 1) * n_columns;
            part.grid.store(&values, &mut ring[range.clone()]);
            if part.normalize.is_none() {
                part.quantize_row(&by, &values, &mut final_ring[range]);
            }
        });
        pushed += result.consumed;
        i += 1;
        if !result.complete {
            continue;
        }
        let first = state.first_frame();
        match (part.normalize, part.scaling(&by)) {
            (Some(normalize), Some(scaling)) => {
                let (scaling, place) = (scaling.device(), part.place);
                scaling.quantize(normalize, &ring, n_columns, first, place, &mut quantized);
                if let Some(deltas) = part.deltas {
                    let rows = (deltas, normalize);
                    let out = &mut quantized;
                    fixed::deltas::quantize(rows, &scaling, &ring, n_columns, first, place, out);
                }
            }
            (Some(normalize), None) => {
                let target = (&by.device(), part.place);
                normalize.quantize(part.grid, &ring, n_columns, first, target, &mut quantized);
                if let Some(deltas) = part.deltas {
                    let rows = (normalize, part.grid);
                    deltas.quantize(rows, &ring, n_columns, first, target, &mut quantized);
                }
            }
            (None, _) => part
                .place
                .copy(&final_ring, n_columns, first, &mut quantized),
        }
        let label = decide.push(
            &mut decide_state,
            &mut history,
            &quantized[..N_LABELS],
            &mut average,
        );
        let _ = write!(out, "{pushed}:");
        quantized.iter().chain(&average).for_each(|q| {
            let _ = write!(out, " {q}");
        });
        let _ = writeln!(out, " -> {}", label.map_or(-1, |l| l as i64));
    }
    out
}

/// One scale for all columns where their number is even, else one for each.
fn quantization(n_columns: usize) -> InputQuantization {
    let each = |i| 23.5 / (1 << (i % 5)) as f32;
    InputQuantization {
        inverse_scales: match n_columns % 2 {
            0 => vec![23.5],
            _ => (0..n_columns).map(each).collect(),
        },
        zero_point: ZERO_POINT,
    }
}

/// A program that reads samples and prints what [`run`] does.
fn program(case: &Case) -> String {
    let layout = Layout::new(&case.window, std::slice::from_ref(&case.block));
    let (part, frames) = (&layout.parts[0], layout.streams[0].frames);
    let emit = emit(&part.tables);
    let normalize = part.normalize.map(|normalize| match normalize {
        DeviceNormalize::Plain => "IMPULSE_NORMALIZE_PLAIN",
        DeviceNormalize::Mean => "IMPULSE_NORMALIZE_MEAN",
        DeviceNormalize::MeanVariance => "IMPULSE_NORMALIZE_MEAN_VARIANCE",
    });
    let by = quantization(part.width());
    let scaling = part.scaling(&by);
    let (function, how) = match &scaling {
        Some(_) => ("fixed", "&scaling"),
        None => ("rows", "&quantization"),
    };
    let store = match normalize {
        Some(_) => format!("impulse_{function}_store(&rows, values, row)"),
        None => format!("impulse_{function}_quantize(&rows, {how}, values, row)"),
    };
    let finish = match (normalize, &scaling) {
        (None, _) => "impulse_rows_copy(&rows, ring, head, quantized)".to_owned(),
        (Some(normalize), Some(_)) => {
            let deltas = part.deltas.map_or(String::new(), |deltas| {
                format!(
                    "; impulse_fixed_deltas(&rows, &scaling, {normalize}, \
                     (impulse_deltas){{{}, {}}}, ring, head, quantized)",
                    deltas.width, deltas.order
                )
            });
            format!(
                "impulse_fixed_normalize(&rows, &scaling, {normalize}, ring, head, quantized){deltas}"
            )
        }
        (Some(normalize), None) => {
            let deltas = part.deltas.map_or(String::new(), |deltas| {
                format!(
                    "; impulse_rows_deltas(&rows, {normalize}, (impulse_deltas){{{}, {}}}, \
                     &quantization, ring, head, quantized)",
                    deltas.width, deltas.order
                )
            });
            format!(
                "impulse_rows_normalize(&rows, {normalize}, &quantization, ring, head, quantized){deltas}"
            )
        }
    };
    let quantization = match &scaling {
        Some(s) => {
            let factors = s.factors.iter();
            let factors = factors.map(|f| format!("{{{}, {}}}", f.multiplier, f.shift));
            format!(
                "static const impulse_fixed_factor factors[] = {{{}}};\n\
                 static const impulse_fixed_scaling scaling = {{{}u, factors, {}, {}}};\n",
                factors.collect::<Vec<_>>().join(", "),
                s.spread_min,
                usize::from(s.factors.len() > 1),
                s.zero_point
            )
        }
        None => {
            let scales = by.inverse_scales.iter().map(|s| format!("{s:?}f"));
            format!(
                "static const float inverse_scales[] = {{{}}};\n\
                 static const impulse_input_quantization quantization = {{inverse_scales, {}, {}}};\n",
                scales.collect::<Vec<_>>().join(", "),
                usize::from(by.inverse_scales.len() > 1),
                by.zero_point
            )
        }
    };
    format!(
        "#include \"impulse_decide.h\"\n#include \"impulse_deltas.h\"\n#include \"{header}\"\n#include \"impulse_fixed_deltas.h\"\n\
         #include \"impulse_stream.h\"\n{tables}\n{quantization}{ring}\
         #define NUMBER {number}\n#define UNIT {unit:?}f\n\
         #define STORE(values, row) {store}\n#define FINISH(head) {finish}\n\
         #define SAMPLE {sample}\n\
         static const impulse_rows rows = {{{n_frames}, {n_columns}, 0, {width}, {per_unit:?}f}};\n\
         static const impulse_frames frames = {{{frame}, {hop}, {n_frames}, {stride}, sizeof(SAMPLE)}};\n\
         #define N_FRAMES {n_frames}\n#define N_COLUMNS {n_columns}\n#define WIDTH {width}\n\
         #define FRAME {frame}\n#define SCRATCH {scratch}\n\
         #define AVERAGE {average}\n#define SUPPRESS {suppress}\n\
         #define SUM_MIN ({sum_min})\n#define ROW(frame, scratch) {row}\n{main}",
        header = emit.c_header(),
        tables = emit.c_tables("block"),
        sample = match layout.sample {
            SampleType::I16 => "int16_t",
            SampleType::F32 => "float",
            SampleType::U8 => "uint8_t",
        },
        row = emit.c_row("block", "frame", "scratch"),
        n_frames = part.n_frames,
        n_columns = part.n_columns,
        width = part.width(),
        per_unit = part.grid.per_unit,
        frame = frames.frame_samples,
        hop = frames.hop_samples,
        stride = frames.stride_samples,
        scratch = layout.scratch_len(),
        average = case.average_results,
        suppress = case.suppress_results,
        sum_min = case.sum_min,
        ring = normalize.map_or("", |_| "#define NORMALIZE\n"),
        number = scaling.as_ref().map_or("float", |_| "int32_t"),
        unit = scaling.map_or(1.0, |_| part.grid.per_unit),
        main = include_str!("main.c"),
    )
}

/// The C files that a front end may need.
const SOURCES: [&str; 22] = [
    "decide",
    "deltas",
    "dsp",
    "fixed_deltas",
    "fixed_mel",
    "fixed_mfcc",
    "fixed_mfe",
    "fixed_normalize",
    "fixed_spectrum",
    "flatten",
    "image",
    "mel",
    "mfcc",
    "mfe",
    "normalize",
    "raw",
    "signal",
    "spectral",
    "spectrogram",
    "spectrum",
    "stream",
    "wavelet",
];

/// A compiler's flags for every file.
const STRICT: [&str; 6] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Werror",
];

/// The fixed C files, compiled once for all cases.
struct Library {
    compiler: &'static str,
    flags: &'static [&'static str],
    folder: tempfile::TempDir,
}

impl Library {
    /// `None` where there is no such compiler.
    fn new(compiler: &'static str, flags: &'static [&'static str]) -> Option<Self> {
        let library = Self {
            compiler,
            flags,
            folder: tempfile::tempdir().expect("a folder for temporary files"),
        };
        let files = SOURCES.map(|name| fixed().join(format!("impulse_{name}.c")));
        library.compile(|command| command.arg("-c").args(&files))?;
        Some(library)
    }

    /// Compiles in the folder, where the compiler exists.
    fn compile(&self, rest: impl FnOnce(&mut Command) -> &mut Command) -> Option<()> {
        let mut command = Command::new(self.compiler);
        command
            .current_dir(self.folder.path())
            .args(STRICT)
            .args(self.flags)
            .arg("-I")
            .arg(fixed());
        let output = rest(&mut command).output().ok()?;
        assert!(
            output.status.success(),
            "{}: {}",
            self.compiler,
            String::from_utf8_lossy(&output.stderr)
        );
        Some(())
    }

    /// Compiles the program of `case` and runs it on `samples`.
    fn run(&self, case: &Case, samples: &[i16]) -> String {
        let source = self.folder.path().join("main.c");
        std::fs::write(&source, program(case)).expect("a writable folder");
        let objects = SOURCES.map(|name| format!("impulse_{name}.o"));
        self.compile(|command| command.arg("main.c").args(&objects).args(["-o", "main"]))
            .expect("the compiler that made the library");
        let mut child = Command::new(self.folder.path().join("main"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the compiled program runs");
        let bytes = match case.window.sample() {
            SampleType::U8 => bytes(samples),
            _ => samples.iter().flat_map(|x| x.to_ne_bytes()).collect(),
        };
        let mut stdin = child.stdin.take().expect("a pipe was asked for");
        let writer = std::thread::spawn(move || stdin.write_all(&bytes));
        let output = child.wait_with_output().expect("the program ends");
        writer
            .join()
            .expect("no panic")
            .expect("the program reads everything");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("plain text")
    }
}

/// Where the fixed C files are.
fn fixed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("c")
}

#[test]
fn c_gives_the_bits_of_rust() {
    let libraries = libraries();
    for case in cases() {
        same_bits(&case, &signal(), &libraries);
    }
}

#[test]
fn c_gives_the_bits_of_rust_on_real_recordings() {
    let samples = speech();
    if samples.is_empty() {
        return;
    }
    let libraries = libraries();
    let of_speech = |case: &Case| {
        let block = &case.block;
        matches!(block, FeatureBlock::Mfcc(_) | FeatureBlock::Mfe(_))
            && case.window.sample() == SampleType::I16
    };
    let cases: Vec<Case> = cases().into_iter().filter(of_speech).collect();
    assert!(cases.len() >= 8);
    for case in cases {
        same_bits(&case, &samples, &libraries);
    }
}

/// The fixed C files by every compiler that is there.
fn libraries() -> Vec<Library> {
    // Contraction and vectors are what compilers would change results with.
    let settings: [(&str, &[&str]); 4] = [
        ("gcc", &["-O2", "-DIMPULSE_FIXED_BY_HALVES=1"]),
        ("gcc", &["-O3", "-std=gnu11", "-march=native"]),
        ("clang", &["-O3", "-march=native"]),
        (
            "clang",
            &["-O1", "-fsanitize=undefined", "-fsanitize-trap=undefined"],
        ),
    ];
    let libraries = settings.into_iter();
    libraries
        .filter_map(|(compiler, flags)| Library::new(compiler, flags))
        .collect()
}

fn same_bits(case: &Case, samples: &[i16], libraries: &[Library]) {
    assert_eq!(case.block.problems(&case.window), []);
    let expected = run(case, samples);
    assert!(expected.lines().count() >= 8);
    for library in libraries {
        let got = library.run(case, samples);
        let differs = got.lines().zip(expected.lines()).position(|(a, b)| a != b);
        assert_eq!(
            differs, None,
            "{} {:?}, window {differs:?}, {:?}",
            library.compiler, library.flags, case.block
        );
        assert_eq!(got.len(), expected.len());
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
