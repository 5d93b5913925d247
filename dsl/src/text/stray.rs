//! What is no part of the language: what it was most likely meant as.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span};

use crate::tree::{Slot, quote, shorten};

const QUOTES: [char; 9] = ['\'', '‘', '’', '“', '”', '„', '«', '»', '`'];

/// The problem of `found` at `span`, which stands right behind the value `glued`, if any.
pub(super) fn problem(found: &str, span: Span, glued: Option<&Slot>) -> Diagnostic {
    let mut chars = found.chars();
    let first = chars.next().unwrap_or(' ');
    let head = Span::new(span.start, span.start + first.len_utf8());
    let error = |span: Span, message: String| Diagnostic::error(codes::SYNTAX, span, message);
    let no_part = |span: Span, text: &str| {
        error(
            span,
            format!("`{}` is no part of the language", shorten(text)),
        )
    };
    // The parts of a path that is not in quotes.
    if let Some(slot) = glued
        && matches!(first, '/' | '\\' | '.')
    {
        let path = format!("{}{found}", slot.atom.value.text());
        let whole = slot.atom.span.to(span);
        let message = "put text such as a path in quotes";
        return no_part(span, found).fix(whole, quote(&path), message);
    }
    match first {
        '"' => error(span, "this text has no closing `\"`".into()).hint("text ends on its line"),
        ':' | '=' => no_part(head, &first.to_string()).fix(
            head,
            " ",
            "leave it out: a key and its value are side by side",
        ),
        ';' => no_part(head, ";").fix(head, ",", "items on one line are separated by commas"),
        '/' if found.starts_with("//") => {
            let slashes = Span::new(span.start, span.start + 2);
            no_part(slashes, "//").fix(slashes, "#", "a comment begins with `#`")
        }
        '/' => error(span, "this pattern has no closing `/`".into())
            .hint("a pattern stands between slashes: `/^([^_]+)_/`"),
        '>' => no_part(span, found).fix(
            Span::new(
                span.start,
                span.start + found.len() - found[1..].trim_start_matches('=').len(),
            ),
            "<",
            "a budget is an upper bound: `<`",
        ),
        '[' | '(' => no_part(head, &first.to_string()).fix(
            head,
            " ",
            "leave it out: values stand beside their key without brackets",
        ),
        ']' | ')' => no_part(head, &first.to_string()).fix(
            head,
            "",
            "leave it out: values stand beside their key without brackets",
        ),
        '.' if chars.next().is_some_and(|c| c.is_ascii_digit()) => {
            let number = format!("0{found}");
            let message = format!("a number begins with a digit: `{number}`");
            no_part(span, found).fix(span, number, message)
        }
        '.' | '~' => {
            no_part(span, found).fix(span, quote(found), "put text such as a path in quotes")
        }
        quote if QUOTES.contains(&quote) => quoted(found, span, no_part(span, found)),
        _ => no_part(span, found),
    }
}

/// Text in quotes of another kind.
fn quoted(found: &str, span: Span, diagnostic: Diagnostic) -> Diagnostic {
    let inner = found.trim_matches(QUOTES);
    let closed = found.ends_with(QUOTES) && !inner.is_empty();
    match closed {
        true => diagnostic.fix(span, quote(inner), "text stands in double quotes"),
        false => diagnostic.hint("text stands in double quotes: `\"`"),
    }
}
