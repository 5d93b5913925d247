//! One output of a depthwise convolution with a kernel of one column without assembly: what the host
//! runs.

use super::ColumnDepthwiseConv2d;
use crate::quant::doubling_high_mul;

/// All channels of an output whose first tap is the first of `input`.
pub(super) fn run(p: &ColumnDepthwiseConv2d, input: &[i8], weights: &[i32], output: &mut [i8]) {
    let groups = weights.chunks_exact(p.taps + 9);
    let outputs = output.chunks_exact_mut(4).take(p.channels / 4);
    for (group, (words, output)) in groups.zip(outputs).enumerate() {
        let (starts, words) = words.split_at(4);
        let (taps, factors) = words.split_at(p.taps);
        let shifts = bytes(factors[4]);
        let mut sums = [starts[0], starts[1], starts[2], starts[3]];
        let (first, pairs) = taps.split_at(p.taps % 2);
        let mut lines = input[4 * group..].chunks(p.tap_step);
        let mut values = || lines.next().and_then(<[i8]>::first_chunk::<4>);
        for &word in first {
            let values = values().unwrap_or(&[0; 4]);
            for ((sum, &value), weight) in sums.iter_mut().zip(values).zip(bytes(word)) {
                *sum += i32::from(value) * weight;
            }
        }
        for pair in pairs.as_chunks::<2>().0 {
            let (x, y) = (values().unwrap_or(&[0; 4]), values().unwrap_or(&[0; 4]));
            let (low, high) = (bytes(pair[0]), bytes(pair[1]));
            let [a, b] = [
                [low[0], low[1], high[0], high[1]],
                [low[2], low[3], high[2], high[3]],
            ];
            for (c, sum) in sums.iter_mut().enumerate() {
                *sum += i32::from(x[c]) * a[c] + i32::from(y[c]) * b[c];
            }
        }
        for (c, out) in output.iter_mut().enumerate() {
            let sum = sums[c];
            let high = doubling_high_mul(sum, factors[c]);
            let scaled = (high + (high >> 31)) >> shifts[c];
            *out = ((scaled + p.rounding()) >> 1).clamp(-128, 127) as i8;
        }
    }
}

fn bytes(word: i32) -> [i32; 4] {
    word.to_le_bytes().map(|byte| i32::from(byte.cast_signed()))
}
