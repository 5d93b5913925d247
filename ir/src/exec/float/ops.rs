//! The arithmetic of each operator, on row-major tensors.

use super::Step;
use crate::graph::{Conv2d, OperatorKind, Pool2d};
use crate::network::{Activation, Padding, window_output};

/// `[rows, n]` → `[n, rows]`.
pub(super) fn transpose(data: &[f32], rows: usize) -> Vec<f32> {
    let n = data.len().checked_div(rows).unwrap_or(0);
    (0..n)
        .flat_map(|col| (0..rows).map(move |row| data[row * n + col]))
        .collect()
}

/// Whether the operator's tensors have shapes that the loops below can walk.
pub(super) fn check(step: &Step, input: &[usize], output: &[usize]) -> Result<(), String> {
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let fits = match &step.kind {
        OperatorKind::Conv2d(c) | OperatorKind::DepthwiseConv2d(c) => {
            Window::of_conv(c, step.kernel).fits(input, output)
        }
        OperatorKind::MaxPool2d(p) | OperatorKind::AvgPool2d(p) => {
            input.last() == output.last() && Window::of_pool(p).fits(input, output)
        }
        OperatorKind::FullyConnected { .. } => {
            let rows = count(input) / (step.weights.len() / step.bias.len().max(1)).max(1);
            count(output) == rows * step.bias.len()
        }
        OperatorKind::Mean { axes, .. } => {
            let kept = input
                .iter()
                .enumerate()
                .filter(|(axis, _)| !axes.contains(axis));
            count(output) == kept.map(|(_, n)| n).product::<usize>()
        }
        OperatorKind::Reshape => count(input) == count(output),
        // Kept rows are a matter of int8 graphs only.
        OperatorKind::History => false,
        OperatorKind::Softmax { .. } | OperatorKind::BatchNorm { .. } => input == output,
        // Nothing that the graph's own validation has not held.
        _ => true,
    };
    if fits {
        Ok(())
    } else {
        Err(format!("shapes {input:?} and {output:?} do not fit it"))
    }
}

/// A kernel that moves over rows and columns.
struct Window {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
}

impl Window {
    fn of_conv(c: &Conv2d, kernel: [usize; 2]) -> Self {
        Self {
            kernel,
            stride: c.stride,
            dilation: c.dilation,
            padding: c.padding,
        }
    }

    fn of_pool(p: &Pool2d) -> Self {
        Self {
            kernel: p.size,
            stride: p.stride,
            dilation: [1, 1],
            padding: p.padding,
        }
    }

    /// Output length and pad before, along one axis.
    fn length(&self, axis: usize, input: usize) -> Option<(usize, usize)> {
        let reach = (self.kernel[axis] - 1) * self.dilation[axis] + 1;
        window_output(input, reach, self.stride[axis], self.padding)
    }

    /// Whether `[1, h, w, c]` tensors of these shapes belong together.
    fn fits(&self, input: &[usize], output: &[usize]) -> bool {
        let ([1, _, _, _], [1, _, _, _]) = (input, output) else {
            return false;
        };
        let mut sizes = [self.kernel, self.stride, self.dilation]
            .into_iter()
            .flatten();
        sizes.all(|n| n > 0)
            && [0, 1].into_iter().all(|axis| {
                self.length(axis, input[axis + 1])
                    .is_some_and(|(n, _)| n == output[axis + 1])
            })
    }

    /// For each output row and each output column, the kernel indices that fall inside of the
    /// input with the input index of each.
    fn taps(&self, input: &[usize], output: &[usize]) -> [Vec<Vec<(usize, usize)>>; 2] {
        [0, 1].map(|axis| {
            let n = input[axis + 1];
            let pad = self.length(axis, n).map_or(0, |(_, pad)| pad);
            let (stride, dilation) = (self.stride[axis], self.dilation[axis]);
            (0..output[axis + 1])
                .map(|out| {
                    let place = |k: usize| (out * stride + k * dilation).checked_sub(pad);
                    let inside = |k: usize| place(k).filter(|at| *at < n).map(|at| (k, at));
                    (0..self.kernel[axis]).filter_map(inside).collect()
                })
                .collect()
        })
    }
}

