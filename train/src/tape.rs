//! Values on dfdx's tape.
//!
//! The tape, its order of operations and the store of gradients are dfdx's ([`OwnedTape`],
//! [`Gradients`]); the operators in [`crate::ops`] put their own backward steps on it. dfdx keeps
//! a tensor's numbers private, so that reading them costs a copy per operator. A [`Value`]
//! therefore holds its numbers itself, and a dfdx tensor of rank 0 is its name on the tape: the
//! gradient stored under that name is the buffer as long as the value, moved in and out.
//!
//! Everything here works on a batch in clips; a value is `[clips, …]` in row-major order.

use core::ops::{Deref, DerefMut, Range};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use dfdx::prelude::{Backward, Cpu, Gradients, PutTape, Rank0, Tape as _, Tensor, ZerosTensor};
use dfdx::tensor::{CpuError, OwnedTape};
use multiversion::multiversion;
use rayon::prelude::*;

use crate::ops::batch_norm::Affine;

/// Clips that one thread works on at a time. Sums over a batch are formed per chunk and then over
/// the chunks in order, so the number is part of the result's bits and never depends on the
/// machine.
pub(crate) const CHUNK_CLIPS: usize = 4;

/// Name of a value or a weight tensor on the tape.
pub(crate) type Key = Tensor<Rank0, f32, Cpu>;

/// The gradients of a backward pass.
pub(crate) type Grads = Gradients<f32, Cpu>;

/// Bytes that buffers are aligned to: no vector spans two cache lines.
const ALIGNMENT: usize = 64;
/// Numbers that a buffer's memory is longer than its contents, for the alignment.
const SLACK: usize = ALIGNMENT / size_of::<f32>() - 1;

/// Memory for the next values of the same length: fresh from the system it costs a page fault
/// per 4 KiB, in every operator of every step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers(Arc<Mutex<BTreeMap<usize, Vec<Vec<f32>>>>>);

impl Buffers {
    /// `len` numbers, whatever they are: the caller writes all of them.
    pub fn buffer(&self, len: usize) -> Buffer {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = free.get_mut(&(len + SLACK)).and_then(Vec::pop);
        drop(free);
        let mut data = found.unwrap_or_else(|| vec![0.0; len + SLACK]);
        if cfg!(debug_assertions) {
            data.fill(f32::NAN);
        }
        self.adopt(data)
    }

    /// `len` zeros.
    pub fn zeros(&self, len: usize) -> Buffer {
        let mut buffer = self.buffer(len);
        buffer.fill(0.0);
        buffer
    }

    /// A copy of `numbers`.
    pub fn copy(&self, numbers: &[f32]) -> Buffer {
        let mut buffer = self.buffer(numbers.len());
        buffer.copy_from_slice(numbers);
        buffer
    }

    /// The buffer of this memory, [`SLACK`] longer than its contents.
    fn adopt(&self, data: Vec<f32>) -> Buffer {
        let start = data.as_ptr().align_offset(ALIGNMENT).min(SLACK);
        Buffer {
            data,
            start,
            pool: self.clone(),
        }
    }
}

/// Aligned numbers, whose memory goes back to where it came from.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// The numbers, before and behind them [`SLACK`] others.
    data: Vec<f32>,
    start: usize,
    pool: Buffers,
}

impl Buffer {
    /// The memory, which does not go back.
    fn into_vec(mut self) -> Vec<f32> {
        core::mem::take(&mut self.data)
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.data[self.start..self.data.len() - (SLACK - self.start)]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        let end = self.data.len() - (SLACK - self.start);
        &mut self.data[self.start..end]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if !self.data.is_empty() {
            let data = core::mem::take(&mut self.data);
            let mut free = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
            free.entry(data.len()).or_default().push(data);
        }
    }
}

/// Numbers of a batch of clips at one place of the network.
#[derive(Clone)]
pub(crate) struct Value {
    /// Number of clips.
    pub clips: usize,
    /// `[clips, …]`, before what is pending.
    pub data: Arc<Buffer>,
    /// A normalization that whoever reads the numbers does on the way: doing it is quicker than
    /// writing them down and reading them again.
    pub pending: Option<Arc<Affine>>,
    /// Its name on the tape; `None` where no gradient is wanted.
    pub key: Option<Key>,
}

/// Numbers of some clips.
pub(crate) enum Clips<'a> {
    /// As they are stored.
    Stored(&'a [f32]),
    /// After what was pending.
    Made(Buffer),
}

impl Deref for Clips<'_> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self {
            Clips::Stored(numbers) => numbers,
            Clips::Made(numbers) => numbers,
        }
    }
}

