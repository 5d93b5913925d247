//! The reference of the language, written from its schema. `docs/language.md` holds it, and a
//! test holds the two together.

use crate::Syntax;
use crate::schema::{Block, Default, Form, Key, LAYERS, SPEC, expected};

/// Every block with its keys, as Markdown.
pub fn reference() -> String {
    let mut out = String::new();
    for key in SPEC.keys {
        match key.block() {
            Some(block) => chapter(&mut out, block, 3),
            None => {
                heading(&mut out, 3, key.name);
                let default = default(key);
                out.push_str(&format!(
                    "{}. Takes {}; default: {default}.\n\n```impulse\n{} {}\n```\n\n```yaml\n{}: {}\n```\n\n",
                    capital(key.doc),
                    expected(key.accepts()),
                    key.name,
                    key.sample(),
                    key.name,
                    key.sample(),
                ));
            }
        }
    }
    out
}

fn chapter(out: &mut String, block: &'static Block, level: usize) {
    let title = if block.name == "board" {
        "target BOARD"
    } else {
        block.name
    };
    heading(out, level, title);
    out.push_str(block.doc);
    out.push_str(if block.doc.ends_with('.') {
        "\n\n"
    } else {
        ".\n\n"
    });
    if !block.example.is_empty() {
        out.push_str(&format!("```impulse\n{}\n```\n\n", block.example));
        out.push_str(&format!("```yaml\n{}```\n\n", in_yaml(block)));
    }
    let rows: Vec<&Key> = block.keys.iter().filter(|k| !is_chapter(k)).collect();
    if !rows.is_empty() {
        out.push_str("| key | takes | default | meaning | example |\n|---|---|---|---|---|\n");
        for key in rows {
            row(out, key);
        }
        out.push('\n');
    }
    for key in block.keys.iter().chain(block.any) {
        // A residual branch holds the layers that are described already.
        if let Some(inner) = key.block()
            && is_chapter(key)
            && block.name != "residual"
        {
            chapter(out, inner, (level + 1).min(5));
        }
    }
}

/// Blocks with more than a line of keys get a chapter of their own; the others a row.
fn is_chapter(key: &Key) -> bool {
    key.block()
        .is_some_and(|b| b.braces || !b.example.is_empty())
}

fn row(out: &mut String, key: &Key) {
    let takes = match &key.form {
        Form::Block(block) => {
            let keys: Vec<String> = block.keys.iter().map(part).collect();
            keys.join("; ")
        }
        Form::List(accepts) => format!("one or more: {}", expected(accepts)),
        Form::Value(accepts) => expected(accepts),
    };
    let name = if key.positional {
        format!("({})", key.name)
    } else {
        format!("`{}`", key.name)
    };
    let doc = key.doc.trim_end_matches('.').replace('|', "\\|");
    out.push_str(&format!(
        "| {name} | {takes} | {} | {doc} | `{}` |\n",
        default(key),
        example(key)
    ));
}

/// A key as it stands in a block.
pub(crate) fn example(key: &Key) -> String {
    format!("{} {}", key.name, key.sample())
        .trim_end()
        .to_owned()
}

/// The example of a block in the other spelling.
fn in_yaml(block: &Block) -> String {
    let is_layer = LAYERS.iter().any(|key| key.name == block.name);
    let text = match is_layer {
        true => format!("network {{\n{}\n}}", block.example),
        false => block.example.to_owned(),
    };
    // A test holds every example against both readers.
    crate::format(&text, Syntax::Impulse, Syntax::Yaml).unwrap_or_default()
}

/// A key of a small block, within its row.
fn part(key: &Key) -> String {
    let name = if key.positional {
        format!("({})", key.name)
    } else {
        format!("`{}`", key.name)
    };
    let default = match key.default {
        Default::Required(_) => String::new(),
        _ => format!(", default {}", default(key)),
    };
    format!("{name}: {}, {}{default}", key.doc, expected(key.accepts()))
}

fn default(key: &Key) -> String {
    match key.default {
        Default::Required(_) => "required".into(),
        Default::Value(value) => format!("`{value}`"),
        Default::Words(words) => words.into(),
    }
}

fn heading(out: &mut String, level: usize, title: &str) {
    out.push_str(&format!("{} `{title}`\n\n", "#".repeat(level)));
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}
