//! The samples themselves, one by one.

/// The block with its tables.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'t> {
    /// The axes that are given, ascending.
    pub axes: &'t [u8],
    /// What a step of the int16 samples is worth.
    pub scale: f32,
}

impl Raw<'_> {
    /// Features of a sample.
    pub const fn row_len(&self) -> usize {
        self.axes.len()
    }

    /// One sample, a value of each axis of the window, as a row `[row_len]` at the start of
    /// `scratch`.
    pub fn frame<'s>(&self, sample: &[i16], scratch: &'s mut [f32]) -> &'s [f32] {
        let row = &mut scratch[..self.axes.len()];
        for (value, &axis) in row.iter_mut().zip(self.axes) {
            *value = f32::from(sample[axis as usize]) * self.scale;
        }
        row
    }
}
