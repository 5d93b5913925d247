//! Receiver operating characteristics, one label against all others (Fawcett, "An introduction to
//! ROC analysis", 2006).

use super::Evaluation;

/// A point of a ROC curve: what holds when every clip with at least this probability is given the
/// label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RocPoint {
    /// The least probability; infinite where no clip is given the label.
    pub threshold: f32,
    /// Share of the other labels' clips that are given it, 0..1.
    pub false_positive_rate: f64,
    /// Share of the label's own clips that are given it, 0..1.
    pub true_positive_rate: f64,
}

/// The ROC curve of a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Roc {
    /// From (0, 0) to (1, 1); points on a straight line between their neighbours are left out.
    pub points: Vec<RocPoint>,
    /// Area under the curve, 0..1: how often a clip of the label has a higher probability than a
    /// clip of another one, equal ones counting half.
    pub auc: f64,
}

/// The ROC curve of `label`; `None` where no clip has the label, or all of them have.
///
/// Clips of equal probability are taken together, so the curve does not depend on their order.
pub fn roc(of: &Evaluation, label: usize) -> Option<Roc> {
    let mut scored: Vec<(f32, bool)> = of
        .predictions
        .iter()
        .filter_map(|p| Some((*p.probabilities.get(label)?, p.label == label)))
        .collect();
    let n_own = scored.iter().filter(|(_, own)| *own).count() as u64;
    let n_other = scored.len() as u64 - n_own;
    if n_own == 0 || n_other == 0 {
        return None;
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    // Counts, so that the area is exact: (probability, others so far, own ones so far).
    let mut corners = vec![(f32::INFINITY, 0u64, 0u64)];
    let mut twice_area = 0u128;
    let (mut others, mut own) = (0, 0);
    for tied in scored.chunk_by(|a, b| a.0 == b.0) {
        let n = tied.iter().filter(|(_, own)| *own).count() as u64;
        let (others_before, own_before) = (others, own);
        own += n;
        others += tied.len() as u64 - n;
        twice_area += u128::from(others - others_before) * u128::from(own + own_before);
        add_corner(&mut corners, (tied[0].0, others, own));
    }
    let point = |(threshold, others, own): (f32, u64, u64)| RocPoint {
        threshold,
        false_positive_rate: others as f64 / n_other as f64,
        true_positive_rate: own as f64 / n_own as f64,
    };
    Some(Roc {
        points: corners.into_iter().map(point).collect(),
        auc: twice_area as f64 / (2.0 * n_own as f64 * n_other as f64),
    })
}

/// Appends a corner, and takes the one before it away where it lies on the way.
fn add_corner(corners: &mut Vec<(f32, u64, u64)>, next: (f32, u64, u64)) {
    if let [.., a, b] = corners.as_slice() {
        let cross = |x: u64, y: u64| u128::from(x) * u128::from(y);
        if cross(b.1 - a.1, next.2 - b.2) == cross(next.1 - b.1, b.2 - a.2) {
            corners.pop();
        }
    }
    corners.push(next);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Prediction;

    /// Two labels; each pair is (the clip's label, the probability of label 1).
    fn evaluation(clips: &[(usize, f32)]) -> Evaluation {
        let predictions = clips
            .iter()
            .enumerate()
            .map(|(clip, &(label, p))| Prediction {
                clip,
                label,
                probabilities: vec![1.0 - p, p],
            });
        Evaluation::new(predictions.collect(), 2)
    }

    fn rates(roc: &Roc) -> Vec<(f64, f64)> {
        let points = roc.points.iter();
        points
            .map(|p| (p.false_positive_rate, p.true_positive_rate))
            .collect()
    }

    #[test]
    fn a_perfect_and_a_useless_and_an_inverted_score() {
        let perfect = roc(&evaluation(&[(1, 0.9), (1, 0.8), (0, 0.3), (0, 0.1)]), 1).unwrap();
        assert_eq!(perfect.auc, 1.0);
        assert_eq!(rates(&perfect), [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]);
        assert_eq!(perfect.points[1].threshold, 0.8);
        let useless = roc(&evaluation(&[(1, 0.5), (0, 0.5), (1, 0.5)]), 1).unwrap();
        assert_eq!(useless.auc, 0.5);
        assert_eq!(rates(&useless), [(0.0, 0.0), (1.0, 1.0)]);
        let inverted = roc(&evaluation(&[(1, 0.1), (0, 0.9)]), 1).unwrap();
        assert_eq!(inverted.auc, 0.0);
    }

    #[test]
    fn the_area_is_the_share_of_pairs_in_order_with_ties_as_halves() {
        let clips = [
            (1, 0.9),
            (0, 0.8),
            (1, 0.8),
            (1, 0.4),
            (0, 0.4),
            (0, 0.2),
            (0, 0.8),
        ];
        let found = roc(&evaluation(&clips), 1).unwrap();
        let (mut sum, mut pairs) = (0.0, 0.0);
        for (_, own) in clips.iter().filter(|c| c.0 == 1) {
            for (_, other) in clips.iter().filter(|c| c.0 == 0) {
                pairs += 1.0;
                sum += match own.total_cmp(other) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        assert!((found.auc - sum / pairs).abs() < 1e-12, "{}", found.auc);
        // The same clips in another order are the same curve.
        let mut turned = clips;
        turned.reverse();
        assert_eq!(roc(&evaluation(&turned), 1), Some(found));
    }

    #[test]
    fn without_clips_on_both_sides_there_is_no_curve() {
        assert_eq!(roc(&evaluation(&[]), 0), None);
        assert_eq!(roc(&evaluation(&[(1, 0.3)]), 1), None);
        assert_eq!(roc(&evaluation(&[(1, 0.3), (0, 0.4)]), 7), None);
    }
}
