//! From a frame of int16 samples to its spectrum in integers; the twin of
//! [`crate::features::Spectrum`].

use super::RealFft;
use super::multiply;

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
        let mut previous = frame[0];
        let (pairs, last) = frame[..self.frame_samples].as_chunks::<2>();
        for (at, &[even, odd]) in pairs.iter().enumerate() {
            numbers[self.fft.position(at)] = [
                self.tapered(2 * at, even, previous),
                self.tapered(2 * at + 1, odd, even),
            ];
            previous = odd;
        }
        if let &[sample] = last {
            numbers[self.fft.position(pairs.len())][0] =
                self.tapered(self.frame_samples - 1, sample, previous);
        }
        let bits = self.fft.spectrum(numbers);
        (32 - bits.leading_zeros()).saturating_sub(15)
    }

    /// Sample `at` of a frame with 12 fractional bits, at most 2²⁸.
    #[inline(always)]
    fn tapered(&self, at: usize, sample: i16, previous: i16) -> i32 {
        let emphasized = (i32::from(sample) << 15) - self.pre_emphasis * i32::from(previous);
        match self.taper.get(at.min(self.frame_samples - at)) {
            Some(&w) => multiply::taper(emphasized, w) >> 2,
            None => emphasized >> 3,
        }
    }
}
