//! Runs the fuzz targets of `fuzz/`: every parser and the check on bytes that libFuzzer makes up.
//!
//! The instrumentation is that of SanitizerCoverage, which a stable compiler has too; so the gate
//! can run a little of it anywhere. What a target finds lies in `fuzz/artifacts/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;
use xshell::{Shell, cmd};

use crate::gate::workspace_root;

/// What to fuzz, and for how long.
#[derive(Args)]
pub struct Options {
    /// Targets by name; all where none is given
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Seed of what is made up; 0 for another each time
    #[arg(long, default_value_t = 0)]
    seed: u32,
}

impl Options {
    /// Every target, each for `seconds`, with the same inputs each time: what a gate finds is then
    /// of the change that it stands before.
    pub fn every(seconds: u32) -> Self {
        Self {
            targets: Vec::new(),
            seconds,
            seed: 1,
        }
    }
}

/// Compiler flags that libFuzzer's coverage feedback takes.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// Folders whose files begin a target's corpus, and how the names of those files end.
const SEEDS: &[(&str, &[&str])] = &[
    ("impulse", &["impulse"]),
    ("check", &["impulse"]),
    ("yaml", &["yaml"]),
    ("tflite", &["tflite"]),
];
const SEED_FOLDERS: &[&str] = &[
    "dsl/tests/bad",
    "cli/templates",
    "impulses",
    "codegen/tests",
];

/// Builds the targets and runs each; the first crash ends it.
pub fn run(options: &Options) -> Result<()> {
    let shell = Shell::new()?;
    let folder = workspace_root().join("fuzz");
    shell.change_dir(&folder);
    let known = targets(&folder)?;
    if let Some(name) = options.targets.iter().find(|name| !known.contains(name)) {
        bail!(
            "no fuzz target `{name}`, expected one of {}",
            known.join(", ")
        );
    }
    let chosen = if options.targets.is_empty() {
        &known
    } else {
        &options.targets
    };
    // Naming the host as the target keeps the flags away from build scripts and proc macros.
    let host = host(&shell)?;
    {
        let _flags = shell.push_env("RUSTFLAGS", COVERAGE.join(" "));
        cmd!(
            shell,
            "cargo build --quiet --locked --release --target {host} --bins"
        )
        .run()?;
    }
    for name in chosen {
        let program = folder.join("target").join(&host).join("release").join(name);
        let corpus = corpus(&folder, name)?;
        eprint!("fuzz: {name}, {} s: ", options.seconds);
        fuzz(
            &program,
            &corpus,
            &folder.join("artifacts").join(name),
            options,
        )?;
    }
    Ok(())
}

/// Runs one target. Its talk goes to a file, of which people see how many inputs were tried.
fn fuzz(program: &Path, corpus: &Path, artifacts: &Path, options: &Options) -> Result<()> {
    fs::create_dir_all(artifacts)?;
    let log = artifacts.join("log.txt");
    let status = Command::new(program)
        .arg(corpus)
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .arg(format!("-max_total_time={}", options.seconds))
        .arg(format!("-seed={}", options.seed))
        .args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"])
        .stderr(fs::File::create(&log)?)
        .status()?;
    let talk = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        let tail: Vec<&str> = talk.lines().rev().take(30).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        bail!(
            "something was found; the input is in {}\n{}",
            artifacts.display(),
            tail.join("\n")
        );
    }
    let tried = talk
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    eprintln!("{} inputs", tried.unwrap_or(" no").trim());
    Ok(())
}

/// The targets, by the files that hold them.
fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(folder.join("fuzz_targets"))?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some(path.file_stem()?.to_str()?.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}

fn host(shell: &Shell) -> Result<String> {
    let text = cmd!(shell, "rustc --version --verbose").read()?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc does not tell its host")?.to_owned())
}

/// The folder of a target's inputs, with the project's own files of its kind in it.
fn corpus(folder: &Path, name: &str) -> Result<PathBuf> {
    let corpus = folder.join("corpus").join(name);
    fs::create_dir_all(&corpus)?;
    let endings = SEEDS
        .iter()
        .find(|(target, _)| *target == name)
        .map_or(&[][..], |(_, endings)| endings);
    let mut files = Vec::new();
    for seeds in SEED_FOLDERS {
        collect(&workspace_root().join(seeds), endings, &mut files)?;
    }
    for (i, file) in files.iter().enumerate() {
        fs::copy(file, corpus.join(format!("seed-{i}")))?;
    }
    Ok(corpus)
}

fn collect(folder: &Path, endings: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, endings, files)?;
        } else if path
            .extension()
            .is_some_and(|ending| endings.iter().any(|e| ending == *e))
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}
