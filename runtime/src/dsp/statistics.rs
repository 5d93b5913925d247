//! Statistics of a signal, finite for every finite signal.
//!
//! Means are taken twice, the second time over what the first left, so that the mean of equal
//! numbers is that number to a unit in the last place however many there are. Powers of
//! deviations are taken after a scaling by a power of two that brings the largest deviation
//! between 1 and 2: that is exact, and nothing overflows or vanishes.

use super::math;
use crate::rolled::keep_rolled;

/// A deviation is rounding noise, and the signal constant, when the variance is below the square
/// of this share of the mean.
const CONSTANT_SHARE: f32 = 1e-6;

/// Moments of a signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Mean.
    pub mean: f32,
    /// Population standard deviation.
    pub deviation: f32,
    /// `m3 / m2^1.5` of the central moments; 0 of a constant signal.
    pub skewness: f32,
    /// Excess kurtosis, `m4 / m2² − 3`; −3 of a constant signal.
    pub kurtosis: f32,
}

/// Mean of `x`, which has at least one value.
#[inline(never)]
pub fn mean(x: &[f32]) -> f32 {
    let count = x.len() as f32;
    let mut sum = 0.0;
    for &value in x {
        sum += value;
        keep_rolled();
    }
    let first = sum / count;
    let mut rest = 0.0;
    for &value in x {
        rest += value - first;
        keep_rolled();
    }
    first + rest / count
}

/// Subtracts the mean.
pub fn remove_mean(x: &mut [f32]) {
    let mean = mean(x);
    for value in x {
        *value -= mean;
        keep_rolled();
    }
}

/// Root of the mean square of `x`, which has at least one value.
#[inline(never)]
pub fn rms(x: &[f32]) -> f32 {
    let Some((down, up)) = scaling(x, 0.0) else {
        return 0.0;
    };
    let mut squares = 0.0;
    for &value in x {
        let scaled = value * down;
        squares += scaled * scaled;
        keep_rolled();
    }
    math::sqrt(squares / x.len() as f32) * up
}

/// Moments of `x`, which has at least one value.
#[inline(never)]
pub fn moments(x: &[f32]) -> Moments {
    let mean = mean(x);
    let constant = Moments {
        mean,
        deviation: 0.0,
        skewness: 0.0,
        kurtosis: -3.0,
    };
    let Some((down, up)) = scaling(x, mean) else {
        return constant;
    };
    let (mut sum_2, mut sum_3, mut sum_4) = (0.0f32, 0.0f32, 0.0f32);
    for &value in x {
        let scaled = (value - mean) * down;
        let square = scaled * scaled;
        sum_2 += square;
        sum_3 += square * scaled;
        sum_4 += square * square;
        keep_rolled();
    }
    let count = x.len() as f32;
    let (m2, m3, m4) = (sum_2 / count, sum_3 / count, sum_4 / count);
    let noise = mean * CONSTANT_SHARE * down;
    if m2 <= noise * noise {
        return constant;
    }
    let inverse = math::inverse_sqrt(m2);
    Moments {
        mean,
        deviation: m2 * inverse * up,
        skewness: m3 * inverse * inverse * inverse,
        kurtosis: m4 / (m2 * m2) - 3.0,
    }
}

/// The power of two that brings the largest `|x − centre|` between 1 and 2, and its inverse;
/// `None` where all are 0 or too small for a normal number.
#[inline(never)]
fn scaling(x: &[f32], centre: f32) -> Option<(f32, f32)> {
    let mut largest = 0.0f32;
    for &value in x {
        largest = math::max(largest, (value - centre).abs());
        keep_rolled();
    }
    math::power_of_two_scaling(largest)
}

/// Sorts ascending, by Shell's method with gaps of Knuth (1973): in place, without recursion.
pub fn sort(x: &mut [f32]) {
    let mut gap = 1;
    while gap < x.len() / 3 {
        gap = 3 * gap + 1;
    }
    while gap > 0 {
        for end in gap..x.len() {
            let value = x[end];
            let mut at = end;
            while at >= gap && x[at - gap] > value {
                x[at] = x[at - gap];
                at -= gap;
            }
            x[at] = value;
        }
        gap /= 3;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::vec::Vec;

    #[test]
    fn equal_numbers_have_their_own_mean_and_count_as_constant() {
        for value in [0.7f32, -123.456, 1e-30, 3e18, 0.0] {
            let x = [value; 1999];
            assert!((mean(&x) - value).abs() <= value.abs() * 1.2e-7, "{value}");
            let found = moments(&x);
            assert_eq!(
                (found.deviation, found.skewness, found.kurtosis),
                (0.0, 0.0, -3.0),
                "{value}"
            );
        }
    }

    #[test]
    fn moments_do_not_depend_on_the_scale() {
        let x: Vec<f32> = (0..50).map(|i| ((i * i) % 17) as f32).collect();
        let expected = moments(&x);
        for scale in [2f32.powi(-100), 2f32.powi(60)] {
            let scaled: Vec<f32> = x.iter().map(|v| v * scale).collect();
            let found = moments(&scaled);
            assert_eq!(found.skewness, expected.skewness);
            assert_eq!(found.kurtosis, expected.kurtosis);
            assert_eq!(found.deviation, expected.deviation * scale);
        }
    }

    #[test]
    fn small_cases_by_hand() {
        let found = moments(&[0.0, 0.0, 0.0, 4.0]);
        assert_eq!(found.mean, 1.0);
        assert!((found.deviation - 3f32.sqrt()).abs() < 1e-6);
        assert!((found.skewness - 6.0 / 27f32.sqrt()).abs() < 1e-6);
        assert!((found.kurtosis - (21.0 / 9.0 - 3.0)).abs() < 1e-6);
        assert!((rms(&[3.0, -4.0]) - 12.5f32.sqrt()).abs() < 1e-6);
        assert_eq!(rms(&[0.0; 3]), 0.0);
    }

    #[test]
    fn sorting_sorts() {
        let mut state = 7u32;
        for len in [0, 1, 2, 3, 10, 257] {
            let mut x: Vec<f32> = (0..len)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 27) as f32
                })
                .collect();
            let mut expected = x.clone();
            expected.sort_by(f32::total_cmp);
            sort(&mut x);
            assert_eq!(x, expected);
        }
    }
}
