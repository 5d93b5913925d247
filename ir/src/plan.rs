//! The memory plan: every byte of RAM and flash of the emitted code, and what it costs to run.
//!
//! The emission asks [`Arena::new`] where each tensor lies; the rest of [`Plan`] is what a user
//! reads and what budgets are held against.

mod arena;
mod budget;
mod make;

pub use arena::{Arena, Buffer};
pub use budget::{Cause, Excess, Resource};

use crate::board::{Board, Cpu};
use crate::diagnostic::Diagnostic;
use crate::kernel_args::Program;
use crate::pipeline::Pipeline;
use crate::spec::Target;

/// The plan of a pipeline on a board.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Where each tensor of the network lies.
    pub arena: Arena,
    /// Static RAM, in the order of the emitted state; its sum is the state's size plus the
    /// board's buffers.
    pub ram: Vec<Item>,
    /// Most bytes of stack below the caller of `push` or `classify`.
    pub stack_bytes: u64,
    /// Flash: constants, tables, code.
    pub flash: Vec<Item>,
    /// The cost of each step of a result: features first, then the network.
    pub steps: Vec<StepCost>,
    /// Clock of the board in Hz.
    pub clock_hz: u64,
    /// What the estimate of time assumes, see [`crate::cost::cycles_per_instruction`].
    pub cycles_per_instruction: f64,
}

/// The plan of a network by itself, without feature blocks and decisions. Its static RAM is its
/// [`Arena`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkPlan {
    /// Flash: constants, tables, code.
    pub flash: Vec<Item>,
    /// Most bytes of stack below the caller of `run`.
    pub stack_bytes: u64,
    /// Predicted instructions of a run.
    pub instructions: u64,
}

/// A named share of a memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is, for people: `sample ring`, `weights of conv2d_0`.
    pub name: String,
    /// Which kind of share.
    pub kind: ItemKind,
    /// Its size.
    pub bytes: u64,
}

/// Kinds of memory shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// RAM: samples on their way to a frame.
    Samples,
    /// RAM: features of the window.
    Features,
    /// RAM: FFT scratch and activations, which share their bytes.
    Work,
    /// RAM: stream positions, scores and decision history.
    State,
    /// RAM: buffers of the board's firmware (microphone, output).
    BoardBuffers,
    /// Flash: weights and biases.
    Weights,
    /// Flash: multipliers, shifts and kernel parameters.
    Parameters,
    /// Flash: tables of the feature blocks and of softmax.
    Tables,
    /// Flash: machine code.
    Code,
    /// Flash: the board's firmware around the impulse.
    BoardCode,
}

/// Predicted cost of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepCost {
    /// The step's name: `mfcc`, or [`crate::kernel_args::Step::name`].
    pub name: String,
    /// TFLite's name of the operator, or the feature block's keyword.
    pub operator: String,
    /// The node of the network that it comes from, see [`crate::network::Node::name`]; empty for
    /// the features and where the graph does not say.
    pub layer: String,
    /// Bytes of work memory that hold something while it runs: FFT scratch or activations.
    pub ram_bytes: u64,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Predicted instructions on the board's CPU per result.
    pub instructions: u64,
    /// Bytes of weights and tables that it owns.
    pub flash_bytes: u64,
}

/// Plans a pipeline on a board. A pipeline that cannot be emitted (see
/// [`crate::kernel_args::prepare`] and [`crate::features::DeviceArgs::new`], which say why) has a
/// plan without what is wrong with it.
pub fn plan(pipeline: &Pipeline, board: &Board) -> Plan {
    make::plan(pipeline, board)
}

/// Plans a network by itself, whose calls are those for `cpu`.
pub fn network(program: &Program, cpu: Cpu) -> NetworkPlan {
    make::network(program, cpu)
}

impl NetworkPlan {
    /// Flash: constants and code.
    pub fn flash_bytes(&self) -> u64 {
        self.flash.iter().map(|i| i.bytes).sum()
    }

    /// Bytes of the items of one kind.
    pub fn bytes_of(&self, kind: ItemKind) -> u64 {
        let items = self.flash.iter().filter(|i| i.kind == kind);
        items.map(|i| i.bytes).sum()
    }
}

impl Plan {
    /// Static RAM plus the stack bound.
    pub fn ram_bytes(&self) -> u64 {
        self.static_ram_bytes() + self.stack_bytes
    }

    /// Static RAM: what the linker sees.
    pub fn static_ram_bytes(&self) -> u64 {
        self.ram.iter().map(|i| i.bytes).sum()
    }

    /// Flash: constants and code.
    pub fn flash_bytes(&self) -> u64 {
        self.flash.iter().map(|i| i.bytes).sum()
    }

    /// Instructions for one result: the features of one stride, then the network.
    pub fn instructions(&self) -> u64 {
        self.steps.iter().map(|s| s.instructions).sum()
    }

    /// Estimated microseconds for one result; see [`Plan::cycles_per_instruction`].
    pub fn latency_us(&self) -> u64 {
        let cycles = self.instructions() as f64 * self.cycles_per_instruction;
        (cycles * 1e6 / self.clock_hz.max(1) as f64) as u64
    }

    /// Estimated microseconds of one of the [`Plan::steps`].
    pub fn step_us(&self, step: &StepCost) -> f64 {
        let cycles = step.instructions as f64 * self.cycles_per_instruction;
        cycles * 1e6 / self.clock_hz.max(1) as f64
    }

    /// Bytes of the items of one kind.
    pub fn bytes_of(&self, kind: ItemKind) -> u64 {
        let items = self.ram.iter().chain(&self.flash);
        items.filter(|i| i.kind == kind).map(|i| i.bytes).sum()
    }

    /// Where the plan breaks the budgets of `target`, or does not fit its board.
    pub fn excesses(&self, target: &Target) -> Vec<Excess> {
        budget::excesses(self, target)
    }

    /// What takes most of `resource`, and so what to change first; `None` where nothing does that
    /// a spec decides.
    pub fn cause(&self, resource: Resource) -> Option<Cause> {
        budget::cause(self, resource)
    }

    /// The same as diagnostics at the budgets; each with the largest shares of what it is about.
    pub fn budget_diagnostics(&self, target: &Target) -> Vec<Diagnostic> {
        budget::diagnostics(self, target)
    }
}
