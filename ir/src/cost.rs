//! What the emitted C costs: instructions, bytes of code, stack.
//!
//! The figures are fits to measurements, not a simulation. Every kernel was compiled by
//! arm-none-eabi-gcc 12.2 with `-O2` for a Cortex-M4F and run on some 50 shapes under
//! `qemu-system-arm -M mps2-an386 -icount shift=0`, which executes one instruction per
//! nanosecond of its clock; a weighted least-squares fit over the counts of each loop level gave
//! the factors below. They reproduce the measurements within 5 %. On other Cortex-M cores the
//! same code needs about as many instructions, except that a core without FPU calls a function
//! for every float operation (measured on mps2-an385). The factors of Helium's kernels are counts of
//! the instructions of their loops, which the public networks on mps3-an547 meet within 4 %.

pub mod code;
pub mod fixed;
mod without_dsp;

use impulse_runtime::features::{Deltas, Normalize};
use impulse_runtime::kernels;

use crate::board::Cpu;
use crate::features::mel::MelTables;
use crate::features::stft::SpectrumTables;
use crate::kernel_args::{Call, Packed, Rescaling};

/// Instructions of one call of a kernel.
pub fn call_instructions(call: &Call, cpu: Cpu) -> u64 {
    let integer = match call {
        Call::Conv2d(p, _) => conv2d(p),
        Call::DepthwiseConv2d(p, _) => depthwise_conv2d(p),
        Call::FullyConnected(p, _) => {
            let n = p.rows * p.units;
            sum(&[
                (5.02, n * (p.inputs & !3)),
                (14.16, n * (p.inputs % 4)),
                (66.4, n),
            ])
        }
        Call::PackedConv2d(p, c) => packed_conv2d(p, c),
        Call::PackedPointwise(p, c) => packed_rows(p, c),
        Call::PackedFullyConnected(p, c) if !matches!(c.rescaling, Rescaling::Shared(_)) => {
            packed_rows(p, c)
        }
        Call::PackedFullyConnected(p, _) => {
            let fours = p.rows * p.units.div_ceil(4);
            let copied = if p.inputs.is_multiple_of(4) {
                0
            } else {
                p.rows * p.inputs
            };
            sum(&[
                (9.0, fours * p.words()),
                (42.0, fours),
                (3.0, copied),
                (115.0, p.rows),
            ])
        }
        Call::TripleConv2d(p, c) => return without_dsp::conv2d(p, c, cpu) as u64,
        Call::QuadFullyConnected(p, _) => return without_dsp::fully_connected(p, cpu) as u64,
        Call::PlanarDepthwiseConv2d(p, _) if !has_dsp(cpu) => {
            return without_dsp::depthwise_conv2d(p, cpu) as u64;
        }
        Call::PlanarDepthwiseConv2d(p, _) => {
            let ([rows, columns], channels) = (p.output, p.input[2]);
            let row = if p.stride == 1 {
                35.0 * columns.div_ceil(2) as f64
            } else {
                19.0 * columns as f64
            };
            sum(&[
                (2.75, p.input.iter().product()),
                (row + 14.0, rows * channels),
                (12.0, p.input[0] * channels),
                (70.0, channels),
                (4.0, p.plane[0] * p.plane[1]),
            ])
        }
        Call::ColumnDepthwiseConv2d(p, _) => {
            let (outputs, groups) = (p.output[0] * p.output[1], p.channels / 4);
            // The FPU comes with the DSP extension on all cores that there are.
            let [pair, single, group] = if has_fpu(cpu) {
                [23.0, 12.0, 51.0]
            } else {
                [36.0, 20.0, 140.0]
            };
            let edges = outputs.min(p.edge_rows() * p.output[1]);
            sum(&[
                (pair, outputs * groups * (p.taps / 2)),
                (single, outputs * groups * (p.taps % 2)),
                (group, outputs * groups),
                (45.0, outputs),
                (14.0, edges * groups * p.taps),
                (40.0, edges * groups),
            ])
        }
        Call::HeliumConv2d(p, _) => helium_conv2d(p),
        Call::HeliumDepthwiseConv2d(p, _) => helium_depthwise_conv2d(p),
        Call::HeliumSquareDepthwiseConv2d(p, _) => {
            let ([rows, columns], channels) = (p.output, p.input[2]);
            let (strips, pushes) = (rows.div_ceil(2), rows.div_ceil(2) + 1);
            let odd = if columns % 2 == 1 { 10 } else { 0 };
            sum(&[
                (19.0, strips * channels * columns.div_ceil(2)),
                (1.0, strips * channels * (22 + odd)),
                (18.0, pushes * (p.input[1] * channels).div_ceil(16)),
                (60.0, pushes + strips),
            ])
        }
        Call::HeliumFullyConnected(p, _) => {
            let fours = p.rows * p.units.div_ceil(4);
            sum(&[(10.0, fours * p.blocks()), (17.0, fours), (80.0, p.rows)])
        }
        Call::HeliumAddition(p) => sum(&[(6.75, p.len), (60.0, 1)]),
        Call::MaxPool2d(p) => pool2d(p, [7.71, 9.15, 20.0]),
        Call::AvgPool2d(p) => pool2d(p, [5.74, 8.83, 31.7]),
        Call::Mean(p) => {
            let [outer, reduced, inner] = p.shape;
            sum(&[(5.74, outer * reduced * inner), (53.4, outer * inner)])
        }
        Call::Add(p, _) => sum(&[(85.8, p.len)]),
        Call::Mul(p, _) => sum(&[(52.0, p.len)]),
        Call::Pad(p) => {
            let (pixels, values) = (p.input[0] * p.input[1], p.input.iter().product());
            sum(&[
                (0.4, p.output.iter().product()),
                (45.0, pixels),
                (0.6, values),
            ])
        }
        Call::Concatenation(parts) => parts
            .iter()
            .map(|p| sum(&[(35.0, p.rows), (0.6, p.rows * p.input_len), (20.0, 1)]))
            .sum(),
        Call::Lookup(p, _) => sum(&[(6.0, p.len)]),
        Call::Relu(p) => sum(&[(48.1, p.len)]),
        Call::Softmax(p, _) => {
            let (each, row) = if has_fpu(cpu) {
                (33.0, 35.0)
            } else {
                (190.0, 250.0)
            };
            return sum(&[(each, p.rows * p.columns), (row, p.rows)]) as u64;
        }
        Call::History(p) => sum(&[(0.85, p.len), (60.0, 1)]),
        Call::Alias => 0.0,
    };
    (integer * without_dsp::factor(call, cpu)) as u64
}

