//! What may stand at a place of a spec that is being written, and what a word there means. It
//! reads the words before the place, not the whole text, so that it works on texts that cannot be
//! parsed yet.

use impulse_ir::{Span, board};

use crate::schema::{Accept, Block, Default, Form, Key, SPEC, expected};
use crate::syntax::Syntax;

/// A word that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The word.
    pub label: String,
    /// What kind of word.
    pub kind: CompletionKind,
    /// What it means.
    pub detail: String,
}

/// Kinds of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A key of a block, a block, or a layer.
    Key,
    /// A value.
    Value,
    /// A unit behind a number.
    Unit,
    /// A board.
    Board,
}

/// What a word means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The word.
    pub span: Span,
    /// Its meaning, values and default, as Markdown.
    pub text: String,
}

/// The words that fit at the byte `offset`, whose beginning may be there already.
pub fn complete(text: &str, syntax: Syntax, offset: usize) -> Vec<Completion> {
    let offset = floor(text, offset);
    let begin = text[..offset].trim_end_matches(is_word_char).len();
    // A number is not the beginning of a word.
    let typed = &text[begin..offset];
    if typed.starts_with(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let Some(place) = place(&text[..begin], syntax) else {
        return Vec::new();
    };
    place.candidates(text, syntax)
}

/// The meaning of the word at the byte `offset`.
pub fn describe(text: &str, syntax: Syntax, offset: usize) -> Option<Description> {
    let offset = floor(text, offset);
    let begin = text[..offset].trim_end_matches(is_word_char).len();
    let rest = &text[begin..];
    let word = &rest[..rest.len() - rest.trim_start_matches(is_word_char).len()];
    let place = place(&text[..begin], syntax)?;
    let key = place.meaning(word)?;
    let mut text = format!("`{word}`: {}", key.doc);
    if !key.accepts().is_empty() {
        text.push_str(&format!("\n\nTakes {}.", expected(key.accepts())));
    }
    match key.default {
        Default::Required(_) => text.push_str(" It must be given."),
        Default::Value(value) => text.push_str(&format!(" Default: `{value}`.")),
        Default::Words("") => {}
        Default::Words(words) => text.push_str(&format!(" Default: {words}.")),
    }
    let span = Span::new(begin, begin + word.len());
    (!word.is_empty()).then_some(Description { span, text })
}

/// Where a word stands.
#[derive(Clone, Copy)]
struct Place {
    /// The block around the item.
    block: &'static Block,
    /// The item's key, or the innermost block that the item's line opened.
    item: Option<&'static Key>,
    /// The key within the item that was named last, whose value comes next.
    last: Option<&'static Key>,
    /// Whether a number stands before it, without a unit so far.
    after_number: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Token<'t> {
    Word(&'t str),
    /// Text, a pattern, anything that is a value and no word.
    Other,
    Comma,
    Open,
    Close,
    Line,
}

impl Place {
    fn start(block: &'static Block) -> Self {
        Place {
            block,
            item: None,
            last: None,
            after_number: false,
        }
    }

    /// The same place after a word, a value or a comma.
    fn after(mut self, token: Token<'_>) -> Self {
        let number = |w: &str| w.trim_start_matches('-').parse::<f64>().is_ok();
        match token {
            Token::Comma => {
                (self.last, self.after_number) = (None, false);
                // Behind a value's comma comes the next item, behind a block's its next key.
                if self.item.is_some_and(|k| matches!(k.form, Form::Value(_))) {
                    self.item = None;
                }
            }
            Token::Word(word) if number(word) => self.after_number = true,
            Token::Word(word) => {
                let was_number = std::mem::take(&mut self.after_number);
                let Some(item) = self.item else {
                    self.item = self.block.key_or_any(word);
                    return self;
                };
                let inner = item.block().and_then(|b| b.key_or_any(word));
                match inner {
                    Some(key) if key.block().is_some() => (self.item, self.last) = (inner, None),
                    // `8 filters`: the noun of a number, not a key whose value follows.
                    Some(_) if was_number => self.last = None,
                    Some(_) => self.last = inner,
                    None => self.last = None,
                }
            }
            Token::Other => (self.last, self.after_number) = (None, false),
            Token::Open | Token::Close | Token::Line => {}
        }
        self
    }

    /// The key that `word` is or belongs to.
    fn meaning(&self, word: &str) -> Option<&'static Key> {
        let Some(item) = self.item else {
            return self.block.key_or_any(word);
        };
        match item.block() {
            None => Some(item),
            Some(block) if self.last.is_none() => {
                let positional = || {
                    let mut keys = block.keys.iter().filter(|k| k.positional);
                    keys.find(|k| words(k.accepts()).any(|w| w == word))
                };
                block.key_or_any(word).or_else(positional)
            }
            Some(_) => self.last,
        }
    }

    fn candidates(&self, text: &str, syntax: Syntax) -> Vec<Completion> {
        let mut found = Vec::new();
        let inner = self.item.and_then(Key::block);
        if self.after_number {
            let positional = inner
                .iter()
                .flat_map(|b| b.keys.iter().filter(|k| k.positional));
            let of_item = self.item.into_iter().filter(|k| k.block().is_none());
            let keys: Vec<&Key> = match self.last {
                Some(key) => vec![key],
                None => positional.chain(of_item).collect(),
            };
            keys.iter().for_each(|key| units(key, &mut found));
            return found;
        }
        match (self.last, inner, self.item) {
            (Some(key), ..) => values(key, text, syntax, &mut found),
            (None, Some(block), _) => {
                keys(block, &mut found);
                for key in block.keys.iter().filter(|k| k.positional) {
                    values(key, text, syntax, &mut found);
                }
            }
            (None, None, Some(item)) => values(item, text, syntax, &mut found),
            (None, None, None) => keys(self.block, &mut found),
        }
        found
    }
}

/// The place behind `before`; `None` inside of text, a pattern or a comment.
fn place(before: &str, syntax: Syntax) -> Option<Place> {
    match syntax {
        Syntax::Impulse => {
            let mut stack = vec![Place::start(&SPEC)];
            follow(&tokens(before, false)?, &mut stack);
            stack.pop()
        }
        Syntax::Yaml => yaml_place(before),
    }
}

/// Follows tokens into blocks and out of them; the last of `stack` is the place.
fn follow(tokens: &[Token<'_>], stack: &mut Vec<Place>) {
    for token in tokens {
        let depth = stack.len();
        let Some(here) = stack.last_mut() else { return };
        match token {
            Token::Open => {
                let block = here.item.and_then(Key::block).unwrap_or(&NOTHING);
                stack.push(Place::start(block));
            }
            Token::Close if depth > 1 => {
                stack.pop();
            }
            Token::Line => *here = Place::start(here.block),
            token => *here = here.after(*token),
        }
    }
}

/// The block of what is no block.
static NOTHING: Block = Block {
    name: "",
    doc: "",
    keys: &[],
    any: None,
    ordered: false,
    braces: false,
    example: "",
};

/// In YAML, the lines above that are indented less say which block it is.
fn yaml_place(before: &str) -> Option<Place> {
    let lines: Vec<&str> = before.split('\n').collect();
    let (line, above) = lines.split_last()?;
    let mut parents = Vec::new();
    let mut indent = depth(line);
    for line in above.iter().rev() {
        let is_empty = line.trim().is_empty() || line.trim_start().starts_with('#');
        if indent > 0 && !is_empty && depth(line) < indent {
            indent = depth(line);
            parents.push(*line);
        }
    }
    let mut block = &SPEC;
    for parent in parents.iter().rev() {
        let mut stack = vec![Place::start(block)];
        follow(&tokens(content(parent), true)?, &mut stack);
        block = stack.pop()?.item.and_then(Key::block).unwrap_or(&NOTHING);
    }
    let mut stack = vec![Place::start(block)];
    follow(&tokens(content(line), true)?, &mut stack);
    stack.pop()
}

/// How deep a line of YAML stands; an item of a list stands deeper than its dash.
fn depth(line: &str) -> usize {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let is_item = line[spaces..].starts_with("- ") || line[spaces..] == *"-";
    2 * spaces + usize::from(is_item)
}

fn content(line: &str) -> &str {
    let line = line.trim_start_matches(' ');
    line.strip_prefix("- ").unwrap_or(line)
}

/// The tokens of `text`; `None` where it ends inside of text, a pattern or a comment.
fn tokens(text: &str, yaml: bool) -> Option<Vec<Token<'_>>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skip = match first {
            '#' => {
                let end = rest.find('\n')?;
                found.push(Token::Line);
                end + 1
            }
            '"' | '/' => {
                let end = closing(&rest[1..], first)?;
                found.push(Token::Other);
                end + 2
            }
            '\n' => {
                found.push(Token::Line);
                1
            }
            ',' => {
                found.push(Token::Comma);
                1
            }
            '{' => {
                found.push(Token::Open);
                1
            }
            '}' => {
                found.push(Token::Close);
                1
            }
            c if is_word_char(c) => {
                let end = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
                let end = unit_within(&rest[..end]).unwrap_or(end);
                found.push(Token::Word(&rest[..end]));
                end
            }
            ':' if yaml => 1,
            '%' => {
                found.push(Token::Other);
                1
            }
            c => c.len_utf8(),
        };
        rest = &rest[skip..];
    }
    Some(found)
}

