//! The kernels without assembly: what the host runs.

use super::{Depthwise, Product, Rows, Square, UPPER};
use crate::quant::{rescale, rescale_once};

/// Byte `at` of words that the chip reads as bytes.
fn byte(words: &[i32], at: usize) -> i32 {
    i32::from(words[at / 4].to_le_bytes()[at % 4] as i8)
}

fn limited(x: i32, low: i32, high: i32) -> i8 {
    x.max(low).min(high) as i8
}

/// Outputs of one column, of which each four filters have `beside` words beside their taps.
fn product(
    arena: &mut [i8],
    column: usize,
    weights: &[i32],
    output: usize,
    p: &Product,
    beside: usize,
) {
    let taps = p.bytes as usize;
    for (four, weights) in weights.chunks_exact(taps + beside).enumerate() {
        let (weights, scales) = weights.split_at(taps);
        for i in (0..4).take((p.filters as usize).saturating_sub(4 * four)) {
            let sum = (0..taps).fold(scales[i], |sum, k| {
                let weight = byte(weights, (k / 16 * 4 + i) * 16 + k % 16);
                sum + i32::from(arena[column + k]) * weight
            });
            let scaled = if beside == 4 {
                rescale_once(sum, p.multiplier, p.shift - 1)
            } else {
                rescale(sum, scales[4 + i], byte(&scales[8..], i))
            };
            arena[output + 4 * four + i] = limited(scaled + p.zero, p.low, p.high);
        }
    }
}

/// Outputs of two columns, rescaled twice.
pub(in super::super) fn two(
    arena: &mut [i8],
    [a, b]: [usize; 2],
    weights: &[i32],
    output: usize,
    p: &Product,
) {
    product(arena, a, weights, output, p, 9);
    product(arena, b, weights, output + p.stride as usize, p, 9);
}

/// Outputs of one column, rescaled twice.
pub(in super::super) fn one(
    arena: &mut [i8],
    column: usize,
    weights: &[i32],
    output: usize,
    p: &Product,
) {
    product(arena, column, weights, output, p, 9);
}

/// Outputs of one column, rescaled once and all alike.
pub(in super::super) fn once(
    arena: &mut [i8],
    column: usize,
    weights: &[i32],
    output: usize,
    p: &Product,
) {
    product(arena, column, weights, output, p, 4);
}

/// What [`taps`] knows a place in the arena by, where so many bytes are read.
pub(in super::super) fn address(arena: &[i8], at: usize, bytes: usize) -> usize {
    assert!(at + bytes <= arena.len());
    at
}

/// One output of all channels; moves `taps` on by what was read.
pub(in super::super) fn taps(
    arena: &mut [i8],
    taps: &mut [usize],
    weights: &[i32],
    output: usize,
    p: &Depthwise,
) {
    let channels = p.channels as usize;
    for (c, weights) in weights.chunks_exact(p.words()).enumerate() {
        let c = 16 * c;
        let scales = &weights[16 + 8 * p.pairs as usize..];
        for i in (0..16).take(channels.saturating_sub(c)) {
            // Where channel i stands: which four, and which of them.
            let four = (i & 1) << 1 | (i >> 1 & 1);
            let scale = &scales[5 * four..];
            let sum = taps
                .iter()
                .enumerate()
                .fold(weights[4 * four + i / 4], |sum, (k, &tap)| {
                    sum + i32::from(arena[tap + i]) * byte(&weights[16..], 16 * k + i)
                });
            let scaled = rescale(sum, scale[i / 4], byte(&scale[4..], i / 4));
            arena[output + c + i] = limited(scaled + p.zero, p.low, p.high);
        }
        for tap in taps.iter_mut() {
            *tap += 16;
        }
    }
}

/// Moves the rows of a strip up by two and puts the rows `a` and `b` below.
pub(in super::super) fn push(arena: &mut [i8], strip: usize, [a, b]: [usize; 2], p: &Rows) {
    let [step_a, step_b] = p.step.map(|step| step as usize);
    let len = p.len as usize;
    for i in 0..len.next_multiple_of(16) {
        let at = strip + 4 * i;
        let new = if i < len {
            [(a, step_a), (b, step_b)].map(|(row, step)| arena[row + i / 16 * step + i % 16])
        } else {
            [p.zero as i8; 2]
        };
        arena.copy_within(at + 2..at + 4, at);
        arena[at + 2..at + 4].copy_from_slice(&new);
    }
}

/// Outputs from a strip, rescaled twice, not limited.
pub(in super::super) fn strip(
    arena: &mut [i8],
    strip: usize,
    weights: &[i32],
    output: usize,
    p: &Square,
) {
    let (pitch, row) = (p.pitch as usize, p.row as usize);
    let columns = 2 * p.pairs as usize + usize::from(p.odd != 0);
    let rows = if p.mask == UPPER { 1 } else { 2 };
    let channels = weights.chunks_exact(6).take(p.channels as usize);
    for (c, weights) in channels.enumerate() {
        for at in 0..rows * columns {
            let (y, x) = (at / columns, at % columns);
            let words = strip + 4 * c + x * pitch + y;
            let sum = (0..9).fold(weights[3], |sum, k| {
                let value = arena[words + k / 3 * pitch + k % 3];
                sum + i32::from(value) * byte(weights, k / 3 * 4 + k % 3)
            });
            let scaled = rescale(sum, weights[4], weights[5]);
            arena[output + y * row + x * pitch / 4 + c] = limited(scaled + p.zero, -128, 127);
        }
    }
}

/// Limits values.
pub(in super::super) fn limit(values: &mut [i8], [low, high]: [i8; 2]) {
    for value in values {
        *value = (*value).max(low).min(high);
    }
}

/// Rows of some bytes to another place.
pub(in super::super) fn copy(
    arena: &mut [i8],
    [from, from_pitch]: [usize; 2],
    [to, to_pitch]: [usize; 2],
    bytes: usize,
    rows: usize,
) {
    for row in 0..rows {
        let from = from + row * from_pitch;
        arena.copy_within(from..from + bytes, to + row * to_pitch);
    }
}

/// The same value in all bytes.
pub(in super::super) fn fill(arena: &mut [i8], to: usize, value: i8, bytes: usize) {
    arena[to..to + bytes].fill(value);
}

/// A sum; where there is no first operand it is in the output.
pub(in super::super) fn add(
    numbers: &[i32; 11],
    first: Option<&[i8]>,
    second: &[i8],
    output: &mut [i8],
) {
    let [o0, m0, o1, m1, m, zero, s0, s1, s, low, high] = *numbers;
    for (i, (&b, out)) in second.iter().zip(output).enumerate() {
        let a = first.map_or(*out, |first| first[i]);
        let sum =
            rescale((i32::from(a) + o0) << 20, m0, s0) + rescale((i32::from(b) + o1) << 20, m1, s1);
        *out = limited(rescale(sum, m, s) + zero, low, high);
    }
}