/// Instructions of the spectrum of one frame.
pub fn spectrum_instructions(spectrum: &SpectrumTables, cpu: Cpu) -> u64 {
    let n = spectrum.fft_samples;
    let log2 = n.max(1).ilog2() as usize;
    let counts = [spectrum.frame_samples, n, n * log2];
    let factors = if has_fpu(cpu) {
        [9.46, 4.0, 4.73]
    } else {
        [213.3, 20.0, 115.5]
    };
    sum(&[0, 1, 2].map(|i| (factors[i], counts[i]))) as u64
}

/// What loading a frame of one axis of several costs more.
pub fn axis_load_instructions(spectrum: &SpectrumTables) -> u64 {
    sum(&[(8.0, spectrum.frame_samples)]) as u64
}

/// Instructions of the mel filters of one frame.
pub fn mel_instructions(mel: &MelTables, cpu: Cpu) -> u64 {
    let n_bins = mel.segment_bins.iter().map(|&n| usize::from(n)).sum();
    let (bin, filter) = if has_fpu(cpu) {
        (9.0, 25.0)
    } else {
        (300.0, 100.0)
    };
    sum(&[(bin, n_bins), (filter, mel.n_filters())]) as u64
        + level_instructions(mel.n_filters(), cpu)
}

/// Instructions of bringing `n` samples of an axis to floats and taking their mean.
pub fn load_instructions(n: usize, cpu: Cpu) -> u64 {
    sum(&[(if has_fpu(cpu) { 22.0 } else { 500.0 }, n)]) as u64
}

