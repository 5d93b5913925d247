//! Rescaling by one multiplication, one addition and one shift that gives the reference's result for
//! every sum that can occur.
//!
//! The reference's result is a step function of the sum that never falls: at most 255 sums are the
//! first with a larger result. So is `((unit × sum + start) × factor >> 32) + addend) >> shift`, whose
//! steps lie at `v × 2^(shift + 32) / factor − start − addend × 2^32 / factor`. The two are equal
//! wherever all their steps are, which one interval for `start + addend × 2^32 / factor` says; then
//! a start and an addend within it are looked for, and every step is held against the reference.

/// A rescaling in the terms of the packed kernels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Linear {
    /// Added to the sum times its unit.
    pub start: i32,
    /// The factor.
    pub factor: i32,
    /// The addend, whose low byte is the shift.
    pub addend: i32,
}

/// What a core multiplies exactly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Precision {
    /// Factors are multiples of this power of two.
    grain: i32,
    /// Sums with their start stay below this.
    limit: i64,
}

/// A product of 64 bits by any factor.
pub(super) const FULL: Precision = Precision {
    grain: 1,
    limit: i64::MAX,
};

/// Products of 32 bits: half of an even factor, in pieces of 10 and 20 bits, by a sum in two pieces.
pub(super) const SHORT: Precision = Precision {
    grain: 2,
    limit: 1 << 21,
};

/// A reference to be met: `result` for sums from `range[0]` to `range[1]`.
pub(super) struct Reference<F> {
    /// The result, saturated, which never falls as the sum grows.
    pub result: F,
    /// The sums that can occur.
    pub range: [i64; 2],
    /// TFLite's multiplier and shift.
    pub factor: (i32, i32),
    /// Lowest and highest result that matter: what is lower or higher is limited later.
    pub clamp: [i8; 2],
}

/// The first sums of each result that can occur but the lowest: `(result, sum)`.
pub(super) fn steps<F: Fn(i64) -> i64>(reference: &Reference<F>) -> Vec<(i64, i64)> {
    let [low, high] = reference.range;
    let [lowest, highest] = reference.clamp.map(i64::from);
    let first = (reference.result)(low).max(lowest) + 1;
    let last = (reference.result)(high).min(highest);
    let mut steps = Vec::new();
    let mut from = low;
    for value in first..=last {
        // The result of `from` is below the value, that of `to` is not.
        let mut to = high;
        while to - from > 1 {
            let middle = from + (to - from) / 2;
            if (reference.result)(middle) < value {
                from = middle;
            } else {
                to = middle;
            }
        }
        steps.push((value, to));
    }
    steps
}

/// By how many steps of its last bit the factor is moved.
const STEPS: i32 = 12;

/// How many addends are tried: their fractions of a step lie about as densely as random ones.
const TRIES: i64 = 1 << 14;

/// A rescaling of `unit` times the sum that has the same steps; `unit` is 1 or 256.
pub(super) fn fit<F: Fn(i64) -> i64>(
    reference: &Reference<F>,
    steps: &[(i64, i64)],
    unit: i64,
    precision: Precision,
) -> Option<Linear> {
    let (multiplier, power) = reference.factor;
    if multiplier == 0 || power >= 0 {
        return None;
    }
    let shift = -power - 1 + if unit == 1 { 0 } else { 8 };
    if shift > 30 {
        return None;
    }
    let grain = precision.grain;
    let nearest = (i64::from(multiplier) + i64::from(grain / 2)) & -i64::from(grain);
    // Some steps of the last bit of the factor move far steps into place, and give other fractions.
    (0..=2 * STEPS).find_map(|i| {
        let d = if i % 2 == 0 { -(i / 2) } else { (i + 1) / 2 };
        let factor = i32::try_from(nearest + i64::from(grain * d)).ok()?;
        with_factor(reference, steps, unit, [factor, shift], precision.limit)
    })
}

fn with_factor<F: Fn(i64) -> i64>(
    reference: &Reference<F>,
    steps: &[(i64, i64)],
    unit: i64,
    [factor, shift]: [i32; 2],
    limit: i64,
) -> Option<Linear> {
    let each = (1u64 << 32) as f64 / f64::from(factor);
    let place = |value: i64| (value << shift) as f64 * each;
    let distances = steps
        .iter()
        .map(|&(value, sum)| place(value) - (unit * sum) as f64);
    let low = distances.clone().fold(f64::NEG_INFINITY, f64::max);
    let high = distances.fold(f64::INFINITY, f64::min) + unit as f64;
    let (low, high) = if steps.is_empty() {
        // One result only: the middle of its step is far from both ends.
        let value = (reference.result)(reference.range[0]);
        let middle = (place(value) + place(value + 1)) / 2.0;
        let sums = (unit * (reference.range[0] + reference.range[1])) as f64 / 2.0;
        (middle - sums - 1.0, middle - sums + 1.0)
    } else {
        (low, high)
    };
    if low >= high {
        return None;
    }
    let wanted = f64::midpoint(low, high);
    // The rounding and the zero point are in the start where the addend is small.
    (0..TRIES).find_map(|i| {
        let turn = if i % 2 == 0 { i / 2 } else { -(i + 1) / 2 };
        let addend = turn * 256 + i64::from(shift);
        let start = (wanted - addend as f64 * each).round();
        let offset = start + addend as f64 * each;
        if offset < low || offset >= high {
            return None;
        }
        let linear = Linear {
            start: in_i32(start)?,
            factor,
            addend: i32::try_from(addend).ok()?,
        };
        holds(reference, steps, unit, &linear, limit).then_some(linear)
    })
}

