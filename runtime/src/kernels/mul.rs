//! `MUL`.

use crate::quant::{clamp, rescale};

/// Resolved parameters of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mul {
    /// Values of the first operand and of the output.
    pub len: usize,
    /// Values of the second operand, which repeats: `len`, the number of channels, or 1.
    pub second_len: usize,
    /// Added to each value of an operand: minus its zero point.
    pub offsets: [i32; 2],
    /// Added to each result: the output's zero point.
    pub output_offset: i32,
    /// Multiplier of the product of the operands' scales / output scale.
    pub multiplier: i32,
    /// Its power of two.
    pub shift: i32,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
}

impl Mul {
    /// The same product with the operands exchanged, which have to be of one length.
    #[must_use]
    pub const fn swapped(self) -> Mul {
        let [first, second] = self.offsets;
        Mul {
            offsets: [second, first],
            ..self
        }
    }
}

/// Product of `first` (`[len]`) and `second` (`[second_len]`, repeated) into `output` (`[len]`).
/// Rounds twice per output; equal to TFLite's reference kernel to the bit.
pub fn mul(p: &Mul, first: &[i8], second: &[i8], output: &mut [i8]) {
    let rows = first.chunks(p.second_len);
    for (row, out) in rows.zip(output.chunks_mut(p.second_len)) {
        for ((&a, &b), out) in row.iter().zip(second).zip(out) {
            *out = product(p, a, b);
        }
    }
}

/// [`mul`] that leaves the product in its first operand.
pub fn mul_in_place(p: &Mul, first: &mut [i8], second: &[i8]) {
    for row in first.chunks_mut(p.second_len) {
        for (a, &b) in row.iter_mut().zip(second) {
            *a = product(p, *a, b);
        }
    }
}

#[inline]
fn product(p: &Mul, a: i8, b: i8) -> i8 {
    let product = (i32::from(a) + p.offsets[0]) * (i32::from(b) + p.offsets[1]);
    let scaled = rescale(product, p.multiplier, p.shift);
    clamp(scaled + p.output_offset, p.clamp)
}
