//! Holds `docs/language.md` against the schema: it has the reference as the schema writes it, and
//! every example in it, of every key, compiles.

#![allow(clippy::disallowed_methods, reason = "the page is a file")]

use std::path::{Path, PathBuf};

use crate::reference::example;
use crate::schema::{Block, Default, Form, Key, LAYERS, SPEC};
use crate::{Syntax, compile, parse, reference};

const BEGIN: &str = "<!-- The rest is written by a test from the schema of the language. -->\n\n";

const REST: [(&str, &str); 5] = [
    ("impulse", "impulse example\n"),
    ("data", "data \"clips\" { labels yes, no, unknown }\n"),
    (
        "window",
        "window audio { rate 16 kHz, length 1 s, stride 250 ms }\n",
    ),
    ("features", "features mfcc { frame 32 ms every 20 ms }\n"),
    ("network", "network { flatten, dense labels, softmax }\n"),
];

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/language.md")
}

#[test]
fn the_page_has_the_reference_of_the_schema() {
    let page = std::fs::read_to_string(path()).unwrap();
    let (text, found) = page.split_once(BEGIN).unwrap();
    let expected = reference();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(path(), format!("{text}{BEGIN}{}\n", expected.trim_end())).unwrap();
    } else {
        let same = found.trim_end() == expected.trim_end();
        assert!(
            same,
            "docs/language.md is not what the schema says; UPDATE_FIXTURES=1 writes it"
        );
    }
}

/// The blocks of code of one language in the page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let parts = page.split(fence.as_str()).skip(1);
    parts
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// A piece of a spec with what it lacks.
fn whole(piece: &str) -> String {
    let first = piece.split([' ', '\n']).next().unwrap_or_default();
    let mut text = match LAYERS.iter().any(|key| key.name == first) {
        true => format!("network {{\n{piece}\nflatten\ndense labels, softmax\n}}\n"),
        false => piece.to_owned() + "\n",
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let says = |word: &str| words.contains(&word);
    let of_images = ["image", "mirror", "move", "zoom", "turn", "brightness"];
    let window = match of_images.iter().any(|word| says(word)) {
        true => "window image { size 32x32 }\n",
        // Filters of motion leave nothing of sound.
        false if says("low_pass") || says("high_pass") => {
            "window motion { rate 104 Hz, length 2 s, axes x, range 2 }\n"
        }
        false => REST[2].1,
    };
    let is_motion = says("motion") || window.contains("motion");
    let features = match (is_motion, window == REST[2].1) {
        (true, _) => "features flatten\n",
        (false, true) => REST[3].1,
        (false, false) => "features image\n",
    };
    for (key, block) in REST {
        let block = match key {
            "window" => window,
            "features" => features,
            _ => block,
        };
        let given = text.lines().any(|line| line.starts_with(key));
        if !given {
            text.push_str(block);
        }
    }
    text
}

#[test]
fn every_example_of_the_page_compiles() {
    let page = std::fs::read_to_string(path()).unwrap();
    let pieces = blocks(&page, "impulse");
    assert!(pieces.len() > 25);
    for piece in &pieces {
        let (spec, problems) = compile(&whole(piece), Syntax::Impulse);
        assert!(spec.is_some(), "{problems:?} in\n{piece}");
    }
    let yaml = blocks(&page, "yaml");
    assert_eq!(yaml.len(), pieces.len());
    for (yaml, piece) in yaml.iter().zip(&pieces) {
        let first = piece.split([' ', '\n']).next().unwrap_or_default();
        let layer = LAYERS.iter().any(|key| key.name == first);
        let piece = if layer {
            format!("network {{\n{piece}}}")
        } else {
            piece.clone()
        };
        let (expected, problems) = parse(&piece, Syntax::Impulse);
        assert!(problems.is_empty(), "{problems:?} in\n{piece}");
        let (found, problems) = parse(yaml, Syntax::Yaml);
        assert!(problems.is_empty(), "{problems:?} in\n{yaml}");
        assert_eq!(found, expected, "{yaml}\nis not\n{piece}");
    }
}

#[test]
fn every_key_has_an_example_that_is_read() {
    let mut n_keys = 0;
    each(&SPEC, &mut Vec::new(), &mut |key, around| {
        let text = within(example(key), around);
        let (_, problems) = parse(&text, Syntax::Impulse);
        assert!(problems.is_empty(), "{problems:?} in\n{text}");
        n_keys += 1;
    });
    assert!(n_keys > 80, "{n_keys} keys");
}

/// A line as it stands within blocks, outermost first.
fn within(line: String, around: &[&'static Block]) -> String {
    around.iter().rev().fold(line, |text, block| {
        let name = match block.name {
            "board" => "nano33",
            name => name,
        };
        match block.braces {
            _ if block.name == "spec" => text,
            true => format!("{name} {{\n{text}\n}}"),
            false => format!("{name} {text}"),
        }
    })
}

/// Examples of what a block cannot do without.
fn required(block: &Block) -> Vec<String> {
    let keys = block.keys.iter();
    let needed = keys.filter(|k| matches!(k.default, Default::Required(_)));
    needed.map(example).collect()
}

/// What a key's default says is what holds without it.
#[test]
fn the_defaults_of_the_reference_are_those_of_the_check() {
    let mut n_keys = 0;
    each(&SPEC, &mut Vec::new(), &mut |key, around| {
        let Default::Value(value) = key.default else {
            return;
        };
        // The block with what it needs, without the key and with it.
        let block = around[around.len() - 1];
        let needed = required(block);
        let mut given = needed.clone();
        given.push(format!("{} {value}", key.name));
        let spec = |lines: &[String]| {
            let inner = lines.join(if block.braces { "\n" } else { ", " });
            // A feature block stands there even where it says nothing.
            let is_features = around.get(1).is_some_and(|b| b.name == "features");
            let text = match inner.is_empty() && !is_features {
                true => String::new(),
                false => match around {
                    // A small block of a feature block stands beside what that needs.
                    [spec, features, of, small] if is_features => {
                        let small = within(inner, &[small]);
                        let lines = [required(of), vec![small]].concat();
                        within(lines.join("\n"), &[spec, features, of])
                    }
                    _ => within(inner, around),
                },
            };
            let text = match around.get(1).map(|b| b.name) {
                // A layer by itself is no network.
                Some("network") => {
                    let shape = match block.name {
                        "dense" => "flatten",
                        name if name.ends_with("1d") || name == "bottleneck" => "reshape 49x13",
                        _ => "reshape 49x13x1",
                    };
                    text.replace("network {", &format!("network {{\n{shape}"))
                        .replacen("\n}", "\nflatten\ndense labels, softmax\n}", 1)
                }
                _ => text,
            };
            let text = whole(text.trim());
            let (spec, problems) = compile(&text, Syntax::Impulse);
            let spec = spec.unwrap_or_else(|| panic!("{problems:?} in\n{text}"));
            format!("{}{:?}", spec.model_text(), spec.decide)
        };
        assert_eq!(
            spec(&given),
            spec(&needed),
            "{} in {}",
            key.name,
            block.name
        );
        n_keys += 1;
    });
    assert!(n_keys > 25, "{n_keys} keys");
}

fn each(
    block: &'static Block,
    around: &mut Vec<&'static Block>,
    seen: &mut impl FnMut(&Key, &[&'static Block]),
) {
    around.push(block);
    for key in block.keys.iter().chain(block.any) {
        match &key.form {
            Form::Block(inner) if inner.name != "residual" => each(inner, around, seen),
            Form::Block(_) => {}
            Form::Value(_) | Form::List(_) => seen(key, around),
        }
    }
    around.pop();
}
