//! Depthwise convolution: each channel with filters of its own.
//!
//! A clip is worked on in blocks of [`BLOCK`] channels. The block's plane is copied between zeros
//! first, so that each position has all taps and the weights of the block stay in registers.

use std::sync::Arc;

use dfdx::tensor::CpuError;
use impulse_ir::network::Activation;
use multiversion::multiversion;

use super::activation;
use super::window::Window;
use crate::tape::{
    Buffer, Buffers, Grads, Key, Tape, Value, fill_chunks, give, give_weights, sum_in_order,
};

/// Channels worked on at a time.
const BLOCK: usize = 16;

/// Values of a block of channels at one position, or the weights of one tap; aligned, so that no
/// access spans two cache lines.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([f32; BLOCK]);

impl Lanes {
    const ZERO: Self = Self([0.0; BLOCK]);

    /// `self += a × b`.
    #[inline(always)]
    fn add_product(&mut self, a: &Self, b: &Self) {
        for l in 0..BLOCK {
            self.0[l] += a.0[l] * b.0[l];
        }
    }
}

/// Weights `[kernel height, kernel width, filters]` and bias of a layer, for one step.
#[derive(Clone)]
pub(crate) struct Depthwise {
    /// The window; its input's channels are repeated `filters / channels` times.
    pub window: Window,
    /// Output channels: output `c × multiplier + m` reads channel `c`.
    pub filters: usize,
    /// Fused activation.
    pub activation: Activation,
    /// Name of the weights on the tape.
    pub weight: Key,
    /// Name of the bias on the tape, if there is one.
    pub bias: Option<Key>,
    /// `[kernel height, kernel width, filters]`.
    pub weights: Arc<Vec<f32>>,
    /// `[filters]`, zeros without a bias.
    pub offsets: Arc<Vec<f32>>,
}

/// Convolves each clip of `input` (`[clips, height, width, channels]`); the result is
/// `[clips, out height, out width, filters]`.
pub(crate) fn forward(tape: &mut Tape, input: &Value, layer: Depthwise) -> Value {
    let y_size = layer.window.positions() * layer.filters;
    let mut out = tape.pool().buffer(input.clips * y_size);
    fill_chunks(tape.chunk(), input.clips, &mut out, |clips, out| {
        let inputs = input.clips(clips);
        let inputs = inputs.chunks_exact(layer.window.input_len());
        let mut scratch = Scratch::default();
        for (x, y) in inputs.zip(out.chunks_exact_mut(y_size)) {
            layer.clip_forward(x, y, &mut scratch);
            activation::apply(layer.activation, y);
        }
    });
    let output = tape.value(input.clips, out);
    let (x, y) = (input.clone(), output.clone());
    let (chunk, pool) = (tape.chunk(), tape.pool().clone());
    tape.record(&output, move |grads, dy| {
        backward(grads, dy, [&x, &y], chunk, &pool, &layer)
    });
    output
}

