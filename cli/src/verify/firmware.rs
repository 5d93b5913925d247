//! The board's own firmware: built as its user builds it, and its sizes read.

use std::fs;
use std::process::Command;

use impulse_codegen::File;
use impulse_ir::diagnostic::{Diagnostic, codes};

use super::elf::Image;
use super::{BUILD_LIMIT, tools, unpack};
use crate::failure::read_error;

/// A firmware project that was built.
pub struct Built {
    /// What it occupies.
    pub image: Image,
    /// The bytes to be written to the board.
    pub binary: Vec<u8>,
}

/// Builds the firmware project `files` of the impulse `name` with its own Makefile.
///
/// # Errors
/// A warning where a tool is missing; an error where the project does not build.
pub fn build(name: &str, files: &[File]) -> Result<Built, Vec<Diagnostic>> {
    let one = |diagnostic| vec![diagnostic];
    tools::GCC.find().map_err(one)?;
    let make = tools::MAKE.find().map_err(one)?;
    let folder = unpack(files)?;
    let mut command = Command::new(make);
    // The user's own settings of these would build something else than the project says.
    for variable in ["CFLAGS", "LDFLAGS", "CROSS", "MAKEFLAGS", "CC"] {
        command.env_remove(variable);
    }
    tools::run(command.current_dir(folder.path()), BUILD_LIMIT).map_err(one)?;
    let read = |file: String| {
        let path = folder.path().join(&file);
        fs::read(&path).map_err(|e| one(read_error(file.as_ref(), &e)))
    };
    let elf = read(format!("{name}.elf"))?;
    let image = Image::read(&elf).map_err(|message| {
        one(Diagnostic::general(
            codes::VERIFY_OUTPUT,
            format!("the firmware is {message}"),
        ))
    })?;
    Ok(Built {
        image,
        binary: read(format!("{name}.bin"))?,
    })
}
