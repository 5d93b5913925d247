//! The Rust crate, and the same code as tokens for the macro.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;
use impulse_ir::pipeline::Pipeline;
use proc_macro2::TokenStream;

use crate::{File, Origin};

/// A `no_std` crate that builds by itself, offline: the runtime's sources are part of it.
///
/// # Errors
/// When the graph is not an int8 network of supported operators over the pipeline's features.
pub fn emit(pipeline: &Pipeline, origin: &Origin) -> Result<Vec<File>, Vec<Diagnostic>> {
    let _ = (pipeline, origin);
    Err(vec![Diagnostic::general(codes::EMISSION, "not written yet")])
}

/// The items of the model (its type, constants and tables), with every path below `runtime`, such
/// as `::impulse::runtime`.
///
/// # Errors
/// Those of [`emit`].
pub fn tokens(pipeline: &Pipeline, runtime: &TokenStream) -> Result<TokenStream, Vec<Diagnostic>> {
    let _ = (pipeline, runtime);
    Err(vec![Diagnostic::general(codes::EMISSION, "not written yet")])
}
