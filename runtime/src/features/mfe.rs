//! Log mel energies of int16 samples: the levels of a bank of mel filters, frame by frame.

use super::{Level, MelFilters, Spectrum};
use crate::dsp::Number;

/// The block with its tables, which `impulse_ir::features::mfe::MfeTables` computes.
#[derive(Clone, Copy, Debug)]
pub struct Mfe<'t> {
    /// The spectrum of a frame.
    pub spectrum: Spectrum<'t>,
    /// The mel filterbank.
    pub mel: MelFilters<'t>,
    /// From an energy to a level.
    pub level: Level,
}

impl Mfe<'_> {
    /// Length of the scratch that [`Mfe::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.spectrum.fft.len
    }

    /// Levels of one frame, `[n_filters]`, within `scratch`. Every result is finite.
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
        self.mel.levels(scratch, |energy| self.level.of(energy));
        &scratch[..self.mel.n_filters()]
    }
}
