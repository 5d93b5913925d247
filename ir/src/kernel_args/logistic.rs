//! The results of LOGISTIC for every input, by TFLite's reference arithmetic: gemmlowp's fixed-point
//! logistic function on 4 integer bits (`gemmlowp/fixedpoint/fixedpoint.h`, and
//! `tensorflow/lite/kernels/internal/reference/integer_ops/logistic.h`).

use impulse_runtime::quant::{divide_by_power_of_two, doubling_high_mul as product, rescale};

use super::factor;

/// Integer bits of the function's argument.
const INPUT_INTEGER_BITS: i32 = 4;

/// `results[x + 128]` is the result for `x`: scale 1/256, zero point −128.
pub(super) fn table(scale: f32, zero_point: i32) -> Vec<i8> {
    let step = f64::from(scale) * f64::from(1u32 << (31 - INPUT_INTEGER_BITS));
    let (multiplier, shift) = factor::quantize(step);
    let radius = radius(shift);
    (-128..=127)
        .map(|x: i32| {
            let input = i64::from(x - zero_point);
            if input <= -radius {
                i8::MIN
            } else if input >= radius {
                i8::MAX
            } else {
                let argument = rescale(input as i32, multiplier, shift);
                let result = divide_by_power_of_two(logistic(argument), 31 - 8) - 128;
                result.clamp(-128, 127) as i8
            }
        })
        .collect()
}

/// From this distance on the argument would not fit (TFLite's `CalculateInputRadius`).
fn radius(shift: i32) -> i64 {
    let largest =
        f64::from((1 << INPUT_INTEGER_BITS) - 1) * f64::from(1u32 << (31 - INPUT_INTEGER_BITS));
    libm::floor(libm::ldexp(largest, -shift)) as i64
}

/// The logistic function of a number with 4 integer bits, as a number with none.
fn logistic(x: i32) -> i32 {
    match x {
        0 => 1 << 30,
        1.. => logistic_positive(x),
        _ => i32::MAX.wrapping_sub(logistic_positive(x.wrapping_neg())),
    }
}

fn logistic_positive(x: i32) -> i32 {
    one_over_one_plus(exp_negative(-x))
}

/// `1 / (1 + x)` for `x` in `0..1`, by three steps of Newton and Raphson.
fn one_over_one_plus(x: i32) -> i32 {
    // The denominator is halved; two integer bits hold the iterates.
    let half = half_sum(x, i32::MAX);
    const ONE: i32 = 1 << 29;
    let forty_eight = 1_515_870_810;
    let minus_thirty_two = -1_010_580_540;
    let mut result = forty_eight + product(half, minus_thirty_two);
    for _ in 0..3 {
        let error = ONE - product(half, result);
        result += saturating_shift(product(result, error), 2);
    }
    // Half of the reciprocal of the half denominator, with one integer bit less.
    saturating_shift(result, 1)
}

/// `exp(x)` for `x ≤ 0` with 4 integer bits, as a number with none.
fn exp_negative(x: i32) -> i32 {
    if x == 0 {
        return i32::MAX;
    }
    let fraction_bits = 31 - INPUT_INTEGER_BITS;
    let quarter = 1 << (fraction_bits - 2);
    let in_quarter = (x & (quarter - 1)) - quarter;
    let mut result = exp_quarter(in_quarter << INPUT_INTEGER_BITS);
    let remainder = in_quarter - x;
    // exp(−2^exponent) for the bits of what the interval left out.
    for (exponent, factor) in [
        (-2, 1_672_461_947),
        (-1, 1_302_514_674),
        (0, 790_015_084),
        (1, 290_630_308),
        (2, 39_332_535),
        (3, 720_401),
    ] {
        if remainder & (1 << (fraction_bits + exponent)) != 0 {
            result = product(result, factor);
        }
    }
    result
}

/// `exp(x)` for `x` in `−1/4..0`, by a Taylor polynomial around −1/8.
fn exp_quarter(x: i32) -> i32 {
    const EXP_MINUS_EIGHTH: i32 = 1_895_147_668;
    const THIRD: i32 = 715_827_883;
    let x = x + (1 << 28);
    let x2 = product(x, x);
    let x3 = product(x2, x);
    let x4 = product(x2, x2);
    let x4_over_4 = divide_by_power_of_two(x4, 2);
    let sum = product(x4_over_4 + x3, THIRD) + x2;
    let polynomial = divide_by_power_of_two(sum, 1);
    EXP_MINUS_EIGHTH.saturating_add(product(EXP_MINUS_EIGHTH, x + polynomial))
}

/// `(a + b) / 2`, rounded away from zero.
fn half_sum(a: i32, b: i32) -> i32 {
    let sum = i64::from(a) + i64::from(b);
    let sign = if sum >= 0 { 1 } else { -1 };
    ((sum + sign) / 2) as i32
}

fn saturating_shift(x: i32, by: u32) -> i32 {
    (i64::from(x) << by).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn is_the_function_to_a_step() {
        for (scale, zero_point) in [(0.05, 3), (0.2, -128), (0.003, 90), (1.7, 0), (1e-4, 5)] {
            let table = table(scale, zero_point);
            for (i, &found) in table.iter().enumerate() {
                let x = f64::from(scale) * f64::from(i as i32 - 128 - zero_point);
                let exact = 256.0 / (1.0 + libm::exp(-x)) - 128.0;
                let exact = libm::round(exact).clamp(-128.0, 127.0);
                assert!(
                    (f64::from(found) - exact).abs() <= 1.0,
                    "{scale} {zero_point} {i}"
                );
            }
        }
    }
}
