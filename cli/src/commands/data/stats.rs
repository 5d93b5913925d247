//! `impulse data stats`.

use comfy_table::{Attribute, Cell};
use impulse_train::inspect::stats::{Figures, Spread, Stats, stats};
use serde_json::{Value, json};

use super::{About, VERSION};
use crate::args::{DataStats, TableFormat};
use crate::failure::{Failure, seen_from_here};
use crate::tables::{align_right, plain};
use crate::ui::{Ui, count, plural, print};

/// Shows the figures; recordings that cannot be read are told and left out.
///
/// # Errors
/// Where there is nothing to look at, or a recording cannot be read.
pub fn run(args: &DataStats, ui: Ui) -> Result<(), Failure> {
    let about = About::find(args.data.as_deref(), ui)?;
    let mut inspection = about.inspect(ui)?;
    let found = stats(&inspection);
    match args.format {
        TableFormat::Table => table(&found, ui),
        TableFormat::Json => {
            print(&serde_json::to_string_pretty(&document(&found)).unwrap_or_default())
        }
    }
    let base = &inspection.subject.base;
    seen_from_here(&mut inspection.problems, base);
    seen_from_here(&mut inspection.warnings, base);
    ui.diagnostics(&inspection.warnings, about.source.as_ref());
    match inspection.problems.is_empty() {
        true => Ok(()),
        false => Err(about.fail(inspection.problems)),
    }
}

fn table(found: &Stats, ui: Ui) {
    let mut table = plain(ui);
    let mut head = vec!["label", "recordings"];
    if found.has_groups {
        head.push("groups");
    }
    head.extend([
        "minutes",
        "length, s",
        "loudness, dBFS",
        "SNR, dB",
        "rates, Hz",
        "train",
        "validation",
        "test",
    ]);
    let n_columns = head.len();
    table.set_header(head);
    for (figures, is_sum) in found
        .labels
        .iter()
        .map(|f| (f, false))
        .chain([(&found.all, true)])
    {
        let cells = row(figures, found.has_groups, is_sum)
            .into_iter()
            .map(|text| {
                let cell = Cell::new(text);
                if is_sum {
                    cell.add_attribute(Attribute::Bold)
                } else {
                    cell
                }
            });
        table.add_row(cells);
    }
    align_right(&mut table, &(1..n_columns).collect::<Vec<_>>());
    print(&table.to_string());
    print("");
    print(
        "length, loudness and SNR: the median, and between which values 90 % of the recordings lie",
    );
    if found.has_groups {
        let [train, validation, test] = found.all.split_groups;
        print(&format!(
            "the split: {} in training, {validation} in validation, {test} in test",
            plural(train as u64, "group")
        ));
    }
}

fn row(figures: &Figures, with_groups: bool, is_sum: bool) -> Vec<String> {
    let mut cells = vec![
        if is_sum {
            "all".to_owned()
        } else {
            figures.name.clone()
        },
        count(figures.n_recordings as u64),
    ];
    if with_groups {
        cells.push(count(figures.n_groups as u64));
    }
    let rates: Vec<String> = match figures.rates.len() {
        1 => figures.rates.keys().map(u32::to_string).collect(),
        _ => figures
            .rates
            .iter()
            .map(|(rate, n)| format!("{rate} × {n}"))
            .collect(),
    };
    cells.extend([
        format!("{:.1}", figures.seconds / 60.0),
        spread(&figures.length_s, 2),
        spread(&figures.loudness_dbfs, 0),
        spread(&figures.snr_db, 0),
        rates.join(", "),
    ]);
    cells.extend(figures.split.map(|n| count(n as u64)));
    cells
}

/// `−24 (−40..−12)`; one value where all are alike.
fn spread(of: &Spread, decimals: usize) -> String {
    let [low, median, high] = [of.low, of.median, of.high].map(|v| format!("{v:.decimals$}"));
    if low == high {
        return median;
    }
    format!("{median} ({low}..{high})")
}

fn document(found: &Stats) -> Value {
    json!({
        "version": VERSION,
        "labels": found.labels.iter().map(|f| entry(f, found.has_groups)).collect::<Vec<_>>(),
        "all": entry(&found.all, found.has_groups),
        "unreadable": found.n_unreadable,
    })
}

fn entry(figures: &Figures, with_groups: bool) -> Value {
    let spread = |s: &Spread| json!({ "p5": s.low, "median": s.median, "p95": s.high });
    let sides = |of: [usize; 3]| json!({ "train": of[0], "validation": of[1], "test": of[2] });
    let rates: Vec<Value> = figures
        .rates
        .iter()
        .map(|(rate, n)| json!({ "hz": rate, "recordings": n }))
        .collect();
    json!({
        "label": (!figures.name.is_empty()).then_some(&figures.name),
        "recordings": figures.n_recordings,
        "groups": with_groups.then_some(figures.n_groups),
        "seconds": figures.seconds,
        "length_s": spread(&figures.length_s),
        "loudness_dbfs": spread(&figures.loudness_dbfs),
        "snr_db": spread(&figures.snr_db),
        "rates": rates,
        "split": sides(figures.split),
        "split_groups": with_groups.then(|| sides(figures.split_groups)),
    })
}
