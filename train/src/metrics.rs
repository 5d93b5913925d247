//! How good a network is: accuracy, confusion matrix, precision, recall, F1 and ROC, of the float
//! network and of the int8 network on the device's code path, and where its errors are.

mod breakdown;
mod roc;

use impulse_ir::Diagnostic;
use impulse_ir::exec::{Float, FrontEnd, Session};
use impulse_ir::graph::Graph;
use impulse_ir::pipeline::Pipeline;
use rayon::prelude::*;

use crate::Examples;
use crate::data::{Clip, Dataset, Split};

pub use breakdown::{
    Agreement, GroupErrors, LoudnessErrors, SILENCE_DBFS, agreement, by_group, by_loudness,
    loudness_dbfs,
};
pub use roc::{Roc, RocPoint, roc};

/// What a network said of one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Index into [`Dataset::clips`].
    pub clip: usize,
    /// The clip's label.
    pub label: usize,
    /// Probability of each label; of equal ones the first wins.
    pub probabilities: Vec<f32>,
}

impl Prediction {
    /// The label with the highest probability, the first of equal ones.
    pub fn predicted(&self) -> usize {
        argmax(&self.probabilities)
    }
}

/// The figures of a network over one side of the split.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluation {
    /// Clips by label and by prediction: `confusion[label][predicted]`.
    pub confusion: Vec<Vec<usize>>,
    /// One per clip, in the order of the data set.
    pub predictions: Vec<Prediction>,
}

impl Evaluation {
    /// The figures of `predictions` over `n_labels` labels.
    pub fn new(predictions: Vec<Prediction>, n_labels: usize) -> Self {
        let mut confusion = vec![vec![0; n_labels]; n_labels];
        for p in &predictions {
            if let Some(cell) = confusion
                .get_mut(p.label)
                .and_then(|row| row.get_mut(p.predicted()))
            {
                *cell += 1;
            }
        }
        Self {
            confusion,
            predictions,
        }
    }

    /// Number of clips.
    pub fn len(&self) -> usize {
        self.confusion.iter().flatten().sum()
    }

    /// Whether there are no clips.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of clips that are classified rightly.
    pub fn n_right(&self) -> usize {
        (0..self.confusion.len())
            .map(|l| self.confusion[l][l])
            .sum()
    }

    /// Share of the clips that are classified rightly, 0..1; 0 without clips.
    pub fn accuracy(&self) -> f64 {
        share(self.n_right(), self.len())
    }

    /// Share of the clips given `label` that have it, 0..1; 0 where none is given it.
    pub fn precision(&self, label: usize) -> f64 {
        share(
            self.confusion[label][label],
            self.confusion.iter().map(|row| row[label]).sum(),
        )
    }

    /// Share of the clips of `label` that are given it, 0..1; 0 where there is none.
    pub fn recall(&self, label: usize) -> f64 {
        share(
            self.confusion[label][label],
            self.confusion[label].iter().sum(),
        )
    }

    /// Harmonic mean of precision and recall, 0..1.
    pub fn f1(&self, label: usize) -> f64 {
        let given: usize = self.confusion.iter().map(|row| row[label]).sum();
        let own: usize = self.confusion[label].iter().sum();
        share(2 * self.confusion[label][label], given + own)
    }

