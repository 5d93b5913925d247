//! An exported Edge Impulse project: `info.labels`, a JSON document that names each file with its
//! label and its category, `training` or `testing`.
//! <https://docs.edgeimpulse.com/reference/info-labels-file>

use std::path::Path;

use impulse_ir::Diagnostic;
use serde_json::Value;

use super::{Found, Read, other_format, problem, text_of};
use crate::data::listing::side_of;
use crate::data::manifest::Row;
use crate::inspect::GROUP_COLUMNS;

const FILE: &str = "info.labels";

pub(super) fn read(source: &Path) -> Result<Read, Diagnostic> {
    let list = if source.is_dir() {
        source.join(FILE)
    } else {
        source.to_owned()
    };
    if !list.is_file() {
        return Err(other_format(
            source,
            "expected an exported project with a file info.labels, found none",
        ));
    }
    let document: Value = serde_json::from_str(&text_of(&list)?)
        .map_err(|e| other_format(&list, format!("expected a JSON document: {e}")))?;
    let files = document["files"].as_array();
    let files = files.ok_or_else(|| other_format(&list, "expected a list `files`, found none"))?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let mut read = Read::default();
    let mut given = 0;
    for (n, file) in files.iter().enumerate() {
        match row(file, folder) {
            Ok(row) => {
                given += usize::from(row.split.is_some());
                read.found.push(Found {
                    row,
                    list: list.clone(),
                    line: None,
                });
            }
            // The document is one line: the number of the file says where.
            Err(message) => {
                read.problems
                    .push(problem(&list, None, format!("file {}: {message}", n + 1)))
            }
        }
    }
    if given < read.found.len() {
        let n = read.found.len() - given;
        read.notes.push(format!(
            "{n} files have no category: their side of the split is drawn when they are used"
        ));
    }
    Ok(read)
}

fn row(file: &Value, folder: &Path) -> Result<Row, String> {
    let text = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
    let path = text(&file["path"]).ok_or("expected a `path`, found none")?;
    let label = match &file["label"] {
        Value::String(label) => Some(label.clone()),
        label => match label["type"].as_str() {
            Some("label") => text(&label["label"]),
            Some("unlabeled") => {
                return Err(format!(
                    "expected a label of `{path}`, found that it has none"
                ));
            }
            Some("multi-label") => {
                return Err(format!(
                    "expected one label of `{path}`, found several over time: cut it by them first"
                ));
            }
            _ => None,
        },
    };
    let label = label.ok_or_else(|| format!("expected a label of `{path}`, found none"))?;
    let category = file["category"].as_str().unwrap_or_default();
    let split = match side_of(category) {
        None if !matches!(category, "" | "split") => {
            return Err(format!(
                "expected training or testing as the category of `{path}`, found `{category}`"
            ));
        }
        side => side,
    };
    let metadata = &file["metadata"];
    Ok(Row {
        path: folder.join(&path),
        label,
        split,
        group: GROUP_COLUMNS.iter().find_map(|name| text(&metadata[*name])),
    })
}
