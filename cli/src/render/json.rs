//! One JSON document, for scripts. Lines and columns count from 1, columns in characters, and
//! bytes from 0; ends are one past the last.

use impulse_ir::Span;
use impulse_ir::diagnostic::codes;
use serde::Serialize;

use super::{Finding, one_based};
use crate::failure::Source;

/// Changes when a field changes its meaning or goes away; fields may be added.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: String,
    severity: &'static str,
    title: Option<&'static str>,
    message: &'a str,
    file: Option<String>,
    location: Option<Location>,
    hints: Vec<HintEntry<'a>>,
}

#[derive(Serialize)]
struct Location {
    line: usize,
    column: usize,
    #[serde(flatten)]
    end: Option<End>,
}

#[derive(Serialize)]
struct End {
    end_line: usize,
    end_column: usize,
    start_byte: usize,
    end_byte: usize,
}

#[derive(Serialize)]
struct HintEntry<'a> {
    message: &'a str,
    location: Option<Location>,
    replacement: Option<&'a str>,
}

/// The document.
pub fn render(findings: &[Finding<'_>]) -> String {
    let document = Document {
        version: VERSION,
        diagnostics: findings.iter().map(entry).collect(),
    };
    // Strings and numbers alone: nothing in it can fail to be written.
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text + "\n"
}

fn entry<'a>(finding: &Finding<'a>) -> Entry<'a> {
    let diagnostic = finding.diagnostic;
    let location = match (&diagnostic.place, finding.source) {
        (impulse_ir::Place::Spec(span), Some(source)) => Some(location(*span, source)),
        _ => finding.range().map(|(start, _)| Location {
            line: start.line,
            column: start.column,
            end: None,
        }),
    };
    let hints = diagnostic.hints.iter().map(|hint| HintEntry {
        message: &hint.message,
        location: hint
            .span
            .zip(finding.source)
            .map(|(span, source)| self::location(span, source)),
        replacement: hint.replacement.as_deref(),
    });
    Entry {
        code: diagnostic.code.to_string(),
        severity: finding.severity(),
        title: codes::explain(diagnostic.code).map(|e| e.title),
        message: &diagnostic.message,
        file: finding.file(),
        location,
        hints: hints.collect(),
    }
}

fn location(span: Span, source: &Source) -> Location {
    let [start, end] = one_based(span, source);
    let bytes = crate::lines::clamp(span, &source.text);
    Location {
        line: start.line,
        column: start.column,
        end: Some(End {
            end_line: end.line,
            end_column: end.column,
            start_byte: bytes.start,
            end_byte: bytes.end,
        }),
    }
}
