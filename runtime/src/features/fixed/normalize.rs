//! Normalization over a window and quantization to int8 in integers; the twin of
//! [`crate::features::normalize`], over the same ring of int16.

use crate::features::Normalize;
use crate::features::normalize::Column;
use crate::rolled::{keep_rolled, opaque};

/// Fractional bits of what [`Normalize::MeanVariance`] makes of a feature.
pub const NORMALIZED_BITS: u32 = 10;

/// How rows are normalized and become int8.
///
/// A feature is an integer with the fractional bits of the grid, or [`NORMALIZED_BITS`]; its int8 is
/// `⌊value · multiplier / 2^shift + ½⌋ + zero_point`, clamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scaling<'a> {
    /// Spreads below it count as it: the variance floor, times the square of the frames, in steps of
    /// the grid; at least 1.
    pub spread_min: u64,
    /// One for all columns, or one for each.
    pub factors: &'a [Factor],
    /// The integer that stands for 0.
    pub zero_point: i32,
}

/// `multiplier / 2^shift`, which a feature is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Below 2¹⁴, so that the product fits.
    pub multiplier: i32,
    /// 1..=31.
    pub shift: u32,
}

impl Factor {
    /// A feature, within ±65 535, as int8.
    #[inline]
    fn apply(self, value: i32, zero_point: i32) -> i8 {
        let half = 1 << (self.shift - 1);
        let q = ((value * self.multiplier + half) >> self.shift) + zero_point;
        q.clamp(-128, 127) as i8
    }
}

impl Scaling<'_> {
    /// A feature of a column, within ±65 535, as int8.
    #[inline]
    pub fn apply(&self, column: usize, value: i32) -> i8 {
        self.factor(column).apply(value, self.zero_point)
    }

    #[inline]
    fn factor(&self, column: usize) -> Factor {
        let none = Factor {
            multiplier: 0,
            shift: 1,
        };
        match self.factors {
            [one] => *one,
            each => each.get(column).copied().unwrap_or(none),
        }
    }

    /// A row of features that is to be normalized, into a ring.
    pub fn store(&self, row: &[i32], out: &mut [i16]) {
        let (row, out) = opaque((row, out));
        for (q, &x) in out.iter_mut().zip(row) {
            *q = x as i16;
            keep_rolled();
        }
    }

    /// A row of features that needs no normalization, into a ring of int8.
    pub fn quantize_row(&self, row: &[i32], out: &mut [i8]) {
        let (row, out) = opaque((row, out));
        for (column, (q, &x)) in out.iter_mut().zip(row).enumerate() {
            *q = self.apply(column, x);
            keep_rolled();
        }
    }

    /// Normalizes a window: `store` gets row (the oldest is 0), column and value. `ring` is
    /// `[frames, n_columns]`, its oldest row is `first_frame`.
    pub fn each(
        &self,
        normalize: Normalize,
        ring: &[i16],
        n_columns: usize,
        first_frame: usize,
        mut store: impl FnMut(usize, usize, i32),
    ) {
        for column_idx in 0..n_columns {
            let column = Column::new(ring, n_columns, first_frame, column_idx);
            let by = self.by(normalize, &column);
            column.each(|row, value| store(row, column_idx, by.apply(value)));
        }
    }

    fn by(&self, normalize: Normalize, column: &Column<'_>) -> By {
        let n_frames = column.n_frames() as i32;
        match normalize {
            Normalize::Plain => By::Less(0),
            Normalize::Mean => By::Less((2 * sum(column) + n_frames).div_euclid(2 * n_frames)),
            Normalize::MeanVariance => {
                let sum = sum(column);
                By::Deviation {
                    n_frames,
                    sum,
                    inverse: self.inverse_deviation(column, sum),
                }
            }
        }
    }

    /// What brings deviations from the mean, times the frames, to unit variance, of a column of this
    /// sum.
    pub(super) fn inverse_deviation(&self, column: &Column<'_>, sum: i32) -> Ratio {
        let mut squares = 0;
        column.each_unordered(|value| squares += (value * value) as u64);
        let square = i64::from(sum) * i64::from(sum);
        // n²·variance in steps: below 2⁵⁵ for 4096 frames, and never negative.
        let spread = squares * column.n_frames() as u64 - square as u64;
        inverse_sqrt(spread.max(self.spread_min))
    }

    /// Normalizes a window into the network's input: the same as [`Scaling::each`] followed by
    /// [`Scaling::apply`].
    pub fn quantize(
        &self,
        normalize: Normalize,
        ring: &[i16],
        n_columns: usize,
        first_frame: usize,
        place: crate::features::Place,
        out: &mut [i8],
    ) {
        self.each(
            normalize,
            ring,
            n_columns,
            first_frame,
            |row, column, value| {
                out[place.offset + row * place.row_stride + column] = self.apply(column, value);
            },
        );
    }
}

/// What is done to the values of a column.
#[derive(Clone, Copy)]
enum By {
    /// This is subtracted.
    Less(i32),
    /// Deviations from the mean, times the frames, are brought to unit variance.
    Deviation {
        n_frames: i32,
        sum: i32,
        inverse: Ratio,
    },
}

