//! The learning rate over the run.

use impulse_ir::spec::Schedule;

/// The learning rate of step `step` of `steps`, counted from 0, where `peak` is the spec's.
pub(crate) fn learning_rate(schedule: Schedule, peak: f32, step: usize, steps: usize) -> f32 {
    match schedule {
        Schedule::Constant => peak,
        Schedule::Cosine => {
            let part = step as f64 / steps.max(1) as f64;
            (f64::from(peak) * 0.5 * (1.0 + libm::cos(core::f64::consts::PI * part))) as f32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_falls_from_the_peak_to_zero() {
        let rate = |step| learning_rate(Schedule::Cosine, 0.01, step, 100);
        assert_eq!(rate(0), 0.01);
        assert!((rate(50) - 0.005).abs() < 1e-9);
        assert!(rate(99) > 0.0 && rate(99) < 1e-5);
        assert_eq!(learning_rate(Schedule::Constant, 0.01, 70, 100), 0.01);
    }
}
