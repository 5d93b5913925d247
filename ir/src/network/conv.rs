//! Shapes of the convolutions, full and depthwise, in one and two dimensions.

use super::builder::{positive, show};
use super::{Conv, Shape, window_output};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// `[t, c]` → `[t', filters]`.
pub(super) fn conv1d(conv: &Conv, input: &[usize], span: Span) -> Result<Shape, Diagnostic> {
    one_dimensional("conv1d", conv, input, span)
}

/// `[h, w, c]` → `[h', w', filters]`.
pub(super) fn conv2d(conv: &Conv, input: &[usize], span: Span) -> Result<Shape, Diagnostic> {
    two_dimensional("conv2d", conv, input, span)
}

/// `[t, c]` → `[t', c × multiplier]`.
pub(super) fn depthwise_conv1d(
    conv: &Conv,
    input: &[usize],
    span: Span,
) -> Result<Shape, Diagnostic> {
    multiplier("depthwise_conv1d", conv, input, span)?;
    one_dimensional("depthwise_conv1d", conv, input, span)
}

/// `[h, w, c]` → `[h', w', c × multiplier]`.
pub(super) fn depthwise_conv2d(
    conv: &Conv,
    input: &[usize],
    span: Span,
) -> Result<Shape, Diagnostic> {
    multiplier("depthwise_conv2d", conv, input, span)?;
    two_dimensional("depthwise_conv2d", conv, input, span)
}

fn one_dimensional(
    keyword: &str,
    conv: &Conv,
    input: &[usize],
    span: Span,
) -> Result<Shape, Diagnostic> {
    let &[time, _] = input else {
        let message = format!(
            "`{keyword}` expects a shape of time x channels, found {}",
            show(input)
        );
        let diagnostic = Diagnostic::error(codes::LAYER_SHAPE, span, message);
        return Err(match *input {
            [h, w, c] => diagnostic.hint(format!(
                "put `reshape {}` before it",
                show(&[h, w.saturating_mul(c)])
            )),
            [n] => diagnostic.hint(format!("put `reshape {}` before it", show(&[n, 1]))),
            _ => diagnostic,
        });
    };
    let [time, _] = windows(keyword, conv, [time, 1], span)?;
    Ok(vec![time, conv.filters])
}

fn two_dimensional(
    keyword: &str,
    conv: &Conv,
    input: &[usize],
    span: Span,
) -> Result<Shape, Diagnostic> {
    let &[height, width, _] = input else {
        let message = format!(
            "`{keyword}` expects a shape of height x width x channels, found {}",
            show(input)
        );
        let diagnostic = Diagnostic::error(codes::LAYER_SHAPE, span, message);
        return Err(match *input {
            [n] => diagnostic.hint(format!("put `reshape {}` before it", show(&[n, 1, 1]))),
            _ => diagnostic,
        });
    };
    let [height, width] = windows(keyword, conv, [height, width], span)?;
    Ok(vec![height, width, conv.filters])
}

fn windows(
    keyword: &str,
    conv: &Conv,
    input: [usize; 2],
    span: Span,
) -> Result<[usize; 2], Diagnostic> {
    positive(keyword, "a number of filters", &[conv.filters], span)?;
    positive(keyword, "a kernel", &conv.kernel, span)?;
    positive(keyword, "a stride", &conv.stride, span)?;
    if conv.max_norm.is_some_and(|n| !(n > 0.0 && n.is_finite())) {
        let message = format!("`{keyword}` expects a max_norm above 0");
        return Err(Diagnostic::error(codes::LAYER_VALUE, span, message));
    }
    let mut output = [0; 2];
    for axis in 0..2 {
        let (kernel, stride) = (conv.kernel[axis], conv.stride[axis]);
        output[axis] = window_output(input[axis], kernel, stride, conv.padding)
            .map(|(output, _)| output)
            .ok_or_else(|| no_room(keyword, "kernel", kernel, input[axis], span))?;
    }
    Ok(output)
}

/// The diagnostic of a window that VALID padding leaves no room for.
pub(super) fn no_room(
    keyword: &str,
    what: &str,
    size: usize,
    input: usize,
    span: Span,
) -> Diagnostic {
    let message =
        format!("`{keyword}` expects a {what} of at most {input} with padding valid, found {size}");
    Diagnostic::error(codes::LAYER_NO_ROOM, span, message).hint(format!(
        "use `padding same`, or a {what} of at most {input}"
    ))
}

fn multiplier(keyword: &str, conv: &Conv, input: &[usize], span: Span) -> Result<(), Diagnostic> {
    let channels = input.last().copied().unwrap_or(1).max(1);
    if conv.filters == 0 || !conv.filters.is_multiple_of(channels) {
        let nearest = (conv.filters.div_ceil(channels))
            .max(1)
            .saturating_mul(channels);
        let message = format!(
            "`{keyword}` expects a multiple of its {channels} input channels, found {} filters",
            conv.filters
        );
        return Err(Diagnostic::error(codes::LAYER_SHAPE, span, message)
            .hint(format!("{nearest} filters would match")));
    }
    Ok(())
}
