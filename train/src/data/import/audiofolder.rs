//! Hugging Face's `audiofolder`: `metadata.csv` or `metadata.jsonl` with a column `file_name`,
//! relative to it, in the folder or in its folders `train`, `validation` and `test`.
//! <https://huggingface.co/docs/datasets/audio_dataset>

use std::path::Path;

use impulse_ir::Diagnostic;

use super::table::Table;
use super::{Found, Options, Read, entries, other_format, problem, text_of};
use crate::data::listing::side_of;
use crate::data::manifest::Row;
use crate::inspect::GROUP_COLUMNS;

const FILES: [&str; 2] = ["metadata.csv", "metadata.jsonl"];
/// Columns that are taken for the label where none is named.
const LABEL_COLUMNS: [&str; 5] = ["label", "labels", "class", "category", "word"];

pub(super) fn read(source: &Path, options: &Options) -> Result<Read, Diagnostic> {
    let mut folders = vec![source.to_owned()];
    if source.is_dir() {
        folders.extend(entries(source)?.into_iter().filter(|p| p.is_dir()));
        // Many data sets keep everything one folder deeper.
        let data = source.join("data");
        if data.is_dir() {
            folders.extend(entries(&data)?.into_iter().filter(|p| p.is_dir()));
        }
    }
    let lists = folders
        .iter()
        .flat_map(|folder| FILES.map(|file| folder.join(file)));
    let mut read = Read::default();
    let mut any = false;
    for list in lists.filter(|list| list.is_file()) {
        any = true;
        let is_csv = list.extension().is_some_and(|e| e == "csv");
        let table = if is_csv {
            Table::read(&list, b',')?
        } else {
            lines(&list)?
        };
        rows(&list, table, options, &mut read)?;
    }
    if !any {
        let message = "expected metadata.csv or metadata.jsonl in the folder or in one of its folders, found none";
        return Err(other_format(source, message).hint(
            "a folder with a folder of recordings per label needs no import: name it in `data`",
        ));
    }
    Ok(read)
}

fn rows(list: &Path, table: Table, options: &Options, read: &mut Read) -> Result<(), Diagnostic> {
    let file = table.needed(list, "file_name")?;
    let label = match &options.label_column {
        Some(name) => table.needed(list, name)?,
        None => table.first_of(&LABEL_COLUMNS).ok_or_else(|| {
            let found = table.columns.join(", ");
            other_format(
                list,
                format!(
                    "expected a column that names the label ({}), found {found}",
                    LABEL_COLUMNS.join(", ")
                ),
            )
            .hint("name it with --label-column")
        })?,
    };
    let (split, group) = (table.column("split"), table.first_of(&GROUP_COLUMNS));
    let folder = list.parent().unwrap_or(Path::new(""));
    let side_of_folder = side_of(&super::name_of(folder));
    read.problems.extend(table.problems);
    for (line, fields) in table.rows {
        let (name, label) = (&fields[file], &fields[label]);
        if name.is_empty() || label.is_empty() {
            let message = "expected a file and a label, found an empty cell";
            read.problems.push(problem(list, Some(line), message));
            continue;
        }
        let word = split.map_or("", |c| fields[c].as_str());
        let side = match (word, side_of(word)) {
            ("", _) => {
                side_of_folder.or_else(|| side_of(name.split('/').next().unwrap_or_default()))
            }
            (_, Some(side)) => Some(side),
            (_, None) => {
                let message =
                    format!("expected train, validation or test as the split, found `{word}`");
                read.problems.push(problem(list, Some(line), message));
                continue;
            }
        };
        read.found.push(Found {
            row: Row {
                path: folder.join(name),
                label: label.clone(),
                split: side,
                group: group.map(|c| fields[c].clone()).filter(|g| !g.is_empty()),
            },
            list: list.to_owned(),
            line: Some(line),
        });
    }
    Ok(())
}

/// A table of one JSON object per line; its columns are the keys of all.
fn lines(list: &Path) -> Result<Table, Diagnostic> {
    let mut table = Table {
        columns: Vec::new(),
        rows: Vec::new(),
        problems: Vec::new(),
    };
    let mut objects = Vec::new();
    for (n, text) in text_of(list)?
        .lines()
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty())
    {
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            Ok(object) => {
                for key in object
                    .keys()
                    .filter(|key| !table.columns.contains(key))
                    .cloned()
                    .collect::<Vec<_>>()
                {
                    table.columns.push(key);
                }
                objects.push((n + 1, object));
            }
            Err(e) => table.problems.push(problem(
                list,
                Some(n + 1),
                format!("expected a JSON object: {e}"),
            )),
        }
    }
    for (line, object) in objects {
        let field = |column: &String| match object.get(column) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(serde_json::Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        table
            .rows
            .push((line, table.columns.iter().map(field).collect()));
    }
    Ok(table)
}