    /// Mean of the labels' F1, each counting the same.
    pub fn macro_f1(&self) -> f64 {
        let n = self.confusion.len();
        if n == 0 {
            0.0
        } else {
            (0..n).map(|l| self.f1(l)).sum::<f64>() / n as f64
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// Index of the largest value, the first of equal ones; 0 of none.
pub fn argmax(values: &[f32]) -> usize {
    let mut best = 0;
    for (i, v) in values.iter().enumerate() {
        if *v > values[best] {
            best = i;
        }
    }
    best
}

/// Features of one side, without augmentation, in the order of the data set.
pub fn examples(set: &Dataset, split: Split, front_end: &FrontEnd) -> Examples {
    let clips = set.indices(split);
    let features: Vec<Vec<f32>> = clips
        .par_iter()
        .map(|&clip| {
            let mut out = Vec::with_capacity(front_end.len());
            set.features(clip, front_end, &mut out);
            out
        })
        .collect();
    Examples {
        features: features.concat(),
        labels: clips.iter().map(|&c| set.clips[c].label).collect(),
    }
}

/// Runs the float network over one side.
///
/// # Errors
/// Those of [`Float::new`].
pub fn evaluate_float(
    graph: &Graph,
    set: &Dataset,
    split: Split,
    front_end: &FrontEnd,
) -> Result<Evaluation, Diagnostic> {
    let network = Float::new(graph)?;
    let predictions = set
        .indices(split)
        .into_par_iter()
        .map(|clip| {
            let mut features = Vec::with_capacity(front_end.len());
            set.features(clip, front_end, &mut features);
            Prediction {
                clip,
                label: set.clips[clip].label,
                probabilities: network.run(&features),
            }
        })
        .collect();
    Ok(Evaluation::new(predictions, set.labels.len()))
}

/// Runs the int8 network over one side, samples in, probabilities out, by the device's code.
///
/// # Errors
/// Those of [`Session::new`].
pub fn evaluate_int8(
    pipeline: &Pipeline,
    set: &Dataset,
    split: Split,
) -> Result<Evaluation, Diagnostic> {
    let clips = set.indices(split);
    // One session per share of the clips: a session has state, and making one is not free.
    let n_shares = rayon::current_num_threads().max(1);
    let parts: Result<Vec<Vec<Prediction>>, Diagnostic> = clips
        .par_chunks(clips.len().div_ceil(n_shares).max(1))
        .map(|part| {
            let mut session = Session::new(pipeline)?;
            let predict = |&clip: &usize| {
                let Clip { label, samples, .. } = &set.clips[clip];
                Prediction {
                    clip,
                    label: *label,
                    probabilities: session.classify(samples).probabilities,
                }
            };
            Ok(part.iter().map(predict).collect())
        })
        .collect();
    Ok(Evaluation::new(parts?.concat(), set.labels.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evaluation(pairs: &[(usize, usize)], n: usize) -> Evaluation {
        let predict = |(clip, &(label, predicted)): (usize, &(usize, usize))| {
            let mut probabilities = vec![0.0; n];
            probabilities[predicted] = 1.0;
            Prediction {
                clip,
                label,
                probabilities,
            }
        };
        Evaluation::new(pairs.iter().enumerate().map(predict).collect(), n)
    }

    #[test]
    fn figures_of_a_small_matrix() {
        // Label 0: 3 of 4 found; label 1: 1 of 2 found, and given once too often.
        let e = evaluation(&[(0, 0), (0, 0), (0, 0), (0, 1), (1, 1), (1, 2), (2, 2)], 3);
        assert_eq!(e.confusion, [[3, 1, 0], [0, 1, 1], [0, 0, 1]]);
        assert_eq!((e.len(), e.n_right()), (7, 5));
        assert!((e.accuracy() - 5.0 / 7.0).abs() < 1e-12);
        assert_eq!((e.precision(0), e.recall(0)), (1.0, 0.75));
        assert!((e.f1(0) - 6.0 / 7.0).abs() < 1e-12);
        assert_eq!((e.precision(1), e.recall(1), e.f1(1)), (0.5, 0.5, 0.5));
        assert!((e.macro_f1() - (6.0 / 7.0 + 0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_no_division_by_zero() {
        let e = evaluation(&[], 2);
        assert_eq!(
            (
                e.accuracy(),
                e.precision(0),
                e.recall(0),
                e.f1(1),
                e.macro_f1()
            ),
            (0.0, 0.0, 0.0, 0.0, 0.0)
        );
        assert_eq!(Evaluation::new(Vec::new(), 0).macro_f1(), 0.0);
    }

    #[test]
    fn the_first_of_equal_probabilities_wins() {
        assert_eq!(
            (
                argmax(&[0.2, 0.4, 0.4]),
                argmax(&[f32::NAN, 0.1]),
                argmax(&[])
            ),
            (1, 0, 0)
        );
    }
}