fn backward(
    grads: &mut Grads,
    mut dy: Buffer,
    [x, y]: [&Value; 2],
    chunk: usize,
    pool: &Buffers,
    layer: &Depthwise,
) -> Result<(), CpuError> {
    let y_size = y.size();
    if layer.activation != Activation::None {
        fill_chunks(chunk, y.clips, &mut dy, |clips, dy| {
            activation::mask(layer.activation, &y.clips(clips), dy);
        });
    }
    let want_dx = x.key.is_some();
    let mut dx = pool.buffer(if want_dx { x.data.len() } else { x.clips });
    let parts = fill_chunks(chunk, x.clips, &mut dx, |clips, dx| {
        let mut weight = vec![0.0; layer.weights.len()];
        let mut bias = vec![0.0; layer.filters];
        let mut scratch = Scratch::default();
        let dys = dy[clips.start * y_size..clips.end * y_size].chunks_exact(y_size);
        let dx_size = dx.len() / clips.len();
        let inputs = x.clips(clips);
        let inputs = inputs.chunks_exact(layer.window.input_len());
        for ((x, dy), dx) in inputs.zip(dys).zip(dx.chunks_exact_mut(dx_size)) {
            if layer.bias.is_some() {
                for row in dy.chunks_exact(layer.filters) {
                    bias.iter_mut().zip(row).for_each(|(b, d)| *b += d);
                }
            }
            layer.clip_backward_weights(x, dy, &mut weight, &mut scratch);
            if want_dx {
                layer.clip_backward_input(dy, dx, &mut scratch);
            }
        }
        (weight, bias)
    });
    let (weights, biases) = parts.into_iter().unzip();
    give_weights(grads, &layer.weight, sum_in_order(weights))?;
    if let Some(bias) = &layer.bias {
        give_weights(grads, bias, sum_in_order(biases))?;
    }
    match &x.key {
        Some(key) => give(grads, key, dx),
        None => Ok(()),
    }
}

/// Memory that the clips of a chunk use one after the other.
#[derive(Default)]
struct Scratch {
    /// A block's plane between zeros.
    plane: Vec<Lanes>,
    /// A block's weights, or their gradient.
    taps: Vec<Lanes>,
    /// Input with each channel as often as it has filters.
    wide: Vec<f32>,
}

/// How a kernel goes over a plane between zeros.
#[derive(Clone, Copy)]
struct Passage {
    /// Positions `[height, width]` of the result.
    output: [usize; 2],
    /// Kernel `[height, width]`.
    kernel: [usize; 2],
    /// Stride `[height, width]`.
    stride: [usize; 2],
    /// Columns of the plane.
    columns: usize,
}

/// Where a plane's values stand in the clip and between the zeros.
struct Placing {
    /// Rows and columns of values.
    from: [usize; 2],
    /// Rows and columns of the plane.
    plane: [usize; 2],
    /// Row and column of the first value.
    first: [usize; 2],
    /// Rows and columns from one value to the next.
    step: [usize; 2],
}

impl Depthwise {
    fn multiplier(&self) -> usize {
        self.filters / self.window.input[2].max(1)
    }

    /// The layer's window; one of a single column is laid along the width, where taps are neighbours.
    fn turned(&self) -> Window {
        let mut window = self.window;
        if window.input[1] == 1 && window.kernel[1] == 1 {
            window.input.swap(0, 1);
            window.output.swap(0, 1);
            window.kernel.swap(0, 1);
            window.stride.swap(0, 1);
            window.pad.swap(0, 1);
        }
        window
    }

    /// The input between zeros.
    fn placing(window: &Window) -> Placing {
        let along = |axis: usize| {
            (window.output[axis].max(1) - 1) * window.stride[axis] + window.kernel[axis]
        };
        Placing {
            from: [window.input[0], window.input[1]],
            plane: [along(0), along(1)],
            first: window.pad,
            step: [1, 1],
        }
    }

    fn passage(window: &Window, columns: usize) -> Passage {
        Passage {
            output: window.output,
            kernel: window.kernel,
            stride: window.stride,
            columns,
        }
    }

    /// One clip forward: `y[position, filters]` of `x[height, width, channels]`.
    fn clip_forward(&self, x: &[f32], y: &mut [f32], scratch: &mut Scratch) {
        let window = self.turned();
        let placing = Self::placing(&window);
        let passage = Self::passage(&window, placing.plane[1]);
        let x = repeated(x, self.multiplier(), &mut scratch.wide);
        for block in blocks(self.filters) {
            pack(&placing, x, self.filters, block, &mut scratch.plane);
            load(&self.weights, self.filters, block, &mut scratch.taps);
            let mut start = Lanes::ZERO;
            start.0[..block.width].copy_from_slice(&self.offsets[block.first..][..block.width]);
            let to = Strided {
                step: self.filters,
                block,
            };
            convolve(&passage, &scratch.taps, &start, &scratch.plane, y, to);
        }
    }

