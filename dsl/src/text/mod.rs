//! Reads the `.impulse` spelling into the tree.

mod stray;

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span, Spanned};
use pest::Parser as _;
use pest::iterators::Pair;

use crate::schema::SPEC;
use crate::syntax::{DEPTH_MAX, KEY_MAX, NODES_MAX, too_deep, too_long, too_many};
use crate::tree::{Atom, Body, Item, Slot, Trivia, Written, shorten};

/// Most problems of the grammar that are collected.
const PROBLEMS_MAX: usize = 1000;

#[derive(pest_derive::Parser)]
#[grammar = "impulse.pest"]
struct Grammar;

/// The items of a spec and its problems. Every text has a tree, except one that is nested too
/// deeply or has too many parts.
pub(crate) fn parse(text: &str) -> (Option<Body>, Vec<Diagnostic>) {
    let spec = match Grammar::parse(Rule::spec, text) {
        Ok(mut pairs) => pairs.next(),
        Err(error) => {
            let at = match error.location {
                pest::error::InputLocation::Pos(at) => Span::new(at, at),
                pest::error::InputLocation::Span((start, end)) => Span::new(start, end),
            };
            let message = "this is no part of a spec";
            return (None, vec![Diagnostic::error(codes::SYNTAX, at, message)]);
        }
    };
    let Some(spec) = spec else {
        return (Some(Body::default()), Vec::new());
    };
    let mut reader = Reader::new(0, None);
    let mut body = reader.spec(spec.clone());
    if reader.n_unclosed > 0 {
        // A brace is missing somewhere: let blocks of the spec close what is open before them.
        reader = Reader::new(0, None);
        reader.closes_before_blocks = true;
        body = reader.spec(spec);
    }
    match body {
        Ok(body) => (Some(body), reader.diagnostics),
        Err(limit) => (None, vec![limit]),
    }
}

/// The values of a YAML scalar. `base` is the byte of the source where `text` stands word for
/// word; without it every value gets the span `whole`.
pub(crate) fn parse_scalar(
    text: &str,
    base: Option<usize>,
    whole: Span,
) -> (Vec<Slot>, Vec<Diagnostic>) {
    let exact = if base.is_some() { None } else { Some(whole) };
    let mut reader = Reader::new(base.unwrap_or(0), exact);
    reader.tentative = true;
    let mut slots = Vec::new();
    if let Ok(mut pairs) = Grammar::parse(Rule::scalar, text)
        && let Some(scalar) = pairs.next()
    {
        reader.groups(scalar, &mut slots);
    }
    (slots, reader.diagnostics)
}

struct Reader {
    base: usize,
    exact: Option<Span>,
    /// Whether what is no value may still be text, and is not reported.
    tentative: bool,
    diagnostics: Vec<Diagnostic>,
    n_nodes: usize,
    n_unclosed: usize,
    /// Whether a block of the spec at the beginning of a line closes the blocks before it.
    closes_before_blocks: bool,
}

