//! Triangular mel filters over the bins of a spectrum.

use crate::dsp::Number;
use crate::rolled::keep_rolled;

/// Triangular filters, each of which starts at the peak of the one below and ends at the peak of
/// the one above: between two neighbouring peaks a bin gives a share of its power to the upper
/// filter and the rest to the lower one. The share grows in equal steps, so two numbers per
/// segment are enough.
#[derive(Clone, Copy, Debug)]
pub struct MelFilters<'t> {
    /// The first bin above the lower edge of the lowest filter, at least 1.
    pub first_bin: usize,
    /// `[n_filters + 1]`: bins between two neighbouring points (edge, peaks, edge).
    pub segment_bins: &'t [u16],
    /// `[n_filters + 1]`: of the first bin of a segment the upper filter's share, and what the share
    /// grows by from bin to bin.
    pub slopes: &'t [[f32; 2]],
    /// `[n_filters]`: multiplied onto the energies; empty for none.
    pub gains: &'t [f32],
    /// Whether the points lie on bins: a filter whose lower edge is its peak then takes the whole
    /// bin of the peak, which belongs to the segment below.
    pub on_bins: bool,
}

impl MelFilters<'_> {
    /// The number of filters.
    pub const fn n_filters(&self) -> usize {
        self.segment_bins.len() - 1
    }

    /// Replaces `[n_filters]` numbers at the start of `spectrum` (powers as
    /// [`super::Spectrum::power`] leaves them) by `level` of each filter's energy.
    ///
    /// A filter is written when at least half as many bins as filters have been read, so no bin
    /// is overwritten before it has been read.
    pub fn levels<T: Number>(&self, spectrum: &mut [T], level: impl Fn(T) -> T) {
        let mut at = 2 * self.first_bin;
        let mut power = spectrum[at - 2];
        let mut rise_below = T::default();
        for (segment, (&n_bins, &[first, step])) in
            self.segment_bins.iter().zip(self.slopes).enumerate()
        {
            let (mut rise, mut fall, mut share) = (T::default(), T::default(), first);
            let end = at + 2 * n_bins as usize;
            for bin in spectrum[at..end].as_chunks::<2>().0 {
                power = bin[0];
                let upper = power * share;
                rise = rise + upper;
                fall = fall + (power - upper);
                share += step;
                keep_rolled();
            }
            at = end;
            if self.on_bins && n_bins == 0 {
                rise = power;
            }
            // Below the first peak there is no lower filter.
            if segment > 0 {
                let energy = rise_below + fall;
                let gained = match self.gains.get(segment - 1) {
                    Some(&gain) => energy * gain,
                    None => energy,
                };
                spectrum[segment - 1] = level(gained);
            }
            rise_below = rise;
        }
    }
}
