//! Batch normalization becomes part of the weights before it (Jacob et al., 2018, section 3.2).
//!
//! At inference it is `y = x·s + t` per channel, with `s = gamma / sqrt(variance + epsilon)` and
//! `t = beta − mean·s`. A convolution or fully connected operator that computes `x`, for this
//! reader alone and without an activation, takes `s` into its filters and `t` into its bias.
//! Anywhere else the operator becomes a depthwise convolution with a 1 × 1 kernel.

use super::{n_uses, producer};
use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{Conv2d, DType, Graph, Operator, OperatorKind, Tensor, TensorData, TensorId};
use crate::network::{Activation, Padding};

/// Removes every BATCH_NORM.
///
/// # Errors
/// One whose statistics are not float constants, or whose scale is not finite.
pub fn fold_batch_norm(graph: &mut Graph) -> Result<(), Diagnostic> {
    let mut idx = 0;
    while idx < graph.operators.len() {
        let OperatorKind::BatchNorm { epsilon } = graph.operators[idx].kind else {
            idx += 1;
            continue;
        };
        let affine = affine(graph, idx, epsilon)?;
        let op = &graph.operators[idx];
        let (input, output) = (affine.input, op.outputs[0]);
        match foldable_producer(graph, input) {
            Some(before) => {
                scale_producer(graph, before, &affine)?;
                for id in graph.operators[before]
                    .outputs
                    .iter_mut()
                    .filter(|id| **id == input)
                {
                    *id = output;
                }
                graph.operators.remove(idx);
            }
            None => idx += to_depthwise(graph, idx, affine),
        }
    }
    Ok(())
}

/// `y = x·scale + offset`, per channel.
struct Affine {
    input: TensorId,
    scale: Vec<f32>,
    offset: Vec<f32>,
}

fn affine(graph: &Graph, idx: usize, epsilon: f32) -> Result<Affine, Diagnostic> {
    let op = &graph.operators[idx];
    let name = op
        .outputs
        .first()
        .map_or("", |id| graph.tensors[*id].name.as_str());
    let constant = |input: usize| {
        let id = op.inputs.get(input).copied().flatten();
        match id.and_then(|id| graph.tensors[id].data.as_ref()) {
            Some(TensorData::F32(values)) => Ok(values),
            _ => Err(Diagnostic::general(
                codes::NOT_QUANTIZABLE,
                format!("expected constant statistics in '{name}', found a computed tensor"),
            )),
        }
    };
    let (gamma, beta) = (constant(1)?, constant(2)?);
    let (mean, variance) = (constant(3)?, constant(4)?);
    let scale: Vec<f32> = gamma
        .iter()
        .zip(variance)
        .map(|(g, v)| (f64::from(*g) / (f64::from(*v) + f64::from(epsilon)).sqrt()) as f32)
        .collect();
    let offset: Vec<f32> = beta
        .iter()
        .zip(mean.iter().zip(&scale))
        .map(|(b, (m, s))| (f64::from(*b) - f64::from(*m) * f64::from(*s)) as f32)
        .collect();
    if let Some(bad) = scale
        .iter()
        .zip(&offset)
        .position(|(s, t)| !s.is_finite() || !t.is_finite())
    {
        let message =
            format!("expected finite statistics in '{name}', found others in channel {bad}");
        return Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message)
            .hint("train with a lower learning rate"));
    }
    match op.inputs.first().copied().flatten() {
        Some(input) => Ok(Affine {
            input,
            scale,
            offset,
        }),
        None => Err(Diagnostic::general(
            codes::NOT_QUANTIZABLE,
            format!("expected an input of '{name}', found none"),
        )),
    }
}

/// The operator that computes `tensor`, if the affine map can go into its weights.
fn foldable_producer(graph: &Graph, tensor: TensorId) -> Option<usize> {
    let before = producer(graph, tensor)?;
    let op = &graph.operators[before];
    let linear = match &op.kind {
        OperatorKind::Conv2d(c) | OperatorKind::DepthwiseConv2d(c) => {
            c.activation == Activation::None
        }
        OperatorKind::FullyConnected { activation } => *activation == Activation::None,
        _ => false,
    };
    // Weights that another operator shares must stay as they are.
    let own = op
        .inputs
        .iter()
        .skip(1)
        .flatten()
        .all(|id| n_uses(graph, *id) == 1);
    (linear && own && n_uses(graph, tensor) == 1).then_some(before)
}

