//! Quick fixes from the hints of diagnostics.

use std::collections::HashMap;

use gen_lsp_types as lsp;

use super::diagnostics::convert;
use super::document::Document;

/// The fixes of the diagnostics that the editor's range touches.
pub fn actions(document: &Document, params: &lsp::CodeActionParams) -> Vec<lsp::CodeAction> {
    let mut found = Vec::new();
    for diagnostic in &document.diagnostics {
        let shown = convert(document, diagnostic);
        let (a, b) = (&shown.range, &params.range);
        let before =
            |x: &lsp::Position, y: &lsp::Position| (x.line, x.character) <= (y.line, y.character);
        if !(before(&a.start, &b.end) && before(&b.start, &a.end)) {
            continue;
        }
        let fixes = diagnostic.hints.iter().filter_map(|hint| {
            let edit = lsp::TextEdit {
                range: document.range(hint.span?),
                new_text: hint.replacement.clone()?,
            };
            Some((hint.message.clone(), edit))
        });
        let fixes: Vec<_> = fixes.collect();
        let only = fixes.len() == 1;
        found.extend(fixes.into_iter().map(|(title, edit)| {
            let changes = HashMap::from([(lsp::Uri(document.uri.clone()), vec![edit])]);
            lsp::CodeAction {
                title,
                kind: Some(lsp::CodeActionKind::QuickFix),
                diagnostics: Some(vec![shown.clone()]),
                is_preferred: Some(only),
                edit: Some(lsp::WorkspaceEdit {
                    changes: Some(changes),
                    ..Default::default()
                }),
                ..Default::default()
            }
        }));
    }
    found
}
