//! Quantization-aware fine-tuning: a float network learns to live with the rounding of its int8
//! form.
//!
//! The float graph that is quantized, with batch normalizations folded and activations fused,
//! becomes a trainable network again ([`network`]). In each step its weights are rounded as
//! quantization rounds them, and each value to the steps that calibration gave it; gradients pass
//! the rounding as if it were not there, and the unrounded weights are stepped (Jacob and others,
//! 2018). Everything else is as in training: [`crate::fit()`] does it.

mod network;
#[cfg(test)]
mod tests;

use core::sync::atomic::AtomicBool;

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::graph::{Graph, TensorData};
use impulse_ir::spec::{Finetune, Keep, Optimizer, Schedule, Train};
use impulse_ir::weights::Weights;

use crate::fit::{EpochReport, Examples, Options, Stopped, TrainingSet, fit_with};
use network::Trainable;

/// Loss of accuracy, as a share of the clips, from which on `finetune auto` acts.
const LOSS_MIN: f64 = 0.005;
/// Epochs of `finetune auto`.
const EPOCHS: usize = 10;
/// Its learning rate, as a share of the training's.
const RATE: f32 = 0.1;

/// How many epochs a network is to be fine-tuned whose accuracy is `float` and `int8`, as shares of
/// clips that are not the test's.
pub fn epochs(finetune: Finetune, float: f64, int8: f64) -> usize {
    match finetune {
        Finetune::Auto if float - int8 > LOSS_MIN => EPOCHS,
        Finetune::Auto | Finetune::Never => 0,
        Finetune::Epochs(n) => n,
    }
}

/// The float graph `float` after so many epochs of fine-tuning to the ranges of `int8`, which is
/// its quantized form; `None` where an operator of it does not train, or where it was asked to
/// stop.
///
/// # Errors
/// Those of [`crate::fit()`].
#[allow(clippy::too_many_arguments, reason = "those of `fit` and two graphs")]
pub fn finetune(
    [float, int8]: [&Graph; 2],
    settings: &Train,
    epochs: usize,
    n_labels: usize,
    train: &dyn TrainingSet,
    options: Options<'_>,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&EpochReport),
) -> Result<Option<Graph>, Diagnostic> {
    let Some(trainable) = Trainable::new(float, int8) else {
        return Ok(None);
    };
    let settings = Train {
        epochs,
        optimizer: slower(settings.optimizer),
        schedule: Schedule::Cosine,
        warmup_epochs: 0,
        patience_epochs: None,
        keep: Keep::Last,
        seeds: 1,
        ..settings.clone()
    };
    let options = Options {
        start: Some(&trainable.weights),
        steps: Some(&trainable.steps),
        checkpoints: match options.checkpoints {
            Some(checkpoints) => Some(checkpoints),
            None => None,
        },
        key: options.key,
    };
    let fitted = fit_with(
        &trainable.network,
        &settings,
        n_labels,
        train,
        &Examples::default(),
        options,
        stop,
        progress,
    )?;
    if fitted.stopped == Stopped::Asked {
        return Ok(None);
    }
    Ok(Some(with_weights(float, &trainable, &fitted.weights)))
}

fn slower(optimizer: Optimizer) -> Optimizer {
    match optimizer {
        Optimizer::Adam { learning_rate } => Optimizer::Adam {
            learning_rate: learning_rate * RATE,
        },
        // Decay is for what has not learned yet.
        Optimizer::AdamW { learning_rate, .. } => Optimizer::Adam {
            learning_rate: learning_rate * RATE,
        },
        Optimizer::Sgd {
            learning_rate,
            momentum,
        } => Optimizer::Sgd {
            learning_rate: learning_rate * RATE,
            momentum,
        },
        Optimizer::RmsProp { learning_rate } => Optimizer::RmsProp {
            learning_rate: learning_rate * RATE,
        },
    }
}

/// `float` with the weights that were learned.
fn with_weights(float: &Graph, trainable: &Trainable, weights: &Weights) -> Graph {
    let mut graph = float.clone();
    for (name, id) in &trainable.tensors {
        if let Some(tensor) = weights.get(name) {
            graph.tensors[*id].data = Some(TensorData::F32(tensor.data.clone()));
        }
    }
    graph
}
