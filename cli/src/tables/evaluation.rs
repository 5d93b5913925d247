//! What a network made of the clips, as tables.

use comfy_table::{Attribute, Cell, Color, Table};
use impulse_train::metrics::Evaluation;

use super::{align_right, plain};
use crate::evaluation::{Agreement, Document, GroupErrors, Loudness};
use crate::ui::{Ui, count, percent, plural, print};

/// Most labels whose confusion matrix is shown: a terminal has no room for more columns.
const MATRIX_MAX: usize = 16;

/// Most confusions and groups that are listed.
const ROWS_MAX: usize = 10;

/// A line with the accuracy of float and int8.
pub fn accuracy(float: Option<f64>, int8: f64, n_clips: usize, split: &str) {
    let float = float
        .map(|f| format!("float {}, ", percent(f)))
        .unwrap_or_default();
    let clips = plural(n_clips as u64, "clip");
    print(&format!(
        "accuracy on {clips} of the {split} split: {float}int8 {}",
        percent(int8)
    ));
}

/// The confusion matrix with precision, recall and F1 of each label, and the area under its ROC
/// curve where `aucs` has it. Of many labels, the figures of each and the most frequent
/// confusions.
pub fn confusion(labels: &[String], of: &Evaluation, aucs: Option<&[Option<f64>]>, ui: Ui) {
    let matrix = labels.len() <= MATRIX_MAX;
    let mut table = plain(ui);
    let mut head = vec![Cell::new(if matrix {
        "int8: said ↓ heard →"
    } else {
        "int8"
    })];
    if matrix {
        head.extend(labels.iter().map(Cell::new));
    } else {
        head.push(Cell::new("clips"));
    }
    head.extend(["precision", "recall", "F1"].map(Cell::new));
    if aucs.is_some() {
        head.push(Cell::new("AUC"));
    }
    let n_columns = head.len();
    table.set_header(head);
    for (i, (label, row)) in labels.iter().zip(&of.confusion).enumerate() {
        let mut cells = vec![Cell::new(label)];
        if matrix {
            cells.extend(row.iter().enumerate().map(|(j, &n)| matrix_cell(n, i == j)));
        } else {
            cells.push(Cell::new(count(row.iter().sum::<usize>() as u64)));
        }
        cells.extend(
            [of.precision(i), of.recall(i), of.f1(i)].map(|share| Cell::new(percent(share))),
        );
        if let Some(aucs) = aucs {
            let auc = aucs.get(i).copied().flatten();
            cells.push(Cell::new(auc.map_or("–".into(), |a| format!("{a:.3}"))));
        }
        table.add_row(cells);
    }
    show(table, n_columns);
    if !matrix {
        confusions(labels, of, ui);
    }
}

fn matrix_cell(n: usize, right: bool) -> Cell {
    let cell = Cell::new(count(n as u64));
    match (right, n) {
        (true, _) => cell.add_attribute(Attribute::Bold),
        (false, 0) => Cell::new("·"),
        (false, _) => cell.fg(Color::Red),
    }
}

/// The most frequent confusions.
fn confusions(labels: &[String], of: &Evaluation, ui: Ui) {
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (i, row) in of.confusion.iter().enumerate() {
        let wrong = row.iter().enumerate().filter(|(j, n)| *j != i && **n > 0);
        found.extend(wrong.map(|(j, &n)| (n, i, j)));
    }
    if found.is_empty() {
        return;
    }
    found.sort_by_key(|&(n, i, j)| (std::cmp::Reverse(n), i, j));
    let mut table = plain(ui);
    table.set_header(["said", "heard as", "clips"]);
    for &(n, i, j) in found.iter().take(ROWS_MAX) {
        table.add_row([labels[i].clone(), labels[j].clone(), count(n as u64)]);
    }
    align_right(&mut table, &[2]);
    print(&table.to_string());
    more(found.len(), "confusion");
    print("");
}

/// In what float and int8 differ, as a line.
pub fn agreement(of: &Agreement, n_clips: usize) -> String {
    let clips = plural(n_clips as u64, "clip");
    if of.same == n_clips {
        return format!("float and int8 say the same of {clips}");
    }
    format!(
        "float and int8 differ on {} of {clips}: float alone is right on {}, int8 alone on {}, \
         each wrong in its own way on {}",
        count((n_clips - of.same) as u64),
        of.float_right,
        of.int8_right,
        of.both_wrong
    )
}

/// The groups with the most errors.
pub fn groups(of: &[GroupErrors], ui: Ui) {
    if of.is_empty() {
        return;
    }
    let wrong = of.iter().filter(|g| g.wrong > 0);
    let n_wrong = wrong.clone().count();
    let groups = plural(of.len() as u64, "group");
    if n_wrong == 0 {
        print(&format!("no error in any of {groups}"));
        print("");
        return;
    }
    let mut table = plain(ui);
    table.set_header(["errors by group", "clips", "wrong", ""]);
    for g in wrong.take(ROWS_MAX) {
        table.add_row(row(g.group.clone(), g.clips, g.wrong));
    }
    show(table, 4);
    more(n_wrong, "group");
    print(&format!(
        "{} of {groups} have no error",
        count((of.len() - n_wrong) as u64)
    ));
    print("");
}

/// The errors by loudness.
pub fn loudness(of: &[Loudness], ui: Ui) {
    if of.is_empty() {
        return;
    }
    let mut table = plain(ui);
    table.set_header(["errors by loudness", "clips", "wrong", ""]);
    for l in of {
        let range = format!("{:.1} to {:.1} dBFS", l.from_dbfs, l.to_dbfs);
        table.add_row(row(range, l.clips, l.wrong));
    }
    show(table, 4);
}

fn row(name: String, n: usize, n_wrong: usize) -> [String; 4] {
    let share = n_wrong as f64 / n.max(1) as f64;
    [name, count(n as u64), count(n_wrong as u64), percent(share)]
}

/// Every clip that int8 has wrong.
pub fn errors(of: &Document) {
    let label = |i: usize| of.labels.get(i).map_or("", String::as_str);
    for clip in of.clips.iter().filter(|c| c.int8 != c.label) {
        let share = clip.int8_probabilities.get(clip.int8).copied();
        let float = match clip.float {
            Some(float) if float != clip.int8 => format!(" (float: `{}`)", label(float)),
            _ => String::new(),
        };
        print(&format!(
            "{}: `{}` heard as `{}`, {}{float}",
            clip.name,
            label(clip.label),
            label(clip.int8),
            percent(share.unwrap_or(0.0).into())
        ));
    }
}

/// Says how many rows of a list are not shown.
fn more(n: usize, thing: &str) {
    if n > ROWS_MAX {
        let left = plural((n - ROWS_MAX) as u64, &format!("more {thing}"));
        print(&format!("and {left}"));
    }
}

fn show(mut table: Table, n_columns: usize) {
    align_right(&mut table, &(1..n_columns).collect::<Vec<_>>());
    print(&table.to_string());
    print("");
}
