//! Spectral features of motion: of each axis a few statistics and the largest power of each
//! frequency bin over the window; the numbers of Edge Impulse's spectral analysis block, version
//! 4, FFT branch.
//!
//! Scale → decimation → filter → mean removed → RMS, skewness, kurtosis; the power spectrum of
//! each piece of `fft.len` samples, the largest of each bin → skewness and kurtosis of the bins,
//! their logarithms.

use core::f32::consts::LOG10_E;

use super::axes;
use crate::dsp::{Conditioning, Decimation, RealFft, math, statistics};
use crate::rolled::{keep_rolled, opaque};

/// Powers below it count as it before the logarithm is taken: an axis that stands still has −10
/// everywhere, whatever the rounding.
pub const POWER_FLOOR: f32 = 1e-10;
/// Statistics that stand before the bins.
pub const N_STATISTICS: usize = 5;

/// The block with its tables.
#[derive(Clone, Copy, Debug)]
pub struct Spectral<'t> {
    /// Samples of a window, each of `n_axes` values.
    pub n_samples: usize,
    /// Values of a sample.
    pub n_axes: usize,
    /// The axes that are analysed, ascending.
    pub axes: &'t [u8],
    /// What a step of the int16 samples is worth.
    pub scale: f32,
    /// What comes before the analysis.
    pub conditioning: Conditioning<'t>,
    /// The transform; its length is that of a piece.
    pub fft: RealFft<'t>,
    /// Samples from the start of a piece to that of the next. Pieces start within the signal;
    /// what a piece lacks at its end counts as 0.
    pub hop_samples: usize,
    /// Whether powers are given as `log10`.
    pub log: bool,
    /// Bins that are given: the first and the one after the last. Bin 0 never is.
    pub bins: [usize; 2],
    /// The decimation before the same features are taken of what is left, for low frequencies;
    /// without stages there are none.
    pub low: Decimation<'t>,
    /// The bins of those.
    pub low_bins: [usize; 2],
}

impl Spectral<'_> {
    /// Features of a window: of each axis statistics and bins, then of each axis those of the low
    /// frequencies.
    pub const fn row_len(&self) -> usize {
        self.axes.len() * (self.main_len() + self.low_len())
    }

    /// Length of the scratch that [`Spectral::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.row_len() + self.n_samples + self.fft.len + self.fft.len / 2 + 1
    }

    const fn main_len(&self) -> usize {
        N_STATISTICS + self.bins[1] - self.bins[0]
    }

    const fn low_len(&self) -> usize {
        if self.low.ratios.is_empty() {
            0
        } else {
            N_STATISTICS + self.low_bins[1] - self.low_bins[0]
        }
    }

    /// Features of one window, `[n_samples, n_axes]`, as a row `[row_len]` at the start of
    /// `scratch`, which has at least `[scratch_len]` of any content. Every result is finite.
    pub fn frame<'s>(&self, window: &[i16], scratch: &'s mut [f32]) -> &'s [f32] {
        let (out, work) = scratch.split_at_mut(self.row_len());
        self.row(window, work, out);
        out
    }

    fn row(&self, window: &[i16], scratch: &mut [f32], out: &mut [f32]) {
        let (signal, rest) = scratch.split_at_mut(self.n_samples);
        let (main_len, low_len) = (self.main_len(), self.low_len());
        let (main, low) = out.split_at_mut(self.axes.len() * main_len);
        for (idx, &axis) in self.axes.iter().enumerate() {
            axes::load(window, self.n_axes, axis, self.scale, signal);
            let low = &mut low[idx * low_len..(idx + 1) * low_len];
            self.axis(signal, rest, &mut main[idx * main_len..][..main_len], low);
        }
    }

    /// Features of the scaled signal of one axis, which is overwritten: `main` those of all
    /// frequencies, `low` those of the low ones, `scratch` `[fft.len + fft.len/2 + 1]`.
    pub fn axis(&self, signal: &mut [f32], scratch: &mut [f32], main: &mut [f32], low: &mut [f32]) {
        let n_left = self.conditioning.apply(signal);
        let signal = &mut signal[..n_left];
        self.analyse(signal, scratch, self.bins, main);
        if !self.low.ratios.is_empty() {
            let n_left = self.low.apply(signal);
            let signal = &mut signal[..n_left];
            statistics::remove_mean(signal);
            self.analyse(signal, scratch, self.low_bins, low);
        }
    }

    /// Statistics and bins of a signal.
    #[inline(never)]
    fn analyse(&self, signal: &[f32], scratch: &mut [f32], bins: [usize; 2], out: &mut [f32]) {
        let (numbers, rest) = scratch.split_at_mut(self.fft.len);
        let peaks = &mut rest[..self.fft.len / 2 + 1];
        let moments = statistics::moments(signal);
        out[0] = statistics::rms(signal);
        out[1] = moments.skewness;
        out[2] = moments.kurtosis;
        self.spectrum(signal, numbers, peaks);
        let moments = statistics::moments(peaks);
        out[3] = moments.skewness;
        out[4] = moments.kurtosis;
        let (peaks, out) = opaque((&peaks[bins[0]..bins[1]], &mut out[N_STATISTICS..]));
        for (value, &power) in out.iter_mut().zip(peaks) {
            *value = if self.log {
                math::ln(math::max(power, POWER_FLOOR)) * LOG10_E
            } else {
                power
            };
            keep_rolled();
        }
    }

    /// The largest power `|X[k]|² / fft.len` of each bin over all pieces.
    fn spectrum(&self, signal: &[f32], numbers: &mut [f32], peaks: &mut [f32]) {
        peaks.fill(0.0);
        let half = self.fft.len / 2;
        // The transform gives the power of twice the spectrum; both factors are powers of two.
        let factor = 0.25 / self.fft.len as f32;
        let mut start = 0;
        while start < signal.len() {
            self.load_piece(&signal[start..], numbers);
            self.fft.power(numbers);
            let bins = numbers.as_chunks::<2>().0;
            for (peak, bin) in opaque(&mut peaks[..half]).iter_mut().zip(bins) {
                *peak = math::max(*peak, bin[0] * factor);
                keep_rolled();
            }
            peaks[half] = math::max(peaks[half], numbers[1] * factor);
            start += self.hop_samples;
        }
    }

    /// Stores the start of `signal` where the FFT wants it.
    fn load_piece(&self, signal: &[f32], numbers: &mut [f32]) {
        let numbers = numbers.as_chunks_mut::<2>().0;
        let signal = &signal[..signal.len().min(self.fft.len)];
        if signal.len() < self.fft.len {
            numbers.fill([0.0; 2]);
        }
        let (pairs, last) = signal.as_chunks::<2>();
        for (i, pair) in pairs.iter().enumerate() {
            numbers[self.fft.position(i)] = *pair;
            keep_rolled();
        }
        if let [value] = last {
            numbers[self.fft.position(pairs.len())][0] = *value;
        }
    }
}
