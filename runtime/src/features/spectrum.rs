//! From a frame of int16 samples to the power of each frequency bin, and from a power to a level:
//! what the audio blocks have in common.

use crate::dsp::{Number, RealFft, math};
use crate::rolled::keep_rolled;

/// Pre-emphasis, window function and FFT of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Spectrum<'t> {
    /// Samples of a frame that are looked at, at least 2 and at most `fft.len`.
    pub frame_samples: usize,
    /// `y[n] = x[n] − c·x[n−1]`.
    pub pre_emphasis: f32,
    /// Whether bins are given as magnitudes, the square roots of their powers.
    pub magnitude: bool,
    /// Multiplied onto every sample of a frame without a window function.
    pub scale: f32,
    /// `[(frame_samples + 1)/2 + 1]`: the first half of a symmetric window function times the scale, whose
    /// value at `n` is that at `frame_samples − n`; empty for none.
    pub taper: &'t [f32],
    /// The FFT.
    pub fft: RealFft<'t>,
}

/// The level of a power: `ln(max(power, floor))·factor + offset`, or the same without logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Whether the logarithm is taken.
    pub log: bool,
    /// Powers below it are raised to it; positive and normal.
    pub floor: f32,
    /// 1 for nepers of power, 10/ln 10 for dB.
    pub factor: f32,
    /// Added.
    pub offset: f32,
}

/// A block that makes a row of the spectrum of a frame.
pub trait OfSpectrum {
    /// The spectrum of a frame.
    fn spectrum(&self) -> &Spectrum<'_>;

    /// The row of powers as [`Spectrum::power`] leaves them in `scratch`, `[fft.len]`, at its start. Every
    /// result is finite.
    fn of_powers<'s, T: Number>(&self, scratch: &'s mut [T]) -> &'s [T];

    /// Length of the scratch that [`OfSpectrum::frame`] needs.
    fn scratch_len(&self) -> usize {
        self.spectrum().fft.len
    }

    /// The row of one frame, within `scratch`. Every result is finite.
    ///
    /// `frame` is `[frame_samples]`, `scratch` at least `[scratch_len]` with any content.
    fn frame<'s>(&self, frame: &[i16], scratch: &'s mut [f32]) -> &'s [f32] {
        self.frame_after(frame, frame[0], scratch)
    }

    /// The same with the sample before the frame. A copy for each place that computes rows would take a
    /// kilobyte of flash and save nothing.
    #[inline(never)]
    fn frame_after<'s>(&self, frame: &[i16], previous: i16, scratch: &'s mut [f32]) -> &'s [f32] {
        self.spectrum().power(frame, previous, scratch);
        self.of_powers(scratch)
    }
}

impl Level {
    /// The level of `power`, which may be any number that is not NaN.
    #[inline]
    pub fn of<T: Number>(&self, power: T) -> T {
        power.map(|power| {
            let raised = math::max(power, self.floor);
            let level = if self.log { math::ln(raised) } else { raised };
            level * self.factor + self.offset
        })
    }
}

impl Spectrum<'_> {
    /// The sum of all powers that [`Spectrum::power`] has left in `scratch`, from bin 0 up.
    pub fn energy<T: Number>(&self, scratch: &[T]) -> T {
        let mut sum = T::default();
        for bin in scratch[..self.fft.len].as_chunks::<2>().0 {
            sum = sum + bin[0];
            keep_rolled();
        }
        sum + scratch[1]
    }

    /// Powers (or magnitudes) of one frame, scaled: that of bin `k` at `scratch[2k]`, that of bin `len/2` at
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
        let (pairs, last) = frame[..self.frame_samples].as_chunks::<2>();
        let mut loader = Loader {
            spectrum: self,
            numbers,
            at: 0,
            previous: f32::from(previous),
        };
        if self.taper.is_empty() {
            for &pair in pairs {
                loader.pair(pair, [self.scale; 2]);
            }
            if let &[sample] = last {
                loader.last(sample, self.scale);
            }
        } else {
            // The table is read up to the middle and back.
            let n_rising = (self.frame_samples / 2).div_ceil(2);
            let (rising, falling) = pairs.split_at(n_rising);
            for (&pair, &factors) in rising.iter().zip(self.taper.as_chunks::<2>().0) {
                loader.pair(pair, factors);
            }
            let back = &self.taper[..self.frame_samples - 2 * n_rising + 1];
            for (&pair, &[odd, even]) in falling.iter().zip(back.as_rchunks::<2>().1.iter().rev()) {
                loader.pair(pair, [even, odd]);
            }
            if let &[sample] = last {
                loader.last(sample, self.taper[1]);
            }
        }
        self.transform(scratch);
    }

    /// What [`Spectrum::power`] does of a frame whose sample `i` is `sample(i)`, and whose first sample
    /// follows itself.
    pub fn power_of<T: Number>(&self, sample: impl Fn(usize) -> T, scratch: &mut [T]) {
        let scratch = &mut scratch[..self.fft.len];
        let (n, c) = (self.frame_samples, self.pre_emphasis);
        if n < self.fft.len {
            scratch.fill(T::default());
        }
        let (numbers, _) = scratch.as_chunks_mut::<2>();
        let mut previous = sample(0);
        for i in 0..n {
            keep_rolled();
            let factor = match self.taper {
                [] => self.scale,
                taper => taper[i.min(n - i)],
            };
            let value = sample(i);
            numbers[self.fft.position(i / 2)][i % 2] = (value - previous * c) * factor;
            previous = value;
        }
        self.transform(scratch);
    }

    /// What [`Spectrum::power`] does with samples that are in their places, emphasized and windowed:
    /// pair `i` at [`RealFft::position`]`(i)`. `scratch` is `[fft.len]`.
    pub fn transform<T: Number>(&self, scratch: &mut [T]) {
        self.fft.power(scratch);
        if self.magnitude {
            for number in scratch.iter_mut().step_by(2) {
                *number = number.map(math::sqrt);
            }
            scratch[1] = scratch[1].map(math::sqrt);
        }
    }
}

/// Pre-emphasis and window function, stored where the FFT wants them.
struct Loader<'s, 't> {
    spectrum: &'s Spectrum<'t>,
    numbers: &'s mut [[f32; 2]],
    at: usize,
    previous: f32,
}

impl Loader<'_, '_> {
    #[inline(always)]
    fn pair(&mut self, pair: [i16; 2], factors: [f32; 2]) {
        let [even, odd] = pair.map(f32::from);
        let c = self.spectrum.pre_emphasis;
        self.numbers[self.spectrum.fft.position(self.at)] = [
            (even - c * self.previous) * factors[0],
            (odd - c * even) * factors[1],
        ];
        self.at += 1;
        self.previous = odd;
    }

    /// The last sample of an odd number.
    #[inline(always)]
    fn last(&mut self, sample: i16, factor: f32) {
        let emphasized = f32::from(sample) - self.spectrum.pre_emphasis * self.previous;
        self.numbers[self.spectrum.fft.position(self.at)][0] = emphasized * factor;
    }
}
