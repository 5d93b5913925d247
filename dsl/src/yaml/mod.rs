//! Reads the YAML spelling into the tree: `serde_yaml` for the values, `saphyr-parser`'s events
//! for the marks. The events come first, one by one, and bound depth and size, so that neither
//! parser meets a text that it could choke on.

mod comments;
mod marks;
mod problems;
mod reader;

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span};
use serde_yaml::Value;

use crate::tree::Body;
use comments::Comments;
use marks::{Kind, Marks, Node, scalar_text};
use reader::Reader;

/// Most top-level keys of a broken text that are read one by one.
const SECTIONS_MAX: usize = 100;

/// The items of a spec and its problems.
pub(crate) fn parse(source: &str) -> (Option<Body>, Vec<Diagnostic>) {
    // One of the parsers ends a line or the text here, the other does not.
    if let Some((at, c)) = source
        .char_indices()
        .find(|(_, c)| matches!(c, '\0' | '\u{85}' | '\u{2028}' | '\u{2029}'))
    {
        let message = format!(
            "the character {} is no part of the language",
            c.escape_unicode()
        );
        let span = Span::new(at, at + c.len_utf8());
        let problem = Diagnostic::error(codes::YAML, span, message);
        return (
            None,
            vec![problem.hint("take it out, or write it as an escape in double quotes")],
        );
    }
    let mut problems = Vec::new();
    let root = match Marks::new(source, 0).read() {
        Ok(mut root) => match values(&mut root, source) {
            Ok(()) => root,
            Err(diagnostic) => return (None, vec![diagnostic]),
        },
        Err(diagnostic) => {
            problems.push(diagnostic);
            match sections(source, &mut problems) {
                Some(root) => root,
                None => return (None, problems),
            }
        }
    };
    let mut scalars = Vec::new();
    scalar_spans(&root, &mut scalars);
    let mut reader = Reader {
        source,
        comments: Comments::find(source, &scalars),
        diagnostics: problems,
    };
    let lost = !reader.diagnostics.is_empty();
    let body = match root.kind {
        Kind::Map { .. } => {
            let mut body = reader.body(root);
            body.comments = reader.comments.rest();
            body.lost = lost;
            Some(body)
        }
        Kind::Scalar { text, .. } if text.is_empty() => {
            let comments = reader.comments.rest();
            Some(Body {
                comments,
                ..Body::default()
            })
        }
        _ => {
            let message = "expected keys with values, such as `impulse: yes_no`";
            let problem = Diagnostic::error(codes::YAML, root.span, message);
            reader.diagnostics.push(problem);
            None
        }
    };
    (body, reader.diagnostics)
}

/// Puts `serde_yaml`'s values on the nodes of a sound text.
fn values(root: &mut Node, source: &str) -> Result<(), Diagnostic> {
    // A key given twice is reported by the lowering, which knows both places.
    if has_duplicates(root) {
        return Ok(());
    }
    match serde_yaml::from_str::<Value>(source) {
        Ok(value) => {
            pair(root, &value);
            Ok(())
        }
        Err(error) => {
            let at = error.location().map_or(0, |l| l.index().min(source.len()));
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            Err(problems::syntax(source, 0, at, message))
        }
    }
}

/// What can be read of a text with a mistake: each top-level key by itself, so that a mistake in
/// one does not hide those in the others. The first of `problems` gives way to those found here.
fn sections(source: &str, problems: &mut Vec<Diagnostic>) -> Option<Node> {
    if problems.iter().any(|p| p.code == codes::TOO_LARGE) {
        return None;
    }
    let mut starts = Vec::new();
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let goes_on = |c| matches!(c, ' ' | '\t' | '\r' | '\n' | '#' | '-' | ']' | '}' | ',');
        if !line.starts_with(goes_on) {
            starts.push(at);
        }
        at += line.len();
    }
    if starts.len() > SECTIONS_MAX {
        return None;
    }
    let mut pairs = Vec::new();
    let mut found = Vec::new();
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(source.len());
        match Marks::new(&source[*start..end], *start).read() {
            Ok(Node {
                kind: Kind::Map { pairs: section, .. },
                ..
            }) => pairs.extend(section),
            Ok(node) => found.push(problems::no_key(source, node.span)),
            Err(problem) => found.push(problem),
        }
    }
    if !found.is_empty() {
        *problems = found;
    }
    let kind = Kind::Map { pairs, flow: false };
    let span = Span::new(0, source.len());
    Some(Node { kind, span })
}

fn has_duplicates(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar { .. } => false,
        Kind::List { nodes, .. } => nodes.iter().any(has_duplicates),
        Kind::Map { pairs, .. } => {
            let mut keys: Vec<&str> = pairs.iter().filter_map(|(k, _)| scalar_text(k)).collect();
            keys.sort_unstable();
            keys.windows(2).any(|w| w[0] == w[1]) || pairs.iter().any(|(_, v)| has_duplicates(v))
        }
    }
}

/// Puts the values of `serde_yaml` on the marked nodes. Numbers, booleans and nulls stay the text
/// they were written as: the language reads `1.10` and `null` itself.
fn pair(node: &mut Node, value: &Value) {
    match (&mut node.kind, value) {
        (Kind::Scalar { text, .. }, Value::String(value)) => text.clone_from(value),
        (Kind::List { nodes, .. }, Value::Sequence(values)) => {
            for (node, value) in nodes.iter_mut().zip(values) {
                pair(node, value);
            }
        }
        (Kind::Map { pairs, .. }, Value::Mapping(values)) => {
            for ((key, node), (key_value, value)) in pairs.iter_mut().zip(values) {
                pair(key, key_value);
                pair(node, value);
            }
        }
        _ => {}
    }
}

fn scalar_spans(node: &Node, spans: &mut Vec<Span>) {
    match &node.kind {
        Kind::Scalar { .. } => spans.push(node.span),
        Kind::List { nodes, .. } => nodes.iter().for_each(|n| scalar_spans(n, spans)),
        Kind::Map { pairs, .. } => pairs.iter().for_each(|(k, v)| {
            scalar_spans(k, spans);
            scalar_spans(v, spans);
        }),
    }
}
