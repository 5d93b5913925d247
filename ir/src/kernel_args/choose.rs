//! Which kernel computes a step on which CPU.
//!
//! Each row of the table says which steps it serves, on which CPUs, and why it costs less there. The
//! first row that serves a step is taken; where none does, the plain kernel stays, which runs
//! everywhere and whose results all others reproduce to the bit.

use super::linear::{FULL, SHORT};
use super::{Call, Program, helium, pack, triple};
use crate::board::Cpu;

/// A row of the table.
struct Row {
    /// The kernel.
    kernel: &'static str,
    /// Why it costs less than the plain kernel on the CPUs that it is for.
    reason: &'static str,
    /// Whether it is for a CPU.
    on: fn(Cpu) -> bool,
    /// The step's call with its arguments, where the kernel can compute it exactly.
    call: fn(&Call) -> Option<Call>,
}

const TABLE: &[Row] = &[
    Row {
        kernel: "helium_conv2d",
        reason: "VMLADAVA multiplies and adds up 16 pairs of int8 as they lie in memory: 0.13 \
                 instructions per multiplication where two outputs and four filters share what is \
                 loaded",
        on: has_helium,
        call: |call| match call {
            Call::Conv2d(p, c) => {
                let (params, packed) = helium::conv2d(p, c)?;
                Some(Call::HeliumConv2d(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "helium_square_depthwise_conv2d",
        reason: "VMLADAV takes 9 taps at once where the bytes of four rows follow each other, and two \
                 by two outputs share them: 0.5 instructions per multiplication, rescaling included, \
                 and the output can lie where the input lies",
        on: has_helium,
        call: |call| match call {
            Call::DepthwiseConv2d(p, c) => {
                let (params, packed) = helium::square_depthwise_conv2d(p, c)?;
                Some(Call::HeliumSquareDepthwiseConv2d(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "helium_depthwise_conv2d",
        reason: "VMULLB and VMULLT multiply 16 channels at once as they lie in memory, and the sums of \
                 two taps still fit in 16 bits: 0.7 instructions per multiplication",
        on: has_helium,
        call: |call| match call {
            Call::DepthwiseConv2d(p, c) => {
                let (params, packed) = helium::depthwise_conv2d(p, c)?;
                Some(Call::HeliumDepthwiseConv2d(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "helium_fully_connected",
        reason: "VMLADAVA multiplies and adds up 16 pairs of int8: 0.16 instructions per \
                 multiplication where the weights are read once, and rounding once is a \
                 multiplication and a shift",
        on: has_helium,
        call: |call| match call {
            Call::FullyConnected(p, c) => {
                let (params, packed) = helium::fully_connected(p, c)?;
                Some(Call::HeliumFullyConnected(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "helium_addition",
        reason: "four values at a time take 27 instructions, a twelfth of the plain kernel's",
        on: has_helium,
        call: |call| match call {
            Call::Add(p, None) => Some(Call::HeliumAddition(helium::addition(p)?)),
            _ => None,
        },
    },
    Row {
        kernel: "packed_rows",
        reason: "a row of the input is all that an output sees, so that it is read where it lies; SMLAD \
                 and weights in pairs as of packed_conv2d: 0.75 instructions per multiplication where \
                 four rows share the weights",
        on: has_dsp,
        call: |call| match call {
            Call::Conv2d(p, c) => {
                let (params, packed) = pack::pointwise(p, c)?;
                Some(Call::PackedPointwise(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "packed_conv2d",
        reason: "SMLAD multiplies two pairs of int16 at once, and weights that stand in pairs of \
                 filters need one SXTB16 for four products: 0.75 instructions per multiplication \
                 where four outputs share the weights",
        on: has_dsp,
        call: |call| match call {
            Call::Conv2d(p, c) => {
                let (params, packed) = pack::conv2d(p, c)?;
                Some(Call::PackedConv2d(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "planar_depthwise_conv2d",
        reason: "SMLAD covers two taps of a row in a plane of int16: 2 instructions per multiplication, \
                 rescaling included, and the output can lie where the input lies",
        on: has_dsp,
        call: |call| match call {
            Call::DepthwiseConv2d(p, c) => {
                let (params, packed) = pack::depthwise_conv2d(p, c, FULL)?;
                Some(Call::PlanarDepthwiseConv2d(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "column_depthwise_conv2d",
        reason: "four channels are one word, and two rows of them four words of taps for SMLAD: 2.9 \
                 instructions per multiplication, where a kernel of one column, as layers over time \
                 have it, leaves the plain kernel 15; without SMLAD four sums share the loop, too",
        on: |_| true,
        call: |call| match call {
            Call::DepthwiseConv2d(p, c) => {
                let (params, packed) = pack::columns(p, c)?;
                Some(Call::ColumnDepthwiseConv2d(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "packed_fully_connected",
        reason: "four units share what SXTB16 makes of four inputs, which need no column of int16: 1.13 \
                 instructions per multiplication where the weights are read once",
        on: has_dsp,
        call: |call| match call {
            Call::FullyConnected(p, c) => {
                let (params, packed) = pack::fully_connected(p, c)?;
                Some(Call::PackedFullyConnected(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "quad_fully_connected",
        reason: "four units share each load of an input, and weights without a sign need one \
                 instruction to load: 2.4 instructions per multiplication with MLA, 3.8 without",
        on: lacks_dsp,
        call: |call| match call {
            Call::FullyConnected(p, c) => {
                let (params, packed) = triple::fully_connected(p, c)?;
                Some(Call::QuadFullyConnected(params, packed))
            }
            // Three outputs at once would compute the only one three times.
            Call::Conv2d(p, c) => {
                let (params, packed) = triple::single_conv2d(p, c)?;
                Some(Call::QuadFullyConnected(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "triple_conv2d",
        reason: "three outputs share two words, so that two multiplications serve three products: 1.1 \
                 instructions per multiplication with MLA, 2 on a core with eight registers and \
                 products of 32 bits, and weights of one byte",
        on: lacks_dsp,
        call: |call| match call {
            Call::Conv2d(p, c) => {
                let (params, packed) = triple::conv2d(p, c)?;
                Some(Call::TripleConv2d(params, packed))
            }
            _ => None,
        },
    },
    Row {
        kernel: "planar_depthwise_conv2d",
        reason: "two outputs share the weights, which stay in registers or on the stack, in a plane \
                 with its pads: 4 instructions per multiplication with MLA, 7 without, and the output can \
                 lie where the input lies",
        on: lacks_dsp,
        call: |call| match call {
            Call::DepthwiseConv2d(p, c) => {
                let (params, packed) = pack::depthwise_conv2d(p, c, SHORT)?;
                Some(Call::PlanarDepthwiseConv2d(params, packed))
            }
            _ => None,
        },
    },
];

/// Why the plain kernel is taken.
const PLAIN: &str = "no faster kernel computes it exactly on this CPU";

/// Whether a CPU has the DSP extension: SMLAD, SXTB16, SMMLA.
fn has_dsp(cpu: Cpu) -> bool {
    match cpu {
        Cpu::CortexM0 | Cpu::CortexM3 => false,
        Cpu::CortexM4 | Cpu::CortexM7 | Cpu::CortexM33 | Cpu::CortexM55 => true,
    }
}

/// Whether a CPU has Helium, the vector extension of int8.
fn has_helium(cpu: Cpu) -> bool {
    match cpu {
        Cpu::CortexM55 => true,
        Cpu::CortexM0 | Cpu::CortexM3 | Cpu::CortexM4 | Cpu::CortexM7 | Cpu::CortexM33 => false,
    }
}

/// Whether it lacks it: sums of products come from MLA, or from MULS and ADD.
fn lacks_dsp(cpu: Cpu) -> bool {
    !has_dsp(cpu)
}

/// The calls of `program` with the kernels that cost least on `cpu`.
pub(super) fn choose(mut program: Program, cpu: Cpu) -> Program {
    for step in &mut program.steps {
        if let Some(call) = TABLE
            .iter()
            .filter(|row| (row.on)(cpu))
            .find_map(|row| (row.call)(&step.call))
        {
            step.call = call;
        }
    }
    program
}

/// Why a call's kernel was chosen.
pub(super) fn reason(call: &Call) -> &'static str {
    TABLE
        .iter()
        .find(|row| row.kernel == call.kernel())
        .map_or(PLAIN, |row| row.reason)
}
