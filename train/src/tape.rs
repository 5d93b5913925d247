//! Values on dfdx's tape.
//!
//! The tape, its order of operations and the store of gradients are dfdx's ([`OwnedTape`],
//! [`Gradients`]); the operators in [`crate::ops`] put their own backward steps on it. dfdx keeps
//! a tensor's numbers private, so that reading them costs a copy per operator. A [`Value`]
//! therefore holds its numbers itself, and a dfdx tensor of rank 0 is its name on the tape: the
//! gradient stored under that name is the buffer as long as the value, moved in and out.
//!
//! Everything here works on a batch in clips; a value is `[clips, …]` in row-major order.

use core::ops::Range;
use std::sync::Arc;

use dfdx::prelude::{Backward, Cpu, Gradients, PutTape, Rank0, Tape as _, Tensor, ZerosTensor};
use dfdx::tensor::{CpuError, OwnedTape};
use rayon::prelude::*;

/// Clips that one thread works on at a time. Sums over a batch are formed per chunk and then over
/// the chunks in order, so the number is part of the result's bits and never depends on the
/// machine.
pub(crate) const CHUNK_CLIPS: usize = 4;

/// Name of a value or a weight tensor on the tape.
pub(crate) type Key = Tensor<Rank0, f32, Cpu>;

/// The gradients of a backward pass.
pub(crate) type Grads = Gradients<f32, Cpu>;

/// Numbers of a batch of clips at one place of the network.
#[derive(Clone)]
pub(crate) struct Value {
    /// Number of clips.
    pub clips: usize,
    /// `[clips, …]`.
    pub data: Arc<Vec<f32>>,
    /// Its name on the tape; `None` where no gradient is wanted.
    pub key: Option<Key>,
}

impl Value {
    /// Values per clip.
    pub fn size(&self) -> usize {
        self.data.len() / self.clips.max(1)
    }

    /// The numbers of some clips.
    pub fn clips(&self, range: Range<usize>) -> &[f32] {
        let size = self.size();
        &self.data[range.start * size..range.end * size]
    }
}

/// How a run over the network is made, and the tape when it is recorded.
pub(crate) struct Tape {
    device: Cpu,
    recorded: Option<OwnedTape<f32, Cpu>>,
    chunk: usize,
}

impl Tape {
    /// A run that backward steps are recorded of. With `parallel`, each operator spreads the clips
    /// over the threads; otherwise the caller does that with whole runs.
    pub fn recording(device: &Cpu, parallel: bool) -> Self {
        let chunk = if parallel { CHUNK_CLIPS } else { usize::MAX };
        Self {
            device: device.clone(),
            recorded: Some(OwnedTape::default()),
            chunk,
        }
    }

    /// A run forward only, as on the device that the network is for: no dropout, running
    /// statistics in batch normalization.
    pub fn inference() -> Self {
        Self {
            device: Cpu::default(),
            recorded: None,
            chunk: usize::MAX,
        }
    }

    /// Whether backward steps are recorded, which is whether this is training.
    pub fn is_recording(&self) -> bool {
        self.recorded.is_some()
    }

    /// Clips per piece of parallel work inside an operator.
    pub fn chunk(&self) -> usize {
        self.chunk
    }

    /// A name for a tensor on the tape.
    pub fn name(device: &Cpu) -> Key {
        device.zeros()
    }

    /// The output of an operator.
    pub fn value(&self, clips: usize, data: Vec<f32>) -> Value {
        let key = self.recorded.as_ref().map(|_| Self::name(&self.device));
        Value {
            clips,
            data: Arc::new(data),
            key,
        }
    }

    /// Puts the backward step of the operator that made `output` on the tape. `step` gets the
    /// gradient of `output`, which it may reuse, and hands on those of the inputs.
    pub fn record<F>(&mut self, output: &Value, step: F)
    where
        F: FnOnce(&mut Grads, Vec<f32>) -> Result<(), CpuError> + 'static,
    {
        let (Some(tape), Some(key)) = (&mut self.recorded, &output.key) else {
            return;
        };
        let (key, len) = (key.clone(), output.data.len());
        tape.add_backward_op(move |grads| match take(grads, &key, len)? {
            Some(gradient) => step(grads, gradient),
            None => Ok(()),
        });
    }

    /// Runs all backward steps from `loss`, a value of one number.
    pub fn backward(self, loss: &Value) -> Result<Grads, CpuError> {
        match (self.recorded, &loss.key) {
            (Some(tape), Some(key)) => key.clone().put_tape(tape).try_backward(),
            _ => Ok(Gradients::leaky()),
        }
    }
}

/// Moves the gradient of `key` out; `None` where nothing has flowed back to it.
pub(crate) fn take(grads: &mut Grads, key: &Key, len: usize) -> Result<Option<Vec<f32>>, CpuError> {
    let stored = core::mem::take(&mut **grads.get_or_alloc_mut(key)?);
    Ok((stored.len() == len).then_some(stored))
}

/// Adds `gradient` to that of `key`.
pub(crate) fn give(grads: &mut Grads, key: &Key, gradient: Vec<f32>) -> Result<(), CpuError> {
    let stored = &mut **grads.get_or_alloc_mut(key)?;
    if stored.len() == gradient.len() {
        stored.iter_mut().zip(&gradient).for_each(|(s, g)| *s += g);
    } else {
        *stored = gradient;
    }
    Ok(())
}

/// Calls `work` with each chunk of `n` clips and its part of `out` (`[n, size]`); results in
/// the order of the chunks.
pub(crate) fn fill_chunks<R: Send>(
    chunk: usize,
    n: usize,
    out: &mut [f32],
    work: impl Fn(Range<usize>, &mut [f32]) -> R + Sync,
) -> Vec<R> {
    if n <= chunk {
        return vec![work(0..n, out)];
    }
    let size = out.len() / n;
    out.par_chunks_mut(chunk * size)
        .enumerate()
        .map(|(i, part)| work(i * chunk..(i * chunk + chunk).min(n), part))
        .collect()
}

/// Calls `work` with each chunk of `n` clips; results in the order of the chunks.
pub(crate) fn map_chunks<R: Send>(
    chunk: usize,
    n: usize,
    work: impl Fn(Range<usize>) -> R + Sync + Send,
) -> Vec<R> {
    if n <= chunk {
        return vec![work(0..n)];
    }
    (0..n.div_ceil(chunk))
        .into_par_iter()
        .map(|i| work(i * chunk..(i * chunk + chunk).min(n)))
        .collect()
}

/// The sum of equally long vectors in their order.
pub(crate) fn sum_in_order(parts: Vec<Vec<f32>>) -> Vec<f32> {
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_default();
    for part in parts {
        total.iter_mut().zip(&part).for_each(|(t, p)| *t += p);
    }
    total
}
