//! Tables with named columns, separated by commas or tabs.

use std::path::Path;

use impulse_ir::Diagnostic;

use super::{other_format, problem, text_of};

/// A table in memory.
pub(super) struct Table {
    pub columns: Vec<String>,
    /// Line, counted from 1, and fields of each row.
    pub rows: Vec<(usize, Vec<String>)>,
    /// Rows with another number of fields, and the like.
    pub problems: Vec<Diagnostic>,
}

impl Table {
    /// Reads a table whose first line names the columns. Tabs come without quotes: in Common
    /// Voice a quote is a part of a sentence.
    pub fn read(path: &Path, delimiter: u8) -> Result<Self, Diagnostic> {
        let text = text_of(path)?;
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader
            .delimiter(delimiter)
            .quoting(delimiter != b'\t')
            .flexible(true);
        let mut reader = reader.trim(csv::Trim::All).from_reader(text.as_bytes());
        let columns = reader
            .headers()
            .map_err(|e| other_format(path, e.to_string().to_lowercase()))?;
        let columns: Vec<String> = columns.iter().map(str::to_owned).collect();
        if columns.is_empty() {
            return Err(other_format(
                path,
                "expected a line with the names of the columns, found an empty file",
            ));
        }
        let mut table = Self {
            columns,
            rows: Vec::new(),
            problems: Vec::new(),
        };
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(e) => {
                    let line = e.position().and_then(|p| usize::try_from(p.line()).ok());
                    table
                        .problems
                        .push(problem(path, line, e.to_string().to_lowercase()));
                    continue;
                }
            };
            let line = record
                .position()
                .and_then(|p| usize::try_from(p.line()).ok());
            let n = table.columns.len();
            if record.len() != n {
                let message = format!("expected {n} fields, found {}", record.len());
                table.problems.push(problem(path, line, message));
                continue;
            }
            let fields = record.iter().map(str::to_owned).collect();
            table.rows.push((line.unwrap_or(0), fields));
        }
        Ok(table)
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// The first column that has one of these names.
    pub fn first_of(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.column(name))
    }

    /// The column of this name, or a diagnostic that tells which there are.
    pub fn needed(&self, path: &Path, name: &str) -> Result<usize, Diagnostic> {
        self.column(name).ok_or_else(|| {
            let found = self.columns.join(", ");
            other_format(path, format!("expected a column `{name}`, found {found}"))
        })
    }
}
