//! FFT of real numbers in integers, in place, radix 4: the twin of [`crate::dsp::RealFft`], with
//! each pass divided by its radix.

use super::multiply::turn;
use crate::dsp;
use crate::rolled::{keep_rolled, opaque};

/// Tables of a real FFT of `len` points, with 15 fractional bits.
#[derive(Clone, Copy, Debug)]
pub struct RealFft<'t> {
    /// Real points: a power of two, at least 16.
    pub len: usize,
    /// `[len/8, 3, 2]`: as [`dsp::RealFft::twiddles`], at most 32 767.
    pub twiddles: &'t [i16],
    /// `[len/4 − 1]`: as [`dsp::RealFft::split`].
    pub split: &'t [i16],
}

impl RealFft<'_> {
    /// Where the pair of samples `2·pair`, `2·pair + 1` belongs, see [`dsp::RealFft::position`].
    #[inline]
    pub const fn position(&self, pair: usize) -> usize {
        (pair as u32)
            .reverse_bits()
            .wrapping_shr(33 - self.len.trailing_zeros()) as usize
    }

    /// Transforms `numbers` (`[len/2, 2]`, pairs at their [`RealFft::position`], each at most 2²⁸)
    /// and leaves `2·X[k]·2/len` at `numbers[k]` for `0 < k < len/2`, below 2³¹; what `numbers[0]`
    /// holds then is of no use. Returns all bits that occur in magnitudes.
    pub fn spectrum(&self, numbers: &mut [[i32; 2]]) -> u32 {
        self.transform(numbers);
        self.split(numbers)
    }

    /// Complex transform of `len/2` numbers that stand in bit-reversed order, divided by `len/2`.
    fn transform(&self, numbers: &mut [[i32; 2]]) {
        if dsp::RealFft::first_quarter(self.len) == 2 {
            for [a, b] in numbers.as_chunks_mut::<2>().0 {
                let sum = [(a[0] + b[0]) >> 1, (a[1] + b[1]) >> 1];
                *b = [(a[0] - b[0]) >> 1, (a[1] - b[1]) >> 1];
                *a = sum;
                keep_rolled();
            }
        } else {
            for four in numbers.as_chunks_mut::<4>().0 {
                let [a, c, b, d] = *four;
                *four = butterfly(a, b, c, d);
                keep_rolled();
            }
        }
        let factors = self.twiddles.as_chunks::<6>().0;
        let mut quarter = opaque(dsp::RealFft::first_quarter(self.len));
        let mut step = factors.len() / quarter;
        while step > 0 {
            let mut start = 0;
            while let Some(block) = numbers.get_mut(start..start + 4 * quarter) {
                radix_4_block(block, quarter, factors, step);
                start += 4 * quarter;
            }
            quarter *= 4;
            step /= 4;
        }
    }

    /// Takes the transforms of even and odd samples apart.
    fn split(&self, numbers: &mut [[i32; 2]]) -> u32 {
        let (low, high) = numbers.split_at_mut(self.len / 4);
        high[0] = [high[0][0] * 2, high[0][1] * 2];
        let mut bits = magnitude_bits(high[0]);
        let pairs = low[1..].iter_mut().zip(high[1..].iter_mut().rev());
        let factors = self.split.iter().rev().zip(self.split);
        for ((a, b), (&cos, &sin)) in pairs.zip(factors) {
            let even = [a[0] + b[0], a[1] - b[1]];
            let odd = [a[1] + b[1], b[0] - a[0]];
            let turned = turned(odd, cos, sin);
            *a = [even[0] + turned[0], even[1] + turned[1]];
            *b = [even[0] - turned[0], even[1] - turned[1]];
            bits |= magnitude_bits(*a) | magnitude_bits(*b);
            keep_rolled();
        }
        bits
    }
}

/// The bits of the larger part's magnitude, or of a number next to it.
#[inline(always)]
fn magnitude_bits([re, im]: [i32; 2]) -> u32 {
    ((re ^ (re >> 31)) | (im ^ (im >> 31))) as u32
}

#[inline(always)]
fn turned([re, im]: [i32; 2], cos: i16, sin: i16) -> [i32; 2] {
    let (cos, sin) = (i32::from(cos), i32::from(sin));
    [turn(re, im, cos, sin), turn(im, re, cos, -sin)]
}

/// One block of a radix-4 pass: `[4·quarter]` numbers, `factors[k·step]` as in
/// [`RealFft::twiddles`].
#[inline(never)]
fn radix_4_block(block: &mut [[i32; 2]], quarter: usize, factors: &[[i16; 6]], step: usize) {
    let (first_half, second_half) = block.split_at_mut(2 * quarter);
    // Bits are reversed, not base-4 digits: the two middle quarters stand the other way round.
    let (a, c) = first_half.split_at_mut(quarter);
    let (b, d) = second_half.split_at_mut(quarter);
    let numbers = a.iter_mut().zip(b).zip(c.iter_mut().zip(d));
    for (((a, b), (c, d)), w) in numbers.zip(factors.chunks_exact(step)) {
        let w = &w[0];
        // By way of memory: all of them are more than the core has registers for.
        *b = turned(*b, w[0], w[1]);
        *c = turned(*c, w[2], w[3]);
        *d = turned(*d, w[4], w[5]);
        [*a, *c, *b, *d] = butterfly(*a, *b, *c, *d);
        keep_rolled();
    }
}

/// A quarter of the transform of the four numbers `a, b, c, d`, in the order in which they stand in
/// memory, `a, c, b, d`: bin 1 replaces `c`, bin 2 replaces `b`.
#[inline(always)]
fn butterfly(a: [i32; 2], b: [i32; 2], c: [i32; 2], d: [i32; 2]) -> [[i32; 2]; 4] {
    let ac_sum = [a[0] + c[0], a[1] + c[1]];
    let ac_difference = [a[0] - c[0], a[1] - c[1]];
    let bd_sum = [b[0] + d[0], b[1] + d[1]];
    let bd_difference = [b[0] - d[0], b[1] - d[1]];
    [
        [(ac_sum[0] + bd_sum[0]) >> 2, (ac_sum[1] + bd_sum[1]) >> 2],
        [
            (ac_difference[0] + bd_difference[1]) >> 2,
            (ac_difference[1] - bd_difference[0]) >> 2,
        ],
        [(ac_sum[0] - bd_sum[0]) >> 2, (ac_sum[1] - bd_sum[1]) >> 2],
        [
            (ac_difference[0] - bd_difference[1]) >> 2,
            (ac_difference[1] + bd_difference[0]) >> 2,
        ],
    ]
}