    /// Adds one clip's part to the gradient of the weights.
    fn clip_backward_weights(
        &self,
        x: &[f32],
        dy: &[f32],
        weight: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let window = self.turned();
        let placing = Self::placing(&window);
        let passage = Self::passage(&window, placing.plane[1]);
        let x = repeated(x, self.multiplier(), &mut scratch.wide);
        for block in blocks(self.filters) {
            pack(&placing, x, self.filters, block, &mut scratch.plane);
            load(weight, self.filters, block, &mut scratch.taps);
            let of = Strided {
                step: self.filters,
                block,
            };
            correlate(&passage, &scratch.plane, dy, of, &mut scratch.taps);
            for (to, taps) in weight.chunks_exact_mut(self.filters).zip(&scratch.taps) {
                to[block.first..][..block.width].copy_from_slice(&taps.0[..block.width]);
            }
        }
    }

    /// Writes the gradient of one clip's input: the kernel turned round goes over the gradients of
    /// the output, `stride` apart between zeros.
    fn clip_backward_input(&self, dy: &[f32], dx: &mut [f32], scratch: &mut Scratch) {
        let window = self.turned();
        let placing = Placing {
            from: window.output,
            plane: [0, 1].map(|axis| window.input[axis] + window.kernel[axis] - 1),
            first: [0, 1].map(|axis| (window.kernel[axis] - 1).saturating_sub(window.pad[axis])),
            step: window.stride,
        };
        let passage = Passage {
            output: [window.input[0], window.input[1]],
            kernel: window.kernel,
            stride: [1, 1],
            columns: placing.plane[1],
        };
        let multiplier = self.multiplier();
        let mut wide = core::mem::take(&mut scratch.wide);
        if multiplier > 1 {
            wide.clear();
            wide.resize(dx.len() * multiplier, 0.0);
        }
        for block in blocks(self.filters) {
            pack(&placing, dy, self.filters, block, &mut scratch.plane);
            load(&self.weights, self.filters, block, &mut scratch.taps);
            scratch.taps.reverse();
            let out = if multiplier > 1 {
                wide.as_mut_slice()
            } else {
                &mut *dx
            };
            let to = Strided {
                step: self.filters,
                block,
            };
            convolve(
                &passage,
                &scratch.taps,
                &Lanes::ZERO,
                &scratch.plane,
                out,
                to,
            );
        }
        if multiplier > 1 {
            for (d, copies) in dx.iter_mut().zip(wide.chunks_exact(multiplier)) {
                *d = copies.iter().fold(0.0, |sum, c| sum + c);
            }
        }
        scratch.wide = wide;
    }
}

/// Some neighbouring channels.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    /// At most [`BLOCK`].
    width: usize,
}

fn blocks(channels: usize) -> impl Iterator<Item = Block> {
    (0..channels).step_by(BLOCK).map(move |first| Block {
        first,
        width: BLOCK.min(channels - first),
    })
}

/// A block's channels among `step` channels of each position.
#[derive(Clone, Copy)]
struct Strided {
    step: usize,
    block: Block,
}

/// `x` with each channel `multiplier` times.
fn repeated<'a>(x: &'a [f32], multiplier: usize, wide: &'a mut Vec<f32>) -> &'a [f32] {
    if multiplier == 1 {
        return x;
    }
    wide.clear();
    wide.extend(x.iter().flat_map(|v| core::iter::repeat_n(*v, multiplier)));
    wide
}

/// A block's part of `weights` (`[taps, filters]`); zeros beyond its width.
fn load(weights: &[f32], filters: usize, block: Block, taps: &mut Vec<Lanes>) {
    taps.clear();
    taps.extend(weights.chunks_exact(filters).map(|row| {
        let mut lanes = Lanes::ZERO;
        lanes.0[..block.width].copy_from_slice(&row[block.first..][..block.width]);
        lanes
    }));
}

