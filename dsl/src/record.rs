//! Reads the tree by the schema: every key known, every value of a type its key takes, with its
//! unit and within its range. What comes out needs no further checks of that kind.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span, Spanned};

use crate::schema::{Accept, Block, Default, Form, Key, expected};
use crate::suggest::nearest;
use crate::tree::{Atom, Body, Item, Slot, Written};
use crate::units::{Dimension, Mismatch, Quantity, is_unit};

/// A block as it was given: its keys in the order of the text.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// What may stand in it.
    pub block: &'static Block,
    /// Its key (`conv1d`, or the board's name).
    pub name: Spanned<String>,
    /// The whole block.
    pub span: Span,
    /// Its keys.
    pub fields: Vec<Field>,
    /// Whether a problem was reported in it: what is missing may be what was misspelt.
    pub faulty: bool,
    /// Whether its braces stood on one line.
    pub inline: bool,
}

/// A key with its values.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// The key.
    pub key: &'static Key,
    /// Where the key is written; its first value's place where it was left out.
    pub key_span: Span,
    /// The values.
    pub content: Content,
}

/// What stands beside a key.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Values, each as the tree has it and as the key takes it.
    Values(Vec<(Spanned<Value>, Atom)>),
    /// A block.
    Record(Record),
}

/// A value of a type that its key takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A number in the base unit.
    Number(Quantity),
    /// A whole number.
    Count(u64),
    /// Two numbers in the base unit, ascending.
    Range(Quantity, Quantity),
    /// A word of the language, a name, free text, or a pattern.
    Text(String),
    /// Sizes.
    Dims(Vec<usize>),
}

/// Reads a whole spec.
pub(crate) fn read(body: Body, diagnostics: &mut Vec<Diagnostic>) -> Record {
    let block = &crate::schema::SPEC;
    let mut record = Record {
        block,
        name: Spanned::new("spec".into(), Span::default()),
        span: body.span,
        fields: Vec::new(),
        faulty: false,
        inline: false,
    };
    let mut reader = Reader { diagnostics };
    reader.body(&mut record, body, &[]);
    record
}

/// How a value stands to its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Behind it.
    Named,
    /// Beside the block's name, the key left out.
    Positional,
}

/// The values of a line that are not read yet.
struct Line {
    slots: std::collections::VecDeque<Slot>,
    body: Option<Body>,
    /// Where something is missing when the line ends.
    end: Span,
}

impl Line {
    fn peek(&self) -> Option<&Slot> {
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
    fn skip_group(&mut self) {
        self.next();
        while self.peek().is_some_and(|s| !s.after_comma) {
            self.next();
        }
    }
}

struct Reader<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

type Outer<'a> = &'a [&'static Block];

impl Reader<'_> {
    fn error(&mut self, record: &mut Record, diagnostic: Diagnostic) {
        record.faulty = true;
        self.diagnostics.push(diagnostic);
    }

    /// The lines between the braces of `record`.
    fn body(&mut self, record: &mut Record, body: Body, outer: Outer<'_>) {
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
        };
        let mut key = item.key;
        loop {
            match record.block.key_or_any(&key.value) {
                Some(known) => self.field(record, known, key, &mut line, outer),
                None if self.is_positional_word(record, &key) => {
                    let atom = Spanned::new(Atom::Word(key.value), key.span);
                    line.slots.push_front(Slot {
                        atom,
                        after_comma: true,
                        scalar: None,
                    });
                    self.parameters(record, &mut line, outer);
                }
                None => {
                    self.unknown_key(record, &key);
                    // Its values and its body mean nothing without it.
                    line.body = None;
                    line.skip_group();
                    while line.peek().is_some_and(|s| !self.is_key(record.block, s)) {
                        line.skip_group();
                    }
                }
            }
            // What is left on the line are further keys: `epochs 100, batch 32`.
            match line.next() {
                None => break,
                Some(slot) => match slot.atom.value {
                    Atom::Word(word) if slot.after_comma || record.block.key(&word).is_some() => {
                        key = Spanned::new(word, slot.atom.span);
                    }
                    other => {
                        let found = other.describe();
                        let message =
                            format!("expected a key of `{}`, found {found}", record.block.name);
                        if !matches!(other, Atom::Stray(_)) {
                            let d =
                                Diagnostic::error(codes::UNEXPECTED_VALUE, slot.atom.span, message);
                            self.error(record, d);
                        }
                        break;
                    }
                },
            }
        }
        if let Some(body) = line.body {
            let message = format!("`{}` takes no block", key_path(record));
            let brace = Span::new(body.span.start, body.span.start + 1);
            self.error(
                record,
                Diagnostic::error(codes::UNEXPECTED_VALUE, brace, message),
            );
        }
    }

