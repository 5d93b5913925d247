//! Verification: the emitted code, compiled for the board's CPU and run in an emulator of it on
//! recorded windows, must give the host's bits; its sizes and instructions are measured.

pub mod elf;
pub mod firmware;
mod judge;
pub mod network;
pub mod rust;
pub mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use impulse_codegen::verify::{self as image, Project, Report};
use impulse_codegen::{File, Origin};
use impulse_ir::board::Board;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_ir::exec::Session;
use impulse_ir::pipeline::Pipeline;

use crate::builder::record::Verification;
use crate::failure::{read_error, write_error};

pub use judge::judge;

/// Longest that a compiler may take.
const BUILD_LIMIT: Duration = Duration::from_secs(600);

/// Longest that the emulator may take.
const RUN_LIMIT: Duration = Duration::from_secs(300);

/// What is verified, and on what.
pub struct Request<'a> {
    /// The impulse.
    pub pipeline: &'a Pipeline,
    /// The board whose CPU is emulated.
    pub board: &'a Board,
    /// Recorded windows.
    pub windows: &'a [Vec<i16>],
    /// What the generated files say of themselves.
    pub origin: &'a Origin,
}

/// What came of one verification.
pub enum Outcome {
    /// The same bits; what was measured.
    Same(Verification),
    /// Tools are missing: a warning that says which package brings them.
    LeftOut(Diagnostic),
}

/// Verifies the emitted C.
///
/// # Errors
/// When the code does not compile, does not run to its end, or gives other bits than the host.
pub fn c(request: &Request<'_>) -> Result<Outcome, Vec<Diagnostic>> {
    let compiler = match tools::GCC
        .find()
        .and_then(|gcc| tools::QEMU.find().map(|_| gcc))
    {
        Ok(gcc) => gcc,
        Err(warning) => return Ok(Outcome::LeftOut(warning)),
    };
    let project = image::c_project(
        request.pipeline,
        request.board,
        request.windows,
        request.origin,
    )?;
    let folder = unpack(&project.files)?;
    let build = command(&project.build, folder.path());
    measure(
        request,
        &project,
        build,
        folder.path(),
        "C",
        tools::version(&compiler),
    )
    .map(Outcome::Same)
}

/// Verifies the emitted Rust.
///
/// # Errors
/// As [`c`].
pub fn rust(request: &Request<'_>) -> Result<Outcome, Vec<Diagnostic>> {
    let toolchain = match tools::QEMU.find().and_then(|_| rust::find()) {
        Ok(toolchain) => toolchain,
        Err(warning) => return Ok(Outcome::LeftOut(warning)),
    };
    let project = image::rust_project(
        request.pipeline,
        request.board,
        request.windows,
        request.origin,
    )?;
    let folder = unpack(&project.files)?;
    let build = toolchain.command(&project, folder.path());
    measure(
        request,
        &project,
        build,
        folder.path(),
        "Rust",
        toolchain.version(),
    )
    .map(Outcome::Same)
}

fn measure(
    request: &Request<'_>,
    project: &Project,
    mut build: Command,
    folder: &Path,
    language: &str,
    compiler: String,
) -> Result<Verification, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    tools::run(&mut build, BUILD_LIMIT).map_err(one)?;
    let path = folder.join(&project.elf);
    let elf = fs::read(&path).map_err(|e| one(read_error(&path, &e)))?;
    let sizes = image::sizes(&elf).map_err(one)?;
    let output = tools::run(&mut command(&project.run, folder), RUN_LIMIT).map_err(one)?;
    let report = image::parse(&output.stdout).map_err(one)?;
    compare(request, &report, language).map_err(one)?;
    let instructions = |ticks| Report::instructions(ticks, &request.board.emulator);
    let most = |ticks: fn(&image::WindowResult) -> u64| {
        report.windows.iter().map(ticks).max().unwrap_or(0)
    };
    Ok(Verification {
        board: request.board.id.clone(),
        language: language.to_owned(),
        compiler,
        windows: report.windows.len(),
        results: report.stream.len(),
        flash_bytes: sizes.flash_bytes(),
        static_ram_bytes: sizes.ram_bytes,
        stack_bytes: report.stack_bytes.max(report.stream_stack_bytes),
        feature_instructions: instructions(most(|w| w.feature_ticks)),
        network_instructions: instructions(most(|w| w.network_ticks)),
        stream_instructions: instructions(report.stream_ticks) / report.stream.len().max(1) as u64,
    })
}

