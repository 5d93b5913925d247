//! The one kind of problem report. Every crate makes them; only `cli` and `macros` render them.

pub mod codes;

use std::path::PathBuf;

use crate::span::Span;

pub use codes::Code;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is made while one of these stands.
    Error,
    /// Said along with the output.
    Warning,
}

/// What a diagnostic points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A range in the text of the spec.
    Spec(Span),
    /// A file other than the spec: a clip, a model, a manifest (`line` from 1).
    File {
        /// The file, relative to the spec where possible.
        path: PathBuf,
        /// Line, counted from 1, where the file is text.
        line: Option<usize>,
    },
    /// No place: the environment, a tool, the disk.
    Nowhere,
}

/// A remedy, or a second place that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What to change: lower case, no full stop.
    pub message: String,
    /// Where, if it has a place of its own in the spec.
    pub span: Option<Span>,
    /// The text that replaces `span`, where the change is mechanical.
    pub replacement: Option<String>,
}

/// A problem: code, severity, place, message (lower case, no full stop, expected and got with
/// units), hints that say what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code; `impulse explain CODE` says more.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hints: Vec<Hint>,
}

impl Diagnostic {
    /// An error at `span` of the spec.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, Place::Spec(span), message)
    }

    /// A warning at `span` of the spec.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, Place::Spec(span), message)
    }

    /// An error about a file that is not the spec.
    pub fn file(code: Code, path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        let place = Place::File {
            path: path.into(),
            line: None,
        };
        Self::new(code, Severity::Error, place, message)
    }

    /// An error without a place.
    pub fn general(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, Place::Nowhere, message)
    }

    /// Any diagnostic.
    pub fn new(code: Code, severity: Severity, place: Place, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            place,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// The same with a remedy in words.
    #[must_use]
    pub fn hint(mut self, message: impl Into<String>) -> Self {
        self.hints.push(Hint {
            message: message.into(),
            span: None,
            replacement: None,
        });
        self
    }

    /// The same with a remedy that replaces the text at `span`.
    #[must_use]
    pub fn fix(
        mut self,
        span: Span,
        replacement: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        self.hints.push(Hint {
            message: message.into(),
            span: Some(span),
            replacement: Some(replacement.into()),
        });
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
