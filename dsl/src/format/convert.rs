//! From the record of a spec to the tree of either spelling.

use impulse_ir::{Span, Spanned};

use crate::record::{Content, Field, Record};
use crate::schema::{Accept, Form, Key};
use crate::syntax::Syntax;
use crate::tree::{Atom, Body, Item, List, Scalar, Slot, Trivia, is_word};

/// The tree that the spelling `to` writes a spec with.
pub(super) fn to_tree(record: &Record, to: Syntax) -> Body {
    let mut items: Vec<Item> = record
        .fields
        .iter()
        .flat_map(|f| field_items(f, to))
        .collect();
    if to == Syntax::Yaml {
        merge_same_keys(&mut items);
    }
    for (n, item) in items.iter_mut().enumerate() {
        item.trivia.blank_before = n > 0 && item.body.as_ref().is_some_and(|b| !b.inline);
    }
    Body {
        items,
        ..Body::default()
    }
}

/// A mapping has each key once: several blocks of one name become one, as a list where they would
/// collide.
fn merge_same_keys(items: &mut Vec<Item>) {
    let mut n = 0;
    while n < items.len() {
        let key = items[n].key.clone();
        let Some(first) = items[..n].iter().position(|i| i.key == key) else {
            n += 1;
            continue;
        };
        let second = items.remove(n);
        if let (Some(into), Some(from)) = (&mut items[first].body, second.body) {
            into.inline = false;
            let collide = from
                .items
                .iter()
                .any(|i| into.items.iter().any(|j| i.key == j.key));
            into.list |= collide;
            into.items.extend(from.items);
        }
    }
}

fn item(key: &str, values: Vec<Slot>, body: Option<Body>) -> Item {
    let key = Spanned::new(key.to_owned(), Span::default());
    Item {
        key,
        values,
        list: None,
        body,
        span: Span::default(),
        trivia: Trivia::default(),
    }
}

fn field_items(field: &Field, to: Syntax) -> Vec<Item> {
    let name = field.key.name;
    let inner = match &field.content {
        Content::Values(_) => {
            let mut item = item(name, values(field, to), None);
            let list = matches!(field.key.form, Form::List(_)) && to == Syntax::Yaml;
            item.list = list.then_some(List::Flow);
            return vec![item];
        }
        Content::Record(inner) => inner,
    };
    if to == Syntax::Impulse && inner.block.is_choice() {
        let choices = inner.fields.iter().filter_map(|f| match &f.content {
            Content::Record(choice) => Some(choice),
            Content::Values(_) => None,
        });
        let items = choices.map(|choice| {
            let (mut head, body) = head_and_body(choice, to);
            head.insert(0, slot(Atom::Word(choice.name.value.clone()), false));
            item(name, head, body)
        });
        return items.collect();
    }
    let (head, body) = head_and_body(inner, to);
    vec![item(&inner.name.value, head, body)]
}

/// What stands beside the block's name and what stands in it.
fn head_and_body(record: &Record, to: Syntax) -> (Vec<Slot>, Option<Body>) {
    let from_file = record.block.name == "network"
        && record.fields.len() == 1
        && record.field("from").is_some();
    if is_preset(record) || to == Syntax::Impulse && (!record.block.braces || from_file) {
        return (beside(record, to), None);
    }
    // Where text may stand, YAML's line would be read as one text.
    let has_text = record.fields.iter().any(|f| accepts_text(f.key));
    if to == Syntax::Yaml && !record.block.braces && !has_text {
        return (beside(record, to), None);
    }
    let on_head = |f: &&Field| to == Syntax::Impulse && f.key.positional;
    let head = record
        .fields
        .iter()
        .filter(on_head)
        .flat_map(|f| values(f, to))
        .collect();
    let mut items: Vec<Item> = record
        .fields
        .iter()
        .filter(|f| !on_head(f))
        .flat_map(|f| field_items(f, to))
        .collect();
    let list = to == Syntax::Yaml && record.block.ordered && !from_file;
    if to == Syntax::Yaml && !list {
        // Feature blocks of one kind side by side.
        let same = |n: usize| items[..n].iter().any(|i| i.key == items[n].key);
        if (0..items.len()).any(same) {
            let body = Body {
                items,
                list: true,
                ..Body::default()
            };
            return (head, Some(body));
        }
    }
    let flat = !record.block.braces;
    items.iter_mut().for_each(|i| i.trivia.blank_before = false);
    let inline = flat || record.inline && !(to == Syntax::Yaml && list);
    (
        head,
        Some(Body {
            items,
            inline,
            list,
            ..Body::default()
        }),
    )
}

