//! Diagnostics as the protocol has them.

use gen_lsp_types as lsp;
use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, Place, Severity};

use super::document::Document;

/// All diagnostics of a document.
pub fn of(document: &Document) -> Vec<lsp::Diagnostic> {
    let all = document.diagnostics.iter();
    all.map(|d| convert(document, d)).collect()
}

/// One diagnostic. Remedies in words stand below its message, second places beside it.
pub fn convert(document: &Document, diagnostic: &Diagnostic) -> lsp::Diagnostic {
    let span = match diagnostic.place {
        Place::Spec(span) => span,
        _ => Span::default(),
    };
    let mut message = diagnostic.message.clone();
    let mut related = Vec::new();
    for hint in &diagnostic.hints {
        match (hint.span, &hint.replacement) {
            (Some(span), None) => related.push(lsp::DiagnosticRelatedInformation {
                location: lsp::Location {
                    uri: lsp::Uri(document.uri.clone()),
                    range: document.range(span),
                },
                message: hint.message.clone(),
            }),
            _ => message.push_str(&format!("\nhelp: {}", hint.message)),
        }
    }
    lsp::Diagnostic {
        range: document.range(span),
        severity: Some(match diagnostic.severity {
            Severity::Error => lsp::DiagnosticSeverity::Error,
            Severity::Warning => lsp::DiagnosticSeverity::Warning,
        }),
        code: Some(lsp::Code::String(diagnostic.code.to_string())),
        source: Some("impulse".to_owned()),
        message: lsp::Message::String(message),
        related_information: (!related.is_empty()).then_some(related),
        ..Default::default()
    }
}
