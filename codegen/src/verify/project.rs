//! The files of a verification image and the commands that build and run it.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;
use impulse_ir::board::Board;
use impulse_ir::pipeline::Pipeline;

use crate::{File, Origin};

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

/// The emulator image of the emitted C: the model, start-up code, a linker script, and a main
/// program that classifies each of `windows` (one window of samples each), then pushes all of
/// them as one recording in slices. `board` says the CPU and the machine.
///
/// # Errors
/// Those of [`crate::c::emit`].
pub fn c_project(
    pipeline: &Pipeline,
    board: &Board,
    windows: &[Vec<i16>],
    origin: &Origin,
) -> Result<Project, Vec<Diagnostic>> {
    let _ = (pipeline, board, windows, origin);
    Err(vec![Diagnostic::general(codes::EMISSION, "not written yet")])
}

/// The same of the emitted Rust crate.
///
/// # Errors
/// Those of [`crate::rust::emit`].
pub fn rust_project(
    pipeline: &Pipeline,
    board: &Board,
    windows: &[Vec<i16>],
    origin: &Origin,
) -> Result<Project, Vec<Diagnostic>> {
    let _ = (pipeline, board, windows, origin);
    Err(vec![Diagnostic::general(codes::EMISSION, "not written yet")])
}