/// Instructions of second-order sections over `n` values in all.
pub fn section_instructions(n: usize, cpu: Cpu) -> u64 {
    sum(&[(if has_fpu(cpu) { 18.0 } else { 800.0 }, n)]) as u64
}

/// Instructions of RMS and moments of `n` values.
pub fn statistics_instructions(n: usize, cpu: Cpu) -> u64 {
    sum(&[(if has_fpu(cpu) { 52.0 } else { 1600.0 }, n)]) as u64
}

/// Instructions of the spectrum of a piece of `n` values and its part in the peaks.
pub fn piece_instructions(n: usize, cpu: Cpu) -> u64 {
    let log2 = n.max(1).ilog2() as usize;
    let factors = if has_fpu(cpu) {
        [17.0, 4.73]
    } else {
        [200.0, 115.5]
    };
    sum(&[(factors[0], n), (factors[1], n * log2)]) as u64
}

/// Instructions of a wavelet transform of `n` samples by filters of `n_taps`.
pub fn wavelet_instructions(n: usize, n_taps: usize, n_levels: usize, cpu: Cpu) -> u64 {
    let values: usize = (1..=n_levels).map(|level| n >> level).sum();
    sum(&[(if has_fpu(cpu) { 20.0 } else { 350.0 }, values * n_taps)]) as u64
}

/// Instructions of the statistics of bands of `n` values in all, sorting included.
pub fn band_instructions(n: usize, cpu: Cpu) -> u64 {
    let log2 = n.max(1).ilog2() as usize;
    let factors = if has_fpu(cpu) {
        [120.0, 16.0]
    } else {
        [2500.0, 60.0]
    };
    sum(&[(factors[0], n), (factors[1], n * log2)]) as u64 + 100 * 64
}

/// Instructions of logarithms.
pub fn level_instructions(n_levels: usize, cpu: Cpu) -> u64 {
    let each = if has_fpu(cpu) { 64.0 } else { 900.0 };
    sum(&[(each, n_levels)]) as u64
}

/// Instructions of a DCT with a table of `n_factors`.
pub fn dct_instructions(n_factors: usize, cpu: Cpu) -> u64 {
    let each = if has_fpu(cpu) { 6.0 } else { 82.8 };
    sum(&[(each, n_factors)]) as u64
}

/// Instructions that bring a window of `n_features` values to the network's input: normalized and
/// quantized, or copied.
pub fn normalize_instructions(normalize: Option<Normalize>, n_features: usize, cpu: Cpu) -> u64 {
    let each = match (normalize, has_fpu(cpu)) {
        (None, _) => 3.0,
        (Some(Normalize::Plain), true) => 37.0,
        (Some(Normalize::Mean), true) => 45.0,
        (Some(Normalize::MeanVariance), true) => 60.0,
        (Some(Normalize::Plain), false) => 340.0,
        (Some(Normalize::Mean), false) => 350.0,
        (Some(Normalize::MeanVariance), false) => 380.0,
    };
    (each * n_features as f64) as u64
}

/// Instructions of the differences over a window of `n_features` values without them.
pub fn deltas_instructions(deltas: Deltas, n_features: usize, cpu: Cpu) -> u64 {
    // Of a second difference every first one is computed anew, which needs no memory.
    let firsts = (1 + (deltas.order - 1) * 2 * deltas.width) as f64;
    let (each, term) = match has_fpu(cpu) {
        true => (35.0, 13.0),
        false => (340.0, 13.0),
    };
    let value = deltas.order as f64 * each + firsts * deltas.width as f64 * term;
    (value * n_features as f64) as u64
}

/// Instructions that store a row of `n_columns` values in its ring.
pub fn store_instructions(n_columns: usize, cpu: Cpu) -> u64 {
    let each = if has_fpu(cpu) { 20.0 } else { 250.0 };
    (each * n_columns as f64) as u64
}

