//! Real factors as fixed-point multipliers, as TFLite makes them.

/// `multiplier × 2^(shift − 31)` next to `factor`, which is finite and not negative: multiplier in
/// `[2³⁰, 2³¹)` (or 0), shift in `-31..=30`. TFLite's `QuantizeMultiplier`.
pub(super) fn quantize(factor: f64) -> (i32, i32) {
    if factor == 0.0 {
        return (0, 0);
    }
    let (fraction, mut shift) = libm::frexp(factor);
    let mut fixed = libm::round(fraction * f64::from(1u32 << 31)) as i64;
    if fixed == 1 << 31 {
        fixed /= 2;
        shift += 1;
    }
    if shift < -31 {
        (0, 0)
    } else if shift > 30 {
        (i32::MAX, 30)
    } else {
        (fixed as i32, shift)
    }
}

/// The factor of a mean over `count` values, `real / count`: the multiplier of `real` is divided
/// as an integer, after as many leading bits as fit were made room for (TFLite's
/// `QuantizedMeanOrSum`).
pub(super) fn mean(real: f64, count: usize) -> (i32, i32) {
    let (multiplier, shift) = quantize(real);
    let count = count.max(1) as u64;
    let room = (63 - count.leading_zeros() as i32).min(32).min(31 + shift);
    let divided = ((i64::from(multiplier) << room) / count as i64) as i32;
    (divided, shift - room)
}

#[cfg(test)]
mod tests {
    use super::quantize;

    #[test]
    fn factors() {
        assert_eq!(quantize(0.0), (0, 0));
        assert_eq!(quantize(1.0), (1 << 30, 1));
        assert_eq!(quantize(0.5), (1 << 30, 0));
        assert_eq!(quantize(0.75), (3 << 29, 0));
        assert_eq!(quantize(2.0), (1 << 30, 2));
        // Rounds up to the next power of two.
        assert_eq!(quantize(1.0 - 1e-12), (1 << 30, 1));
        assert_eq!(quantize(1e-12), (0, 0));
        assert_eq!(quantize(1e12), (i32::MAX, 30));
    }
}
