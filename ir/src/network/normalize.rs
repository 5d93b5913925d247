//! Shapes of the layers that act on each value alone while training: batch norm and dropout.

use super::Shape;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// Any shape with channels last, unchanged.
pub(super) fn batch_norm(input: &[usize], span: Span) -> Result<Shape, Diagnostic> {
    if input.is_empty() {
        let message = "`batch_norm` expects a shape with channels last, found none";
        return Err(Diagnostic::error(codes::LAYER_SHAPE, span, message));
    }
    Ok(input.to_vec())
}

/// Any shape, unchanged; the share of zeroed values is in 0..1.
pub(super) fn dropout(share: f32, input: &[usize], span: Span) -> Result<Shape, Diagnostic> {
    if !(0.0..1.0).contains(&share) {
        let message = format!(
            "`dropout` expects 0% to below 100%, found {}%",
            f64::from(share) * 100.0
        );
        return Err(Diagnostic::error(codes::LAYER_VALUE, span, message));
    }
    Ok(input.to_vec())
}
