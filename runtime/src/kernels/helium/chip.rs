//! Safe calls of the assembly.
//!
//! # Safety
//! Each function checks that what the assembly will touch lies in the slices it was given: columns,
//! taps and output in the arena, as many words of weights as it reads. Everything it writes is an
//! int8 of the arena or the output, which it borrows exclusively.
#![allow(
    unsafe_code,
    reason = "calls of assembly; see the module's documentation"
)]

use super::{Depthwise, Product, Rows, Square, assembly};

/// Words of weights for four filters beside those of the taps.
const TWICE: usize = 9;
const ONCE: usize = 4;

#[inline(always)]
fn check(
    arena: &[i8],
    columns: &[usize],
    weights: &[i32],
    output: usize,
    p: &Product,
    beside: usize,
) {
    for column in columns {
        assert!(column + p.bytes as usize <= arena.len());
    }
    let end = output + (columns.len() - 1) * p.stride as usize + p.filters as usize;
    let fours = (p.filters as usize).div_ceil(4);
    assert!(end <= arena.len() && weights.len() >= fours * (p.bytes as usize + beside));
    assert!(p.blocks > 0 && p.bytes == 16 * p.blocks && p.filters > 0);
}

/// Outputs of two columns, rescaled twice.
#[inline(always)]
pub(in super::super) fn two(
    arena: &mut [i8],
    [a, b]: [usize; 2],
    weights: &[i32],
    output: usize,
    p: &Product,
) {
    check(arena, &[a, b], weights, output, p, TWICE);
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::two(
            base.add(a),
            base.add(b),
            weights.as_ptr(),
            base.add(output),
            p,
        );
    }
}

/// Outputs of one column, rescaled twice.
#[inline(always)]
pub(in super::super) fn one(
    arena: &mut [i8],
    column: usize,
    weights: &[i32],
    output: usize,
    p: &Product,
) {
    check(arena, &[column], weights, output, p, TWICE);
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::one(base.add(column), weights.as_ptr(), base.add(output), p);
    }
}

/// Outputs of one column, rescaled once and all alike.
#[inline(always)]
pub(in super::super) fn once(
    arena: &mut [i8],
    column: usize,
    weights: &[i32],
    output: usize,
    p: &Product,
) {
    check(arena, &[column], weights, output, p, ONCE);
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::once(base.add(column), weights.as_ptr(), base.add(output), p);
    }
}

/// What [`taps`] knows a place in the arena by, where so many bytes are read.
#[inline(always)]
pub(in super::super) fn address(arena: &[i8], at: usize, bytes: usize) -> usize {
    assert!(at + bytes <= arena.len());
    arena.as_ptr() as usize + at
}

/// One output of all channels; moves `taps` on by what was read.
#[inline(always)]
pub(in super::super) fn taps(
    arena: &mut [i8],
    taps: &mut [usize],
    weights: &[i32],
    output: usize,
    p: &Depthwise,
) {
    let base = arena.as_mut_ptr();
    let blocks = (p.channels as usize).div_ceil(16);
    let highest = arena.len() - 16 * blocks;
    assert!(
        taps.iter()
            .all(|tap| tap.wrapping_sub(base as usize) <= highest)
    );
    assert!(taps.len() == 2 * p.pairs as usize && p.pairs > 0 && p.channels > 0);
    assert!(output + p.channels as usize <= arena.len());
    assert!(weights.len() >= blocks * p.words());
    // SAFETY: checked above.
    unsafe {
        assembly::taps(taps.as_mut_ptr(), weights.as_ptr(), base.add(output), p);
    }
}

/// Moves the rows of a strip up by two and puts the rows `a` and `b` below.
#[inline(always)]
pub(in super::super) fn push(arena: &mut [i8], strip: usize, [a, b]: [usize; 2], p: &Rows) {
    let len = p.len as usize;
    assert!(len > 0 && strip + 4 * len.next_multiple_of(16) <= arena.len());
    for (row, step) in [(a, p.step[0]), (b, p.step[1])] {
        let read = if step == 0 { 16 } else { len };
        assert!(row + read <= arena.len() && (step == 0 || step == 16));
    }
    let base = arena.as_mut_ptr();
    // SAFETY: checked above; no more than `len` values of a row are read.
    unsafe {
        assembly::push(base.add(strip), base.add(a), base.add(b), p);
    }
}

/// Outputs from a strip, rescaled twice, not limited.
#[inline(always)]
pub(in super::super) fn strip(
    arena: &mut [i8],
    strip: usize,
    weights: &[i32],
    output: usize,
    p: &Square,
) {
    let (channels, pairs) = (p.channels as usize, p.pairs as usize);
    let columns = 2 * pairs + usize::from(p.odd != 0);
    let rows = if p.mask == super::BOTH { 2 } else { 1 };
    assert!(channels > 0 && pairs > 0 && p.pitch == 4 * p.channels);
    assert!(p.row == (columns * channels) as i32 && (p.odd == 0 || p.odd == p.pitch));
    assert!(strip + 4 * (columns + 2) * channels <= arena.len());
    assert!(output + rows * columns * channels <= arena.len() && weights.len() >= 6 * channels);
    assert!((arena.as_ptr() as usize + strip).is_multiple_of(4));
    let base = arena.as_mut_ptr();
    // SAFETY: checked above; the mask lets nothing be written below the last row.
    unsafe {
        assembly::strip(base.add(strip), weights.as_ptr(), base.add(output), p);
    }
}

/// Limits values.
#[inline(always)]
pub(in super::super) fn limit(values: &mut [i8], [low, high]: [i8; 2]) {
    // SAFETY: the slice has that length.
    unsafe {
        assembly::limit(values.as_mut_ptr(), values.len(), low.into(), high.into());
    }
}

/// Rows of some bytes to another place.
#[inline(always)]
pub(in super::super) fn copy(
    arena: &mut [i8],
    [from, from_pitch]: [usize; 2],
    [to, to_pitch]: [usize; 2],
    bytes: usize,
    rows: usize,
) {
    assert!(rows > 0 && from + (rows - 1) * from_pitch + bytes <= arena.len());
    assert!(to + (rows - 1) * to_pitch + bytes <= arena.len());
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::copy(
            base.add(from),
            from_pitch,
            base.add(to),
            to_pitch,
            bytes,
            rows,
        );
    }
}

/// The same value in all bytes.
#[inline(always)]
pub(in super::super) fn fill(arena: &mut [i8], to: usize, value: i8, bytes: usize) {
    let to = arena[to..to + bytes].as_mut_ptr();
    // SAFETY: the slice has that length.
    unsafe {
        assembly::fill(to, i32::from(value), bytes);
    }
}

/// A sum; where there is no first operand it is in the output.
#[inline(always)]
pub(in super::super) fn add(
    numbers: &[i32; 11],
    first: Option<&[i8]>,
    second: &[i8],
    output: &mut [i8],
) {
    let len = output.len();
    assert!(second.len() == len && first.is_none_or(|first| first.len() == len));
    let output = output.as_mut_ptr();
    let first = first.map_or(output.cast_const(), <[i8]>::as_ptr);
    // SAFETY: checked above; each value is read before its sum is written.
    unsafe {
        assembly::add(numbers, first, second.as_ptr(), output, len);
    }
}
