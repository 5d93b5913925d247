//! What signal processing computes with: a number, or several side by side.

use core::ops::{Add, Mul, Sub};

/// A binary32, as on the device, or several of them, which the host computes at once (a lane each).
/// Operations are those of the single number in every lane, so each lane has its bits.
pub trait Number:
    Copy
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Mul<f32, Output = Self>
{
    /// `f` of the number, or of each lane.
    fn map(self, f: impl Fn(f32) -> f32) -> Self;
}

impl Number for f32 {
    #[inline(always)]
    fn map(self, f: impl Fn(f32) -> f32) -> Self {
        f(self)
    }
}
