//! `impulse data split`: which recordings are on which side.

use std::path::Path;

use comfy_table::Cell;
use impulse_ir::diagnostic::{Diagnostic, codes};
use impulse_train::data::manifest::{self, Row};
use impulse_train::inspect::Inspection;
use impulse_train::inspect::stats::{Figures, stats};
use serde_json::{Value, json};

use super::{About, write};
use crate::args::{DataSplit, TableFormat};
use crate::failure::{Failure, seen_from_here};
use crate::tables::{align_right, plain};
use crate::ui::{Ui, count, plural, print};

/// Shows the split, and writes it as a manifest where that is asked for.
///
/// # Errors
/// Where there is nothing to split, a recording cannot be read, or the manifest is not written.
pub fn run(args: &DataSplit, ui: Ui) -> Result<(), Failure> {
    if let Some(path) = args
        .write
        .as_ref()
        .filter(|path| !args.force && path.exists())
    {
        // Before the long look, not after it.
        return Err(write::in_the_way(path).into());
    }
    let about = About::find(args.data.as_deref(), ui)?;
    let mut inspection = about.inspect(ui)?;
    seen_from_here(&mut inspection.problems, &inspection.subject.base);
    seen_from_here(&mut inspection.warnings, &inspection.subject.base);
    if !inspection.problems.is_empty() {
        return Err(about.fail(std::mem::take(&mut inspection.problems)));
    }
    ui.diagnostics(&inspection.warnings, about.source.as_ref());
    let figures = stats(&inspection);
    let all: Vec<&Figures> = figures.labels.iter().chain([&figures.all]).collect();
    match args.format {
        TableFormat::Table => table(&all, figures.has_groups, ui),
        TableFormat::Json => {
            let document = document(&inspection, &all, figures.has_groups);
            print(&serde_json::to_string_pretty(&document).unwrap_or_default());
        }
    }
    let Some(path) = &args.write else {
        return Ok(());
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let rows: Vec<Row> = rows(&inspection);
    let text = manifest::text(&rows, folder, "split")
        .map_err(|message| Diagnostic::file(codes::FILE_WRITE, path, message))?;
    write::manifest(path, &text, args.force)?;
    ui.done(
        "wrote",
        &format!("{} to {}", plural(rows.len() as u64, "row"), path.display()),
    );
    Ok(())
}

fn rows(inspection: &Inspection) -> Vec<Row> {
    let labelled = inspection.labelled();
    let row = |(_, r): (usize, &impulse_train::inspect::Recording)| Row {
        path: r.entry.path.clone(),
        label: r.entry.label_name.clone(),
        split: Some(r.split),
        group: r.entry.group.clone(),
    };
    labelled.map(row).collect()
}

fn table(all: &[&Figures], with_groups: bool, ui: Ui) {
    let mut table = plain(ui);
    table.set_header(["label", "train", "validation", "test"]);
    for figures in all {
        let name = if figures.name.is_empty() {
            "all"
        } else {
            &figures.name
        };
        let n = figures.n_recordings.max(1) as f64;
        let side = |i: usize| {
            let groups = match with_groups {
                true => format!(", {}", plural(figures.split_groups[i] as u64, "group")),
                false => String::new(),
            };
            let share = figures.split[i] as f64 / n * 100.0;
            format!("{} ({share:.0} %{groups})", count(figures.split[i] as u64))
        };
        table.add_row([name.to_owned(), side(0), side(1), side(2)].map(Cell::new));
    }
    align_right(&mut table, &[1, 2, 3]);
    print(&table.to_string());
}

fn document(inspection: &Inspection, all: &[&Figures], with_groups: bool) -> Value {
    let sides = |of: [usize; 3]| json!({ "train": of[0], "validation": of[1], "test": of[2] });
    let counts = all.iter().map(|f| {
        json!({
            "label": (!f.name.is_empty()).then_some(&f.name),
            "recordings": sides(f.split),
            "groups": with_groups.then(|| sides(f.split_groups)),
        })
    });
    let recordings = inspection.labelled().map(|(_, r)| {
        json!({
            "path": r.entry.name,
            "label": r.entry.label_name,
            "split": manifest::side(r.split),
            "group": r.entry.group,
        })
    });
    json!({
        "version": super::VERSION,
        "labels": counts.collect::<Vec<_>>(),
        "recordings": recordings.collect::<Vec<_>>(),
    })
}
