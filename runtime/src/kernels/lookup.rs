//! Functions of one value by their table: `LOGISTIC`.

/// Resolved parameters of a function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Values.
    pub len: usize,
}

/// Entries of the table.
pub const RESULTS: usize = 256;

/// Replaces each value `x` of `input` (`[len]`) by `results[x + 128]`. The table is made by
/// TFLite's own fixed-point arithmetic, so the result is equal to its reference kernel to the bit.
pub fn lookup(_: &Lookup, input: &[i8], results: &[i8; RESULTS], output: &mut [i8]) {
    for (&x, out) in input.iter().zip(output) {
        *out = at(results, x);
    }
}

/// [`lookup`] that leaves the result in its input.
pub fn lookup_in_place(_: &Lookup, results: &[i8; RESULTS], values: &mut [i8]) {
    for x in values {
        *x = at(results, *x);
    }
}

#[inline]
fn at(results: &[i8; RESULTS], x: i8) -> i8 {
    results[usize::from(x.cast_unsigned() ^ 0x80)]
}
