//! Decomposition filters of wavelets.

use core::f64::consts::SQRT_2;

/// A wavelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wavelet {
    /// Haar's, two taps.
    Haar,
    /// Daubechies's with two vanishing moments, four taps.
    Db2,
    /// With three, six taps.
    Db3,
    /// With four, eight taps.
    Db4,
    /// The biorthogonal spline 2.2, six taps.
    Bior22,
}

/// Every wavelet with its name in a spec.
pub const ALL: [(&str, Wavelet); 5] = [
    ("haar", Wavelet::Haar),
    ("db2", Wavelet::Db2),
    ("db3", Wavelet::Db3),
    ("db4", Wavelet::Db4),
    ("bior22", Wavelet::Bior22),
];

/// Scaling filters (Daubechies, Ten Lectures on Wavelets, 1992, tables 6.1 and 8.3), backwards.
const HAAR: [f64; 2] = [SQRT_2 / 2.0, SQRT_2 / 2.0];
const DB2: [f64; 4] = [
    -0.129_409_522_551_260_37,
    0.224_143_868_042_013_4,
    0.836_516_303_737_807_9,
    0.482_962_913_144_534_1,
];
const DB3: [f64; 6] = [
    0.035_226_291_885_709_53,
    -0.085_441_273_882_026_66,
    -0.135_011_020_010_254_58,
    0.459_877_502_118_491_54,
    0.806_891_509_311_092_5,
    0.332_670_552_950_082_6,
];
const DB4: [f64; 8] = [
    -0.010_597_401_785_069_032,
    0.032_883_011_666_885_2,
    0.030_841_381_835_560_764,
    -0.187_034_811_719_093_09,
    -0.027_983_769_416_859_854,
    0.630_880_767_929_858_9,
    0.714_846_570_552_915_7,
    0.230_377_813_308_896_5,
];
/// `√2/8 · (−1, 2, 6, 2, −1)`, and a tap of 0 that makes the number even.
const BIOR22: [f64; 6] = [
    0.0,
    -SQRT_2 / 8.0,
    SQRT_2 / 4.0,
    SQRT_2 * 0.75,
    SQRT_2 / 4.0,
    -SQRT_2 / 8.0,
];
/// `√2/4 · (1, −2, 1)` between taps of 0.
const BIOR22_HIGH: [f64; 6] = [0.0, SQRT_2 / 4.0, -SQRT_2 / 2.0, SQRT_2 / 4.0, 0.0, 0.0];

impl Wavelet {
    /// The wavelet called `name`.
    pub fn find(name: &str) -> Option<Self> {
        let found = ALL.iter().find(|(n, _)| *n == name);
        found.map(|(_, wavelet)| *wavelet)
    }

    /// The low-pass filter.
    pub fn low(self) -> Vec<f32> {
        self.taps().iter().map(|x| *x as f32).collect()
    }

    /// The high-pass filter: of an orthogonal wavelet the low-pass one backwards with alternating
    /// signs.
    pub fn high(self) -> Vec<f32> {
        if self == Wavelet::Bior22 {
            return BIOR22_HIGH.iter().map(|x| *x as f32).collect();
        }
        let signed = |(i, x): (usize, &f64)| if i % 2 == 0 { -*x as f32 } else { *x as f32 };
        self.taps().iter().rev().enumerate().map(signed).collect()
    }

    fn taps(self) -> &'static [f64] {
        match self {
            Wavelet::Haar => &HAAR,
            Wavelet::Db2 => &DB2,
            Wavelet::Db3 => &DB3,
            Wavelet::Db4 => &DB4,
            Wavelet::Bior22 => &BIOR22,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_orthogonal_wavelets_are_orthonormal_with_vanishing_moments() {
        for (moments, wavelet) in [
            (1, Wavelet::Haar),
            (2, Wavelet::Db2),
            (3, Wavelet::Db3),
            (4, Wavelet::Db4),
        ] {
            let low = wavelet.taps();
            let sum: f64 = low.iter().sum();
            assert!((sum - SQRT_2).abs() < 1e-10, "{wavelet:?}");
            for shift in (0..low.len()).step_by(2) {
                let product: f64 = low.iter().zip(&low[shift..]).map(|(a, b)| a * b).sum();
                let expected = if shift == 0 { 1.0 } else { 0.0 };
                assert!((product - expected).abs() < 1e-10, "{wavelet:?} {shift}");
            }
            let high = wavelet.high();
            for power in 0..moments {
                let moment: f64 = high
                    .iter()
                    .enumerate()
                    .map(|(n, h)| f64::from(*h) * (n as f64).powi(power))
                    .sum();
                assert!(moment.abs() < 3e-5, "{wavelet:?} {power}: {moment}");
            }
        }
    }

    #[test]
    fn the_biorthogonal_high_pass_filter_stops_constants_and_slopes() {
        let high = Wavelet::Bior22.high();
        let sum: f32 = high.iter().sum();
        let slope: f32 = high.iter().enumerate().map(|(n, h)| n as f32 * h).sum();
        assert!(sum.abs() < 1e-6 && slope.abs() < 1e-6);
        let low: f64 = Wavelet::Bior22.taps().iter().sum();
        assert!((low - SQRT_2).abs() < 1e-10);
    }
}
