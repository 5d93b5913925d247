//! The spec read by the schema: every key known, every value of a type its key takes, with its
//! unit and within its range. What comes out needs no further checks of that kind. `reader` goes
//! through the tree, `convert` makes values of atoms, `problems` says what is wrong.

mod convert;
mod problems;
mod reader;

use impulse_ir::{Diagnostic, Span, Spanned};

use crate::schema::{Block, Default, Key};
use crate::tree::{Atom, Body};
use crate::units::Quantity;

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
    /// Where the first problem in it was reported: what is missing may be what was misspelt.
    pub fault: Option<usize>,
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
    let name = Spanned::new("spec".into(), Span::default());
    let mut record = Record::new(&crate::schema::SPEC, name);
    record.span = body.span;
    if body.lost {
        record.fault = Some(body.span.start);
    }
    reader::Reader::new(diagnostics).body(&mut record, body, &[]);
    record
}

/// Access by key, for the lowering.
impl Record {
    fn new(block: &'static Block, name: Spanned<String>) -> Self {
        Self {
            block,
            span: name.span,
            name,
            fields: Vec::new(),
            fault: None,
            inline: false,
        }
    }

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

    /// The required keys that are not given, unless a problem in the block may be why.
    pub fn missing(&self) -> Vec<&'static Key> {
        if self.fault.is_some() {
            return Vec::new();
        }
        let missing =
            |k: &&Key| matches!(k.default, Default::Required(_)) && self.field(k.name).is_none();
        self.block.keys.iter().filter(missing).collect()
    }
}
