//! The language as a table: every block with its keys, and of every key its values, range,
//! default and meaning. The lowering, the suggestions, the formatter's conversions and the
//! reference in `docs/language.md` all read this table; the grammar knows none of it.

mod blocks;
mod features;
mod layers;

pub(crate) use blocks::SPEC;
pub(crate) use layers::LAYERS;

use crate::units::Dimension;

/// A block: a set of keys.
#[derive(Debug)]
pub(crate) struct Block {
    /// Its name, for messages.
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its keys in the order of the reference.
    pub keys: &'static [Key],
    /// A key of any name, such as a board: tried when `keys` has none.
    pub any: Option<&'static Key>,
    /// Whether keys repeat and their order matters (layers).
    pub ordered: bool,
    /// Whether the formatter gives it braces with one key a line.
    pub braces: bool,
    /// An example that stands in the reference and is compiled by a test, within its parent.
    pub example: &'static str,
}

/// A key of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// How it is written.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// What may stand beside it.
    pub form: Form,
    /// What holds without it.
    pub default: Default,
    /// Whether its value may stand without the key, beside the block's name: `conv1d 8 filters`.
    pub positional: bool,
}

/// What holds when a key is not given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Default {
    /// It must be given, such as this.
    Required(&'static str),
    /// This value, as it would be written.
    Value(&'static str),
    /// In words.
    Words(&'static str),
}

/// What may stand beside a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// One value, of one of these types.
    Value(&'static [Accept]),
    /// One value or more.
    List(&'static [Accept]),
    /// Keys of its own, beside it or between braces.
    Block(&'static Block),
}

/// A type of value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Accept {
    /// A number of this dimension between two bounds, both allowed.
    Number(Dimension, f64, f64),
    /// A whole number between two bounds.
    Count(Dimension, u64, u64),
    /// Two numbers of this dimension, ascending, within bounds.
    Range(Dimension, f64, f64),
    /// An upper bound: `< 32 KiB`.
    AtMost(Dimension),
    /// One of these words.
    Words(&'static [&'static str]),
    /// Any word.
    Name,
    /// Free text, such as a path.
    Text,
    /// A pattern between slashes.
    Pattern,
    /// Sizes such as `3x3`: how many, each between two bounds.
    Dims(usize, usize, u64, u64),
}

impl Block {
    /// The key called `name`.
    pub fn key(&'static self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }

    /// An example of what stands beside its name: of a small block, its keys.
    fn sample(&self) -> &'static str {
        match self.name {
            "group" => "filename /^([^_]+)_/",
            "noise" => "\"background_noise\" 10 dB..30 dB",
            "mask_time" | "mask_frequency" => "2, width 8",
            "adam" | "adamw" | "rmsprop" => "0.005",
            "start" => "from \"weights.safetensors\"",
            "sgd" => "0.1, momentum 0.9",
            "low_pass" | "high_pass" => "10 Hz, order 6",
            "deltas" => "second, width 2",
            _ => "",
        }
    }

    /// Whether it only chooses what stands in it: `features mfcc`, `target nano33`.
    pub fn is_choice(&self) -> bool {
        matches!(self.name, "features" | "window" | "target")
    }

    /// The key called `name`, or the one that stands for every name.
    pub fn key_or_any(&'static self, name: &str) -> Option<&'static Key> {
        self.key(name)
            .or(self.any.filter(|_| crate::tree::is_word(name)))
    }
}

impl Key {
    /// The types of its values; none for a block.
    pub fn accepts(&self) -> &'static [Accept] {
        match &self.form {
            Form::Value(accepts) | Form::List(accepts) => accepts,
            Form::Block(_) => &[],
        }
    }

    /// An example of its value.
    pub fn sample(&self) -> &'static str {
        match self.default {
            Default::Required(sample) | Default::Value(sample) => return sample,
            Default::Words(_) => {}
        }
        match self.accepts().first() {
            Some(Accept::Number(dimension, ..)) => match dimension {
                Dimension::Frequency => "4 kHz",
                Dimension::Share => "25%",
                Dimension::Level => "10 dB",
                Dimension::Angle => "15 deg",
                Dimension::One | Dimension::Count(_) | Dimension::Memory => "1",
                _ => "250 ms",
            },
            Some(Accept::Count(Dimension::Count("samples"), ..)) => "512",
            Some(Accept::Count(..)) => "10",
            Some(Accept::Range(..)) => "-6 dB..6 dB",
            Some(Accept::AtMost(Dimension::Memory)) => "< 32 KiB",
            Some(Accept::AtMost(_)) => "< 100 ms",
            Some(Accept::Words(words)) => words.first().copied().unwrap_or_default(),
            Some(Accept::Name) if self.name == "axes" => "x, z",
            Some(Accept::Name) => "unknown",
            Some(Accept::Text) if self.name == "from" => "\"model.tflite\"",
            Some(Accept::Text) => "\"speaker\"",
            Some(Accept::Pattern) => "/^([^_]+)_/",
            Some(Accept::Dims(..)) => "3x3",
            None => self.block().map_or("", |b| b.sample()),
        }
    }

    /// The block under it.
    pub fn block(&self) -> Option<&'static Block> {
        match &self.form {
            Form::Block(block) => Some(block),
            _ => None,
        }
    }
}

impl Accept {
    /// What is expected, for messages and the reference: `1 to 4096 filters`.
    pub fn describe(&self) -> String {
        match *self {
            Accept::Number(dimension, from, to) => bounds(dimension, from, to),
            Accept::Count(dimension, from, to) => match dimension.noun() {
                Some(noun) => format!("{from} to {to} {noun}"),
                None => format!("a whole number from {from} to {to}"),
            },
            Accept::Range(dimension, from, to) => format!(
                "a range within {}..{}",
                dimension.show(from),
                dimension.show(to)
            ),
            Accept::AtMost(Dimension::Memory) => "an upper bound such as `< 32 KiB`".into(),
            Accept::AtMost(_) => "an upper bound such as `< 100 ms`".into(),
            Accept::Words(words) => {
                let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
                match words.split_last() {
                    Some((last, [])) => last.clone(),
                    Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
                    None => String::new(),
                }
            }
            Accept::Name => "a name".into(),
            Accept::Text => "text in quotes".into(),
            Accept::Pattern => "a pattern such as `/^([^_]+)_/`".into(),
            Accept::Dims(1, 3, ..) => "a shape such as `49x13`".into(),
            Accept::Dims(..) => "a size such as `3x3`".into(),
        }
    }
}

fn bounds(dimension: Dimension, from: f64, to: f64) -> String {
    if to.is_infinite() {
        return format!(
            "{} of at least {}",
            dimension.expected(),
            dimension.show(from)
        );
    }
    let range = format!("{} to {}", dimension.show(from), dimension.show(to));
    match dimension {
        Dimension::One => format!("a number from {range}"),
        Dimension::TimeOrSamples => format!("{range}, or samples"),
        Dimension::TimeOrResults => format!("{range}, or results"),
        _ => range,
    }
}

/// What any of `accepts` expects, for messages.
pub(crate) fn expected(accepts: &[Accept]) -> String {
    let all: Vec<String> = accepts.iter().map(Accept::describe).collect();
    all.join(" or ")
}
