//! Diagnostics as text: for people, for editors and scripts, for machines.

mod concise;
mod full;
mod github;
mod json;
mod sarif;

use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, Place, Severity};

use crate::args::Format;
use crate::failure::Source;
use crate::lines::{Columns, Lines, Position, clamp};

/// Columns where the terminal does not say how many it has.
pub const WIDTH: usize = 100;

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// A diagnostic and the spec that it points into.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// What is wrong.
    pub diagnostic: &'a Diagnostic,
    /// The spec, where one was read.
    pub source: Option<&'a Source>,
}

impl<'a> Finding<'a> {
    /// The findings of one spec in the order of their places: those in the spec by position, then
    /// the rest as they came.
    pub fn of(diagnostics: &'a [Diagnostic], source: Option<&'a Source>) -> Vec<Self> {
        let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
        sorted.sort_by_key(|d| match d.place {
            Place::Spec(span) => (0, span.start),
            _ => (1, 0),
        });
        let finding = |diagnostic| Self { diagnostic, source };
        sorted.into_iter().map(finding).collect()
    }

    /// The file it is about, with `/` between folders on every system; `None` where there is none.
    fn file(&self) -> Option<String> {
        let path = match (&self.diagnostic.place, self.source) {
            (Place::Spec(_), Some(source)) => &source.path,
            (Place::File { path, .. }, _) => path,
            _ => return None,
        };
        Some(path.to_string_lossy().replace('\\', "/"))
    }

    /// Where it is, counted from 1: first character, and one past the last. The end is known for
    /// places in the spec only.
    fn range(&self) -> Option<(Position, Option<Position>)> {
        match (&self.diagnostic.place, self.source) {
            (Place::Spec(span), Some(source)) => {
                let [start, end] = one_based(*span, source);
                Some((start, Some(end)))
            }
            (Place::File { line, .. }, _) => {
                let start = |line| Position { line, column: 1 };
                line.map(|line| (start(line), None))
            }
            _ => None,
        }
    }

    fn severity(&self) -> &'static str {
        match self.diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// First character and one past the last of a span, counted from 1, in characters.
fn one_based(span: Span, source: &Source) -> [Position; 2] {
    let range = clamp(span, &source.text);
    let lines = Lines::new(&source.text);
    [range.start, range.end].map(|offset| {
        let position = lines.position(offset, Columns::Characters);
        Position {
            line: position.line + 1,
            column: position.column + 1,
        }
    })
}

/// The findings in `format`. JSON and SARIF are one document, so they want all findings at once;
/// the other formats are text that may be printed piece by piece.
pub fn render(findings: &[Finding<'_>], format: Format, style: Style) -> String {
    match format {
        Format::Full => full::render(findings, style),
        Format::Concise => concise::render(findings),
        Format::Github => github::render(findings),
        Format::Json => json::render(findings),
        Format::Sarif => sarif::render(findings),
    }
}

#[cfg(test)]
mod tests;