impl Value {
    /// Values per clip.
    pub fn size(&self) -> usize {
        self.data.len() / self.clips.max(1)
    }

    /// The numbers of some clips.
    pub fn clips(&self, range: Range<usize>) -> Clips<'_> {
        let size = self.size();
        let stored = &self.data[range.start * size..range.end * size];
        match &self.pending {
            None => Clips::Stored(stored),
            Some(pending) => {
                let mut made = self.data.pool.buffer(stored.len());
                pending.apply(stored, &mut made);
                Clips::Made(made)
            }
        }
    }

    /// The numbers of all clips.
    pub fn all(&self) -> Clips<'_> {
        self.clips(0..self.clips)
    }
}

/// How a run over the network is made, and the tape when it is recorded.
pub(crate) struct Tape {
    device: Cpu,
    recorded: Option<OwnedTape<f32, Cpu>>,
    chunk: usize,
    pool: Buffers,
}

impl Tape {
    /// A run that backward steps are recorded of. With `parallel`, each operator spreads the clips
    /// over the threads; otherwise the caller does that with whole runs.
    pub fn recording(device: &Cpu, pool: &Buffers, parallel: bool) -> Self {
        let chunk = if parallel { CHUNK_CLIPS } else { usize::MAX };
        Self {
            device: device.clone(),
            recorded: Some(OwnedTape::default()),
            chunk,
            pool: pool.clone(),
        }
    }

    /// A run forward only, as on the device that the network is for: no dropout, running
    /// statistics in batch normalization.
    pub fn inference(device: &Cpu, pool: &Buffers) -> Self {
        Self {
            device: device.clone(),
            recorded: None,
            chunk: usize::MAX,
            pool: pool.clone(),
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

    /// Where buffers come from.
    pub fn pool(&self) -> &Buffers {
        &self.pool
    }

    /// A name for a tensor on the tape.
    pub fn name(device: &Cpu) -> Key {
        device.zeros()
    }

    /// The output of an operator.
    pub fn value(&self, clips: usize, data: Buffer) -> Value {
        let key = self.recorded.as_ref().map(|_| Self::name(&self.device));
        Value {
            clips,
            data: Arc::new(data),
            pending: None,
            key,
        }
    }

    /// The output of an operator that leaves its work to those who read it.
    pub fn pending(&self, input: &Value, work: Affine) -> Value {
        Value {
            clips: input.clips,
            data: input.data.clone(),
            pending: Some(Arc::new(work)),
            key: self.recorded.as_ref().map(|_| Self::name(&self.device)),
        }
    }

    /// Puts the backward step of the operator that made `output` on the tape. `step` gets the
    /// gradient of `output`, which it may reuse, and hands on those of the inputs.
    pub fn record<F>(&mut self, output: &Value, step: F)
    where
        F: FnOnce(&mut Grads, Buffer) -> Result<(), CpuError> + 'static,
    {
        let (Some(tape), Some(key)) = (&mut self.recorded, &output.key) else {
            return;
        };
        let (key, len, pool) = (key.clone(), output.data.len(), self.pool.clone());
        tape.add_backward_op(move |grads| {
            let stored = core::mem::take(&mut **grads.get_or_alloc_mut(&key)?);
            if stored.len() == len + SLACK {
                step(grads, pool.adopt(stored))
            } else if stored.len() == len {
                // The gradient of the loss, which dfdx itself begins with.
                step(grads, pool.copy(&stored))
            } else {
                Ok(())
            }
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

/// Moves the gradient of a weight tensor out; `None` where nothing has flowed back to it.
pub(crate) fn take(grads: &mut Grads, key: &Key, len: usize) -> Result<Option<Vec<f32>>, CpuError> {
    let stored = core::mem::take(&mut **grads.get_or_alloc_mut(key)?);
    Ok((stored.len() == len).then_some(stored))
}

/// Adds `gradient` to that of `key`. Every gradient of a value is a [`Buffer`], those of weights
/// are none.
pub(crate) fn give(grads: &mut Grads, key: &Key, mut gradient: Buffer) -> Result<(), CpuError> {
    let stored = &mut **grads.get_or_alloc_mut(key)?;
    if stored.len() == gradient.data.len() {
        let present = gradient.pool.adopt(core::mem::take(stored));
        add(&mut gradient, &present);
    }
    *stored = gradient.into_vec();
    Ok(())
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
fn add(to: &mut [f32], from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(t, f)| *t += f);
}

/// Adds the gradient of a weight tensor to that of `key`.
pub(crate) fn give_weights(
    grads: &mut Grads,
    key: &Key,
    gradient: Vec<f32>,
) -> Result<(), CpuError> {
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
