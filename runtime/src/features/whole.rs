//! Audio blocks over a whole window at once, as Edge Impulse's blocks work: the sample before the
//! first is the last one of the window, and what is done over the frames is not done by columns of
//! a ring. Nothing of it can be computed before the window is complete.

use super::OfSpectrum;
use crate::dsp::math;

/// A block that turns a frame into a row.
pub trait Row {
    /// Length of the scratch that a row needs.
    fn scratch_len(&self) -> usize;

    /// The row of `frame`, which follows the sample `previous`, within `scratch`.
    fn row<'s>(&self, frame: &[i16], previous: i16, scratch: &'s mut [f32]) -> &'s [f32];
}

/// A block with what is done to the rows of a window.
#[derive(Clone, Copy, Debug)]
pub struct Whole<B> {
    /// The block.
    pub block: B,
    /// Values of a frame that are looked at: samples times axes.
    pub frame_samples: usize,
    /// Values between the starts of two frames.
    pub hop_samples: usize,
    /// Frames of the window.
    pub n_frames: usize,
    /// Values of a row.
    pub n_columns: usize,
    /// What is done to the rows.
    pub finish: Finish,
}

/// What is done to the rows of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Nothing.
    None,
    /// Values below 0 become 0.
    Rise,
    /// Values are clipped to 0..1 and rounded to 256ths, halves to even; a whole 1 does not fit into
    /// the byte and becomes 0.
    Byte,
    /// Mean and deviation over as many frames as this around each one are removed; the window is
    /// mirrored at its ends.
    Slide(usize),
}

impl<B: OfSpectrum> Row for B {
    fn scratch_len(&self) -> usize {
        self.scratch_len()
    }

    fn row<'s>(&self, frame: &[i16], previous: i16, scratch: &'s mut [f32]) -> &'s [f32] {
        self.frame_after(frame, previous, scratch)
    }
}

impl<B: Row> Whole<B> {
    /// Numbers at the start of the scratch, before the rows.
    fn work_len(&self) -> usize {
        let row = self.block.scratch_len();
        match self.finish {
            Finish::Slide(_) => row.max(self.n_frames),
            _ => row,
        }
    }

    /// Length of the scratch that [`Whole::frame`] needs.
    pub fn scratch_len(&self) -> usize {
        self.work_len() + self.n_frames * self.n_columns
    }

    /// The rows of a window, `[n_frames, n_columns]`, within `scratch`. Every result is finite.
    ///
    /// `scratch` is `[scratch_len]` with any content.
    pub fn frame<'s>(&self, window: &[i16], scratch: &'s mut [f32]) -> &'s [f32] {
        let (work, rest) = scratch.split_at_mut(self.work_len());
        let rows = &mut rest[..self.n_frames * self.n_columns];
        let mut start = 0;
        for row in rows.chunks_exact_mut(self.n_columns) {
            let frame = &window[start..start + self.frame_samples];
            let previous = window[if start > 0 { start } else { window.len() } - 1];
            row.copy_from_slice(self.block.row(frame, previous, work));
            start += self.hop_samples;
        }
        match self.finish {
            Finish::None => {}
            Finish::Rise => rows.iter_mut().for_each(|x| *x = math::max(*x, 0.0)),
            Finish::Byte => rows.iter_mut().for_each(|x| *x = byte(*x)),
            Finish::Slide(n_around) => self.slide(n_around, work, rows),
        }
        rows
    }

    /// Sliding normalization, column by column; `column` has room for one.
    fn slide(&self, n_around: usize, column: &mut [f32], rows: &mut [f32]) {
        let column = &mut column[..self.n_frames];
        for first in 0..self.n_columns {
            let values = |rows: &[f32], frame: usize| rows[first + frame * self.n_columns];
            for (frame, x) in column.iter_mut().enumerate() {
                *x = values(rows, frame);
            }
            // The mean of differences: a column that does not move gives 0, not rounding noise.
            for frame in 0..self.n_frames {
                rows[first + frame * self.n_columns] = -self.mean(column, frame, n_around);
            }
            for (frame, x) in column.iter_mut().enumerate() {
                *x = values(rows, frame);
            }
            for frame in 0..self.n_frames {
                let variance = self.variance(column, frame, n_around);
                let deviation = if variance > 1e-30 {
                    variance * math::inverse_sqrt(variance)
                } else {
                    0.0
                };
                rows[first + frame * self.n_columns] = column[frame] / (deviation + 1e-10);
            }
        }
    }

    /// Mean of what the frames around `frame` have more than it.
    fn mean(&self, column: &[f32], frame: usize, n_around: usize) -> f32 {
        let mut sum = 0.0;
        for i in 0..n_around {
            sum += column[self.mirrored(frame, i, n_around)] - column[frame];
        }
        sum / n_around as f32
    }

    /// Variance of the frames around `frame`, about their own mean.
    fn variance(&self, column: &[f32], frame: usize, n_around: usize) -> f32 {
        let mean = self.mean(column, frame, n_around);
        let mut squares = 0.0;
        for i in 0..n_around {
            let difference = column[self.mirrored(frame, i, n_around)] - column[frame] - mean;
            squares += difference * difference;
        }
        squares / n_around as f32
    }

    /// The `i`-th of the frames around `frame`; beyond the ends the window is mirrored, as often as
    /// it takes.
    fn mirrored(&self, frame: usize, i: usize, n_around: usize) -> usize {
        let period = 2 * self.n_frames;
        let half = n_around / 2;
        let at = (frame + i + period * (half / period + 1) - half) % period;
        at.min(period - 1 - at)
    }
}

/// A value from 0 to 1 as it comes back from an unsigned byte of 256ths.
fn byte(x: f32) -> f32 {
    let steps = math::max(x, 0.0) * 256.0;
    let steps = if steps > 256.0 { 256.0 } else { steps };
    let whole = steps as i32;
    let rest = steps - whole as f32;
    let odd_half = rest == 0.5 && whole % 2 != 0;
    let rounded = if rest > 0.5 || odd_half {
        whole + 1
    } else {
        whole
    };
    (rounded % 256) as f32 * (1.0 / 256.0)
}
