//! TFLite's fixed-point rescaling: a real factor is a 31-bit multiplier and a power of two.
//!
//! A factor `f` is stored as `multiplier` in `[2³⁰, 2³¹)` and `shift` with
//! `f ≈ multiplier × 2^(shift − 31)` (positive shifts enlarge). Convolutions, pooling sums and
//! additions round twice ([`rescale`]); fully connected layers round once ([`rescale_once`]).
//! Both follow the reference arithmetic of gemmlowp and TFLite to the bit; `impulse_quant.h` is
//! the same in C.

/// `round(a × b / 2³¹)`, ties upward, for `b ≥ 0`. The same as gemmlowp's
/// `SaturatingRoundingDoublingHighMul`, which gets there by a nudge that depends on the sign and a
/// division that truncates. A Cortex-M0, which is what has no atomic exchange, has no product of 64
/// bits either.
#[inline]
pub const fn doubling_high_mul(a: i32, b: i32) -> i32 {
    if cfg!(all(
        target_arch = "arm",
        target_os = "none",
        not(target_has_atomic = "32")
    )) {
        doubling_high_mul_by_halves(a, b)
    } else {
        ((a as i64 * b as i64 + (1 << 30)) >> 31) as i32
    }
}

/// [`doubling_high_mul`] by four products of 32 bits.
#[inline]
const fn doubling_high_mul_by_halves(a: i32, b: i32) -> i32 {
    let (a_high, b_high) = (a >> 16, b >> 16);
    let (a_low, b_low) = (a as u32 & 0xffff, b as u32 & 0xffff);
    // a × b = (a_high × b_high + (middle >> 16)) × 2³² + lower × 2¹⁶ + what is below 2¹⁶; no sum
    // leaves 32 bits, as b_high has 15.
    let middle = a_high * b_low as i32 + ((a_low * b_low) >> 16) as i32;
    let lower = a_low * b_high as u32 + (middle as u32 & 0xffff);
    2 * (a_high * b_high + (middle >> 16)) + ((lower + 0x4000) >> 15) as i32
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
    divide_by_power_of_two(
        doubling_high_mul(x.wrapping_shl(left as u32), multiplier),
        right,
    )
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

/// Each of `values` limited to `limits[0]..=limits[1]`.
#[inline(never)]
pub fn limit(values: &mut [i8], limits: [i8; 2]) {
    for x in values {
        *x = (*x).max(limits[0]).min(limits[1]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference's own spelling.
    fn doubling_high_mul_reference(a: i32, b: i32) -> i32 {
        let product = i64::from(a) * i64::from(b);
        let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
        ((product + nudge) / (1 << 31)) as i32
    }

    fn noise() -> impl Iterator<Item = i32> {
        let next = |x: &u32| Some(x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        core::iter::successors(Some(1), next).map(u32::cast_signed)
    }

    #[test]
    fn the_product_is_the_reference() {
        let edges = [
            0,
            1,
            -1,
            1 << 30,
            -(1 << 30),
            3 << 29,
            i32::MAX,
            i32::MIN,
            i32::MIN + 1,
        ];
        for a in edges.into_iter().chain(noise().take(2000)) {
            for b in [0, 1, 1 << 30, (1 << 30) + 1, 3 << 29, i32::MAX] {
                let expected = doubling_high_mul_reference(a, b);
                assert_eq!(doubling_high_mul(a, b), expected, "{a} × {b}");
                assert_eq!(doubling_high_mul_by_halves(a, b), expected, "{a} × {b}");
            }
        }
    }

    #[test]
    fn halves_give_the_product() {
        let (mut a, mut b) = (noise(), noise().skip(7));
        for _ in 0..100_000 {
            let (Some(a), Some(b)) = (a.next(), b.next()) else {
                return;
            };
            for a in [a, a >> 13, a & 0xffff, a | 0xffff] {
                for b in [b & i32::MAX, (b >> 1) & 0xffff, b & 0x7fff_0000] {
                    let expected = doubling_high_mul_reference(a, b);
                    assert_eq!(doubling_high_mul_by_halves(a, b), expected, "{a} × {b}");
                }
            }
        }
    }

    #[test]
    fn division_rounds_ties_away_from_zero() {
        let cases = [
            (5, 1, 3),
            (-5, 1, -3),
            (6, 2, 2),
            (-6, 2, -2),
            (5, 2, 1),
            (7, 0, 7),
            (-1, 31, 0),
        ];
        for (x, exponent, expected) in cases {
            assert_eq!(
                divide_by_power_of_two(x, exponent),
                expected,
                "{x} / 2^{exponent}"
            );
        }
    }

    #[test]
    fn once_and_twice_differ_where_the_first_rounding_makes_a_tie() {
        // 0.49999 of a step becomes a half in the first rounding, a whole in the second.
        let (multiplier, shift) = ((1 << 30) - 1, -1);
        assert_eq!(rescale(2, multiplier, shift), 1);
        assert_eq!(rescale_once(2, multiplier, shift), 0);
        assert_eq!(rescale(100, 1 << 30, 3), 400);
        assert_eq!(rescale_once(100, 1 << 30, 3), 400);
        assert_eq!(rescale_once(-3, 1 << 30, 0), -1);
        assert_eq!(rescale(-3, 1 << 30, 0), -1);
    }

    #[test]
    fn clamped() {
        assert_eq!(
            [-300, -5, 5, 300].map(|x| clamp(x, [-5, 100])),
            [-5, -5, 5, 100]
        );
    }
}
