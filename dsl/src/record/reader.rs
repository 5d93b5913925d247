//! Goes through the tree and finds the key of every value, whether it is written or left out.

use std::collections::VecDeque;

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span, Spanned};

use super::convert::{convert, takes, takes_slot, whole_text};
use super::{Content, Field, Record, Value, problems};
use crate::schema::{Accept, Block, Form, Key};
use crate::syntax::{DEPTH_MAX, too_deep};
use crate::tree::{Atom, Body, Item, Slot};

/// How a value stands to its key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind it.
    Named,
    /// Beside the block's name, the key left out.
    Positional,
}

/// The values of a line that are not read yet.
pub(super) struct Line {
    slots: VecDeque<Slot>,
    body: Option<Body>,
    /// Where something is missing when the line ends.
    end: Span,
    /// The key whose values were read last.
    latest: Option<&'static Key>,
}

impl Line {
    pub fn peek(&self) -> Option<&Slot> {
        self.slots.front()
    }

    fn next(&mut self) -> Option<Slot> {
        let slot = self.slots.pop_front();
        if let Some(slot) = &slot {
            self.end = slot.atom.span;
        }
        slot
    }

    /// Drops the values up to the next comma.
    fn skip_rest_of_group(&mut self) {
        while self.peek().is_some_and(|s| !s.after_comma) {
            self.next();
        }
    }

    fn skip_group(&mut self) {
        self.next();
        self.skip_rest_of_group();
    }

    /// Drops the groups up to the next key of `block`.
    fn skip_to_key(&mut self, block: &'static Block) {
        let is_key = |slot: &Slot| {
            slot.after_comma
                && matches!(&slot.atom.value, Atom::Word(word) if block.key(word).is_some())
        };
        while self.peek().is_some_and(|s| !is_key(s)) {
            self.skip_group();
        }
    }
}

