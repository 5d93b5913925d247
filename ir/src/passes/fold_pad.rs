//! A PAD goes into the convolution behind it.

use super::producer;
use crate::graph::{Graph, OperatorKind, TensorData, TensorId};
use crate::network::{Padding, window_output};

/// Lets each convolution without padding that reads a PAD read the PAD's input, where its own
/// padding can be the same margins: those of TFLite's SAME. A convolution pads with the number 0, so
/// a PADV2 of another value stays. Pools leave padding out of what they compare and count, so they
/// keep theirs.
pub fn fold_pad(graph: &mut Graph) {
    for at in 0..graph.operators.len() {
        if let Some(source) = folds(graph, at) {
            let op = &mut graph.operators[at];
            op.inputs[0] = Some(source);
            if let OperatorKind::Conv2d(c) | OperatorKind::DepthwiseConv2d(c) = &mut op.kind {
                c.padding = Padding::Same;
            }
        }
    }
}

/// The input of the PAD that operator `at` can do without.
fn folds(graph: &Graph, at: usize) -> Option<TensorId> {
    let op = &graph.operators[at];
    let (OperatorKind::Conv2d(c) | OperatorKind::DepthwiseConv2d(c)) = &op.kind else {
        return None;
    };
    let pad = &graph.operators[producer(graph, op.inputs[0]?)?];
    let OperatorKind::Pad { margins } = &pad.kind else {
        return None;
    };
    let source = pad.inputs[0]?;
    let [batch, height, width, channels] = margins[..] else {
        return None;
    };
    let elsewhere = batch != [0, 0] || channels != [0, 0];
    if c.padding != Padding::Valid
        || elsewhere
        || !is_zero(graph, pad.inputs.get(1).copied().flatten(), source)
    {
        return None;
    }
    let weights = &graph.tensors[op.inputs[1]?].shape;
    let fits = [height, width].iter().enumerate().all(|(i, margin)| {
        let n = graph.tensors[source].shape[1 + i];
        let reach = (weights[1 + i] - 1) * c.dilation[i] + 1;
        let Some((output, before)) = window_output(n, reach, c.stride[i], Padding::Same) else {
            return false;
        };
        let total = ((output.max(1) - 1) * c.stride[i] + reach).saturating_sub(n);
        // Rows behind the last window are read by none.
        let expected = graph.tensors[op.outputs[0]].shape[1 + i];
        output == expected && margin[0] == before && margin[1] >= total - before
    });
    fits.then_some(source)
}

/// Whether a PAD pads with what stands for the number 0 in its input: without a value of its own
/// always.
fn is_zero(graph: &Graph, value: Option<TensorId>, source: TensorId) -> bool {
    let Some(value) = value else { return true };
    let zero_point = graph.tensors[source]
        .quantization
        .as_ref()
        .map(|q| q.zero_points[0]);
    match (&graph.tensors[value].data, zero_point) {
        (Some(TensorData::I8(values)), Some(zero)) => values.iter().all(|&v| i32::from(v) == zero),
        (Some(TensorData::F32(values)), _) => values.iter().all(|&v| v == 0.0),
        _ => false,
    }
}