/// A block's values between zeros.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn pack(placing: &Placing, x: &[f32], channels: usize, block: Block, plane: &mut Vec<Lanes>) {
    let [rows, columns] = placing.plane;
    plane.clear();
    plane.resize(rows * columns, Lanes::ZERO);
    for y in 0..placing.from[0] {
        let row = placing.first[0] + y * placing.step[0];
        if row >= rows {
            break;
        }
        let to = &mut plane[row * columns..][..columns];
        let from = &x[y * placing.from[1] * channels..][..placing.from[1] * channels];
        let to = to
            .iter_mut()
            .skip(placing.first[1])
            .step_by(placing.step[1]);
        for (to, from) in to.zip(from.chunks_exact(channels)) {
            *to = if block.width == BLOCK {
                lanes::<true>(from, block)
            } else {
                lanes::<false>(from, block)
            };
        }
    }
}

/// Sums over the taps, for a block of channels of every position of `y`. Sums begin at `start`
/// and run over the kernel's rows, then its columns.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn convolve(
    passage: &Passage,
    taps: &[Lanes],
    start: &Lanes,
    plane: &[Lanes],
    y: &mut [f32],
    to: Strided,
) {
    if to.block.width < BLOCK {
        return convolve_any::<false>(passage, taps, start, plane, y, to);
    }
    match passage.kernel {
        [3, 3] => convolve_by::<3, 3>(passage, taps, start, plane, y, to),
        [1, 3] => convolve_by::<1, 3>(passage, taps, start, plane, y, to),
        [1, 5] => convolve_by::<1, 5>(passage, taps, start, plane, y, to),
        [1, 9] => convolve_by::<1, 9>(passage, taps, start, plane, y, to),
        _ => convolve_any::<true>(passage, taps, start, plane, y, to),
    }
}

#[inline(always)]
fn convolve_by<const H: usize, const W: usize>(
    passage: &Passage,
    taps: &[Lanes],
    start: &Lanes,
    plane: &[Lanes],
    y: &mut [f32],
    to: Strided,
) {
    let mut weights = [[Lanes::ZERO; W]; H];
    for (row, taps) in weights.iter_mut().zip(taps.chunks_exact(W)) {
        row.copy_from_slice(taps);
    }
    let start = *start;
    let mut outputs = y.chunks_exact_mut(to.step);
    for oy in 0..passage.output[0] {
        for ox in 0..passage.output[1] {
            let at = oy * passage.stride[0] * passage.columns + ox * passage.stride[1];
            let mut sums = start;
            for (ky, weights) in weights.iter().enumerate() {
                let Some(row) = plane[at + ky * passage.columns..].first_chunk::<W>() else {
                    return;
                };
                for (x, w) in row.iter().zip(weights) {
                    sums.add_product(x, w);
                }
            }
            let Some(out) = outputs.next() else { return };
            store::<true>(sums, out, to.block);
        }
    }
}

#[inline(always)]
fn convolve_any<const WHOLE: bool>(
    passage: &Passage,
    taps: &[Lanes],
    start: &Lanes,
    plane: &[Lanes],
    y: &mut [f32],
    to: Strided,
) {
    let mut outputs = y.chunks_exact_mut(to.step);
    for oy in 0..passage.output[0] {
        for ox in 0..passage.output[1] {
            let at = oy * passage.stride[0] * passage.columns + ox * passage.stride[1];
            let mut sums = *start;
            for (ky, weights) in taps.chunks_exact(passage.kernel[1]).enumerate() {
                let row = &plane[at + ky * passage.columns..][..passage.kernel[1]];
                for (x, w) in row.iter().zip(weights) {
                    sums.add_product(x, w);
                }
            }
            let Some(out) = outputs.next() else { return };
            store::<WHOLE>(sums, out, to.block);
        }
    }
}

