//! Shapes of the layers that only rename dimensions.

use super::Shape;
use super::builder::{elements, show};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// Any shape → `[n]`.
pub(super) fn flatten(input: &[usize]) -> Shape {
    vec![input.iter().product()]
}

/// Both shapes must hold the same number of values.
pub(super) fn check(from: &[usize], to: &[usize], span: Span) -> Result<(), Diagnostic> {
    let n = elements(from);
    if n.is_some() && n == elements(to) && !to.is_empty() && to.len() <= 3 && !to.contains(&0) {
        return Ok(());
    }
    if to.is_empty() || to.len() > 3 || to.contains(&0) {
        let message = format!(
            "`reshape` expects one to three positive dimensions, found {}",
            show(to)
        );
        return Err(Diagnostic::error(codes::RESHAPE, span, message));
    }
    let found = elements(to).map_or("too many".to_owned(), |n| n.to_string());
    let message = format!(
        "`reshape {}` has {found} values, expected {} as in {}",
        show(to),
        n.unwrap_or(usize::MAX),
        show(from)
    );
    let diagnostic = Diagnostic::error(codes::RESHAPE, span, message);
    // Keep the trailing dimensions and let the first take what is left.
    let tail = elements(&to[1..]).filter(|&t| t > 0);
    Err(match (n, tail) {
        (Some(n), Some(tail)) if n % tail == 0 => {
            let mut fit = to.to_vec();
            fit[0] = n / tail;
            diagnostic.hint(format!("`reshape {}` would match", show(&fit)))
        }
        _ => diagnostic.hint(format!("the value before it is {}", show(from))),
    })
}
