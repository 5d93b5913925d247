//! What a model consists of, independent of the language it is spelled in: the resolved kernel
//! calls, where activations lie, and the sizes that both emitters and the plan agree on.
//!
//! The state of a model, in this order (C and Rust, `repr(C)`): stream states, decision state, the
//! decided label (`i32`), work (scratch of the features and activations in the same bytes, `f32`),
//! the arrays of the front end ([`impulse_ir::features::Layout::arrays`]), the score history, the
//! scores and the averages (`i8`), a byte that says whether a result is ready, and, where there are
//! several streams, one that says which have their part of it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Deref;

use impulse_ir::Diagnostic;
use impulse_ir::board::Cpu;
use impulse_ir::diagnostic::codes;
use impulse_ir::features::DeviceArgs;
use impulse_ir::graph::{Graph, TensorId};
use impulse_ir::kernel_args::{Call, Program, prepare_for};
use impulse_ir::pipeline::Pipeline;
use impulse_ir::plan::Arena;
use impulse_ir::spec::Sensor;
use impulse_runtime::bytes::f32_len_for;
use impulse_runtime::decide::DecideState;
use impulse_runtime::stream::FramesState;

use crate::escape;

/// Version of what generated code expects of the runtime, in C `IMPULSE_ABI`.
pub const ABI: u32 = impulse_runtime::ABI;

/// A network resolved for emission: its kernel calls and where activations lie.
#[derive(Clone, Debug)]
pub struct Net<'g> {
    /// The int8 graph.
    pub graph: Cow<'g, Graph>,
    /// The kernel calls.
    pub program: Program,
    /// Where activations lie.
    pub arena: Arena,
}

/// What a window is, in words, without the marks of a comment and unwrapped.
#[derive(Clone, Debug)]
pub struct WindowWords {
    /// What it holds.
    pub about: String,
    /// How the numbers that are pushed lie and what they stand for, in whole sentences; empty
    /// where that goes without saying.
    pub order: String,
    /// What its numbers are.
    pub values: &'static str,
    /// What its rate counts.
    pub rate_of: &'static str,
}

/// A pipeline resolved for emission.
#[derive(Clone, Debug)]
pub struct Model<'p> {
    /// Where it comes from.
    pub pipeline: &'p Pipeline,
    /// What stands around the network.
    pub args: DeviceArgs,
    /// The network.
    pub net: Net<'p>,
    /// Prefix of everything global in C, name of the Rust crate.
    pub prefix: String,
}

impl<'p> Model<'p> {
    /// Resolves `pipeline` for `cpu`.
    ///
    /// # Errors
    /// When it has no feature block, when the network does not take what the blocks
    /// give or does not give a score per label, or when an operator has no int8 kernel.
    pub fn new(pipeline: &'p Pipeline, cpu: Cpu) -> Result<Self, Vec<Diagnostic>> {
        let args = DeviceArgs::new(pipeline).map_err(|d| vec![d])?;
        let (n_features, n_labels) = (args.n_features(), args.n_labels);
        if n_features == 0 || n_labels == 0 {
            let message = format!(
                "expected at least one feature and one label, found {n_features} features and \
                 {n_labels} labels"
            );
            return Err(vec![Diagnostic::general(codes::EMISSION, message)]);
        }
        Ok(Self {
            net: Net::new(Cow::Borrowed(&pipeline.graph), cpu)?,
            prefix: escape::prefix(&pipeline.name),
            args,
            pipeline,
        })
    }

