//! Mel-frequency cepstral coefficients (Davis and Mermelstein, 1980) of int16 samples.
//!
//! Frame → pre-emphasis and window function → power spectrum → triangular mel filters →
//! logarithm → orthonormal DCT-II. A frame depends on its own samples only, so it does not matter
//! where a window starts or in what slices the samples came.

use super::{Level, MelFilters, OfSpectrum, Spectrum};
use crate::dsp::Number;

/// The block with its tables, which `impulse_ir::features::mfcc::MfccTables` computes.
#[derive(Clone, Copy, Debug)]
pub struct Mfcc<'t> {
    /// The spectrum of a frame.
    pub spectrum: Spectrum<'t>,
    /// The mel filterbank.
    pub mel: MelFilters<'t>,
    /// From an energy to a level.
    pub level: Level,
    /// Whether coefficient 0 is the level of the whole frame's energy instead of the DCT's.
    pub log_energy: bool,
    /// Coefficients per frame, at most as many as filters.
    pub n_coefficients: usize,
    /// `[(n_filters + 1)/2, n_coefficients]`: the DCT's factors of the lower half of the filters. Those
    /// of the upper half are the same in reverse order, with the other sign in odd columns.
    pub dct: &'t [f32],
}

/// Rows are coefficients, `[n_coefficients]`.
impl OfSpectrum for Mfcc<'_> {
    fn spectrum(&self) -> &Spectrum<'_> {
        &self.spectrum
    }

    fn of_powers<'s, T: Number>(&self, scratch: &'s mut [T]) -> &'s [T] {
        let energy = if self.log_energy {
            self.spectrum.energy(scratch)
        } else {
            T::default()
        };
        self.mel.levels(scratch, |energy| self.level.of(energy));
        let out = self.cepstrum(scratch);
        if self.log_energy {
            out[0] = self.level.of(energy);
        }
        out
    }
}

impl Mfcc<'_> {
    /// The DCT of the levels at the start of `scratch`, stored behind them.
    fn cepstrum<'s, T: Number>(&self, scratch: &'s mut [T]) -> &'s mut [T] {
        let n_filters = self.mel.n_filters();
        let (levels, rest) = scratch.split_at_mut(n_filters);
        let out = &mut rest[..self.n_coefficients];
        out.fill(T::default());
        let (mut levels, mut rows) = (&*levels, self.dct);
        while let &[low, ref between @ .., high] = levels {
            let (row, rest) = rows.split_at(self.n_coefficients);
            add_row(out, row, [low + high, low - high]);
            (levels, rows) = (between, rest);
        }
        // The one in the middle, where the number is odd.
        if let &[middle] = levels {
            add_row(out, rows, [middle; 2]);
        }
        out
    }
}

/// Adds a row of the DCT, its even columns times the first of `levels`, its odd ones times the second.
#[inline]
fn add_row<T: Number>(out: &mut [T], row: &[f32], levels: [T; 2]) {
    let (row_pairs, row_last) = row.as_chunks::<2>();
    let (out_pairs, out_last) = out.as_chunks_mut::<2>();
    for (out, factor) in out_pairs.iter_mut().zip(row_pairs) {
        out[0] = out[0] + levels[0] * factor[0];
        out[1] = out[1] + levels[1] * factor[1];
    }
    if let ([out], &[factor]) = (out_last, row_last) {
        *out = *out + levels[0] * factor;
    }
}
