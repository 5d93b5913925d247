//! The operators on the tape, one file each: forward over a batch, and the backward step.
//!
//! Values are `[clips, …, channels]` as in [`impulse_ir::network`], weights in TFLite's order.
//! Sums run in a fixed order and never through fused multiply-adds, so results are the same bits
//! on every CPU and for any number of threads.

pub(crate) mod activation;
pub(crate) mod add;
pub(crate) mod avg_pool;
pub(crate) mod batch_norm;
pub(crate) mod conv2d;
pub(crate) mod dense;
pub(crate) mod depthwise_conv2d;
pub(crate) mod dropout;
pub(crate) mod fake_quant;
pub(crate) mod linear;
pub(crate) mod matmul;
pub(crate) mod max_pool;
pub(crate) mod relu;
pub(crate) mod reshape;
pub(crate) mod softmax;
pub(crate) mod window;

use rand_chacha::ChaCha8Rng;

use crate::random::{Purpose, stream};

/// Where the random numbers of a batch come from.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    /// Seed of the run.
    pub seed: u64,
    /// Epoch, counted from 0.
    pub epoch: usize,
    /// Indices of the batch's clips in the training set.
    pub clips: Vec<usize>,
}

impl Draws {
    /// The numbers for clip `clip` of the batch at layer `node`.
    pub fn dropout(&self, clip: usize, node: usize) -> ChaCha8Rng {
        stream(
            self.seed,
            Purpose::Dropout {
                epoch: self.epoch,
                clip: self.clips[clip],
            },
            node,
        )
    }
}
