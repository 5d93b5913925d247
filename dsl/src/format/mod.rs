//! The formatter. Within a spelling it rewrites the tree, with its comments; to the other spelling
//! it goes through the record, which knows the name of every value.

mod convert;
mod expand;
mod impulse;
mod yaml;

use impulse_ir::Diagnostic;

pub use expand::expand;

use crate::syntax::Syntax;
use crate::{record, tree};

/// Longest line that the formatter makes by itself.
const WIDTH: usize = 100;

/// The text `source`, spelt as `from`, in the canonical form of the spelling `to`. Formatting is
/// idempotent and keeps comments; a conversion keeps every value, but no comments.
///
/// # Errors
/// The problems of a text that cannot be read, or, for a conversion, that has unknown keys or
/// values of the wrong kind.
pub fn format(source: &str, from: Syntax, to: Syntax) -> Result<String, Vec<Diagnostic>> {
    let (body, mut diagnostics) = crate::read_tree(source, from);
    let Some(body) = body.filter(|_| diagnostics.is_empty()) else {
        return Err(diagnostics);
    };
    let body = if from == to {
        body
    } else {
        let record = record::read(body, &mut diagnostics);
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        convert::to_tree(&record, to)
    };
    Ok(print(&body, to))
}

fn print(body: &tree::Body, syntax: Syntax) -> String {
    match syntax {
        Syntax::Impulse => impulse::print(body),
        Syntax::Yaml => yaml::print(body),
    }
}

/// Comments, each on a line of its own; an empty one is an empty line.
fn comments(out: &mut String, comments: &[String], indent: usize) {
    for comment in comments {
        if !comment.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(comment);
        }
        out.push('\n');
    }
}

/// The comment at the end of a line.
fn trailing(out: &mut String, comment: Option<&String>) {
    if let Some(comment) = comment {
        out.push_str("  ");
        out.push_str(comment);
    }
}
