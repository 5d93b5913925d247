//! Elementary functions made of basic operations, so that no platform's library has a say.

/// The upper part of ln 2: its product with any exponent of a binary32 is exact.
const LN_2_HIGH: f32 = 0.693_145_75;
/// ln 2 − [`LN_2_HIGH`].
const LN_2_LOW: f32 = 1.428_606_8e-6;
/// The bits of √½, rounded down.
const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
/// Bits of the significand of a binary32.
const FRACTION_BITS: u32 = 23;

/// Natural logarithm of a positive, normal, finite `x`; the error is below 1 unit in the last
/// place for results above ½, and below 1.2e-7 absolute elsewhere.
///
/// `x = 2^e·m` with `m` in [√½, √2); `ln m = 2·artanh(s)` with `s = (m − 1)/(m + 1)`, whose
/// series in `s² ≤ 0.0295` is cut after `s⁸/9`.
pub fn ln(x: f32) -> f32 {
    let bits = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let exponent = (bits as i32) >> FRACTION_BITS;
    let mantissa_bits = (bits & ((1 << FRACTION_BITS) - 1)).wrapping_add(SQRT_HALF_BITS);
    let mantissa = f32::from_bits(mantissa_bits);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let mut series = s2 * (1.0 / 9.0) + (1.0 / 7.0);
    series = series * s2 + (1.0 / 5.0);
    series = series * s2 + (1.0 / 3.0);
    series *= s2;
    let twice_s = s + s;
    let ln_mantissa = series * twice_s + twice_s;
    let e = exponent as f32;
    (e * LN_2_LOW + ln_mantissa) + e * LN_2_HIGH
}

/// `1/√x` of a positive, normal, finite `x`, to 3 units in the last place: a first guess from the
/// halved exponent, then four steps of Newton's method.
pub fn inverse_sqrt(x: f32) -> f32 {
    let half_x = x * 0.5;
    let mut y = f32::from_bits(0x5f37_0000_u32.wrapping_sub(x.to_bits() >> 1));
    let mut step = 0;
    while step < 4 {
        y *= 1.5 - half_x * y * y;
        step += 1;
    }
    y
}

/// Square root of a number that is not negative nor NaN nor infinite; 0 of subnormal numbers.
pub fn sqrt(x: f32) -> f32 {
    if x < f32::MIN_POSITIVE {
        0.0
    } else {
        x * inverse_sqrt(x)
    }
}

/// The power of two that brings a finite `x` that is not negative between 1 and 2, and its
/// inverse, both exact; `None` for 0 and numbers that are too small for that.
pub fn power_of_two_scaling(x: f32) -> Option<(f32, f32)> {
    let exponent = x.to_bits() >> FRACTION_BITS;
    // The inverse of the largest powers of two is subnormal.
    if exponent == 0 || exponent > 253 {
        return None;
    }
    let down = f32::from_bits((254 - exponent) << FRACTION_BITS);
    let up = f32::from_bits(exponent << FRACTION_BITS);
    Some((down, up))
}

/// The larger of two numbers that are not NaN.
#[inline]
pub fn max(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// `x` rounded to the nearest integer, halves away from zero, plus `zero_point`, clamped to int8.
///
/// `x` may be any number that is not NaN; `zero_point` is an int8.
#[inline]
pub fn quantize(x: f32, zero_point: i32) -> i8 {
    // Beyond ±256 the result is clamped whatever the zero point, and the cast stays in range.
    let bounded = x.clamp(-256.0, 256.0);
    let whole = bounded as i32;
    let rest = bounded - whole as f32;
    let rounded = if rest >= 0.5 {
        whole + 1
    } else if rest <= -0.5 {
        whole - 1
    } else {
        whole
    };
    (rounded + zero_point).clamp(i8::MIN as i32, i8::MAX as i32) as i8
}

/// `x` rounded to the nearest integer, halves away from zero, clamped to int16.
///
/// `x` may be any number that is not NaN.
#[inline]
pub fn round_i16(x: f32) -> i16 {
    let bounded = x.clamp(i16::MIN as f32, i16::MAX as f32);
    // Beyond 2²³ nothing is lost; 0.49999997 becomes 1, which no feature's accuracy reaches.
    let half = if bounded < 0.0 { -0.5 } else { 0.5 };
    (bounded + half) as i32 as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_is_close_to_the_true_logarithm() {
        let mut bits = 0x0080_0000_u32;
        while bits < 0x7f80_0000 {
            let x = f32::from_bits(bits);
            let truth = libm::log(x as f64);
            let error = (ln(x) as f64 - truth).abs();
            assert!(
                error <= 1.2e-7 * truth.abs().max(1.0),
                "ln({x}) = {} is {error} off",
                ln(x)
            );
            bits += 10_007;
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn inverse_sqrt_is_close() {
        let mut bits = 0x0100_0000_u32;
        while bits < 0x7f00_0000 {
            let x = f32::from_bits(bits);
            let truth = 1.0 / libm::sqrt(x as f64);
            let error = (inverse_sqrt(x) as f64 / truth - 1.0).abs();
            assert!(error < 3.6e-7, "1/sqrt({x}) is {error} off");
            bits += 10_007;
        }
    }

    #[test]
    fn round_i16_rounds_halves_away_from_zero_and_clamps() {
        let cases = [
            (0.5, 1),
            (-0.5, -1),
            (0.49, 0),
            (-1.51, -2),
            (32_766.5, 32_767),
            (-32_767.5, -32_768),
            (1e30, i16::MAX),
            (-1e30, i16::MIN),
        ];
        for (x, expect) in cases {
            assert_eq!(round_i16(x), expect, "{x}");
        }
    }

    #[test]
    fn quantize_rounds_halves_away_from_zero_and_clamps() {
        for (x, zero_point, expect) in [
            (0.5, 0, 1),
            (-0.5, 0, -1),
            (0.499_999_97, 0, 0),
            (-0.499_999_97, 0, 0),
            (1.5, -3, -1),
            (-2.5, 1, -2),
            (200.0, 0, 127),
            (-200.0, 0, -128),
            (255.0, -128, 127),
            (1e30, -128, 127),
            (-1e30, 127, -128),
        ] {
            assert_eq!(
                quantize(x, zero_point),
                expect,
                "{x} with zero point {zero_point}"
            );
        }
    }
}
