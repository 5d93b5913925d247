//! Dropout (Srivastava et al., 2014), inverted: what stays is scaled up while training, so that
//! the network needs no change afterwards.

use rand::Rng;

use super::Draws;
use crate::tape::{Tape, Value, fill_chunks, give};

/// Zeroes each value with probability `rate`, by numbers that depend on the seed, the epoch, the
/// clip and the layer (`node`) alone.
pub(crate) fn forward(
    tape: &mut Tape,
    input: &Value,
    rate: f32,
    draws: &Draws,
    node: usize,
) -> Value {
    if !tape.is_recording() || rate <= 0.0 {
        return input.clone();
    }
    let scale = 1.0 / (1.0 - rate);
    let threshold = (f64::from(rate) * 4_294_967_296.0) as u32;
    let size = input.size();
    let mut out = tape.pool().buffer(input.data.len());
    let masks = fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        let mut mask = vec![0.0; out.len()];
        let rows = mask.chunks_exact_mut(size).zip(out.chunks_exact_mut(size));
        for (clip, (mask, out)) in clips.zip(rows) {
            let mut random = draws.dropout(clip, node);
            let input = input.clips(clip..clip + 1);
            let values = out.iter_mut().zip(input.iter());
            for (m, (o, x)) in mask.iter_mut().zip(values) {
                *m = if random.next_u32() >= threshold {
                    scale
                } else {
                    0.0
                };
                *o = x * *m;
            }
        }
        mask
    });
    let output = tape.value(input.clips, out);
    let (x, chunk) = (input.clone(), tape.chunk());
    tape.record(&output, move |grads, mut dy| {
        let Some(key) = &x.key else { return Ok(()) };
        fill_chunks(chunk, x.clips, &mut dy, |clips, dy| {
            let mask = &masks[clips.start / chunk];
            dy.iter_mut().zip(mask).for_each(|(d, m)| *d *= m);
        });
        give(grads, key, dy)
    });
    output
}
