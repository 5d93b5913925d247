//! The level of each frequency bin of int16 samples, frame by frame; of sound, or of some axes of
//! motion.

use super::{Level, OfSpectrum, Row, Spectrum};
use crate::dsp::Number;
use crate::rolled::keep_rolled;

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
    /// Bins of a frame.
    pub const fn n_bins(&self) -> usize {
        self.spectrum.fft.len / 2 + 1
    }
}

/// Rows are levels, `[n_bins]`.
impl OfSpectrum for Spectrogram<'_> {
    fn spectrum(&self) -> &Spectrum<'_> {
        &self.spectrum
    }

    fn of_powers<'s, T: Number>(&self, scratch: &'s mut [T]) -> &'s [T] {
        let last = self.n_bins() - 1;
        let highest = scratch[1];
        for bin in 0..last {
            keep_rolled();
            scratch[bin] = self.level.of(scratch[2 * bin]);
        }
        scratch[last] = self.level.of(highest);
        &scratch[..=last]
    }
}

/// The block over some axes of samples of several.
#[derive(Clone, Copy, Debug)]
pub struct AxesSpectrogram<'t> {
    /// The block over each of them.
    pub axis: Spectrogram<'t>,
    /// Values of a sample.
    pub n_axes: usize,
    /// The axes that are analysed, ascending.
    pub axes: &'t [u8],
}

impl AxesSpectrogram<'_> {
    /// Length of the scratch that [`AxesSpectrogram::frame`] needs.
    pub const fn scratch_len(&self) -> usize {
        self.axes.len() * self.axis.n_bins() + self.axis.spectrum.fft.len
    }

    /// Levels of one frame, `[axes, n_bins]`, within `scratch`. Every result is finite.
    ///
    /// `frame` is `[frame_samples, n_axes]`, `scratch` at least `[scratch_len]` with any content.
    pub fn frame<'s>(&self, frame: &[i16], scratch: &'s mut [f32]) -> &'s [f32] {
        let n_bins = self.axis.n_bins();
        let (out, work) = scratch.split_at_mut(self.axes.len() * n_bins);
        for (out, &axis) in out.chunks_exact_mut(n_bins).zip(self.axes) {
            let sample = |i: usize| f32::from(frame[i * self.n_axes + axis as usize]);
            self.axis.spectrum.power_of(sample, work);
            out.copy_from_slice(self.axis.of_powers(work));
        }
        out
    }
}

/// In Edge Impulse's way there is no pre-emphasis, so the sample before the frame does not matter.
impl Row for AxesSpectrogram<'_> {
    fn scratch_len(&self) -> usize {
        self.scratch_len()
    }

    fn row<'s>(&self, frame: &[i16], _: i16, scratch: &'s mut [f32]) -> &'s [f32] {
        self.frame(frame, scratch)
    }
}
