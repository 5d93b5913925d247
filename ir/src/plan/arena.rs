//! Where each tensor lies in the arena.

mod layout;

use crate::graph::{Graph, TensorId};
use crate::kernel_args::Program;

/// The layout of a program's activations in one block of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Arena {
    /// Its size.
    pub bytes: usize,
    /// The computed tensors in ascending order of [`Buffer::tensor`].
    pub buffers: Vec<Buffer>,
    /// For each step, the index in [`crate::kernel_args::Step::inputs`] of the operand whose bytes
    /// the output takes over, so that the kernel works in place.
    pub in_place: Vec<Option<usize>>,
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

impl Arena {
    /// Lays out the activations of `program`, which was prepared from `graph`. Tensors whose
    /// lifetimes meet lie apart; reshapes share their bytes; elementwise kernels work in place
    /// where their operand is not needed again.
    pub fn new(program: &Program, graph: &Graph) -> Arena {
        layout::layout(program, graph)
    }

    /// The place of a computed tensor.
    pub fn buffer(&self, tensor: TensorId) -> Option<&Buffer> {
        self.buffers
            .binary_search_by_key(&tensor, |b| b.tensor)
            .ok()
            .map(|i| &self.buffers[i])
    }
}
