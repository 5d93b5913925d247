//! Verification images, built and run under the emulator where the cross tools are installed.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use impulse_codegen::verify::{
    Command, Project, Report, Sizes, c_project, parse, rust_project, sizes,
};
use impulse_ir::board::{self, Board};
use impulse_ir::exec::Session;
use impulse_ir::features::DeviceArgs;
use impulse_ir::pipeline::Pipeline;
use impulse_ir::plan::plan;

use crate::figures;
use crate::models::{
    differences, energies, fixed_differences, fixed_energies, fixed_keyword, fixed_side_by_side,
    keyword, motion_side_by_side, real_clips, residual, second_of_mfcc, side_by_side,
    whole_windows, windows,
};
use crate::tools::{has, origin, run, write};

/// Runs a command of a project with `more` in its environment.
pub fn step(folder: &Path, command: &Command, more: &[(&str, &str)]) -> String {
    let env = command
        .env
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .chain(more.iter().copied());
    let mut line: Vec<String> = env.map(|(k, v)| format!("{k}={v}")).collect();
    line.push(command.program.clone());
    line.extend(command.args.iter().cloned());
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    run(folder, "env", &line)
}

/// Runs an image and holds its report against the host, window by window and as a stream.
pub fn same_bits(
    pipeline: &Pipeline,
    windows: &[Vec<i16>],
    project: &Project,
    folder: &Path,
) -> Report {
    let report = parse(&step(folder, &project.run, &[])).unwrap();
    let mut host = Session::new(pipeline).unwrap();
    for (window, found) in windows.iter().zip(&report.windows) {
        let expected = host.classify(window);
        assert_eq!(
            (&found.features, &found.scores),
            (&expected.features, &expected.scores)
        );
    }
    assert_eq!(report.windows.len(), windows.len());
    let recording = windows.concat();
    let (mut rest, mut results) = (&recording[..], report.stream.iter());
    while !rest.is_empty() {
        let (consumed, expected) = host.push(rest);
        rest = &rest[consumed..];
        if let Some(expected) = expected {
            let found = results.next().unwrap();
            assert_eq!(
                (&found.scores, &found.average),
                (&expected.scores, &expected.average)
            );
            assert_eq!(found.decided, expected.decision);
        }
    }
    assert_eq!(results.len(), 0);
    report
}

/// Runs an image; holds its report against the host and its cost against the golden figures.
fn check(pipeline: &Pipeline, board: &Board, project: &Project, folder: &Path, compiler: &str) {
    let language = if compiler.contains("gcc") {
        "C"
    } else {
        "Rust"
    };
    let report = same_bits(pipeline, &windows(pipeline), project, folder);
    let sizes = sizes(&std::fs::read(folder.join(&project.elf)).unwrap()).unwrap();
    assert_eq!(sizes.ram_bytes, report.state_bytes, "RAM beside the state");
    assert!(report.stack_bytes > 0 && report.stream_stack_bytes > 0);
    let instructions = |ticks| Report::instructions(ticks, &board.emulator);
    let image = format!("{} {} {language}", pipeline.name, board.id);
    let is_planned = ["fixed", "motion"]
        .iter()
        .any(|name| pipeline.name.starts_with(name));
    if language == "C" && is_planned {
        hold_plan(pipeline, board, &report, &sizes);
    }
    println!(
        "image {image}: features {}, network {}, code {}, constants {}, state {}, stack {}",
        instructions(report.windows[0].feature_ticks),
        instructions(report.windows[0].network_ticks),
        sizes.code_bytes,
        sizes.constant_bytes,
        report.state_bytes,
        report.stack_bytes.max(report.stream_stack_bytes)
    );
    figures::hold(
        &image,
        &figures::version(compiler),
        &[
            ("features", instructions(report.windows[0].feature_ticks)),
            ("network", instructions(report.windows[0].network_ticks)),
            ("stream", instructions(report.stream_ticks)),
            ("code", sizes.code_bytes),
            ("constants", sizes.constant_bytes),
            ("state", report.state_bytes),
            ("stack", report.stack_bytes.max(report.stream_stack_bytes)),
        ],
    );
}