impl By {
    #[inline]
    fn apply(self, value: i32) -> i32 {
        match self {
            By::Less(mean) => value - mean,
            By::Deviation {
                n_frames,
                sum,
                inverse,
            } => inverse.apply(i64::from(value * n_frames - sum)),
        }
    }
}

/// `factor / 2^shift`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    /// At most 2¹⁶.
    factor: u32,
    /// 6..=55.
    shift: u32,
}

impl Ratio {
    /// 1.
    pub(super) const ONE: Self = Self {
        factor: 1 << 15,
        shift: 15,
    };

    /// `1/n`, of 15 bits; `n` is positive and below 2¹⁶.
    pub(super) fn inverse(n: i32) -> Self {
        let n = n.max(1) as u32;
        let shift = 46 - n.leading_zeros();
        Self {
            factor: ((1 << shift) + n / 2) / n,
            shift,
        }
    }

    /// The product with an inverse, rounded.
    pub(super) fn times(self, inverse: Self) -> Self {
        let product = u64::from(self.factor) * u64::from(inverse.factor);
        Self {
            factor: ((product + (1 << 14)) >> 15) as u32,
            shift: self.shift + inverse.shift - 15,
        }
    }

    /// The product with a number within ±2⁴¹, rounded (halves upward) and clamped to 16 bits.
    #[inline]
    pub(super) fn apply(self, x: i64) -> i32 {
        let half = 1i64 << (self.shift - 1);
        let product = (x * i64::from(self.factor) + half) >> self.shift;
        product.clamp(-32_768, 32_767) as i32
    }
}

/// The sum of a column, which is exact.
pub(super) fn sum(column: &Column<'_>) -> i32 {
    let mut sum = 0;
    column.each_unordered(|value| sum += value);
    sum
}

/// `2^NORMALIZED_BITS / √x` for `x ≥ 1`, of 16 bits.
fn inverse_sqrt(x: u64) -> Ratio {
    let zeros = x.leading_zeros() / 2;
    let top = (x << (2 * zeros) >> 32) as u32;
    let root = sqrt(top);
    Ratio {
        factor: (0x8000_0000 + root / 2) / root,
        shift: 47 - NORMALIZED_BITS - zeros,
    }
}

/// The square root of a number from 2³⁰ on, rounded down.
fn sqrt(x: u32) -> u32 {
    let (mut root, mut rest) = (0, x);
    let mut bit = 1u32 << 30;
    while bit > 0 {
        if rest >= root + bit {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_root_has_16_bits() {
        for i in 0..2000 {
            let x = libm::exp2(f64::from(i) * 55.0 / 2000.0) as u64;
            let Ratio { factor, shift } = inverse_sqrt(x);
            let found = f64::from(factor) / libm::exp2(f64::from(shift));
            let expected = 1024.0 / libm::sqrt(x as f64);
            assert!((found / expected - 1.0).abs() < 5e-5, "{x}");
        }
        for x in [1 << 30, (1 << 30) + 1, u32::MAX] {
            let root = u64::from(sqrt(x));
            assert!(root * root <= x.into() && (root + 1) * (root + 1) > x.into());
        }
    }

    #[test]
    fn inverses_and_their_products_have_15_bits() {
        let real = |ratio: Ratio| f64::from(ratio.factor) / libm::exp2(f64::from(ratio.shift));
        for n in (1..600).chain([65_535]) {
            let inverse = Ratio::inverse(n);
            assert!((real(inverse) * f64::from(n) - 1.0).abs() < 4e-5, "{n}");
            assert_eq!(Ratio::ONE.times(inverse), inverse);
            let squared = inverse.times(inverse);
            assert!((real(squared) * f64::from(n) * f64::from(n) - 1.0).abs() < 2e-4);
        }
        assert_eq!(
            [-3, -1, 1, 3].map(|x| Ratio::inverse(2).apply(x)),
            [-1, 0, 1, 2]
        );
        let most = 1i64 << 41;
        assert_eq!(Ratio::ONE.apply(most), 32_767);
        assert_eq!(Ratio::ONE.apply(-most), -32_768);
    }

    #[test]
    fn means_are_rounded_and_int8_is_clamped() {
        let scaling = Scaling {
            spread_min: 1,
            factors: &[Factor {
                multiplier: 1 << 13,
                shift: 13,
            }],
            zero_point: 3,
        };
        let mut out = [0; 4];
        let place = crate::features::Place {
            offset: 0,
            row_stride: 2,
        };
        // Columns 1, -2 and 5, 6: means -1/2 and 11/2, upward.
        let ring = [1, 5, -2, 6];
        scaling.quantize(Normalize::Mean, &ring, 2, 0, place, &mut out);
        assert_eq!(out, [1 + 3, -1 + 3, -2 + 3, 3]);
        scaling.quantize(Normalize::Mean, &ring, 2, 1, place, &mut out);
        assert_eq!(out, [-2 + 3, 3, 1 + 3, -1 + 3]);
        assert_eq!(
            [-65_535, -131, -5, 200, 65_535].map(|x| scaling.apply(0, x)),
            [-128, -128, -2, 127, 127]
        );
    }
}
