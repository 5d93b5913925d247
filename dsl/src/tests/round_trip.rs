//! Formatting and converting generated specs: nothing is lost, and once is enough.

use proptest::prelude::*;

use super::generate::choices;
use crate::{Impulse, Syntax, format, parse};

fn read(text: &str, syntax: Syntax) -> Impulse {
    let (impulse, problems) = parse(text, syntax);
    assert!(problems.is_empty(), "{problems:#?} in\n{text}");
    impulse.unwrap()
}

fn written(text: &str, from: Syntax, to: Syntax) -> String {
    match format(text, from, to) {
        Ok(text) => text,
        Err(problems) => panic!("{problems:#?} in\n{text}"),
    }
}

/// Whether every comment is there, each once and in their order.
fn has_comments(text: &str, n: usize) -> bool {
    let starts: Vec<usize> = (0..n)
        .filter_map(|n| {
            let note = format!("# note {n}");
            let mut found = text
                .match_indices(note.as_str())
                .filter(|(at, m)| !text[at + m.len()..].starts_with(|c: char| c.is_ascii_digit()));
            let (first, second) = (found.next(), found.next());
            first.filter(|_| second.is_none()).map(|(at, _)| at)
        })
        .collect();
    starts.len() == n && starts.is_sorted()
}

/// `text` with comments before and behind its lines.
fn commented(text: &str, places: &[u8]) -> (String, usize) {
    let mut out = String::new();
    let mut n = 0;
    for (line, place) in text.lines().zip(places.iter().chain(std::iter::repeat(&0))) {
        let indent = line.len() - line.trim_start().len();
        if place % 3 == 1 {
            out.push_str(&format!("{}# note {n}: it's \"so\"\n", " ".repeat(indent)));
            n += 1;
        }
        out.push_str(line);
        if place % 5 == 1 {
            out.push_str(&format!("  # note {n} - [a"));
            n += 1;
        }
        out.push('\n');
        if place % 7 == 1 {
            out.push('\n');
        }
    }
    (out, n)
}

proptest! {
    #![proptest_config(super::config(400))]

    #[test]
    fn formatting_changes_no_value_and_is_done_at_once(mut choices in choices(false)) {
        let text = choices.spec();
        let impulse = read(&text, Syntax::Impulse);
        let once = written(&text, Syntax::Impulse, Syntax::Impulse);
        prop_assert_eq!(&read(&once, Syntax::Impulse), &impulse);
        let twice = written(&once, Syntax::Impulse, Syntax::Impulse);
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn the_other_spelling_and_back_loses_nothing(mut choices in choices(false)) {
        let text = choices.spec();
        let impulse = read(&text, Syntax::Impulse);
        let yaml = written(&text, Syntax::Impulse, Syntax::Yaml);
        prop_assert_eq!(&read(&yaml, Syntax::Yaml), &impulse, "{}", yaml);
        let formatted = written(&yaml, Syntax::Yaml, Syntax::Yaml);
        prop_assert_eq!(&read(&formatted, Syntax::Yaml), &impulse, "{}", formatted);
        prop_assert_eq!(&written(&formatted, Syntax::Yaml, Syntax::Yaml), &formatted);
        let back = written(&yaml, Syntax::Yaml, Syntax::Impulse);
        prop_assert_eq!(&read(&back, Syntax::Impulse), &impulse, "{}\n{}", yaml, back);
        // What a conversion writes is formatted.
        prop_assert_eq!(&written(&back, Syntax::Impulse, Syntax::Impulse), &back);
        prop_assert_eq!(&formatted, &yaml);
    }

    #[test]
    fn comments_survive_formatting(mut choices in choices(true)) {
        let text = choices.spec();
        let once = written(&text, Syntax::Impulse, Syntax::Impulse);
        prop_assert!(has_comments(&once, choices.n_comments), "{}\nbecame\n{}", text, once);
        prop_assert_eq!(written(&once, Syntax::Impulse, Syntax::Impulse), once);
    }

    #[test]
    fn comments_survive_formatting_in_yaml(
        mut choices in choices(false),
        places in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let yaml = written(&choices.spec(), Syntax::Impulse, Syntax::Yaml);
        let (text, n) = commented(&yaml, &places);
        let impulse = read(&text, Syntax::Yaml);
        let once = written(&text, Syntax::Yaml, Syntax::Yaml);
        prop_assert!(has_comments(&once, n), "{}\nbecame\n{}", text, once);
        prop_assert_eq!(&read(&once, Syntax::Yaml), &impulse);
        prop_assert_eq!(written(&once, Syntax::Yaml, Syntax::Yaml), once);
    }
}

#[test]
fn labels_that_yaml_reads_as_something_else_stay_text() {
    let labels =
        "yes, no, on, off, null, \"1e3\", \"~\", \"0x10\", \"a: b\", true, \"it's \\\"so\\\"\"";
    let text = format!("impulse a\ndata \"clips\" {{\n  labels {labels}\n}}\n");
    let impulse = read(&text, Syntax::Impulse);
    let found = |i: &Impulse| -> Vec<String> {
        let labels = &i.data.as_ref().unwrap().labels;
        labels.iter().map(|l| l.value.clone()).collect()
    };
    let expected = [
        "yes",
        "no",
        "on",
        "off",
        "null",
        "1e3",
        "~",
        "0x10",
        "a: b",
        "true",
        "it's \"so\"",
    ];
    assert_eq!(found(&impulse), expected);
    let yaml = written(&text, Syntax::Impulse, Syntax::Yaml);
    assert_eq!(found(&read(&yaml, Syntax::Yaml)), expected, "{yaml}");
    let plain = "data:\n  labels: [yes, no, on, off, 1e3, 0x10, 1.10, two words, \"null\", 3]\n";
    let expected = [
        "yes",
        "no",
        "on",
        "off",
        "1e3",
        "0x10",
        "1.10",
        "two words",
        "null",
        "3",
    ];
    assert_eq!(found(&read(plain, Syntax::Yaml)), expected);
}
