//! Bounds of every value of an int8 graph over all inputs, in the kernels' own arithmetic.

use impulse_runtime::kernels;
use impulse_runtime::quant::{clamp, rescale, rescale_once};

use crate::graph::{Graph, Operator, TensorData, TensorId};
use crate::kernel_args::{Call, Constants, Program, Step};

/// Lowest and highest value of each element, by [`TensorId`]; empty for constants.
pub(super) struct Ranges {
    pub lowest: Vec<Vec<i8>>,
    pub highest: Vec<Vec<i8>>,
}

impl Ranges {
    /// The value of an element that is the same for every input.
    pub fn known(&self, tensor: TensorId, element: usize) -> Option<i8> {
        let lowest = self.lowest[tensor][element];
        (lowest == self.highest[tensor][element]).then_some(lowest)
    }
}

pub(super) fn ranges(graph: &Graph, program: &Program) -> Ranges {
    let n = graph.tensors.len();
    let mut ranges = Ranges {
        lowest: vec![Vec::new(); n],
        highest: vec![Vec::new(); n],
    };
    let len = |id: TensorId| graph.tensors[id].len();
    ranges.lowest[program.input] = vec![i8::MIN; len(program.input)];
    ranges.highest[program.input] = vec![i8::MAX; len(program.input)];
    for (step, operator) in program.steps.iter().zip(&graph.operators) {
        let (lowest, highest) = bounds(graph, step, operator, &ranges, len(step.output));
        ranges.lowest[step.output] = lowest;
        ranges.highest[step.output] = highest;
    }
    ranges
}

/// Bounds of what a step writes. Where every kernel rises with each of its operands, it is run on
/// the lower bounds and on the upper ones.
fn bounds(
    graph: &Graph,
    step: &Step,
    operator: &Operator,
    ranges: &Ranges,
    len: usize,
) -> (Vec<i8>, Vec<i8>) {
    let operands = |i: usize| {
        let id = step.inputs[i];
        [ranges.lowest[id].as_slice(), ranges.highest[id].as_slice()]
    };
    let [low, high] = operands(0);
    let rising = |kernel: &dyn Fn(&[i8], &mut [i8])| {
        let (mut lowest, mut highest) = (vec![0; len], vec![0; len]);
        kernel(low, &mut lowest);
        kernel(high, &mut highest);
        (lowest, highest)
    };
    match &step.call {
        Call::Conv2d(p, c) => convolved(p, &Layer::new(graph, operator, c), false, [low, high]),
        Call::DepthwiseConv2d(p, c) => {
            convolved(p, &Layer::new(graph, operator, c), true, [low, high])
        }
        Call::FullyConnected(p, c) => connected(p, &Layer::new(graph, operator, c), [low, high]),
        Call::MaxPool2d(p) => rising(&|x, y| kernels::max_pool2d(p, x, y)),
        Call::AvgPool2d(p) => rising(&|x, y| kernels::avg_pool2d(p, x, y)),
        Call::Mean(p) => rising(&|x, y| kernels::mean(p, x, y)),
        Call::Relu(p) => rising(&|x, y| kernels::relu(p, x, y)),
        Call::Pad(p) => rising(&|x, y| kernels::pad(p, x, y)),
        Call::Alias => rising(&|x, y| y.copy_from_slice(x)),
        Call::Add(p, constant) => {
            let [low_b, high_b] = match constant {
                Some(values) => [values.as_slice(), values],
                None => operands(1),
            };
            let (mut lowest, mut highest) = (vec![0; len], vec![0; len]);
            kernels::add(p, low, low_b, &mut lowest);
            kernels::add(p, high, high_b, &mut highest);
            (lowest, highest)
        }
        Call::Mul(p, constant) => {
            let second = match constant {
                Some(values) => [values.as_slice(), values],
                None => operands(1),
            };
            multiplied(p, [low, high], second, len)
        }
        Call::Concatenation(parts) => {
            let (mut lowest, mut highest) = (vec![0; len], vec![0; len]);
            for (i, p) in parts.iter().enumerate() {
                let [low, high] = operands(i);
                kernels::concatenation(p, low, &mut lowest);
                kernels::concatenation(p, high, &mut highest);
            }
            (lowest, highest)
        }
        Call::Lookup(_, results) => {
            let between = |(&low, &high): (&i8, &i8)| {
                let at = |x: i8| usize::from(x.cast_unsigned() ^ 0x80);
                let results = &results[at(low)..=at(high)];
                let bound = |of: fn(i8, i8) -> i8| results.iter().copied().reduce(of).unwrap_or(0);
                (bound(i8::min), bound(i8::max))
            };
            low.iter().zip(high).map(between).unzip()
        }
        // Packed kernels are chosen after all passes.
        Call::Softmax(..)
        | Call::History(_)
        | Call::PackedConv2d(..)
        | Call::PlanarDepthwiseConv2d(..)
        | Call::ColumnDepthwiseConv2d(..)
        | Call::PackedPointwise(..)
        | Call::PackedFullyConnected(..)
        | Call::HeliumConv2d(..)
        | Call::HeliumDepthwiseConv2d(..)
        | Call::HeliumSquareDepthwiseConv2d(..)
        | Call::HeliumFullyConnected(..)
        | Call::HeliumAddition(_)
        | Call::TripleConv2d(..)
        | Call::QuadFullyConnected(..) => (vec![i8::MIN; len], vec![i8::MAX; len]),
    }
}