/// The plan where features are in integers: RAM to the byte, flash within 5 %; instructions within 10 % where
/// all of them are.
fn hold_plan(pipeline: &Pipeline, board: &Board, report: &Report, sizes: &Sizes) {
    let plan = plan(pipeline, board);
    assert_eq!(plan.static_ram_bytes(), report.state_bytes);
    assert!(report.stack_bytes.max(report.stream_stack_bytes) <= plan.stack_bytes);
    let is_near = |about: &str, planned: u64, found: u64, share: f64| {
        let off = planned as f64 / found as f64 - 1.0;
        assert!(
            off.abs() <= share,
            "{about}: {planned} planned, {found} found"
        );
    };
    let flash = sizes.code_bytes + sizes.constant_bytes;
    is_near("flash", plan.flash_bytes(), flash, 0.05);
    let args = DeviceArgs::new(pipeline).unwrap();
    // What calls for floats take is planned from a Cortex-M3 alone.
    if !args.layout.parts.iter().all(|part| part.tables.is_fixed()) {
        return;
    }
    let is_feature =
        |name: &str| name == "normalize" || args.layout.parts.iter().any(|p| p.name == name);
    let steps = plan.steps.iter().filter(|s| is_feature(&s.operator));
    let planned: u64 = steps.map(|s| s.instructions).sum();
    let instructions = |ticks| Report::instructions(ticks, &board.emulator);
    let stride = pipeline.window.stride_samples * pipeline.window.n_axes;
    let strides = (windows(pipeline).concat().len() / stride) as u64;
    let network = instructions(report.windows[0].network_ticks) * report.stream.len() as u64;
    let found = (instructions(report.stream_ticks) - network) / strides;
    is_near("instructions of features", planned, found, 0.1);
}

fn check_c(pipeline: &Pipeline, board_id: &str) {
    if !has("arm-none-eabi-gcc") || !has("qemu-system-arm") {
        return;
    }
    let board = board::find(board_id).unwrap();
    let project = c_project(pipeline, board, &windows(pipeline), &origin()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &project.files);
    step(folder.path(), &project.build, &[]);
    check(
        pipeline,
        board,
        &project,
        folder.path(),
        "arm-none-eabi-gcc",
    );
}

#[test]
fn c_in_the_emulator_equals_the_host() {
    check_c(&keyword(), "nano33");
    check_c(&residual(), "emulator-m4");
    check_c(&side_by_side(), "emulator-m4");
    check_c(&whole_windows(), "emulator-m4");
    check_c(&second_of_mfcc(), "emulator-m4");
    check_c(&differences(), "emulator-m4");
    check_c(&motion_side_by_side(), "emulator-m4");
}

/// Words of speakers and noise, not only what a computer makes up.
#[test]
fn real_recordings_in_the_emulator_equal_the_host() {
    let clips = real_clips();
    if clips.is_empty() || !has("qemu-system-arm") {
        return;
    }
    for pipeline in [keyword(), energies()] {
        real_recordings(&pipeline, "nano33", &clips);
    }
    // Features in integers are for cores without an FPU.
    for id in ["emulator-m4", "emulator-m3", "emulator-m0"] {
        for pipeline in [fixed_keyword(), fixed_energies()] {
            real_recordings(&pipeline, id, &clips);
        }
    }
}

/// Window by window and as a stream, in both languages.
fn real_recordings(pipeline: &Pipeline, board_id: &str, clips: &[Vec<i16>]) {
    let board = board::find(board_id).unwrap();
    if has("arm-none-eabi-gcc") {
        let project = c_project(pipeline, board, clips, &origin()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &project.files);
        step(folder.path(), &project.build, &[]);
        same_bits(pipeline, clips, &project, folder.path());
    }
    let project = rust_project(pipeline, board, clips, &origin()).unwrap();
    with_rust_image(&project, |folder, _| {
        same_bits(pipeline, clips, &project, folder);
    });
}