/// Cycles per instruction, for an estimate of time only: a core waits for flash, loads and
/// branches. Rough values for code of this kind that runs from cached flash.
pub fn cycles_per_instruction(cpu: Cpu) -> f64 {
    match cpu {
        Cpu::CortexM0 => 1.6,
        Cpu::CortexM3 | Cpu::CortexM4 => 1.4,
        Cpu::CortexM33 => 1.3,
        // A vector instruction takes two cycles, of which a load and a multiplication share one.
        Cpu::CortexM55 => 1.3,
        Cpu::CortexM7 => 0.8,
    }
}

/// What linking a kernel adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Machine code.
    pub code_bytes: u64,
    /// Its parameters in flash, once per call.
    pub params_bytes: u64,
    /// Its stack frame.
    pub stack_bytes: u64,
}

/// The footprint of a kernel (gcc 12.2, `-O2`, Cortex-M4F; other cores with Thumb-2 are within 5 % of
/// it).
pub fn footprint(call: &Call, cpu: Cpu) -> Footprint {
    let (code_bytes, params_bytes, stack_bytes) = match call {
        Call::Conv2d(..) => (1156, 68, 160),
        Call::DepthwiseConv2d(..) => (744, 68, 128),
        Call::FullyConnected(..) => (452, 28, 72),
        Call::PackedConv2d(..) => (940, 60, 264),
        Call::PackedFullyConnected(_, c) if matches!(c.rescaling, Rescaling::Shared(_)) => {
            (560, 28, 136)
        }
        Call::PackedPointwise(..) | Call::PackedFullyConnected(..) => (396, 28, 240),
        Call::PlanarDepthwiseConv2d(..) => (752, 48, 180),
        Call::ColumnDepthwiseConv2d(..) => (752, 56, 236),
        Call::HeliumConv2d(..) => (1600, 56, 220),
        Call::HeliumDepthwiseConv2d(..) => (700, 56, 400),
        Call::HeliumSquareDepthwiseConv2d(..) => (680, 44, 240),
        Call::HeliumFullyConnected(..) => (340, 24, 136),
        Call::HeliumAddition(_) => (280, 48, 160),
        Call::TripleConv2d(..) => (1180, 76, 352),
        Call::QuadFullyConnected(..) => (572, 28, 136),
        Call::MaxPool2d(_) => (344, 52, 64),
        Call::AvgPool2d(_) => (452, 52, 88),
        Call::Mean(_) => (248, 28, 56),
        Call::Add(..) => (388, 48, 48),
        Call::Mul(..) => (208, 32, 44),
        Call::Pad(_) => (180, 40, 56),
        Call::Concatenation(parts) => (72, 16 * parts.len() as u64, 24),
        Call::Lookup(..) => (32, 4, 8),
        Call::Relu(_) => (176, 24, 36),
        Call::Softmax(..) => (200, 12, 20),
        Call::History(_) => (60, 8, 24),
        Call::Alias => (0, 0, 0),
    };
    Footprint {
        code_bytes: without_dsp::code_bytes(call, cpu).unwrap_or(code_bytes),
        params_bytes,
        stack_bytes,
    }
}

/// The code that a kernel shares with others of its kind, by name.
pub fn shared_code(call: &Call, cpu: Cpu) -> Vec<(&'static str, u64)> {
    let rescaling = match call {
        Call::PackedConv2d(_, c)
        | Call::PackedPointwise(_, c)
        | Call::PackedFullyConnected(_, c) => c.rescaling,
        _ => return without_dsp::shared_code(call, cpu).into_iter().collect(),
    };
    let products = ("products of matrices", 284);
    match rescaling {
        Rescaling::Shared(_) => Vec::new(),
        Rescaling::Linear | Rescaling::Once => vec![products, ("linear rescaling", 652)],
        Rescaling::Twice => vec![products, ("rescaling in two steps", 756)],
    }
}

/// Code of the functions of the emitted header, which call `n_steps` kernels and bring the rows of
/// `n_blocks` feature blocks together.
pub fn interface_code_bytes(n_steps: usize, n_blocks: usize) -> u64 {
    INTERFACE_CODE_BYTES
        + STEP_CODE_BYTES * n_steps as u64
        + BLOCK_CODE_BYTES * n_blocks.saturating_sub(1) as u64
}

