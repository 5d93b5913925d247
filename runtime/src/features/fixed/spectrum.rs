//! From a frame of int16 samples to its spectrum in integers; the twin of
//! [`crate::features::Spectrum`].

use super::RealFft;
use super::multiply;
use crate::rolled::keep_rolled;

/// Pre-emphasis, window function and FFT of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Spectrum<'t> {
    /// Samples of a frame, at least 2 and at most `fft.len`.
    pub frame_samples: usize,
    /// `c` in `y[n] = x[n] − c·x[n−1]`, with 15 fractional bits: 0..=32 768.
    pub pre_emphasis: i32,
    /// `[(frame_samples + 1)/2 + 1]`: the lower half of the window function with 15 fractional bits,
    /// at most 32 768; empty for none.
    pub taper: &'t [u16],
    /// The FFT.
    pub fft: RealFft<'t>,
}

impl Spectrum<'_> {
    /// The spectrum of one frame at the start of `scratch`, see [`RealFft::spectrum`]: real and
    /// imaginary part of bin `k` at `2k` and `2k + 1`. Returns by how many bits its numbers have to
    /// be shifted to have 15 beside the sign.
    ///
    /// `frame` is `[frame_samples]`, `scratch` at least `[fft.len]` with any content.
    pub fn bins(&self, frame: &[i16], scratch: &mut [i32]) -> u32 {
        let (numbers, _) = scratch[..self.fft.len].as_chunks_mut::<2>();
        if self.frame_samples < self.fft.len {
            numbers.fill([0; 2]);
        }
        let (pairs, last) = frame[..self.frame_samples].as_chunks::<2>();
        let mut loader = Loader {
            spectrum: self,
            numbers,
            at: 0,
            previous: i32::from(frame[0]),
        };
        if self.taper.is_empty() {
            for &pair in pairs {
                loader.pair(pair, [None; 2]);
                keep_rolled();
            }
            if let &[sample] = last {
                loader.last(sample, None);
            }
        } else {
            // The table is read up to the middle and back.
            let n_rising = (self.frame_samples / 2).div_ceil(2);
            let (rising, falling) = pairs.split_at(n_rising);
            for (&pair, &factors) in rising.iter().zip(self.taper.as_chunks::<2>().0) {
                loader.pair(pair, factors.map(Some));
                keep_rolled();
            }
            let back = &self.taper[..self.frame_samples - 2 * n_rising + 1];
            for (&pair, &[odd, even]) in falling.iter().zip(back.as_rchunks::<2>().1.iter().rev()) {
                loader.pair(pair, [Some(even), Some(odd)]);
                keep_rolled();
            }
            if let &[sample] = last {
                loader.last(sample, Some(self.taper[1]));
            }
        }
        let bits = self.fft.spectrum(numbers);
        (32 - bits.leading_zeros()).saturating_sub(15)
    }
}

/// Pre-emphasis and window function, stored where the FFT wants them.
struct Loader<'s, 't> {
    spectrum: &'s Spectrum<'t>,
    numbers: &'s mut [[i32; 2]],
    at: usize,
    previous: i32,
}

impl Loader<'_, '_> {
    #[inline(always)]
    fn pair(&mut self, pair: [i16; 2], factors: [Option<u16>; 2]) {
        self.numbers[self.spectrum.fft.position(self.at)] = [
            self.tapered(pair[0], factors[0]),
            self.tapered(pair[1], factors[1]),
        ];
        self.at += 1;
    }

    /// The last sample of an odd number.
    #[inline(always)]
    fn last(&mut self, sample: i16, factor: Option<u16>) {
        self.numbers[self.spectrum.fft.position(self.at)][0] = self.tapered(sample, factor);
    }

    /// The next sample with 12 fractional bits, at most 2²⁸.
    #[inline(always)]
    fn tapered(&mut self, sample: i16, factor: Option<u16>) -> i32 {
        let sample = i32::from(sample);
        let emphasized = (sample << 15) - self.spectrum.pre_emphasis * self.previous;
        self.previous = sample;
        match factor {
            Some(w) => multiply::taper(emphasized, w) >> 2,
            None => emphasized >> 3,
        }
    }
}
