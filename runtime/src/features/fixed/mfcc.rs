//! Mel-frequency cepstral coefficients in integers; the twin of [`crate::features::Mfcc`].

use super::{Level, MelFilters, Spectrum};
use crate::rolled::{keep_rolled, opaque};

/// The block with its tables, which `impulse_ir::features::fixed` computes.
#[derive(Clone, Copy, Debug)]
pub struct Mfcc<'t> {
    /// The spectrum of a frame.
    pub spectrum: Spectrum<'t>,
    /// The mel filterbank.
    pub mel: MelFilters<'t>,
    /// From an energy to a level.
    pub level: Level,
    /// Coefficients per frame, at most as many as filters.
    pub n_coefficients: usize,
    /// `[(n_filters + 1)/2, n_coefficients]`: the DCT's factors as in float. No sum of products with
    /// levels can overflow.
    pub dct: &'t [i16],
    /// Fractional bits that the sums have beyond those of the block's grid, 1..=30.
    pub shift: u32,
}

impl Mfcc<'_> {
    /// Length of the scratch that [`Mfcc::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.spectrum.fft.len
    }

    /// Coefficients of one frame, `[n_coefficients]`, within `scratch`: each an int16 on the block's
    /// grid.
    ///
    /// `frame` is `[frame_samples]`, `scratch` at least `[scratch_len]` with any content.
    pub fn frame<'s>(&self, frame: &[i16], scratch: &'s mut [i32]) -> &'s [i32] {
        let shift = self.spectrum.bins(frame, scratch);
        self.mel.levels(scratch, shift, &self.level);
        self.cepstrum(scratch)
    }

    /// The DCT of the levels at the start of `scratch`, stored behind them.
    fn cepstrum<'s>(&self, scratch: &'s mut [i32]) -> &'s [i32] {
        let n_filters = self.mel.n_filters();
        let (levels, rest) = scratch.split_at_mut(n_filters);
        let out = &mut rest[..self.n_coefficients];
        // What the sums are rounded by.
        out.fill(1 << (self.shift - 1));
        let (mut levels, mut rows) = opaque((&*levels, self.dct));
        while let [low, between @ .., high] = levels {
            let (row, rest) = rows.split_at(self.n_coefficients);
            add_row(out, row, [low + high, low - high]);
            (levels, rows) = (between, rest);
        }
        // The one in the middle, where the number is odd.
        if let [middle] = levels {
            add_row(out, rows, [*middle; 2]);
        }
        for out in opaque(&mut *out) {
            *out = (*out >> self.shift).clamp(-32_768, 32_767);
            keep_rolled();
        }
        out
    }
}

/// Adds a row of the DCT, its even columns times the first of `levels`, its odd ones times the second.
#[inline(never)]
fn add_row(out: &mut [i32], row: &[i16], levels: [i32; 2]) {
    let (row_pairs, row_last) = row.as_chunks::<2>();
    let (out_pairs, out_last) = out.as_chunks_mut::<2>();
    for (out, factor) in out_pairs.iter_mut().zip(row_pairs) {
        out[0] += levels[0] * i32::from(factor[0]);
        out[1] += levels[1] * i32::from(factor[1]);
    }
    if let ([out], [factor]) = (out_last, row_last) {
        *out += levels[0] * i32::from(*factor);
    }
}
