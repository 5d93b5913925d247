//! Everything around the network, resolved: the tables of the front end, the input's
//! quantization, the stream, the decision logic. The host session computes with it and emission
//! prints it, so the two cannot differ.

use impulse_runtime::decide::Decide;
use impulse_runtime::features::{Normalize as DeviceNormalize, Quantize};
use impulse_runtime::stream::Stream;

use super::FeatureBlock;
use super::mfcc::MfccTables;
use crate::diagnostic::{Diagnostic, codes};
use crate::graph::{DType, Graph, Tensor, TensorId};
use crate::pipeline::Pipeline;

/// What the device computes around the network.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceArgs {
    /// The feature block.
    pub mfcc: MfccTables,
    /// Frames of a window.
    pub n_frames: usize,
    /// Samples of a window.
    pub length_samples: usize,
    /// Samples between the starts of two windows.
    pub stride_samples: usize,
    /// Normalization over the window.
    pub normalize: DeviceNormalize,
    /// Quantization of the network's input.
    pub quantize: Quantize,
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
    /// When there is not exactly one feature block, the block does not work on the window, or the
    /// network does not take its features or does not give a score per label.
    pub fn new(pipeline: &Pipeline) -> Result<Self, Diagnostic> {
        let [FeatureBlock::Mfcc(block)] = pipeline.features.as_slice() else {
            let n_blocks = pipeline.features.len();
            let message = format!("expected one feature block, found {n_blocks}");
            return Err(Diagnostic::general(codes::FEATURE_BLOCKS, message));
        };
        if let Some(problem) = block.problems(&pipeline.window).into_iter().next() {
            let diagnostic = Diagnostic::general(problem.code, problem.message);
            return Err(match problem.hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic,
            });
        }
        let n_frames = block.n_frames(pipeline.window.length_samples);
        let n_labels = pipeline.labels.len();
        let n_features = n_frames * block.n_coefficients;
        let (scale, zero_point) =
            port(&pipeline.graph, &pipeline.graph.inputs, "input", n_features)?;
        let (score_scale, score_zero_point) =
            port(&pipeline.graph, &pipeline.graph.outputs, "output", n_labels)?;
        let average_results = pipeline.decide.average_results.max(1);
        let threshold = pipeline.decide.threshold;
        Ok(Self {
            mfcc: MfccTables::new(block, pipeline.window.rate_hz),
            n_frames,
            length_samples: pipeline.window.length_samples,
            stride_samples: pipeline.window.stride_samples,
            normalize: block.normalize.device(),
            quantize: Quantize {
                inverse_scale: 1.0 / scale,
                zero_point,
            },
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

    /// The device's stream over these tables.
    pub fn stream(&self) -> Stream<'_> {
        Stream {
            mfcc: self.mfcc.block(),
            n_frames: self.n_frames,
            stride_samples: self.stride_samples,
        }
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
        self.n_frames * self.mfcc.n_coefficients
    }

    /// The real value of a score.
    pub fn probability(&self, score: i8) -> f32 {
        (i32::from(score) - self.score_zero_point) as f32 * self.score_scale
    }
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
