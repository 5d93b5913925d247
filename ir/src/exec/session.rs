//! A trained impulse on the host, doing what the device does: the same front end, kernels,
//! stream and decision logic.

use impulse_runtime::decide::DecideState;
use impulse_runtime::features::fixed;
use impulse_runtime::stream::FramesState;

use super::Int8;
use crate::diagnostic::Diagnostic;
use crate::features::samples::Buffer;
use crate::features::{DeviceArgs, InputQuantization, Part, Samples};
use crate::pipeline::Pipeline;

/// A pipeline at work. Clones work independently of each other.
#[derive(Clone, Debug)]
pub struct Session {
    args: DeviceArgs,
    network: Int8,
    /// The network's input.
    input: Vec<i8>,
    scratch: Vec<f32>,
    /// A ring for each block.
    rings: Vec<Ring>,
    streams: Vec<StreamBuffers>,
    decide: DecideState,
    history: Vec<i8>,
}

/// The rows of a block's window.
#[derive(Clone, Debug)]
enum Ring {
    /// Final.
    I8(Vec<i8>),
    /// To be normalized.
    I16(Vec<i16>),
}

/// A way of cutting the stream, at work.
#[derive(Clone, Debug)]
struct StreamBuffers {
    state: FramesState,
    samples: Buffer,
    /// Whether its part of the network's input is that of the result to come.
    done: bool,
}

/// What the network says of one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// The network's input.
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
        Ok(Session {
            network,
            input: vec![0; args.n_features()],
            scratch: vec![0.0; args.layout.scratch_len()],
            rings: empty_rings(&args),
            streams: stream_buffers(&args),
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
    pub fn classify<'s>(&mut self, window: impl Into<Samples<'s>>) -> Classification {
        let layout = &self.args.layout;
        let window = window.into().resized(layout.n_values);
        let window = window.samples().of(layout.sample);
        let mut features = vec![0; layout.len()];
        let rings = &mut empty_rings(&self.args);
        for (i, (part, ring)) in layout.parts.iter().zip(rings).enumerate() {
            let frames = layout.streams[part.stream].frames;
            for row in 0..part.n_frames {
                let start = row * frames.hop_samples;
                let frame = window.samples().part(start, frames.frame_samples);
                store(
                    &self.args.quantize[i],
                    part,
                    (frame, row),
                    &mut self.scratch,
                    ring,
                );
            }
            quantize(&self.args.quantize[i], part, ring, 0, &mut features);
        }
        let scores = self.network.run(&features).to_vec();
        Classification {
            features,
            probabilities: scores.iter().map(|&s| self.args.probability(s)).collect(),
            scores,
        }
    }

    /// Classifies one window from its normalized float features, as [`super::FrontEnd`] makes
    /// them without scales.
    pub fn classify_features(&mut self, features: &[f32]) -> Classification {
        let layout = &self.args.layout;
        let mut quantized = vec![0; layout.len()];
        for (part, quantize) in layout.parts.iter().zip(&self.args.quantize) {
            for row in 0..part.n_frames {
                let at = part.place.offset + row * part.place.row_stride;
                let of_row = at..at + part.width();
                let (from, to) = (&features[of_row.clone()], &mut quantized[of_row]);
                part.quantize_row(quantize, from, to);
            }
        }
        let features = quantized;
        let scores = self.network.run(&features).to_vec();
        Classification {
            features,
            probabilities: scores.iter().map(|&s| self.args.probability(s)).collect(),
            scores,
        }
    }

    /// Takes samples of a stream until a window is complete or they are at their end: how many it
    /// took, and what the window gives. The rest is to be pushed again.
    pub fn push<'s>(&mut self, samples: impl Into<Samples<'s>>) -> (usize, Option<StreamResult>) {
        let samples = samples.into();
        if samples.sample() != self.args.layout.sample {
            return self.push(samples.of(self.args.layout.sample).samples());
        }
        let layout = &self.args.layout;
        let open = layout.streams.iter().zip(&self.streams);
        let open = open.filter(|(_, buffers)| !buffers.done);
        let until = open.map(|(stream, buffers)| stream.frames.remaining(&buffers.state));
        let until = until.max().unwrap_or(0);
        let n = samples.len().min(until);
        for stream in 0..self.streams.len() {
            let mut rest = samples.part(0, n);
            while !rest.is_empty() {
                let consumed = self.push_to(stream, rest);
                rest = rest.part(consumed, rest.len() - consumed);
            }
        }
        if !self.streams.iter().all(|s| s.done) {
            return (n, None);
        }
        self.streams.iter_mut().for_each(|s| s.done = false);
        let scores = self.network.run(&self.input).to_vec();
        let mut average = vec![0; scores.len()];
        let decide = self.args.decide();
        let decision = decide.push(&mut self.decide, &mut self.history, &scores, &mut average);
        let result = StreamResult {
            scores,
            average,
            decision,
        };
        (n, Some(result))
    }

    /// Pushes to one stream until its window is complete; how many samples it took.
    fn push_to(&mut self, stream: usize, input: Samples<'_>) -> usize {
        let (args, scratch, rings) = (&self.args, &mut self.scratch, &mut self.rings);
        let buffers = &mut self.streams[stream];
        let layout = &args.layout;
        let frames = layout.streams[stream].frames;
        let mut each = |frame: Samples<'_>, row| {
            for (i, (part, ring)) in layout.parts.iter().zip(rings.iter_mut()).enumerate() {
                if part.stream == stream {
                    store(&args.quantize[i], part, (frame, row), scratch, ring);
                }
            }
        };
        let state = &mut buffers.state;
        let pushed = match (&mut buffers.samples, input) {
            (Buffer::I16(all), Samples::I16(input)) => {
                frames.push(state, all, input, |f, row| each(Samples::I16(f), row))
            }
            (Buffer::F32(all), Samples::F32(input)) => {
                frames.push(state, all, input, |f, row| each(Samples::F32(f), row))
            }
            (Buffer::U8(all), Samples::U8(input)) => {
                frames.push(state, all, input, |f, row| each(Samples::U8(f), row))
            }
            (_, input) => return input.len(),
        };
        if pushed.complete {
            buffers.done = true;
            for (i, (part, ring)) in layout.parts.iter().zip(rings.iter()).enumerate() {
                if part.stream == stream {
                    let by = &args.quantize[i];
                    quantize(by, part, ring, state.first_frame(), &mut self.input);
                }
            }
        }
        pushed.consumed
    }

    /// Starts the stream and the decision logic anew.
    pub fn reset(&mut self) {
        self.streams = stream_buffers(&self.args);
        self.decide = DecideState::new();
    }
}

