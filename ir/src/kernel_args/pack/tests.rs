//! Packed kernels give the bits of the plain ones, also where the output lies over the input.

use impulse_runtime::kernels::{self, Places};

use super::*;
use crate::kernel_args::{Call, Overlap};

/// A sequence of numbers without an order that matters.
pub(super) struct Draw(pub u32);

impl Draw {
    pub fn next(&mut self) -> i32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8).cast_signed()
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }

    fn bytes(&mut self, n: usize) -> Vec<i8> {
        (0..n).map(|_| self.next() as i8).collect()
    }

    /// Constants of `channels` with `each` weights; with factors that results leave their range by.
    fn constants(&mut self, channels: usize, each: usize) -> Constants {
        Constants {
            weights: self.bytes(channels * each).iter().map(|w| w / 2).collect(),
            bias: (0..channels).map(|_| self.next() % 8000 - 4000).collect(),
            multipliers: (0..channels)
                .map(|_| (1 << 30) + 64 * self.next())
                .collect(),
            shifts: (0..channels).map(|_| -6 - self.below(3) as i8).collect(),
        }
    }
}

/// Runs a packed call in an arena where the output lies as close to the input as it may.
fn run(call: &Call, input: &[i8], n_outputs: usize) -> Vec<i8> {
    let (at, to) = match call.overlap() {
        None => (0, input.len()),
        Some(Overlap::SameStart) => (0, 0),
        Some(Overlap::Lag(lag)) => (lag.max(0) as usize, (-lag).max(0) as usize),
    };
    let scratch = (at + input.len()).max(to + n_outputs).next_multiple_of(4);
    let places = Places {
        input: at,
        output: to,
        scratch,
    };
    // Words, so that scratch memory is aligned; what lies around is not zero.
    let mut words = vec![f32::from_bits(0x5a5a_5a5a); (scratch + call.scratch_bytes()).div_ceil(4)];
    let arena = impulse_runtime::bytes::as_i8_mut(&mut words);
    arena[at..at + input.len()].copy_from_slice(input);
    let gemm = |c: &Packed| match c.rescaling {
        Rescaling::Twice => kernels::GEMM_TWICE,
        _ => kernels::GEMM_LINEAR,
    };
    match call {
        Call::PackedConv2d(p, c) => {
            kernels::packed_conv2d::<false>(p, &gemm(c), arena, &places, &c.stream);
        }
        Call::PackedPointwise(p, c) | Call::PackedFullyConnected(p, c) => match &c.rescaling {
            Rescaling::Shared(s) => {
                kernels::packed_fully_connected::<false>(p, arena, &places, &c.stream, s);
            }
            _ => kernels::packed_rows::<true>(p, &gemm(c), arena, &places, &c.stream),
        },
        _ => unreachable!("another kernel"),
    }
    arena[to..to + n_outputs].to_vec()
}

/// A convolution of random sizes; every third is pointwise, every third over one column.
fn convolution(draw: &mut Draw, kind: usize) -> Conv2d {
    let mut kernel = [1 + draw.below(3), 1 + draw.below(3)];
    let mut output = [1 + draw.below(6), 1 + draw.below(9)];
    let mut stride = [1 + draw.below(2), 1 + draw.below(2)];
    let mut pad = [draw.below(kernel[0]), draw.below(kernel[1])];
    match kind {
        0 => (kernel, stride, pad) = ([1, 1], [1, 1], [0, 0]),
        1 => (kernel[1], output[1], stride[1], pad[1]) = (1, 1, 1, 0),
        _ => {}
    }
    let reach = |i: usize| (output[i] - 1) * stride[i] + kernel[i];
    // Pads after the input, too.
    let short = |i: usize, n: usize| (reach(i) - pad[i]).saturating_sub(n).max(1);
    let (rows_short, columns_short) = match kind {
        0 => (0, 0),
        1 => (draw.below(kernel[0]), 0),
        _ => (draw.below(kernel[0]), draw.below(kernel[1])),
    };
    Conv2d {
        input: [
            short(0, rows_short),
            short(1, columns_short),
            1 + draw.below(9),
        ],
        output: [output[0], output[1], 1 + draw.below(9)],
        kernel,
        stride,
        dilation: [1, 1],
        pad,
        input_offset: draw.next() % 256 - 127,
        output_offset: draw.next() % 256 - 128,
        clamp: if draw.below(2) == 0 {
            [-128, 127]
        } else {
            [-90, 100]
        },
    }
}

#[test]
fn convolutions() {
    let mut draw = Draw(3);
    let mut n_of = [0; 3];
    for case in 0..600 {
        let p = convolution(&mut draw, case % 3);
        let [taps, filters] = [p.kernel[0] * p.kernel[1] * p.input[2], p.output[2]];
        let c = draw.constants(filters, taps);
        let input = draw.bytes(p.input.iter().product());
        let pointwise = pointwise(&p, &c).map(|(p, c)| Call::PackedPointwise(p, c));
        let Some(call) = pointwise.or_else(|| {
            let (p, c) = conv2d(&p, &c)?;
            Some(Call::PackedConv2d(p, c))
        }) else {
            continue;
        };
        n_of[case % 3] += 1;
        let mut expected = vec![0; p.output.iter().product()];
        let (m, s) = (&c.multipliers, &c.shifts);
        kernels::conv2d(&p, &input, &c.weights, &c.bias, m, s, &mut expected);
        assert_eq!(
            run(&call, &input, expected.len()),
            expected,
            "case {case}: {p:?}"
        );
    }
    assert!(n_of.iter().all(|&n| n > 150), "{n_of:?}");
}

#[test]
fn fully_connected_layers() {
    let mut draw = Draw(5);
    let mut n_of = [0; 2];
    for case in 0..600 {
        let per_unit = case % 2 == 0;
        let p = FullyConnected {
            rows: 1 + draw.below(9),
            inputs: 1 + draw.below(40),
            units: 1 + draw.below(11),
            input_offset: draw.next() % 256 - 127,
            weight_offset: 0,
            output_offset: draw.next() % 256 - 128,
            clamp: if draw.below(2) == 0 {
                [-128, 127]
            } else {
                [-90, 100]
            },
            per_unit,
        };
        let mut c = draw.constants(p.units, p.inputs);
        if !per_unit {
            c.multipliers.truncate(1);
            c.shifts.truncate(1);
        }
        let input = draw.bytes(p.rows * p.inputs);
        let Some((params, packed)) = fully_connected(&p, &c) else {
            continue;
        };
        n_of[case % 2] += 1;
        let call = Call::PackedFullyConnected(params, packed);
        let mut expected = vec![0; p.rows * p.units];
        let (m, s) = (&c.multipliers, &c.shifts);
        kernels::fully_connected(&p, &input, &c.weights, &c.bias, m, s, &mut expected);
        assert_eq!(
            run(&call, &input, expected.len()),
            expected,
            "case {case}: {p:?}"
        );
    }
    assert!(n_of.iter().all(|&n| n > 200), "{n_of:?}");
}
