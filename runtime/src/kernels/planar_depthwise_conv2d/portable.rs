//! One channel of a depthwise convolution without assembly: what the host runs.

use super::PlanarDepthwiseConv2d;

/// The channel that begins at `input` into the plane at `scratch`.
pub(super) fn fill(p: &PlanarDepthwiseConv2d, arena: &mut [i8], scratch: usize, input: usize) {
    let mut from = input;
    for y in 0..p.rows() {
        let row = scratch + 2 * ((p.pad[0] + y) * p.plane[1] + p.pad[1]);
        for x in 0..p.input[1] {
            let bytes = i16::from(arena[from]).to_le_bytes();
            arena[row + 2 * x] = bytes[0].cast_signed();
            arena[row + 2 * x + 1] = bytes[1].cast_signed();
            from += p.input[2];
        }
    }
}

/// A channel from the plane at `scratch` to the output at `output`.
pub(super) fn run(
    p: &PlanarDepthwiseConv2d,
    arena: &mut [i8],
    scratch: usize,
    weights: &[i32; 6],
    output: usize,
) {
    let mut to = output;
    for y in 0..p.output[0] {
        for x in 0..p.output[1] {
            let mut sum = weights[3];
            for (i, word) in weights[..3].iter().enumerate() {
                let [first, third, second, _] = word.to_le_bytes();
                let at = (y * p.stride + i) * p.plane[1] + x * p.stride;
                for (j, weight) in [first, second, third].into_iter().enumerate() {
                    let at = scratch + 2 * (at + j);
                    let value = i16::from_le_bytes([arena[at] as u8, arena[at + 1] as u8]);
                    sum += i32::from(value) * i32::from(weight as i8);
                }
            }
            let high = ((i64::from(sum) * i64::from(weights[4])) >> 32) as i32;
            let result = (high + weights[5]) >> (weights[5] & 31);
            arena[to] = result.clamp(-128, 127) as i8;
            to += p.input[2];
        }
    }
}
