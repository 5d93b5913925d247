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
        for (c, out) in output.iter_mut().enumerate() {
            let value = |tap: usize| i32::from(input[tap * p.tap_step + 4 * group + c]);
            let mut sum = starts[c];
            let (first, pairs) = taps.split_at(p.taps % 2);
            for &word in first {
                sum += value(0) * bytes(word)[c];
            }
            for (i, pair) in pairs.chunks_exact(2).enumerate() {
                let weights = bytes(pair[c / 2]);
                let tap = first.len() + 2 * i;
                sum += value(tap) * weights[c % 2] + value(tap + 1) * weights[c % 2 + 2];
            }
            let high = doubling_high_mul(sum, factors[c]);
            let scaled = (high + (high >> 31)) >> shifts[c];
            *out = ((scaled + p.rounding()) >> 1).clamp(-128, 127) as i8;
        }
    }
}

fn bytes(word: i32) -> [i32; 4] {
    word.to_le_bytes().map(|byte| i32::from(byte.cast_signed()))
}
