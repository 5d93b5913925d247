//! Depthwise convolutions by columns.

use impulse_runtime::kernels::{ColumnDepthwiseConv2d, Conv2d};

use super::Filter;
use crate::kernel_args::{Constants, Packed, Rescaling};

/// A depthwise convolution whose kernel has one column and which has no pads beside it, four channels
/// at a time; the format is that of `impulse_kernels_column_depthwise_conv2d.c`.
pub(in crate::kernel_args) fn columns(
    p: &Conv2d,
    c: &Constants,
) -> Option<(ColumnDepthwiseConv2d, Packed)> {
    let [height, width, channels] = p.input;
    let [rows, columns, outputs] = p.output;
    let [taps, one] = p.kernel;
    let inside = p.pad[1] == 0 && (columns - 1) * p.stride[1] < width;
    if one != 1 || !inside || outputs != channels || !channels.is_multiple_of(4) {
        return None;
    }
    let input_zero = i8::try_from(-p.input_offset).ok()?;
    let filters: Vec<Filter> = (0..channels)
        .map(|channel| Filter::depthwise(p, c, channel))
        .collect();
    // Twice the sum, and what the rounding adds, stay in 32 bits.
    let fits =
        |f: &Filter| f.range().iter().all(|x| x.abs() < 1 << 30) && (-31..0).contains(&f.factor.1);
    if !filters.iter().all(fits) {
        return None;
    }
    let mut stream = Vec::new();
    for four in filters.chunks_exact(4) {
        for filter in four {
            stream.push(i32::try_from(filter.bias).ok()?);
        }
        let first = taps % 2;
        if first == 1 {
            stream.push(word([0, 1, 2, 3].map(|i| four[i].taps[0])));
        }
        for tap in (first..taps).step_by(2) {
            for [a, b] in [[0, 1], [2, 3]] {
                let at = |channel: usize, tap: usize| four[channel].taps[tap];
                stream.push(word([
                    at(a, tap),
                    at(b, tap),
                    at(a, tap + 1),
                    at(b, tap + 1),
                ]));
            }
        }
        stream.extend(four.iter().map(|f| f.factor.0));
        stream.push(word([0, 1, 2, 3].map(|i| -four[i].factor.1 - 1)));
    }
    let row = width * channels;
    let params = ColumnDepthwiseConv2d {
        output: [rows, columns],
        channels,
        taps,
        input_len: height * row,
        pad: p.pad[0] * row,
        tap_step: p.dilation[0] * row,
        step: [p.stride[0] * row, p.stride[1] * channels],
        input_zero,
        output_offset: p.output_offset,
        clamp: p.clamp,
        clamps: p.clamp != [i8::MIN, i8::MAX],
    };
    let rescaling = Rescaling::Twice;
    Some((params, Packed { stream, rescaling }))
}

/// Four values of eight bits, the first lowest.
fn word(bytes: [i32; 4]) -> i32 {
    i32::from_le_bytes(bytes.map(|byte| byte.to_le_bytes()[0]))
}

#[cfg(test)]
mod tests {
    use impulse_runtime::kernels::{Places, column_depthwise_conv2d, depthwise_conv2d};

    use super::super::tests::Draw;
    use super::*;

    #[test]
    fn columns_give_the_bits_of_the_plain_kernel() {
        let mut draw = Draw(7);
        let (mut n_clamped, mut n_padded) = (0, 0);
        for case in 0..300 {
            let (taps, dilation) = (1 + draw.below(17), 1 + draw.below(3));
            let (channels, stride) = (
                4 * (1 + draw.below(5)),
                [1 + draw.below(3), 1 + draw.below(2)],
            );
            let output = [1 + draw.below(4), 1 + draw.below(3)];
            let reach = (output[0] - 1) * stride[0] + (taps - 1) * dilation;
            // Above and below the input, in half of the cases.
            let mut outside = || draw.below(2) * draw.below(1 + (taps - 1) * dilation);
            let (above, below) = (outside(), outside());
            let height = (reach + 1 + draw.below(2))
                .saturating_sub(above + below)
                .max(1);
            let width = (output[1] - 1) * stride[1] + 1;
            let clamp = if draw.below(2) == 0 {
                [-128, 127]
            } else {
                [-20, 50]
            };
            let p = Conv2d {
                input: [height, width, channels],
                output: [output[0], output[1], channels],
                kernel: [taps, 1],
                stride,
                dilation: [dilation, 1],
                pad: [above, 0],
                input_offset: draw.next() % 256 - 127,
                output_offset: draw.next() % 256 - 128,
                clamp,
            };
            let mut byte = || draw.next() as i8;
            let input: Vec<i8> = (0..height * width * channels).map(|_| byte()).collect();
            let weights = (0..taps * channels).map(|_| byte()).collect();
            let c = Constants {
                weights,
                bias: (0..channels)
                    .map(|_| draw.next() % 40_000 - 20_000)
                    .collect(),
                multipliers: (0..channels)
                    .map(|_| (1 << 30) + 64 * draw.next())
                    .collect(),
                shifts: (0..channels).map(|_| -1 - draw.below(12) as i8).collect(),
            };
            let (params, packed) = columns(&p, &c).unwrap();
            assert_eq!(packed.stream.len(), params.words());
            let mut expected = vec![0; output[0] * output[1] * channels];
            let mut found = expected.clone();
            depthwise_conv2d(
                &p,
                &input,
                &c.weights,
                &c.bias,
                &c.multipliers,
                &c.shifts,
                &mut expected,
            );
            let leaves = above > 0 || reach - above >= height;
            assert_eq!(params.scratch_bytes() > 0, leaves, "case {case}");
            n_padded += usize::from(leaves);
            let places = Places {
                input: 0,
                output: input.len(),
                scratch: input.len() + found.len(),
            };
            let mut arena = input.clone();
            arena.resize(places.scratch + params.scratch_bytes(), 77);
            column_depthwise_conv2d(&params, &mut arena, &places, &packed.stream);
            assert_eq!(arena[..input.len()], input, "case {case}");
            found.copy_from_slice(&arena[places.output..places.scratch]);
            assert_eq!(found, expected, "case {case}");
            n_clamped += usize::from(found.iter().any(|x| clamp.contains(x)));
        }
        assert!(n_clamped > 10 && (60..240).contains(&n_padded));
    }
}
