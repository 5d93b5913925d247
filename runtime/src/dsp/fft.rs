//! FFT of real numbers, in place, radix 4 (Cooley and Tukey, 1965; the split of a real transform
//! into one complex transform of half the length is Sorensen et al., 1987).
//!
//! The caller stores sample pair `i` as a complex number at [`RealFft::position`]`(i)`, which
//! costs nothing as samples are converted at that moment anyway; [`RealFft::power`] then does
//! the transform and leaves the power of each bin.

use super::Number;
use crate::rolled::{keep_rolled, opaque};

/// Tables of a real FFT of `len` points.
#[derive(Clone, Copy, Debug)]
pub struct RealFft<'t> {
    /// Real points: a power of two, at least 8.
    pub len: usize,
    /// `[len/8, 3, 2]`, or empty for 8 points: twiddle factors of the last radix-4 pass, for each
    /// `k` `cos` and `sin` of `2πk/(len/2)`, of twice and of three times that. A pass over blocks of
    /// `4·l` complex numbers reads each `len/8l`-th of them.
    ///
    /// Beyond an eighth of a turn they are those before it, swapped and with other signs. They are
    /// stored all the same: to read them back takes 4 % (C) to 18 % (Rust) more instructions for
    /// the 0.7 kB that it saves of 512 points, and in integers more code than it saves of the table.
    pub twiddles: &'t [f32],
    /// `[len/4 − 1]`: `sin` of `2πk/len` for `0 < k < len/4`; from the end, these are the `cos`.
    pub split: &'t [f32],
}

impl RealFft<'_> {
    /// Numbers of [`RealFft::twiddles`] for a transform of `len` real points.
    pub const fn twiddles_len(len: usize) -> usize {
        if len < 16 { 0 } else { len / 8 * 6 }
    }

    /// A quarter of the block of the first pass that has twiddle factors: 4 after a pass of radix 4
    /// without any, 2 after a pass of radix 2, which `len/2` needs when it is not a power of four.
    pub const fn first_quarter(len: usize) -> usize {
        if (len / 2).trailing_zeros() % 2 == 1 {
            2
        } else {
            4
        }
    }

    /// Numbers of [`RealFft::split`] for a transform of `len` real points.
    pub const fn split_len(len: usize) -> usize {
        len / 4 - 1
    }

    /// Where the pair of samples `2·pair`, `2·pair + 1` belongs: index of a complex number
    /// (`pair < len/2`, bits reversed).
    #[inline]
    pub const fn position(&self, pair: usize) -> usize {
        (pair as u32)
            .reverse_bits()
            .wrapping_shr(33 - self.len.trailing_zeros()) as usize
    }

    /// Transforms `data` (`[len/2, 2]`, pairs at their [`RealFft::position`]) and overwrites it
    /// with the power of twice the spectrum: `|2·X[k]|²` at `data[2k]` for `k < len/2`, that of
    /// bin `len/2` at `data[1]`; other odd places hold nothing of use.
    ///
    /// The factor 2 saves a multiplication per bin: halve the samples, and it is gone.
    pub fn power<T: Number>(&self, data: &mut [T]) {
        let (numbers, _) = data.as_chunks_mut::<2>();
        let numbers = &mut numbers[..self.len / 2];
        self.transform(numbers);
        self.split_power(numbers);
    }

    /// Complex transform of `len/2` numbers that stand in bit-reversed order.
    fn transform<T: Number>(&self, numbers: &mut [[T; 2]]) {
        if RealFft::first_quarter(self.len) == 2 {
            for [a, b] in numbers.as_chunks_mut::<2>().0 {
                let sum = [a[0] + b[0], a[1] + b[1]];
                *b = [a[0] - b[0], a[1] - b[1]];
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
        let mut quarter = opaque(RealFft::first_quarter(self.len));
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

    /// Takes the transforms of even and odd samples apart and leaves powers.
    fn split_power<T: Number>(&self, numbers: &mut [[T; 2]]) {
        let [re, im] = numbers[0];
        let (zero, nyquist) = ((re + im) * 2.0, (re - im) * 2.0);
        numbers[0] = [zero * zero, nyquist * nyquist];
        let (low, high) = numbers.split_at_mut(self.len / 4);
        let middle = [high[0][0] * 2.0, high[0][1] * 2.0];
        high[0][0] = middle[0] * middle[0] + middle[1] * middle[1];
        let pairs = low[1..].iter_mut().zip(high[1..].iter_mut().rev());
        let factors = self.split.iter().rev().zip(self.split);
        for ((a, b), (&cos, &sin)) in pairs.zip(factors) {
            let even = [a[0] + b[0], a[1] - b[1]];
            let odd = [a[1] + b[1], b[0] - a[0]];
            let turned = turned(odd, cos, sin);
            let near = [even[0] + turned[0], even[1] + turned[1]];
            let far = [even[0] - turned[0], even[1] - turned[1]];
            a[0] = near[0] * near[0] + near[1] * near[1];
            b[0] = far[0] * far[0] + far[1] * far[1];
            keep_rolled();
        }
    }
}

/// One block of a radix-4 pass: `[4·quarter]` numbers, `factors[k·step]` as in
/// [`RealFft::twiddles`].
#[inline(never)]
fn radix_4_block<T: Number>(
    block: &mut [[T; 2]],
    quarter: usize,
    factors: &[[f32; 6]],
    step: usize,
) {
    let (first_half, second_half) = block.split_at_mut(2 * quarter);
    // Bits are reversed, not base-4 digits: the two middle quarters stand the other way round.
    let (a, c) = first_half.split_at_mut(quarter);
    let (b, d) = second_half.split_at_mut(quarter);
    let numbers = a.iter_mut().zip(b).zip(c.iter_mut().zip(d));
    for (((a, b), (c, d)), w) in numbers.zip(factors.chunks_exact(step)) {
        let w = &w[0];
        let turned_b = turned(*b, w[0], w[1]);
        let turned_c = turned(*c, w[2], w[3]);
        let turned_d = turned(*d, w[4], w[5]);
        [*a, *c, *b, *d] = butterfly(*a, turned_b, turned_c, turned_d);
    }
}

#[inline(always)]
fn turned<T: Number>(x: [T; 2], cos: f32, sin: f32) -> [T; 2] {
    [x[0] * cos + x[1] * sin, x[1] * cos - x[0] * sin]
}

/// Transform of the four numbers `a, b, c, d`, in the order in which they stand in memory, `a, c, b, d`:
/// bin 1 replaces `c`, bin 2 replaces `b`.
#[inline(always)]
fn butterfly<T: Number>(a: [T; 2], b: [T; 2], c: [T; 2], d: [T; 2]) -> [[T; 2]; 4] {
    let ac_sum = [a[0] + c[0], a[1] + c[1]];
    let ac_difference = [a[0] - c[0], a[1] - c[1]];
    let bd_sum = [b[0] + d[0], b[1] + d[1]];
    let bd_difference = [b[0] - d[0], b[1] - d[1]];
    [
        [ac_sum[0] + bd_sum[0], ac_sum[1] + bd_sum[1]],
        [
            ac_difference[0] + bd_difference[1],
            ac_difference[1] - bd_difference[0],
        ],
        [ac_sum[0] - bd_sum[0], ac_sum[1] - bd_sum[1]],
        [
            ac_difference[0] - bd_difference[1],
            ac_difference[1] + bd_difference[0],
        ],
    ]
}
