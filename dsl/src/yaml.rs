//! Reads the YAML spelling into the tree: `serde_yaml` for the values, `saphyr-parser`'s events
//! for the marks. The events come first, one by one, and bound depth and size, so that neither
//! parser meets a text that it could choke on.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span, Spanned};
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_yaml::Value;

use crate::comments::Comments;
use crate::syntax::{DEPTH_MAX, NODES_MAX, too_deep, too_many};
use crate::text::parse_scalar;
use crate::tree::{Atom, Body, Item, Scalar, Slot, Trivia};

/// A YAML node with its place.
#[derive(Debug)]
struct Node {
    kind: Kind,
    span: Span,
}

#[derive(Debug)]
enum Kind {
    Scalar {
        text: String,
        plain: bool,
    },
    List {
        nodes: Vec<Node>,
        flow: bool,
    },
    Map {
        pairs: Vec<(Node, Node)>,
        flow: bool,
    },
}

/// The items of a spec and its problems.
pub(crate) fn parse(source: &str) -> (Option<Body>, Vec<Diagnostic>) {
    let mut root = match Marks::new(source).read() {
        Ok(root) => root,
        Err(diagnostic) => return (None, vec![diagnostic]),
    };
    // A key given twice is reported by the lowering, which knows both places.
    if !has_duplicates(&root) {
        match serde_yaml::from_str::<Value>(source) {
            Ok(value) => pair(&mut root, &value),
            Err(error) => {
                let at = error.location().map_or(0, |l| l.index().min(source.len()));
                let message = error.to_string();
                let message = message
                    .split(" at line ")
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                return (
                    None,
                    vec![Diagnostic::error(codes::YAML, Span::new(at, at), message)],
                );
            }
        }
    }
    let mut scalars = Vec::new();
    scalar_spans(&root, &mut scalars);
    let mut reader = Reader {
        source,
        comments: Comments::find(source, &scalars),
        diagnostics: Vec::new(),
    };
    let body = match root.kind {
        Kind::Map { .. } => {
            let mut body = reader.body(root);
            body.comments = reader.comments.rest();
            Some(body)
        }
        Kind::Scalar { text, .. } if text.is_empty() => Some(Body::default()),
        _ => {
            let message = "expected keys with values, such as `impulse: yes_no`";
            reader
                .diagnostics
                .push(Diagnostic::error(codes::YAML, root.span, message));
            None
        }
    };
    (body, reader.diagnostics)
}

/// Turns events into nodes.
struct Marks<'s> {
    source: &'s str,
    parser: Parser<'s, saphyr_parser::StrInput<'s>>,
    /// Byte of each character, where they differ.
    bytes: Option<Vec<usize>>,
    n_nodes: usize,
}

impl<'s> Marks<'s> {
    fn new(source: &'s str) -> Self {
        let bytes = (!source.is_ascii()).then(|| {
            source
                .char_indices()
                .map(|(at, _)| at)
                .chain([source.len()])
                .collect()
        });
        Self {
            source,
            parser: Parser::new_from_str(source),
            bytes,
            n_nodes: 0,
        }
    }