impl Reader {
    fn new(base: usize, exact: Option<Span>) -> Self {
        Self {
            base,
            exact,
            tentative: false,
            diagnostics: Vec::new(),
            n_nodes: 0,
            n_unclosed: 0,
            closes_before_blocks: false,
        }
    }

    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        self.exact
            .unwrap_or(Span::new(span.start() + self.base, span.end() + self.base))
    }

    fn report(&mut self, span: Span, message: impl Into<String>) {
        self.push(Diagnostic::error(codes::SYNTAX, span, message));
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < PROBLEMS_MAX {
            self.diagnostics.push(diagnostic);
        }
    }

    /// All items, put into their blocks.
    fn spec(&mut self, pair: Pair<'_, Rule>) -> Result<Body, Diagnostic> {
        let mut blocks = vec![Frame::new(None, self.span(&pair))];
        let mut line = 0;
        for part in pair.into_inner() {
            let span = self.span(&part);
            if self.closes_before_blocks && part.as_rule() == Rule::item && begins_block(&part) {
                while blocks.len() > 1 {
                    self.unclosed(&mut blocks);
                }
            }
            let depth = blocks.len();
            let Some(top) = blocks.last_mut() else { break };
            match part.as_rule() {
                Rule::newline => {
                    line += 1;
                    top.newline();
                }
                Rule::comment => top.comment(part.as_str().trim_end()),
                Rule::item => {
                    line += part.as_str().matches('\n').count();
                    if let Some(item) = self.item(part, top) {
                        top.item(item);
                    }
                    if self.n_nodes > NODES_MAX {
                        return Err(too_many(span));
                    }
                }
                Rule::comma if !top.after_item => self.report(span, "expected a key, found `,`"),
                Rule::open => {
                    if depth > DEPTH_MAX {
                        return Err(too_deep(span));
                    }
                    let owner = if top.after_item {
                        top.body.items.pop()
                    } else {
                        None
                    };
                    if owner.is_none() && !top.after_bad_item {
                        self.report(span, "expected the name of a block in front of `{`");
                    }
                    let mut frame = Frame::new(owner, span);
                    frame.open_line = line;
                    blocks.push(frame);
                }
                Rule::close if depth == 1 => self.report(span, "this `}` closes nothing"),
                Rule::close => close(&mut blocks, span, line),
                _ => {}
            }
        }
        while blocks.len() > 1 {
            self.unclosed(&mut blocks);
        }
        let mut body = blocks.pop().map(|f| f.finish()).unwrap_or_default();
        body.inline = false;
        Ok(body)
    }

    /// Reports and ends the innermost block.
    fn unclosed(&mut self, blocks: &mut Vec<Frame>) {
        let Some(frame) = blocks.last_mut() else {
            return;
        };
        let brace = frame.body.span;
        let last = frame.body.items.last().map_or(brace.end, |i| i.span.end);
        let at = Span::new(last, last);
        let message = "this `{` is not closed";
        let diagnostic = Diagnostic::error(codes::SYNTAX, brace, message);
        self.push(diagnostic.fix(at, "\n}", "add a `}` after its last line"));
        self.n_unclosed += 1;
        close(blocks, brace, usize::MAX);
    }

    fn item(&mut self, pair: Pair<'_, Rule>, frame: &mut Frame) -> Option<Item> {
        let mut span = self.span(&pair);
        let mut slots = Vec::new();
        for part in pair.clone().into_inner() {
            if part.as_rule() == Rule::comment {
                frame.pending.push(part.as_str().trim_end().to_owned());
            }
        }
        self.groups(pair, &mut slots);
        for slot in &slots {
            // Whatever is a word here may be a key in the other spelling.
            if matches!(&slot.atom.value, Atom::Word(word) if word.len() > KEY_MAX) {
                self.push(too_long(slot.atom.span));
            }
        }
        let end = slots.last().map_or(span.end, |s| s.atom.span.end);
        span = Span::new(span.start, end);
        frame.after_bad_item = true;
        if slots.is_empty() {
            return None;
        }
        let first = slots.remove(0);
        let key = match first.atom.value {
            Atom::Word(word) => Spanned::new(word, first.atom.span),
            other => {
                frame.body.lost = true;
                self.no_key(other, first.atom.span);
                return None;
            }
        };
        Some(Item {
            key,
            values: slots,
            list: None,
            body: None,
            span,
            trivia: Trivia::default(),
        })
    }

    /// Reports a value in the place of a key.
    fn no_key(&mut self, found: Atom, span: Span) {
        // A stray was reported already.
        if matches!(found, Atom::Stray(_)) {
            return;
        }
        let message = format!("expected a key, found {}", found.describe());
        let diagnostic = Diagnostic::error(codes::SYNTAX, span, message);
        self.push(match found {
            Atom::Quantity(Written {
                unit: Some(unit),
                digits,
                ..
            }) if unit.value != "%" => {
                let text = format!("{} {digits}", unit.value);
                diagnostic.fix(span, text.clone(), format!("the key comes first: `{text}`"))
            }
            _ => diagnostic,
        });
    }

    /// The atoms of an item's or a scalar's groups.
    fn groups(&mut self, pair: Pair<'_, Rule>, slots: &mut Vec<Slot>) {
        let (groups, others): (Vec<_>, Vec<_>) =
            pair.into_inner().partition(|p| p.as_rule() == Rule::group);
        for (n, group) in groups.into_iter().enumerate() {
            for (i, pair) in group.into_inner().enumerate() {
                let is_separator = matches!(pair.as_str().trim_end(), ":" | "=");
                let atom = match pair.as_rule() {
                    // `epochs: 100` is read as what it is meant as.
                    Rule::stray if is_separator && !self.tentative && !slots.is_empty() => {
                        self.stray(pair, slots.last());
                        continue;
                    }
                    Rule::stray => self.stray(pair, slots.last()),
                    _ => self.atom(pair),
                };
                if i > 0 && self.separated_number(&atom, slots) {
                    continue;
                }
                let reported = matches!(atom.value, Atom::Stray(_)) && !self.tentative;
                slots.push(Slot {
                    atom,
                    after_comma: i == 0 && n > 0,
                    scalar: None,
                    reported,
                });
            }
        }
        // What follows a scalar's values, such as further lines.
        for rest in others.into_iter().filter(|p| p.as_rule() == Rule::rest) {
            slots.push(Slot {
                atom: self.stray(rest, None),
                after_comma: false,
                scalar: None,
                reported: false,
            });
        }
    }

    /// Whether `atom` is the `_000` of `1_000`, which then becomes a stray as a whole.
    fn separated_number(&mut self, atom: &Spanned<Atom>, slots: &mut [Slot]) -> bool {
        let Some(before) = slots.last_mut() else {
            return false;
        };
        let (Atom::Quantity(number), Atom::Word(rest)) = (&before.atom.value, &atom.value) else {
            return false;
        };
        let digits = rest.replace('_', "");
        let is_rest = rest.starts_with('_') && digits.chars().all(|c| c.is_ascii_digit());
        if !is_rest || number.unit.is_some() || before.atom.span.end != atom.span.start {
            return false;
        }
        let whole = before.atom.span.to(atom.span);
        let written = format!("{}{rest}", number.digits);
        let plain = format!("{}{digits}", number.digits);
        let message = format!("`{}` is no number", shorten(&written));
        before.atom = Spanned::new(Atom::Stray(written), whole);
        before.reported = true;
        let diagnostic = Diagnostic::error(codes::SYNTAX, whole, message);
        self.push(diagnostic.fix(whole, plain, "write the digits without `_`"));
        true
    }

    /// What is no part of the language, behind `before`.
    fn stray(&mut self, pair: Pair<'_, Rule>, before: Option<&Slot>) -> Spanned<Atom> {
        self.n_nodes += 1;
        let span = self.span(&pair);
        let found = pair.as_str().trim_end();
        let span = Span::new(span.start, span.end.min(span.start + found.len()));
        if !self.tentative {
            let glued = before.filter(|s| s.atom.span.end == span.start);
            self.push(stray::problem(found, span, glued));
        }
        Spanned::new(Atom::Stray(found.to_owned()), span)
    }

    fn atom(&mut self, pair: Pair<'_, Rule>) -> Spanned<Atom> {
        self.n_nodes += 1;
        let mut span = self.span(&pair);
        let text = pair.as_str();
        let atom = match pair.as_rule() {
            Rule::word => Atom::Word(text.to_owned()),
            Rule::text => Atom::Text(unquote(text)),
            Rule::pattern => Atom::Pattern(text[1..text.len() - 1].to_owned()),
            Rule::at_most => Atom::AtMost,
            Rule::dims => Atom::Dims(
                text.split(['x', '×'])
                    .map(|d| d.parse().unwrap_or(usize::MAX))
                    .collect(),
            ),
            Rule::quantity => {
                let quantity = self.quantity(pair);
                span = quantity.span;
                Atom::Quantity(quantity)
            }
            Rule::range => {
                let mut ends = pair.into_inner().map(|q| self.quantity(q));
                match (ends.next(), ends.next()) {
                    (Some(from), Some(to)) => {
                        span = from.span.to(to.span);
                        Atom::Range(from, to)
                    }
                    _ => Atom::Stray(text.to_owned()),
                }
            }
            _ => Atom::Stray(text.to_owned()),
        };
        Spanned::new(atom, span)
    }

    fn quantity(&self, pair: Pair<'_, Rule>) -> Written {
        let mut written = Written {
            number: f64::NAN,
            digits: String::new(),
            unit: None,
            span: self.span(&pair),
        };
        for (n, part) in pair.into_inner().enumerate() {
            // Without the spaces that stand behind it.
            let span = self.span(&part);
            written.span = if n == 0 { span } else { written.span.to(span) };
            if part.as_rule() == Rule::number {
                written.digits = part.as_str().replace('\u{2212}', "-");
                written.number = written.digits.parse().unwrap_or(f64::NAN);
            } else {
                written.unit = Some(Spanned::new(part.as_str().to_owned(), self.span(&part)));
            }
        }
        written
    }
}