/// The constants of a layer with weights, in TFLite's order.
struct Layer<'a> {
    weights: &'a [i8],
    bias: Vec<i32>,
    multipliers: &'a [i32],
    shifts: &'a [i8],
}

impl<'a> Layer<'a> {
    fn new(graph: &'a Graph, operator: &Operator, constants: &'a Constants) -> Self {
        Layer {
            weights: weights(graph, operator),
            bias: bias(graph, operator),
            multipliers: &constants.multipliers,
            shifts: &constants.shifts,
        }
    }
}

/// The weights of an operator that was prepared.
pub(super) fn weights<'a>(graph: &'a Graph, operator: &Operator) -> &'a [i8] {
    let id = operator.inputs.get(1).copied().flatten();
    match id.and_then(|id| graph.tensors[id].data.as_ref()) {
        Some(TensorData::I8(weights)) => weights,
        _ => &[],
    }
}

/// The bias of each filter of an operator that was prepared; zeros where it has none.
pub(super) fn bias(graph: &Graph, operator: &Operator) -> Vec<i32> {
    let id = operator.inputs.get(2).copied().flatten();
    match id.and_then(|id| graph.tensors[id].data.as_ref()) {
        Some(TensorData::I32(bias)) => bias.clone(),
        _ => vec![0; super::n_channels(graph, operator.outputs[0])],
    }
}

/// The places of the input that a window sees: pairs of a tap and a pixel, both counted in memory
/// order. Taps on padding are left out, as the kernels leave them out.
pub(super) fn taps(p: &kernels::Conv2d, out_y: usize, out_x: usize) -> Vec<(usize, usize)> {
    let along = |axis: usize, at: usize, tap: usize| {
        (at * p.stride[axis] + tap * p.dilation[axis])
            .checked_sub(p.pad[axis])
            .filter(|&place| place < p.input[axis])
    };
    let mut seen = Vec::with_capacity(p.kernel[0] * p.kernel[1]);
    for tap_y in 0..p.kernel[0] {
        let Some(y) = along(0, out_y, tap_y) else {
            continue;
        };
        for tap_x in 0..p.kernel[1] {
            if let Some(x) = along(1, out_x, tap_x) {
                seen.push((tap_y * p.kernel[1] + tap_x, y * p.input[1] + x));
            }
        }
    }
    seen
}

