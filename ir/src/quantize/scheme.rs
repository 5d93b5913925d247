//! The arithmetic of the scheme: scales, zero points, rounding.

use crate::graph::Quantization;

/// Largest magnitude of a bias: leaves room for the sums of the products beside it.
const BIAS_MAX: f64 = (1u32 << 30) as f64;

/// One scale and zero point for a whole tensor.
pub fn per_tensor(scale: f32, zero_point: i32) -> Quantization {
    Quantization {
        scales: vec![scale],
        zero_points: vec![zero_point],
        axis: 0,
    }
}

/// The quantization of a computed tensor whose values lie in `low..=high`. The range is widened
/// to include 0, which is represented exactly; of the two zero points that fit an end of the
/// range exactly, the one with the smaller error is rounded.
pub fn activation(low: f32, high: f32) -> Quantization {
    let (low, high) = (f64::from(low.min(0.0)), f64::from(high.max(0.0)));
    // A range as narrow as this holds nothing but zeros; any positive scale will do.
    let scale = ((high - low) / 255.0) as f32;
    if scale < f32::MIN_POSITIVE {
        return per_tensor(1.0 / 255.0, 0);
    }
    let step = f64::from(scale);
    let (from_low, from_high) = (-128.0 - low / step, 127.0 - high / step);
    let error = |end: f64, limit: f64| limit.abs() + (end / step).abs();
    let zero_point = if error(low, -128.0) < error(high, 127.0) {
        from_low
    } else {
        from_high
    };
    per_tensor(scale, libm::round(zero_point).clamp(-128.0, 127.0) as i32)
}

/// Which scale each element of a weight tensor has.
#[derive(Clone, Copy)]
pub(super) struct Channels {
    /// Elements between two of neighbouring channels.
    stride: usize,
    /// Number of channels.
    n: usize,
}

impl Channels {
    /// Of a tensor of `shape`, per index of `axis`, or one for all.
    pub(super) fn new(shape: &[usize], axis: Option<usize>) -> Self {
        match axis.filter(|axis| *axis < shape.len()) {
            Some(axis) => Self {
                stride: shape[axis + 1..].iter().product(),
                n: shape[axis],
            },
            None => Self {
                stride: usize::MAX,
                n: 1,
            },
        }
    }

    pub(super) fn of(self, element: usize) -> usize {
        element / self.stride.max(1) % self.n.max(1)
    }
}

/// The scale of each channel: its largest magnitude over 127, raised where the bias would
/// otherwise not fit in 32 bits, or would dwarf the weights.
pub(super) fn weight_scales(
    values: &[f32],
    channels: Channels,
    input_scale: f32,
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let mut largest = vec![0.0_f32; channels.n];
    for (element, value) in values.iter().enumerate() {
        let slot = &mut largest[channels.of(element)];
        *slot = slot.max(value.abs());
    }
    let mut scales: Vec<f32> = largest
        .iter()
        .map(|m| {
            if *m / 127.0 < f32::MIN_POSITIVE {
                1.0 / 127.0
            } else {
                m / 127.0
            }
        })
        .collect();
    for (unit, b) in bias.unwrap_or_default().iter().enumerate() {
        let n = scales.len();
        let least = f64::from(b.abs()) / (f64::from(input_scale) * BIAS_MAX);
        let scale = &mut scales[unit % n.max(1)];
        if f64::from(*scale) < least {
            *scale = least as f32;
        }
    }
    scales
}

/// Values of a constant operand, rounded.
pub(super) fn values(values: &[f32], q: &Quantization) -> Vec<i8> {
    let (scale, zero_point) = (f64::from(q.scales[0]), f64::from(q.zero_points[0]));
    values
        .iter()
        .map(|value| {
            let level = libm::round(f64::from(*value) / scale) + zero_point;
            level.clamp(-128.0, 127.0) as i8
        })
        .collect()
}

/// Weights rounded to −127..=127.
pub(super) fn weights(values: &[f32], channels: Channels, scales: &[f32]) -> Vec<i8> {
    values
        .iter()
        .enumerate()
        .map(|(element, value)| {
            let scaled = f64::from(*value) / f64::from(scales[channels.of(element)]);
            libm::round(scaled).clamp(-127.0, 127.0) as i8
        })
        .collect()
}

/// Biases rounded to 32 bits; `scales` has one entry, or one per value.
pub(super) fn bias(values: &[f32], scales: &[f32]) -> Vec<i32> {
    values
        .iter()
        .zip(scales.iter().cycle())
        .map(|(value, scale)| {
            let scaled = f64::from(*value) / f64::from(*scale);
            libm::round(scaled).clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32
        })
        .collect()
}
