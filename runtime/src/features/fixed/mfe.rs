//! Log mel energies in integers; the twin of [`crate::features::Mfe`].

use super::{Level, MelFilters, Spectrum};

/// The block with its tables, which `impulse_ir::features::fixed` computes.
#[derive(Clone, Copy, Debug)]
pub struct Mfe<'t> {
    /// The spectrum of a frame.
    pub spectrum: Spectrum<'t>,
    /// The mel filterbank.
    pub mel: MelFilters<'t>,
    /// From an energy to a level on the block's grid.
    pub level: Level,
}

impl Mfe<'_> {
    /// Length of the scratch that [`Mfe::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.spectrum.fft.len
    }

    /// Levels of one frame, `[n_filters]`, within `scratch`: each an int16 on the block's grid.
    ///
    /// `frame` is `[frame_samples]`, `scratch` at least `[scratch_len]` with any content.
    pub fn frame<'s>(&self, frame: &[i16], scratch: &'s mut [i32]) -> &'s [i32] {
        let shift = self.spectrum.bins(frame, scratch);
        self.mel.levels(scratch, shift, &self.level);
        &scratch[..self.mel.n_filters()]
    }
}
