//! A speaker on both sides of the split.

use std::collections::BTreeMap;

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Severity};

use super::super::{Inspection, Recording, Work};
use super::about;
use crate::data::Split;

/// An error for each group with recordings in the test and elsewhere, a warning for one in
/// training and validation.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    let mut groups: BTreeMap<&str, Vec<&Recording>> = BTreeMap::new();
    for (_, recording) in inspection.labelled() {
        if let Some(group) = &recording.entry.group {
            groups.entry(group).or_default().push(recording);
        }
    }
    Ok(groups
        .iter()
        .filter_map(|(name, all)| divided(name, all))
        .collect())
}

fn divided(name: &str, all: &[&Recording]) -> Option<Diagnostic> {
    let on = |side| all.iter().filter(|r| r.split == side).count();
    let [train, validation, test] = [Split::Train, Split::Validation, Split::Test].map(on);
    let sides = [
        (train, "training"),
        (validation, "validation"),
        (test, "test"),
    ];
    let counted: Vec<String> = sides
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, side)| format!("{n} in {side}"))
        .collect();
    if counted.len() < 2 {
        return None;
    }
    // The side with fewer recordings is the one that is quicker to mend.
    let fewest = sides
        .iter()
        .zip([Split::Train, Split::Validation, Split::Test]);
    let (_, side) = fewest
        .filter(|((n, _), _)| *n > 0)
        .min_by_key(|((n, _), _)| *n)?;
    let first = all.iter().find(|r| r.split == side)?;
    let message = format!(
        "expected `{name}` on one side of the split, found {}",
        counted.join(", ")
    );
    let mut diagnostic = about(first, codes::LEAK_GROUP, message);
    if test > 0 {
        diagnostic.severity = Severity::Error;
    }
    let lines: Vec<String> = all
        .iter()
        .filter(|r| r.split == side)
        .filter_map(|r| r.entry.line)
        .take(5)
        .map(|line| line.to_string())
        .collect();
    Some(diagnostic.hint(match lines.as_slice() {
        [] => "move all its recordings to one side, or let the split be made by groups".to_owned(),
        lines => format!(
            "give all its recordings one side in the column `split`, as in line {} of the manifest",
            lines.join(", ")
        ),
    }))
}
