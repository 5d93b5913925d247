//! The words for keys and values that are not what the schema has.

use impulse_ir::diagnostic::codes;
use impulse_ir::{Diagnostic, Span, Spanned};

use super::{Content, Record};
use crate::schema::{Accept, Block, Form, Key, SPEC, expected};
use crate::suggest;
use crate::tree::{Atom, Body, Slot, Written, shorten};
use crate::units::is_unit;

/// The block in a sentence.
fn named(record: &Record) -> String {
    match record.block.name {
        "spec" => "the spec".into(),
        _ => format!("`{}`", shorten(&record.name.value)),
    }
}

fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|n| format!("`{n}`")).collect();
    names.join(", ")
}

/// The words that may stand in a block without their key.
fn positional_words(block: &'static Block) -> impl Iterator<Item = &'static str> + Clone {
    let keys = block.keys.iter().filter(|k| k.positional);
    let words = keys.flat_map(|k| {
        k.accepts().iter().flat_map(|a| match a {
            Accept::Words(words) => *words,
            _ => &[],
        })
    });
    words.copied()
}

/// The key whose value a word right behind the block's name was meant to be, though it is none of
/// its words: `int4` of `quantize int4`. A word that is nearly a key, or one elsewhere, is taken for
/// that.
pub(super) fn meant_choice(record: &Record, word: &str, after_comma: bool) -> Option<&'static Key> {
    let block = record.block;
    let keys = block.keys.iter().map(|k| k.name);
    if after_comma
        || suggest::name(word, keys).is_some()
        || elsewhere(block, word).is_some()
        || !record.fields.is_empty()
    {
        return None;
    }
    let only_words = |k: &&Key| k.accepts().iter().all(|a| matches!(a, Accept::Words(_)));
    let mut choices = block.keys.iter().filter(|k| k.positional);
    choices.next().filter(only_words)
}

pub(super) fn unknown_key(record: &Record, key: &Spanned<String>) -> Diagnostic {
    let found = shorten(&key.value);
    let block = record.block;
    let inner = block.keys.iter().filter_map(Key::block);
    let within = inner.clone().any(|b| b.key(&key.value).is_some());
    let message = match block.name {
        "spec" => format!("unknown key `{found}`"),
        "network" | "residual" => format!("unknown layer `{found}`"),
        "features" if !within => format!("unknown feature block `{found}`"),
        "window" if !within => format!("unknown kind of window `{found}`"),
        _ => format!("unknown key `{found}` in {}", named(record)),
    };
    let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, key.span, message);
    // `kernel 3` on the line after `conv1d 8 filters`.
    if let Some(Content::Record(before)) = record.fields.last().map(|f| &f.content)
        && before.block.key(&key.value).is_some()
        && !before.block.braces
    {
        return diagnostic.hint(format!(
            "it is a key of `{}`: put it on the line of `{}`, behind a comma",
            before.block.name, before.block.name
        ));
    }
    let keys = block.keys.iter().map(|k| k.name);
    if let Some(name) = suggest::name(&key.value, keys.clone().chain(positional_words(block))) {
        return diagnostic.fix(key.span, name, format!("did you mean `{name}`?"));
    }
    if let Some(path) = elsewhere(block, &key.value) {
        return diagnostic.hint(format!("it is a key of `{path}`"));
    }
    let layers = keys.filter(|k| !matches!(*k, "from" | "preset"));
    // Names of whole networks help little where a layer is unknown.
    let words = positional_words(block).filter(|_| block.name != "network");
    let known = listed(layers.chain(words));
    match known.is_empty() {
        true if block.any.is_some() => diagnostic.hint("expected a board such as `nano33`"),
        true => diagnostic.hint(format!("`{}` has no keys", block.name)),
        false => diagnostic.hint(format!("known: {known}")),
    }
}

/// The only block that has a key of this name: one inside of `block`, or else any.
fn elsewhere(block: &'static Block, name: &str) -> Option<String> {
    for key in block.keys {
        if let Some(inner) = key.block()
            && inner.key(name).is_some()
        {
            return Some(match block.name {
                "window" | "features" => format!("{} {}", block.name, inner.name),
                _ => inner.name.to_owned(),
            });
        }
    }
    let mut found = Vec::new();
    owners(&SPEC, "", name, &mut found);
    match found.as_slice() {
        [one] => Some(one.clone()),
        _ => None,
    }
}

fn owners(block: &'static Block, parent: &str, name: &str, found: &mut Vec<String>) {
    if block.key(name).is_some() && block.name != "spec" {
        found.push(format!("{parent}{}", block.name));
    }
    let prefix = match block.name {
        "window" | "features" => format!("{} ", block.name),
        _ => String::new(),
    };
    // The layers of a residual branch are those of the network.
    for inner in block.keys.iter().filter_map(Key::block) {
        if inner.name != "residual" {
            owners(inner, &prefix, name, found);
        }
    }
}

