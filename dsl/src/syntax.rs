//! The two spellings and the limits on their size.

use std::path::Path;

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span};

/// A spelling of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// `.impulse`.
    Impulse,
    /// `.yaml`, `.yml`.
    Yaml,
}

impl Syntax {
    /// The spelling of a file by its extension.
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "impulse" => Some(Syntax::Impulse),
            "yaml" | "yml" => Some(Syntax::Yaml),
            _ => None,
        }
    }

    /// The extension of its files, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Syntax::Impulse => "impulse",
            Syntax::Yaml => "yaml",
        }
    }
}

/// Most bytes of a spec.
pub const BYTES_MAX: usize = 256 * 1024;

/// Most blocks inside of each other.
pub const DEPTH_MAX: usize = 32;

/// Most items and values of a spec.
pub const NODES_MAX: usize = 10_000;

/// Most characters of a word or key. YAML has no key of a mapping beyond 1024 characters, and a character
/// may take six to be written.
pub const KEY_MAX: usize = 128;

/// Refuses a text that is too long.
pub(crate) fn check_size(text: &str) -> Result<(), Diagnostic> {
    if text.len() <= BYTES_MAX {
        return Ok(());
    }
    let message = format!(
        "the spec has {} bytes, expected at most {BYTES_MAX} (256 KiB)",
        text.len()
    );
    Err(Diagnostic::error(
        codes::TOO_LARGE,
        Span::new(0, 0),
        message,
    ))
}

/// The diagnostic of a text that is nested too deeply at `span`.
pub(crate) fn too_deep(span: Span) -> Diagnostic {
    let message = format!("blocks are nested more than {DEPTH_MAX} deep here");
    Diagnostic::error(codes::TOO_LARGE, span, message)
}

/// The diagnostic of a text with too many parts at `span`.
pub(crate) fn too_many(span: Span) -> Diagnostic {
    let message = format!("the spec has more than {NODES_MAX} items and values");
    Diagnostic::error(codes::TOO_LARGE, span, message)
}

/// The diagnostic of a word or key that is too long at `span`.
pub(crate) fn too_long(span: Span) -> Diagnostic {
    let message = format!("expected a word of at most {KEY_MAX} characters");
    Diagnostic::error(codes::TOO_LARGE, span, message)
}
