//! What stops a command: diagnostics, with the spec that they point into.

use std::io;
use std::path::{Path, PathBuf};

use impulse_ir::diagnostic::{Diagnostic, Place, codes};

/// The text of a spec and where it came from.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the user named it.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

/// Why a command ended without its result.
#[derive(Debug)]
pub struct Failure {
    /// The spec that [`Diagnostic`]s point into, where one was read.
    pub source: Option<Source>,
    /// At least one error, and the warnings met on the way.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the diagnostics were shown already, among results.
    pub is_shown: bool,
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            source: None,
            diagnostics: vec![diagnostic],
            is_shown: false,
        }
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            source: None,
            diagnostics,
            is_shown: false,
        }
    }
}

impl Failure {
    /// The exit code: 2 where the command could not be run (a wrong command line, a file that
    /// cannot be read or written, a tool that fails), else 1: something was found.
    pub fn exit_code(&self) -> u8 {
        let could_not_run = |d: &Diagnostic| match d.code {
            // Named on the command line, not in the spec.
            codes::UNKNOWN_BOARD => d.place == Place::Nowhere,
            codes::NOT_FORMATTED
            | codes::VERIFY_MISMATCH
            | codes::PLAN_MISMATCH
            | codes::BUDGET_MEASURED => false,
            code => code.is_environment(),
        };
        let mut errors = self.diagnostics.iter().filter(|d| d.is_error());
        if errors.any(could_not_run) { 2 } else { 1 }
    }

    /// The same, pointing into `source` unless it already points into a text.
    #[must_use]
    pub fn or_source(mut self, source: &Source) -> Self {
        self.source.get_or_insert_with(|| source.clone());
        self
    }
}

/// What is said of the data names files relative to the folder of the spec, `base`; here it names
/// them as they are opened from the current folder.
pub fn seen_from_here(diagnostics: &mut [Diagnostic], base: &Path) {
    if base == Path::new(".") {
        return;
    }
    for diagnostic in diagnostics {
        if let Place::File { path, .. } = &mut diagnostic.place {
            *path = base.join(&path);
        }
    }
}

/// A file that could not be read, as a diagnostic.
pub fn read_error(path: &Path, error: &io::Error) -> Diagnostic {
    match error.kind() {
        io::ErrorKind::NotFound => {
            Diagnostic::file(codes::FILE_NOT_FOUND, path, "no such file or folder")
        }
        io::ErrorKind::InvalidData => {
            Diagnostic::file(codes::FILE_READ, path, "expected UTF-8 text")
        }
        _ => Diagnostic::file(
            codes::FILE_READ,
            path,
            format!("cannot be read: {}", reason(error)),
        ),
    }
}

/// A file or folder that could not be written, as a diagnostic that says what to do about it.
pub fn write_error(path: &Path, error: &io::Error) -> Diagnostic {
    let diagnostic = Diagnostic::file(
        codes::FILE_WRITE,
        path,
        format!("cannot be written: {}", reason(error)),
    );
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            diagnostic.hint("make the folder writable, or copy the project to one that is")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            diagnostic.hint("free some space; what was built before is unchanged")
        }
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            diagnostic.hint("a file has the name of a folder that is made here: move it away")
        }
        io::ErrorKind::NotFound => diagnostic.hint("make its folder first, or write to another"),
        _ => diagnostic,
    }
}

/// The operating system's reason, in the style of messages: lower case, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let full = io::Error::from_raw_os_error(28);
        let diagnostic = write_error(Path::new("build"), &full);
        assert_eq!(
            diagnostic.message,
            "cannot be written: no space left on device"
        );
        assert_eq!(diagnostic.hints.len(), 1);
    }

    #[test]
    fn a_missing_file_has_a_code_of_its_own() {
        let missing = io::Error::from(io::ErrorKind::NotFound);
        assert_eq!(
            read_error(Path::new("x.impulse"), &missing).code,
            codes::FILE_NOT_FOUND
        );
    }
}
