//! Everything around the network, resolved: the tables of the front end, the input's
//! quantization, the stream, the decision logic. The host session computes with it and emission
//! prints it, so the two cannot differ.

use impulse_runtime::decide::Decide;
use impulse_runtime::features::Quantize;

use super::{Layout, Problem};
use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{DType, Graph, Tensor, TensorId};
use crate::pipeline::Pipeline;

/// How the columns of a block become the network's input.
#[derive(Clone, Debug, PartialEq)]
pub struct InputQuantization {
    /// One for all columns, or one for each, see [`Quantize`].
    pub inverse_scales: Vec<f32>,
    /// The integer that stands for 0.
    pub zero_point: i32,
}

/// What the device computes around the network.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceArgs {
    /// The feature blocks.
    pub layout: Layout,
    /// Samples of a window.
    pub length_samples: usize,
    /// Samples between the starts of two windows.
    pub stride_samples: usize,
    /// Quantization of the network's input, by block.
    pub quantize: Vec<InputQuantization>,
    /// What a step of a score is worth.
    pub score_scale: f32,
    /// The score that stands for 0.
    pub score_zero_point: i32,
    /// Labels.
    pub n_labels: usize,
    /// Results that are averaged.
    pub average_results: usize,
    /// Results after a report during which nothing is reported.
    pub suppress_results: usize,
    /// Smallest sum of `average_results` scores that reports a label.
    pub sum_min: i32,
    /// `[n_labels]`: labels that are never reported.
    pub ignore: Vec<bool>,
}

impl DeviceArgs {
    /// Resolves what stands around the network of `pipeline`.
    ///
    /// # Errors
    /// When there is no feature block, a block does not work on the window, or the network does not take its features or does not give a score per label.
    pub fn new(pipeline: &Pipeline) -> Result<Self, Diagnostic> {
        if pipeline.features.is_empty() {
            let message = "expected a feature block, found none";
            return Err(Diagnostic::general(codes::FEATURE_BLOCKS, message));
        }
        if pipeline.features.len() > Layout::BLOCKS_MAX {
            let (most, found) = (Layout::BLOCKS_MAX, pipeline.features.len());
            let message = format!("expected at most {most} feature blocks, found {found}");
            return Err(Diagnostic::general(codes::FEATURE_BLOCKS, message));
        }
        let blocks = pipeline.features.iter();
        let mut problems: Vec<Problem> = blocks
            .flat_map(|block| block.problems(&pipeline.window))
            .collect();
        if problems.is_empty() {
            problems = Layout::problems(&pipeline.window, &pipeline.features);
        }
        if let Some(problem) = problems.into_iter().next() {
            let diagnostic = Diagnostic::general(problem.code, problem.message);
            return Err(match problem.hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic,
            });
        }
        let layout = Layout::new(&pipeline.window, &pipeline.features);
        let n_labels = pipeline.labels.len();
        let n_features = layout.len();
        let (scale, zero_point) =
            port(&pipeline.graph, &pipeline.graph.inputs, "input", n_features)?;
        let quantize = input_quantization(pipeline, &layout, 1.0 / scale, zero_point)?;
        let (score_scale, score_zero_point) =
            port(&pipeline.graph, &pipeline.graph.outputs, "output", n_labels)?;
        let average_results = pipeline.decide.average_results.max(1);
        let threshold = pipeline.decide.threshold;
        Ok(Self {
            layout,
            length_samples: pipeline.window.length_samples,
            stride_samples: pipeline.window.stride_samples,
            quantize,
            score_scale,
            score_zero_point,
            n_labels,
            average_results,
            suppress_results: pipeline.decide.suppress_results,
            sum_min: sum_min(threshold, score_scale, score_zero_point, average_results),
            ignore: (0..n_labels)
                .map(|l| pipeline.decide.ignore.contains(&l))
                .collect(),
        })
    }

    /// The device's decision logic.
    pub fn decide(&self) -> Decide<'_> {
        Decide {
            n_labels: self.n_labels,
            average_results: self.average_results,
            suppress_results: self.suppress_results,
            sum_min: self.sum_min,
            ignore: &self.ignore,
        }
    }

    /// Values of the network's input.
    pub fn n_features(&self) -> usize {
        self.layout.len()
    }

    /// The real value of a score.
    pub fn probability(&self, score: i8) -> f32 {
        (i32::from(score) - self.score_zero_point) as f32 * self.score_scale
    }
}

