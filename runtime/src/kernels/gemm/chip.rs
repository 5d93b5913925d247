//! Safe calls of the assembly.
//!
//! # Safety
//! Each function checks that what the assembly will touch lies in the slices it was given: columns
//! and output in the arena, as many words of weights as it reads. Everything it writes is an int8 of
//! the arena, which it borrows exclusively.
#![allow(
    unsafe_code,
    reason = "calls of assembly; see the module's documentation"
)]

use super::{Block, assembly};

/// Words of weights for a pair of filters beside those of the columns.
const LINEAR: usize = 6;
const TWICE: usize = 8;

#[inline(always)]
fn check(arena: &[i8], b: &Block, columns: usize, weights: &[i32], beside: usize, stride: usize) {
    let end = b.output + (columns - 1) * stride + b.filters;
    assert!(b.columns + 4 * columns * b.words <= arena.len() && end <= arena.len());
    assert!(weights.len() >= b.filters / 2 * (b.words + beside));
    assert!((arena.as_ptr() as usize + b.columns).is_multiple_of(4) && b.filters >= 2);
}

macro_rules! four {
    ($name:ident, $beside:expr) => {
        pub(in super::super) fn $name(arena: &mut [i8], b: &Block, weights: &[i32], stride: usize) {
            check(arena, b, 4, weights, $beside, stride);
            let base = arena.as_mut_ptr();
            // SAFETY: checked above.
            unsafe {
                assembly::$name(
                    base.add(b.columns).cast(),
                    weights.as_ptr(),
                    base.add(b.output),
                    stride,
                    16 * b.words,
                    b.filters,
                );
            }
        }
    };
}

four!(four_linear, LINEAR);
four!(four_twice, TWICE);

macro_rules! one {
    ($name:ident, $beside:expr) => {
        pub(in super::super) fn $name(arena: &mut [i8], b: &Block, weights: &[i32]) {
            check(arena, b, 1, weights, $beside, 0);
            let base = arena.as_mut_ptr();
            // SAFETY: checked above.
            unsafe {
                assembly::$name(
                    base.add(b.columns).cast(),
                    weights.as_ptr(),
                    base.add(b.output),
                    b.filters,
                    4 * b.words,
                );
            }
        }
    };
}

one!(one_linear, LINEAR);
one!(one_twice, TWICE);

/// Units, four at a time, of a row of `2 × words` bytes; their pairs stand `pair_words` apart.
pub(in super::super) fn units_shared(
    arena: &mut [i8],
    [input, words, output, units]: [usize; 4],
    pair_words: usize,
    weights: &[i32],
    shared: &[i32; 4],
) {
    let pairs = if pair_words == 0 { 1 } else { units / 2 };
    assert!(input + 2 * words <= arena.len() && output + units <= arena.len());
    assert!(pair_words == 0 || pair_words == words + 2);
    assert!(weights.len() >= pairs * (words + 2) && words > 0);
    assert!(units > 0 && units.is_multiple_of(4) && (units == 4 || pair_words > 0));
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::units_shared(
            base.add(input),
            weights.as_ptr(),
            base.add(output),
            units,
            4 * pair_words,
            2 * words,
            shared.as_ptr(),
        );
    }
}

/// The words of four lines of `4 × groups` bytes into columns; returns the end.
#[inline(always)]
pub(in super::super) fn expand_four(
    arena: &mut [i8],
    lines: [usize; 4],
    columns: usize,
    groups: usize,
) -> usize {
    let farthest = lines[0].max(lines[1]).max(lines[2]).max(lines[3]);
    assert!(farthest + 4 * groups <= arena.len() && columns + 32 * groups <= arena.len());
    assert!((arena.as_ptr() as usize + columns).is_multiple_of(4) && groups > 0);
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        let lines = lines.map(|line| base.add(line).cast_const());
        assembly::expand_four(lines.as_ptr(), base.add(columns).cast(), groups);
    }
    columns + 32 * groups
}

/// The words of one line.
#[inline(always)]
pub(in super::super) fn expand_one(
    arena: &mut [i8],
    line: usize,
    column: usize,
    groups: usize,
) -> usize {
    assert!(line + 4 * groups <= arena.len() && column + 8 * groups <= arena.len());
    assert!((arena.as_ptr() as usize + column).is_multiple_of(4) && groups > 0);
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        assembly::expand_one(base.add(line), base.add(column).cast(), groups);
    }
    column + 8 * groups
}
