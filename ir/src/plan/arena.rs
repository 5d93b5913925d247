//! Where each tensor lies in the arena.

mod layout;

use crate::graph::{Graph, TensorId};
use crate::kernel_args::Program;

/// The layout of a program's activations in one block of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Arena {
    /// Its size.
    pub bytes: usize,
    /// Bytes at its end that are kept from one run to the next: the histories of a network that runs
    /// incrementally.
    pub kept_bytes: usize,
    /// The computed tensors in ascending order of [`Buffer::tensor`].
    pub buffers: Vec<Buffer>,
    /// For each step, the index in [`crate::kernel_args::Step::inputs`] of the operand whose bytes
    /// the output takes over, so that the kernel works in place.
    pub in_place: Vec<Option<usize>>,
    /// For each step, where its scratch memory begins, a multiple of 4; 0 where it needs none.
    pub scratch: Vec<usize>,
}

/// A tensor's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// The tensor.
    pub tensor: TensorId,
    /// First byte, a multiple of 4.
    pub offset: usize,
    /// Its size.
    pub bytes: usize,
    /// First and last step during which these bytes are in use, by this tensor or one that shares
    /// them; the network's output is in use up to one past the last step.
    pub steps: [usize; 2],
}

impl Buffer {
    /// Whether its bytes are in use while step `at` runs.
    pub fn is_live(&self, at: usize) -> bool {
        (self.steps[0]..=self.steps[1]).contains(&at)
    }
}

impl Arena {
    /// Lays out the activations of `program`, which was prepared from `graph`. Tensors whose
    /// lifetimes meet lie apart; reshapes share their bytes; elementwise kernels work in place
    /// where their operand is not needed again.
    pub fn new(program: &Program, graph: &Graph) -> Arena {
        layout::layout(program, graph, 0)
    }

    /// The same where something else overwrites the first `scratch_bytes` between two runs, which
    /// what is kept has to lie behind.
    pub fn behind(program: &Program, graph: &Graph, scratch_bytes: usize) -> Arena {
        layout::layout(program, graph, scratch_bytes)
    }

    /// Bytes that hold something while step `at` runs. Tensors that share their bytes count once.
    pub fn live_bytes(&self, at: usize) -> usize {
        let live = self.buffers.iter().filter(|b| b.is_live(at));
        let mut ranges: Vec<[usize; 2]> = live.map(|b| [b.offset, b.offset + b.bytes]).collect();
        ranges.sort_unstable();
        let (mut bytes, mut end) = (0, 0);
        for [from, to] in ranges {
            bytes += to.saturating_sub(from.max(end));
            end = end.max(to);
        }
        bytes
    }

    /// The place of a computed tensor.
    pub fn buffer(&self, tensor: TensorId) -> Option<&Buffer> {
        self.buffers
            .binary_search_by_key(&tensor, |b| b.tensor)
            .ok()
            .map(|i| &self.buffers[i])
    }
}
