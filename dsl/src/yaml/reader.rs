//! From YAML nodes to the tree.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span, Spanned};

use super::comments::Comments;
use super::marks::{Kind, Node, scalar_text, span_is_empty};
use crate::text::parse_scalar;
use crate::tree::{Atom, Body, Item, List, Scalar, Slot, Trivia, shorten};

pub(super) struct Reader<'s> {
    pub source: &'s str,
    pub comments: Comments,
    pub diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics
            .push(Diagnostic::error(codes::YAML, span, message));
    }

    /// The items of a mapping or a list.
    pub fn body(&mut self, node: Node) -> Body {
        let mut body = Body {
            span: node.span,
            ..Body::default()
        };
        match node.kind {
            Kind::Map { pairs, flow } => {
                body.inline = flow;
                for (key, value) in pairs {
                    let trivia = self.comments.before(key.span);
                    body.items.extend(self.entry(key, value, trivia));
                }
            }
            Kind::List { nodes, flow } => {
                body.inline = flow;
                body.list = true;
                for node in nodes {
                    let trivia = self.comments.before(node.span);
                    body.items.extend(self.list_entry(node, trivia));
                }
            }
            Kind::Scalar { .. } => {}
        }
        body
    }

    /// `key: value`.
    fn entry(&mut self, key: Node, value: Node, trivia: Trivia) -> Option<Item> {
        let span = key.span.to(if span_is_empty(value.span) {
            key.span
        } else {
            value.span
        });
        let Some(name) = scalar_text(&key) else {
            self.report(key.span, "expected a word as the key");
            return None;
        };
        let key = Spanned::new(name.to_owned(), key.span);
        let mut item = Item {
            key,
            values: Vec::new(),
            list: None,
            body: None,
            span,
            trivia,
        };
        match value.kind {
            Kind::Scalar { text, plain } => {
                item.values = self.scalar(text, plain, value.span, false);
                self.comments
                    .after(&mut item.trivia.after, item.span.end, self.source);
            }
            Kind::List { nodes, flow } if nodes.iter().all(is_value) => {
                self.value_list(&mut item, nodes, flow);
            }
            _ => {
                let key_end = item.key.span.end;
                self.comments
                    .after(&mut item.trivia.after_open, key_end, self.source);
                item.body = Some(self.body(value));
            }
        }
        Some(item)
    }

    /// The scalars of a list, all of them values of `item`.
    fn value_list(&mut self, item: &mut Item, nodes: Vec<Node>, flow: bool) {
        let mut lines = Vec::new();
        if !flow {
            let key_end = item.key.span.end;
            self.comments
                .after(&mut item.trivia.after_open, key_end, self.source);
        }
        for (i, node) in nodes.into_iter().enumerate() {
            let Kind::Scalar { text, plain } = node.kind else {
                continue;
            };
            item.values
                .extend(self.scalar(text, plain, node.span, i > 0));
            if !flow {
                let mut trivia = self.comments.before(node.span);
                self.comments
                    .after(&mut trivia.after, node.span.end, self.source);
                lines.push(trivia);
            }
        }
        item.list = Some(List::Lines(lines));
        if flow {
            item.list = Some(List::Flow);
            self.comments
                .after(&mut item.trivia.after, item.span.end, self.source);
        }
    }

    /// `- key: value`, `- flatten`.
    fn list_entry(&mut self, node: Node, trivia: Trivia) -> Option<Item> {
        match node.kind {
            Kind::Map { mut pairs, .. } => {
                if let Some((second, _)) = pairs.get(1) {
                    let first = shorten(scalar_text(&pairs[0].0).unwrap_or_default());
                    let found = shorten(scalar_text(second).unwrap_or_default());
                    let message = format!(
                        "an entry of a list has one key, here `{first}`, found `{found}` as well"
                    );
                    let hint =
                        format!("begin a new entry with `-`, or indent `{found}` below `{first}`");
                    let diagnostic = Diagnostic::error(codes::YAML, second.span, message);
                    self.diagnostics.push(diagnostic.hint(hint));
                }
                if pairs.is_empty() {
                    return None;
                }
                let (key, value) = pairs.swap_remove(0);
                self.entry(key, value, trivia)
            }
            Kind::Scalar { text, plain } => {
                let mut slots = self.scalar(text, plain, node.span, false);
                let Some(first) = (!slots.is_empty()).then(|| slots.remove(0)) else {
                    self.report(node.span, "expected a key, found nothing");
                    return None;
                };
                let Atom::Word(word) = first.atom.value else {
                    let found = first.atom.value.describe();
                    self.report(first.atom.span, format!("expected a key, found {found}"));
                    return None;
                };
                let key = Spanned::new(word, first.atom.span);
                let mut item = Item {
                    key,
                    values: slots,
                    list: None,
                    body: None,
                    span: node.span,
                    trivia,
                };
                self.comments
                    .after(&mut item.trivia.after, item.span.end, self.source);
                Some(item)
            }
            Kind::List { .. } => {
                self.report(node.span, "expected a key, found a list inside of a list");
                None
            }
        }
    }

    /// The atoms of a scalar, the first of which remembers the scalar as text. A problem of the
    /// atoms is kept in them as [`Atom::Stray`]: where text is expected there is none.
    fn scalar(&mut self, text: String, plain: bool, span: Span, after_comma: bool) -> Vec<Slot> {
        let quotes = usize::from(!plain);
        let inner = self
            .source
            .get(span.start + quotes..span.end.saturating_sub(quotes));
        let base = (inner == Some(text.as_str())).then_some(span.start + quotes);
        let (mut slots, _) = parse_scalar(&text, base, span);
        if plain && (text.is_empty() || text == "~" && !after_comma) {
            return Vec::new();
        }
        if slots.is_empty() {
            let atom = Spanned::new(Atom::Text(text.clone()), span);
            slots.push(Slot {
                atom,
                after_comma,
                scalar: None,
                reported: false,
            });
        }
        let n_atoms = slots.len();
        slots[0].after_comma = after_comma;
        slots[0].scalar = Some(Scalar {
            text: Spanned::new(text, span),
            quoted: !plain,
            n_atoms,
        });
        slots
    }
}

/// Whether a node of a list is a value, not a key with values of its own.
fn is_value(node: &Node) -> bool {
    matches!(&node.kind, Kind::Scalar { text, plain } if !plain || !text.is_empty())
}
