//! Mozilla Common Voice: TSV files (`train.tsv`, `dev.tsv`, `test.tsv`) with the columns
//! `client_id`, `path` and `sentence`; the recordings lie in `clips/` beside them. One speaker's
//! recordings share a `client_id`.

use std::path::{Path, PathBuf};

use impulse_ir::Diagnostic;

use super::table::Table;
use super::{Found, Options, Read, entries, name_of, other_format, problem};
use crate::data::listing::side_of;
use crate::data::manifest::Row;

const CLIPS: &str = "clips";
const LABEL: &str = "sentence";
/// A release of whole sentences has a label per recording; more than so many are a mistake.
const LABELS_MAX: usize = 1_000;

pub(super) fn read(source: &Path, options: &Options) -> Result<Read, Diagnostic> {
    let lists: Vec<PathBuf> = if source.is_dir() {
        let sided = |p: &PathBuf| {
            p.extension().is_some_and(|e| e == "tsv")
                && side_of(&p.file_stem().unwrap_or_default().to_string_lossy()).is_some()
        };
        entries(source)?.into_iter().filter(sided).collect()
    } else {
        vec![source.to_owned()]
    };
    if lists.is_empty() {
        return Err(other_format(
            source,
            "expected train.tsv, dev.tsv or test.tsv, found none",
        )
        .hint("or name one TSV file, such as validated.tsv"));
    }
    let mut read = Read::default();
    for list in &lists {
        rows(list, options, &mut read)?;
    }
    let mut labels: Vec<&String> = read.found.iter().map(|f| &f.row.label).collect();
    labels.sort();
    labels.dedup();
    if labels.len() > LABELS_MAX && options.keep.is_empty() {
        let message = format!(
            "expected words as labels, found {} different sentences",
            labels.len()
        );
        return Err(
            other_format(source, message).hint("name the words that are wanted: --keep yes,no")
        );
    }
    Ok(read)
}

fn rows(list: &Path, options: &Options, read: &mut Read) -> Result<(), Diagnostic> {
    let table = Table::read(list, b'\t')?;
    let (client, path) = (
        table.needed(list, "client_id")?,
        table.needed(list, "path")?,
    );
    let label = table.needed(list, options.label_column.as_deref().unwrap_or(LABEL))?;
    let side = side_of(name_of(list).trim_end_matches(".tsv"));
    let folder = list.parent().unwrap_or(Path::new("")).join(CLIPS);
    read.problems.extend(table.problems);
    for (line, fields) in table.rows {
        let (file, label) = (&fields[path], word(&fields[label]));
        if file.is_empty() || label.is_empty() {
            let message = "expected a path and a sentence, found an empty cell";
            read.problems.push(problem(list, Some(line), message));
            continue;
        }
        // Early releases leave the ending out.
        let has_ending = Path::new(file).extension().is_some();
        let file = if has_ending {
            file.clone()
        } else {
            format!("{file}.mp3")
        };
        read.found.push(Found {
            row: Row {
                path: folder.join(file),
                label,
                split: side,
                group: Some(fields[client].clone()),
            },
            list: list.to_owned(),
            line: Some(line),
        });
    }
    Ok(())
}

/// A sentence of one word as a label: lower case, without the full stop.
fn word(sentence: &str) -> String {
    let mark = |c: char| matches!(c, '.' | '!' | '?' | ',' | '"' | '…') || c.is_whitespace();
    sentence.trim_matches(mark).to_lowercase()
}
