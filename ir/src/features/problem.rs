//! What can be wrong with a feature block, in words that point at a key of the spec.

use crate::diagnostic::Code;

/// Something about a block that cannot work with its window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind.
    pub code: Code,
    /// The key of the block that has to change (`fft`, `filters`), or `length`, `stride` of the
    /// window.
    pub key: &'static str,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to change, where that can be said.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    pub(crate) fn new(code: Code, key: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            key,
            message: message.into(),
            hint: None,
        }
    }

    /// The same with a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
