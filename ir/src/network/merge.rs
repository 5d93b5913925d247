//! Shape of the sum of two values.

use super::Shape;
use super::builder::show;
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// Both shapes must be the same.
pub(super) fn add(skip: &[usize], branch: &[usize], span: Span) -> Result<Shape, Diagnostic> {
    if skip == branch {
        return Ok(branch.to_vec());
    }
    let (skip_text, branch_text) = (show(skip), show(branch));
    let message = format!(
        "the branch makes {branch_text}, expected {skip_text}, the shape of the value it is added to"
    );
    let mut diagnostic = Diagnostic::error(codes::ADD_SHAPES, span, message);
    if skip.len() == branch.len() {
        if let (Some(wanted), Some(found)) = (skip.last(), branch.last())
            && wanted != found
        {
            diagnostic = diagnostic.hint(format!("give its last convolution {wanted} filters"));
        }
        if skip[..skip.len() - 1] != branch[..branch.len() - 1] {
            diagnostic = diagnostic.hint("use stride 1 and padding same inside the branch");
        }
    } else if skip.iter().product::<usize>() == branch.iter().product::<usize>() {
        diagnostic = diagnostic.hint(format!("end it with `reshape {skip_text}`"));
    }
    Err(diagnostic)
}
