//! Random specs in the `.impulse` spelling, made from the schema: every key, every type of value,
//! every unit. They are sound key by key; whether they make sense together is another question.

use proptest::prelude::*;

use crate::schema::{Accept, Block, Default, Form, Key, SPEC};
use crate::tree::quote;
use crate::units::{Dimension, Unit};

/// Names that a word may be, some of which YAML reads as something else.
const NAMES: &[&str] = &[
    "yes", "no", "on", "off", "y", "n", "true", "null", "Null", "unknown", "a-b", "_x9", "test",
    "e1", "Infinity",
];

/// Text that is hard to write in one spelling or the other.
const TEXTS: &[&str] = &[
    "clips",
    "a b",
    "it's",
    "say \"hi\"",
    "back\\slash",
    "null",
    "~",
    "1e3",
    "0x10",
    "1_000",
    "2026-01-01",
    "yes",
    "# no",
    "a #b",
    "a: b",
    "a:",
    ": a",
    "- x",
    "-",
    "?",
    "ünï 語",
    "tab\there",
    "two\nlines",
    "\r",
    "",
    " lead",
    "trail ",
    "@x",
    "`",
    "{",
    "}",
    "[a]",
    "a, b",
    "16 kHz",
    "10 dB..30 dB",
    "3x3",
    "/p/",
    "/",
    "<",
    "%",
    "true",
    "!t",
    "&a",
    "*a",
    "|",
    ">",
    "---",
    "...",
    "\u{85}",
    "\u{2028}x",
    "\u{feff}x",
    "\u{7f}",
    "'",
    "\"",
    "//",
    "key: [",
    "from",
    "kernel",
    "\\n",
];

const PATTERNS: &[&str] = &[
    "^([^_]+)_",
    "a|b",
    "x\\/(y)",
    "(\\d+)",
    "[0-9a-f]+",
    "#",
    "\"",
    "'",
];

const NUMBERS: &[&str] = &[
    "0", "1", "2", "3", "8", "0.5", "0.005", "1e-3", "5E2", "25", "100", "250", "8000", "16000",
    "0.97", "-6", "-0.5", "20", "1.10",
];

/// Decisions, taken one by one; behind the last one all are 0, so that shrinking makes specs
/// smaller.
pub(super) struct Choices {
    numbers: Vec<u16>,
    at: usize,
    /// Comments written so far.
    pub n_comments: usize,
    comments: bool,
}

/// A list of decisions.
pub(super) fn choices(comments: bool) -> impl Strategy<Value = Choices> {
    prop::collection::vec(any::<u16>(), 0..600).prop_map(move |numbers| Choices {
        numbers,
        at: 0,
        n_comments: 0,
        comments,
    })
}

impl std::fmt::Debug for Choices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut again = Choices {
            numbers: self.numbers.clone(),
            at: 0,
            n_comments: 0,
            comments: self.comments,
        };
        write!(f, "{}", again.spec())
    }
}

impl Choices {
    fn below(&mut self, n: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(number) % n
    }

