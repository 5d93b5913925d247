//! The files of a verification image and the commands that build and run it.

use impulse_ir::Diagnostic;
use impulse_ir::board::Board;
use impulse_ir::diagnostic::codes;
use impulse_ir::features::layout::Element;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::spec::SampleType;
use minijinja::{Value, context};

use crate::c::front_end;
use crate::cpu::{gcc_flags, rust_target};
use crate::model::Model;
use crate::sources::{self, VERIFY};
use crate::template::{c_header, origin_lines, render};
use crate::{File, Origin, c, escape, rust};

/// A program with its arguments, run in the project's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Name of the program, found on the search path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Environment variables that it needs.
    pub env: Vec<(String, String)>,
}

/// A verification image to be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its files.
    pub files: Vec<File>,
    /// What builds it. Of a Rust project this uses a target that rustup installed.
    pub build: Command,
    /// What builds a Rust project where the target's `core` has to be built from source
    /// (`rust-src` and permission to use unstable features of cargo).
    pub build_core: Option<Command>,
    /// The linked image, relative to the project's folder.
    pub elf: String,
    /// What runs it; it prints the lines that [`super::parse`] reads.
    pub run: Command,
}

/// Most samples that are pushed at once: 10 ms of audio, and a number that divides no frame.
const SLICE: usize = 157;

/// The emulator image of the emitted C: the model, start-up code, a linker script, and a main
/// program that classifies each of `windows` (one window of samples each), then pushes all of
/// them as one recording in slices. `board` says the CPU and the machine.
///
/// # Errors
/// Those of [`crate::c::emit`], and when there is no window or one of another length.
pub fn c_project(
    pipeline: &Pipeline,
    board: &Board,
    windows: &[Vec<i16>],
    origin: &Origin,
) -> Result<Project, Vec<Diagnostic>> {
    check_windows(pipeline, board, windows)?;
    let mut files = c::emit(pipeline, board.cpu, origin)?;
    files.retain(|file| file.path != "README.md");
    let values = values(&Model::new(pipeline, board.cpu)?, board, windows, origin);
    let program = [
        ("main.c", "c/main.c.jinja"),
        ("windows.h", "c/windows.h.jinja"),
        ("windows.c", "c/windows.c.jinja"),
    ];
    files.extend(around_c(&program, &values)?);
    files.push(samples(pipeline, windows));
    // The names of the labels, which a user's program prints, count as the model's.
    let labels = format!("-Wl,--undefined={}_labels", escape::prefix(&pipeline.name));
    Ok(c_image(files, board, &[labels]))
}

/// A file's name in an image, and what it is made of in the folder `verify/`.
type Source = (&'static str, &'static str);

/// What stands around a model in C: the linker script and the files of `program`, both filled in
/// with `values`, and the harness.
pub(super) fn around_c(program: &[Source], values: &Value) -> Result<Vec<File>, Vec<Diagnostic>> {
    let harness = [("harness.h", "c/harness.h"), ("harness.c", "c/harness.c")];
    around(program, values, &harness)
}

/// The same in Rust, where the program is one file.
pub(super) fn around_rust(
    main: &'static str,
    values: &Value,
) -> Result<Vec<File>, Vec<Diagnostic>> {
    let program = [
        ("Cargo.toml", "rust/Cargo.toml.jinja"),
        ("src/main.rs", main),
    ];
    let harness = [
        ("build.rs", "rust/build.rs"),
        ("src/harness.rs", "rust/harness.rs"),
    ];
    around(&program, values, &harness)
}

fn around(
    program: &[Source],
    values: &Value,
    harness: &[Source],
) -> Result<Vec<File>, Vec<Diagnostic>> {
    let filled = program.iter().chain(&[("image.ld", "image.ld.jinja")]);
    let mut files = Vec::new();
    for (name, path) in filled {
        let text = render(sources::text(VERIFY, path), values)?;
        files.push(File::text(*name, text));
    }
    for (name, path) in harness {
        files.push(File::text(*name, sources::text(VERIFY, path)));
    }
    Ok(files)
}

/// A C image of `files`, which have its linker script `image.ld`; `more` are flags of the compiler.
pub(super) fn c_image(files: Vec<File>, board: &Board, more: &[String]) -> Project {
    let sources = files
        .iter()
        .map(|f| f.path.clone())
        .filter(|path| path.ends_with(".c"));
    let mut args: Vec<String> = [
        gcc_flags(board.cpu),
        &[
            "-std=c99",
            "-O2",
            "-ffp-contract=off",
            "-ffunction-sections",
            "-fdata-sections",
        ],
        &[
            "--specs=nano.specs",
            "-nostartfiles",
            "-T",
            "image.ld",
            "-Wl,--gc-sections",
        ],
        &["-o", "image.elf"],
    ]
    .concat()
    .into_iter()
    .map(str::to_owned)
    .collect();
    args.extend_from_slice(more);
    args.extend(sources);
    Project {
        files,
        build: Command {
            program: "arm-none-eabi-gcc".into(),
            args,
            env: Vec::new(),
        },
        build_core: None,
        elf: "image.elf".into(),
        run: emulator(board, "image.elf"),
    }
}

