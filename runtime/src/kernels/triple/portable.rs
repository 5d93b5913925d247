//! The kernels without assembly: what the host runs.

use super::{BESIDE, Block, Lines, unit_words, words};

fn word(arena: &[i8], at: usize) -> u32 {
    u32::from_le_bytes([0, 1, 2, 3].map(|i| arena[at + i] as u8))
}

/// The lowest 21 bits with their sign.
fn low(x: u32) -> u32 {
    ((x << 11) as i32 >> 11) as u32
}

fn linear_one(sum: i32, factor: i32, addend: i32) -> i8 {
    let high = ((i64::from(sum) * i64::from(factor)) >> 32) as i32;
    ((high + addend) >> (addend & 31)).clamp(-128, 127) as i8
}

/// Adds the sums of four filters over a part to `sums`: three outputs of the first, and so on.
pub(super) fn sums(
    arena: &[i8],
    column: usize,
    taps: usize,
    weights: &[i32],
    sums: &mut [i32; 12],
) {
    for (f, sums) in sums.chunks_exact_mut(3).enumerate() {
        let (mut a, mut b) = (word(arena, column), word(arena, column + 4));
        for (tap, weights) in weights[..taps].iter().enumerate() {
            let weight = u32::from(weights.to_le_bytes()[f]);
            let at = column + 8 + 8 * tap;
            a = a.wrapping_add(word(arena, at).wrapping_mul(weight));
            b = b.wrapping_add(word(arena, at + 4).wrapping_mul(weight));
        }
        let first = low(a);
        let lower = a.wrapping_sub(first) >> 21;
        let b = b.wrapping_sub(lower << 10);
        let second = low(b);
        let higher = b.wrapping_sub(second) as i32 >> 10;
        sums[0] += first as i32;
        sums[1] += second as i32;
        sums[2] += lower as i32 + higher;
    }
}

/// Three outputs of `b.filters` filters, rescaled by one multiplication.
pub(super) fn linear(arena: &mut [i8], b: &Block, mut weights: &[i32]) {
    for f in (0..b.filters).step_by(4) {
        let mut found = [0; 12];
        sums(arena, b.column, b.taps, weights, &mut found);
        let (rescaling, rest) = weights[b.taps..].split_at(4 * BESIDE);
        let filters = rescaling.as_chunks::<BESIDE>().0;
        for (i, (sums, r)) in found.as_chunks::<3>().0.iter().zip(filters).enumerate() {
            for (j, sum) in sums.iter().enumerate().rev() {
                arena[b.output + j * b.stride + f + i] = linear_one(sum + r[0], r[1], r[2]);
            }
        }
        weights = rest;
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
    let words = unit_words(input.len(), shared);
    for (output, weights) in output.chunks_exact_mut(4).zip(weights.chunks_exact(words)) {
        let (weights, biases) = weights.split_at(input.len());
        for (f, out) in output.iter_mut().enumerate() {
            let products = input.iter().zip(weights);
            let products = products.map(|(&x, w)| i32::from(x) * i32::from(w.to_le_bytes()[f]));
            let sum = correction + biases[f] + products.sum::<i32>();
            let rescaling = match shared {
                Some(shared) => &shared[..],
                None => &biases[4 + 2 * f..],
            };
            *out = linear_one(sum, rescaling[0], rescaling[1]);
        }
    }
}

/// The words of a tap of three outputs at `to`; adds to the `sums` of a column.
pub(in super::super) fn put(arena: &mut [i8], to: usize, taps: [i8; 3], sums: &mut [u32; 2]) {
    for (i, (sum, word)) in sums.iter_mut().zip(words(taps)).enumerate() {
        *sum = sum.wrapping_add(word);
        let at = to + 4 * i;
        arena[at..at + 4].copy_from_slice(&word.to_le_bytes().map(|byte| byte as i8));
    }
}

/// The same of three lines of taps from `to` on.
pub(in super::super) fn append(arena: &mut [i8], lines: &Lines, to: usize, sums: &mut [u32; 2]) {
    for tap in 0..lines.n {
        let taps = lines.from.map(|from| arena[from + tap]);
        put(arena, to + 8 * tap, taps, sums);
    }
}