/// Where the unit begins in `16kHz`.
fn unit_within(word: &str) -> Option<usize> {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    let unit = word.find(|c: char| c.is_alphabetic() && c != 'e' && c != 'x')?;
    (is_number && unit > 0).then_some(unit)
}

/// The end of text or a pattern that began with `quote`, on the same line.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\n' => return None,
            '\\' => escaped = !escaped,
            c if c == quote && !escaped => return Some(at),
            _ => escaped = false,
        }
    }
    None
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || "_-.".contains(c)
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

fn keys(block: &'static Block, found: &mut Vec<Completion>) {
    found.extend(block.keys.iter().map(|key| Completion {
        label: key.name.to_owned(),
        kind: CompletionKind::Key,
        detail: key.doc.to_owned(),
    }));
    if block.any.is_some() {
        found.extend(board::all().iter().map(|board| Completion {
            label: board.id.clone(),
            kind: CompletionKind::Board,
            detail: format!("{}, {}", board.name, board.chip),
        }));
    }
}

fn words(accepts: &'static [Accept]) -> impl Iterator<Item = &'static str> {
    accepts
        .iter()
        .flat_map(|accept| match accept {
            Accept::Words(words) => *words,
            _ => &[],
        })
        .copied()
}

/// The words that a key takes; for those that take labels, the spec's.
fn values(key: &'static Key, text: &str, syntax: Syntax, found: &mut Vec<Completion>) {
    let value = |label: &str| Completion {
        label: label.to_owned(),
        kind: CompletionKind::Value,
        detail: format!("{}: {}", key.name, key.doc),
    };
    found.extend(words(key.accepts()).map(value));
    if key.name == "ignore" {
        let labels = crate::parse(text, syntax)
            .0
            .and_then(|i| i.data)
            .map(|d| d.value.labels);
        found.extend(labels.iter().flatten().map(|label| value(&label.value)));
    }
}

fn units(key: &Key, found: &mut Vec<Completion>) {
    for accept in key.accepts() {
        let (Accept::Number(dimension, ..)
        | Accept::Count(dimension, ..)
        | Accept::Range(dimension, ..)
        | Accept::AtMost(dimension)) = accept
        else {
            continue;
        };
        for unit in dimension.units() {
            // Other spellings of units that are listed already.
            let doubled = [
                "µs", "μs", "KB", "sample", "result", "filter", "neuron", "epoch",
            ];
            if doubled.contains(&unit) || found.iter().any(|c| c.label == unit) {
                continue;
            }
            found.push(Completion {
                label: unit.to_owned(),
                kind: CompletionKind::Unit,
                detail: format!("{}: {}", key.name, expected(key.accepts())),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels at `|`.
    fn at(text: &str, syntax: Syntax) -> Vec<String> {
        let offset = text.find('|').unwrap();
        let found = complete(&text.replace('|', ""), syntax, offset);
        found.into_iter().map(|c| c.label).collect()
    }

    #[track_caller]
    fn offers(text: &str, syntax: Syntax, some: &[&str], none: &[&str]) {
        let found = at(text, syntax);
        for word in some {
            assert!(
                found.iter().any(|f| f == word),
                "no {word} at {text}: {found:?}"
            );
        }
        for word in none {
            assert!(
                !found.iter().any(|f| f == word),
                "{word} at {text}: {found:?}"
            );
        }
    }

    #[test]
    fn keys_values_boards_and_units() {
        let at = |text, some: &[&str], none: &[&str]| offers(text, Syntax::Impulse, some, none);
        at("|", &["impulse", "window", "target"], &["conv1d"]);
        at("window |", &["audio"], &["rate"]);
        at("window audio {\n  ra|", &["rate", "length"], &["audio"]);
        at(
            "window audio {\n  rate 16 |",
            &["kHz", "Hz"],
            &["ms", "length"],
        );
        at(
            "window audio { rate 16 kHz, |",
            &["length", "stride"],
            &["kHz"],
        );
        at("network {\n  |", &["conv1d", "dense", "from"], &["audio"]);
        at("network {\n  conv1d 8 |", &["filters"], &["conv1d"]);
        at(
            "network {\n  conv1d 8 filters, |",
            &["kernel", "relu"],
            &["conv1d"],
        );
        at(
            "network {\n  conv1d 8 filters, padding |",
            &["same", "valid"],
            &["kernel"],
        );
        at(
            "network {\n  residual {\n    |",
            &["conv1d", "relu"],
            &["dense", "from"],
        );
        at("network { flatten }\ntarget |", &["nano33"], &["ram"]);
        at("target nano33 {\n  ram < 32 |", &["KiB"], &["ms"]);
        at("train { epochs 3, schedule |", &["cosine"], &["epochs"]);
        at(
            "data \"c\" { labels a, bc }\ndecide { ignore |",
            &["a", "bc"],
            &[],
        );
        at("# wind|", &[], &["window"]);
        at("data \"cl|", &[], &["clips"]);
        at("conv1d 8|", &[], &["filters"]);
    }

    #[test]
    fn the_same_in_yaml() {
        let at = |text, some: &[&str], none: &[&str]| offers(text, Syntax::Yaml, some, none);
        at("impulse: a\n|", &["window", "target"], &["conv1d"]);
        at("window:\n  audio:\n    |", &["rate", "length"], &["audio"]);
        at("window:\n  audio: {rate: 16 |", &["kHz"], &["ms"]);
        at(
            "window:\n  audio:\n    rate: 16 kHz\n    length: 1 |",
            &["s", "ms"],
            &["kHz"],
        );
        at("network:\n  - |", &["conv1d", "dense"], &["audio"]);
        at(
            "network:\n- conv1d: 8 filters, |",
            &["kernel", "relu"],
            &["dense"],
        );
        at(
            "network:\n  - residual:\n      - |",
            &["conv1d"],
            &["dense"],
        );
        at("quantize: int8\ntarget:\n  |", &["nano33"], &["ram"]);
        at(
            "target:\n  nano33:\n    |",
            &["ram", "latency"],
            &["nano33"],
        );
        at("train: {epochs: 3, schedule: |", &["cosine"], &[]);
    }

    #[test]
    fn words_are_described_where_they_stand() {
        let text = "window audio {\n  stride 250 ms\n}\nnetwork {\n  max_pool 2, stride 2\n}\n";
        let of = |at: &str, n: usize| {
            let offset = text.match_indices(at).nth(n).unwrap().0 + 1;
            describe(text, Syntax::Impulse, offset).unwrap().text
        };
        assert!(of("stride", 0).contains("how often"), "{}", of("stride", 0));
        assert!(
            of("stride", 1).contains("positions of the"),
            "{}",
            of("stride", 1)
        );
        assert!(of("max_pool", 0).contains("largest value"));
        assert_eq!(describe(text, Syntax::Impulse, text.len()), None);
    }
}
