//! The level of each frequency bin of int16 samples, frame by frame.

use super::{Level, Spectrum};
use crate::dsp::Number;

/// The block with its tables, which `impulse_ir::features::spectrogram::SpectrogramTables`
/// computes.
#[derive(Clone, Copy, Debug)]
pub struct Spectrogram<'t> {
    /// The spectrum of a frame.
    pub spectrum: Spectrum<'t>,
    /// From a power to a level.
    pub level: Level,
}

impl Spectrogram<'_> {
    /// Length of the scratch that [`Spectrogram::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.spectrum.fft.len
    }

    /// Bins of a frame.
    pub const fn n_bins(&self) -> usize {
        self.spectrum.fft.len / 2 + 1
    }

    /// Levels of one frame, `[n_bins]`, within `scratch`. Every result is finite.
    ///
    /// `frame` is `[frame_samples]`, `scratch` at least `[scratch_len]` with any content.
    pub fn frame<'s>(&self, frame: &[i16], scratch: &'s mut [f32]) -> &'s [f32] {
        self.frame_after(frame, frame[0], scratch)
    }

    /// The same with the sample before the frame.
    pub fn frame_after<'s>(
        &self,
        frame: &[i16],
        previous: i16,
        scratch: &'s mut [f32],
    ) -> &'s [f32] {
        self.spectrum.power(frame, previous, scratch);
        self.of_powers(scratch)
    }

    /// The same of powers as [`Spectrum::power`] leaves them in `scratch`.
    pub fn of_powers<'s, T: Number>(&self, scratch: &'s mut [T]) -> &'s [T] {
        let last = self.n_bins() - 1;
        let highest = scratch[1];
        for bin in 0..last {
            scratch[bin] = self.level.of(scratch[2 * bin]);
        }
        scratch[last] = self.level.of(highest);
        &scratch[..=last]
    }
}
