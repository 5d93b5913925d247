//! `SOFTMAX`.

use crate::rolled::{keep_rolled, opaque};

/// Resolved parameters of a softmax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// Rows, each normalized by itself.
    pub rows: usize,
    /// Values of a row.
    pub columns: usize,
    /// Entries of the table of exponentials, at least 1.
    pub n_exponentials: usize,
}

/// Entries of the table of exponentials at most: as many as an int8 can lie below another.
pub const EXPONENTIALS_MAX: usize = 256;

/// Softmax of each row of `input` (`[rows, columns]`) into `output` (same shape, scale 1/256,
/// zero point −128). `exponentials[d]` is `exp(−d × input scale × beta)`; what lies beyond them counts
/// as 0.
///
/// The sum is taken in float in the order of the columns; at most one step from TFLite's kernel.
pub fn softmax(p: &Softmax, input: &[i8], exponentials: &[f32], output: &mut [i8]) {
    for (row, out) in input
        .chunks_exact(p.columns)
        .zip(output.chunks_exact_mut(p.columns))
    {
        out.copy_from_slice(row);
        normalize(&exponentials[..p.n_exponentials], out);
    }
}

/// [`softmax`] that leaves the result in its input.
pub fn softmax_in_place(p: &Softmax, exponentials: &[f32], values: &mut [i8]) {
    for row in values.chunks_exact_mut(p.columns) {
        normalize(&exponentials[..p.n_exponentials], row);
    }
}

#[inline]
fn normalize(exponentials: &[f32], row: &mut [i8]) {
    let (exponentials, row) = opaque((exponentials, row));
    let mut max = i32::from(i8::MIN);
    for &x in &*row {
        max = max.max(i32::from(x));
        keep_rolled();
    }
    let exponential = |x: i8| match exponentials.get((max - i32::from(x)) as usize) {
        Some(&exponential) => exponential,
        None => 0.0,
    };
    let mut sum = 0.0;
    for &x in &*row {
        sum += exponential(x);
        keep_rolled();
    }
    // Twice the output's 256 steps: the last bit rounds, so that no float addition follows the
    // multiplication and no compiler can fuse them.
    let factor = 512.0 / sum;
    for x in row {
        let doubled = (exponential(*x) * factor) as i32;
        *x = (((doubled + 1) >> 1) - 128).min(127) as i8;
        keep_rolled();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::vec::Vec;

    /// `exp(−d × scale)` while it is at least `least`.
    fn table(scale: f64, least: f32) -> Vec<f32> {
        let all = (0..EXPONENTIALS_MAX).map(|d| libm::exp(-(d as f64) * scale) as f32);
        all.take_while(|&term| term >= least).collect()
    }

    #[test]
    fn terms_below_half_of_the_last_bit_change_nothing() {
        let params = |table: &[f32]| Softmax {
            rows: 1,
            columns: 12,
            n_exponentials: table.len(),
        };
        let mut state = 1u32;
        for scale in [0.02, 0.09, 0.16, 0.5, 3.0] {
            let (all, ended) = (table(scale, 0.0), table(scale, f32::EPSILON / 2.0));
            assert_eq!(ended.len() < EXPONENTIALS_MAX, scale > 0.07, "{scale}");
            for _ in 0..2_000 {
                let row = [0; 12].map(|_: i8| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (state >> 24) as i8
                });
                let [mut of_all, mut of_ended] = [row; 2];
                softmax(&params(&all), &row, &all, &mut of_all);
                softmax_in_place(&params(&ended), &ended, &mut of_ended);
                assert_eq!(of_all, of_ended, "{scale}: {row:?}");
            }
        }
    }
}