    fn byte(&self, index: usize) -> usize {
        match &self.bytes {
            None => index.min(self.source.len()),
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.source.len()),
        }
    }

    fn next(&mut self) -> Result<(Event<'s>, Span), Diagnostic> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let span = Span::new(self.byte(span.start.index()), self.byte(span.end.index()));
                Ok((event, span))
            }
            Some(Err(error)) => {
                let at = self.byte(error.marker().index());
                let span = Span::new(at, at);
                Err(Diagnostic::error(
                    codes::YAML,
                    span,
                    error.info().to_lowercase(),
                ))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The single document.
    fn read(mut self) -> Result<Node, Diagnostic> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if root.is_some() => {
                    let message = "expected one YAML document, found a second one";
                    return Err(Diagnostic::error(codes::YAML, span, message));
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, 0)?);
                }
                Event::StreamEnd => break,
                _ => return Err(Diagnostic::error(codes::YAML, span, "expected a document")),
            }
        }
        let kind = Kind::Scalar {
            text: String::new(),
            plain: true,
        };
        Ok(root.unwrap_or(Node {
            kind,
            span: Span::default(),
        }))
    }

    fn node(&mut self, event: Event<'s>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        self.n_nodes += 1;
        if self.n_nodes > NODES_MAX {
            return Err(too_many(span));
        }
        if depth > DEPTH_MAX {
            return Err(too_deep(span));
        }
        let (anchor, tag) = match &event {
            Event::Alias(_) => (1, false),
            Event::Scalar(_, _, anchor, tag) => (*anchor, tag.is_some()),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
                (*anchor, tag.is_some())
            }
            _ => (0, false),
        };
        if anchor != 0 {
            let message = "anchors and aliases are no part of the language";
            return Err(Diagnostic::error(codes::YAML, span, message)
                .hint("write the value out, or put text that begins with `&` or `*` in quotes"));
        }
        if tag {
            let message = "tags are no part of the language";
            return Err(Diagnostic::error(codes::YAML, span, message)
                .hint("put text that begins with `!` in quotes"));
        }
        let flow = !span_is_empty(span);
        match event {
            Event::Scalar(text, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                let span = self.trim(span);
                Ok(Node {
                    kind: Kind::Scalar {
                        text: text.into_owned(),
                        plain,
                    },
                    span,
                })
            }
            Event::SequenceStart(..) => {
                let mut nodes = Vec::new();
                loop {
                    let (event, end) = self.next()?;
                    if event == Event::SequenceEnd {
                        let span = whole(span, flow, nodes.iter().map(|n: &Node| n.span), end);
                        return Ok(Node {
                            kind: Kind::List { nodes, flow },
                            span,
                        });
                    }
                    nodes.push(self.node(event, end, depth + 1)?);
                }
            }
            Event::MappingStart(..) => {
                let mut pairs = Vec::new();
                loop {
                    let (event, end) = self.next()?;
                    if event == Event::MappingEnd {
                        let inner = pairs
                            .iter()
                            .flat_map(|(k, v): &(Node, Node)| [k.span, v.span]);
                        let span = whole(span, flow, inner, end);
                        return Ok(Node {
                            kind: Kind::Map { pairs, flow },
                            span,
                        });
                    }
                    let key = self.node(event, end, depth + 1)?;
                    let (event, end) = self.next()?;
                    let value = self.node(event, end, depth + 1)?;
                    pairs.push((key, value));
                }
            }
            _ => Err(Diagnostic::error(codes::YAML, span, "expected a value")),
        }
    }

    /// The span without the line break that ends a multi-line scalar.
    fn trim(&self, span: Span) -> Span {
        let text = self.source.get(span.start..span.end).unwrap_or_default();
        Span::new(span.start, span.start + text.trim_end().len())
    }
}

fn span_is_empty(span: Span) -> bool {
    span.start == span.end
}

/// The span of a collection: with its brackets, or of what it holds.
fn whole(start: Span, flow: bool, inner: impl Iterator<Item = Span>, end: Span) -> Span {
    if flow {
        return start.to(end);
    }
    inner.filter(|s| !span_is_empty(*s)).fold(start, Span::to)
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

fn scalar_text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
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

struct Reader<'s> {
    source: &'s str,
    comments: Comments,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.diagnostics
            .push(Diagnostic::error(codes::YAML, span, message));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }

    /// The items of a mapping or a list.
    fn body(&mut self, node: Node) -> Body {
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
            Kind::List { nodes, .. } if nodes.iter().all(|n| self.is_single(n)) => {
                for (i, node) in nodes.into_iter().enumerate() {
                    if let Kind::Scalar { text, plain } = node.kind {
                        item.values
                            .extend(self.scalar(text, plain, node.span, i > 0));
                    }
                }
                self.comments
                    .after(&mut item.trivia.after, item.span.end, self.source);
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

    /// `- key: value`, `- flatten`.
    fn list_entry(&mut self, node: Node, trivia: Trivia) -> Option<Item> {
        match node.kind {
            Kind::Map { mut pairs, .. } => {
                if let Some((second, _)) = pairs.get(1) {
                    let span = second.span;
                    let first = scalar_text(&pairs[0].0).unwrap_or_default().to_owned();
                    self.report(span, format!("expected one key in a list entry, `{first}`"))
                        .hints
                        .push(impulse_ir::Hint {
                            message: format!(
                                "begin a new entry with `-`, or indent this key under `{first}`"
                            ),
                            span: None,
                            replacement: None,
                        });
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

    fn is_single(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Scalar { text, .. } => {
                !text.is_empty() && parse_scalar(text, None, node.span).0.len() == 1
                    || !text.contains(' ')
            }
            _ => false,
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
        let is_nothing = plain && (text.is_empty() || text == "~");
        if is_nothing {
            return Vec::new();
        }
        if slots.is_empty() {
            let atom = Spanned::new(Atom::Text(text.clone()), span);
            slots.push(Slot {
                atom,
                after_comma,
                scalar: None,
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