fn scale_producer(graph: &mut Graph, before: usize, affine: &Affine) -> Result<(), Diagnostic> {
    let op = &graph.operators[before];
    let depthwise = matches!(op.kind, OperatorKind::DepthwiseConv2d(_));
    let name = graph.tensors[op.outputs[0]].name.clone();
    let weights = op.inputs.get(1).copied().flatten();
    let bias = op.inputs.get(2).copied().flatten();
    let n_channels = affine.scale.len();
    let Some(TensorData::F32(weights)) = weights.and_then(|id| graph.tensors[id].data.as_mut())
    else {
        let message = format!("expected constant weights in '{name}', found a computed tensor");
        return Err(Diagnostic::general(codes::NOT_QUANTIZABLE, message));
    };
    if depthwise {
        for values in weights.chunks_exact_mut(n_channels) {
            values
                .iter_mut()
                .zip(&affine.scale)
                .for_each(|(w, s)| *w *= s);
        }
    } else {
        let per_filter = weights.len() / n_channels;
        for (filter, s) in weights
            .chunks_exact_mut(per_filter.max(1))
            .zip(&affine.scale)
        {
            filter.iter_mut().for_each(|w| *w *= s);
        }
    }
    match bias.and_then(|id| graph.tensors[id].data.as_mut()) {
        Some(TensorData::F32(bias)) => {
            for (b, (s, t)) in bias.iter_mut().zip(affine.scale.iter().zip(&affine.offset)) {
                *b = *b * s + t;
            }
        }
        _ => {
            let id = constant(
                graph,
                format!("{name}.bias"),
                vec![n_channels],
                affine.offset.clone(),
            );
            let inputs = &mut graph.operators[before].inputs;
            inputs.truncate(2);
            inputs.push(Some(id));
        }
    }
    Ok(())
}

/// Replaces the operator at `idx` by a depthwise convolution, with reshapes around it where its
/// tensors do not have four dimensions; returns how many operators stand there now.
fn to_depthwise(graph: &mut Graph, idx: usize, affine: Affine) -> usize {
    let output = graph.operators[idx].outputs[0];
    let name = graph.tensors[output].name.clone();
    let shape = graph.tensors[output].shape.clone();
    let n_channels = affine.scale.len();
    let weights = constant(
        graph,
        format!("{name}.scale"),
        vec![1, 1, 1, n_channels],
        affine.scale,
    );
    let bias = constant(
        graph,
        format!("{name}.offset"),
        vec![n_channels],
        affine.offset,
    );
    let kind = OperatorKind::DepthwiseConv2d(Conv2d {
        stride: [1, 1],
        dilation: [1, 1],
        padding: Padding::Valid,
        activation: Activation::None,
    });
    let operator = |input, output| Operator {
        kind: kind.clone(),
        inputs: vec![Some(input), Some(weights), Some(bias)],
        outputs: vec![output],
    };
    if shape.len() == 4 {
        graph.operators[idx] = operator(affine.input, output);
        return 1;
    }
    let n_places = shape.iter().product::<usize>() / n_channels.max(1);
    let image = vec![1, n_places, 1, n_channels];
    let reshape = |from, to| Operator {
        kind: OperatorKind::Reshape,
        inputs: vec![Some(from)],
        outputs: vec![to],
    };
    let before = computed(graph, format!("{name}.input"), image.clone());
    let scaled = computed(graph, format!("{name}.scaled"), image);
    graph.operators.splice(
        idx..=idx,
        [
            reshape(affine.input, before),
            operator(before, scaled),
            reshape(scaled, output),
        ],
    );
    3
}

fn constant(graph: &mut Graph, name: String, shape: Vec<usize>, data: Vec<f32>) -> TensorId {
    let data = Some(TensorData::F32(data));
    graph.tensors.push(Tensor {
        name,
        shape,
        dtype: DType::F32,
        quantization: None,
        data,
    });
    graph.tensors.len() - 1
}

fn computed(graph: &mut Graph, name: String, shape: Vec<usize>) -> TensorId {
    graph.tensors.push(Tensor {
        name,
        shape,
        dtype: DType::F32,
        quantization: None,
        data: None,
    });
    graph.tensors.len() - 1
}
