//! Shapes of the pooling layers.

use super::builder::{positive, show};
use super::conv::no_room;
use super::{Pool, Shape, window_output};
use crate::diagnostic::{Diagnostic, codes};
use crate::span::Span;

/// `[t, c]` → `[t', c]`, `[h, w, c]` → `[h', w', c]`.
pub(super) fn pool(
    keyword: &str,
    pool: &Pool,
    input: &[usize],
    span: Span,
) -> Result<Shape, Diagnostic> {
    positive(keyword, "a size", &pool.size, span)?;
    positive(keyword, "a stride", &pool.stride, span)?;
    let along = |axis: usize, length: usize| {
        window_output(length, pool.size[axis], pool.stride[axis], pool.padding)
            .map(|(output, _)| output)
            .ok_or_else(|| no_room(keyword, "size", pool.size[axis], length, span))
    };
    match *input {
        [time, channels] => {
            if pool.size[1] != 1 || pool.stride[1] != 1 {
                let message = format!(
                    "`{keyword}` expects a size along time only on {}, found {}",
                    show(input),
                    show(&pool.size)
                );
                return Err(
                    Diagnostic::error(codes::LAYER_SHAPE, span, message).hint(format!(
                        "put `reshape {}` before it to pool in two dimensions",
                        show(&[time, channels, 1])
                    )),
                );
            }
            Ok(vec![along(0, time)?, channels])
        }
        [height, width, channels] => Ok(vec![along(0, height)?, along(1, width)?, channels]),
        _ => Err(channels_missing(keyword, input, span)),
    }
}

/// `[…, c]` → `[c]`.
pub(super) fn global(input: &[usize], span: Span) -> Result<Shape, Diagnostic> {
    match *input {
        [_, channels] | [_, _, channels] => Ok(vec![channels]),
        _ => Err(channels_missing("global_avg_pool", input, span)),
    }
}

fn channels_missing(keyword: &str, input: &[usize], span: Span) -> Diagnostic {
    let message = format!(
        "`{keyword}` expects time x channels or height x width x channels, found {}",
        show(input)
    );
    Diagnostic::error(codes::LAYER_SHAPE, span, message)
        .hint("put it before `flatten`, or a `reshape` in front of it")
}
