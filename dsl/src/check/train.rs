//! `train` and `quantize`: defaults, and what must fit the labels.

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;
use impulse_ir::network::{Network, Node};
use impulse_ir::spec::{ClassWeights, Data, Finetune, Keep, Optimizer, Quantize, Schedule, Train};

use super::Checker;
use crate::model::{self, Block};
use crate::suggest::nearest;
use crate::tree::shorten;

/// Learning rate and weight decay where no optimizer is given.
const DEFAULT: Optimizer = Optimizer::AdamW {
    learning_rate: 0.005,
    decay: 0.01,
};

/// What the check makes of `quantize`.
pub(super) fn quantize(block: Option<&Block<model::Quantize>>) -> Quantize {
    let column_scales = block.and_then(|b| b.column_scales.as_ref());
    Quantize {
        column_scales: match column_scales.map(|word| word.as_str()) {
            Some("yes") => Some(true),
            Some("no") => Some(false),
            _ => None,
        },
        finetune: match block.map(|b| (b.finetune_epochs, b.finetune.as_ref())) {
            Some((Some(epochs), _)) => Finetune::Epochs(epochs.value as usize),
            Some((None, Some(word))) if word.value == "never" => Finetune::Never,
            _ => Finetune::Auto,
        },
    }
}

impl Checker {
    pub(super) fn train(
        &mut self,
        block: Option<&Block<model::Train>>,
        data: Option<&Data>,
    ) -> Option<Train> {
        let none = Block::default();
        let block = block.unwrap_or(&none);
        let optimizer = self.optimizer(block);
        let class_weights = self.class_weights(block, data);
        if let Some(start) = &block.start {
            self.missing(start, "start");
        }
        Some(Train {
            epochs: block.epochs.map_or(100, |n| n.value as usize),
            batch: block.batch.map_or(32, |n| n.value as usize),
            optimizer: optimizer?,
            schedule: match block.schedule.as_ref().map(|s| s.as_str()) {
                Some("constant") => Schedule::Constant,
                _ => Schedule::Cosine,
            },
            warmup_epochs: block.warmup.map_or(0, |n| n.value as usize),
            mixup: block.mixup.map_or(0.0, |m| m.value as f32),
            patience_epochs: block.patience.map(|n| n.value as usize),
            class_weights: class_weights?,
            keep: match block.keep.as_ref().map(|k| k.as_str()) {
                Some("averaged") => Keep::Averaged,
                Some("best") => Keep::Best,
                _ => Keep::Last,
            },
            seed: block.seed.map_or(1, |n| n.value),
            seeds: block.seeds.map_or(1, |n| n.value as usize),
            folds: block.folds.map_or(4, |n| n.value as usize),
            start: block
                .start
                .as_ref()
                .and_then(|s| s.from.as_ref().map(|f| f.value.clone())),
            freeze: block.freeze.iter().map(|name| name.value.clone()).collect(),
        })
    }

    /// Holds the names of frozen layers against those of the network.
    pub(super) fn frozen(&mut self, block: &Block<model::Train>, network: &Network) {
        let Some(first) = block.freeze.first() else {
            return;
        };
        if block.start.is_none() {
            let message =
                "`freeze` expects `start from`: layers that keep random weights learn nothing";
            let diagnostic = Diagnostic::error(codes::CONFLICT, first.span, message);
            self.report(diagnostic.hint("add `start from \"weights.safetensors\"`"));
        }
        let with_weights = |n: &&Node| !n.kind.parameters(network.shape(n.inputs[0])).is_empty();
        let names: Vec<&str> = (network.nodes.iter().filter(with_weights))
            .map(|n| n.name.as_str())
            .collect();
        for name in &block.freeze {
            if names.contains(&name.as_str()) {
                continue;
            }
            let message = format!("no layer with weights is called `{}`", shorten(name));
            let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, name.span, message);
            self.report(match nearest(name, names.iter().copied()) {
                Some(meant) => diagnostic.fix(name.span, meant, format!("did you mean `{meant}`?")),
                None => diagnostic.hint(format!("known: {}", names.join(", "))),
            });
        }
    }

    fn optimizer(&mut self, block: &Block<model::Train>) -> Option<Optimizer> {
        for given in &block.optimizers {
            self.missing(given, &given.name);
        }
        if let [first, second, ..] = block.optimizers.as_slice() {
            let message = format!(
                "expected one optimizer, found `{}` after `{}`",
                second.name, first.name
            );
            let diagnostic = Diagnostic::error(codes::CONFLICT, second.name_span, message);
            self.report(diagnostic.hint("leave one of them out"));
            return None;
        }
        let Some(given) = block.optimizers.first() else {
            return Some(DEFAULT);
        };
        let learning_rate = given.rate?.value as f32;
        Some(match given.name.as_str() {
            "adam" => Optimizer::Adam { learning_rate },
            "sgd" => Optimizer::Sgd {
                learning_rate,
                momentum: given.momentum.map_or(0.9, |m| m.value as f32),
            },
            "rmsprop" => Optimizer::RmsProp { learning_rate },
            _ => Optimizer::AdamW {
                learning_rate,
                decay: given.decay.map_or(0.01, |d| d.value as f32),
            },
        })
    }

    fn class_weights(
        &mut self,
        block: &Block<model::Train>,
        data: Option<&Data>,
    ) -> Option<ClassWeights> {
        let Some(given) = &block.class_weights else {
            return Some(ClassWeights::Equal);
        };
        let weights = match &given.value {
            model::ClassWeights::Named(word) if word == "balanced" => {
                return Some(ClassWeights::Balanced);
            }
            model::ClassWeights::Named(_) => return Some(ClassWeights::Equal),
            model::ClassWeights::Given(weights) => weights,
        };
        let n_labels = data.map_or(weights.len(), |d| d.labels.len());
        let all_zero = weights.iter().all(|w| *w == 0.0);
        if weights.len() != n_labels || all_zero {
            let message = match weights.len() == n_labels {
                true => "`class_weights` expects at least one number above 0, found none".into(),
                false => format!(
                    "`class_weights` expects {n_labels} numbers, one per label, found {}",
                    weights.len()
                ),
            };
            self.error(codes::CLASS_WEIGHTS, given.span, message);
            return None;
        }
        Some(ClassWeights::Given(
            weights.iter().map(|w| *w as f32).collect(),
        ))
    }
}
