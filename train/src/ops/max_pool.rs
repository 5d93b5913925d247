//! Maximum over a window, per channel. Pads never win; of equal values the first does.

use super::window::Window;
use crate::tape::{Tape, Value, fill_chunks, give};

/// `[clips, out height, out width, channels]` of `input` (`[clips, height, width, channels]`).
pub(crate) fn forward(tape: &mut Tape, input: &Value, window: Window) -> Value {
    let channels = window.input[2];
    let y_size = window.positions() * channels;
    let mut out = vec![0.0; input.clips * y_size];
    let winners = fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        let mut winners = vec![0; out.len()];
        let inputs = input.clips(clips).chunks_exact(window.input_len());
        let outputs = out
            .chunks_exact_mut(y_size)
            .zip(winners.chunks_exact_mut(y_size));
        for (x, (y, winners)) in inputs.zip(outputs) {
            pool_clip(&window, x, y, winners);
        }
        winners
    });
    let output = tape.value(input.clips, out);
    let (x, chunk) = (input.clone(), tape.chunk());
    tape.record(&output, move |grads, dy| {
        let Some(key) = &x.key else { return Ok(()) };
        let mut dx = vec![0.0; x.data.len()];
        fill_chunks(chunk, x.clips, &mut dx, |clips, dx| {
            let winners = &winners[clips.start / chunk];
            let dy = dy[clips.start * y_size..clips.end * y_size].chunks_exact(y_size);
            let both = dy.zip(winners.chunks_exact(y_size));
            for ((dy, winners), dx) in both.zip(dx.chunks_exact_mut(window.input_len())) {
                for (d, at) in dy.iter().zip(winners) {
                    dx[*at as usize] += d;
                }
            }
        });
        give(grads, key, dx)
    });
    output
}

/// One clip; `winners` are the indices into `x` of the values in `y`.
fn pool_clip(window: &Window, x: &[f32], y: &mut [f32], winners: &mut [u32]) {
    let channels = window.input[2];
    let rows = y
        .chunks_exact_mut(channels)
        .zip(winners.chunks_exact_mut(channels));
    for (position, (best, winner)) in rows.enumerate() {
        let (ys, y0) = window.inside(0, position / window.output[1]);
        let (xs, x0) = window.inside(1, position % window.output[1]);
        let mut first = true;
        for iy in y0..y0 + ys.len() {
            for ix in x0..x0 + xs.len() {
                let from = (iy * window.input[1] + ix) * channels;
                let values = &x[from..from + channels];
                for c in 0..channels {
                    // A NaN wins and stays, so that it is found.
                    let wins = first || values[c] > best[c] || values[c].is_nan();
                    best[c] = if wins { values[c] } else { best[c] };
                    winner[c] = if wins { (from + c) as u32 } else { winner[c] };
                }
                first = false;
            }
        }
    }
}