/// Writes a block's channels of one position, all [`BLOCK`] of them if the block is `WHOLE`.
#[inline(always)]
fn store<const WHOLE: bool>(sums: Lanes, out: &mut [f32], block: Block) {
    let out = &mut out[block.first..];
    if !WHOLE {
        out[..block.width].copy_from_slice(&sums.0[..block.width]);
    } else if let Some(out) = out.first_chunk_mut::<BLOCK>() {
        *out = sums.0;
    }
}

/// Adds the sums over the positions of gradient times value to each of the `taps`.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn correlate(passage: &Passage, plane: &[Lanes], dy: &[f32], of: Strided, taps: &mut [Lanes]) {
    if of.block.width < BLOCK {
        return correlate_any::<false>(passage, plane, dy, of, taps);
    }
    match passage.kernel {
        [3, 3] => correlate_by::<3, 3>(passage, plane, dy, of, taps),
        [1, 3] => correlate_by::<1, 3>(passage, plane, dy, of, taps),
        [1, 5] => correlate_by::<1, 5>(passage, plane, dy, of, taps),
        [1, 9] => correlate_by::<1, 9>(passage, plane, dy, of, taps),
        _ => correlate_any::<true>(passage, plane, dy, of, taps),
    }
}

#[inline(always)]
fn correlate_by<const H: usize, const W: usize>(
    passage: &Passage,
    plane: &[Lanes],
    dy: &[f32],
    of: Strided,
    taps: &mut [Lanes],
) {
    let mut sums = [[Lanes::ZERO; W]; H];
    for (row, taps) in sums.iter_mut().zip(taps.chunks_exact(W)) {
        row.copy_from_slice(taps);
    }
    let mut gradients = dy.chunks_exact(of.step);
    'positions: for oy in 0..passage.output[0] {
        for ox in 0..passage.output[1] {
            let at = oy * passage.stride[0] * passage.columns + ox * passage.stride[1];
            let Some(d) = gradients.next() else {
                break 'positions;
            };
            let d = lanes::<true>(d, of.block);
            for (ky, sums) in sums.iter_mut().enumerate() {
                let Some(row) = plane[at + ky * passage.columns..].first_chunk::<W>() else {
                    break 'positions;
                };
                for (x, s) in row.iter().zip(sums) {
                    s.add_product(x, &d);
                }
            }
        }
    }
    for (row, taps) in sums.iter().zip(taps.chunks_exact_mut(W)) {
        taps.copy_from_slice(row);
    }
}

#[inline(always)]
fn correlate_any<const WHOLE: bool>(
    passage: &Passage,
    plane: &[Lanes],
    dy: &[f32],
    of: Strided,
    taps: &mut [Lanes],
) {
    let mut gradients = dy.chunks_exact(of.step);
    for oy in 0..passage.output[0] {
        for ox in 0..passage.output[1] {
            let at = oy * passage.stride[0] * passage.columns + ox * passage.stride[1];
            let Some(d) = gradients.next() else { return };
            let d = lanes::<WHOLE>(d, of.block);
            for (ky, sums) in taps.chunks_exact_mut(passage.kernel[1]).enumerate() {
                let row = &plane[at + ky * passage.columns..][..passage.kernel[1]];
                for (x, s) in row.iter().zip(sums) {
                    s.add_product(x, &d);
                }
            }
        }
    }
}

/// A block's channels of one position, all [`BLOCK`] of them if the block is `WHOLE`; zeros beyond
/// its width.
#[inline(always)]
fn lanes<const WHOLE: bool>(values: &[f32], block: Block) -> Lanes {
    let values = &values[block.first..];
    let mut lanes = Lanes::ZERO;
    if !WHOLE {
        lanes.0[..block.width].copy_from_slice(&values[..block.width]);
    } else if let Some(values) = values.first_chunk::<BLOCK>() {
        lanes.0 = *values;
    }
    lanes
}
