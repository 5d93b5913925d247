//! Training: from a network and clips to weights.
//!
//! [`fit`] holds the loop over epochs; one step over a batch is [`crate::step`], the network on the
//! tape [`crate::model`]. The same network, clips and seed give the same weights to the bit,
//! whatever the number of threads and the CPU.

use core::sync::atomic::AtomicBool;

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::network::Network;
use impulse_ir::spec::Train;
use impulse_ir::weights::Weights;

/// Clips that a network learns from. The features of a clip may differ from epoch to epoch
/// (augmentation) and must depend on nothing but `(epoch, i)`: they are asked for from several
/// threads in no particular order.
pub trait TrainingSet: Sync {
    /// Number of clips.
    fn len(&self) -> usize;

    /// Whether there are no clips.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Index of the label of clip `i`.
    fn label(&self, i: usize) -> usize;

    /// Writes the features of clip `i` in epoch `epoch` (counted from 0) to `out`, whose length is
    /// the number of values of the network's input.
    fn features(&self, epoch: usize, i: usize, out: &mut [f32]);
}

/// Clips with fixed features: a validation or test split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examples {
    /// Features, clip after clip: `[labels.len(), values of the network's input]`.
    pub features: Vec<f32>,
    /// Index of each clip's label.
    pub labels: Vec<usize>,
}

impl Examples {
    /// Number of clips.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no clips.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

impl TrainingSet for Examples {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn label(&self, i: usize) -> usize {
        self.labels[i]
    }

    fn features(&self, _epoch: usize, i: usize, out: &mut [f32]) {
        let start = i * out.len();
        out.copy_from_slice(&self.features[start..start + out.len()]);
    }
}

/// How an epoch went.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    /// Epoch, counted from 1.
    pub epoch: usize,
    /// Mean loss over the training clips while they were learned from.
    pub loss: f32,
    /// Share of the training clips classified rightly, 0..1, while they were learned from.
    pub accuracy: f32,
    /// Mean loss over the validation clips after the epoch; `None` without validation clips. With
    /// `keep averaged` it is that of the averaged weights.
    pub validation_loss: Option<f32>,
    /// Share of the validation clips classified rightly, 0..1.
    pub validation_accuracy: Option<f32>,
    /// Learning rate of the epoch's last step.
    pub learning_rate: f32,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All epochs done.
    Finished,
    /// No lower validation loss for as many epochs as `patience` allows.
    Patience,
    /// The caller's stop flag was set.
    Asked,
}

/// What training made.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The weights kept (`keep last | averaged | best`).
    pub weights: Weights,
    /// A report for each whole epoch.
    pub history: Vec<EpochReport>,
    /// Why training ended.
    pub stopped: Stopped,
    /// Epoch of the weights kept, counted from 1; 0 before the first whole epoch.
    pub kept_epoch: usize,
}

/// Trains `network` on `train`, asking `progress` to listen after each epoch.
///
/// The network's output is `[n_labels]`; where it ends in a softmax, the loss is computed on the
/// softmax's input. `stop` is looked at between batches: once set, training ends with the weights
/// there are.
///
/// # Errors
/// E0801 where network, labels and clips do not fit together, E0802 where the loss stops being a
/// number.
#[expect(clippy::too_many_arguments, reason = "network, data and the two ways to talk to the caller")]
pub fn fit(
    network: &Network,
    settings: &Train,
    n_labels: usize,
    train: &dyn TrainingSet,
    validation: &Examples,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&EpochReport),
) -> Result<Fitted, Diagnostic> {
    let _ = (network, settings, n_labels, train, validation, stop, progress);
    Err(Diagnostic::general(impulse_ir::Code(801), "this build cannot train yet"))
}

/// The network's outputs for `features`, any number of clips one after the other:
/// `[clips, values of the output]`.
///
/// # Errors
/// E0801 where weights or features do not fit the network.
pub fn predict(network: &Network, weights: &Weights, features: &[f32]) -> Result<Vec<f32>, Diagnostic> {
    let _ = (network, weights, features);
    Err(Diagnostic::general(impulse_ir::Code(801), "this build cannot train yet"))
}