impl Step {
    /// The output of the operator, given the values of all tensors before it.
    pub(super) fn run(&self, shapes: &[Vec<usize>], values: &[Vec<f32>]) -> Vec<f32> {
        let input = &values[self.inputs[0]];
        let (input_shape, output_shape) = (&shapes[self.inputs[0]], &shapes[self.output]);
        match &self.kind {
            OperatorKind::Conv2d(c) => self.conv(c, input_shape, output_shape, input, false),
            OperatorKind::DepthwiseConv2d(c) => {
                self.conv(c, input_shape, output_shape, input, true)
            }
            OperatorKind::FullyConnected { activation } => {
                let units = self.bias.len();
                let n_inputs = self.weights.len() / units;
                let mut output = Vec::with_capacity(output_shape.iter().product());
                for row in input.chunks_exact(n_inputs) {
                    let start = output.len();
                    output.extend_from_slice(&self.bias);
                    multiply_add(row, &self.weights, &mut output[start..]);
                }
                activate(*activation, &mut output);
                output
            }
            OperatorKind::MaxPool2d(p) => pool(
                p,
                input_shape,
                output_shape,
                input,
                f32::NEG_INFINITY,
                f32::max,
                |max, _| max,
            ),
            OperatorKind::AvgPool2d(p) => {
                let add = |a, b| a + b;
                pool(p, input_shape, output_shape, input, 0.0, add, |sum, n| {
                    sum / n as f32
                })
            }
            OperatorKind::Mean { axes, .. } => mean(axes, input_shape, input),
            OperatorKind::Add { activation } => {
                self.pairwise(*activation, shapes, values, |a, b| a + b)
            }
            OperatorKind::Mul { activation } => {
                self.pairwise(*activation, shapes, values, |a, b| a * b)
            }
            OperatorKind::Pad { margins } => {
                pad(margins, input_shape, output_shape, input, self.bias[0])
            }
            OperatorKind::Concatenation { axis } => {
                let parts = self.inputs.iter().map(|id| {
                    let row: usize = shapes[*id][*axis..].iter().product();
                    values[*id].chunks_exact(row)
                });
                let mut parts: Vec<_> = parts.collect();
                let mut output = Vec::with_capacity(output_shape.iter().product());
                for _ in 0..output_shape[..*axis].iter().product() {
                    parts
                        .iter_mut()
                        .flat_map(Iterator::next)
                        .for_each(|row| output.extend(row));
                }
                output
            }
            OperatorKind::Reshape | OperatorKind::History => input.clone(),
            OperatorKind::Softmax { beta } => {
                softmax(*beta, input_shape.last().copied().unwrap_or(1), input)
            }
            OperatorKind::Logistic => input.iter().map(|x| 1.0 / (1.0 + libm::expf(-x))).collect(),
            OperatorKind::Relu | OperatorKind::Relu6 | OperatorKind::ReluN1To1 => {
                let mut output = input.clone();
                let activation = self.kind.stand_alone_activation();
                activate(activation.unwrap_or(Activation::None), &mut output);
                output
            }
            // Between float tensors, which is all there is here, they change nothing.
            OperatorKind::Quantize | OperatorKind::Dequantize => input.clone(),
            OperatorKind::BatchNorm { .. } => {
                let map = self.weights.iter().zip(&self.bias).cycle();
                input.iter().zip(map).map(|(x, (s, t))| x * s + t).collect()
            }
        }
    }

    /// A sum or product of two operands, whose dimensions of 1 are repeated.
    fn pairwise(
        &self,
        activation: Activation,
        shapes: &[Vec<usize>],
        values: &[Vec<f32>],
        of: impl Fn(f32, f32) -> f32,
    ) -> Vec<f32> {
        let output_shape = &shapes[self.output];
        let operand = |i: usize| {
            let id = self.inputs[i];
            spread(&shapes[id], &values[id], output_shape)
        };
        let mut output: Vec<f32> = operand(0).zip(operand(1)).map(|(a, b)| of(a, b)).collect();
        activate(activation, &mut output);
        output
    }

    fn conv(
        &self,
        c: &Conv2d,
        input_shape: &[usize],
        output_shape: &[usize],
        input: &[f32],
        depthwise: bool,
    ) -> Vec<f32> {
        let channels = input_shape[3];
        let filters = output_shape[3];
        let mut output = Vec::with_capacity(output_shape.iter().product());
        let [rows, cols] = Window::of_conv(c, self.kernel).taps(input_shape, output_shape);
        for row in &rows {
            for col in &cols {
                let start = output.len();
                output.extend_from_slice(&self.bias);
                let sums = &mut output[start..];
                for &(ky, y) in row {
                    for &(kx, x) in col {
                        let at = (y * input_shape[2] + x) * channels;
                        let pixel = &input[at..at + channels];
                        let tap = ky * self.kernel[1] + kx;
                        if depthwise {
                            let weights = &self.weights[tap * filters..(tap + 1) * filters];
                            depthwise_add(pixel, weights, sums);
                        } else {
                            let size = channels * filters;
                            multiply_add(pixel, &self.weights[tap * size..(tap + 1) * size], sums);
                        }
                    }
                }
            }
        }
        activate(c.activation, &mut output);
        output
    }
}

/// `sums[o] += Σ inputs[i] · weights[i][o]`, for `i` in order.
fn multiply_add(inputs: &[f32], weights: &[f32], sums: &mut [f32]) {
    for (x, weights) in inputs.iter().zip(weights.chunks_exact(sums.len())) {
        for (sum, w) in sums.iter_mut().zip(weights) {
            *sum += x * w;
        }
    }
}

