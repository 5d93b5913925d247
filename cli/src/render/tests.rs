use std::path::PathBuf;

use impulse_ir::diagnostic::codes;
use serde_json::Value;

use super::*;

const PLAIN: Style = Style {
    color: false,
    width: 80,
};

fn source(text: &str) -> Source {
    Source {
        path: PathBuf::from("a.impulse"),
        text: text.to_owned(),
    }
}

fn show(diagnostics: &[Diagnostic], source: Option<&Source>, format: Format) -> String {
    render(&Finding::of(diagnostics, source), format, PLAIN)
}

/// A misspelt key in line 2, behind a letter of two bytes.
fn misspelt() -> (Source, Diagnostic) {
    let source = source("# µ\n  epocs 100\n}\n");
    let span = Span::new(7, 12);
    let diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, span, "unknown key `epocs`");
    let fixed = diagnostic.fix(span, "epochs", "did you mean `epochs`?");
    (source, fixed)
}

#[test]
fn the_place_is_underlined_and_the_remedy_shown() {
    let (source, diagnostic) = misspelt();
    let text = show(&[diagnostic], Some(&source), Format::Full);
    assert!(text.contains("error[E0201]: unknown key `epocs`"), "{text}");
    assert!(text.contains("--> a.impulse:2:3"), "{text}");
    assert!(text.contains("^^^^^"), "{text}");
    assert!(text.contains("help: did you mean `epochs`?"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn a_span_outside_the_text_still_shows_the_message() {
    let source = source("ä");
    let formats = [
        Format::Full,
        Format::Concise,
        Format::Github,
        Format::Json,
        Format::Sarif,
    ];
    for span in [
        Span::new(1, 2),
        Span::new(5, 900),
        Span::new(3, 1),
        Span::default(),
    ] {
        for format in formats {
            let diagnostic = Diagnostic::error(codes::SYNTAX, span, "expected a block");
            let fixed = diagnostic.clone().fix(span, "x", "write x");
            let text = show(&[fixed], Some(&source), format);
            assert!(text.contains("expected a block"), "{span:?}: {text}");
            let text = show(&[diagnostic], None, format);
            assert!(text.contains("expected a block"), "{span:?}: {text}");
        }
    }
}

#[test]
fn places_in_the_spec_come_in_their_order() {
    let source = source("one two");
    let late = Diagnostic::error(codes::SYNTAX, Span::new(4, 7), "second");
    let early = Diagnostic::error(codes::SYNTAX, Span::new(0, 3), "first");
    let file = Diagnostic::file(codes::FILE_READ, "clips/a.wav", "third");
    let text = show(&[file, late, early], Some(&source), Format::Full);
    let at = |what: &str| text.find(what).unwrap_or(usize::MAX);
    assert!(
        at("first") < at("second") && at("second") < at("third"),
        "{text}"
    );
    assert!(text.contains("--> clips/a.wav"), "{text}");
}

#[test]
fn concise_is_a_line_with_its_place() {
    let (source, diagnostic) = misspelt();
    let general = Diagnostic::general(codes::STOPPED, "stopped");
    let text = show(&[diagnostic, general], Some(&source), Format::Concise);
    assert_eq!(
        text,
        "a.impulse:2:3: error[E0201]: unknown key `epocs`; did you mean `epochs`?\n\
         error[E0914]: stopped\n"
    );
}

#[test]
fn workflow_commands_escape_what_they_must() {
    let (mut source, mut diagnostic) = misspelt();
    source.path = PathBuf::from("a,b.impulse");
    diagnostic.message = "100% of\nit".to_owned();
    let text = show(&[diagnostic], Some(&source), Format::Github);
    assert_eq!(
        text,
        "::error title=E0201,file=a%2Cb.impulse,line=2,col=3,endColumn=8\
         ::100%25 of%0Ait%0Ahelp: did you mean `epochs`?\n"
    );
}

#[test]
fn json_has_places_in_lines_and_in_bytes() {
    let (source, diagnostic) = misspelt();
    let text = show(&[diagnostic], Some(&source), Format::Json);
    let document: Value = serde_json::from_str(&text).unwrap();
    let entry = &document["diagnostics"][0];
    assert_eq!(entry["code"], "E0201");
    assert_eq!(entry["file"], "a.impulse");
    assert_eq!(entry["location"]["line"], 2);
    assert_eq!(entry["location"]["end_column"], 8);
    assert_eq!(entry["location"]["start_byte"], 7);
    assert_eq!(entry["hints"][0]["replacement"], "epochs");
    let empty: Value = serde_json::from_str(&show(&[], None, Format::Json)).unwrap();
    assert_eq!(empty["diagnostics"], Value::Array(Vec::new()));
}

#[test]
fn sarif_names_rules_regions_and_fixes() {
    let (mut source, diagnostic) = misspelt();
    source.path = PathBuf::from("my specs/a.impulse");
    let text = show(&[diagnostic], Some(&source), Format::Sarif);
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "E0201");
    let result = &run["results"][0];
    assert_eq!(
        (&result["level"], &result["ruleIndex"]),
        (&"error".into(), &0.into())
    );
    let physical = &result["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "my%20specs/a.impulse");
    assert_eq!(physical["region"]["startColumn"], 3);
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "epochs");
    assert_eq!(replacement["deletedRegion"]["endColumn"], 8);
}
