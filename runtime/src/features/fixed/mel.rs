//! Triangular mel filters over a spectrum in integers; the twin of [`crate::features::MelFilters`].

use super::Level;
use super::multiply;
use crate::rolled::keep_rolled;

/// Filters as in float, see [`crate::features::MelFilters`].
#[derive(Clone, Copy, Debug)]
pub struct MelFilters<'t> {
    /// The first bin above the lower edge of the lowest filter, at least 1.
    pub first_bin: usize,
    /// `[n_filters + 1]`: bins between two neighbouring points.
    pub segment_bins: &'t [u16],
    /// `[n_filters + 1]`: of the first bin of a segment the upper filter's share, and what the share
    /// grows by from bin to bin, with 31 fractional bits.
    pub slopes: &'t [[u32; 2]],
    /// `[n_filters]`: binary logarithms of factors on the energies, with 16 fractional bits; empty
    /// for none.
    pub gains: &'t [i32],
}

impl MelFilters<'_> {
    /// The number of filters.
    pub const fn n_filters(&self) -> usize {
        self.segment_bins.len() - 1
    }

    /// Replaces `[n_filters]` numbers at the start of `spectrum` (as [`super::Spectrum::bins`] leaves
    /// it, to be shifted by `shift`) by the level of each filter's energy.
    ///
    /// A filter is written when at least half as many bins as filters have been read, so no bin
    /// is overwritten before it has been read.
    pub fn levels(&self, spectrum: &mut [i32], shift: u32, level: &Level) {
        let half = (1 << shift) >> 1;
        let mut at = 2 * self.first_bin;
        let mut rise_below = 0u64;
        let segments = self.segment_bins.iter().zip(self.slopes);
        for (segment, (&n_bins, &[mut share, step])) in segments.enumerate() {
            let (mut rise, mut total) = (0u64, 0u64);
            let end = at + 2 * n_bins as usize;
            for bin in spectrum[at..end].as_chunks::<2>().0 {
                let [re, im] = bin.map(|part| (part + half) >> shift);
                let power = (re * re) as u32 + (im * im) as u32;
                rise += multiply::share(power, share >> 16);
                total += u64::from(power);
                share = share.wrapping_add(step);
                keep_rolled();
            }
            at = end;
            // Below the first peak there is no lower filter.
            if segment > 0 {
                let gain = self.gains.get(segment - 1).copied().unwrap_or(0);
                let energy = rise_below + ((total << 15) - rise);
                spectrum[segment - 1] = level.of(energy, shift, gain);
            }
            rise_below = rise;
        }
    }
}