    fn is_key(&self, block: &'static Block, slot: &Slot) -> bool {
        matches!(&slot.atom.value, Atom::Word(word) if block.key(word).is_some())
    }

    /// Whether a line of the body is a value whose key may be left out, such as `relu`.
    fn is_positional_word(&self, record: &Record, word: &Spanned<String>) -> bool {
        let atom = Atom::Word(word.value.clone());
        record.block.keys.iter().any(|k| {
            k.positional
                && k.accepts()
                    .iter()
                    .any(|a| matches!(a, Accept::Words(_)) && takes(*a, &atom))
        })
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
            Form::Block(block) => {
                let mut inner = Record {
                    block,
                    name,
                    span: key_span,
                    fields: Vec::new(),
                    faulty: false,
                    inline: false,
                };
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
                Some(Content::Record(inner))
            }
            Form::Value(_) | Form::List(_) => self.values(record, key, Place::Named, line),
        };
        if let Some(content) = content {
            self.push(record, key, key_span, content);
        }
    }

    fn push(&mut self, record: &mut Record, key: &'static Key, key_span: Span, content: Content) {
        let repeats = record.block.ordered && key.block().is_some() || is_side_by_side(key);
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
            let diagnostic = Diagnostic::error(
                codes::DUPLICATE_KEY,
                key_span,
                format!("`{name}` is given twice in `{}`", record.block.name),
            );
            let mut diagnostic = diagnostic.hint("it is given here first");
            diagnostic.hints[0].span = Some(first.key_span);
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
            let named = word.as_ref().and_then(|w| record.block.key(w));
            if let Some(key) = named {
                let Some(slot) = line.next() else { break };
                let name = Spanned::new(key.name.to_owned(), slot.atom.span);
                self.field(record, key, name, line, outer);
                continue;
            }
            let free = record.block.keys.iter().find(|k| {
                k.positional
                    && !record.fields.iter().any(|f| f.key.name == k.name)
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
        let Some(slot) = line.peek() else { return };
        let (span, atom) = (slot.atom.span, slot.atom.value.clone());
        if let Atom::Stray(_) = atom {
            self.stray(record, &slot.clone());
            line.skip_group();
            return;
        }
        if let Atom::Word(word) = atom {
            self.unknown_key(record, &Spanned::new(word, span));
            line.skip_group();
            return;
        }
        // The value of a positional key, though of the wrong type?
        let free = record
            .block
            .keys
            .iter()
            .find(|k| k.positional && !record.fields.iter().any(|f| f.key.name == k.name));
        if let Some(key) = free {
            self.values(record, key, Place::Positional, line);
            return;
        }
        let message = format!(
            "`{}` takes no further value, found {}",
            record.name.value,
            atom.describe()
        );
        let mut diagnostic = Diagnostic::error(codes::UNEXPECTED_VALUE, span, message);
        let keys: Vec<String> = record
            .block
            .keys
            .iter()
            .map(|k| format!("`{}`", k.name))
            .collect();
        if !keys.is_empty() {
            diagnostic = diagnostic.hint(format!("its keys are {}", keys.join(", ")));
        }
        self.error(record, diagnostic);
        line.skip_group();
    }

    fn stray(&mut self, record: &mut Record, slot: &Slot) {
        record.faulty = true;
        // The reader of `.impulse` has reported it; a YAML scalar was only tried as values.
        if slot.scalar.is_some() || !self.diagnostics.iter().any(|d| overlaps(d, slot.atom.span)) {
            let message = format!("{} is no value of the language", slot.atom.value.describe());
            self.error(
                record,
                Diagnostic::error(codes::SYNTAX, slot.atom.span, message),
            );
        }
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
        let accepts = key.accepts();
        let list = matches!(key.form, Form::List(_));
        let mut values = Vec::new();
        while let Some(slot) = line.peek() {
            let goes_on = match (values.is_empty(), slot.after_comma) {
                (true, false) => true,
                (true, true) => place == Place::Positional,
                (false, true) => list && self.goes_on(line),
                (false, false) => list && accepts.iter().any(|a| takes_slot(*a, slot)),
            };
            if !goes_on {
                break;
            }
            let Some(slot) = line.next() else { break };
            values.push(self.value(record, key, place, slot, line)?);
        }
        if values.is_empty() {
            let message = format!(
                "`{}` expects {}, found nothing",
                key.name,
                expected(accepts)
            );
            self.error(
                record,
                Diagnostic::error(codes::MISSING_VALUE, line.end, message),
            );
            return None;
        }
        Some(Content::Values(values))
    }

    /// Whether the group after the comma is one more entry of a list: a single value.
    fn goes_on(&self, line: &Line) -> bool {
        line.slots.get(1).is_none_or(|s| s.after_comma)
            || line
                .peek()
                .is_some_and(|s| s.scalar.as_ref().is_some_and(|t| t.n_atoms > 1))
    }

    fn value(
        &mut self,
        record: &mut Record,
        key: &'static Key,
        place: Place,
        slot: Slot,
        line: &mut Line,
    ) -> Option<(Spanned<Value>, Atom)> {
        let accepts = key.accepts();
        if let Some(text) = whole_text(&slot, accepts, place) {
            let n_atoms = slot.scalar.as_ref().map_or(1, |s| s.n_atoms);
            for _ in 1..n_atoms {
                line.next();
            }
            let value = Spanned::new(Value::Text(text.value.clone()), text.span);
            return Some((value, Atom::Text(text.value)));
        }
        let mut slot = slot;
        if slot.atom.value == Atom::AtMost {
            let bound = accepts.iter().any(|a| matches!(a, Accept::AtMost(_)));
            match line.peek() {
                Some(next) if bound && !next.after_comma => slot = line.next()?,
                _ => {}
            }
        }
        let span = slot.atom.span;
        if let Atom::Stray(_) = slot.atom.value {
            self.stray(record, &slot);
            line_skip(line);
            return None;
        }
        match convert(key, accepts, &slot.atom) {
            Ok(value) => Some((Spanned::new(value, span), slot.atom.value)),
            Err(diagnostic) => {
                let diagnostic = self
                    .missing_comma(record, &slot.atom.value)
                    .unwrap_or(*diagnostic);
                self.error(record, diagnostic);
                line_skip(line);
                None
            }
        }
    }

    /// `8 relu`: a key or word in the place of a unit.
    fn missing_comma(&self, record: &Record, atom: &Atom) -> Option<Diagnostic> {
        let Atom::Quantity(Written {
            unit: Some(unit), ..
        }) = atom
        else {
            return None;
        };
        if is_unit(&unit.value) {
            return None;
        }
        let word = Atom::Word(unit.value.clone());
        let known = record.block.keys.iter().any(|k| {
            k.name == unit.value
                || k.accepts()
                    .iter()
                    .any(|a| matches!(a, Accept::Words(_)) && takes(*a, &word))
        });
        known.then(|| {
            let message = format!("expected a comma in front of `{}`", unit.value);
            Diagnostic::error(codes::SYNTAX, unit.span, message).fix(
                unit.span,
                format!(", {}", unit.value),
                "separate them with a comma",
            )
        })
    }

    fn unknown_key(&mut self, record: &mut Record, key: &Spanned<String>) {
        let message = match record.block.name {
            "spec" => format!("unknown key `{}`", key.value),
            "network" | "residual" => format!("unknown layer `{}`", key.value),
            name => format!("unknown key `{}` in `{name}`", key.value),
        };
        let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, key.span, message);
        let keys = record.block.keys.iter().map(|k| k.name);
        let words = record
            .block
            .keys
            .iter()
            .filter(|k| k.positional)
            .flat_map(|k| {
                k.accepts().iter().flat_map(|a| match a {
                    Accept::Words(words) => *words,
                    _ => &[],
                })
            });
        let diagnostic = match nearest(&key.value, keys.clone().chain(words.copied())) {
            Some(name) => diagnostic.fix(key.span, name, format!("did you mean `{name}`?")),
            None if record.block.keys.is_empty() => {
                diagnostic.hint(format!("`{}` has no keys", record.block.name))
            }
            None => {
                let all: Vec<String> = keys.map(|k| format!("`{k}`")).collect();
                diagnostic.hint(format!("known are {}", all.join(", ")))
            }
        };
        self.error(record, diagnostic);
    }
}

