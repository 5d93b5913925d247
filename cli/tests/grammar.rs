//! The TextMate grammar of `editors/` knows the words of the language, and no others.

use std::collections::BTreeSet;

use serde_json::Value;

const GRAMMAR: &str = include_str!("../../editors/vscode/syntaxes/impulse.tmLanguage.json");

/// Keys and words of values of the language, from its schema.
fn language() -> BTreeSet<String> {
    fn collect(value: &Value, words: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                let keys = map.get("properties").and_then(Value::as_object);
                words.extend(keys.into_iter().flat_map(|keys| keys.keys().cloned()));
                let choices = map.get("enum").and_then(Value::as_array);
                let choices = choices.into_iter().flatten().filter_map(Value::as_str);
                words.extend(choices.map(str::to_owned));
                map.values().for_each(|inner| collect(inner, words));
            }
            Value::Array(all) => all.iter().for_each(|inner| collect(inner, words)),
            _ => {}
        }
    }
    let schema: Value = serde_json::from_str(&impulse_dsl::json_schema()).unwrap();
    let mut words = BTreeSet::new();
    collect(&schema, &mut words);
    // Boards are not listed: any word behind `target` is shown as one.
    for board in impulse_ir::board::all() {
        assert!(words.remove(&board.id), "{} is in the schema", board.id);
    }
    words
}

/// The alternatives of a rule, the text between its parentheses.
fn alternatives(grammar: &Value, rule: &str) -> BTreeSet<String> {
    let pattern = grammar["repository"][rule]["match"].as_str().unwrap();
    let from = pattern.find(")(").unwrap() + 2;
    let to = from + pattern[from..].find(')').unwrap();
    pattern[from..to].split('|').map(str::to_owned).collect()
}

#[test]
fn the_grammar_has_the_words_of_the_language() {
    let grammar: Value = serde_json::from_str(GRAMMAR).unwrap();
    let rules = ["block", "layer", "key", "value"];
    let known: Vec<BTreeSet<String>> = rules.map(|r| alternatives(&grammar, r)).to_vec();
    let all: BTreeSet<String> = known.iter().flatten().cloned().collect();
    let n_words: usize = known.iter().map(BTreeSet::len).sum();
    assert_eq!(n_words, all.len(), "a word stands in two rules");
    let language = language();
    let missing: Vec<_> = language.difference(&all).collect();
    assert!(missing.is_empty(), "not in the grammar: {missing:?}");
    let stale: Vec<_> = all.difference(&language).collect();
    assert!(stale.is_empty(), "not in the language: {stale:?}");
}

#[test]
fn the_grammar_has_the_units_of_the_language() {
    let grammar: Value = serde_json::from_str(GRAMMAR).unwrap();
    let pattern = grammar["repository"]["quantity"]["match"].as_str().unwrap();
    for unit in [
        "s", "ms", "us", "samples", "results", "Hz", "kHz", "dB", "KiB", "filters",
    ] {
        assert!(
            pattern.contains(&format!("|{unit}|")) || pattern.contains(&format!("|{unit})")),
            "{unit}"
        );
    }
}

#[test]
fn the_extension_points_to_its_files_and_to_the_server() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../editors/vscode");
    let text = std::fs::read_to_string(format!("{folder}/package.json")).unwrap();
    let package: Value = serde_json::from_str(&text).unwrap();
    let contributes = &package["contributes"];
    for path in [
        &package["main"],
        &contributes["grammars"][0]["path"],
        &contributes["languages"][0]["configuration"],
    ] {
        let path = format!("{folder}/{}", path.as_str().unwrap());
        assert!(std::path::Path::new(&path).is_file(), "{path}");
    }
    assert_eq!(contributes["grammars"][0]["scopeName"], "source.impulse");
    let extension = std::fs::read_to_string(format!("{folder}/extension.js")).unwrap();
    assert!(extension.contains("args: [\"lsp\"]"));
}
