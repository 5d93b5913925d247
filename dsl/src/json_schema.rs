//! The YAML spelling as a JSON Schema (draft 2020-12), written from the schema of the language, so
//! that YAML editors know the same keys, values and units.

use std::collections::BTreeMap;

use impulse_ir::board;
use serde_json::{Map, Value, json};

use crate::schema::{Accept, Block, Default, Form, Key, SPEC, expected};
use crate::units::Dimension;

/// A number as the language writes it.
const NUMBER: &str = r"-?[0-9][0-9_]*(\.[0-9]+)?([eE]-?[0-9]+)?";

/// The schema as JSON. It says what each key takes; what the keys mean together, only a check does.
pub fn json_schema() -> String {
    let mut blocks = BTreeMap::new();
    let mut spec = mapping(&SPEC, &mut blocks);
    spec["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    spec["title"] = json!("Impulse");
    spec["description"] = json!(SPEC.doc);
    spec["required"] = json!(["impulse", "window", "features", "network"]);
    spec["$defs"] = json!(blocks);
    // Strings, numbers and lists alone: nothing in it can fail to be written.
    serde_json::to_string_pretty(&spec).unwrap_or_default() + "\n"
}

/// A reference to the block, which is described once, as blocks may hold themselves.
fn reference(block: &'static Block, blocks: &mut BTreeMap<&'static str, Value>) -> Value {
    if !blocks.contains_key(block.name) {
        blocks.insert(block.name, Value::Null);
        let described = describe(block, blocks);
        blocks.insert(block.name, described);
    }
    json!({ "$ref": format!("#/$defs/{}", block.name) })
}

/// A block in each of its forms: a mapping, a line of text, a list of items, nothing.
fn describe(block: &'static Block, blocks: &mut BTreeMap<&'static str, Value>) -> Value {
    let words: Vec<&str> = block.keys.iter().map(|k| k.name).collect();
    let mut line = json!({
        "type": ["string", "number", "null"],
        "description": "the values and keys in one line, as in the other spelling"
    });
    if let Some(first) = first_words(block) {
        let starts = [first, &words].concat().join("|");
        line["type"] = json!(["string", "null"]);
        line["pattern"] = json!(format!("^\\s*({starts})\\b"));
    }
    let mapping = mapping(block, blocks);
    let items = json!({
        "type": "array",
        "items": { "anyOf": [
            if block.ordered { json!({ "enum": words }) } else { json!({ "type": "string" }) },
            mapping,
        ] },
    });
    json!({ "description": block.doc, "anyOf": [mapping, items, line] })
}

/// The words of a block whose line begins with one of so many.
fn first_words(block: &Block) -> Option<&'static [&'static str]> {
    let first = block.keys.iter().find(|key| key.positional)?;
    match first.accepts() {
        [Accept::Words(words)] => Some(words),
        _ => None,
    }
}

/// The keys of a block.
fn mapping(block: &'static Block, blocks: &mut BTreeMap<&'static str, Value>) -> Value {
    let mut properties = Map::new();
    for key in block.keys {
        properties.insert(key.name.to_owned(), property(key, blocks));
    }
    if let Some(any) = block.any {
        for board in board::all() {
            let mut value = property(any, blocks);
            value["description"] = json!(format!("{}: {}", board.name, board.chip));
            properties.insert(board.id.clone(), value);
        }
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// What stands behind a key.
fn property(key: &'static Key, blocks: &mut BTreeMap<&'static str, Value>) -> Value {
    let mut value = match &key.form {
        Form::Block(block) => reference(block, blocks),
        Form::Value(accepts) => scalar(accepts),
        Form::List(accepts) => {
            let one = scalar(accepts);
            json!({ "anyOf": [one, { "type": "array", "items": one }, { "type": "string" }] })
        }
    };
    value["description"] = json!(description(key));
    value
}

fn description(key: &Key) -> String {
    let takes = match key.accepts() {
        [] => String::new(),
        accepts => format!(" – {}", expected(accepts)),
    };
    let default = match key.default {
        Default::Required(_) => "; required".to_owned(),
        Default::Value(value) => format!("; default {value}"),
        Default::Words("") => String::new(),
        Default::Words(words) => format!("; default: {words}"),
    };
    format!("{}{takes}{default}", key.doc)
}

/// A value of one of these types.
fn scalar(accepts: &[Accept]) -> Value {
    let all: Vec<Value> = accepts.iter().flat_map(|a| types(*a)).collect();
    json!({ "anyOf": all })
}

fn types(accept: Accept) -> Vec<Value> {
    let text = |pattern: String| json!({ "type": "string", "pattern": format!("^{pattern}$") });
    match accept {
        Accept::Number(dimension, from, to) => {
            let mut all = vec![text(quantity(dimension))];
            if matches!(dimension, Dimension::One | Dimension::Share) {
                all.push(json!({ "type": "number", "minimum": from, "maximum": to }));
            }
            all
        }
        Accept::Count(dimension, from, to) => vec![
            json!({ "type": "integer", "minimum": from, "maximum": to }),
            text(quantity(dimension)),
        ],
        Accept::Range(dimension, ..) => {
            let end = quantity(dimension);
            vec![text(format!("{end}\\s*\\.\\.\\s*{end}"))]
        }
        Accept::AtMost(dimension) => vec![text(format!("(<\\s*)?{}", quantity(dimension)))],
        Accept::Words(words) => vec![json!({ "enum": words })],
        // YAML reads an unquoted `1`, `yes` or `no` as something else than text; the language does not.
        Accept::Name | Accept::Text => vec![json!({ "type": ["string", "number", "boolean"] })],
        Accept::Pattern => vec![json!({ "type": "string" })],
        Accept::Dims(..) => vec![text(r"[0-9]+(x[0-9]+)*".to_owned())],
    }
}

/// A number with a unit of `dimension`.
fn quantity(dimension: Dimension) -> String {
    let units = dimension.units();
    match (units.is_empty(), dimension) {
        (true, _) => NUMBER.to_owned(),
        (false, Dimension::Share | Dimension::Count(_)) => {
            format!("{NUMBER}(\\s*({}))?", units.join("|"))
        }
        (false, _) => format!("{NUMBER}\\s*({})", units.join("|")),
    }
}
