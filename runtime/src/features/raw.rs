//! The samples themselves.

/// The block with its tables.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'t> {
    /// Samples of a window, each of `n_axes` values.
    pub n_samples: usize,
    /// Values of a sample.
    pub n_axes: usize,
    /// The axes that are given, ascending.
    pub axes: &'t [u8],
    /// What a step of the int16 samples is worth.
    pub scale: f32,
}

impl Raw<'_> {
    /// Features of a window.
    pub const fn row_len(&self) -> usize {
        self.n_samples * self.axes.len()
    }

    /// `window`, `[n_samples, n_axes]`, as `out`, `[n_samples, axes]`, each times `scale`.
    pub fn row(&self, window: &[i16], out: &mut [f32]) {
        let samples = window.chunks_exact(self.n_axes);
        for (sample, row) in samples.zip(out.chunks_exact_mut(self.axes.len())) {
            for (value, &axis) in row.iter_mut().zip(self.axes) {
                *value = f32::from(sample[axis as usize]) * self.scale;
            }
        }
    }
}