impl InputQuantization {
    /// The same in the runtime.
    pub fn device(&self) -> Quantize<'_> {
        Quantize {
            inverse_scales: &self.inverse_scales,
            zero_point: self.zero_point,
        }
    }

    /// Bytes of flash of the columns' own numbers; the only one of all columns is a parameter.
    pub fn table_bytes(&self) -> usize {
        match self.inverse_scales.len() {
            1 => 0,
            n => n * size_of::<f32>(),
        }
    }
}

/// A number for each column of a block whose columns have different scales, one for all columns of
/// another. The products are exact: scales are powers of two.
fn input_quantization(
    pipeline: &Pipeline,
    layout: &Layout,
    inverse_scale: f32,
    zero_point: i32,
) -> Result<Vec<InputQuantization>, Diagnostic> {
    let scales = &pipeline.graph.input_scales;
    if !scales.is_empty() && scales.len() != layout.n_columns() {
        let message = format!(
            "the network has scales for {} columns of features, expected one for each of {}",
            scales.len(),
            layout.n_columns()
        );
        return Err(Diagnostic::general(codes::GRAPH_INVALID, message));
    }
    let mut rest = scales.as_slice();
    let quantize = layout.parts.iter().map(|part| {
        let of_part;
        (of_part, rest) = rest.split_at(part.width().min(rest.len()));
        let inverse_scales = match of_part.split_first() {
            None => vec![inverse_scale],
            Some((first, others)) if others.iter().all(|s| s == first) => {
                vec![first * inverse_scale]
            }
            Some(_) => of_part.iter().map(|s| s * inverse_scale).collect(),
        };
        InputQuantization {
            inverse_scales,
            zero_point,
        }
    });
    Ok(quantize.collect())
}

/// The sum of `n` scores of this scale and zero point from which on their average is at least
/// `threshold`, 0..1. A threshold that int8 cannot express, such as 1 where the largest score
/// stands for 255/256, is the largest score.
pub fn sum_min(threshold: f32, scale: f32, zero_point: i32, n: usize) -> i32 {
    let score_min = f64::from(threshold) / f64::from(scale) + f64::from(zero_point);
    let sum = libm::ceil(score_min.clamp(-128.0, 127.0) * n as f64);
    sum as i32
}

/// Scale and zero point of the network's only input or output, of `n_values` values.
fn port(
    graph: &Graph,
    ids: &[TensorId],
    side: &str,
    n_values: usize,
) -> Result<(f32, i32), Diagnostic> {
    let error = |message: String| Diagnostic::general(codes::GRAPH_INVALID, message);
    let tensors: Vec<&Tensor> = ids.iter().filter_map(|&id| graph.tensors.get(id)).collect();
    let [tensor] = tensors.as_slice() else {
        return Err(error(format!(
            "expected a network with one {side}, found {}",
            tensors.len()
        )));
    };
    let of = if side == "input" {
        "features"
    } else {
        "labels"
    };
    if tensor.len() != n_values {
        let found = tensor.len();
        return Err(error(format!(
            "the network's {side} has {found} values, expected one for each of {n_values} {of}"
        )));
    }
    let quantization = tensor
        .quantization
        .as_ref()
        .filter(|_| tensor.dtype == DType::I8);
    let parameters = quantization.map(|q| (q.scales.as_slice(), q.zero_points.as_slice()));
    match parameters {
        Some((&[scale], &[zero_point]))
            if scale > 0.0
                && scale.is_finite()
                && (1.0 / scale).is_finite()
                && (-128..=127).contains(&zero_point) =>
        {
            Ok((scale, zero_point))
        }
        _ => Err(error(format!(
            "the network's {side} is not int8 with one scale and zero point"
        ))),
    }
}
