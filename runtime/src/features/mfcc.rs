//! Mel-frequency cepstral coefficients (Davis and Mermelstein, 1980) of int16 samples.
//!
//! Frame → pre-emphasis and taper → power spectrum → triangular mel filters → logarithm →
//! orthonormal DCT-II. A frame depends on its own samples only, so it does not matter where a
//! window starts or in what slices the samples came.

use crate::dsp::{RealFft, math};

/// The block with its tables, which `impulse_ir::features::mfcc::MfccTables` computes.
#[derive(Clone, Copy, Debug)]
pub struct Mfcc<'t> {
    /// Samples in a frame, at most `fft.len`.
    pub frame_samples: usize,
    /// Samples between the starts of two frames.
    pub hop_samples: usize,
    /// Coefficients per frame.
    pub n_coefficients: usize,
    /// `y[n] = x[n] − c·x[n−1]` within a frame, `y[0] = x[0] − c·x[0]`.
    pub pre_emphasis: f32,
    /// Energies below it are raised to it before the logarithm is taken; positive and normal.
    pub log_floor: f32,
    /// `[frame_samples]`: the taper times 2⁻¹⁶, which brings full scale to ±½ as the FFT wants.
    pub taper: &'t [f32],
    /// The FFT.
    pub fft: RealFft<'t>,
    /// The mel filterbank.
    pub mel: MelFilters<'t>,
    /// `[n_filters, n_coefficients]`: the DCT.
    pub dct: &'t [f32],
}

/// Triangular filters, each of which starts at the peak of the one below and ends at the peak of
/// the one above: between two neighbouring peaks a bin gives `w` of its power to the upper
/// filter and the rest to the lower one, so one weight per bin is enough.
#[derive(Clone, Copy, Debug)]
pub struct MelFilters<'t> {
    /// The first bin above the lower edge of the lowest filter.
    pub first_bin: usize,
    /// `[n_filters + 1]`: bins between two neighbouring points (edge, peaks, edge).
    pub segment_bins: &'t [u16],
    /// Of each bin from `first_bin` on, the share of the upper filter, 0..1.
    pub weights: &'t [f32],
}

impl Mfcc<'_> {
    /// Length of the scratch that [`Mfcc::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.fft.len
    }

    /// Whole frames in `n_samples`.
    pub const fn n_frames(&self, n_samples: usize) -> usize {
        if n_samples < self.frame_samples {
            0
        } else {
            (n_samples - self.frame_samples) / self.hop_samples + 1
        }
    }

    /// Coefficients of one frame.
    ///
    /// `frame` is `[frame_samples]`, `scratch` at least `[scratch_len]` with any content, `out`
    /// `[n_coefficients]`. Every result is finite.
    pub fn frame(&self, frame: &[i16], scratch: &mut [f32], out: &mut [f32]) {
        let scratch = &mut scratch[..self.fft.len];
        self.load(frame, scratch);
        self.fft.power(scratch);
        self.cepstrum(scratch, out);
    }

    /// Coefficients of every whole frame of `samples` to `features`, `[n_frames, n_coefficients]`.
    pub fn window(&self, samples: &[i16], scratch: &mut [f32], features: &mut [f32]) {
        let rows = features.chunks_exact_mut(self.n_coefficients);
        let mut start = 0;
        for row in rows.take(self.n_frames(samples.len())) {
            self.frame(&samples[start..start + self.frame_samples], scratch, row);
            start += self.hop_samples;
        }
    }

    /// Pre-emphasis and taper, stored where the FFT wants them.
    fn load(&self, frame: &[i16], data: &mut [f32]) {
        let numbers = data.as_chunks_mut::<2>().0;
        if self.frame_samples < self.fft.len {
            numbers.fill([0.0; 2]);
        }
        let (pairs, last) = frame[..self.frame_samples].as_chunks::<2>();
        let (taper_pairs, taper_last) = self.taper.as_chunks::<2>();
        let mut previous = f32::from(frame[0]);
        for (i, (pair, taper)) in pairs.iter().zip(taper_pairs).enumerate() {
            let even = f32::from(pair[0]);
            let odd = f32::from(pair[1]);
            numbers[self.fft.position(i)] = [
                (even - self.pre_emphasis * previous) * taper[0],
                (odd - self.pre_emphasis * even) * taper[1],
            ];
            previous = odd;
        }
        if let ([sample], [taper]) = (last, taper_last) {
            let emphasized = f32::from(*sample) - self.pre_emphasis * previous;
            numbers[self.fft.position(pairs.len())][0] = emphasized * taper;
        }
    }

    /// Filters, logarithm and DCT in one pass over the bins.
    fn cepstrum(&self, spectrum: &[f32], out: &mut [f32]) {
        let mut bins = &spectrum.as_chunks::<2>().0[self.mel.first_bin..];
        let mut weights = self.mel.weights;
        let mut rows = self.dct.chunks_exact(self.n_coefficients);
        out.fill(0.0);
        let mut rise_below = 0.0;
        for (segment, &n_bins) in self.mel.segment_bins.iter().enumerate() {
            let (mut rise, mut fall) = (0.0f32, 0.0f32);
            let (segment_bins, bins_above) = bins.split_at(n_bins as usize);
            let (segment_weights, weights_above) = weights.split_at(n_bins as usize);
            for (bin, weight) in segment_bins.iter().zip(segment_weights) {
                let upper = bin[0] * weight;
                rise += upper;
                fall += bin[0] - upper;
            }
            (bins, weights) = (bins_above, weights_above);
            // Below the first peak there is no lower filter.
            if segment > 0 {
                let level = math::ln(math::max(rise_below + fall, self.log_floor));
                if let Some(row) = rows.next() {
                    for (coefficient, factor) in out.iter_mut().zip(row) {
                        *coefficient += level * factor;
                    }
                }
            }
            rise_below = rise;
        }
    }
}
