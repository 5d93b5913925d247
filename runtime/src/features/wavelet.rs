//! Wavelet features of motion: 14 statistics of each band of a discrete wavelet transform, axis
//! by axis; the numbers of Edge Impulse's spectral analysis block, version 4, wavelet branch.

use super::axes;
use crate::dsp::{Conditioning, Wavelet, math, statistics};

/// Statistics of a band.
pub const N_STATISTICS: usize = 14;
/// Bins of the histogram whose entropy is taken.
const N_BINS: usize = 100;
/// Percentiles that are given, in their order.
const PERCENTILES: [usize; 5] = [5, 25, 75, 95, 50];

/// The block with its tables.
#[derive(Clone, Copy, Debug)]
pub struct WaveletBands<'t> {
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
    /// The wavelet.
    pub wavelet: Wavelet<'t>,
    /// Levels of the transform, at least 1; the signal is at least as long as the filters at each.
    pub n_levels: usize,
}

impl WaveletBands<'_> {
    /// Features of a window: of each axis those of the last approximation, then of the details
    /// from the coarsest to the finest.
    pub const fn row_len(&self) -> usize {
        self.axes.len() * (self.n_levels + 1) * N_STATISTICS
    }

    /// Length of the scratch that [`WaveletBands::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.row_len() + self.n_samples + self.axis_scratch_len()
    }

    /// Length of the scratch that [`WaveletBands::axis`] needs.
    pub const fn axis_scratch_len(&self) -> usize {
        N_BINS + 2 * Wavelet::half_len(self.n_samples, self.wavelet.low.len())
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
        let rows = out.chunks_exact_mut((self.n_levels + 1) * N_STATISTICS);
        for (&axis, row) in self.axes.iter().zip(rows) {
            axes::load(window, self.n_axes, axis, self.scale, signal);
            self.axis(signal, rest, row);
        }
    }

    /// Features of the scaled signal of one axis, which is overwritten: `scratch` is
    /// `[axis_scratch_len]`, `out` `[(n_levels + 1) · N_STATISTICS]`.
    pub fn axis(&self, signal: &mut [f32], scratch: &mut [f32], out: &mut [f32]) {
        let (histogram, rest) = scratch.split_at_mut(N_BINS);
        let half_len = Wavelet::half_len(self.n_samples, self.wavelet.low.len());
        let (approximation, detail) = rest.split_at_mut(half_len);
        let mut n = self.conditioning.apply(signal);
        for level in 0..self.n_levels {
            let n_half = Wavelet::half_len(n, self.wavelet.low.len());
            let (a, d) = (&mut approximation[..n_half], &mut detail[..n_half]);
            self.wavelet.split(&signal[..n], a, d);
            signal[..n_half].copy_from_slice(a);
            n = n_half;
            let band = self.n_levels - level;
            statistics_of(
                d,
                histogram,
                &mut out[band * N_STATISTICS..][..N_STATISTICS],
            );
        }
        statistics_of(&mut signal[..n], histogram, &mut out[..N_STATISTICS]);
    }
}

/// The statistics of a band, which is sorted on the way.
fn statistics_of(band: &mut [f32], histogram: &mut [f32], out: &mut [f32]) {
    let moments = statistics::moments(band);
    let rms = statistics::rms(band);
    let count = band.len() as f32;
    out[1] = crossings(band, 0.0) / count;
    out[2] = crossings(band, moments.mean) / count;
    statistics::sort(band);
    out[0] = entropy(band, histogram);
    for (value, percent) in out[3..8].iter_mut().zip(PERCENTILES) {
        // The nearest rank, halves upwards, in whole numbers.
        *value = band[(2 * (band.len() - 1) * percent + 100) / 200];
    }
    out[8] = moments.mean;
    out[9] = moments.deviation;
    out[10] = moments.deviation * moments.deviation * (count / (count - 1.0));
    out[11] = rms;
    out[12] = if rms == 0.0 { 0.0 } else { moments.skewness };
    out[13] = if rms == 0.0 { 0.0 } else { moments.kurtosis };
}

/// How often neighbours stand on different sides of `threshold`.
fn crossings(band: &[f32], threshold: f32) -> f32 {
    let mut n_crossings = 0u32;
    for (a, b) in band.iter().zip(&band[1..]) {
        if (*a > threshold) != (*b > threshold) {
            n_crossings += 1;
        }
    }
    n_crossings as f32
}

/// Shannon entropy, in nats, of the histogram of a sorted band over [`N_BINS`] equal bins from its
/// smallest to its largest value; of equal values 0.
fn entropy(sorted: &[f32], histogram: &mut [f32]) -> f32 {
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let range = high - low;
    if range < f32::MIN_POSITIVE {
        return 0.0;
    }
    histogram.fill(0.0);
    for value in sorted {
        let at = (value - low) / range * N_BINS as f32;
        let bin = at as usize;
        histogram[if bin < N_BINS { bin } else { N_BINS - 1 }] += 1.0;
    }
    let mut sum = 0.0;
    for &in_bin in histogram.iter() {
        if in_bin > 0.0 {
            let share = in_bin / sorted.len() as f32;
            sum -= share * math::ln(share);
        }
    }
    sum
}
