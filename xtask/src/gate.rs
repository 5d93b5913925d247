//! The gate: what has to hold before a change lands. CI runs the same thing as a person does.

use std::time::Instant;

use anyhow::{Result, bail};
use xshell::{Shell, cmd};

use crate::{fuzz, setup};

/// A name and what it does.
type Step = (&'static str, fn(&Shell) -> Result<()>);

/// How long each fuzz target runs: enough to find what a change has broken plainly.
const FUZZ_SECONDS: u32 = 10;

/// Runs every step in order and stops at the first that fails.
pub fn run() -> Result<()> {
    let shell = Shell::new()?;
    shell.change_dir(workspace_root());
    let steps: &[Step] = &[
        ("set-up", |_| setup::run()),
        (
            "format",
            |sh| Ok(cmd!(sh, "cargo fmt --all --check").run()?),
        ),
        ("lints", |sh| {
            Ok(cmd!(
                sh,
                "cargo clippy --quiet --locked --workspace --all-targets -- --deny warnings"
            )
            .run()?)
        }),
        ("documentation", documentation),
        ("licences", licences),
        ("program", |sh| {
            Ok(cmd!(
                sh,
                "cargo build --quiet --locked --release --package impulse-cli"
            )
            .run()?)
        }),
        ("tests", |sh| {
            Ok(cmd!(sh, "cargo test --locked --workspace --no-fail-fast").run()?)
        }),
        ("fuzzing", |_| {
            fuzz::run(&fuzz::Options::every(FUZZ_SECONDS))
        }),
        ("no difference", no_difference),
    ];
    let before = tracked_difference(&shell)?;
    shell.set_var("IMPULSE_GATE_BEFORE", before);
    for (name, step) in steps {
        let start = Instant::now();
        eprintln!("== {name}");
        step(&shell)?;
        eprintln!("== {name}: {:.0} s", start.elapsed().as_secs_f32());
    }
    Ok(())
}

/// The folder of the workspace, whatever folder the command was called from.
pub fn workspace_root() -> std::path::PathBuf {
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

fn documentation(shell: &Shell) -> Result<()> {
    // Private items are documented too, so links to them do not break.
    let flags = "--deny warnings --allow rustdoc::private-intra-doc-links";
    let _deny = shell.push_env("RUSTDOCFLAGS", flags);
    Ok(cmd!(
        shell,
        "cargo doc --quiet --locked --workspace --no-deps --document-private-items"
    )
    .run()?)
}

/// `cargo deny` where it is installed; it is no part of a Rust toolchain.
fn licences(shell: &Shell) -> Result<()> {
    if !setup::on_path("cargo-deny") {
        eprintln!("cargo-deny is not installed: licences and sources are not checked");
        return Ok(());
    }
    Ok(cmd!(shell, "cargo deny --offline check licenses bans sources").run()?)
}

fn tracked_difference(shell: &Shell) -> Result<String> {
    Ok(cmd!(shell, "git status --porcelain").quiet().read()?)
}

/// Tests must leave the tree as it was: goldens change on request only.
fn no_difference(shell: &Shell) -> Result<()> {
    let after = tracked_difference(shell)?;
    if after != shell.var("IMPULSE_GATE_BEFORE")? {
        bail!("the tests changed files of the project:\n{after}");
    }
    Ok(())
}
