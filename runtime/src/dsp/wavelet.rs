//! Discrete wavelet transform, one level at a time (Mallat, 1989), with the signal mirrored at
//! its ends, the last sample repeated.

/// Most taps of a wavelet's filters.
pub const TAPS_MAX: usize = 12;

/// The filters of a wavelet.
#[derive(Clone, Copy, Debug)]
pub struct Wavelet<'t> {
    /// `[taps]`, an even number, at most [`TAPS_MAX`]: the low-pass decomposition filter.
    pub low: &'t [f32],
    /// `[taps]`: the high-pass one.
    pub high: &'t [f32],
}

impl Wavelet<'_> {
    /// Values of each half of the transform of `n` samples.
    pub const fn half_len(n: usize, n_taps: usize) -> usize {
        (n + n_taps - 1) / 2
    }

    /// Splits `x` into its approximation and its detail, each `[half_len]`:
    /// `a[k] = Σ low[j]·x[2k + 1 − j]`, and the same with `high`, `j` ascending.
    ///
    /// `x` has at least as many samples as there are taps.
    pub fn split(&self, x: &[f32], approximation: &mut [f32], detail: &mut [f32]) {
        let halves = approximation.iter_mut().zip(detail.iter_mut());
        for (k, (a, d)) in halves.enumerate() {
            let (mut low_sum, mut high_sum) = (0.0, 0.0);
            for (j, (low, high)) in self.low.iter().zip(self.high).enumerate() {
                let value = x[mirrored(2 * k + 1, j, x.len())];
                low_sum += low * value;
                high_sum += high * value;
            }
            *a = low_sum;
            *d = high_sum;
        }
    }
}

/// Index of sample `at − back` of a signal of `n` samples that is mirrored at both ends; it lies
/// less than `n` outside.
fn mirrored(at: usize, back: usize, n: usize) -> usize {
    if back > at {
        back - at - 1
    } else if at - back < n {
        at - back
    } else {
        2 * n - 1 - (at - back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn haar_takes_sums_and_differences_of_neighbours() {
        let wavelet = Wavelet {
            low: &[0.5, 0.5],
            high: &[-0.5, 0.5],
        };
        let (mut a, mut d) = ([0.0; 2], [0.0; 2]);
        wavelet.split(&[1.0, 3.0, 10.0, 4.0], &mut a, &mut d);
        assert_eq!((a, d), ([2.0, 7.0], [-1.0, 3.0]));
    }

    #[test]
    fn ends_are_mirrored() {
        let at = |i: isize| match usize::try_from(i) {
            Ok(i) => mirrored(i, 0, 4),
            Err(_) => mirrored(0, i.unsigned_abs(), 4),
        };
        let expected = [2, 1, 0, 0, 1, 2, 3, 3, 2, 1];
        for (i, expected) in (-3..7).zip(expected) {
            assert_eq!(at(i), expected, "{i}");
        }
    }
}
