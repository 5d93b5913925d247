//! Windows of several axes.

use crate::rolled::keep_rolled;

/// The signal of one axis of `window`, `[samples, n_axes]`, times `scale`.
pub(super) fn load(window: &[i16], n_axes: usize, axis: u8, scale: f32, signal: &mut [f32]) {
    let values = window.iter().skip(axis as usize).step_by(n_axes);
    for (value, &sample) in signal.iter_mut().zip(values) {
        *value = f32::from(sample) * scale;
        keep_rolled();
    }
}
