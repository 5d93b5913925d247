//! Mean over a window, per channel; pads are not counted.

use super::window::Window;
use crate::tape::{Tape, Value, fill_chunks, give};

/// `[clips, out height, out width, channels]` of `input` (`[clips, height, width, channels]`).
/// The mean over all positions is the pool whose window is the whole input.
pub(crate) fn forward(tape: &mut Tape, input: &Value, window: Window) -> Value {
    let channels = window.input[2];
    let y_size = window.positions() * channels;
    let mut out = tape.pool().zeros(input.clips * y_size);
    fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        let inputs = input.clips(clips);
        let inputs = inputs.chunks_exact(window.input_len());
        for (x, y) in inputs.zip(out.chunks_exact_mut(y_size)) {
            for_each_window(&window, |position, from, scale| {
                let sums = &mut y[position * channels..][..channels];
                for from in from {
                    sums.iter_mut()
                        .zip(&x[from..from + channels])
                        .for_each(|(s, v)| *s += v);
                }
                sums.iter_mut().for_each(|s| *s *= scale);
            });
        }
    });
    let output = tape.value(input.clips, out);
    let (x, chunk, pool) = (input.clone(), tape.chunk(), tape.pool().clone());
    tape.record(&output, move |grads, dy| {
        let Some(key) = &x.key else { return Ok(()) };
        let mut dx = pool.zeros(x.data.len());
        fill_chunks(chunk, x.clips, &mut dx, |clips, dx| {
            let dys = dy[clips.start * y_size..clips.end * y_size].chunks_exact(y_size);
            for (dy, dx) in dys.zip(dx.chunks_exact_mut(window.input_len())) {
                for_each_window(&window, |position, to, scale| {
                    let dy = &dy[position * channels..][..channels];
                    for to in to {
                        let pairs = dx[to..to + channels].iter_mut().zip(dy);
                        pairs.for_each(|(d, g)| *d += g * scale);
                    }
                });
            }
        });
        give(grads, key, dx)
    });
    output
}

/// Calls `visit` with each output position, the places of the input's rows under its window, and
/// one over their number.
fn for_each_window(
    window: &Window,
    mut visit: impl FnMut(usize, &mut dyn Iterator<Item = usize>, f32),
) {
    let [_, width, channels] = window.input;
    for position in 0..window.positions() {
        let (ys, y0) = window.inside(0, position / window.output[1]);
        let (xs, x0) = window.inside(1, position % window.output[1]);
        let columns = x0..x0 + xs.len();
        let mut places = (y0..y0 + ys.len())
            .flat_map(|y| columns.clone().map(move |x| (y * width + x) * channels));
        visit(
            position,
            &mut places,
            1.0 / (ys.len() * xs.len()).max(1) as f32,
        );
    }
}
