//! A handful of statistics of each axis; the numbers of Edge Impulse's flatten block.

use super::axes;
use crate::dsp::statistics;
use crate::rolled::keep_rolled;

/// Statistics there are, in the order in which they are given: mean, smallest and largest value,
/// RMS, population standard deviation, skewness, excess kurtosis.
pub const N_STATISTICS: usize = 7;

/// The block with its tables.
#[derive(Clone, Copy, Debug)]
pub struct Flatten<'t> {
    /// Samples of a window, each of `n_axes` values.
    pub n_samples: usize,
    /// Values of a sample.
    pub n_axes: usize,
    /// The axes that are analysed, ascending.
    pub axes: &'t [u8],
    /// What a step of the int16 samples is worth.
    pub scale: f32,
    /// Bit `i`: whether statistic `i` is given.
    pub statistics: u8,
}

impl Flatten<'_> {
    /// Features of a window.
    pub const fn row_len(&self) -> usize {
        self.axes.len() * self.statistics.count_ones() as usize
    }

    /// Length of the scratch that [`Flatten::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.row_len() + self.n_samples
    }

    /// Features of one window, `[n_samples, n_axes]`, as a row `[row_len]` at the start of
    /// `scratch`, which has at least `[scratch_len]` of any content. Every result is finite.
    pub fn frame<'s>(&self, window: &[i16], scratch: &'s mut [f32]) -> &'s [f32] {
        let (out, work) = scratch.split_at_mut(self.row_len());
        self.row(window, work, out);
        out
    }

    fn row(&self, window: &[i16], scratch: &mut [f32], out: &mut [f32]) {
        let signal = &mut scratch[..self.n_samples];
        let rows = out.chunks_exact_mut(self.statistics.count_ones() as usize);
        for (&axis, row) in self.axes.iter().zip(rows) {
            axes::load(window, self.n_axes, axis, self.scale, signal);
            self.axis(signal, row);
        }
    }

    /// Features of the scaled signal of one axis.
    pub fn axis(&self, signal: &[f32], out: &mut [f32]) {
        let moments = statistics::moments(signal);
        let (mut smallest, mut largest) = (signal[0], signal[0]);
        for &value in signal {
            if value < smallest {
                smallest = value;
            }
            if value > largest {
                largest = value;
            }
            keep_rolled();
        }
        let all: [f32; N_STATISTICS] = [
            moments.mean,
            smallest,
            largest,
            statistics::rms(signal),
            moments.deviation,
            moments.skewness,
            moments.kurtosis,
        ];
        let given = (0..N_STATISTICS).filter(|i| self.statistics >> i & 1 == 1);
        for (value, i) in out.iter_mut().zip(given) {
            *value = all[i];
            keep_rolled();
        }
    }
}
