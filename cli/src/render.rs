//! Diagnostics as text for a terminal.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};
use impulse_ir::Span;
use impulse_ir::diagnostic::{Diagnostic, Hint, Place, Severity};

use crate::failure::Source;

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

/// All diagnostics, in the order of their places: those in the spec by position, then the rest as
/// they came. `source` is the spec they point into.
pub fn render(diagnostics: &[Diagnostic], source: Option<&Source>, style: Style) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| match d.place {
        Place::Spec(span) => (0, span.start),
        _ => (1, 0),
    });
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(style.width);
    let mut text = String::new();
    for diagnostic in sorted {
        text.push_str(&renderer.render(&groups(diagnostic, source)));
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

/// The span as a range that lies in `text` on character borders: a wrong span must never hide the
/// message it belongs to.
fn clamp(span: Span, text: &str) -> std::ops::Range<usize> {
    let end = floor_char_boundary(text, span.end);
    floor_char_boundary(text, span.start).min(end)..end
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use impulse_ir::diagnostic::codes;
    use std::path::PathBuf;

    const PLAIN: Style = Style {
        color: false,
        width: 80,
    };

    fn source(text: &str) -> Source {
        Source {
            path: PathBuf::from("a.impulse"),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_place_is_underlined_and_the_remedy_shown() {
        let source = source("train {\n  epocs 100\n}\n");
        let diagnostic = Diagnostic::error(
            codes::UNKNOWN_KEY,
            Span::new(10, 15),
            "unknown key `epocs`",
        )
        .fix(Span::new(10, 15), "epochs", "did you mean `epochs`?");
        let text = render(&[diagnostic], Some(&source), PLAIN);
        assert!(text.contains("error[E0201]: unknown key `epocs`"), "{text}");
        assert!(text.contains("--> a.impulse:2:3"), "{text}");
        assert!(text.contains("^^^^^"), "{text}");
        assert!(text.contains("help: did you mean `epochs`?"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn a_span_outside_the_text_still_shows_the_message() {
        let source = source("ä");
        for span in [
            Span::new(1, 2),
            Span::new(5, 900),
            Span::new(3, 1),
            Span::default(),
        ] {
            let diagnostic = Diagnostic::error(codes::SYNTAX, span, "expected a block");
            let text = render(
                &[diagnostic.clone().fix(span, "x", "write x")],
                Some(&source),
                PLAIN,
            );
            assert!(text.contains("expected a block"), "{span:?}: {text}");
            assert!(render(&[diagnostic], None, PLAIN).contains("expected a block"));
        }
    }

    #[test]
    fn places_in_the_spec_come_in_their_order() {
        let source = source("one two");
        let late = Diagnostic::error(codes::SYNTAX, Span::new(4, 7), "second");
        let early = Diagnostic::error(codes::SYNTAX, Span::new(0, 3), "first");
        let file = Diagnostic::file(codes::FILE_READ, "clips/a.wav", "third");
        let text = render(&[file, late, early], Some(&source), PLAIN);
        let at = |what: &str| text.find(what).unwrap_or(usize::MAX);
        assert!(
            at("first") < at("second") && at("second") < at("third"),
            "{text}"
        );
        assert!(text.contains("--> clips/a.wav"), "{text}");
    }
}
