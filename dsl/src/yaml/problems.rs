//! The words for YAML that cannot be read. The parser's own say where it gave up; here is what was
//! most likely meant.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span};

use crate::tree::shorten;

/// The problem at byte `at` of `text`, which stands at byte `base` of the spec, given the
/// parser's words for it.
pub(super) fn syntax(text: &str, base: usize, at: usize, info: &str) -> Diagnostic {
    let error = |span: Span, message: &str| {
        let span = Span::new(base + span.start, base + span.end);
        Diagnostic::error(codes::YAML, span, message)
    };
    if let Some((at, quote)) = open_quote(text) {
        let message = format!("this text has no closing `{quote}`");
        return error(Span::new(at, at + 1), &message).hint("text ends on its line");
    }
    if let Some((at, bracket)) = open_bracket(text) {
        let close = if bracket == '[' { ']' } else { '}' };
        let message = format!("this `{bracket}` is not closed");
        let line = line_at(text, at);
        if bracket == '{' && !text[line.start..at].contains(':') {
            return error(Span::new(at, at + 1), &message)
                .hint("braces belong to the other spelling; here a block is `key:` with its lines indented below");
        }
        return error(Span::new(at, at + 1), &message)
            .hint(format!("add a `{close}` where it ends"));
    }
    let line = line_at(text, at);
    let shown = &text[line.start..line.end];
    let indent = &shown[..shown.len() - shown.trim_start().len()];
    if let Some(tab) = indent.find('\t') {
        let span = Span::new(line.start + tab, line.start + tab + 1);
        return error(span, "a tab stands in the indentation").hint("indent with spaces");
    }
    let here = token(text, at);
    match info {
        i if i.contains("mapping values are not allowed") => misplaced_colon(text, at, line, error),
        i if i.contains("simple key expect") => {
            // The parser notices it on the line after.
            let has_colon = |line: Span| text[line.start..line.end].contains(':');
            let before = line_before(text, line).filter(|b| has_colon(line) && !has_colon(*b));
            no_key(text, content(text, before.unwrap_or(line))).at(base)
        }
        i if i.starts_with("unexpected character") || i.contains("cannot start any token") => {
            let rest = Span::new(here.start, content(text, line).end.max(here.end));
            let value = text[rest.start..rest.end].trim_end_matches([',', ']', '}']);
            let rest = Span::new(rest.start, rest.start + value.len());
            let first = value.chars().next().unwrap_or(' ');
            let message = format!(
                "a value does not begin with `{}`",
                shorten(&first.to_string())
            );
            quoted(error(rest, &message), value, base, rest)
        }
        i if i.contains("block scalar") => error(
            here,
            &format!(
                "`{}` begins a text of several lines, expected a value",
                shorten(&text[here.start..here.end])
            ),
        )
        .hint("a budget is an upper bound: `<`; put other text in quotes"),
        i if i.contains("unknown escape") => error(here, "this text has an unknown escape")
            .hint("write `\\\\` for a backslash, or put the text in single quotes"),
        i if i.contains("trailing content") => {
            error(here, "text goes on behind its closing quote").hint("put all of it in quotes")
        }
        i if i.contains("unknown anchor") => error(here, "aliases are no part of the language")
            .hint("write the value out, or put text that begins with `*` in quotes"),
        i if i.contains("control characters are not allowed") || i.contains("unprintable") => {
            error(here, "a control character is no part of the language").hint("take it out")
        }
        i if i.contains("indentation") => {
            error(here, "this line is not indented like the lines around it")
                .hint("indent the keys of a block alike")
        }
        i if i.contains("did not find expected key") || i.contains("did not find expected '-'") => {
            error(here, "this line does not belong to the block above it")
                .hint("indent the keys of a block alike, and begin each entry of a list with `-`")
        }
        i => error(here, &i.to_lowercase()),
    }
}

trait At {
    fn at(self, base: usize) -> Self;
}

impl At for Diagnostic {
    /// The same with places that count from `base`.
    fn at(mut self, base: usize) -> Self {
        let shift = |s: Span| Span::new(s.start + base, s.end + base);
        if let impulse_ir::Place::Spec(span) = &mut self.place {
            *span = shift(*span);
        }
        for hint in &mut self.hints {
            hint.span = hint.span.map(shift);
        }
        self
    }
}

/// A line without a colon: `epochs 100`, or `train {` of the other spelling.
pub(super) fn no_key(text: &str, span: Span) -> Diagnostic {
    let line = text.get(span.start..span.end).unwrap_or_default();
    let line = line.lines().next().unwrap_or_default().trim_end();
    let span = Span::new(span.start, span.start + line.len());
    if let Some(key) = line.strip_suffix('{') {
        let message = "braces belong to the other spelling";
        let key = shorten(key.trim_end());
        return Diagnostic::error(codes::YAML, span, message).hint(format!(
            "here a block is `{key}:` with its lines indented below"
        ));
    }
    let message = "this line has no `:` behind its key";
    let diagnostic = Diagnostic::error(codes::YAML, span, message);
    match line.split_once([' ', ':']) {
        Some((key, value)) if !value.is_empty() && !key.is_empty() => {
            let text = format!("{key}: {}", value.trim_start());
            let message = format!("a key, a colon and a space: `{}`", shorten(&text));
            diagnostic.fix(span, text, message)
        }
        _ => diagnostic.fix(span, format!("{line}:"), "a key ends with a colon"),
    }
}

