//! Labels with few recordings, or few speakers.

use std::collections::BTreeSet;

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;

use super::super::{Inspection, Work};
use super::{about_all, median};
use crate::data::Split;

/// A label with a smaller share of the middle number is rare; with a larger multiple frequent.
const RATIO: f64 = 3.0;
/// Fewer recordings of a label are too few to learn from and to test with.
const RECORDINGS_MIN: usize = 10;
/// So many speakers are the least that says anything of others.
const GROUPS_MIN: usize = 3;

/// A warning for each label that is rare, frequent, or spoken by few.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let labels = inspection.labels();
    let mut counts = vec![0usize; labels.len()];
    let mut groups = vec![BTreeSet::new(); labels.len()];
    let mut tested = vec![0usize; labels.len()];
    for (label, recording) in inspection.labelled() {
        counts[label] += 1;
        tested[label] += usize::from(recording.split == Split::Test);
        groups[label].extend(recording.entry.group.as_deref());
    }
    let middle = median(counts.iter().map(|n| *n as f64).collect()).unwrap_or(0.0);
    let mut found = Vec::new();
    let mut say = |message: String, hint: &str| {
        found.push(about_all(inspection, codes::IMBALANCE, message).hint(hint));
    };
    for (l, name) in labels.iter().enumerate() {
        let n = counts[l];
        let recordings = if n == 1 {
            "1 recording".to_owned()
        } else {
            format!("{n} recordings")
        };
        match n {
            // That a label has none at all is told already.
            0 => continue,
            1..RECORDINGS_MIN => say(
                format!("`{name}` has {recordings}, expected at least {RECORDINGS_MIN}"),
                "record more; 50 and several speakers are a start",
            ),
            _ if (n as f64) * RATIO < middle => say(
                format!("`{name}` has {recordings}, the middle label {middle:.0}"),
                "record more of it, or say `train { class_weights balanced }`",
            ),
            _ if n as f64 > middle * RATIO => say(
                format!("`{name}` has {recordings}, the middle label {middle:.0}"),
                "leave some out, or say `train { class_weights balanced }`",
            ),
            _ => {}
        }
        if inspection.has_groups() && groups[l].len() < GROUPS_MIN {
            let n = groups[l].len();
            say(
                format!(
                    "`{name}` comes from {n} group{}, expected at least {GROUPS_MIN}",
                    if n == 1 { "" } else { "s" }
                ),
                "record more speakers: the network learns the voice along with the word",
            );
        }
        if tested[l] == 0 && inspection.recordings.iter().any(|r| r.split == Split::Test) {
            say(
                format!("`{name}` has no recording in the test split"),
                "set some aside for the test",
            );
        }
    }
    Ok(found)
}
