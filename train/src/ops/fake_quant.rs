//! What int8 makes of a value, in floats: rounded to its steps and limited to their range. Backward
//! the gradient passes as if nothing had been rounded, where the value was within the range (the
//! straight-through estimator; Jacob and others, 2018).

use multiversion::multiversion;

use super::activation::gated;
use crate::tape::{Tape, Value, fill_chunks, give};

/// The steps of a value in int8: `real = scale × (integer − zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// What a step is worth.
    pub scale: f32,
    /// The integer that stands for 0.
    pub zero_point: i32,
}

impl Steps {
    /// The real values of −128 and 127.
    fn ends(self) -> [f32; 2] {
        [-128, 127].map(|integer| (integer - self.zero_point) as f32 * self.scale)
    }
}

/// `input`, value by value the nearest of `steps`.
pub(crate) fn forward(tape: &mut Tape, input: &Value, steps: Steps) -> Value {
    let mut out = tape.pool().copy(&input.all());
    fill_chunks(tape.chunk(), input.clips, &mut out, |_, out| {
        round(steps.scale, steps.ends(), out);
    });
    let output = tape.value(input.clips, out);
    let (x, chunk) = (input.clone(), tape.chunk());
    tape.record(&output, move |grads, mut dy| {
        let Some(key) = &x.key else { return Ok(()) };
        let [low, high] = steps.ends();
        // Up to half a step beyond an end is rounded to it, not cut off.
        let range = [low - 0.5 * steps.scale, high + 0.5 * steps.scale];
        fill_chunks(chunk, x.clips, &mut dy, |clips, dy| {
            mask(range, &x.clips(clips), dy);
        });
        give(grads, key, dy)
    });
    output
}

/// Both ends are whole numbers of steps, so that the zero point need not be known.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn round(scale: f32, [low, high]: [f32; 2], values: &mut [f32]) {
    for value in values {
        let near = (*value / scale).round_ties_even() * scale;
        *value = if near < low {
            low
        } else if near > high {
            high
        } else {
            near
        };
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn mask(range: [f32; 2], input: &[f32], gradient: &mut [f32]) {
    let pairs = gradient.iter_mut().zip(input);
    pairs.for_each(|(g, x)| *g = gated(range, *x, *g));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_to_their_steps_and_stay_within_their_ends() {
        let steps = Steps {
            scale: 0.5,
            zero_point: -28,
        };
        let mut values = [0.0, 0.7, 0.76, -0.3, 1000.0, -1000.0, f32::NAN];
        round(steps.scale, steps.ends(), &mut values);
        assert_eq!(values[..6], [0.0, 0.5, 1.0, -0.5, 77.5, -50.0]);
        assert!(values[6].is_nan());
    }
}
