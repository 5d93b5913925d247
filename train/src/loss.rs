//! The weight of each class in the loss.

use impulse_ir::diagnostic::Diagnostic;
use impulse_ir::spec::ClassWeights;

use crate::model::unfit;

/// The weight of each label; `labels` are those of the training clips. Balanced weights are
/// inverse to a label's number of clips, with a mean of 1 over the clips.
///
/// # Errors
/// E0801 where the weights given are not one finite number, at least 0, per label.
pub(crate) fn class_weights(
    rule: &ClassWeights,
    n_labels: usize,
    labels: impl Iterator<Item = usize>,
) -> Result<Vec<f32>, Diagnostic> {
    match rule {
        ClassWeights::Equal => Ok(vec![1.0; n_labels]),
        ClassWeights::Balanced => {
            let mut counts = vec![0u32; n_labels];
            labels.for_each(|label| counts[label] += 1);
            let present = counts.iter().filter(|n| **n > 0).count() as f32;
            let total = counts.iter().sum::<u32>() as f32;
            Ok(counts
                .iter()
                .map(|n| {
                    if *n > 0 {
                        total / (present * *n as f32)
                    } else {
                        0.0
                    }
                })
                .collect())
        }
        ClassWeights::Given(weights) if weights.len() != n_labels => Err(unfit(format!(
            "expected {n_labels} class weights, found {}",
            weights.len()
        ))
        .hint("give one weight per label, in the order of the labels")),
        ClassWeights::Given(weights) => {
            match weights.iter().find(|w| !(w.is_finite() && **w >= 0.0)) {
                Some(w) => Err(unfit(format!(
                    "expected class weights of at least 0, found {w}"
                ))),
                None => Ok(weights.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_weights_undo_the_counts() -> Result<(), Diagnostic> {
        let labels = [0, 0, 0, 1, 2, 2];
        let weights = class_weights(&ClassWeights::Balanced, 4, labels.into_iter())?;
        assert_eq!(weights, [6.0 / 9.0, 2.0, 1.0, 0.0]);
        let mean = labels.iter().map(|l| weights[*l]).sum::<f32>() / 6.0;
        assert!((mean - 1.0).abs() < 1e-6);
        Ok(())
    }

    #[test]
    fn given_weights_must_fit_the_labels() {
        let given = |weights: &[f32]| {
            class_weights(&ClassWeights::Given(weights.to_vec()), 2, [].into_iter())
        };
        assert!(given(&[1.0, 2.0]).is_ok());
        assert!(given(&[1.0]).is_err());
        assert!(given(&[1.0, -1.0]).is_err());
        assert!(given(&[1.0, f32::NAN]).is_err());
    }
}
