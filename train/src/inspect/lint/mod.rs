//! What is doubtful in a data set: one lint a file, run in the order of [`LINTS`].
//!
//! A lint that makes reported figures wrong (a speaker or a sound on both sides of the split, a
//! sound with two labels) gives errors, the others warnings. Thresholds stand at the top of each
//! file; where a label may well be silence or a steady noise, a recording is held against the
//! others of its label and not against a rule.

mod balance;
mod clipping;
mod confound;
mod cut_off;
mod dc_offset;
mod duplicates;
mod gap;
mod groups;
mod labels;
mod leakage;
mod length;
mod padding;
mod rate;
mod silence;

use impulse_ir::{Diagnostic, Place, Severity};

use super::suspicion::{self, Ranking};
use super::{Inspection, Recording, Work};
use impulse_ir::diagnostic::Code;

/// A lint.
pub struct Lint {
    /// What it is called on the command line.
    pub name: &'static str,
    check: fn(&Inspection, Work<'_>) -> Result<Vec<Diagnostic>, Diagnostic>,
}

/// All lints, in the order in which their findings are told.
pub const LINTS: &[Lint] = &[
    Lint {
        name: "leakage",
        check: leakage::check,
    },
    Lint {
        name: "groups",
        check: groups::check,
    },
    Lint {
        name: "duplicates",
        check: duplicates::check,
    },
    Lint {
        name: "silence",
        check: silence::check,
    },
    Lint {
        name: "clipping",
        check: clipping::check,
    },
    Lint {
        name: "dc_offset",
        check: dc_offset::check,
    },
    Lint {
        name: "gap",
        check: gap::check,
    },
    Lint {
        name: "cut_off",
        check: cut_off::check,
    },
    Lint {
        name: "padding",
        check: padding::check,
    },
    Lint {
        name: "rate",
        check: rate::check,
    },
    Lint {
        name: "length",
        check: length::check,
    },
    Lint {
        name: "balance",
        check: balance::check,
    },
    Lint {
        name: "confound",
        check: confound::check,
    },
];

/// The last and longest of them: it trains a network.
pub const LABELS: &str = "labels";

/// What the lints are called.
pub fn names() -> impl Iterator<Item = &'static str> {
    LINTS.iter().map(|lint| lint.name).chain([LABELS])
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Errors and warnings: what is wrong with the recordings themselves, then lint by lint, within
    /// a lint in the order of the recordings' names.
    pub diagnostics: Vec<Diagnostic>,
    /// All recordings by how little a network believes their labels; `None` where it was not asked,
    /// or had too little to learn from.
    pub ranking: Option<Ranking>,
}

/// Runs every lint but those named in `skip`.
///
/// # Errors
/// Where `work` was stopped.
pub fn lint(
    inspection: &Inspection,
    skip: &[&str],
    work: Work<'_>,
) -> Result<Findings, Diagnostic> {
    let mut diagnostics = inspection.problems.clone();
    diagnostics.extend(inspection.warnings.iter().cloned());
    for lint in LINTS.iter().filter(|l| !skip.contains(&l.name)) {
        work.go_on()?;
        diagnostics.extend((lint.check)(inspection, work)?);
    }
    let ranking = match skip.contains(&LABELS) {
        true => None,
        false => suspicion::rank(inspection, work)?,
    };
    if let Some(ranking) = &ranking {
        diagnostics.extend(labels::findings(inspection, ranking));
    }
    Ok(Findings {
        diagnostics,
        ranking,
    })
}

/// What a lint says of one recording.
fn about(recording: &Recording, code: Code, message: String) -> Diagnostic {
    let place = Place::File {
        path: recording.entry.shown.clone(),
        line: None,
    };
    Diagnostic::new(code, Severity::Warning, place, message)
}

/// What a lint says of the data set.
fn about_all(inspection: &Inspection, code: Code, message: String) -> Diagnostic {
    let place = Place::File {
        path: inspection.subject.data.path.clone().into(),
        line: None,
    };
    Diagnostic::new(code, Severity::Warning, place, message)
}

/// A recording where a message mentions it: its name, and its line of the manifest.
fn mention(recording: &Recording) -> String {
    match recording.entry.line {
        Some(line) => format!("`{}` (line {line})", recording.entry.name),
        None => format!("`{}`", recording.entry.name),
    }
}

/// The middle of `values` for each label; `None` where a label has none.
fn medians(inspection: &Inspection, value: impl Fn(&Recording) -> f64) -> Vec<Option<f64>> {
    let mut of_label = vec![Vec::new(); inspection.labels().len()];
    for (label, recording) in inspection.labelled() {
        of_label[label].push(value(recording));
    }
    of_label.into_iter().map(median).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn milliseconds(n_samples: usize, rate_hz: u32) -> f64 {
    n_samples as f64 * 1e3 / f64::from(rate_hz.max(1))
}

#[cfg(test)]
mod tests;