/// Code around the kernels of a network by itself with these `calls`, and of the libraries of C and
/// of the compiler.
pub fn network_code_bytes(calls: &[&Call], cpu: Cpu) -> u64 {
    let softmax = calls.iter().any(|call| matches!(call, Call::Softmax(..)));
    let floats = match cpu {
        Cpu::CortexM0 if softmax => 2050,
        Cpu::CortexM3 if softmax => 1360,
        _ => 0,
    };
    // A Cortex-M0 has no division.
    let divides = |call: &&Call| {
        matches!(
            call,
            Call::AvgPool2d(_) | Call::DepthwiseConv2d(..) | Call::TripleConv2d(..)
        )
    };
    let division = match cpu {
        Cpu::CortexM0 if calls.iter().any(divides) => 730,
        _ => 0,
    };
    250 + floats + division + STEP_CODE_BYTES * calls.len() as u64
}

/// Most stack of the blocks of motion below `push`.
pub const MOTION_STACK_BYTES: u64 = 320;

/// The functions of the emitted header.
const INTERFACE_CODE_BYTES: u64 = 540;

/// Another feature block beside the first.
const BLOCK_CODE_BYTES: u64 = 300;

/// A call of a kernel with its arguments.
const STEP_CODE_BYTES: u64 = 33;

/// Constants around the network: the parameters of the front end, the stream, the input's
/// quantization and the decision logic, apart from what grows with the labels.
pub const FIXED_PARAMETER_BYTES: u64 = 96;

/// Most stack of the front end below `push`.
pub const FRONT_END_STACK_BYTES: u64 = 184;

/// Stack of `push` and of the function that calls the kernels.
pub const INTERFACE_STACK_BYTES: u64 = 96;

/// Instructions of handing over one sample of a stream.
pub const SAMPLE_INSTRUCTIONS: u64 = 9;

/// Whether the kernels run on the DSP extension; every core with an FPU has it.
fn has_dsp(cpu: Cpu) -> bool {
    has_fpu(cpu)
}

/// Whether float operations are instructions of the CPU.
pub fn has_fpu(cpu: Cpu) -> bool {
    !matches!(cpu, Cpu::CortexM0 | Cpu::CortexM3)
}

fn sum(terms: &[(f64, usize)]) -> f64 {
    terms
        .iter()
        .map(|(factor, count)| factor * *count as f64)
        .sum()
}

/// Taps of all windows along one dimension that fall on the input.
fn taps(
    output: usize,
    stride: usize,
    pad: usize,
    kernel: usize,
    dilation: usize,
    input: usize,
) -> usize {
    let on_input = |at: usize| {
        let start = at * stride;
        let first = pad.saturating_sub(start).div_ceil(dilation);
        let end = (input + pad)
            .saturating_sub(start)
            .div_ceil(dilation)
            .min(kernel);
        end.saturating_sub(first)
    };
    (0..output).map(on_input).sum()
}

fn conv2d(p: &kernels::Conv2d) -> f64 {
    let channels = p.input[2];
    let [rows, columns] = conv_taps(p);
    let (outputs, pixels) = (
        p.output.iter().product::<usize>(),
        p.output[0] * p.output[1],
    );
    let macs = rows * columns * channels * p.output[2];
    // Where the kernel is as wide as the input, all rows make one line.
    let whole = p.kernel[1] == p.input[1] && p.dilation == [1, 1];
    let lines = if whole {
        outputs
    } else {
        rows * p.output[1] * p.output[2]
    };
    let line = p.kernel[1] * channels * if whole { p.kernel[0] } else { 1 };
    // The inner loop takes four at a time; the overhead of the rest is in the figure per line.
    let left_over = (line % 4) as f64 / line.max(1) as f64 * macs as f64;
    5.05 * (macs as f64 - left_over)
        + 4.55 * left_over
        + sum(&[(21.0, lines), (69.4, outputs), (136.9, pixels)])
}

