//! Prints a tree in the YAML spelling: mappings and lists in block style, short ones that were
//! written on one line in flow style, every scalar plain where YAML lets it be.

use super::{WIDTH, comments, trailing};
use crate::tree::{Body, Item, List, Trivia, is_word};

/// The whole spec.
pub(super) fn print(body: &Body) -> String {
    let mut out = String::new();
    entries(&mut out, body, 0);
    comments(&mut out, &body.comments, 0);
    out
}

fn entries(out: &mut String, body: &Body, indent: usize) {
    for (n, item) in body.items.iter().enumerate() {
        if n > 0 && item.trivia.blank_before {
            out.push('\n');
        }
        comments(out, &item.trivia.before, indent);
        out.push_str(&" ".repeat(indent));
        if body.list {
            out.push_str("- ");
        }
        // What follows `- ` is indented behind it.
        entry(out, item, indent + if body.list { 2 } else { 0 }, body.list);
    }
}

fn entry(out: &mut String, item: &Item, indent: usize, in_list: bool) {
    out.push_str(&scalar(&item.key.value, false));
    let word = is_word(&item.key.value);
    if in_list && word && item.values.is_empty() && item.body.is_none() {
        trailing(out, item.trivia.after.as_ref());
        out.push('\n');
        return;
    }
    out.push(':');
    if let Some(List::Lines(entries)) = &item.list {
        trailing(out, item.trivia.after_open.as_ref());
        out.push('\n');
        return lines(out, item, entries, indent + 2);
    }
    if !item.values.is_empty() {
        out.push(' ');
        out.push_str(&values(item, false));
    }
    let Some(body) = &item.body else {
        trailing(out, item.trivia.after.as_ref());
        out.push('\n');
        return;
    };
    if let Some(flow) = flow_on_line(item, body, indent) {
        out.push(' ');
        out.push_str(&flow);
        trailing(
            out,
            item.trivia
                .after_open
                .as_ref()
                .or(item.trivia.after.as_ref()),
        );
        out.push('\n');
        return;
    }
    trailing(
        out,
        item.trivia
            .after_open
            .as_ref()
            .or(item.trivia.after.as_ref()),
    );
    out.push('\n');
    entries(out, body, indent + 2);
    comments(out, &body.comments, indent + 2);
}

/// Values, each on a line of its own.
fn lines(out: &mut String, item: &Item, entries: &[Trivia], indent: usize) {
    for (n, (text, trivia)) in scalars(item).iter().zip(entries).enumerate() {
        if n > 0 && trivia.blank_before {
            out.push('\n');
        }
        comments(out, &trivia.before, indent);
        out.push_str(&" ".repeat(indent));
        out.push_str("- ");
        out.push_str(&scalar(text, false));
        trailing(out, trivia.after.as_ref());
        out.push('\n');
    }
}

/// A block in flow style, if it stays on its line.
fn flow_on_line(item: &Item, body: &Body, indent: usize) -> Option<String> {
    if !is_plain(body) || !(body.inline || body.items.is_empty()) {
        return None;
    }
    let text = flow(body);
    let width = indent + item.key.value.len() + 2 + text.chars().count();
    (width <= WIDTH || body.items.is_empty()).then_some(text)
}

fn is_plain(body: &Body) -> bool {
    body.comments.is_empty()
        && body.items.iter().all(|i| {
            !matches!(i.list, Some(List::Lines(_)))
                && i.trivia.before.is_empty()
                && i.trivia.after.is_none()
                && i.trivia.after_open.is_none()
                && i.body.as_ref().is_none_or(is_plain)
        })
}

fn flow(body: &Body) -> String {
    let items: Vec<String> = body
        .items
        .iter()
        .map(|item| {
            let key = scalar(&item.key.value, true);
            let value = match (&item.body, item.values.is_empty()) {
                (Some(inner), _) => flow(inner),
                (None, false) => values(item, true),
                // `{a:}` is no YAML, `{a}` is.
                (None, true) if body.list && !is_word(&item.key.value) => {
                    return format!("{{{key}}}");
                }
                (None, true) => return key,
            };
            let pair = format!("{key}: {value}");
            if body.list {
                format!("{{{pair}}}")
            } else {
                pair
            }
        })
        .collect();
    let text = items.join(", ");
    if body.list {
        format!("[{text}]")
    } else {
        format!("{{{text}}}")
    }
}

/// The values of an item: one scalar, or a list of them.
fn values(item: &Item, in_flow: bool) -> String {
    let scalars = scalars(item);
    match (scalars.as_slice(), &item.list) {
        ([one], None) => scalar(one, in_flow),
        (many, _) => {
            let all: Vec<String> = many.iter().map(|s| scalar(s, true)).collect();
            format!("[{}]", all.join(", "))
        }
    }
}

/// The text of each scalar that the values of an item make.
fn scalars(item: &Item) -> Vec<String> {
    let mut scalars: Vec<String> = Vec::new();
    let mut slots = item.values.iter().peekable();
    while let Some(slot) = slots.next() {
        if let Some(whole) = &slot.scalar {
            for _ in 1..whole.n_atoms {
                slots.next();
            }
            scalars.push(whole.text.value.clone());
            continue;
        }
        // Values that were read out of one scalar.
        let text = slot.atom.value.text();
        match scalars.last_mut() {
            None => scalars.push(text),
            Some(last) => {
                last.push_str(if slot.after_comma { ", " } else { " " });
                last.push_str(&text);
            }
        }
    }
    scalars
}

/// Text as a YAML scalar: plain where YAML reads it as the same text, else in quotes.
pub(super) fn scalar(text: &str, in_flow: bool) -> String {
    if is_plain_scalar(text, in_flow) {
        return text.to_owned();
    }
    if !text.chars().any(|c| {
        c.is_control() || c == '\u{FEFF}' || matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}')
    }) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{FEFF}' | '\u{2028}' | '\u{2029}') => {
                quoted.push_str(&format!("\\u{:04X}", c as u32));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn is_plain_scalar(text: &str, in_flow: bool) -> bool {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    let second = chars.next();
    let opens = match first {
        '-' => second.is_some_and(|c| !(c.is_whitespace() || in_flow && is_flow(c))),
        '?' | ':' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => false,
        c => !is_flow(c),
    };
    opens
        && text.trim() == text
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && !text.contains("\t#")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !(in_flow && text.contains(is_flow))
        && !(in_flow && text.contains(':'))
        && text
            .chars()
            .all(|c| !c.is_control() && !matches!(c, '\u{FEFF}' | '\u{2028}' | '\u{2029}'))
        && !matches!(text, "~" | "null" | "Null" | "NULL")
}

fn is_flow(c: char) -> bool {
    matches!(c, ',' | '[' | ']' | '{' | '}')
}
