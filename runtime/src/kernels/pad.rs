//! `PAD` and `PADV2`.

/// Resolved parameters of a padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pad {
    /// `[height, width, channels]` of the input.
    pub input: [usize; 3],
    /// `[height, width, channels]` of the output.
    pub output: [usize; 3],
    /// Rows, columns and channels of the output before the input's first.
    pub before: [usize; 3],
    /// What stands around the input: the zero point, or what PADV2 gives.
    pub value: i8,
}

/// `input` (`[height, width, channels]`) within a frame of [`Pad::value`]s. Input and output
/// share scale and zero point. Exact.
pub fn pad(p: &Pad, input: &[i8], output: &mut [i8]) {
    let [_, in_w, in_c] = p.input;
    let [_, out_w, out_c] = p.output;
    let [top, left, front] = p.before;
    output.fill(p.value);
    for (i, pixel) in input.chunks_exact(in_c).enumerate() {
        let (y, x) = (i / in_w + top, i % in_w + left);
        let at = (y * out_w + x) * out_c + front;
        output[at..at + in_c].copy_from_slice(pixel);
    }
}
