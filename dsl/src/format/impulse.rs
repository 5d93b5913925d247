//! Prints a tree in the `.impulse` spelling: one item a line, values of a block in one column,
//! an empty line between blocks.

use super::{WIDTH, comments, trailing};
use crate::tree::{Body, Item, Slot};

/// The whole spec.
pub(super) fn print(body: &Body) -> String {
    let mut out = String::new();
    lines(&mut out, body, 0);
    comments(&mut out, &body.comments, 0);
    out
}

fn lines(out: &mut String, body: &Body, indent: usize) {
    let aligned =
        |i: &&Item| i.values.first().is_some_and(|v| !v.after_comma) && fits_line(i, indent);
    let longest = body
        .items
        .iter()
        .filter(aligned)
        .map(|i| i.key.value.len())
        .max();
    // The spec itself is no table.
    let column = if indent == 0 {
        0
    } else {
        longest.unwrap_or(0) + 2
    };
    for (n, item) in body.items.iter().enumerate() {
        if n > 0 && blank_line(&body.items[n - 1], item, indent) {
            out.push('\n');
        }
        comments(out, &item.trivia.before, indent);
        line(out, item, indent, column);
    }
}

/// Whether an empty line separates two items: where the text has one, and around blocks of the
/// spec.
fn blank_line(before: &Item, item: &Item, indent: usize) -> bool {
    let is_block = |item: &Item| !fits_line(item, indent);
    item.trivia.blank_before || indent == 0 && (is_block(before) || is_block(item))
}

fn line(out: &mut String, item: &Item, indent: usize, column: usize) {
    let start = out.len();
    out.push_str(&" ".repeat(indent));
    out.push_str(&item.key.value);
    if !item.values.is_empty() {
        if item.values[0].after_comma {
            out.push(',');
        }
        let at = (indent + column).max(indent + item.key.value.len() + 1);
        while out.len() - start < at {
            out.push(' ');
        }
        values(out, &item.values, start, at);
    }
    match &item.body {
        None => {}
        Some(body) if fits_line(item, indent) => {
            out.push_str(&inline(body));
        }
        Some(body) => {
            out.push_str(" {");
            trailing(out, item.trivia.after_open.as_ref());
            out.push('\n');
            lines(out, body, indent + 2);
            comments(out, &body.comments, indent + 2);
            out.push_str(&" ".repeat(indent));
            out.push('}');
        }
    }
    trailing(out, item.trivia.after.as_ref());
    out.push('\n');
}

/// The values of a line that begins at byte `start` of `out`; lines that grow too long go on
/// after a comma, in column `at`.
fn values(out: &mut String, slots: &[Slot], start: usize, at: usize) {
    let mut line_start = start;
    for (n, slot) in slots.iter().enumerate() {
        let text = slot.atom.value.text();
        if n > 0 && slot.after_comma {
            out.push(',');
            let width = out[line_start..].chars().count();
            if width + 1 + text.chars().count() > WIDTH {
                out.push('\n');
                line_start = out.len();
                out.push_str(&" ".repeat(at));
            } else {
                out.push(' ');
            }
        } else if n > 0 {
            out.push(' ');
        }
        out.push_str(&text);
    }
}

/// Whether the item, indented so far, has no block or one that stays on its line. Columns of
/// values do not count, so that the answer does not depend on the lines around it.
fn fits_line(item: &Item, indent: usize) -> bool {
    let Some(body) = &item.body else { return true };
    let plain = item.trivia.after_open.is_none() && is_plain(body);
    let width = || indent + inline_item(item).chars().count();
    plain && (body.items.is_empty() || body.inline && width() <= WIDTH)
}

/// Whether a block holds no comments and no block that needs lines of its own.
fn is_plain(body: &Body) -> bool {
    body.comments.is_empty()
        && body.items.iter().all(|i| {
            i.trivia.before.is_empty()
                && i.trivia.after.is_none()
                && i.trivia.after_open.is_none()
                && i.body.as_ref().is_none_or(is_plain)
        })
}

fn inline(body: &Body) -> String {
    if body.items.is_empty() {
        return " {}".into();
    }
    let items: Vec<String> = body.items.iter().map(inline_item).collect();
    format!(" {{ {} }}", items.join(", "))
}

fn inline_item(item: &Item) -> String {
    let mut text = item.key.value.clone();
    for slot in &item.values {
        text.push_str(if slot.after_comma { ", " } else { " " });
        text.push_str(&slot.atom.value.text());
    }
    if let Some(body) = &item.body {
        text.push_str(&inline(body));
    }
    text
}
