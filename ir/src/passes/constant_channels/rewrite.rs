//! The graph without the channels that go.

use super::effects::Reader;
use super::ranges::{bias, weights};
use crate::graph::{DType, Graph, OperatorKind, Quantization, Tensor, TensorData};

/// Drops the channels that `kept` does not have, the filters that made them and the weights that
/// read them; what they added goes into the biases. Changed constants are new tensors, since other
/// operators may read the old ones.
pub(super) fn rewrite(graph: &mut Graph, readers: &[Reader], kept: &[Vec<bool>]) {
    for operator in 0..graph.operators.len() {
        let op = &graph.operators[operator];
        let (input, output) = (op.inputs[0].unwrap_or_default(), op.outputs[0]);
        if kept[input].iter().chain(&kept[output]).all(|stays| *stays) {
            continue;
        }
        match op.kind {
            OperatorKind::Conv2d(_)
            | OperatorKind::DepthwiseConv2d(_)
            | OperatorKind::FullyConnected { .. } => {
                let reader = readers.iter().find(|reader| reader.operator == operator);
                // The bias first: it is made for all filters of the weights as they were.
                replace_bias(graph, operator, reader, kept);
                replace_weights(graph, operator, reader, kept);
            }
            // A shape that the file repeats as a constant is no longer the shape.
            OperatorKind::Reshape => graph.operators[operator].inputs.truncate(1),
            _ => {}
        }
    }
    for (tensor, kept) in graph.tensors.iter_mut().zip(kept) {
        if let (Some(last), true) = (tensor.shape.last_mut(), kept.contains(&false)) {
            *last = count(kept);
        }
    }
}

fn count(kept: &[bool]) -> usize {
    kept.iter().filter(|stays| **stays).count()
}

/// Biases of the filters that stay, with what the channels that go have added to their sums.
fn replace_bias(graph: &mut Graph, operator: usize, reader: Option<&Reader>, kept: &[Vec<bool>]) {
    let op = &graph.operators[operator];
    let stays = &kept[op.outputs[0]];
    let mut values = bias(graph, op);
    if let Some(reader) = reader {
        let gone = (0..kept[reader.input].len()).filter(|&channel| !kept[reader.input][channel]);
        for channel in gone {
            for filter in (0..values.len()).filter(|&filter| stays[filter]) {
                // A filter that stays has a known effect of every channel that goes.
                values[filter] += reader.effect(channel, filter).unwrap_or_default();
            }
        }
    }
    let present = op.inputs.get(2).copied().flatten();
    if present.is_none() && values.iter().all(|value| *value == 0) {
        return;
    }
    let values = pick(&values, |filter| stays[filter]);
    let (name, quantization) = match present.map(|id| &graph.tensors[id]) {
        Some(old) => (
            old.name.clone(),
            old.quantization.as_ref().map(|q| subset(q, stays)),
        ),
        None => {
            let name = format!("{}.bias", graph.tensors[op.outputs[0]].name);
            (
                name,
                bias_quantization(graph, operator).map(|q| subset(&q, stays)),
            )
        }
    };
    let tensor = Tensor {
        name,
        shape: vec![values.len()],
        dtype: DType::I32,
        quantization,
        data: Some(TensorData::I32(values)),
    };
    let id = graph.tensors.len();
    graph.tensors.push(tensor);
    let inputs = &mut graph.operators[operator].inputs;
    inputs.resize(3, None);
    inputs[2] = Some(id);
}

/// A bias is in units of the input's scale times the weights'.
fn bias_quantization(graph: &Graph, operator: usize) -> Option<Quantization> {
    let inputs = &graph.operators[operator].inputs;
    let of = |i: usize| graph.tensors[inputs[i]?].quantization.as_ref();
    let (input, weights) = (of(0)?, of(1)?);
    let scales: Vec<f32> = weights.scales.iter().map(|s| s * input.scales[0]).collect();
    Some(Quantization {
        zero_points: vec![0; scales.len()],
        scales,
        axis: 0,
    })
}

/// Weights of the filters that stay on the channels that stay.
fn replace_weights(
    graph: &mut Graph,
    operator: usize,
    reader: Option<&Reader>,
    kept: &[Vec<bool>],
) {
    let op = &graph.operators[operator];
    let Some(id) = op.inputs[1] else { return };
    let (output, old) = (op.outputs[0], &graph.tensors[id]);
    let stays = &kept[output];
    let values = weights(graph, op);
    let per_filter = values.len() / stays.len().max(1);
    let mut shape = old.shape.clone();
    let last = shape.len() - 1;
    let values = match reader {
        // `[filters, …, channels]`; a fully connected row has the channels several times.
        Some(reader) => {
            let channels = &kept[reader.input];
            shape[0] = count(stays);
            shape[last] = shape[last] / channels.len() * count(channels);
            pick(values, |i| {
                stays[i / per_filter] && channels[i % per_filter % channels.len()]
            })
        }
        // Depthwise: `[1, height, width, filters]`.
        None => {
            shape[last] = count(stays);
            pick(values, |i| stays[i % stays.len()])
        }
    };
    let tensor = Tensor {
        name: old.name.clone(),
        shape,
        dtype: DType::I8,
        quantization: old.quantization.as_ref().map(|q| subset(q, stays)),
        data: Some(TensorData::I8(values)),
    };
    graph.operators[operator].inputs[1] = Some(graph.tensors.len());
    graph.tensors.push(tensor);
}

fn pick<T: Copy>(values: &[T], stays: impl Fn(usize) -> bool) -> Vec<T> {
    let values = values.iter().enumerate();
    values
        .filter(|(i, _)| stays(*i))
        .map(|(_, value)| *value)
        .collect()
}

/// Scales of the filters that stay, where each has its own.
fn subset(quantization: &Quantization, stays: &[bool]) -> Quantization {
    if quantization.scales.len() == 1 {
        return quantization.clone();
    }
    Quantization {
        scales: pick(&quantization.scales, |filter| stays[filter]),
        zero_points: pick(&quantization.zero_points, |filter| stays[filter]),
        axis: quantization.axis,
    }
}
