//! `impulse data lint`.

use std::collections::BTreeMap;
use std::time::Instant;

use comfy_table::Cell;
use impulse_ir::diagnostic::{Code, Diagnostic, Severity, codes};
use impulse_train::inspect::Inspection;
use impulse_train::inspect::lint::{Findings, lint};
use impulse_train::inspect::suspicion::Ranking;

use super::{About, watched};
use crate::args::DataLint;
use crate::failure::{Failure, seen_from_here};
use crate::tables::{align_right, plain};
use crate::ui::{Ui, count, percent, plural, print};

/// Judges the data set.
///
/// # Errors
/// Where an error is found, or a warning with `--deny-warnings`.
pub fn run(args: &DataLint, ui: Ui) -> Result<(), Failure> {
    let started = Instant::now();
    if let Some(n) = args.threads {
        // Fails only where the pool is in use already, which nothing has done yet.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(n))
            .build_global();
    }
    let about = About::find(args.data.as_deref(), ui)?;
    let inspection = about.inspect(ui)?;
    let skip: Vec<&str> = args.skip.iter().map(String::as_str).collect();
    let found = watched(ui, "judging", |work| lint(&inspection, &skip, work));
    let mut found = found.map_err(|d| about.fail(d))?;
    for diagnostic in &mut found.diagnostics {
        if args.deny_warnings {
            diagnostic.severity = Severity::Error;
        }
    }
    seen_from_here(&mut found.diagnostics, &inspection.subject.base);
    let n = plural(inspection.recordings.len() as u64, "recording");
    ui.done(
        "looked at",
        &format!("{n} in {:.1} s", started.elapsed().as_secs_f64()),
    );
    if ui.shows_tables() {
        let shown = first_of_each(&found.diagnostics, args.limit);
        ui.diagnostics(&shown, about.source.as_ref());
        if let Some(ranking) = &found.ranking {
            worst(&inspection, ranking, args.worst, ui);
        }
        summary(&found, shown.len(), ui);
    } else {
        ui.diagnostics(&found.diagnostics, about.source.as_ref());
    }
    if !found.diagnostics.iter().any(Diagnostic::is_error) {
        return Ok(());
    }
    Err(Failure {
        source: about.source,
        diagnostics: found.diagnostics,
        is_shown: true,
    })
}

/// The first findings of each code.
fn first_of_each(all: &[Diagnostic], limit: usize) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<Code, usize> = BTreeMap::new();
    let mut is_shown = |diagnostic: &&Diagnostic| {
        let n = seen.entry(diagnostic.code).or_default();
        *n += 1;
        *n <= limit
    };
    // The list of suspicious labels is a table of its own.
    let all = all.iter().filter(|d| d.code != codes::LABEL_SUSPICIOUS);
    all.filter(|d| is_shown(d)).cloned().collect()
}

/// The recordings whose labels are least believed, and the groups with most errors.
fn worst(inspection: &Inspection, ranking: &Ranking, n: usize, ui: Ui) {
    let labels = inspection.labels();
    let mut table = plain(ui);
    table.set_header(["", "label", "heard as", "believed", "recording"]);
    for (rank, s) in ranking.suspicions.iter().take(n).enumerate() {
        let recording = &inspection.recordings[s.recording];
        let line = recording.entry.line.map(|l| format!(" (line {l})"));
        table.add_row([
            (rank + 1).to_string(),
            labels[s.label].clone(),
            labels[s.heard].clone(),
            percent(s.confidence.into()),
            format!("{}{}", recording.entry.name, line.unwrap_or_default()),
        ]);
    }
    align_right(&mut table, &[0, 3]);
    print(&format!(
        "the labels that a small network believes least, of {} that it never saw; it agrees with {}:",
        plural(ranking.suspicions.len() as u64, "recording"),
        percent(ranking.agreement())
    ));
    print(&format!("{table}\n"));
    // One or two errors of a speaker are chance.
    let groups = ranking.groups.iter().filter(|g| g.n_wrong >= 3);
    let told: Vec<String> = groups
        .take(5)
        .map(|g| format!("{} {} of {}", g.group, g.n_wrong, g.n_recordings))
        .collect();
    if !told.is_empty() {
        print(&format!(
            "groups with the largest share of other labels: {}\n",
            told.join(", ")
        ));
    }
}

/// A line for each code with the number of its findings.
fn summary(found: &Findings, n_shown: usize, ui: Ui) {
    let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
    for diagnostic in &found.diagnostics {
        *counts.entry(diagnostic.code).or_default() += 1;
    }
    let mut table = plain(ui);
    for (code, n) in counts {
        let title = codes::explain(code).map_or("", |e| e.title);
        table.add_row([
            Cell::new(code.to_string()),
            Cell::new(count(n as u64)),
            Cell::new(title),
        ]);
    }
    align_right(&mut table, &[1]);
    print(&table.to_string());
    let n = found.diagnostics.len();
    if n == 0 {
        print("nothing was found");
    } else if n_shown < n {
        print(&format!(
            "\n{n_shown} of {} are shown; `--limit` shows more, `--format concise` all",
            plural(n as u64, "finding")
        ));
    }
}
