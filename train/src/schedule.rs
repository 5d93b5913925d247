//! The learning rate over the run.

use impulse_ir::spec::Schedule;

/// The learning rate of step `step` of `steps`, counted from 0, where `peak` is the spec's: it rises
/// in a line over the first `warmup` steps, then follows the schedule over the rest.
pub(crate) fn learning_rate(
    schedule: Schedule,
    peak: f32,
    step: usize,
    steps: usize,
    warmup: usize,
) -> f32 {
    if step < warmup {
        return (f64::from(peak) * (step + 1) as f64 / (warmup + 1) as f64) as f32;
    }
    let (step, steps) = (step - warmup, steps.saturating_sub(warmup));
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
        let rate = |step| learning_rate(Schedule::Cosine, 0.01, step, 100, 0);
        assert_eq!(rate(0), 0.01);
        assert!((rate(50) - 0.005).abs() < 1e-9);
        assert!(rate(99) > 0.0 && rate(99) < 1e-5);
        assert_eq!(learning_rate(Schedule::Constant, 0.01, 70, 100, 0), 0.01);
    }

    #[test]
    fn warm_up_rises_to_the_peak_where_the_schedule_begins() {
        for schedule in [Schedule::Cosine, Schedule::Constant] {
            let rates: Vec<f32> = (0..100)
                .map(|step| learning_rate(schedule, 0.01, step, 100, 9))
                .collect();
            assert!((rates[0] - 0.001).abs() < 1e-9);
            assert!(rates[..10].is_sorted() && rates[9..].is_sorted_by(|a, b| a >= b));
            assert_eq!(rates[9], 0.01);
        }
        let last = learning_rate(Schedule::Cosine, 0.01, 99, 100, 9);
        assert!(last > 0.0 && last < 1e-5);
        // Longer than the run: it only rises.
        assert!(learning_rate(Schedule::Cosine, 0.01, 99, 100, 200) < 0.005);
    }
}
