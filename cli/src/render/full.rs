//! With the source underlined and the remedies as patches, for people.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, Hint, Place, Severity};

use super::{Finding, Style};
use crate::failure::Source;
use crate::lines::clamp;

/// All findings, each followed by an empty line.
pub fn render(findings: &[Finding<'_>], style: Style) -> String {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(style.width);
    let mut text = String::new();
    for finding in findings {
        text.push_str(&renderer.render(&groups(finding.diagnostic, finding.source)));
        text.push_str("\n\n");
    }
    text
}

fn groups<'a>(diagnostic: &'a Diagnostic, source: Option<&'a Source>) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(&diagnostic.message)
        .id(diagnostic.code.to_string());
    let mut group = match (&diagnostic.place, source) {
        (Place::Spec(span), Some(source)) if *span != Span::default() => {
            let range = clamp(*span, &source.text);
            title.element(snippet(source).annotation(AnnotationKind::Primary.span(range)))
        }
        (Place::Spec(_), Some(source)) => title.element(Origin::path(display(source))),
        (Place::File { path, line }, _) => {
            let mut origin = Origin::path(path.to_string_lossy());
            if let Some(line) = line {
                origin = origin.line(*line);
            }
            title.element(origin)
        }
        _ => Group::with_title(title),
    };
    let mut patches = Vec::new();
    for hint in &diagnostic.hints {
        match (hint, source) {
            (
                Hint {
                    message,
                    span: Some(span),
                    replacement: Some(new),
                },
                Some(source),
            ) => {
                let patch = Patch::new(clamp(*span, &source.text), new.as_str());
                let title = Level::HELP.secondary_title(message);
                patches.push(title.element(snippet(source).patch(patch)));
            }
            (
                Hint {
                    message,
                    span: Some(span),
                    ..
                },
                Some(source),
            ) => {
                let note = AnnotationKind::Context.span(clamp(*span, &source.text));
                let title = Level::NOTE.secondary_title(message);
                patches.push(title.element(snippet(source).annotation(note)));
            }
            (Hint { message, .. }, _) => group = group.element(Level::HELP.message(message)),
        }
    }
    let mut groups = vec![group];
    groups.extend(patches);
    groups
}

fn snippet<'a, T: Clone>(source: &'a Source) -> Snippet<'a, T> {
    Snippet::source(source.text.as_str()).path(display(source))
}

fn display(source: &Source) -> String {
    source.path.to_string_lossy().into_owned()
}