/// A value that no key of the block takes.
pub(super) fn unexpected_value(record: &Record, slot: &Slot) -> Diagnostic {
    let block = record.block;
    let found = slot.atom.value.describe();
    let span = slot.atom.span;
    let takes = if record.fields.is_empty() {
        "no value"
    } else {
        "no further value"
    };
    let message = format!("{} takes {takes}, found {found}", named(record));
    let diagnostic = Diagnostic::error(codes::UNEXPECTED_VALUE, span, message);
    // The one key that is free and takes such a value: it was only not named.
    let mut free = block.keys.iter().filter(|k| {
        record.field(k.name).is_none()
            && k.accepts()
                .iter()
                .any(|a| super::convert::takes(*a, &slot.atom.value))
    });
    if let (Some(key), None) = (free.next(), free.next()) {
        let text = format!("{} {}", key.name, slot.atom.value.text());
        let message = format!("name its key: `{text}`");
        return diagnostic.fix(span, text, message);
    }
    match block.keys {
        [] => diagnostic,
        keys => diagnostic.hint(format!(
            "its keys are {}",
            listed(keys.iter().map(|k| k.name))
        )),
    }
}

/// A value behind one that is complete, or in the place of a key.
pub(super) fn left_over(record: &Record, latest: Option<&Key>, slot: &Slot) -> Diagnostic {
    let found = slot.atom.value.describe();
    let message = match latest {
        Some(key) if matches!(key.form, Form::Value(_)) => {
            format!("`{}` takes one value, found {found} behind it", key.name)
        }
        _ => format!("expected a key of {}, found {found}", named(record)),
    };
    Diagnostic::error(codes::UNEXPECTED_VALUE, slot.atom.span, message)
}

/// Where a block begins: its brace, or the first key of a YAML mapping.
fn opening(body: &Body) -> Span {
    match body.items.first() {
        Some(item) if item.key.span.start == body.span.start => item.key.span,
        _ => Span::new(body.span.start, body.span.start + 1),
    }
}

pub(super) fn no_block(record: &Record, latest: Option<&Key>, body: &Body) -> Diagnostic {
    let name = latest.map_or(named(record), |key| format!("`{}`", key.name));
    let message = format!("{name} takes no block");
    Diagnostic::error(codes::UNEXPECTED_VALUE, opening(body), message)
}

/// A key alone, or with a block in place of its value.
pub(super) fn missing_value(key: &Key, end: Span, block: Option<&Body>) -> Diagnostic {
    let expects = format!("`{}` expects {}", key.name, expected(key.accepts()));
    match block {
        None => Diagnostic::error(
            codes::MISSING_VALUE,
            end,
            format!("{expects}, found nothing"),
        ),
        Some(body) => {
            let message = format!("{expects}, found a block");
            Diagnostic::error(codes::WRONG_VALUE, opening(body), message)
        }
    }
}

pub(super) fn twice(record: &Record, name: &str, second: Span, first: Span) -> Diagnostic {
    let message = format!("`{}` is given twice in {}", shorten(name), named(record));
    let mut diagnostic =
        Diagnostic::error(codes::DUPLICATE_KEY, second, message).hint("it is given here first");
    diagnostic.hints[0].span = Some(first);
    diagnostic
}

/// `yes no` in a list.
pub(super) fn missing_comma_between(between: Span, slot: &Slot) -> Diagnostic {
    let found = slot.atom.value.describe();
    let message = format!("expected a comma in front of {found}");
    let diagnostic = Diagnostic::error(codes::SYNTAX, slot.atom.span, message);
    let remedy = "separate them with a comma";
    // Values of one folded YAML scalar have one place.
    match between.start <= between.end {
        true => diagnostic.fix(between, ", ", remedy),
        false => diagnostic.hint(remedy),
    }
}

/// `8 relu`: a key or word in the place of a unit.
pub(super) fn missing_comma(record: &Record, atom: &Atom) -> Option<Diagnostic> {
    let Atom::Quantity(Written {
        unit: Some(unit),
        digits,
        span,
        ..
    }) = atom
    else {
        return None;
    };
    if is_unit(&unit.value) {
        return None;
    }
    let known = record.block.key(&unit.value).is_some()
        || positional_words(record.block).any(|w| w == unit.value);
    known.then(|| {
        let message = format!("expected a comma in front of `{}`", unit.value);
        let text = format!("{digits}, {}", unit.value);
        Diagnostic::error(codes::SYNTAX, unit.span, message).fix(
            *span,
            text,
            "separate them with a comma",
        )
    })
}

/// `0,005`: the comma ends the number.
pub(super) fn decimal_comma(
    problem: &Diagnostic,
    slot: &Slot,
    next: Option<&Slot>,
) -> Option<Diagnostic> {
    let (Atom::Quantity(whole), Atom::Quantity(part)) = (&slot.atom.value, &next?.atom.value)
    else {
        return None;
    };
    if whole.unit.is_some() || part.span.start != whole.span.end + 1 {
        return None;
    }
    let text = format!("{}.{}", whole.digits, part.digits);
    let message = format!("a fraction is written with a point: `{text}`");
    let span = Span::new(whole.span.start, whole.span.end + 1 + part.digits.len());
    Some(problem.clone().fix(span, text, message))
}

/// `labels: yes, no` in YAML is one text.
pub(super) fn list_in_text(key: &Key, slot: &Slot, n_left: usize) -> Option<Diagnostic> {
    let scalar = slot.scalar.as_ref()?;
    let list = matches!(key.form, Form::List(_)) && !slot.after_comma;
    let alone = n_left + 1 == scalar.n_atoms;
    if !list || !alone || scalar.quoted || !scalar.text.value.contains(", ") {
        return None;
    }
    let message = format!("`{}` expects a list, found one text with commas", key.name);
    let text = format!("[{}]", scalar.text.value);
    let diagnostic = Diagnostic::error(codes::WRONG_VALUE, scalar.text.span, message);
    Some(diagnostic.fix(scalar.text.span, text, "put the list in brackets"))
}