fn depthwise_conv2d(p: &kernels::Conv2d) -> f64 {
    let [rows, columns] = conv_taps(p);
    let (outputs, pixels) = (
        p.output.iter().product::<usize>(),
        p.output[0] * p.output[1],
    );
    let channels = p.output[2];
    sum(&[
        (8.81, rows * columns * channels),
        (16.7, rows * p.output[1] * channels),
        (63.4, outputs),
        (96.0, pixels),
    ])
}

fn packed_conv2d(p: &kernels::PackedConv2d, c: &Packed) -> f64 {
    let outputs = p.output[0] * p.output[1];
    let (fours, ones, pairs) = (outputs / 4, outputs % 4, p.output[2].div_ceil(2));
    let rescaling = if c.rescaling == Rescaling::Twice {
        24.0
    } else {
        0.0
    };
    let groups = p.words() / 2;
    sum(&[
        (12.75, fours * pairs * p.words()),
        (57.0 + rescaling, fours * pairs),
        (4.0, ones * pairs * p.words()),
        (22.0 + rescaling / 3.0, ones * pairs),
        (15.0, fours * groups),
        (6.0, ones * groups),
        (110.0, (fours + ones) * p.kernel[0]),
        (140.0, fours + ones),
    ])
}

fn packed_rows(p: &kernels::PackedRows, c: &Packed) -> f64 {
    let (fours, ones, pairs) = (p.rows / 4, p.rows % 4, p.units.div_ceil(2));
    let rescaling = if c.rescaling == Rescaling::Twice {
        24.0
    } else {
        0.0
    };
    let groups = p.words() / 2;
    sum(&[
        (12.75, fours * pairs * p.words()),
        (57.0 + rescaling, fours * pairs),
        (4.0, ones * pairs * p.words()),
        (22.0 + rescaling / 3.0, ones * pairs),
        (15.0, fours * groups),
        (6.0, ones * groups),
        (90.0, fours + ones),
    ])
}

fn helium_conv2d(p: &kernels::HeliumConv2d) -> f64 {
    let outputs = p.output[0] * p.output[1];
    let (twos, ones, fours) = (outputs / 2, outputs % 2, p.output[2].div_ceil(4));
    // The loop over blocks but the first is unrolled by four.
    let turns = (p.blocks() - 1).div_ceil(4);
    let run = p.kernel[1] * p.input[2];
    let copied = if p.line {
        0
    } else {
        8 + p.kernel[0] * (6 + 3 * run.div_ceil(16))
    };
    let column = if p.pointwise { 4 } else { 60 + copied };
    sum(&[
        (14.0, twos * fours * p.blocks()),
        (2.0, twos * fours * turns),
        (35.0, twos * fours),
        (10.0, ones * fours * p.blocks()),
        (19.0, ones * fours),
        (1.0, outputs * column),
        (70.0, twos + ones),
    ])
}

fn helium_depthwise_conv2d(p: &kernels::HeliumDepthwiseConv2d) -> f64 {
    let outputs = p.output[0] * p.output[1];
    let blocks = p.input[2].div_ceil(16);
    sum(&[
        (22.0, outputs * blocks * p.taps().div_ceil(2)),
        (52.0, outputs * blocks),
        (10.0, outputs * p.taps()),
        (40.0, outputs),
    ])
}

fn conv_taps(p: &kernels::Conv2d) -> [usize; 2] {
    [0, 1].map(|i| {
        taps(
            p.output[i],
            p.stride[i],
            p.pad[i],
            p.kernel[i],
            p.dilation[i],
            p.input[i],
        )
    })
}

fn pool2d(p: &kernels::Pool2d, [each, line, output]: [f64; 3]) -> f64 {
    let [rows, columns] =
        [0, 1].map(|i| taps(p.output[i], p.stride[i], p.pad[i], p.size[i], 1, p.input[i]));
    let channels = p.output[2];
    sum(&[
        (each, rows * columns * channels),
        (line, rows * p.output[1] * channels),
        (output, p.output.iter().product()),
    ])
}