fn convolved(
    p: &kernels::Conv2d,
    layer: &Layer,
    depthwise: bool,
    [low, high]: [&[i8]; 2],
) -> (Vec<i8>, Vec<i8>) {
    let (in_c, filters) = (p.input[2], p.output[2]);
    let n_taps = p.kernel[0] * p.kernel[1];
    let per_input = filters / in_c;
    let (mut lowest, mut highest) = (Vec::new(), Vec::new());
    for pixel in 0..p.output[0] * p.output[1] {
        let seen = taps(p, pixel / p.output[1], pixel % p.output[1]);
        for f in 0..filters {
            let mut sum = Sum::new(layer.bias[f]);
            for &(tap, place) in &seen {
                if depthwise {
                    let at = place * in_c + f / per_input.max(1);
                    let weight = i32::from(layer.weights[tap * filters + f]);
                    sum.add(weight, low[at], high[at], p.input_offset);
                } else {
                    let from = (f * n_taps + tap) * in_c;
                    let line = &layer.weights[from..from + in_c];
                    let at = place * in_c..(place + 1) * in_c;
                    for ((&w, &l), &h) in line.iter().zip(&low[at.clone()]).zip(&high[at]) {
                        sum.add(i32::from(w), l, h, p.input_offset);
                    }
                }
            }
            let (multiplier, shift) = (layer.multipliers[f], i32::from(layer.shifts[f]));
            let value = |sum| clamp(rescale(sum, multiplier, shift) + p.output_offset, p.clamp);
            lowest.push(value(sum.lowest));
            highest.push(value(sum.highest));
        }
    }
    (lowest, highest)
}

/// A product rises or falls with each operand, so its bounds are among those of their bounds.
fn multiplied(
    p: &kernels::Mul,
    first: [&[i8]; 2],
    second: [&[i8]; 2],
    len: usize,
) -> (Vec<i8>, Vec<i8>) {
    let (mut lowest, mut highest) = (vec![i8::MAX; len], vec![i8::MIN; len]);
    let mut products = vec![0; len];
    for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        kernels::mul(p, first[a], second[b], &mut products);
        for ((low, high), &product) in lowest.iter_mut().zip(&mut highest).zip(&products) {
            (*low, *high) = ((*low).min(product), (*high).max(product));
        }
    }
    (lowest, highest)
}

fn connected(
    p: &kernels::FullyConnected,
    layer: &Layer,
    [low, high]: [&[i8]; 2],
) -> (Vec<i8>, Vec<i8>) {
    let (mut lowest, mut highest) = (Vec::new(), Vec::new());
    let rows = low.chunks_exact(p.inputs).zip(high.chunks_exact(p.inputs));
    for (low, high) in rows {
        for (u, line) in layer.weights.chunks_exact(p.inputs).enumerate() {
            let mut sum = Sum::new(layer.bias[u]);
            for ((&w, &l), &h) in line.iter().zip(low).zip(high) {
                sum.add(i32::from(w) + p.weight_offset, l, h, p.input_offset);
            }
            let at = if p.per_unit { u } else { 0 };
            let (multiplier, shift) = (layer.multipliers[at], i32::from(layer.shifts[at]));
            let value = |sum| {
                let scaled = rescale_once(sum, multiplier, shift);
                clamp(scaled + p.output_offset, p.clamp)
            };
            lowest.push(value(sum.lowest));
            highest.push(value(sum.highest));
        }
    }
    (lowest, highest)
}

/// Bounds of a sum of products. `prepare` holds that no such sum leaves 32 bits.
struct Sum {
    lowest: i32,
    highest: i32,
}

impl Sum {
    fn new(bias: i32) -> Self {
        Sum {
            lowest: bias,
            highest: bias,
        }
    }

    /// Adds `weight × (x + offset)` with `x` between `low` and `high`.
    #[inline]
    fn add(&mut self, weight: i32, low: i8, high: i8, offset: i32) {
        let (a, b) = (
            weight * (i32::from(low) + offset),
            weight * (i32::from(high) + offset),
        );
        self.lowest += a.min(b);
        self.highest += a.max(b);
    }
}