fn in_i32(x: f64) -> Option<i32> {
    (x.abs() < f64::from(i32::MAX)).then_some(x as i32)
}

/// Whether the steps are the reference's and nothing overflows between them.
fn holds<F: Fn(i64) -> i64>(
    reference: &Reference<F>,
    steps: &[(i64, i64)],
    unit: i64,
    linear: &Linear,
    limit: i64,
) -> bool {
    let apply = |sum: i64| {
        let scaled = unit * sum + i64::from(linear.start);
        let high = (scaled * i64::from(linear.factor)) >> 32;
        let total = high + i64::from(linear.addend);
        let fits = i32::try_from(scaled).is_ok_and(|x| i64::from(x).abs() < limit)
            && i32::try_from(total).is_ok();
        fits.then_some(total >> (linear.addend & 255))
    };
    let [lowest, highest] = reference.clamp.map(i64::from);
    let same = |sum: i64| {
        let expected = (reference.result)(sum).clamp(lowest, highest);
        apply(sum).map(|x| x.clamp(-128, 127).clamp(lowest, highest)) == Some(expected)
    };
    reference.range.into_iter().all(same)
        && steps.iter().all(|&(_, sum)| same(sum) && same(sum - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use impulse_runtime::quant::{rescale, rescale_once};

    /// Every sum of the range, not the steps alone.
    fn check(reference: &Reference<impl Fn(i64) -> i64>, unit: i64, found: &Linear) {
        for sum in reference.range[0]..=reference.range[1] {
            let scaled = (unit * sum) as i32 + found.start;
            let high = ((i64::from(scaled) * i64::from(found.factor)) >> 32) as i32;
            let [low, limit] = reference.clamp.map(i32::from);
            let result = ((high + found.addend) >> (found.addend & 255)).clamp(-128, 127);
            let expected = (reference.result)(sum).clamp(i64::from(low), i64::from(limit));
            assert_eq!(i64::from(result.clamp(low, limit)), expected, "{sum}");
        }
    }

    #[test]
    fn one_rounding_fits_both_sides_of_zero() {
        for (multiplier, power, zero) in [(1_518_500_250, -7, 3), (1 << 30, -9, -128)] {
            let reference = Reference {
                result: |sum: i64| {
                    i64::from((rescale_once(sum as i32, multiplier, power) + zero).clamp(-128, 127))
                },
                range: [-60_000, 70_000],
                factor: (multiplier, power),
                clamp: [-128, 127],
            };
            for unit in [1, 256] {
                let found = fit(&reference, &steps(&reference), unit, FULL).unwrap();
                check(&reference, unit, &found);
            }
        }
    }

    #[test]
    fn two_roundings_fit_above_zero_and_not_around_it() {
        let mut n_fits = 0;
        for multiplier in (0..40).map(|i| (1 << 30) + 12_345_677 * i) {
            let (power, zero) = (-8, -128);
            let reference = |clamp, zero: i32| Reference {
                result: move |sum: i64| {
                    i64::from((rescale(sum as i32, multiplier, power) + zero).clamp(-128, 127))
                },
                range: [-150_000, 200_000],
                factor: (multiplier, power),
                clamp,
            };
            let relu = reference([-128, 127], zero);
            for unit in [1, 256] {
                let found = fit(&relu, &steps(&relu), unit, FULL).unwrap();
                check(&relu, unit, &found);
            }
            let both = reference([-128, 127], 0);
            if let Some(found) = fit(&both, &steps(&both), 256, FULL) {
                check(&both, 256, &found);
                n_fits += 1;
            }
        }
        assert!(n_fits < 40);
    }

    #[test]
    fn one_result_only() {
        let reference = Reference {
            result: |sum: i64| i64::from(rescale(sum as i32, 1 << 30, -20)) + 5,
            range: [-100, 100],
            factor: (1 << 30, -20),
            clamp: [-128, 127],
        };
        assert!(steps(&reference).is_empty());
        check(&reference, 1, &fit(&reference, &[], 1, FULL).unwrap());
    }
}