/// Holds what the device printed against the host, bit for bit.
fn compare(request: &Request<'_>, device: &Report, language: &str) -> Result<(), Diagnostic> {
    let differs = |what: String| {
        let message = format!("the emitted {language} gives other bits than the host: {what}");
        Err(Diagnostic::general(codes::VERIFY_MISMATCH, message))
    };
    let mut host = Session::new(request.pipeline)?;
    if device.windows.len() != request.windows.len() {
        return differs(format!(
            "expected {} windows, found {}",
            request.windows.len(),
            device.windows.len()
        ));
    }
    for (i, (window, found)) in request.windows.iter().zip(&device.windows).enumerate() {
        let expected = host.classify(window);
        for (what, expected, found) in [
            ("feature", &expected.features, &found.features),
            ("score", &expected.scores, &found.scores),
        ] {
            if let Some(difference) = first_difference(expected, found) {
                return differs(format!("window {i}, {what} {difference}"));
            }
        }
    }
    let mut host = Session::new(request.pipeline)?;
    let recording: Vec<i16> = request.windows.concat();
    let mut results = device.stream.iter();
    let mut n_results = 0;
    let mut rest = recording.as_slice();
    while !rest.is_empty() {
        let (consumed, result) = host.push(rest);
        rest = &rest[consumed..];
        let Some(expected) = result else { continue };
        let Some(found) = results.next() else {
            return differs(format!(
                "expected more than {n_results} results of the stream"
            ));
        };
        for (what, expected, found) in [
            ("score", &expected.scores, &found.scores),
            ("average", &expected.average, &found.average),
        ] {
            if let Some(difference) = first_difference(expected, found) {
                return differs(format!(
                    "result {n_results} of the stream, {what} {difference}"
                ));
            }
        }
        if expected.decision != found.decided {
            let name = |label: Option<usize>| {
                label
                    .and_then(|l| request.pipeline.labels.get(l))
                    .map_or("none".to_owned(), |l| format!("`{l}`"))
            };
            let (expected, found) = (name(expected.decision), name(found.decided));
            return differs(format!(
                "result {n_results} of the stream, expected the decision {expected}, found {found}"
            ));
        }
        n_results += 1;
    }
    if results.next().is_some() {
        return differs(format!(
            "expected {n_results} results of the stream, found {}",
            device.stream.len()
        ));
    }
    Ok(())
}

/// The first value that differs, in words.
fn first_difference(expected: &[i8], found: &[i8]) -> Option<String> {
    if expected.len() != found.len() {
        return Some(format!(
            "count: expected {}, found {}",
            expected.len(),
            found.len()
        ));
    }
    let i = expected.iter().zip(found).position(|(a, b)| a != b)?;
    Some(format!("{i}: expected {}, found {}", expected[i], found[i]))
}

/// Windows for a spec without data: tones of rising pitch in noise, the same in every run.
pub fn synthetic_windows(pipeline: &Pipeline, n: usize) -> Vec<Vec<i16>> {
    let length = pipeline.window.length_samples * pipeline.window.n_axes;
    let mut state = 0x2545_f491_u32;
    let window = |i: usize| {
        let period = 8 + 5 * i;
        (0..length)
            .map(|t| {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                let noise = (state >> 20) as i16 - 2048;
                let tone = if t % period < period / 2 { 6000 } else { -6000 };
                noise + tone
            })
            .collect()
    };
    (0..n).map(window).collect()
}

/// Writes `files` to a temporary folder.
pub fn unpack(files: &[File]) -> Result<tempfile::TempDir, Vec<Diagnostic>> {
    let temporary = std::env::temp_dir();
    let folder = tempfile::Builder::new().prefix("impulse-verify.").tempdir();
    let folder = folder.map_err(|e| vec![write_error(&temporary, &e)])?;
    for file in files {
        let path = folder.path().join(&file.path);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(&path, &file.contents))
            .map_err(|e| vec![write_error(&path, &e)])?;
    }
    Ok(folder)
}

/// A command of a project, to be run in `folder`.
fn command(of: &image::Command, folder: &Path) -> Command {
    let program = tools::find_program(&of.program).unwrap_or_else(|| PathBuf::from(&of.program));
    let mut command = Command::new(program);
    command
        .args(&of.args)
        .envs(of.env.iter().map(|(k, v)| (k, v)))
        .current_dir(folder);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(first_difference(&[1, 2], &[1, 2]), None);
        assert_eq!(
            first_difference(&[1, 2, 3], &[1, -2, 0]).unwrap(),
            "1: expected 2, found -2"
        );
        assert_eq!(
            first_difference(&[1], &[]).unwrap(),
            "count: expected 1, found 0"
        );
    }

    #[test]
    fn files_are_unpacked_into_their_folders() {
        let files = [
            File::text("src/main.c", "int main;"),
            File::text("Makefile", "all:"),
        ];
        let folder = unpack(&files).unwrap();
        assert_eq!(
            fs::read(folder.path().join("src/main.c")).unwrap(),
            b"int main;"
        );
    }
}
