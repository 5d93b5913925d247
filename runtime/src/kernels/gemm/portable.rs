//! The kernels without assembly: what the host runs.

use super::Block;

#[derive(Clone, Copy)]
enum Rescaling {
    Linear,
    Twice,
}

fn linear(sum: i32, factor: &[i32]) -> i8 {
    let high = ((i64::from(sum) * i64::from(factor[0])) >> 32) as i32;
    ((high + factor[1]) >> (factor[1] & 31)).clamp(-128, 127) as i8
}

fn twice(doubled: i32, multiplier: i32, addend: i32, shift: i32) -> i8 {
    let high = ((i64::from(doubled) * i64::from(multiplier) + (1 << 31)) >> 32) as i32;
    ((high + (high >> 31) + addend) >> shift).clamp(-128, 127) as i8
}

/// The taps in a word of a column.
fn taps(arena: &[i8], at: usize) -> [i32; 2] {
    let half = |i: usize| {
        i32::from(i16::from_le_bytes([
            arena[at + i] as u8,
            arena[at + i + 1] as u8,
        ]))
    };
    [half(0), half(2)]
}

/// One output of a column whose words stand `step` words apart.
fn product(arena: &mut [i8], b: &Block, step: usize, mut weights: &[i32], rescaling: Rescaling) {
    for pair in (0..b.filters).step_by(2) {
        let (mut a, mut both) = (weights[0], weights[1]);
        let (words, rest) = weights[2..].split_at(b.words);
        for (i, &word) in words.iter().enumerate() {
            let [first, second] = taps(arena, b.columns + 4 * i * step);
            let (low, high) = (i32::from(word as i16), word >> 16);
            a = a
                .wrapping_add(i32::from(low as i8) * first)
                .wrapping_add(i32::from(high as i8) * second);
            both = both.wrapping_add(low * first).wrapping_add(high * second);
        }
        let second = both.wrapping_sub(a);
        let at = b.output + pair;
        let (results, used) = match rescaling {
            Rescaling::Linear => ([linear(a, rest), linear(second, &rest[2..])], 4),
            Rescaling::Twice => {
                let first = twice(a.wrapping_mul(2), rest[0], rest[1], rest[4]);
                ([first, twice(second >> 7, rest[2], rest[3], rest[5])], 6)
            }
        };
        arena[at..at + 2].copy_from_slice(&results);
        weights = &rest[used..];
    }
}

fn four(arena: &mut [i8], b: &Block, weights: &[i32], stride: usize, rescaling: Rescaling) {
    for i in 0..4 {
        let one = Block {
            columns: b.columns + 4 * i,
            output: b.output + i * stride,
            ..*b
        };
        product(arena, &one, 4, weights, rescaling);
    }
}

pub(in super::super) fn four_linear(arena: &mut [i8], b: &Block, weights: &[i32], stride: usize) {
    four(arena, b, weights, stride, Rescaling::Linear);
}

pub(in super::super) fn four_twice(arena: &mut [i8], b: &Block, weights: &[i32], stride: usize) {
    four(arena, b, weights, stride, Rescaling::Twice);
}

pub(in super::super) fn one_linear(arena: &mut [i8], b: &Block, weights: &[i32]) {
    product(arena, b, 1, weights, Rescaling::Linear);
}

pub(in super::super) fn one_twice(arena: &mut [i8], b: &Block, weights: &[i32]) {
    product(arena, b, 1, weights, Rescaling::Twice);
}

/// Units, four at a time, of a row of `2 × words` bytes; their pairs stand `pair_words` apart.
pub(in super::super) fn units_shared(
    arena: &mut [i8],
    [input, words, output, units]: [usize; 4],
    pair_words: usize,
    weights: &[i32],
    shared: &[i32; 4],
) {
    for unit in (0..units).step_by(2) {
        // Where the pairs stand no words apart, they are one.
        let weights = &weights[unit / 2 * pair_words..];
        let (mut a, mut both) = (weights[0], weights[1]);
        for (i, &word) in weights[2..2 + words].iter().enumerate() {
            let at = input + 4 * (i / 2) + i % 2;
            let [first, second] = [arena[at], arena[at + 2]].map(i32::from);
            let (low, high) = (i32::from(word as i16), word >> 16);
            a = a
                .wrapping_add(i32::from(low as i8) * first)
                .wrapping_add(i32::from(high as i8) * second);
            both = both.wrapping_add(low * first).wrapping_add(high * second);
        }
        let results = [
            linear(a, shared),
            linear(both.wrapping_sub(a), &shared[2..]),
        ];
        arena[output + unit..output + unit + 2].copy_from_slice(&results);
    }
}

fn expand(arena: &mut [i8], line: usize, column: usize, groups: usize, step: usize) {
    for group in 0..groups {
        let from = line + 4 * group;
        let to = column + 8 * step * group;
        for (tap, at) in [(0, 0), (2, 2), (1, 4 * step), (3, 4 * step + 2)] {
            let bytes = i16::from(arena[from + tap]).to_le_bytes();
            arena[to + at] = bytes[0] as i8;
            arena[to + at + 1] = bytes[1] as i8;
        }
    }
}

/// The words of four lines of `4 × groups` bytes into columns; returns the end.
pub(in super::super) fn expand_four(
    arena: &mut [i8],
    lines: [usize; 4],
    columns: usize,
    groups: usize,
) -> usize {
    for (i, line) in lines.into_iter().enumerate() {
        expand(arena, line, columns + 4 * i, groups, 4);
    }
    columns + 32 * groups
}

/// The words of one line.
pub(in super::super) fn expand_one(
    arena: &mut [i8],
    line: usize,
    column: usize,
    groups: usize,
) -> usize {
    expand(arena, line, column, groups, 1);
    column + 8 * groups
}