#[test]
fn other_cores_give_the_same_bits() {
    for id in ["emulator-m0", "emulator-m3", "emulator-m7", "emulator-m55"] {
        check_c(&residual(), id);
    }
}

#[test]
fn features_in_integers_are_the_same_on_every_core() {
    for id in ["emulator-m0", "emulator-m3", "emulator-m4"] {
        check_c(&fixed_keyword(), id);
        check_c(&fixed_side_by_side(), id);
        check_c(&fixed_differences(), id);
    }
    // What float costs there.
    check_c(&keyword(), "emulator-m0");
    check_c(&keyword(), "emulator-m3");
}

#[test]
fn rust_in_the_emulator_equals_the_host() {
    let board = board::find("nano33").unwrap();
    let pipelines = [
        keyword(),
        residual(),
        side_by_side(),
        whole_windows(),
        motion_side_by_side(),
        differences(),
        fixed_keyword(),
        fixed_side_by_side(),
        fixed_differences(),
    ];
    for pipeline in pipelines {
        let project = rust_project(&pipeline, board, &windows(&pipeline), &origin()).unwrap();
        with_rust_image(&project, |folder, compiler| {
            check(&pipeline, board, &project, folder, compiler);
        });
    }
}

#[test]
fn rust_in_integers_is_the_same_without_an_fpu() {
    for id in ["emulator-m0", "emulator-m3"] {
        let board = board::find(id).unwrap();
        for pipeline in [fixed_keyword(), fixed_differences()] {
            let project = rust_project(&pipeline, board, &windows(&pipeline), &origin()).unwrap();
            with_rust_image(&project, |folder, compiler| {
                check(&pipeline, board, &project, folder, compiler);
            });
        }
    }
}

/// Builds a Rust image and hands over its folder and the compiler; leaves it out where tools are
/// missing. Where the cross compiler's `core` has to be built from source, it is built once: the
/// project stands in one place, with one target folder.
pub fn with_rust_image(project: &Project, then: impl FnOnce(&Path, &str)) {
    static FOLDER: Mutex<()> = Mutex::new(());
    let _one_at_a_time = FOLDER.lock().unwrap_or_else(|e| e.into_inner());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-image");
    std::fs::create_dir_all(&folder).unwrap();
    // Another process of these tests may be at it, too; the system lets go of the lock with the file.
    let held = File::create(folder.join(".lock")).unwrap();
    held.lock().unwrap();
    if !has("qemu-system-arm") || !has("rustc") {
        return;
    }
    let sysroot = run(&folder, "rustc", &["--print", "sysroot"]);
    let args = &project.build.args;
    let target = args.iter().skip_while(|arg| *arg != "--target").nth(1);
    let target = target.unwrap().as_str();
    let library = format!("lib/rustlib/{target}/lib");
    let installed = Path::new(sysroot.trim()).join(library).is_dir();
    let (system, source) = (
        "/usr/bin/rustc",
        "/usr/lib/rustlib/src/rust/library/Cargo.lock",
    );
    let from_source = Path::new(system).exists() && Path::new(source).exists() && has("ld.lld");
    if !installed && !from_source {
        return;
    }
    write(&folder, &project.files);
    let own = ("CARGO_TARGET_DIR", "target");
    if installed {
        step(&folder, &project.build, &[own]);
    } else if let Some(mut build) = project.build_core.clone() {
        build.program = "/usr/bin/cargo".into();
        let linker = target.to_uppercase().replace(['-', '.'], "_");
        let linker = format!("CARGO_TARGET_{linker}_LINKER");
        let more = [own, (&linker, "ld.lld"), ("RUSTC", system)];
        step(&folder, &build, &more);
    }
    then(&folder, if installed { "rustc" } else { system });
}
