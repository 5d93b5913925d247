//! What kernels cost on cores without the DSP extension: Cortex-M3 and Cortex-M0.
//!
//! The assembly's loops are counted, the C around it was measured on the public networks under
//! `qemu-system-arm -M mps2-an385 -icount shift=0`, compiled for either core.

use impulse_runtime::kernels::{PlanarDepthwiseConv2d, QuadFullyConnected, TripleConv2d};

use super::sum;
use crate::board::Cpu;
use crate::kernel_args::{Call, Packed, Rescaling};

fn is_m0(cpu: Cpu) -> bool {
    cpu == Cpu::CortexM0
}

/// By how much more instructions a kernel without assembly takes on a Cortex-M0: eight registers, no
/// operand that is shifted or negative in an instruction, no product of 64 bits, no division.
pub(super) fn factor(call: &Call, cpu: Cpu) -> f64 {
    match call {
        _ if !is_m0(cpu) => 1.0,
        Call::Conv2d(..) => 1.54,
        Call::DepthwiseConv2d(..) => 1.95,
        Call::FullyConnected(..) => 1.65,
        Call::AvgPool2d(_) => 1.2,
        Call::Add(..) | Call::Mul(..) | Call::Relu(_) => 1.9,
        Call::ColumnDepthwiseConv2d(..) => 1.75,
        _ => 1.5,
    }
}

/// Code of a kernel, where it differs from a core with the DSP extension.
pub(super) fn code_bytes(call: &Call, cpu: Cpu) -> Option<u64> {
    let [m3, m0] = match call {
        Call::Conv2d(..) => [1144, 1268],
        Call::DepthwiseConv2d(..) => [728, 860],
        Call::FullyConnected(..) => [452, 524],
        Call::PlanarDepthwiseConv2d(..) => [844, 1076],
        Call::TripleConv2d(..) => [1180, 1268],
        Call::QuadFullyConnected(..) => [600, 800],
        Call::Add(..) => [400, 576],
        Call::Mul(..) => [204, 324],
        Call::Mean(_) => [248, 336],
        Call::MaxPool2d(_) => [340, 428],
        Call::Relu(_) => [172, 264],
        _ => return None,
    };
    match cpu {
        Cpu::CortexM0 => Some(m0),
        Cpu::CortexM3 => Some(m3),
        _ => None,
    }
}

/// Products and rescaling of a convolution.
pub(super) fn shared_code(call: &Call, cpu: Cpu) -> Option<(&'static str, u64)> {
    let Call::TripleConv2d(_, c) = call else {
        return None;
    };
    let (name, [m3, m0]) = match c.rescaling {
        Rescaling::Twice => ("products, rescaled twice", [892, 624]),
        _ => ("products, rescaled once", [704, 388]),
    };
    Some((name, if is_m0(cpu) { m0 } else { m3 }))
}

pub(super) fn conv2d(p: &TripleConv2d, c: &Packed, cpu: Cpu) -> f64 {
    let outputs = p.output[0] * p.output[1];
    let blocks = outputs / 3 + outputs % 3;
    let fours = p.output[2].div_ceil(4);
    let parts = p.taps.div_ceil(p.part);
    let (groups, quads) = (p.taps / 4, blocks * fours);
    let products = if is_m0(cpu) {
        let halves = parts * (p.part / 4).div_ceil(2);
        let taps = [(88.0, quads * groups), (12.0, quads * halves)];
        match c.rescaling {
            Rescaling::Twice => sum(&taps) + sum(&[(158.0, quads * parts), (704.0, quads)]),
            _ => sum(&taps) + sum(&[(392.0, quads), (40.0, blocks)]),
        }
    } else {
        let taps = (54.0, quads * groups);
        match c.rescaling {
            Rescaling::Twice => sum(&[taps, (71.0, quads * parts), (318.0, quads)]),
            _ => sum(&[taps, (134.0, quads), (30.0, blocks)]),
        }
    };
    let rest = if p.output[2].is_multiple_of(4) {
        0.0
    } else {
        sum(&[(30.0, blocks), (9.0, outputs * (p.output[2] % 4))])
    };
    let limits = if p.clamps {
        sum(&[(7.0, p.output.iter().product())])
    } else {
        0.0
    };
    products + gather(p, blocks, cpu) + rest + limits
}

/// Columns: quick where three lines of taps lie within the input.
fn gather(p: &TripleConv2d, blocks: usize, cpu: Cpu) -> f64 {
    let (tap, padded, line, block) = if is_m0(cpu) {
        (14.0, 60.0, 210.0, 170.0)
    } else {
        (11.0, 36.0, 140.0, 110.0)
    };
    let run = p.kernel[1] * p.input[2];
    if p.pointwise {
        return sum(&[(tap, blocks * run), (block + 40.0, blocks)]);
    }
    let at = |i: usize| [i / p.output[1], i % p.output[1]];
    let outputs = p.output[0] * p.output[1];
    let whole = |[y, x]: [usize; 2], i: usize| {
        let row = y * p.stride[0] + i * p.row_dilation;
        let column = x * p.stride[1];
        let inside = row >= p.pad[0] && row < p.pad[0] + p.input[0];
        inside && column >= p.pad[1] && column + p.kernel[1] <= p.pad[1] + p.input[1]
    };
    let (mut first, mut n_whole) = (0, 0);
    while first < outputs {
        let n = if outputs - first >= 3 { 3 } else { 1 };
        let all = |i: usize| (first..first + n).all(|output| whole(at(output), i));
        n_whole += (0..p.kernel[0]).filter(|&i| all(i)).count();
        first += n;
    }
    let lines = blocks * p.kernel[0];
    sum(&[
        (tap, n_whole * run),
        (padded, (lines - n_whole) * run),
        (line, lines),
        (block, blocks),
    ])
}

pub(super) fn fully_connected(p: &QuadFullyConnected, cpu: Cpu) -> f64 {
    let fours = p.rows * p.units.div_ceil(4);
    let (groups, rest, unit, input) = if is_m0(cpu) {
        (60.0, 18.0, 145.0, 5.0)
    } else {
        (38.0, 12.0, 55.0, 4.0)
    };
    sum(&[
        (groups, fours * (p.inputs / 4)),
        (rest, fours * (p.inputs % 4)),
        (unit, fours),
        (input, p.rows * p.inputs),
        (60.0, p.rows),
    ])
}

pub(super) fn depthwise_conv2d(p: &PlanarDepthwiseConv2d, cpu: Cpu) -> f64 {
    let ([rows, columns], channels) = (p.output, p.input[2]);
    let ([pair, one], line, value) = if is_m0(cpu) {
        ([134.0, 76.0], 23.0, 8.0)
    } else {
        ([55.0, 36.0], 16.0, 6.0)
    };
    let row = if p.stride == 1 {
        pair * columns.div_ceil(2) as f64
    } else {
        one * columns as f64
    };
    sum(&[
        (value, p.input.iter().product()),
        (row + line, rows * channels),
        (8.0, p.input[0] * channels),
        (70.0, channels),
        (4.0, p.plane[0] * p.plane[1]),
    ])
}
