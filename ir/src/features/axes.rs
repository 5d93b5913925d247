//! What blocks over the axes of a window have in common.

use crate::diagnostic::codes;
use crate::features::Problem;
use crate::spec::{Sensor, Window};

/// Largest absolute value of a scaled sample: its fourth power still is far from the largest
/// float.
const SCALED_MAX: f32 = 1e6;

/// What is wrong with the choice of axes, the factor or the type of the samples.
pub(super) fn problems(axes: &[u8], scale: f32, window: &Window) -> Vec<Problem> {
    let mut problems = Vec::new();
    if matches!(window.sensor, Sensor::Image(_)) {
        let message = "expected motion or sound, found images";
        problems.push(Problem::new(codes::SENSOR, "block", message));
    }
    if axes.is_empty() || axes.iter().any(|&axis| usize::from(axis) >= window.n_axes) {
        let message = format!(
            "expected axes of the window, which has {}, found others",
            window.n_axes
        );
        problems.push(Problem::new(codes::AXES, "axes", message));
    }
    if !(scale.is_finite() && scale != 0.0 && scale.abs() * 32768.0 <= SCALED_MAX) {
        let message = format!(
            "expected a scale that brings samples to at most {SCALED_MAX}, and not 0, found {}",
            scale * 32768.0
        );
        problems.push(Problem::new(codes::AXES, "scale", message));
    }
    problems
}
