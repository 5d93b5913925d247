//! What the MFCC block costs in the emulator, by itself: instructions of a second of audio, code and
//! tables by the symbols of the linked image, static RAM with its rings. The line that is printed
//! of each image becomes a row of the benchmarks.

use std::collections::BTreeSet;
use std::path::Path;

use impulse_codegen::verify::{Project, Report, c_project, rust_project};
use impulse_ir::board::{self, Board};
use impulse_ir::pipeline::Pipeline;

use crate::emulator::{same_bits, step, with_rust_image};
use crate::models::{second_of, second_of_mfcc, windows};
use crate::tools::{has, origin, run, write};

/// The C files that make up a front end with MFCC.
const FILES: [&str; 6] = ["dsp", "spectrum", "mel", "mfcc", "normalize", "stream"];
/// Modules of the runtime that do.
const MODULES: [&str; 3] = ["::features::", "::dsp::", "::stream::"];

/// Sizes of the symbols of an image, by name.
fn symbols(folder: &Path, elf: &str) -> Vec<(String, u64)> {
    let text = run(folder, "arm-none-eabi-nm", &["-C", "-S", elf]);
    let symbol = |line: &str| {
        let mut words = line.splitn(4, ' ');
        let (_, bytes, kind) = (words.next()?, words.next()?, words.next()?);
        // Data and code in flash, not variables.
        if !matches!(kind, "t" | "T" | "r" | "R") {
            return None;
        }
        let bytes = u64::from_str_radix(bytes, 16).ok()?;
        Some((words.next()?.to_owned(), bytes))
    };
    text.lines().filter_map(symbol).collect()
}

/// Names of the functions in the C files of the block.
fn functions(folder: &Path, flags: &[String]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in FILES {
        let source = format!("impulse_{file}.c");
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/c");
        let source = Path::new(path).join(source).display().to_string();
        let mut args: Vec<&str> = flags.iter().map(String::as_str).collect();
        args.extend(["-c", &source, "-o", "names.o"]);
        run(folder, "arm-none-eabi-gcc", &args);
        let all = symbols(folder, "names.o");
        names.extend(all.into_iter().map(|(name, _)| name));
    }
    names
}

fn measure(
    pipeline: &Pipeline,
    board: &Board,
    language: &str,
    (project, folder): (&Project, &Path),
    is_code: impl Fn(&str) -> bool,
) {
    let windows = windows(pipeline);
    let report = same_bits(pipeline, &windows, project, folder);
    let all = symbols(folder, &project.elf);
    let sum = |of: &dyn Fn(&str) -> bool| -> u64 {
        let sizes = all.iter().filter(|(name, _)| of(name));
        sizes.map(|(_, bytes)| bytes).sum()
    };
    let code = sum(&is_code);
    let tables = sum(&|name| {
        let name = name.rsplit("::").next().unwrap_or_default().to_lowercase();
        name == "mfcc" || name.starts_with("mfcc_")
    });
    assert!(
        code > 1000 && tables > 2000,
        "{code} B of code, {tables} B of tables"
    );
    let seconds = windows.len() as u64 * pipeline.window.length_samples as u64
        / u64::from(pipeline.window.rate_hz);
    let instructions = |ticks| Report::instructions(ticks, &board.emulator);
    println!(
        "block {} {} {language}: features {}, streamed {}, code {code}, tables {tables}, state {}, stack {}",
        pipeline.name,
        board.id,
        instructions(report.windows[0].feature_ticks),
        instructions(report.stream_ticks) / seconds,
        report.state_bytes,
        report.stack_bytes.max(report.stream_stack_bytes),
    );
    // The project's aims are 8 kB of flash, and 5 kB of RAM where frames stream.
    assert!(code + tables <= 8000, "{code} + {tables} B of flash");
    let whole_window = 2 * pipeline.window.length_samples as u64;
    let most = if report.state_bytes > whole_window {
        whole_window + 5000
    } else {
        5000
    };
    assert!(
        report.state_bytes <= most,
        "{} B of RAM",
        report.state_bytes
    );
}

#[test]
fn mfcc_by_itself() {
    if !has("arm-none-eabi-gcc") || !has("qemu-system-arm") {
        return;
    }
    let board = board::find("emulator-m4").unwrap();
    for pipeline in [
        second_of("frames_of_512", 512, 512),
        second_of("frames_of_256", 256, 256),
        second_of_mfcc(),
    ] {
        let project = c_project(&pipeline, board, &windows(&pipeline), &origin()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &project.files);
        step(folder.path(), &project.build, &[]);
        let flags = [
            "-O2",
            "-mcpu=cortex-m4",
            "-mthumb",
            "-mfloat-abi=hard",
            "-mfpu=fpv4-sp-d16",
        ];
        let names = functions(folder.path(), &flags.map(str::to_owned));
        measure(&pipeline, board, "C", (&project, folder.path()), |name| {
            names.contains(name)
        });
        let project = rust_project(&pipeline, board, &windows(&pipeline), &origin()).unwrap();
        with_rust_image(&project, |folder, _| {
            measure(&pipeline, board, "Rust", (&project, folder), |name| {
                MODULES.iter().any(|module| name.contains(module))
            });
        });
    }
}