/// A network that is given by its name alone.
fn is_preset(record: &Record) -> bool {
    record.block.name == "network" && record.fields.len() == 1 && record.field("preset").is_some()
}

/// Everything of a small block on the line of its name.
fn beside(record: &Record, to: Syntax) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    for field in &record.fields {
        // `frame 32 ms every 20 ms` reads better without a comma.
        let comma = !slots.is_empty() && field.key.name != "every";
        let first = slots.len();
        if !is_plainly_positional(field, record) {
            slots.push(slot(Atom::Word(field.key.name.to_owned()), false));
        }
        slots.extend(values(field, to));
        for value in &mut slots[first..] {
            value.scalar = None;
        }
        if let Some(slot) = slots.get_mut(first) {
            slot.after_comma = comma && !follows_text(record, field);
        }
    }
    slots
}

/// The second positional value follows the first without a comma: `noise "street" 10 dB..30 dB`.
fn follows_text(record: &Record, field: &Field) -> bool {
    field.key.positional
        && record.fields.first().is_some_and(|first| {
            first.key.positional
                && !std::ptr::eq(first, field)
                && matches!(first.key.accepts().first(), Some(Accept::Text))
        })
}

/// Whether the value alone says which key it belongs to.
fn is_plainly_positional(field: &Field, record: &Record) -> bool {
    let Content::Values(values) = &field.content else {
        return false;
    };
    if !field.key.positional || values.len() != 1 {
        return false;
    }
    // A word that is also a key would be read as the key, unless it stands for the whole block.
    is_preset(record)
        || !matches!(&values[0].1, Atom::Word(word) if record.block.key(word).is_some())
}

fn slot(atom: Atom, after_comma: bool) -> Slot {
    Slot {
        atom: Spanned::new(atom, Span::default()),
        after_comma,
        scalar: None,
        reported: false,
    }
}

/// The values of a field as the spelling writes them.
fn values(field: &Field, to: Syntax) -> Vec<Slot> {
    let Content::Values(values) = &field.content else {
        return Vec::new();
    };
    let mut slots = Vec::new();
    let bound = field
        .key
        .accepts()
        .iter()
        .any(|a| matches!(a, Accept::AtMost(_)));
    if bound {
        slots.push(slot(Atom::AtMost, false));
    }
    for (n, (_, atom)) in values.iter().enumerate() {
        let atom = spell(field.key, atom, to);
        let mut value = slot(atom.clone(), n > 0);
        let is_text = matches!(atom, Atom::Text(_) | Atom::Word(_)) && accepts_text(field.key);
        let is_list = matches!(field.key.form, Form::List(_));
        if to == Syntax::Yaml && (is_text || is_list) {
            let text = match &atom {
                Atom::Text(text) => text.clone(),
                other => other.text(),
            };
            let text = Spanned::new(text, Span::default());
            value.scalar = Some(Scalar {
                text,
                quoted: false,
                n_atoms: 1,
            });
        }
        slots.push(value);
    }
    slots
}

fn accepts_text(key: &Key) -> bool {
    key.accepts().iter().any(|a| matches!(a, Accept::Text))
}

/// Text as the word or pattern that it may be written as.
fn spell(key: &Key, atom: &Atom, to: Syntax) -> Atom {
    let (Atom::Text(text), Syntax::Impulse) = (atom, to) else {
        return atom.clone();
    };
    let accepts = key.accepts();
    // A key that would rather have a word than text: labels.
    if matches!(accepts.first(), Some(Accept::Name)) && is_word(text) {
        return Atom::Word(text.clone());
    }
    let is_pattern = accepts.iter().any(|a| matches!(a, Accept::Pattern));
    let sound = !text.is_empty() && !text.contains(['/', '\n', '\r']) && !text.ends_with('\\');
    if is_pattern && sound {
        return Atom::Pattern(text.clone());
    }
    atom.clone()
}
