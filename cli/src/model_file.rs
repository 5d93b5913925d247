//! A `.tflite` file on disk.

use std::fs;
use std::path::Path;

use impulse_codegen::tflite;
use impulse_ir::diagnostic::{Diagnostic, Place, codes};
use impulse_ir::graph::Graph;

use crate::failure::read_error;

/// Largest file that is read: more than any microcontroller has flash for.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Whether `path` is meant to be such a file, by its name.
pub fn is_model(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str());
    ending.is_some_and(|e| e.eq_ignore_ascii_case("tflite"))
}

/// The bytes of the file `path`.
///
/// # Errors
/// When it is missing, unreadable or too large.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    let metadata = fs::metadata(path).map_err(|e| read_error(path, &e))?;
    let size = metadata.len();
    if !metadata.is_file() || size > BYTES_MAX {
        let message = if metadata.is_file() {
            format!(
                "expected a network of at most {} MiB, found {size} bytes",
                BYTES_MAX >> 20
            )
        } else {
            "expected a file".to_owned()
        };
        return Err(Diagnostic::file(codes::FILE_READ, path, message));
    }
    fs::read(path).map_err(|e| read_error(path, &e))
}

/// The network in the file `path`.
///
/// # Errors
/// Those of [`bytes`], and everything that is wrong with the network, each at this file.
pub fn read(path: &Path) -> Result<Graph, Vec<Diagnostic>> {
    let bytes = bytes(path).map_err(|problem| vec![problem])?;
    tflite::read(&bytes).map_err(|problems| at(path, problems))
}

/// The same problems at the file `path` where they have no other place.
pub fn at(path: &Path, mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for problem in problems.iter_mut().filter(|p| p.place == Place::Nowhere) {
        problem.place = Place::File {
            path: path.to_owned(),
            line: None,
        };
    }
    problems
}

/// A float network stands where an int8 one is needed.
pub fn is_float(why: &str) -> Diagnostic {
    Diagnostic::general(
        codes::NOT_INT8,
        format!("expected an int8 network, found a float32 one, and {why}"),
    )
}
