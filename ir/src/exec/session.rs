//! A trained impulse on the host, doing what the device does: the same front end, kernels,
//! stream and decision logic.

use impulse_runtime::decide::DecideState;
use impulse_runtime::stream::StreamState;

use super::Int8;
use crate::diagnostic::Diagnostic;
use crate::features::DeviceArgs;
use crate::pipeline::Pipeline;

/// A pipeline at work. Clones work independently of each other.
#[derive(Clone, Debug)]
pub struct Session {
    args: DeviceArgs,
    network: Int8,
    /// The network's input.
    input: Vec<i8>,
    scratch: Vec<f32>,
    /// The ring of the stream, `[frames, coefficients]`.
    features: Vec<f32>,
    samples: Vec<i16>,
    stream: StreamState,
    decide: DecideState,
    history: Vec<i8>,
}

/// What the network says of one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// The network's input, `[frames, coefficients]`.
    pub features: Vec<i8>,
    /// A score per label.
    pub scores: Vec<i8>,
    /// The scores' real values.
    pub probabilities: Vec<f32>,
}

/// What comes of a window of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamResult {
    /// A score per label.
    pub scores: Vec<i8>,
    /// The scores averaged over the last results.
    pub average: Vec<i8>,
    /// The label that is reported now, if any.
    pub decision: Option<usize>,
}

impl Session {
    /// Prepares a pipeline.
    ///
    /// # Errors
    /// When the network has an operator without an int8 form, or does not fit to the features or
    /// the labels.
    pub fn new(pipeline: &Pipeline) -> Result<Session, Diagnostic> {
        let args = DeviceArgs::new(pipeline)?;
        let network = Int8::new(&pipeline.graph)?;
        let stream = args.stream();
        Ok(Session {
            network,
            input: vec![0; args.n_features()],
            scratch: vec![0.0; stream.mfcc.scratch_len()],
            features: vec![0.0; stream.features_len()],
            samples: vec![0; stream.samples_len()],
            stream: StreamState::new(args.n_frames),
            decide: DecideState::new(),
            history: vec![0; args.decide().history_len()],
            args,
        })
    }

    /// What is computed around the network.
    pub fn args(&self) -> &DeviceArgs {
        &self.args
    }

    /// Classifies one window; the stream is not touched. What is missing at the end of `window`
    /// counts as silence, what is too much is ignored.
    pub fn classify(&mut self, window: &[i16]) -> Classification {
        let mut samples = window[..window.len().min(self.args.length_samples)].to_vec();
        samples.resize(self.args.length_samples, 0);
        let block = self.args.mfcc.block();
        let mut features = vec![0.0; self.args.n_features()];
        block.window(&samples, &mut self.scratch, &mut features);
        self.quantize(&features, 0);
        let scores = self.network.run(&self.input).to_vec();
        Classification {
            features: self.input.clone(),
            probabilities: scores.iter().map(|&s| self.args.probability(s)).collect(),
            scores,
        }
    }

    /// Classifies one window from its normalized float features, as [`super::FrontEnd`] makes
    /// them.
    pub fn classify_features(&mut self, features: &[f32]) -> Classification {
        for (q, &value) in self.input.iter_mut().zip(features) {
            *q = self.args.quantize.apply(value);
        }
        let scores = self.network.run(&self.input).to_vec();
        Classification {
            features: self.input.clone(),
            probabilities: scores.iter().map(|&s| self.args.probability(s)).collect(),
            scores,
        }
    }

    /// Takes samples of a stream until a window is complete or they are at their end: how many it
    /// took, and what the window gives. The rest is to be pushed again.
    pub fn push(&mut self, samples: &[i16]) -> (usize, Option<StreamResult>) {
        let pushed = self.args.stream().push(
            &mut self.stream,
            &mut self.samples,
            &mut self.features,
            &mut self.scratch,
            samples,
        );
        if !pushed.complete {
            return (pushed.consumed, None);
        }
        let features = std::mem::take(&mut self.features);
        self.quantize(&features, self.stream.first_frame());
        self.features = features;
        let scores = self.network.run(&self.input).to_vec();
        let mut average = vec![0; scores.len()];
        let decide = self.args.decide();
        let decision = decide.push(&mut self.decide, &mut self.history, &scores, &mut average);
        (
            pushed.consumed,
            Some(StreamResult {
                scores,
                average,
                decision,
            }),
        )
    }

    /// Starts the stream and the decision logic anew.
    pub fn reset(&mut self) {
        self.stream = StreamState::new(self.args.n_frames);
        self.decide = DecideState::new();
    }

    /// Normalizes a window of features, whose oldest row is `first_frame`, to the network's input.
    fn quantize(&mut self, features: &[f32], first_frame: usize) {
        let n_coefficients = self.args.mfcc.n_coefficients;
        self.args.normalize.quantize(
            features,
            n_coefficients,
            first_frame,
            &self.args.quantize,
            &mut self.input,
        );
    }
}