/// The same of the emitted Rust crate.
///
/// # Errors
/// Those of [`crate::rust::emit`], and when there is no window or one of another length.
pub fn rust_project(
    pipeline: &Pipeline,
    board: &Board,
    windows: &[Vec<i16>],
    origin: &Origin,
) -> Result<Project, Vec<Diagnostic>> {
    check_windows(pipeline, board, windows)?;
    let model = rust::emit(pipeline, board.cpu, origin)?;
    let mut files: Vec<File> = model.into_iter().map(|file| file.below("model")).collect();
    let values = values(&Model::new(pipeline, board.cpu)?, board, windows, origin);
    files.extend(around_rust("rust/main.rs.jinja", &values)?);
    files.push(samples(pipeline, windows));
    Ok(rust_image(files, board))
}

/// A Rust image of `files`.
pub(super) fn rust_image(files: Vec<File>, board: &Board) -> Project {
    let target = rust_target(board.cpu);
    let cargo = |more: &[&str]| {
        let args = ["build", "--release", "--target", target];
        let args = args.iter().chain(more).map(|&a| a.to_owned()).collect();
        Command {
            program: "cargo".into(),
            args,
            env: Vec::new(),
        }
    };
    let mut build_core = cargo(&["-Zbuild-std=core"]);
    build_core.env.push(("RUSTC_BOOTSTRAP".into(), "1".into()));
    let elf = format!("target/{target}/release/verify-image");
    let run = emulator(board, &elf);
    Project {
        files,
        build: cargo(&[]),
        build_core: Some(build_core),
        elf,
        run,
    }
}

fn check_windows(
    pipeline: &Pipeline,
    board: &Board,
    windows: &[Vec<i16>],
) -> Result<(), Vec<Diagnostic>> {
    let refuse = |message| Err(vec![Diagnostic::general(codes::EMISSION, message)]);
    let expected = pipeline.window.length_samples * pipeline.window.n_axes;
    if windows.is_empty() {
        return refuse("expected at least one recorded window to verify with".to_owned());
    }
    if let Some(window) = windows.iter().find(|w| w.len() != expected) {
        let found = window.len();
        return refuse(format!(
            "expected windows of {expected} samples, found one of {found}"
        ));
    }
    // Half of the flash is more than enough for the model and the program around it.
    let (room, taken) = (memory(board).0 / 2, 2 * windows.len() * expected);
    if taken > room {
        let machine = &board.emulator.machine;
        return refuse(format!(
            "expected at most {room} bytes of recorded windows for {machine}, found {taken} bytes"
        ));
    }
    Ok(())
}

/// Bytes of flash from address 0 and of RAM from 0x20000000 of the board's machine in qemu, which
/// is larger than the board itself.
pub(super) fn memory(board: &Board) -> (usize, usize) {
    match board.emulator.machine.as_str() {
        "mps3-an547" => (0x8_0000, 0x8_0000),
        _ => (0x40_0000, 0x40_0000),
    }
}

/// All windows one after another, little-endian, in the type that the window has.
fn samples(pipeline: &Pipeline, windows: &[Vec<i16>]) -> File {
    let all = windows.iter().flatten();
    let contents = match pipeline.window.sample() {
        SampleType::U8 => all.map(|sample| (*sample).clamp(0, 255) as u8).collect(),
        _ => all.flat_map(|sample| sample.to_le_bytes()).collect(),
    };
    File {
        path: "windows.bin".into(),
        contents,
    }
}

fn values(model: &Model, board: &Board, windows: &[Vec<i16>], origin: &Origin) -> Value {
    let (flash_bytes, ram_bytes) = memory(board);
    context! {
        header => c_header(origin),
        origin => origin_lines(origin).join("\n * "),
        origin_lines => origin_lines(origin),
        prefix => &model.prefix,
        upper => escape::constant(&model.prefix),
        type_name => escape::type_name(&model.prefix),
        machine => escape::comment(&board.emulator.machine),
        flash_bytes, ram_bytes,
        n_windows => windows.len(),
        window_samples => model.args.layout.n_values,
        sample_bytes => Element::from(model.args.layout.sample).bytes(),
        ctype => front_end::ctype(model.args.layout.sample.into()),
        is_bytes => model.args.layout.sample == SampleType::U8,
        n_labels => model.args.n_labels,
        slice => SLICE,
    }
}

fn emulator(board: &Board, elf: &str) -> Command {
    let args = [
        ["-M", &board.emulator.machine, "-cpu", &board.emulator.cpu],
        ["-display", "none", "-serial", "none"],
        ["-monitor", "none", "-chardev", "stdio,id=out"],
        [
            "-semihosting-config",
            "enable=on,target=native,chardev=out",
            "-icount",
            "shift=0",
        ],
    ];
    let kernel = ["-kernel", elf];
    let args = args.as_flattened().iter().chain(&kernel);
    Command {
        program: "qemu-system-arm".into(),
        args: args.map(|&a| a.to_owned()).collect(),
        env: Vec::new(),
    }
}