fn line_skip(line: &mut Line) {
    while line.peek().is_some_and(|s| !s.after_comma) {
        line.next();
    }
}

fn key_path(record: &Record) -> String {
    match record.fields.last() {
        Some(field) => field.key.name.to_owned(),
        None => record.block.name.to_owned(),
    }
}

/// Blocks of which there may be several of one name.
fn is_side_by_side(key: &Key) -> bool {
    matches!(key.name, "features" | "mfcc" | "target")
}

fn overlaps(diagnostic: &Diagnostic, span: Span) -> bool {
    matches!(diagnostic.place, impulse_ir::Place::Spec(s) if s.start < span.end && span.start < s.end.max(s.start + 1))
}

/// The YAML scalar as text, where text is expected: behind its key whatever it looks like, beside
/// a block's name when it is in quotes or reads as no value.
fn whole_text(slot: &Slot, accepts: &[Accept], place: Place) -> Option<Spanned<String>> {
    let scalar = slot.scalar.as_ref()?;
    if !accepts.iter().any(|a| matches!(a, Accept::Text)) {
        return None;
    }
    let pattern = matches!(slot.atom.value, Atom::Pattern(_)) && scalar.n_atoms == 1;
    if pattern && accepts.iter().any(|a| matches!(a, Accept::Pattern)) {
        return None;
    }
    let is_text = match place {
        Place::Named => true,
        Place::Positional => {
            let stray = matches!(slot.atom.value, Atom::Stray(_));
            stray || scalar.quoted && !scalar.text.value.starts_with('"')
        }
    };
    is_text.then(|| scalar.text.clone())
}

