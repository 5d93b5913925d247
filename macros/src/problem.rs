//! Diagnostics as the text of a compile error.

use impulse_ir::diagnostic::{Diagnostic, Place, Severity};

/// All errors among `diagnostics`, a paragraph each. `path` and `text` are the spec's.
pub(crate) fn text(diagnostics: &[Diagnostic], path: &str, text: &str) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
    errors
        .map(|d| one(d, path, text))
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn one(diagnostic: &Diagnostic, path: &str, text: &str) -> String {
    let mut out = format!("{} [{}]", diagnostic.message, diagnostic.code);
    match &diagnostic.place {
        Place::Spec(span) => {
            let (line, column) = position(text, span.start);
            out.push_str(&format!("\n  in {path}, line {line}, column {column}"));
        }
        Place::File { path, line } => {
            out.push_str(&format!("\n  in {}", path.display()));
            if let Some(line) = line {
                out.push_str(&format!(", line {line}"));
            }
        }
        Place::Nowhere => {}
    }
    for hint in &diagnostic.hints {
        out.push_str(&format!("\n  help: {}", hint.message));
    }
    out
}

/// Line and column of a byte, counted from 1, columns in characters.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (
        before.matches('\n').count() + 1,
        before[line_start..].chars().count() + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use impulse_ir::Span;
    use impulse_ir::diagnostic::Code;

    #[test]
    fn says_where_and_what_to_do() {
        let spec = "impulse a\n\nwündow {}\n";
        let found = Diagnostic::error(Code(201), Span::new(14, 20), "unknown block `wündow`")
            .hint("write `window`");
        let warning = Diagnostic::warning(Code(201), Span::new(0, 1), "never mind");
        assert_eq!(
            text(&[warning, found], "a.impulse", spec),
            "unknown block `wündow` [E0201]\n  in a.impulse, line 3, column 3\n  help: write `window`"
        );
    }

    #[test]
    fn a_place_past_the_end_is_the_end() {
        assert_eq!(position("ab\nc", 99), (2, 2));
    }
}
