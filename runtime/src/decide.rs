//! Decision logic: from the scores of successive windows to "this label, now".
//!
//! The scores of the last results are averaged; the label with the highest average is reported
//! when that reaches the threshold, and nothing more is reported for a while. All in integers.

/// What does not change.
#[derive(Clone, Copy, Debug)]
pub struct Decide<'t> {
    /// Labels, as many as scores.
    pub n_labels: usize,
    /// Results that are averaged, at least 1.
    pub average_results: usize,
    /// Results after a report during which nothing is reported.
    pub suppress_results: usize,
    /// The smallest sum of `average_results` scores that reports a label.
    pub sum_min: i32,
    /// `[n_labels]`: labels that are never reported.
    pub ignore: &'t [bool],
}

/// What does change, apart from the history. The C structure `impulse_decide_state` has the same
/// fields in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct DecideState {
    /// The row of the history that the next scores are stored in.
    next: u32,
    /// Rows of the history that hold scores.
    count: u32,
    /// Results to come during which nothing is reported.
    suppressed: u32,
}

impl DecideState {
    /// Before the first result.
    pub const fn new() -> Self {
        Self {
            next: 0,
            count: 0,
            suppressed: 0,
        }
    }
}

impl Default for DecideState {
    fn default() -> Self {
        Self::new()
    }
}

impl Decide<'_> {
    /// Length of the history, `[average_results, n_labels]`.
    pub const fn history_len(&self) -> usize {
        self.average_results * self.n_labels
    }

    /// Takes the `scores` of one result (`[n_labels]`) into `history` (`[history_len]`), writes
    /// the averages so far to `average` (`[n_labels]`, rounded to nearest, halves up) and returns
    /// the label that is to be reported, if any.
    pub fn push(
        &self,
        state: &mut DecideState,
        history: &mut [i8],
        scores: &[i8],
        average: &mut [i8],
    ) -> Option<usize> {
        let start = state.next as usize * self.n_labels;
        history[start..start + self.n_labels].copy_from_slice(&scores[..self.n_labels]);
        state.next = if state.next as usize + 1 == self.average_results {
            0
        } else {
            state.next + 1
        };
        if (state.count as usize) < self.average_results {
            state.count += 1;
        }
        let count = state.count as i32;
        let mut best = (0, i32::MIN);
        for label in 0..self.n_labels {
            // Before the history is full its rows from the first on are those in use.
            let rows = history
                .chunks_exact(self.n_labels)
                .take(state.count as usize);
            let sum: i32 = rows.map(|row| i32::from(row[label])).sum();
            average[label] = (2 * sum + count).div_euclid(2 * count) as i8;
            if sum > best.1 {
                best = (label, sum);
            }
        }
        self.judge(state, best)
    }

    /// Whether the best label is reported.
    fn judge(&self, state: &mut DecideState, (label, sum): (usize, i32)) -> Option<usize> {
        if state.suppressed > 0 {
            state.suppressed -= 1;
            return None;
        }
        let full = state.count as usize == self.average_results;
        if !full || sum < self.sum_min || self.ignore[label] {
            return None;
        }
        state.suppressed = self.suppress_results as u32;
        Some(label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels reported on successive scores.
    fn reports<const N: usize>(decide: &Decide, results: [[i8; 3]; N]) -> [Option<usize>; N] {
        let mut state = DecideState::new();
        let mut history = [99i8; 64];
        results.map(|scores| {
            decide.push(
                &mut state,
                &mut history[..decide.history_len()],
                &scores,
                &mut [0; 3],
            )
        })
    }

    const DECIDE: Decide = Decide {
        n_labels: 3,
        average_results: 2,
        suppress_results: 2,
        sum_min: 100,
        ignore: &[false, false, true],
    };

    #[test]
    fn waits_for_a_full_history_and_then_suppresses() {
        let loud = [127, -128, -128];
        assert_eq!(
            reports(&DECIDE, [loud; 6]),
            [None, Some(0), None, None, Some(0), None]
        );
    }

    #[test]
    fn the_average_counts() {
        let results = [
            [127, 0, 0],
            [-28, 0, 0],
            [127, 0, 0],
            [0, 50, 49],
            [0, 50, 50],
        ];
        assert_eq!(reports(&DECIDE, results), [None, None, None, Some(0), None]);
        assert_eq!(reports(&DECIDE, [[0, 50, 49]; 2]), [None, Some(1)]);
    }

    #[test]
    fn ties_go_to_the_lower_index_and_ignored_labels_stay_silent() {
        assert_eq!(reports(&DECIDE, [[90, 90, 90]; 2]), [None, Some(0)]);
        assert_eq!(reports(&DECIDE, [[90, 90, 91]; 2]), [None, None]);
    }

    #[test]
    fn averages_are_rounded_to_nearest() {
        let mut state = DecideState::new();
        let (mut history, mut average) = ([0i8; 6], [0i8; 3]);
        DECIDE.push(&mut state, &mut history, &[5, -5, -128], &mut average);
        assert_eq!(average, [5, -5, -128]);
        DECIDE.push(&mut state, &mut history, &[6, -6, -128], &mut average);
        assert_eq!(average, [6, -5, -128]);
    }
}