/// Whether a value beside a block's name is of a type.
fn takes_slot(accept: Accept, slot: &Slot) -> bool {
    takes(accept, &slot.atom.value)
        || matches!(accept, Accept::Text)
            && whole_text(slot, &[accept], Place::Positional).is_some()
}

/// Whether an atom is of a type, whatever its unit and size.
fn takes(accept: Accept, atom: &Atom) -> bool {
    match (accept, atom) {
        (Accept::Number(..) | Accept::Count(..), Atom::Quantity(_)) => true,
        (Accept::AtMost(_), Atom::AtMost | Atom::Quantity(_)) => true,
        (Accept::Range(..), Atom::Range(..)) => true,
        (Accept::Words(words), Atom::Word(word)) => words.contains(&word.as_str()),
        (Accept::Name, Atom::Word(_)) => true,
        (Accept::Text, Atom::Text(_)) => true,
        (Accept::Pattern, Atom::Pattern(_)) => true,
        (Accept::Dims(..), Atom::Dims(_)) => true,
        _ => false,
    }
}

/// An atom as one of the types that its key takes.
fn convert(key: &Key, accepts: &[Accept], atom: &Spanned<Atom>) -> Result<Value, Box<Diagnostic>> {
    let mut problem: Option<Diagnostic> = None;
    for accept in accepts {
        if !takes(*accept, &atom.value) {
            continue;
        }
        match convert_to(key, *accept, accepts, atom) {
            Ok(value) => return Ok(value),
            Err(diagnostic) => {
                problem.get_or_insert(diagnostic);
            }
        }
    }
    Err(Box::new(
        problem.unwrap_or_else(|| wrong_type(key, accepts, atom)),
    ))
}

fn wrong_type(key: &Key, accepts: &[Accept], atom: &Spanned<Atom>) -> Diagnostic {
    let message = format!(
        "`{}` expects {}, found {}",
        key.name,
        expected(accepts),
        atom.value.describe()
    );
    let diagnostic = Diagnostic::error(codes::WRONG_VALUE, atom.span, message);
    let Atom::Word(found) = &atom.value else {
        return diagnostic;
    };
    let words = accepts.iter().flat_map(|a| match a {
        Accept::Words(words) => *words,
        _ => &[],
    });
    match nearest(found, words.copied()) {
        Some(word) => diagnostic.fix(atom.span, word, format!("did you mean `{word}`?")),
        None if accepts.iter().any(|a| matches!(a, Accept::Text)) => {
            diagnostic.fix(atom.span, crate::tree::quote(found), "put it in quotes")
        }
        None => diagnostic,
    }
}

