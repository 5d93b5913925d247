//! Normalization of each coefficient over the frames of a window, and quantization to the
//! network's int8 input.
//!
//! Rows come from a ring: `features` is `[frames, coefficients]` and the window's oldest row is
//! `first_frame`. Sums run from the oldest row to the newest, wherever the ring starts.

use crate::dsp::math;

/// Variances below it count as it: a coefficient that hardly moves (silence, a steady tone)
/// stays near 0 instead of being blown up to unit variance. Background noise moves the
/// logarithms by about 1, a hundred times this.
pub const VARIANCE_FLOOR: f32 = 0.01;

/// What is done to each coefficient over the frames of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalize {
    /// Nothing.
    None,
    /// The mean is subtracted.
    Mean,
    /// The mean is subtracted and the rest divided by the standard deviation, see
    /// [`VARIANCE_FLOOR`].
    MeanVariance,
}

/// Quantization of the network's input: `q = round(x · inverse_scale) + zero_point`, halves away
/// from zero, clamped to −128..=127.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantize {
    /// 1 / scale.
    pub inverse_scale: f32,
    /// The integer that stands for 0.
    pub zero_point: i32,
}

/// Mean and factor that normalize one coefficient.
#[derive(Clone, Copy)]
struct Moments {
    mean: f32,
    factor: f32,
}

impl Quantize {
    /// `x` as int8.
    #[inline]
    pub fn apply(&self, x: f32) -> i8 {
        math::quantize(x * self.inverse_scale, self.zero_point)
    }
}

impl Normalize {
    /// Normalizes a window to floats, `out` `[frames, coefficients]` with the oldest row first.
    pub fn apply(
        self,
        features: &[f32],
        n_coefficients: usize,
        first_frame: usize,
        out: &mut [f32],
    ) {
        self.each(features, n_coefficients, first_frame, |idx, value| {
            out[idx] = value
        });
    }

    /// Normalizes a window and quantizes it, `out` `[frames, coefficients]` with the oldest row
    /// first. The same as [`Normalize::apply`] followed by [`Quantize::apply`], to the bit.
    pub fn quantize(
        self,
        features: &[f32],
        n_coefficients: usize,
        first_frame: usize,
        quantize: &Quantize,
        out: &mut [i8],
    ) {
        self.each(features, n_coefficients, first_frame, |idx, value| {
            out[idx] = quantize.apply(value)
        });
    }

    /// Calls `store` with index and normalized value of each feature.
    fn each(
        self,
        features: &[f32],
        n_coefficients: usize,
        first_frame: usize,
        mut store: impl FnMut(usize, f32),
    ) {
        let (newer, older) = features.split_at(first_frame * n_coefficients);
        for coefficient in 0..n_coefficients {
            let column = || {
                let tail = newer.iter().skip(coefficient).step_by(n_coefficients);
                older
                    .iter()
                    .skip(coefficient)
                    .step_by(n_coefficients)
                    .chain(tail)
                    .copied()
            };
            let moments = self.moments(column, features.len() / n_coefficients);
            for (frame, value) in column().enumerate() {
                let normalized = (value - moments.mean) * moments.factor;
                store(frame * n_coefficients + coefficient, normalized);
            }
        }
    }

    /// Mean and factor over the values of `column`.
    fn moments<C: Iterator<Item = f32>>(self, column: impl Fn() -> C, n_frames: usize) -> Moments {
        if self == Normalize::None {
            return Moments {
                mean: 0.0,
                factor: 1.0,
            };
        }
        let count = n_frames as f32;
        let mut sum = 0.0;
        for value in column() {
            sum += value;
        }
        let mean = sum / count;
        if self == Normalize::Mean {
            return Moments { mean, factor: 1.0 };
        }
        let mut squares = 0.0;
        for value in column() {
            let deviation = value - mean;
            squares += deviation * deviation;
        }
        let variance = math::max(squares / count, VARIANCE_FLOOR);
        Moments {
            mean,
            factor: math::inverse_sqrt(variance),
        }
    }
}
