//! Text that is no spec: nothing panics, every place lies in the text, and what can be formatted
//! is formatted at once.

use impulse_ir::Place;
use proptest::prelude::*;

use crate::{PROBLEMS_MAX, Syntax, compile, format};

/// Parts of specs and of what looks like one.
const TOKENS: &[&str] = &[
    "impulse",
    "yes_no",
    "data",
    "labels",
    "window",
    "audio",
    "rate",
    "16 kHz",
    "16kHz",
    "length",
    "1 s",
    "stride",
    "features",
    "mfcc",
    "frame",
    "32 ms every 20 ms",
    "network",
    "conv1d",
    "8 filters",
    "kernel",
    "3",
    "3x3",
    "relu",
    "residual",
    "max_pool",
    "dropout",
    "25%",
    "flatten",
    "dense",
    "softmax",
    "train",
    "adam",
    "0.005",
    "target",
    "nano33",
    "ram",
    "< 32 KiB",
    "group",
    "filename",
    "/^(a)/",
    "noise",
    "\"a b\"",
    "10 dB..30 dB",
    "..",
    "-",
    "- ",
    "-6",
    "1e999",
    "0x10",
    "1_000",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    ": ",
    "=",
    ";",
    "#",
    "# c",
    "\"",
    "'",
    "`",
    "“",
    "/",
    "//",
    "\\",
    "|",
    ">",
    "<",
    "&a",
    "*a",
    "!t",
    "%",
    "@",
    "~",
    "null",
    "?",
    "---",
    "...",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\n  ",
    "\n    ",
    "\t",
    " ",
    " ",
    "\u{0}",
    "\u{1}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "µs",
    "ü",
    "語",
    "🎤",
    "×",
    "−",
];

fn soup() -> impl Strategy<Value = String> {
    let glue = prop::sample::select(vec!["", " ", " ", "\n", ": "]);
    let token = prop::sample::select(TOKENS);
    prop::collection::vec((token, glue), 0..60)
        .prop_map(|parts| parts.into_iter().flat_map(|(t, g)| [t, g]).collect())
}

/// Everything that can be done with a text.
pub(super) fn drive(text: &str) {
    for syntax in [Syntax::Impulse, Syntax::Yaml] {
        let (spec, problems) = compile(text, syntax);
        assert!(spec.is_some() || !problems.is_empty(), "nothing is said");
        assert!(problems.len() <= PROBLEMS_MAX);
        for problem in &problems {
            let hints = problem.hints.iter().filter_map(|h| h.span);
            let place = match problem.place {
                Place::Spec(span) => Some(span),
                _ => None,
            };
            for span in hints.chain(place) {
                let inside = text.get(span.start..span.end).is_some();
                assert!(inside, "{problem:?} is not in {text:?} as {syntax:?}");
            }
            assert!(problem.message.chars().count() < 1000, "{problem:?}");
        }
        let Ok(once) = format(text, syntax, syntax) else {
            continue;
        };
        let twice = format(&once, syntax, syntax);
        assert_eq!(twice.as_ref(), Ok(&once), "{text:?} as {syntax:?}");
        let other = match syntax {
            Syntax::Impulse => Syntax::Yaml,
            Syntax::Yaml => Syntax::Impulse,
        };
        if let Ok(converted) = format(text, syntax, other) {
            let (_, problems) = crate::parse(&converted, other);
            assert!(
                problems.is_empty(),
                "{problems:?} in {converted:?} of {text:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(super::config(500))]

    #[test]
    fn a_soup_of_tokens_is_read_and_formatted(text in soup()) {
        drive(&text);
    }

    #[test]
    fn any_bytes_are_read_and_formatted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_damaged_spec_is_read_and_formatted(
        mut choices in super::generate::choices(true),
        yaml in any::<bool>(),
        damage in prop::collection::vec((any::<u16>(), 0..6u8, prop::sample::select(TOKENS)), 1..5),
    ) {
        let mut text = choices.spec();
        if yaml && let Ok(converted) = format(&text, Syntax::Impulse, Syntax::Yaml) {
            text = converted;
        }
        for (at, kind, token) in damage {
            let mut at = usize::from(at) % (text.len() + 1);
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let end = text[at..].char_indices().nth(usize::from(kind)).map_or(text.len(), |(n, _)| at + n);
            text.replace_range(at..end, token);
        }
        drive(&text);
    }
}

/// Texts that were once read without an end, with a panic, or that changed when formatted twice.
#[test]
fn what_went_wrong_before_does_not_again() {
    for text in [
        "network { conv1d 8 filters, kernel 3 { relu, relu } }",
        "impulse: #\rimpulse: impulse",
        "- # %",
        "data: {path: c, labels: [y, no, ? \"e@\"]}",
        "network:\n  - residual:\n\n  - gl\n",
        "a: b\na: c\0\n",
        "network:\n  - a - b:\n",
        "train: {class_weights: [25\n 0, 0.5]}",
        "augment: {noise: {a, b: c}}",
        "target: {\u{85}x: }",
        "target nano { ram < 32 KiB }\ntarget nano { ram < 32 KiB }\ntarget n",
    ] {
        drive(text);
    }
    // Escaped, a long key would pass what YAML takes for one.
    drive(&format!("network:\n  \"{}\": 12\n", "\\u000F".repeat(200)));
    drive(&format!("target {}\n", "n".repeat(2000)));
}