fn convert_to(
    key: &Key,
    accept: Accept,
    accepts: &[Accept],
    atom: &Spanned<Atom>,
) -> Result<Value, Diagnostic> {
    let out_of_range = |found: String| {
        let message = format!(
            "`{}` expects {}, found {found}",
            key.name,
            expected(accepts)
        );
        Diagnostic::error(codes::OUT_OF_RANGE, atom.span, message)
    };
    match (accept, &atom.value) {
        (Accept::Number(dimension, from, to), Atom::Quantity(written)) => {
            let quantity = measure(key, dimension, accepts, written)?;
            // A count of samples or results is not bounded in seconds.
            let bounded = matches!(
                quantity.unit,
                crate::units::Unit::Sample | crate::units::Unit::Result
            );
            let (from, to) = if bounded { (0.0, 1e9) } else { (from, to) };
            if !(from..=to).contains(&quantity.value) {
                return Err(out_of_range(written.text()));
            }
            Ok(Value::Number(quantity))
        }
        (Accept::AtMost(dimension), Atom::Quantity(written)) => {
            let quantity = measure(key, dimension, accepts, written)?;
            if !(quantity.value > 0.0 && quantity.value < 1e15) {
                return Err(out_of_range(written.text()));
            }
            Ok(Value::Number(quantity))
        }
        (Accept::Count(dimension, from, to), Atom::Quantity(written)) => {
            let quantity = measure(key, dimension, accepts, written)?;
            let value = quantity.value;
            if value.fract() != 0.0 || !(from as f64..=to as f64).contains(&value) {
                return Err(out_of_range(written.text()));
            }
            Ok(Value::Count(value as u64))
        }
        (Accept::Range(dimension, from, to), Atom::Range(low, high)) => {
            // `10..30 dB`: the first number takes the unit of the second.
            let mut first = low.clone();
            if first.unit.is_none() {
                first.unit.clone_from(&high.unit);
            }
            let low = measure(key, dimension, accepts, &first)?;
            let high = measure(key, dimension, accepts, high)?;
            if low.value > high.value {
                let message = format!(
                    "`{}` expects the lower end first, found {}",
                    key.name,
                    atom.value.text()
                );
                return Err(Diagnostic::error(codes::OUT_OF_RANGE, atom.span, message));
            }
            if low.value < from || high.value > to || !low.value.is_finite() {
                return Err(out_of_range(atom.value.text()));
            }
            Ok(Value::Range(low, high))
        }
        (Accept::Dims(least, most, from, to), Atom::Dims(dims)) => {
            let sizes = dims.iter().all(|d| (from..=to).contains(&(*d as u64)));
            if !sizes || !(least..=most).contains(&dims.len()) {
                return Err(out_of_range(atom.value.text()));
            }
            Ok(Value::Dims(dims.clone()))
        }
        (_, Atom::Word(text) | Atom::Text(text) | Atom::Pattern(text)) => {
            Ok(Value::Text(text.clone()))
        }
        _ => Err(wrong_type(key, accepts, atom)),
    }
}

