//! Where each tensor lies in the arena.

use crate::graph::TensorId;

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
    /// First and last step that need it; the network's input is needed from step 0, its output to
    /// the last step.
    pub steps: [usize; 2],
}

impl Arena {
    /// The place of a computed tensor.
    pub fn buffer(&self, tensor: TensorId) -> Option<&Buffer> {
        self.buffers.binary_search_by_key(&tensor, |b| b.tensor).ok().map(|i| &self.buffers[i])
    }
}
