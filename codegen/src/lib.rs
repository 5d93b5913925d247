//! From a trained [`Pipeline`](impulse_ir::pipeline::Pipeline) to files: the C library, the Rust
//! crate, board projects, the images that an emulator verifies, and `.tflite`.
//!
//! Nothing here does I/O: every function takes values and bytes and returns [`File`]s or
//! diagnostics. The same pipeline and [`Origin`] give the same bytes. What never changes between
//! models is real code: Rust in `impulse-runtime`, C in the folder `codegen/c`; what is generated
//! is tables, constants and glue. Start reading at [`model`], which says what a model consists of,
//! then [`c`] and [`rust`], which spell it out.

pub mod c;
mod cpu;
pub mod escape;
pub mod features;
pub mod fingerprint;
pub mod firmware;
pub mod model;
pub mod network;
mod params;
pub mod rust;
mod sources;
mod template;
pub mod tflite;
pub mod verify;

/// A file to be written, relative to the folder that the caller chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path with `/` between its parts: `src/yes_no.c`.
    pub path: String,
    /// What it holds.
    pub contents: Vec<u8>,
}

impl File {
    /// A file of text.
    pub fn text(path: impl Into<String>, contents: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            contents: contents.into().into_bytes(),
        }
    }

    /// The same file below `folder`.
    #[must_use]
    pub fn below(mut self, folder: &str) -> Self {
        self.path = format!("{folder}/{}", self.path);
        self
    }
}

/// What a generated file says of where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The command that makes it again: `impulse build yes_no.impulse`.
    pub command: String,
    /// Content hash of everything it was made from, in hexadecimal.
    pub input_hash: String,
    /// Version of the program that made it.
    pub tool_version: String,
}
