//! `include_impulse!` in a program of its own: the example of `examples/`, in a crate that depends
//! on the library as a user's crate does.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Run, Small, root};

const SPEC: &str = "impulses/yes_no/yes_no.impulse";

/// A crate whose program is the example, around a small copy of the sample project.
fn crate_around(small: &Small) {
    let base = small.path();
    let profile = "[profile.dev]\nopt-level = 0\ndebug = false\n";
    let manifest = format!(
        "[package]\nname = \"user\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nimpulse = {{ path = {:?} }}\nanyhow = \"1\"\nhound = \"3.5\"\n\n{profile}",
        root()
    );
    fs::write(base.join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(base.join("src")).unwrap();
    fs::copy(
        root().join("examples/classify_wav.rs"),
        base.join("src/main.rs"),
    )
    .unwrap();
    // The versions that the workspace has tested.
    fs::copy(root().join("Cargo.lock"), base.join("Cargo.lock")).unwrap();
}

fn cargo(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", root().join("target/included"))
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("RUSTFLAGS");
    Run::of(&command.output().expect("cargo starts"))
}

#[test]
fn a_program_takes_the_trained_model_in_and_follows_its_changes() {
    let small = Small::below("impulses/yes_no");
    crate_around(&small);
    let missing = cargo(small.path(), &["check", "--quiet"]);
    for part in [
        "there is no trained model",
        &format!("impulse build {SPEC}"),
        "src/main.rs",
    ] {
        assert!(missing.stderr.contains(part), "{}", missing.stderr);
    }

    small.impulse(&["build", SPEC]).ok();
    let clip = small.wav("yes");
    let of_program = small.impulse(&["run", &clip, "--spec", SPEC]).ok();
    let arguments = ["run", "--quiet", "--", &clip];
    let first = cargo(small.path(), &arguments).ok();
    // The host's executor and the generated code give the same scores.
    for line in first.stdout.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let same = |other: &str| {
            other
                .split_whitespace()
                .take(2)
                .eq(words[..2].iter().copied())
        };
        assert!(
            of_program.stdout.lines().any(same),
            "{line}\n{}",
            of_program.stdout
        );
    }
    assert_eq!(first.stdout.lines().count(), 3, "{}", first.stdout);

    small.replace("8 filters", "9 filters");
    let stale = cargo(small.path(), &["check", "--quiet"]);
    assert!(
        stale
            .stderr
            .contains("the spec has changed since the model"),
        "{}",
        stale.stderr
    );
    small.impulse(&["build", SPEC]).ok();
    let second = cargo(small.path(), &arguments).ok();
    assert_ne!(
        first.stdout, second.stdout,
        "the old model is still in the program"
    );
}