fn empty_rings(args: &DeviceArgs) -> Vec<Ring> {
    let rings = args.layout.parts.iter().map(|part| match part.normalize {
        Some(_) => Ring::I16(vec![0; part.len()]),
        None => Ring::I8(vec![0; part.len()]),
    });
    rings.collect()
}

fn stream_buffers(args: &DeviceArgs) -> Vec<StreamBuffers> {
    let layout = &args.layout;
    let streams = layout.streams.iter().map(|stream| StreamBuffers {
        state: FramesState::new(stream.frames.n_frames),
        samples: Buffer::zeros(layout.sample, stream.frames.frame_samples),
        done: false,
    });
    streams.collect()
}

/// Computes a row of `part` and stores it in its ring.
fn store(
    quantize: &InputQuantization,
    part: &Part,
    (frame, row): (Samples<'_>, usize),
    scratch: &mut [f32],
    ring: &mut Ring,
) {
    let mut values = vec![0.0; part.n_columns];
    part.tables.device().row(frame, scratch, &mut values);
    let range = row * part.n_columns..(row + 1) * part.n_columns;
    match ring {
        Ring::I8(ring) => part.quantize_row(quantize, &values, &mut ring[range]),
        Ring::I16(ring) => part.grid.store(&values, &mut ring[range]),
    }
}

/// The ring of `part`, whose oldest row is `first_frame`, to the network's input.
fn quantize(
    by: &InputQuantization,
    part: &Part,
    ring: &Ring,
    first_frame: usize,
    input: &mut [i8],
) {
    let (n_columns, place) = (part.n_columns, part.place);
    match (ring, part.normalize) {
        (Ring::I16(ring), Some(normalize)) => match part.scaling(by) {
            Some(scaling) => {
                let scaling = scaling.device();
                scaling.quantize(normalize, ring, n_columns, first_frame, place, input);
                if let Some(deltas) = part.deltas {
                    let rows = (deltas, normalize);
                    fixed::deltas::quantize(
                        rows,
                        &scaling,
                        ring,
                        n_columns,
                        first_frame,
                        place,
                        input,
                    );
                }
            }
            None => {
                let target = (&by.device(), place);
                normalize.quantize(part.grid, ring, n_columns, first_frame, target, input);
                if let Some(deltas) = part.deltas {
                    let rows = (normalize, part.grid);
                    deltas.quantize(rows, ring, n_columns, first_frame, target, input);
                }
            }
        },
        (Ring::I8(ring), _) => place.copy(ring, n_columns, first_frame, input),
        (Ring::I16(_), None) => {}
    }
}
