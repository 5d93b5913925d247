//! What each filter takes from each channel of its input.

use impulse_runtime::kernels;

use super::n_channels;
use super::ranges::{Ranges, taps, weights};
use crate::graph::{Graph, TensorId};
use crate::kernel_args::{Call, Program};

/// An operator that mixes the channels of its input: a convolution or a fully connected layer.
pub(super) struct Reader {
    /// Index of the operator.
    pub operator: usize,
    /// What it reads.
    pub input: TensorId,
    /// What it writes, a channel per filter.
    pub output: TensorId,
    n_filters: usize,
    /// `[channels, filters]`: what a channel adds to a filter's sum, where that is the same for every
    /// input and at every place of the output.
    effects: Vec<Option<i32>>,
}

impl Reader {
    /// What `channel` adds to the sum of `filter`, if it is a constant.
    pub fn effect(&self, channel: usize, filter: usize) -> Option<i32> {
        self.effects[channel * self.n_filters + filter]
    }
}

/// All operators that mix channels, in the order of the graph.
pub(super) fn readers(graph: &Graph, program: &Program, ranges: &Ranges) -> Vec<Reader> {
    let mut readers = Vec::new();
    for (operator, step) in program.steps.iter().enumerate() {
        let (input, output) = (step.inputs[0], step.output);
        let weights = weights(graph, &graph.operators[operator]);
        let (channels, n_filters) = (n_channels(graph, input), n_channels(graph, output));
        let effect: Box<dyn Fn(usize, usize) -> Option<i32>> = match &step.call {
            Call::Conv2d(p, _) => {
                Box::new(|channel, filter| convolved(p, weights, ranges, input, [channel, filter]))
            }
            Call::FullyConnected(p, _) if p.inputs.is_multiple_of(channels) => {
                Box::new(move |channel, unit| {
                    connected(p, weights, ranges, input, channels, [channel, unit])
                })
            }
            // Several rows of the weights in one pixel: every channel may be read.
            Call::FullyConnected(..) => Box::new(|_, _| None),
            _ => continue,
        };
        let pairs = (0..channels).flat_map(|c| (0..n_filters).map(move |f| (c, f)));
        let effects = pairs.map(|(c, f)| effect(c, f)).collect();
        readers.push(Reader {
            operator,
            input,
            output,
            n_filters,
            effects,
        });
    }
    readers
}

fn convolved(
    p: &kernels::Conv2d,
    weights: &[i8],
    ranges: &Ranges,
    input: TensorId,
    [channel, filter]: [usize; 2],
) -> Option<i32> {
    let in_c = p.input[2];
    let n_taps = p.kernel[0] * p.kernel[1];
    let weight = |tap: usize| i32::from(weights[(filter * n_taps + tap) * in_c + channel]);
    if (0..n_taps).all(|tap| weight(tap) == 0) {
        return Some(0);
    }
    // The usual channel is not known at its first place, which settles it.
    ranges.known(input, channel)?;
    let sum = |pixel: usize| {
        let seen = taps(p, pixel / p.output[1], pixel % p.output[1]);
        let read = seen.iter().filter(|(tap, _)| weight(*tap) != 0);
        read.map(|&(tap, place)| {
            let value = ranges.known(input, place * in_c + channel)?;
            Some(weight(tap) * (i32::from(value) + p.input_offset))
        })
        .sum::<Option<i32>>()
    };
    same((0..p.output[0] * p.output[1]).map(sum))
}

fn connected(
    p: &kernels::FullyConnected,
    weights: &[i8],
    ranges: &Ranges,
    input: TensorId,
    channels: usize,
    [channel, unit]: [usize; 2],
) -> Option<i32> {
    let columns = (channel..p.inputs).step_by(channels);
    let weight = |column: usize| i32::from(weights[unit * p.inputs + column]) + p.weight_offset;
    let sum = |row: usize| {
        let read = columns.clone().filter(|&column| weight(column) != 0);
        read.map(|column| {
            let value = ranges.known(input, row * p.inputs + column)?;
            Some(weight(column) * (i32::from(value) + p.input_offset))
        })
        .sum::<Option<i32>>()
    };
    same((0..p.rows).map(sum))
}

/// The value that all of `sums` have.
fn same(mut sums: impl Iterator<Item = Option<i32>>) -> Option<i32> {
    let first = sums.next()??;
    sums.all(|sum| sum == Some(first)).then_some(first)
}
