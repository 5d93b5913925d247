//! Disjoint views of the activation arena: a kernel reads one range while it writes another.

use core::ops::Range;

/// The bytes of `input` and, mutably, those of `output`, which must not overlap.
///
/// # Panics
/// If the ranges overlap or leave the arena; a planned arena has neither.
#[inline]
pub fn pair(arena: &mut [i8], input: Range<usize>, output: Range<usize>) -> (&[i8], &mut [i8]) {
    if input.end <= output.start {
        let (low, high) = arena.split_at_mut(output.start);
        (&low[input], &mut high[..output.end - output.start])
    } else {
        let (low, high) = arena.split_at_mut(input.start);
        (&high[..input.end - input.start], &mut low[output])
    }
}

/// Copies `n` bytes to where they do not overlap what they are copied from.
///
/// # Panics
/// As [`pair`] does.
#[inline(never)]
pub(super) fn copy(arena: &mut [i8], from: usize, to: usize, n: usize) {
    let (source, target) = pair(arena, from..from + n, to..to + n);
    target.copy_from_slice(source);
}

/// The bytes of two inputs, which may overlap each other, and, mutably, those of `output`, which
/// must overlap neither.
///
/// # Panics
/// If the output overlaps an input or a range leaves the arena; a planned arena has neither.
#[inline]
pub fn triple(
    arena: &mut [i8],
    inputs: [Range<usize>; 2],
    output: Range<usize>,
) -> (&[i8], &[i8], &mut [i8]) {
    let (below, rest) = arena.split_at_mut(output.start);
    let (target, above) = rest.split_at_mut(output.end - output.start);
    let (below, above) = (&*below, &*above);
    let view = |range: Range<usize>| {
        if range.end <= output.start {
            &below[range]
        } else {
            &above[range.start - output.end..range.end - output.end]
        }
    };
    let [first, second] = inputs;
    (view(first), view(second), target)
}