pub(super) struct Reader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// The blocks around the one that is read, innermost first.
type Outer<'a> = &'a [&'static Block];

impl<'d> Reader<'d> {
    pub fn new(diagnostics: &'d mut Vec<Diagnostic>) -> Self {
        Self { diagnostics }
    }

    fn error(&mut self, record: &mut Record, diagnostic: Diagnostic) {
        let at = crate::position(&diagnostic);
        record.fault = Some(record.fault.map_or(at, |first| first.min(at)));
        self.diagnostics.push(diagnostic);
    }

    /// The lines between the braces of `record`.
    pub fn body(&mut self, record: &mut Record, body: Body, outer: Outer<'_>) {
        record.inline = body.inline;
        for item in body.items {
            self.item(record, item, outer);
        }
    }

    fn item(&mut self, record: &mut Record, item: Item, outer: Outer<'_>) {
        let mut line = Line {
            slots: item.values.into(),
            body: item.body,
            end: item.key.span,
            latest: None,
        };
        let mut key = Some(item.key);
        while let Some(name) = key {
            self.entry(record, name, &mut line, outer);
            // What is left on the line are further keys: `epochs 100, batch 32`.
            key = self.next_key(record, &mut line);
        }
        if let Some(body) = line.body {
            let diagnostic = problems::no_block(record, line.latest, &body);
            self.error(record, diagnostic);
        }
    }

    /// A key with its values, or a value whose key is left out.
    fn entry(
        &mut self,
        record: &mut Record,
        key: Spanned<String>,
        line: &mut Line,
        outer: Outer<'_>,
    ) {
        match record.block.key_or_any(&key.value) {
            Some(known) => self.field(record, known, key, line, outer),
            None if is_positional_word(record, &key) => {
                let atom = Spanned::new(Atom::Word(key.value.clone()), key.span);
                let n_left = line.slots.len();
                line.slots.push_front(Slot {
                    atom,
                    after_comma: true,
                    scalar: None,
                    reported: false,
                });
                self.parameters(record, line, outer);
                // Its key is given already, and the word is a key of a block around this one.
                if line.slots.len() > n_left {
                    line.next();
                    self.unknown_key(record, &key);
                }
            }
            None => {
                self.unknown_key(record, &key);
                // Its values and its body mean nothing without it.
                line.body = None;
                line.skip_rest_of_group();
                line.skip_to_key(record.block);
            }
        }
    }

    /// The next key on the line; values in between that belong to none are reported.
    fn next_key(&mut self, record: &mut Record, line: &mut Line) -> Option<Spanned<String>> {
        while let Some(slot) = line.next() {
            match &slot.atom.value {
                Atom::Word(word) if slot.after_comma || record.block.key(word).is_some() => {
                    return Some(Spanned::new(word.clone(), slot.atom.span));
                }
                Atom::Stray(_) => self.stray(record, &slot),
                _ => {
                    let diagnostic = problems::left_over(record, line.latest, &slot);
                    self.error(record, diagnostic);
                }
            }
            line.skip_rest_of_group();
        }
        None
    }

    /// A key and what belongs to it.
    fn field(
        &mut self,
        record: &mut Record,
        key: &'static Key,
        name: Spanned<String>,
        line: &mut Line,
        outer: Outer<'_>,
    ) {
        let key_span = name.span;
        line.end = key_span;
        let content = match &key.form {
            // The text bounds the depth of braces, but blocks nest without braces as well.
            Form::Block(_) if outer.len() > DEPTH_MAX => {
                self.error(record, too_deep(key_span));
                line.slots.clear();
                line.body = None;
                None
            }
            Form::Block(block) => {
                let mut inner = Record::new(block, name);
                let mut blocks = vec![record.block];
                blocks.extend_from_slice(outer);
                self.parameters(&mut inner, line, &blocks);
                if line.slots.is_empty()
                    && let Some(body) = line.body.take()
                {
                    inner.span = inner.span.to(body.span);
                    self.body(&mut inner, body, &blocks);
                }
                inner.span = inner.span.to(line.end);
                line.latest = Some(key);
                Some(Content::Record(inner))
            }
            Form::Value(_) | Form::List(_) => self.values(record, key, Place::Named, line),
        };
        if let Some(content) = content {
            self.push(record, key, key_span, content);
        }
    }

    fn push(&mut self, record: &mut Record, key: &'static Key, key_span: Span, content: Content) {
        // The check knows whether two names mean one thing, however they are spelled.
        let named = record.block.any.is_some_and(|any| any.name == key.name);
        let repeats =
            record.block.ordered && key.block().is_some() || is_side_by_side(key) || named;
        let same = |f: &&Field| {
            f.key.name == key.name
                && match (&f.content, &content) {
                    (Content::Record(a), Content::Record(b)) => a.name.value == b.name.value,
                    _ => true,
                }
        };
        if !repeats && let Some(first) = record.fields.iter().find(same) {
            let name = match &content {
                Content::Record(inner) => inner.name.value.clone(),
                Content::Values(_) => key.name.to_owned(),
            };
            let diagnostic = problems::twice(record, &name, key_span, first.key_span);
            self.error(record, diagnostic);
            return;
        }
        record.fields.push(Field {
            key,
            key_span,
            content,
        });
    }

    /// What stands beside a block's name: values whose key may be left out, and keys with theirs.
    fn parameters(&mut self, record: &mut Record, line: &mut Line, outer: Outer<'_>) {
        while let Some(slot) = line.peek() {
            let word = match &slot.atom.value {
                Atom::Word(word) => Some(word.clone()),
                _ => None,
            };
            let named = word
                .as_ref()
                .filter(|w| !is_whole_choice(record.block, w, line))
                .and_then(|w| record.block.key(w));
            if let Some(key) = named {
                let Some(slot) = line.next() else { break };
                let name = Spanned::new(key.name.to_owned(), slot.atom.span);
                self.field(record, key, name, line, outer);
                continue;
            }
            let free = record.block.keys.iter().find(|k| {
                k.positional
                    && record.field(k.name).is_none()
                    && k.accepts().iter().any(|a| takes_slot(*a, slot))
            });
            let is_outer_key = word
                .as_ref()
                .is_some_and(|w| outer.iter().any(|b| b.key(w).is_some()));
            let only_name =
                free.is_some_and(|k| k.accepts().iter().all(|a| !matches!(a, Accept::Words(_))));
            if slot.after_comma && is_outer_key && (free.is_none() || only_name) {
                return;
            }
            if let Some(key) = free {
                let span = slot.atom.span;
                if let Some(content) = self.values(record, key, Place::Positional, line) {
                    self.push(record, key, span, content);
                }
                continue;
            }
            if let (Some(any), Some(word)) = (record.block.any, &word) {
                let name = Spanned::new(word.clone(), slot.atom.span);
                line.next();
                self.field(record, any, name, line, outer);
                continue;
            }
            self.unexpected(record, line);
        }
    }

    /// Reports a value that no key takes.
    fn unexpected(&mut self, record: &mut Record, line: &mut Line) {
        let Some(slot) = line.peek().cloned() else {
            return;
        };
        match &slot.atom.value {
            Atom::Stray(_) if slot.reported => self.stray(record, &slot),
            Atom::Word(word) => {
                if let Some(key) = problems::meant_choice(record, word, slot.after_comma) {
                    self.values(record, key, Place::Positional, line);
                    return;
                }
                self.unknown_key(record, &Spanned::new(word.clone(), slot.atom.span));
                if record.block.is_choice() {
                    line.body = None;
                }
            }
            _ => {
                // The value of a positional key, though of the wrong type?
                let free = |k: &&Key| k.positional && record.field(k.name).is_none();
                if let Some(key) = record.block.keys.iter().find(free) {
                    self.values(record, key, Place::Positional, line);
                    return;
                }
                match slot.atom.value {
                    Atom::Stray(_) => self.stray(record, &slot),
                    _ => {
                        let diagnostic = problems::unexpected_value(record, &slot);
                        self.error(record, diagnostic);
                    }
                }
            }
        }
        line.skip_group();
    }

    /// The reader of `.impulse` has reported what is no value; a YAML scalar was only tried.
    fn stray(&mut self, record: &mut Record, slot: &Slot) {
        match slot.reported {
            true => {
                let at = slot.atom.span.start;
                record.fault = Some(record.fault.map_or(at, |first| first.min(at)));
            }
            false => {
                let message = format!("{} is no value of the language", slot.atom.value.describe());
                let diagnostic = Diagnostic::error(codes::SYNTAX, slot.atom.span, message);
                self.error(record, diagnostic);
            }
        }
    }

    fn unknown_key(&mut self, record: &mut Record, key: &Spanned<String>) {
        // A key of the block before, on a line of its own: that block lacks it.
        if let Some(Content::Record(before)) = record.fields.last_mut().map(|f| &mut f.content)
            && before.block.key(&key.value).is_some()
        {
            before.fault.get_or_insert(key.span.start);
        }
        let diagnostic = problems::unknown_key(record, key);
        self.error(record, diagnostic);
    }

    /// The values of a key; `None` when they were reported. `place` says whether the key stands
    /// in front of them.
    fn values(
        &mut self,
        record: &mut Record,
        key: &'static Key,
        place: Place,
        line: &mut Line,
    ) -> Option<Content> {
        let list = matches!(key.form, Form::List(_));
        line.latest = Some(key);
        let mut values: Vec<(Spanned<Value>, Atom)> = Vec::new();
        while let Some(slot) = line.peek() {
            let goes_on = match (values.last(), slot.after_comma) {
                (None, after_comma) => !after_comma || place == Place::Positional,
                (Some(_), true) => list && goes_on(line),
                (Some((before, _)), false) => {
                    let more = list && is_entry(record.block, key, slot);
                    if more {
                        let between = Span::new(before.span.end, slot.atom.span.start);
                        let diagnostic = problems::missing_comma_between(between, slot);
                        self.error(record, diagnostic);
                    }
                    more
                }
            };
            if !goes_on {
                break;
            }
            let Some(slot) = line.next() else { break };
            match self.value(record, key, place, slot, line) {
                Some(value) => values.push(value),
                None => {
                    line.latest = None;
                    line.skip_rest_of_group();
                    if list {
                        line.skip_to_key(record.block);
                    }
                    return None;
                }
            }
        }
        if values.is_empty() {
            let block = line.slots.is_empty().then(|| line.body.take()).flatten();
            let diagnostic = problems::missing_value(key, line.end, block.as_ref());
            self.error(record, diagnostic);
            return None;
        }
        Some(Content::Values(values))
    }

    fn value(
        &mut self,
        record: &mut Record,
        key: &'static Key,
        place: Place,
        mut slot: Slot,
        line: &mut Line,
    ) -> Option<(Spanned<Value>, Atom)> {
        let accepts = key.accepts();
        let n_atoms = slot.scalar.as_ref().map_or(1, |s| s.n_atoms);
        if let Some(text) = whole_text(&slot, accepts, place) {
            if let Some(diagnostic) = problems::list_in_text(key, &slot, line.slots.len()) {
                self.error(record, diagnostic);
                return None;
            }
            for _ in 1..n_atoms {
                line.next();
            }
            let text = Spanned::new(without_slashes(key, text.value), text.span);
            let value = Spanned::new(Value::Text(text.value.clone()), text.span);
            return Some((value, Atom::Text(text.value)));
        }
        if slot.atom.value == Atom::AtMost {
            let bound = accepts.iter().any(|a| matches!(a, Accept::AtMost(_)));
            match line.peek() {
                Some(next) if bound && !next.after_comma => slot = line.next()?,
                _ => {}
            }
        }
        if let Atom::Stray(_) = slot.atom.value
            && slot.reported
        {
            self.stray(record, &slot);
            return None;
        }
        // Text of several words in YAML is shown as a whole.
        if let (Place::Named, Atom::Word(_), Some(scalar)) = (place, &slot.atom.value, &slot.scalar)
            && n_atoms > 1
        {
            slot.atom = Spanned::new(Atom::Text(scalar.text.value.clone()), scalar.text.span);
        }
        if let Atom::Text(text) = slot.atom.value {
            slot.atom.value = Atom::Text(without_slashes(key, text));
        }
        match convert(key, accepts, &slot.atom) {
            Ok(value) => Some((Spanned::new(value, slot.atom.span), slot.atom.value)),
            Err(diagnostic) => {
                let better = problems::missing_comma(record, &slot.atom.value)
                    .or_else(|| problems::decimal_comma(&diagnostic, &slot, line.peek()));
                self.error(record, better.unwrap_or(*diagnostic));
                None
            }
        }
    }
}

/// The text of a pattern that stands between slashes within its quotes.
fn without_slashes(key: &Key, text: String) -> String {
    let pattern = key.accepts().iter().any(|a| matches!(a, Accept::Pattern));
    let inner = |text: &str| Some(text.strip_prefix('/')?.strip_suffix('/')?.to_owned());
    inner(&text).filter(|_| pattern).unwrap_or(text)
}

/// Whether `word`, which is a key of `block` too, stands alone for all of it: `network conv1d` is
/// the network of that name, as the layer of that name would say more.
fn is_whole_choice(block: &Block, word: &str, line: &Line) -> bool {
    let takes = |a: &Accept| matches!(a, Accept::Words(words) if words.contains(&word));
    let by_word = |k: &&Key| k.positional && k.accepts().iter().any(takes);
    line.slots.len() == 1 && line.body.is_none() && block.keys.iter().any(|k| by_word(&k))
}

/// Whether a line of the body is a value whose key may be left out, such as `relu`.
fn is_positional_word(record: &Record, word: &Spanned<String>) -> bool {
    let atom = Atom::Word(word.value.clone());
    record.block.keys.iter().any(|k| {
        k.positional
            && k.accepts()
                .iter()
                .any(|a| matches!(a, Accept::Words(_)) && takes(*a, &atom))
    })
}

/// Whether the group after the comma is one more entry of a list: a single value.
fn goes_on(line: &Line) -> bool {
    line.slots.get(1).is_none_or(|s| s.after_comma)
        || line
            .peek()
            .is_some_and(|s| s.scalar.as_ref().is_some_and(|t| t.n_atoms > 1))
}

/// Whether a value behind an entry of a list, without a comma, is meant as another entry.
fn is_entry(block: &'static Block, key: &Key, slot: &Slot) -> bool {
    let is_key = matches!(&slot.atom.value, Atom::Word(word) if block.key(word).is_some());
    !is_key && key.accepts().iter().any(|a| takes_slot(*a, slot))
}

/// Blocks of which there may be several of one name.
fn is_side_by_side(key: &Key) -> bool {
    matches!(
        key.name,
        "features"
            | "mfcc"
            | "mfe"
            | "spectrogram"
            | "spectral"
            | "wavelet"
            | "flatten"
            | "raw"
            | "target"
    )
}