/// A number with its unit as the dimension that its key expects.
fn measure(
    key: &Key,
    dimension: Dimension,
    accepts: &[Accept],
    written: &Written,
) -> Result<Quantity, Diagnostic> {
    let mismatch = match dimension.read(
        written.number,
        written.unit.as_ref().map(|u| u.value.as_str()),
    ) {
        Ok(quantity) if quantity.value.is_finite() => return Ok(quantity),
        Ok(_) => {
            let message = format!(
                "`{}` expects {}, found {}",
                key.name,
                expected(accepts),
                written.text()
            );
            return Err(Diagnostic::error(
                codes::OUT_OF_RANGE,
                written.span,
                message,
            ));
        }
        Err(mismatch) => mismatch,
    };
    let units = dimension.units();
    match (&written.unit, mismatch) {
        (Some(unit), Mismatch::Unknown) => {
            let message = format!("unknown unit `{}`", unit.value);
            let diagnostic = Diagnostic::error(codes::UNKNOWN_UNIT, unit.span, message);
            Err(match nearest(&unit.value, units.iter().copied()) {
                Some(name) => diagnostic.fix(unit.span, name, format!("did you mean `{name}`?")),
                None => diagnostic.hint(format!("`{}` expects {}", key.name, dimension.expected())),
            })
        }
        (Some(unit), Mismatch::Dimension) => {
            let message = format!(
                "`{}` expects {}, found {}",
                key.name,
                dimension.expected(),
                written.text()
            );
            let diagnostic = Diagnostic::error(codes::WRONG_UNIT, written.span, message);
            Err(match units.is_empty() {
                true => diagnostic.fix(
                    Span::new(written.span.start, unit.span.end),
                    written.digits.clone(),
                    "leave the unit out",
                ),
                false => diagnostic,
            })
        }
        (None, _) => {
            let message = format!(
                "`{}` expects {}, found {} without a unit",
                key.name,
                dimension.expected(),
                written.text()
            );
            let diagnostic = Diagnostic::error(codes::WRONG_UNIT, written.span, message);
            Err(match units.first() {
                Some(unit) => {
                    let unit = if dimension == Dimension::Memory {
                        "KiB"
                    } else {
                        unit
                    };
                    let text = match unit {
                        "%" => format!("{}%", written.digits),
                        unit => format!("{} {unit}", written.digits),
                    };
                    let message = format!("such as `{text}`");
                    diagnostic.fix(written.span, text, message)
                }
                None => diagnostic,
            })
        }
    }
}

/// Access by key, for the lowering.
impl Record {
    /// The field of a key.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.key.name == name)
    }

    /// The first value of a key.
    pub fn value(&self, name: &str) -> Option<&Spanned<Value>> {
        match &self.field(name)?.content {
            Content::Values(values) => values.first().map(|(value, _)| value),
            Content::Record(_) => None,
        }
    }

    /// The block under a key.
    pub fn record(&self, name: &str) -> Option<&Record> {
        match &self.field(name)?.content {
            Content::Record(record) => Some(record),
            Content::Values(_) => None,
        }
    }

    /// All blocks under keys of this name.
    pub fn records<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r Record> {
        self.fields
            .iter()
            .filter(move |f| f.key.name == name)
            .filter_map(|f| match &f.content {
                Content::Record(record) => Some(record),
                Content::Values(_) => None,
            })
    }

    /// A number in its base unit.
    pub fn number(&self, name: &str) -> Option<Spanned<Quantity>> {
        let value = self.value(name)?;
        match value.value {
            Value::Number(quantity) => Some(Spanned::new(quantity, value.span)),
            _ => None,
        }
    }

    /// A whole number.
    pub fn count(&self, name: &str) -> Option<Spanned<u64>> {
        let value = self.value(name)?;
        match value.value {
            Value::Count(count) => Some(Spanned::new(count, value.span)),
            _ => None,
        }
    }

    /// A range in the base unit.
    pub fn range(&self, name: &str) -> Option<Spanned<(Quantity, Quantity)>> {
        let value = self.value(name)?;
        match value.value {
            Value::Range(low, high) => Some(Spanned::new((low, high), value.span)),
            _ => None,
        }
    }

    /// A word, text or pattern.
    pub fn text(&self, name: &str) -> Option<Spanned<String>> {
        let value = self.value(name)?;
        match &value.value {
            Value::Text(text) => Some(Spanned::new(text.clone(), value.span)),
            _ => None,
        }
    }

    /// Every word or text of a list.
    pub fn texts(&self, name: &str) -> Vec<Spanned<String>> {
        let Some(Content::Values(values)) = self.field(name).map(|f| &f.content) else {
            return Vec::new();
        };
        values
            .iter()
            .filter_map(|(v, _)| match &v.value {
                Value::Text(text) => Some(Spanned::new(text.clone(), v.span)),
                _ => None,
            })
            .collect()
    }

    /// Reports the required keys that are not given, unless a problem in the block may be why.
    pub fn missing(&self) -> Vec<&'static Key> {
        if self.faulty {
            return Vec::new();
        }
        let missing = |k: &&Key| k.default == Default::Required && self.field(k.name).is_none();
        self.block.keys.iter().filter(missing).collect()
    }
}
