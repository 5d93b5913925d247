//! YAML nodes with their places, from `saphyr-parser`'s events. The events come one by one, so that
//! depth and size are bounded before anything is built of them.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span};
use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::syntax::{DEPTH_MAX, KEY_MAX, NODES_MAX, too_deep, too_long, too_many};

/// A YAML node with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Debug)]
pub(super) enum Kind {
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

/// Turns events into nodes.
pub(super) struct Marks<'s> {
    source: &'s str,
    /// Byte of the spec at which `source` stands.
    base: usize,
    parser: Parser<'s, saphyr_parser::StrInput<'s>>,
    /// Byte of each character, where they differ.
    bytes: Option<Vec<usize>>,
    n_nodes: usize,
}

impl<'s> Marks<'s> {
    /// A reader of `source`, which stands at byte `base` of the spec.
    pub fn new(source: &'s str, base: usize) -> Self {
        let bytes = (!source.is_ascii()).then(|| {
            source
                .char_indices()
                .map(|(at, _)| at)
                .chain([source.len()])
                .collect()
        });
        Self {
            source,
            base,
            parser: Parser::new_from_str(source),
            bytes,
            n_nodes: 0,
        }
    }

    fn byte(&self, index: usize) -> usize {
        let end = self.source.len();
        self.base
            + match &self.bytes {
                None => index.min(end),
                Some(bytes) => bytes.get(index).copied().unwrap_or(end),
            }
    }

    fn next(&mut self) -> Result<(Event<'s>, Span), Diagnostic> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let span = Span::new(self.byte(span.start.index()), self.byte(span.end.index()));
                Ok((event, span))
            }
            Some(Err(error)) => {
                let at = self.byte(error.marker().index()) - self.base;
                Err(super::problems::syntax(
                    self.source,
                    self.base,
                    at,
                    error.info(),
                ))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    /// The single document.
    pub fn read(mut self) -> Result<Node, Diagnostic> {
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
        // A list and a mapping in it make one block.
        if depth > 2 * DEPTH_MAX + 2 {
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
        let mark = Span::new(span.start, span.start + 1);
        if anchor != 0 {
            let message = "anchors and aliases are no part of the language";
            return Err(Diagnostic::error(codes::YAML, mark, message)
                .hint("write the value out, or put text that begins with `&` or `*` in quotes"));
        }
        if tag {
            let message = "tags are no part of the language";
            return Err(Diagnostic::error(codes::YAML, mark, message)
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
                    if matches!(&key.kind, Kind::Scalar { text, .. } if text.chars().count() > KEY_MAX)
                    {
                        return Err(too_long(key.span));
                    }
                    let (event, end) = self.next()?;
                    let value = self.node(event, end, depth + 1)?;
                    pairs.push((key, value));
                }
            }
            _ => Err(Diagnostic::error(codes::YAML, span, "expected a value")),
        }
    }

    /// The span without the line break that ends a multi-line scalar, and without the comment
    /// that follows one in quotes.
    fn trim(&self, span: Span) -> Span {
        let range = span.start - self.base..span.end.saturating_sub(self.base);
        let text = self.source.get(range).unwrap_or_default();
        let end = match text.chars().next() {
            Some(quote @ ('"' | '\'')) => after_quote(text, quote),
            _ => text.trim_end().len(),
        };
        Span::new(span.start, span.start + end)
    }
}

pub(super) fn span_is_empty(span: Span) -> bool {
    span.start == span.end
}

/// The span of a collection: with its brackets, or of what it holds.
fn whole(start: Span, flow: bool, inner: impl Iterator<Item = Span>, end: Span) -> Span {
    if flow {
        return start.to(end);
    }
    inner.filter(|s| !span_is_empty(*s)).fold(start, Span::to)
}

/// The byte behind the quote that ends `text`.
fn after_quote(text: &str, quote: char) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        let doubled = |next: Option<&(usize, char)>| next.is_some_and(|(_, c)| *c == '\'');
        if c == '\\' && quote == '"' || c == '\'' && quote == '\'' && doubled(chars.peek()) {
            chars.next();
        } else if c == quote {
            return at + 1;
        }
    }
    text.len()
}

/// The text of a scalar.
pub(super) fn scalar_text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}