/// A `:` where no key can stand.
fn misplaced_colon(
    text: &str,
    at: usize,
    line: Span,
    error: impl Fn(Span, &str) -> Diagnostic,
) -> Diagnostic {
    let base = match error(Span::new(0, 0), "").place {
        impulse_ir::Place::Spec(span) => span.start,
        _ => 0,
    };
    let whole = content(text, line);
    let shown = &text[whole.start..whole.end];
    let at = at.clamp(whole.start, whole.end);
    // `path: my clips: the best`
    if let Some(colon) = shown[..at - whole.start].find(": ") {
        let value = Span::new(whole.start + colon + 2, whole.end);
        let diagnostic = error(value, "a text with a colon in it stands in quotes");
        return quoted(diagnostic, &text[value.start..value.end], base, value);
    }
    let Some(before) = line_before(text, line) else {
        return error(whole, "this key is not expected here");
    };
    let above = content(text, before);
    let above_text = &text[above.start..above.end];
    if !above_text.ends_with(':') && !above_text.contains(": ") {
        return no_key(text, above).at(base);
    }
    let column = |s: Span, line: Span| s.start - line.start;
    if column(whole, line) != column(above, before) {
        return error(whole, "this line is not indented like the line above it").hint(
            "indent the keys of a block alike; a key that has a value has no lines below it",
        );
    }
    error(whole, "this key is not expected here")
}

/// The remedy for `value` at `span`: in quotes.
fn quoted(diagnostic: Diagnostic, value: &str, base: usize, span: Span) -> Diagnostic {
    let span = Span::new(base + span.start, base + span.end);
    let text = format!("'{}'", value.replace('\'', "''"));
    diagnostic.fix(span, text, "put it in quotes")
}

/// The line that `at` is on, without its end.
fn line_at(text: &str, at: usize) -> Span {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let end = text[at..].find(['\n', '\r']).map_or(text.len(), |n| at + n);
    Span::new(start, end)
}

/// The nearest line before `line` that is not empty and no comment.
fn line_before(text: &str, line: Span) -> Option<Span> {
    let mut line = line;
    while line.start > 0 {
        line = line_at(text, line.start - 1);
        let shown = text[line.start..line.end].trim();
        if !shown.is_empty() && !shown.starts_with('#') {
            return Some(line);
        }
    }
    None
}

/// A line without its indentation, its `-` and its comment.
fn content(text: &str, line: Span) -> Span {
    let shown = &text[line.start..line.end];
    let shown = shown.split(" #").next().unwrap_or_default().trim_end();
    let start = shown.len()
        - shown
            .trim_start()
            .trim_start_matches("- ")
            .trim_start()
            .len();
    Span::new(line.start + start, line.start + shown.len())
}

/// From `at` to the next space; the end of what stands before it where there is nothing.
fn token(text: &str, at: usize) -> Span {
    let line = line_at(text, at);
    let at = at.clamp(line.start, line.end);
    let rest = &text[at..line.end];
    let word = rest.find(' ').unwrap_or(rest.len());
    if word > 0 {
        return Span::new(at, at + word);
    }
    let before = text[..at].trim_end();
    let start = before.rfind([' ', '\n']).map_or(0, |n| n + 1);
    Span::new(start, before.len())
}

/// The bracket that is open where `text` ends.
fn open_bracket(text: &str) -> Option<(usize, char)> {
    let mut open = Vec::new();
    scan(text, |at, c| match c {
        '[' | '{' => open.push((at, c)),
        ']' | '}' => {
            open.pop();
        }
        _ => {}
    });
    open.first().copied()
}

/// The quote that is open where its line ends, and nowhere closed on a line that goes on with it.
fn open_quote(text: &str) -> Option<(usize, char)> {
    scan(text, |_, _| {})
}

/// Calls `seen` for every character outside of quotes and comments; says which quote is open at
/// the end of its line.
fn scan(text: &str, mut seen: impl FnMut(usize, char)) -> Option<(usize, char)> {
    let mut quote: Option<(usize, char)> = None;
    let mut before = ' ';
    let mut skip = false;
    let mut comment = false;
    for (at, c) in text.char_indices() {
        if c == '\n' {
            if quote.is_some() {
                return quote;
            }
            comment = false;
        } else if skip {
            skip = false;
        } else if let Some((_, open)) = quote {
            match c {
                '\\' => skip = open == '"',
                c if c == open => quote = None,
                _ => {}
            }
        } else if !comment {
            match c {
                '#' if before.is_whitespace() => comment = true,
                '"' | '\'' if before.is_whitespace() || matches!(before, '[' | '{' | ',') => {
                    quote = Some((at, c));
                }
                c => seen(at, c),
            }
        }
        before = c;
    }
    quote
}
