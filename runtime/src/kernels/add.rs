//! `ADD`.

use crate::quant::{clamp, rescale};

/// How an operand of an addition is brought to the common scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddOperand {
    /// Added to each value: minus the zero point.
    pub offset: i32,
    /// Multiplier of scale / (2 × the larger of both scales).
    pub multiplier: i32,
    /// Its power of two.
    pub shift: i32,
}

/// Resolved parameters of an addition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Add {
    /// Values of the first operand and of the output.
    pub len: usize,
    /// Values of the second operand, which repeats: `len`, the number of channels, or 1.
    pub second_len: usize,
    /// The operands.
    pub operands: [AddOperand; 2],
    /// Added to each result: the output's zero point.
    pub output_offset: i32,
    /// Multiplier of 2 × the larger scale / (2²⁰ × output scale).
    pub multiplier: i32,
    /// Its power of two.
    pub shift: i32,
    /// Lowest and highest output value.
    pub clamp: [i8; 2],
}

impl Add {
    /// The same addition with the operands exchanged, which have to be of one length.
    #[must_use]
    pub const fn swapped(self) -> Add {
        let [first, second] = self.operands;
        Add {
            operands: [second, first],
            ..self
        }
    }
}

/// Sum of `first` (`[len]`) and `second` (`[second_len]`, repeated) into `output` (`[len]`).
/// Operands get 20 extra bits before they are rescaled. Equal to TFLite's reference kernel to the
/// bit.
pub fn add(p: &Add, first: &[i8], second: &[i8], output: &mut [i8]) {
    let rows = first.chunks(p.second_len);
    for (row, out) in rows.zip(output.chunks_mut(p.second_len)) {
        for ((&a, &b), out) in row.iter().zip(second).zip(out) {
            *out = sum(p, a, b);
        }
    }
}

/// [`add`] that leaves the sum in its first operand.
pub fn add_in_place(p: &Add, first: &mut [i8], second: &[i8]) {
    for row in first.chunks_mut(p.second_len) {
        for (a, &b) in row.iter_mut().zip(second) {
            *a = sum(p, *a, b);
        }
    }
}

#[inline]
fn sum(p: &Add, a: i8, b: i8) -> i8 {
    let [first, second] = &p.operands;
    let a = rescale(
        (i32::from(a) + first.offset) << 20,
        first.multiplier,
        first.shift,
    );
    let b = rescale(
        (i32::from(b) + second.offset) << 20,
        second.multiplier,
        second.shift,
    );
    clamp(
        rescale(a + b, p.multiplier, p.shift) + p.output_offset,
        p.clamp,
    )
}
