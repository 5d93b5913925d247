//! The impulse language: two spellings, `.impulse` and YAML, of one spec.
//!
//! Text in, values and diagnostics out; nothing here reads files or prints. The way of a spec:
//! text → tree (`text` or `yaml`) → record (`record`, by the `schema`) → [`Impulse`] (`lower`) →
//! [`impulse_ir::spec::Spec`] ([`check()`]). Everything carries its place in the text, and every
//! problem is reported, not the first only. Nothing panics, whatever the text, and every text is
//! read in bounded time and memory (see [`syntax`]).
//!
//! ```
//! let text = r#"
//! impulse yes_no
//! data "clips" { labels yes, no, unknown }
//! window audio { rate 16 kHz, length 1 s, stride 250 ms }
//! features mfcc { frame 32 ms every 20 ms }
//! network { conv1d 8 filters, kernel 3, relu, flatten, dense labels, softmax }
//! "#;
//! let (spec, diagnostics) = impulse_dsl::compile(text, impulse_dsl::Syntax::Impulse);
//! assert!(diagnostics.is_empty());
//! assert_eq!(spec.unwrap().window.length_samples, 16_000);
//! ```

mod check;
mod complete;
mod edit;
mod format;
mod json_schema;
mod lower;
pub mod model;
mod presets;
mod record;
mod reference;
mod schema;
mod suggest;
pub mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod tree;
pub mod units;
mod yaml;

use impulse_ir::spec::Spec;
use impulse_ir::{Diagnostic, Place, Span};

pub use check::check;
pub use complete::{Completion, CompletionKind, Description, complete, describe};
pub use edit::set;
pub use format::{expand, format};
pub use json_schema::json_schema;
pub use model::Impulse;
pub use reference::reference;
pub use suggest::board as nearest_board;
pub use syntax::Syntax;

/// Most problems of one spec that are listed.
const PROBLEMS_MAX: usize = 100;

/// What a spec says, and the problems of its text: of the grammar, of keys, values and units.
/// There is an [`Impulse`] unless the text cannot be read at all; [`check()`] it also when there are
/// problems, so that all of them are reported together.
pub fn parse(text: &str, syntax: Syntax) -> (Option<Impulse>, Vec<Diagnostic>) {
    let (impulse, diagnostics) = parse_all(text, syntax);
    (impulse, in_order(diagnostics, text))
}

fn parse_all(text: &str, syntax: Syntax) -> (Option<Impulse>, Vec<Diagnostic>) {
    let (body, mut diagnostics) = read_tree(text, syntax);
    let Some(body) = body else {
        return (None, diagnostics);
    };
    let record = record::read(body, &mut diagnostics);
    let faulty = diagnostics.iter().any(Diagnostic::is_error);
    let impulse = lower::lower(&record, faulty, syntax);
    (Some(impulse), diagnostics)
}

/// What a spec means, and all of its problems in the order of the text.
pub fn compile(text: &str, syntax: Syntax) -> (Option<Spec>, Vec<Diagnostic>) {
    let (impulse, mut diagnostics) = parse_all(text, syntax);
    let spec = impulse.and_then(|impulse| {
        let (spec, found) = check(&impulse);
        diagnostics.extend(found);
        spec
    });
    (spec, in_order(diagnostics, text))
}

/// The problems in the order of the text; of very many, the first.
fn in_order(mut diagnostics: Vec<Diagnostic>, text: &str) -> Vec<Diagnostic> {
    for diagnostic in &mut diagnostics {
        if let Place::Spec(span) = &mut diagnostic.place {
            *span = within(*span, text);
        }
        for hint in &mut diagnostic.hints {
            hint.span = hint.span.map(|span| within(span, text));
        }
    }
    diagnostics.sort_by_key(position);
    let n_more = diagnostics.len().saturating_sub(PROBLEMS_MAX);
    if n_more > 0 {
        diagnostics.truncate(PROBLEMS_MAX);
        if let Some(last) = diagnostics.pop() {
            diagnostics.push(last.hint(format!("{n_more} more problems are not listed")));
        }
    }
    diagnostics
}

fn read_tree(source: &str, syntax: Syntax) -> (Option<tree::Body>, Vec<Diagnostic>) {
    if let Err(diagnostic) = syntax::check_size(source) {
        return (None, vec![diagnostic]);
    }
    match syntax {
        Syntax::Impulse => text::parse(source),
        Syntax::Yaml => yaml::parse(source),
    }
}

/// The span as far as it lies in the text, on borders of characters.
fn within(span: Span, text: &str) -> Span {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    Span::new(start, floor(span.end).max(start))
}

/// Where a diagnostic stands in the text.
fn position(diagnostic: &Diagnostic) -> usize {
    match diagnostic.place {
        Place::Spec(span) => span.start,
        _ => usize::MAX,
    }
}
