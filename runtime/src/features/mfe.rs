//! Log mel energies of int16 samples: the levels of a bank of mel filters, frame by frame.

use super::{Level, MelFilters, OfSpectrum, Spectrum};
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

/// Rows are levels, `[n_filters]`.
impl OfSpectrum for Mfe<'_> {
    fn spectrum(&self) -> &Spectrum<'_> {
        &self.spectrum
    }

    fn of_powers<'s, T: Number>(&self, scratch: &'s mut [T]) -> &'s [T] {
        self.mel.levels(scratch, |energy| self.level.of(energy));
        &scratch[..self.mel.n_filters()]
    }
}
