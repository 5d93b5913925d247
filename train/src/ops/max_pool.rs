//! Maximum over a window, per channel. Pads never win; of equal values the first does.

use multiversion::multiversion;

use super::window::Window;
use crate::tape::{Tape, Value, fill_chunks, give};

/// `[clips, out height, out width, channels]` of `input` (`[clips, height, width, channels]`).
pub(crate) fn forward(tape: &mut Tape, input: &Value, window: Window) -> Value {
    let channels = window.input[2];
    let y_size = window.positions() * channels;
    let mut out = tape.pool().zeros(input.clips * y_size);
    let winners = fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        let mut winners = vec![0; out.len()];
        let inputs = input.clips(clips);
        let inputs = inputs.chunks_exact(window.input_len());
        let outputs = out
            .chunks_exact_mut(y_size)
            .zip(winners.chunks_exact_mut(y_size));
        for (x, (y, winners)) in inputs.zip(outputs) {
            pool_clip(&window, x, y, winners);
        }
        winners
    });
    let output = tape.value(input.clips, out);
    let (x, chunk, pool) = (input.clone(), tape.chunk(), tape.pool().clone());
    tape.record(&output, move |grads, dy| {
        let Some(key) = &x.key else { return Ok(()) };
        let mut dx = pool.zeros(x.data.len());
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

/// Channels compared at a time.
const BLOCK: usize = 8;

/// One clip; `winners` are the indices into `x` of the values in `y`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn pool_clip(window: &Window, x: &[f32], y: &mut [f32], winners: &mut [u32]) {
    let channels = window.input[2];
    let rows = y
        .chunks_exact_mut(channels)
        .zip(winners.chunks_exact_mut(channels));
    for (position, (best, winner)) in rows.enumerate() {
        let (ys, y0) = window.inside(0, position / window.output[1]);
        let (xs, x0) = window.inside(1, position % window.output[1]);
        let [height, width] = [ys.len(), xs.len()];
        let first = (y0 * window.input[1] + x0) * channels;
        let row = window.input[1] * channels;
        let (best, best_rest) = best.as_chunks_mut::<BLOCK>();
        let (winner, winner_rest) = winner.as_chunks_mut::<BLOCK>();
        for (block, (best, winner)) in best.iter_mut().zip(winner).enumerate() {
            let at = Place {
                first: first + block * BLOCK,
                row,
                channels,
                size: [height, width],
            };
            (*best, *winner) = at.highest(x);
        }
        let done = best.len() * BLOCK;
        for (c, (best, winner)) in best_rest.iter_mut().zip(winner_rest).enumerate() {
            let at = Place {
                first: first + done + c,
                row,
                channels,
                size: [height, width],
            };
            let ([value], [from]) = at.highest::<1>(x);
            (*best, *winner) = (value, from);
        }
    }
}

/// Some channels under a window.
struct Place {
    /// Index of the first of them at the window's first position.
    first: usize,
    /// From one row of the input to the next.
    row: usize,
    /// From one column to the next.
    channels: usize,
    /// Rows and columns of the window inside of the input.
    size: [usize; 2],
}

impl Place {
    /// The highest values of `N` neighbouring channels, the first of equals, and where they stand.
    /// A NaN wins and stays, so that it is found.
    #[inline(always)]
    fn highest<const N: usize>(&self, x: &[f32]) -> ([f32; N], [u32; N]) {
        let (mut best, mut winner) = ([f32::NEG_INFINITY; N], [self.first as u32; N]);
        for iy in 0..self.size[0] {
            for ix in 0..self.size[1] {
                let from = self.first + iy * self.row + ix * self.channels;
                let Some(values) = x[from..].first_chunk::<N>() else {
                    continue;
                };
                for l in 0..N {
                    let wins = (values[l] > best[l]) | values[l].is_nan();
                    best[l] = if wins { values[l] } else { best[l] };
                    winner[l] = if wins { from as u32 } else { winner[l] };
                }
            }
        }
        for (l, winner) in winner.iter_mut().enumerate() {
            *winner += l as u32;
        }
        (best, winner)
    }
}
