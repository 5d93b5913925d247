//! The tree that both spellings parse to: items with a key, values, and a body, every one with
//! its span. It knows no key of the language; the [`crate::schema`] does.

use impulse_ir::{Span, Spanned};

/// One line of a block: `conv1d 8 filters, kernel 3` or a key of a YAML mapping.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// The first word.
    pub key: Spanned<String>,
    /// What stands beside it.
    pub values: Vec<Slot>,
    /// How YAML wrote the values, where it wrote them as a list.
    pub list: Option<List>,
    /// What stands between its braces, or the mapping or list under it.
    pub body: Option<Body>,
    /// From the key to the end of the body.
    pub span: Span,
    /// Comments, for the formatter.
    pub trivia: Trivia,
}

/// The inside of a block.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Body {
    /// The lines.
    pub items: Vec<Item>,
    /// Comments after the last item.
    pub comments: Vec<String>,
    /// Whether it stood on one line (`{ … }`).
    pub inline: bool,
    /// Whether YAML wrote it as a list.
    pub list: bool,
    /// The block with its braces.
    pub span: Span,
    /// Whether an item of it could not be read, so that what is missing may be that one.
    pub lost: bool,
}

/// A list of values in YAML.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum List {
    /// `[yes, no]`.
    Flow,
    /// One line each, with the comments around it.
    Lines(Vec<Trivia>),
}

/// One value beside a key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    /// The value.
    pub atom: Spanned<Atom>,
    /// Whether a comma stands in front of it.
    pub after_comma: bool,
    /// The whole YAML scalar that this atom begins, as text; the place for free text.
    pub scalar: Option<Scalar>,
    /// Whether it is no value, and was reported as that.
    pub reported: bool,
}

/// A YAML scalar as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scalar {
    /// Its value as text.
    pub text: Spanned<String>,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// Number of atoms it was read as.
    pub n_atoms: usize,
}

/// Comments around an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trivia {
    /// Whole-line comments before it.
    pub before: Vec<String>,
    /// The comment at the end of its line.
    pub after: Option<String>,
    /// The comment after its opening brace.
    pub after_open: Option<String>,
    /// Whether an empty line stands before it (and its comments).
    pub blank_before: bool,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Atom {
    /// `mfcc`, `yes`.
    Word(String),
    /// `"clips"`.
    Text(String),
    /// `/^([0-9a-f]+)_/`, without the slashes.
    Pattern(String),
    /// `16 kHz`, `0.005`.
    Quantity(Written),
    /// `0%..30%`.
    Range(Written, Written),
    /// `3x3`.
    Dims(Vec<usize>),
    /// `<` in front of a budget.
    AtMost,
    /// What is no value of the language.
    Stray(String),
}

/// A number with the unit that follows it, as written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Written {
    /// The number.
    pub number: f64,
    /// Its digits as written.
    pub digits: String,
    /// The unit.
    pub unit: Option<Spanned<String>>,
    /// Number and unit.
    pub span: Span,
}

impl Written {
    /// The canonical text: `16 kHz`, `25%`.
    pub fn text(&self) -> String {
        match &self.unit {
            None => self.digits.clone(),
            Some(unit) if unit.value == "%" => format!("{}%", self.digits),
            Some(unit) => format!("{} {}", self.digits, unit.value),
        }
    }
}

impl Written {
    /// Number and unit with the space between them that the spec has.
    pub fn as_written(&self) -> String {
        match &self.unit {
            Some(unit) if unit.span.start == self.span.start + self.digits.len() => {
                format!("{}{}", self.digits, unit.value)
            }
            _ => self.text(),
        }
    }
}

impl Atom {
    /// The canonical text in the `.impulse` spelling.
    pub fn text(&self) -> String {
        match self {
            Atom::Word(word) => word.clone(),
            Atom::Text(text) => quote(text),
            Atom::Pattern(pattern) => format!("/{pattern}/"),
            Atom::Quantity(quantity) => quantity.text(),
            Atom::Range(from, to) => format!("{}..{}", from.text(), to.text()),
            Atom::Dims(dims) => impulse_ir::network::show(dims),
            Atom::AtMost => "<".into(),
            Atom::Stray(text) => text.clone(),
        }
    }

    /// What it is, for messages.
    pub fn describe(&self) -> String {
        match self {
            Atom::Word(text) | Atom::Stray(text) => format!("`{}`", shorten(text)),
            Atom::Text(text) => format!("the text {}", quote(&shorten(text))),
            Atom::Pattern(pattern) => format!("the pattern /{}/", shorten(pattern)),
            Atom::AtMost => "`<`".into(),
            other => shorten(&other.as_written()),
        }
    }

    /// The text without a space that is not in the spec: `2fast`.
    pub fn as_written(&self) -> String {
        match self {
            Atom::Quantity(quantity) => quantity.as_written(),
            other => other.text(),
        }
    }
}

/// Most characters of the spec's text in a message.
const SHOWN_MAX: usize = 40;

/// Text of the spec as messages show it: not too long, and without control characters.
pub(crate) fn shorten(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN_MAX)
        .flat_map(|c| match c.is_control() {
            true => c.escape_default().collect::<Vec<char>>(),
            false => vec![c],
        })
        .collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Text in double quotes.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether `text` reads as one word of the language.
pub(crate) fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
