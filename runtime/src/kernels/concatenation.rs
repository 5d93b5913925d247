//! `CONCATENATION`.

/// Resolved parameters of one operand of a concatenation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concatenation {
    /// Values before the joined dimension: rows that are copied.
    pub rows: usize,
    /// Values of a row of the operand.
    pub input_len: usize,
    /// Values of a row of the output.
    pub output_len: usize,
    /// Where in a row of the output the operand begins.
    pub offset: usize,
}

/// Copies one operand, `[rows, input_len]`, to its place in `output`, `[rows, output_len]`; a call
/// for each operand fills the output. Operands and output share scale and zero point. Exact.
pub fn concatenation(p: &Concatenation, input: &[i8], output: &mut [i8]) {
    for (row, out) in input
        .chunks_exact(p.input_len)
        .zip(output.chunks_exact_mut(p.output_len))
    {
        out[p.offset..p.offset + p.input_len].copy_from_slice(row);
    }
}
