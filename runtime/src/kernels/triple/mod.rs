//! Products of matrices of int8 for cores without the DSP extension, in assembly for Cortex-M3 and for
//! Cortex-M0, and the same in portable Rust; the twin of `impulse_kernels_triple.c`, whose header
//! describes columns, weights and rescaling.
//!
//! A target without atomic exchange is a Cortex-M0 or M0+; others without the DSP extension have
//! Thumb-2.

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod chip;
#[cfg(not(all(target_arch = "arm", target_os = "none")))]
mod portable;
#[cfg(all(target_arch = "arm", target_os = "none", not(target_has_atomic = "32")))]
mod thumb1;
#[cfg(all(target_arch = "arm", target_os = "none", target_has_atomic = "32"))]
mod thumb2;

#[cfg(all(target_arch = "arm", target_os = "none"))]
use chip as target;
#[cfg(not(all(target_arch = "arm", target_os = "none")))]
use portable as target;

use crate::quant::doubling_high_mul;

pub(super) use target::{append, put, units};

/// How products are rescaled.
#[derive(Clone, Copy, Debug)]
pub struct Triple(pub(super) fn(&mut [i8], &Block, &[i32]));

/// Rescaled by one multiplication, addition and shift with numbers that were proven to give the
/// reference's results for every sum that can occur; for columns of one part.
pub const TRIPLE_LINEAR: Triple = Triple(target::linear);

/// Rescaled by the reference's own arithmetic.
pub const TRIPLE_TWICE: Triple = Triple(twice);

/// Words of weights for a filter beside those of its taps.
pub(super) const BESIDE: usize = 3;

/// Words of weights for four units of a fully connected layer.
pub(super) const fn unit_words(inputs: usize, shared: Option<&[i32; 4]>) -> usize {
    inputs + if shared.is_some() { 4 } else { 12 }
}

/// Places in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// First byte of the columns, a multiple of 4.
    pub column: usize,
    /// Taps of all parts.
    pub taps: usize,
    /// Taps of a part.
    pub part: usize,
    /// First byte of the output.
    pub output: usize,
    /// From an output to the next; where it is 0, the first stays.
    pub stride: usize,
    /// A multiple of four filters.
    pub filters: usize,
    /// The output's zero point.
    pub output_zero: i32,
}

/// Three lines of taps side by side in the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// Their first bytes in the arena.
    pub from: [usize; 3],
    /// How many taps of each.
    pub n: usize,
}

/// The two words of a tap of three outputs.
#[inline(always)]
fn words(taps: [i8; 3]) -> [u32; 2] {
    let [a, b, c] = taps.map(|tap| i32::from(tap) as u32);
    [a.wrapping_add(c << 21), b.wrapping_add(c << 10)]
}

/// Three outputs of `b.filters` filters, rescaled as the reference does.
fn twice(arena: &mut [i8], b: &Block, mut weights: &[i32]) {
    for f in (0..b.filters).step_by(4) {
        let mut sums = [0; 12];
        let (mut column, mut left) = (b.column, b.taps);
        while left > 0 {
            let taps = left.min(b.part);
            target::sums(arena, column, taps, weights, &mut sums);
            column += 8 + 8 * taps;
            weights = &weights[taps..];
            left -= taps;
        }
        let (rescaling, rest) = weights.split_at(4 * BESIDE);
        let filters = rescaling.as_chunks::<BESIDE>().0;
        for (i, (sums, r)) in sums.as_chunks::<3>().0.iter().zip(filters).enumerate() {
            let [bias, multiplier, shift] = *r;
            // The last right shift of the reference with its rounding and the zero point.
            let addend = (1 << (shift - 1)) + (b.output_zero << shift);
            for (j, sum) in sums.iter().enumerate().rev() {
                let high = doubling_high_mul(sum + bias, multiplier);
                let result = (high + (high >> 31) + addend) >> shift;
                arena[b.output + j * b.stride + f + i] = result.clamp(-128, 127) as i8;
            }
        }
        weights = rest;
    }
}