    /// What a window is, in the words of the emitted comments; `resize` names what brings images to
    /// its size.
    pub fn window_words(&self, resize: &str) -> WindowWords {
        let window = &self.pipeline.window;
        let n = window.length_samples;
        let of_samples = format!("{n} samples at {} Hz", window.rate_hz);
        match &window.sensor {
            Sensor::Audio => WindowWords {
                about: of_samples,
                order: String::new(),
                values: "samples",
                rate_of: "samples",
            },
            Sensor::Motion(motion) => WindowWords {
                about: of_samples,
                order: format!(
                    "A sample is a value of each axis, one after the other: {}; 32768 stands for {} in \
                     the unit of the recordings, so a sensor with that full scale gives its int16 \
                     numbers as they are.",
                    escape::comment(&motion.axes.join(", ")),
                    motion.range
                ),
                values: "values",
                rate_of: "samples",
            },
            Sensor::Image(picture) => WindowWords {
                about: format!(
                    "an image of {} x {} pixels",
                    picture.size[0], picture.size[1]
                ),
                order: format!(
                    "A pixel is {}, row by row from the top; {resize} brings frames of another size to \
                     this one.",
                    if window.n_axes == 1 {
                        "a byte of grey"
                    } else {
                        "three bytes, red, green and blue"
                    }
                ),
                values: "bytes",
                rate_of: "pixels",
            },
        }
    }

    /// Numbers of the work area: the larger of the features' scratch and activations.
    pub fn work_len(&self) -> usize {
        let scratch = self.args.layout.scratch_len();
        scratch.max(f32_len_for(self.arena.bytes))
    }

    /// Scores that the decision logic remembers.
    pub fn history_len(&self) -> usize {
        self.args.average_results * self.args.n_labels
    }

    /// Size of the state, padding included.
    pub fn state_bytes(&self) -> usize {
        let layout = &self.args.layout;
        let states = layout.streams.len() * size_of::<FramesState>();
        let words = states + size_of::<DecideState>() + size_of::<i32>();
        let arrays = layout.arrays();
        let arrays = arrays.iter().map(|a| a.len * a.element.bytes());
        let scores = self.history_len() + 2 * self.args.n_labels;
        let flags = 1 + usize::from(layout.keeps_input());
        let bytes = words + 4 * self.work_len() + arrays.sum::<usize>() + scores + flags;
        bytes.next_multiple_of(4)
    }
}

/// The network's own numbers are read as the model's.
impl<'p> Deref for Model<'p> {
    type Target = Net<'p>;

    fn deref(&self) -> &Net<'p> {
        &self.net
    }
}

impl<'g> Net<'g> {
    /// Resolves an int8 graph for `cpu`.
    ///
    /// # Errors
    /// Every operator that has no int8 kernel.
    pub fn new(graph: Cow<'g, Graph>, cpu: Cpu) -> Result<Self, Vec<Diagnostic>> {
        let program = prepare_for(&graph, cpu)?;
        Ok(Self {
            arena: Arena::new(&program, &graph),
            program,
            graph,
        })
    }

    /// The kernels that it calls, by name.
    pub fn kernels(&self) -> BTreeSet<&'static str> {
        let calls = self.program.steps.iter().map(|step| &step.call);
        calls
            .filter(|call| !matches!(call, Call::Alias))
            .map(Call::kernel)
            .collect()
    }

    /// How many steps call a kernel.
    pub fn calls_of(&self, kernel: &str) -> usize {
        let steps = self.program.steps.iter();
        steps.filter(|step| step.call.kernel() == kernel).count()
    }

    /// First byte of a computed tensor in the arena.
    pub fn offset(&self, tensor: TensorId) -> usize {
        self.arena.buffer(tensor).map_or(0, |b| b.offset)
    }

    /// The bytes of a computed tensor in the arena.
    pub fn range(&self, tensor: TensorId) -> std::ops::Range<usize> {
        let start = self.offset(tensor);
        start..start + self.graph.tensors[tensor].len()
    }

    /// First byte of the scratch memory of step `idx`.
    pub fn scratch(&self, idx: usize) -> usize {
        self.arena.scratch.get(idx).copied().unwrap_or(0)
    }

    /// The operand whose bytes the output of step `idx` takes over, if any.
    pub fn in_place(&self, idx: usize) -> Option<usize> {
        self.arena.in_place.get(idx).copied().flatten()
    }
}
