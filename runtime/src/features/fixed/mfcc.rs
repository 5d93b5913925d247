//! Mel-frequency cepstral coefficients in integers; the twin of [`crate::features::Mfcc`].

use super::{Level, MelFilters, Spectrum};

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
        let (low, high) = levels.split_at(n_filters / 2);
        let mut rows = self.dct.chunks_exact(self.n_coefficients);
        for ((low, high), row) in low.iter().zip(high.iter().rev()).zip(rows.by_ref()) {
            let (sum, difference) = (low + high, low - high);
            let (row_pairs, row_last) = row.as_chunks::<2>();
            let (out_pairs, out_last) = out.as_chunks_mut::<2>();
            for (out, factor) in out_pairs.iter_mut().zip(row_pairs) {
                out[0] += sum * i32::from(factor[0]);
                out[1] += difference * i32::from(factor[1]);
            }
            if let ([out], [factor]) = (out_last, row_last) {
                *out += sum * i32::from(*factor);
            }
        }
        // The one in the middle, where the number is odd.
        if let Some(row) = rows.next() {
            for (out, factor) in out.iter_mut().zip(row) {
                *out += high[0] * i32::from(*factor);
            }
        }
        for out in out.iter_mut() {
            *out = (*out >> self.shift).clamp(-32_768, 32_767);
        }
        out
    }
}
