//! From a frame of int16 samples to the power of each frequency bin, and from a power to a level:
//! what the audio blocks have in common.

use crate::dsp::{RealFft, math};

/// Pre-emphasis, window function and FFT of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Spectrum<'t> {
    /// Samples of a frame that are looked at, at least 2 and at most `fft.len`.
    pub frame_samples: usize,
    /// `y[n] = x[n] − c·x[n−1]`.
    pub pre_emphasis: f32,
    /// Multiplied onto every sample of a frame without a window function.
    pub scale: f32,
    /// `[frame_samples/2 + 1]`: the first half of a symmetric window function times the scale, whose
    /// value at `n` is that at `frame_samples − n`; empty for none.
    pub taper: &'t [f32],
    /// The FFT.
    pub fft: RealFft<'t>,
}

/// The level of a power: `ln(max(power, floor))·factor + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Powers below it are raised to it; positive and normal.
    pub floor: f32,
    /// 1 for nepers of power, 10/ln 10 for dB.
    pub factor: f32,
    /// Added.
    pub offset: f32,
}

impl Level {
    /// The level of `power`, which may be any number that is not NaN.
    #[inline]
    pub fn of(&self, power: f32) -> f32 {
        math::ln(math::max(power, self.floor)) * self.factor + self.offset
    }
}

impl Spectrum<'_> {
    /// Powers of one frame, scaled: that of bin `k` at `scratch[2k]`, that of bin `len/2` at
    /// `scratch[1]`; other odd places hold nothing of use.
    ///
    /// `frame` is `[frame_samples]` (more are ignored), `previous` the sample before it, `scratch`
    /// at least `[fft.len]` with any content. Powers are those of twice the scaled samples.
    pub fn power(&self, frame: &[i16], previous: i16, scratch: &mut [f32]) {
        let scratch = &mut scratch[..self.fft.len];
        let (numbers, _) = scratch.as_chunks_mut::<2>();
        if self.frame_samples < self.fft.len {
            numbers.fill([0.0; 2]);
        }
        let frame = &frame[..self.frame_samples];
        if self.taper.is_empty() {
            self.load(frame, previous, numbers, |_| self.scale);
        } else {
            let taper = &self.taper[..self.frame_samples / 2 + 1];
            self.load(frame, previous, numbers, |n| {
                taper[n.min(self.frame_samples - n)]
            });
        }
        self.fft.power(scratch);
    }

    /// Pre-emphasis and window function, stored where the FFT wants them.
    #[inline(always)]
    fn load(
        &self,
        frame: &[i16],
        previous: i16,
        numbers: &mut [[f32; 2]],
        factor: impl Fn(usize) -> f32,
    ) {
        let (pairs, last) = frame.as_chunks::<2>();
        let mut previous = f32::from(previous);
        for (i, pair) in pairs.iter().enumerate() {
            let even = f32::from(pair[0]);
            let odd = f32::from(pair[1]);
            numbers[self.fft.position(i)] = [
                (even - self.pre_emphasis * previous) * factor(2 * i),
                (odd - self.pre_emphasis * even) * factor(2 * i + 1),
            ];
            previous = odd;
        }
        if let [sample] = last {
            let emphasized = f32::from(*sample) - self.pre_emphasis * previous;
            numbers[self.fft.position(pairs.len())][0] = emphasized * factor(2 * pairs.len());
        }
    }
}
