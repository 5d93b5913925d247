//! Shape of the fully connected layer.

use super::builder::{elements, positive, show};
use super::{Dense, Shape};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// `[n]` → `[units]`.
pub(super) fn dense(dense: &Dense, input: &[usize], span: Span) -> Result<Shape, Diagnostic> {
    if input.len() != 1 {
        let n = elements(input).unwrap_or(usize::MAX);
        let message = format!(
            "`dense` expects a flat shape, found {} ({n} values)",
            show(input)
        );
        return Err(Diagnostic::error(codes::LAYER_SHAPE, span, message)
            .hint("put `flatten` or `global_avg_pool` before it"));
    }
    positive("dense", "a number of units", &[dense.units], span)?;
    if dense.max_norm.is_some_and(|n| !(n > 0.0 && n.is_finite())) {
        return Err(Diagnostic::error(
            codes::LAYER_VALUE,
            span,
            "`dense` expects a max_norm above 0",
        ));
    }
    Ok(vec![dense.units])
}
