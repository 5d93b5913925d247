//! Completion of keys, values, boards and units.

use gen_lsp_types as lsp;
use impulse_dsl::CompletionKind;
use impulse_ir::Span;

use super::document::Document;

/// What fits at `position`; each replaces the word that was begun there.
pub fn complete(document: &Document, position: lsp::Position) -> Vec<lsp::CompletionItem> {
    let offset = document.offset(position);
    let typed = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let begin = document.text[..offset].trim_end_matches(typed).len();
    let range = document.range(Span::new(begin, offset));
    let found = impulse_dsl::complete(&document.text, document.syntax, offset);
    let items = found.into_iter().enumerate().map(|(i, word)| {
        let edit = lsp::TextEdit {
            range,
            new_text: word.label.clone(),
        };
        lsp::CompletionItem {
            label: word.label,
            kind: Some(match word.kind {
                CompletionKind::Key => lsp::CompletionItemKind::Property,
                CompletionKind::Value => lsp::CompletionItemKind::EnumMember,
                CompletionKind::Unit => lsp::CompletionItemKind::Unit,
                CompletionKind::Board => lsp::CompletionItemKind::Module,
            }),
            detail: Some(word.detail),
            // In the order of the reference, not of the alphabet.
            sort_text: Some(format!("{i:03}")),
            text_edit: Some(lsp::CompletionItemTextEdit::TextEdit(edit)),
            ..Default::default()
        }
    });
    items.collect()
}
