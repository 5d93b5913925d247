//! Safe calls of the assembly, and columns written a word at a time.
//!
//! # Safety
//! Each function checks that what will be touched lies in the slices it was given: columns and output in
//! the arena, as many words of weights as are read. Everything that is written is an int8 of the arena,
//! which it borrows exclusively, or in `sums`.
#![allow(
    unsafe_code,
    reason = "calls of assembly; see the module's documentation"
)]

#[cfg(not(target_has_atomic = "32"))]
use super::thumb1 as assembly;
#[cfg(target_has_atomic = "32")]
use super::thumb2 as assembly;
use super::{BESIDE, Block, Lines, unit_words, words};

fn check_column(arena: &[i8], column: usize, taps: usize) {
    assert!(column + 8 + 8 * taps <= arena.len() && taps > 0 && taps.is_multiple_of(4));
    assert!((arena.as_ptr() as usize + column).is_multiple_of(4));
}

/// Adds the sums of four filters over a part to `sums`: three outputs of the first, and so on.
pub(super) fn sums(
    arena: &[i8],
    column: usize,
    taps: usize,
    weights: &[i32],
    sums: &mut [i32; 12],
) {
    check_column(arena, column, taps);
    assert!(taps <= weights.len());
    // SAFETY: checked above.
    unsafe {
        let column = arena.as_ptr().add(column).cast();
        assembly::triple_sums(column, weights.as_ptr(), sums.as_mut_ptr(), 8 + 8 * taps);
    }
}

/// Three outputs of `b.filters` filters, rescaled by one multiplication.
pub(super) fn linear(arena: &mut [i8], b: &Block, weights: &[i32]) {
    check_column(arena, b.column, b.taps);
    assert!(b.filters > 0 && b.filters.is_multiple_of(4));
    assert!(b.filters / 4 * (b.taps + 4 * BESIDE) <= weights.len());
    assert!(b.output + 2 * b.stride + b.filters <= arena.len());
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::triple_linear(
            base.add(b.column).cast(),
            weights.as_ptr(),
            base.add(b.output),
            b.stride,
            8 + 8 * b.taps,
            b.filters,
        );
    }
}

/// Units of one row of inputs, a multiple of four.
pub(in super::super) fn units(
    input: &[i8],
    weights: &[i32],
    output: &mut [i8],
    correction: i32,
    shared: Option<&[i32; 4]>,
) {
    let units = output.len();
    assert!(!input.is_empty() && units > 0 && units.is_multiple_of(4));
    assert!(units / 4 * unit_words(input.len(), shared) <= weights.len());
    let to = output.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::triple_units(
            input.as_ptr(),
            weights.as_ptr(),
            to,
            to.add(units),
            input.len(),
            correction,
            shared.map_or(core::ptr::null(), |shared| shared.as_ptr()),
        );
    }
}

/// The words of a tap of three outputs at `to`; adds to the `sums` of a column.
#[inline(always)]
pub(in super::super) fn put(arena: &mut [i8], to: usize, taps: [i8; 3], sums: &mut [u32; 2]) {
    assert!(to + 8 <= arena.len());
    assert!((arena.as_ptr() as usize + to).is_multiple_of(4));
    // SAFETY: checked above.
    unsafe { write(arena.as_mut_ptr().add(to).cast(), taps, sums) };
}

/// # Safety
/// `to` is a word and has another behind it.
#[inline(always)]
unsafe fn write(to: *mut u32, taps: [i8; 3], sums: &mut [u32; 2]) {
    let words = words(taps);
    sums[0] = sums[0].wrapping_add(words[0]);
    sums[1] = sums[1].wrapping_add(words[1]);
    // SAFETY: the caller's.
    unsafe {
        to.write(words[0]);
        to.add(1).write(words[1]);
    }
}

/// The same of three lines of taps from `to` on.
#[inline(never)]
pub(in super::super) fn append(arena: &mut [i8], lines: &Lines, to: usize, sums: &mut [u32; 2]) {
    let farthest = lines.from[0].max(lines.from[1]).max(lines.from[2]);
    assert!(farthest + lines.n <= arena.len() && to + 8 * lines.n <= arena.len());
    assert!((arena.as_ptr() as usize + to).is_multiple_of(4));
    let mut added = *sums;
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        let [mut a, mut b, mut c] = lines.from.map(|from| base.add(from).cast_const());
        let mut to: *mut u32 = base.add(to).cast();
        let end = to.add(2 * lines.n);
        while to < end {
            write(to, [*a, *b, *c], &mut added);
            (a, b, c, to) = (a.add(1), b.add(1), c.add(1), to.add(2));
        }
    }
    *sums = added;
}
