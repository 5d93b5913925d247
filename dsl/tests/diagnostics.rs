//! Holds every bad spec of `tests/bad/` against what it says is wrong with it.

// The crate reads no files; its tests read their fixtures.
#![allow(clippy::disallowed_methods)]

mod fixture;

use std::collections::BTreeSet;

use fixture::{all, found, mend};
use impulse_ir::diagnostic::codes;
use impulse_ir::{Code, Diagnostic};

#[test]
fn every_bad_spec_says_what_is_wrong_with_it() {
    let fixtures = all();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        fixtures.iter().for_each(|f| f.update());
        return;
    }
    let mut failures = String::new();
    for fixture in &fixtures {
        for case in &fixture.cases {
            let found = found(&case.text, fixture.syntax);
            if found != case.expected {
                failures.push_str(&format!(
                    "{}:{}: {}\n  expected\n    {}\n  found\n    {}\n",
                    fixture.path.display(),
                    case.line,
                    case.name,
                    case.expected.join("\n    "),
                    found.join("\n    ")
                ));
            }
            assert!(!found.is_empty(), "{}: nothing is wrong", case.name);
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

#[test]
fn a_mechanical_remedy_mends_what_it_stands_at() {
    for fixture in all() {
        for case in &fixture.cases {
            let (_, before) = impulse_dsl::compile(&case.text, fixture.syntax);
            for diagnostic in &before {
                let Some(mended) = mend(&case.text, diagnostic) else {
                    continue;
                };
                let (_, after) = impulse_dsl::compile(&mended, fixture.syntax);
                let name = &case.name;
                let same =
                    |d: &&Diagnostic| d.code == diagnostic.code && d.message == diagnostic.message;
                assert!(
                    after.iter().filter(same).count() < before.iter().filter(same).count(),
                    "{name}: {diagnostic:?} is still there in\n{mended}\n{after:?}"
                );
            }
        }
    }
}

/// Messages in lower case without a full stop, and short enough to read.
#[test]
fn messages_keep_to_the_house_style() {
    for fixture in all() {
        for case in &fixture.cases {
            let (_, diagnostics) = impulse_dsl::compile(&case.text, fixture.syntax);
            for d in &diagnostics {
                let hints = d.hints.iter().map(|h| &h.message);
                for message in [&d.message].into_iter().chain(hints) {
                    let first = message.chars().next().unwrap_or('.');
                    let capital = first.is_uppercase() && !message.starts_with("YAML");
                    let stop = message.ends_with('.') && !message.ends_with("..");
                    assert!(
                        !capital && !stop && first != '.',
                        "{}: {message}",
                        case.name
                    );
                    assert!(!message.contains('\n'), "{}: {message}", case.name);
                    assert!(message.chars().count() <= 240, "{}: {message}", case.name);
                }
            }
        }
    }
}

/// Codes that the language has, but that this crate cannot give: with the reason.
const ELSEWHERE: &[(Code, &str)] = &[
    (codes::PRE_EMPHASIS, "the schema's range is narrower"),
    (codes::LAYER_VALUE, "the schema's ranges are narrower"),
    (codes::RAM_BUDGET, "said by the plan"),
    (codes::FLASH_BUDGET, "said by the plan"),
    (codes::LATENCY_BUDGET, "said by the plan"),
    (codes::BOARD_TOO_SMALL, "said by the plan"),
];

#[test]
fn every_code_of_the_language_is_provoked() {
    let mut provoked = BTreeSet::new();
    for fixture in all() {
        for case in &fixture.cases {
            let (_, diagnostics) = impulse_dsl::compile(&case.text, fixture.syntax);
            provoked.extend(diagnostics.iter().map(|d| d.code));
        }
    }
    // Texts of this size are no fixtures.
    let large = " ".repeat(impulse_dsl::syntax::BYTES_MAX + 1);
    let (_, diagnostics) = impulse_dsl::compile(&large, impulse_dsl::Syntax::Impulse);
    provoked.extend(diagnostics.iter().map(|d| d.code));
    let elsewhere: BTreeSet<Code> = ELSEWHERE.iter().map(|(code, _)| *code).collect();
    for explanation in codes::ALL.iter().filter(|e| e.code.0 < 600) {
        let code = explanation.code;
        assert_ne!(
            provoked.contains(&code),
            elsewhere.contains(&code),
            "{code} {}",
            explanation.title
        );
    }
}

/// A beginner's mistakes: each problem says what to change, and where all of the changes are
/// mechanical, carrying them out leaves nothing wrong.
#[test]
fn a_beginner_is_told_what_to_change() {
    let mut n_mended = 0;
    let beginner = |f: &fixture::Fixture| f.path.file_stem().is_some_and(|s| s == "beginner");
    for fixture in all().into_iter().filter(beginner) {
        assert!(fixture.cases.len() >= 20);
        for case in &fixture.cases {
            let (_, problems) = impulse_dsl::compile(&case.text, fixture.syntax);
            // A value and its range, or one value too many, need no further words.
            let plain = [codes::WRONG_VALUE, codes::UNEXPECTED_VALUE];
            for problem in &problems {
                let told = !problem.hints.is_empty() || plain.contains(&problem.code);
                assert!(told, "{}: {problem:?}", case.name);
            }
            let mechanical = |d: &Diagnostic| d.hints.iter().any(|h| h.replacement.is_some());
            if !problems.iter().all(mechanical) {
                continue;
            }
            let mut all_of_them = problems[0].clone();
            all_of_them.hints = problems.into_iter().flat_map(|d| d.hints).collect();
            let mended = mend(&case.text, &all_of_them).unwrap();
            let (_, left) = impulse_dsl::compile(&mended, fixture.syntax);
            assert!(left.is_empty(), "{}: {left:?} in\n{mended}", case.name);
            n_mended += 1;
        }
    }
    assert!(
        n_mended >= 24,
        "{n_mended} are mended by what the hints say"
    );
}

#[test]
fn the_specs_of_the_project_have_no_problem() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../impulses");
    let mut n_specs = 0;
    for project in std::fs::read_dir(folder).unwrap() {
        let path = project.unwrap().path();
        let Ok(files) = std::fs::read_dir(path) else {
            continue;
        };
        for file in files.map(|f| f.unwrap().path()) {
            let Some(syntax) = impulse_dsl::Syntax::from_path(&file) else {
                continue;
            };
            let text = std::fs::read_to_string(&file).unwrap();
            let (spec, problems) = impulse_dsl::compile(&text, syntax);
            assert!(spec.is_some(), "{}: {problems:?}", file.display());
            n_specs += 1;
        }
    }
    assert!(n_specs >= 3);
}
