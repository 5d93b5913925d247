//! TFLite's fixed-point rescaling: a real factor is a 31-bit multiplier and a power of two.
//!
//! A factor `f` is stored as `multiplier` in `[2³⁰, 2³¹)` and `shift` with
//! `f ≈ multiplier × 2^(shift − 31)` (positive shifts enlarge). Convolutions, pooling sums and
//! additions round twice ([`rescale`]); fully connected layers round once ([`rescale_once`]).
//! Both follow the reference arithmetic of gemmlowp and TFLite to the bit; `impulse_quant.h` is
//! the same in C.

/// `round(a × b / 2³¹)`, ties away from zero (gemmlowp's `SaturatingRoundingDoublingHighMul`).
/// Saturates for `a = b = i32::MIN`.
#[inline]
pub const fn doubling_high_mul(a: i32, b: i32) -> i32 {
    if a == i32::MIN && b == i32::MIN {
        return i32::MAX;
    }
    let product = a as i64 * b as i64;
    let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
    // Division truncates toward zero, as in the reference; a shift would round down.
    ((product + nudge) / (1 << 31)) as i32
}

/// `round(x / 2^exponent)`, ties away from zero; `exponent` in `0..=31`
/// (gemmlowp's `RoundingDivideByPOT`).
#[inline]
pub const fn divide_by_power_of_two(x: i32, exponent: i32) -> i32 {
    let mask = ((1i64 << exponent) - 1) as i32;
    let remainder = x & mask;
    let threshold = (mask >> 1) + (x < 0) as i32;
    (x >> exponent) + (remainder > threshold) as i32
}

/// `x × multiplier × 2^(shift − 31)`, rounded after the multiplication and again after the shift.
///
/// `shift` in `-31..=30`; the left shift wraps as the reference's does on its targets.
#[inline]
pub const fn rescale(x: i32, multiplier: i32, shift: i32) -> i32 {
    let left = if shift > 0 { shift } else { 0 };
    let right = if shift > 0 { 0 } else { -shift };
    divide_by_power_of_two(doubling_high_mul(x.wrapping_shl(left as u32), multiplier), right)
}

/// `x × multiplier × 2^(shift − 31)`, rounded once, ties upward; `shift` in `-31..=30`.
#[inline]
pub const fn rescale_once(x: i32, multiplier: i32, shift: i32) -> i32 {
    let total = 31 - shift;
    let rounding = 1i64 << (total - 1);
    ((x as i64 * multiplier as i64 + rounding) >> total) as i32
}

/// `x` limited to `limits[0]..=limits[1]`.
#[inline]
pub const fn clamp(x: i32, limits: [i8; 2]) -> i8 {
    if x < limits[0] as i32 {
        limits[0]
    } else if x > limits[1] as i32 {
        limits[1]
    } else {
        x as i8
    }
}