/// `sums[c·multiplier + m] += pixel[c] · weights[c·multiplier + m]`.
fn depthwise_add(pixel: &[f32], weights: &[f32], sums: &mut [f32]) {
    let multiplier = sums.len() / pixel.len();
    if multiplier == 1 {
        for ((sum, w), x) in sums.iter_mut().zip(weights).zip(pixel) {
            *sum += x * w;
        }
        return;
    }
    let groups = sums
        .chunks_exact_mut(multiplier)
        .zip(weights.chunks_exact(multiplier));
    for ((sums, weights), x) in groups.zip(pixel) {
        for (sum, w) in sums.iter_mut().zip(weights) {
            *sum += x * w;
        }
    }
}

fn activate(activation: Activation, values: &mut [f32]) {
    match activation {
        Activation::None => {}
        Activation::Relu => values.iter_mut().for_each(|v| *v = v.max(0.0)),
        Activation::Relu6 => values.iter_mut().for_each(|v| *v = v.clamp(0.0, 6.0)),
        Activation::ReluN1To1 => values.iter_mut().for_each(|v| *v = v.clamp(-1.0, 1.0)),
    }
}

/// The values of a tensor of `shape`, repeated along its dimensions of 1, in the order of `output`.
fn spread<'a>(
    shape: &'a [usize],
    values: &'a [f32],
    output: &'a [usize],
) -> impl Iterator<Item = f32> + 'a {
    let missing = output.len() - shape.len();
    (0..output.iter().product::<usize>()).map(move |flat| {
        let (mut rest, mut at, mut stride) = (flat, 0, 1);
        for axis in (0..shape.len()).rev() {
            let n = output[axis + missing];
            if shape[axis] > 1 {
                at += rest % n * stride;
            }
            stride *= shape[axis];
            rest /= n;
        }
        values[at]
    })
}

/// `input` within a frame of `value`s.
fn pad(
    margins: &[[usize; 2]],
    shape: &[usize],
    output_shape: &[usize],
    input: &[f32],
    value: f32,
) -> Vec<f32> {
    let mut output = vec![value; output_shape.iter().product()];
    for (flat, x) in input.iter().enumerate() {
        let (mut rest, mut at, mut stride) = (flat, 0, 1);
        for axis in (0..shape.len()).rev() {
            at += (rest % shape[axis] + margins[axis][0]) * stride;
            stride *= output_shape[axis];
            rest /= shape[axis];
        }
        output[at] = *x;
    }
    output
}

fn pool(
    p: &Pool2d,
    input_shape: &[usize],
    output_shape: &[usize],
    input: &[f32],
    start: f32,
    join: impl Fn(f32, f32) -> f32,
    finish: impl Fn(f32, usize) -> f32,
) -> Vec<f32> {
    let channels = input_shape[3];
    let mut output = Vec::with_capacity(output_shape.iter().product());
    let [rows, cols] = Window::of_pool(p).taps(input_shape, output_shape);
    for row in &rows {
        for col in &cols {
            let first = output.len();
            output.resize(first + channels, start);
            for (_, y) in row {
                for (_, x) in col {
                    let at = (y * input_shape[2] + x) * channels;
                    let pixel = &input[at..at + channels];
                    for (joined, value) in output[first..].iter_mut().zip(pixel) {
                        *joined = join(*joined, *value);
                    }
                }
            }
            let n = row.len() * col.len();
            output[first..].iter_mut().for_each(|v| *v = finish(*v, n));
        }
    }
    activate(p.activation, &mut output);
    output
}

/// Mean over `axes`; the other dimensions keep their order.
fn mean(axes: &[usize], shape: &[usize], input: &[f32]) -> Vec<f32> {
    let mut strides = vec![0; shape.len()];
    let mut n_kept = 1;
    for axis in (0..shape.len()).rev().filter(|axis| !axes.contains(axis)) {
        strides[axis] = n_kept;
        n_kept *= shape[axis];
    }
    let mut sums = vec![0.0; n_kept];
    for (flat, value) in input.iter().enumerate() {
        let (mut rest, mut at) = (flat, 0);
        for axis in (0..shape.len()).rev() {
            at += rest % shape[axis] * strides[axis];
            rest /= shape[axis];
        }
        sums[at] += value;
    }
    let n = (input.len() / n_kept.max(1)) as f32;
    sums.iter().map(|sum| sum / n).collect()
}

/// Softmax over rows of `n`, with the row's maximum subtracted first.
fn softmax(beta: f32, n: usize, input: &[f32]) -> Vec<f32> {
    let mut output = Vec::with_capacity(input.len());
    for row in input.chunks_exact(n.max(1)) {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let start = output.len();
        output.extend(row.iter().map(|x| libm::expf(beta * (x - max))));
        let sum: f32 = output[start..].iter().sum();
        output[start..].iter_mut().for_each(|v| *v /= sum);
    }
    output
}