/// Whether an item is a block of the spec at the beginning of a line.
fn begins_block(item: &Pair<'_, Rule>) -> bool {
    let span = item.as_span();
    let before = span.get_input().get(..span.start()).unwrap_or_default();
    let word = item.as_str().split([' ', '\t']).next().unwrap_or_default();
    (before.is_empty() || before.ends_with(['\n', '\r'])) && SPEC.key(word).is_some()
}

fn unquote(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text[1..text.len() - 1].chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some(other) => other,
                None => break,
            },
            c => c,
        });
    }
    plain
}

/// A block whose end is not reached yet.
struct Frame {
    /// The item that the block belongs to; `None` for the spec and for a block without a name.
    owner: Option<Item>,
    body: Body,
    /// Line of the opening brace.
    open_line: usize,
    /// Comments since the last item.
    pending: Vec<String>,
    n_newlines: usize,
    blank: bool,
    /// Whether the latest part on this line is an item.
    after_item: bool,
    /// Whether this line began with something that was reported already.
    after_bad_item: bool,
    /// Whether the line of the opening brace goes on.
    on_open_line: bool,
}

impl Frame {
    fn new(owner: Option<Item>, span: Span) -> Self {
        let on_open_line = owner.is_some();
        Self {
            owner,
            body: Body {
                span,
                ..Body::default()
            },
            open_line: 0,
            pending: Vec::new(),
            n_newlines: 0,
            blank: false,
            after_item: false,
            after_bad_item: false,
            on_open_line,
        }
    }

