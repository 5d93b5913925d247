//! Names that tell who spoke, where nothing keeps a speaker's recordings together.

use std::collections::BTreeMap;

use impulse_ir::Diagnostic;
use impulse_ir::diagnostic::codes;
use regex::Regex;

use super::super::{GROUP_COLUMNS, Inspection, Work};
use super::about_all;
use crate::data::listing;

/// Patterns of file names whose first part is a speaker: that of Speech Commands, and a word for a
/// person with a number or name.
const PATTERNS: [&str; 2] = [
    "^([0-9a-f]+)_nohash",
    "^((?:speaker|spk|subject|subj|person|user)[-_]?[0-9A-Za-z]+)[-_.]",
];
/// So large a share of the names must match.
const SHARE_MIN: f64 = 0.5;

/// A warning where groups could be told and are not.
pub fn check(inspection: &Inspection, _: Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic> {
    if inspection.has_groups() || inspection.split_is_given {
        return Ok(Vec::new());
    }
    let data = &inspection.subject.data;
    let columns = listing::columns(&inspection.subject.base.join(&data.path));
    if let Some(column) = GROUP_COLUMNS
        .iter()
        .find(|name| columns.iter().any(|c| c == *name))
    {
        let message = format!(
            "the manifest has a column `{column}`, but the split does not keep its groups together"
        );
        let hint = format!("say `group column \"{column}\"` in `data`");
        return Ok(vec![
            about_all(inspection, codes::UNGROUPED, message).hint(hint),
        ]);
    }
    let found = PATTERNS
        .iter()
        .filter_map(|pattern| named(inspection, pattern));
    Ok(found.take(1).collect())
}

fn named(inspection: &Inspection, pattern: &str) -> Option<Diagnostic> {
    let regex = Regex::new(pattern).ok()?;
    let mut groups: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let (mut n_named, mut n_all) = (0, 0);
    for (_, recording) in inspection.labelled() {
        let name = &recording.entry.name;
        let file = name.rsplit('/').next().unwrap_or(name);
        n_all += 1;
        if let Some(group) = regex.captures(file).and_then(|c| c.get(1)) {
            n_named += 1;
            groups
                .entry(group.as_str().to_owned())
                .or_default()
                .push(recording.split);
        }
    }
    let several = groups.values().any(|sides| sides.len() > 1);
    if f64::from(n_named) < SHARE_MIN * f64::from(n_all) || !several {
        return None;
    }
    let divided = groups
        .values()
        .filter(|sides| sides.iter().any(|s| s != &sides[0]))
        .count();
    let message = format!(
        "the file names tell {} speakers, but the split does not keep them together: {divided} of them on more than one side",
        groups.len()
    );
    Some(
        about_all(inspection, codes::UNGROUPED, message)
            .hint(format!("say `group filename /{pattern}/` in `data`")),
    )
}