    fn maybe(&mut self, of: usize) -> bool {
        self.below(of) == of - 1
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// A comment at the end of a line, or one on lines of its own.
    fn comment(&mut self, out: &mut String, alone: bool) {
        if !self.comments || !self.maybe(3) {
            return;
        }
        let n = self.n_comments;
        self.n_comments += 1;
        let text = self.pick(&["", " {", " \"", " }", ", a: b"]);
        match alone {
            true => out.push_str(&format!("# note {n}{text}\n")),
            false => out.push_str(&format!(" # note {n}{text}")),
        }
        if alone && self.maybe(3) {
            out.push('\n');
        }
    }

    /// A whole spec.
    pub fn spec(&mut self) -> String {
        let mut out = String::new();
        for key in SPEC.keys {
            let required = matches!(key.default, Default::Required(_));
            if !required && !self.maybe(2) {
                continue;
            }
            self.comment(&mut out, true);
            if self.maybe(4) {
                out.push('\n');
            }
            match key.block() {
                Some(block) if block.is_choice() => self.choice(block, &mut out),
                _ => {
                    self.field(key, &mut out, 0);
                    self.line_end(&mut out);
                }
            }
        }
        self.comment(&mut out, true);
        out
    }

    fn line_end(&mut self, out: &mut String) {
        self.comment(out, false);
        out.push('\n');
    }

    /// `features mfcc { … }`, perhaps twice; `target` with some boards.
    fn choice(&mut self, block: &'static Block, out: &mut String) {
        let boards = ["nano33", "emulator-m4", "my_board"];
        let n = match block.name {
            "window" => 1,
            _ => 1 + self.below(2),
        };
        for board in boards.iter().take(n) {
            let key = match block.keys {
                [] => block.any,
                keys => Some(&keys[self.below(keys.len())]),
            };
            let Some(key) = key else { continue };
            // One image by itself is all there is to see.
            if key.name == "image" && out.contains("features image") {
                continue;
            }
            let Some(inner) = key.block() else { continue };
            let name = if block.any.is_some() {
                board
            } else {
                inner.name
            };
            out.push_str(&format!("{} {name}", block.name));
            self.block(inner, out, 0);
            self.line_end(out);
        }
    }

    /// A key with its values or its block.
    fn field(&mut self, key: &'static Key, out: &mut String, depth: usize) {
        out.push_str(key.name);
        match &key.form {
            Form::Block(block) => self.block(block, out, depth),
            Form::Value(accepts) => {
                out.push(' ');
                self.value(accepts, out);
            }
            Form::List(accepts) => {
                // A list of words such as `equal` has one entry.
                let accept = [self.pick(accepts)];
                let one = matches!(accept[0], Accept::Words(_));
                let n = if one { 1 } else { 1 + self.below(4) };
                for i in 0..n {
                    out.push_str(if i > 0 { ", " } else { " " });
                    self.value(&accept, out);
                }
            }
        }
    }

    /// What stands behind a block's name.
    fn block(&mut self, block: &'static Block, out: &mut String, depth: usize) {
        if block.ordered {
            return self.layers(block, out, depth);
        }
        let mut given: Vec<&'static Key> = Vec::new();
        for key in block.keys {
            if matches!(key.default, Default::Required(_)) || self.maybe(2) {
                given.push(key);
            }
        }
        let mut separator = " ";
        let (beside, within) = given
            .into_iter()
            .partition::<Vec<&'static Key>, _>(|k| k.positional || !block.braces);
        for key in beside {
            out.push_str(separator);
            // A word beside the name may be taken for a key.
            match key.positional && self.maybe(2) {
                true => self.positional(key, out),
                false => self.field(key, out, depth + 1),
            }
            separator = ", ";
        }
        if block.braces {
            self.body(&within, out, depth);
        }
    }

    fn positional(&mut self, key: &'static Key, out: &mut String) {
        let mut value = String::new();
        self.value(key.accepts(), &mut value);
        // Without its key, a name could be the name of another key.
        if NAMES.contains(&value.as_str()) && !key.accepts().iter().any(is_words) {
            value = quote(&value);
        }
        out.push_str(&value);
    }

    fn body(&mut self, keys: &[&'static Key], out: &mut String, depth: usize) {
        if self.maybe(4) {
            out.push_str(" { ");
            for (n, key) in keys.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                self.field(key, out, depth + 1);
            }
            out.push_str(" }");
            return;
        }
        out.push_str(" {");
        self.line_end(out);
        for key in keys {
            self.comment(out, true);
            out.push_str(&"  ".repeat(depth + 1));
            self.field(key, out, depth + 1);
            self.line_end(out);
        }
        self.comment(out, true);
        out.push_str(&"  ".repeat(depth));
        out.push('}');
    }

    fn layers(&mut self, block: &'static Block, out: &mut String, depth: usize) {
        if block.name == "network" && self.maybe(8) {
            out.push_str(" from ");
            return self.value(&[Accept::Text], out);
        }
        let kinds: Vec<&'static Key> = block
            .keys
            .iter()
            .filter(|k| k.block().is_some_and(|b| !b.ordered || depth < 3))
            .collect();
        let n = 1 + self.below(5);
        let layers: Vec<&'static Key> = (0..n).map(|_| self.pick(&kinds)).collect();
        self.body(&layers, out, depth);
    }

    fn value(&mut self, accepts: &[Accept], out: &mut String) {
        match self.pick(accepts) {
            Accept::Number(dimension, from, to) => {
                let (text, _) = self.number(dimension, from, to);
                out.push_str(&text);
            }
            Accept::Count(dimension, from, to) => {
                let sizes = [1, 2, 3, 8, 13, 64, 637, 4096, 100_000];
                let sizes: Vec<u64> = sizes
                    .into_iter()
                    .filter(|n| (from..=to).contains(n))
                    .collect();
                let n = if sizes.is_empty() {
                    from
                } else {
                    self.pick(&sizes)
                };
                out.push_str(&n.to_string());
                if let Some(noun) = dimension.noun()
                    && self.maybe(2)
                {
                    out.push_str(&format!(" {noun}"));
                }
            }
            Accept::Range(dimension, from, to) => {
                let (a, low) = self.number(dimension, from, to);
                let (b, high) = self.number(dimension, from, to);
                let (a, b) = if low <= high { (a, b) } else { (b, a) };
                out.push_str(&format!("{a}..{b}"));
            }
            Accept::AtMost(dimension) => {
                let (text, _) = self.number(dimension, 1e-9, 1e12);
                out.push_str(if self.maybe(4) { "" } else { "< " });
                out.push_str(&text);
            }
            Accept::Words(words) => out.push_str(self.pick(words)),
            Accept::Name => out.push_str(self.pick(NAMES)),
            Accept::Text => out.push_str(&quote(self.pick(TEXTS))),
            Accept::Pattern => out.push_str(&format!("/{}/", self.pick(PATTERNS))),
            Accept::Dims(least, most, _, _) => {
                let n = least + self.below(most - least + 1);
                let dims = ["3", "49", "13", "1"];
                let dims: Vec<&str> = (0..n.max(2)).map(|_| self.pick(&dims)).collect();
                out.push_str(&dims.join("x"));
            }
        }
    }

    /// A number with a unit, and its value.
    fn number(&mut self, dimension: Dimension, from: f64, to: f64) -> (String, f64) {
        let units: Vec<&str> = match dimension {
            Dimension::One | Dimension::Count(_) => vec![""],
            _ => dimension.units(),
        };
        let unit = self.pick(&units);
        let sound: Vec<(&str, f64)> = NUMBERS
            .iter()
            .filter_map(|n| {
                let unit = Some(unit).filter(|u| !u.is_empty());
                let quantity = dimension.read(n.parse().ok()?, unit).ok()?;
                let ticks = matches!(quantity.unit, Unit::Sample | Unit::Result);
                let fits = (from..=to).contains(&quantity.value) || ticks && quantity.value >= 0.0;
                fits.then_some((*n, quantity.value))
            })
            .collect();
        let Some(_) = sound.first() else {
            return self.number(dimension, from, to);
        };
        let (digits, value) = self.pick(&sound);
        let space = if self.maybe(2) && !unit.starts_with('e') {
            ""
        } else {
            " "
        };
        (
            format!("{digits}{space}{unit}").trim_end().to_owned(),
            value,
        )
    }
}

fn is_words(accept: &Accept) -> bool {
    matches!(accept, Accept::Words(_))
}
