//! The C library: `NAME.h`, `NAME.c`, and the fixed C files that they need.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;
use impulse_ir::pipeline::Pipeline;

use crate::{File, Origin};

/// The C library of a trained impulse: C99, no heap, nothing of libc but `stdint.h`, `stddef.h`,
/// `stdbool.h` and `string.h`.
///
/// # Errors
/// When the graph is not an int8 network of supported operators over the pipeline's features.
pub fn emit(pipeline: &Pipeline, origin: &Origin) -> Result<Vec<File>, Vec<Diagnostic>> {
    let _ = (pipeline, origin);
    Err(vec![Diagnostic::general(codes::EMISSION, "not written yet")])
}
