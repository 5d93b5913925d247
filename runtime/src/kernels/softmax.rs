//! `SOFTMAX`.

/// Resolved parameters of a softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// Rows, each normalized by itself.
    pub rows: usize,
    /// Values of a row.
    pub columns: usize,
}

/// Entries of the table of exponentials.
pub const EXPONENTIALS: usize = 256;

/// Softmax of each row of `input` (`[rows, columns]`) into `output` (same shape, scale 1/256,
/// zero point −128). `exponentials[d]` is `exp(−d × input scale × beta)`.
///
/// The sum is taken in float in the order of the columns; at most one step from TFLite's kernel.
pub fn softmax(p: &Softmax, input: &[i8], exponentials: &[f32; EXPONENTIALS], output: &mut [i8]) {
    for (row, out) in input
        .chunks_exact(p.columns)
        .zip(output.chunks_exact_mut(p.columns))
    {
        out.copy_from_slice(row);
        normalize(exponentials, out);
    }
}

/// [`softmax`] that leaves the result in its input.
pub fn softmax_in_place(p: &Softmax, exponentials: &[f32; EXPONENTIALS], values: &mut [i8]) {
    for row in values.chunks_exact_mut(p.columns) {
        normalize(exponentials, row);
    }
}

#[inline]
fn normalize(exponentials: &[f32; EXPONENTIALS], row: &mut [i8]) {
    let max = row
        .iter()
        .fold(i32::from(i8::MIN), |max, &x| max.max(i32::from(x)));
    let distance = |x: i8| ((max - i32::from(x)) & 0xff) as usize;
    let sum: f32 = row
        .iter()
        .fold(0.0, |sum, &x| sum + exponentials[distance(x)]);
    // Twice the output's 256 steps: the last bit rounds, so that no float addition follows the
    // multiplication and no compiler can fuse them.
    let factor = 512.0 / sum;
    for x in row {
        let doubled = (exponentials[distance(*x)] * factor) as i32;
        *x = (((doubled + 1) >> 1) - 128).min(127) as i8;
    }
}