    fn newline(&mut self) {
        self.n_newlines += 1;
        self.after_item = false;
        self.after_bad_item = false;
        self.on_open_line = false;
        let between_items = self.pending.is_empty() && !self.body.items.is_empty();
        self.blank |= self.n_newlines > 1 && between_items;
    }

    fn comment(&mut self, text: &str) {
        match (&mut self.owner, self.body.items.last_mut()) {
            (_, Some(item)) if self.after_item => item.trivia.after = Some(text.to_owned()),
            (Some(owner), None) if self.on_open_line => {
                owner.trivia.after_open = Some(text.to_owned());
            }
            _ => {
                self.end_paragraph();
                self.pending.push(text.to_owned());
                self.n_newlines = 0;
            }
        }
    }

    /// An empty line after a comment is kept as an empty comment.
    fn end_paragraph(&mut self) {
        if !self.pending.is_empty() && self.n_newlines > 1 {
            self.pending.push(String::new());
        }
    }

    fn item(&mut self, mut item: Item) {
        self.end_paragraph();
        item.trivia.before = std::mem::take(&mut self.pending);
        item.trivia.blank_before = std::mem::take(&mut self.blank);
        self.body.items.push(item);
        self.n_newlines = 0;
        self.after_item = true;
        self.on_open_line = false;
    }

    fn finish(mut self) -> Body {
        self.body.comments = self.pending;
        self.body
    }
}

/// Ends the innermost block at its closing brace.
fn close(blocks: &mut Vec<Frame>, brace: Span, line: usize) {
    let Some(mut frame) = blocks.pop() else {
        return;
    };
    frame.body.span = frame.body.span.to(brace);
    frame.body.inline = frame.open_line == line;
    let owner = frame.owner.take();
    let body = frame.finish();
    if let (Some(mut item), Some(parent)) = (owner, blocks.last_mut()) {
        item.span = item.span.to(brace);
        item.body = Some(body);
        parent.body.items.push(item);
        parent.after_item = true;
    }
}
