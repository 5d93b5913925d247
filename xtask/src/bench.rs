//! `cargo xtask bench`: measures ours, puts it beside what exists, writes BENCHMARKS.md.
//!
//! Each section is a file; it returns Markdown, and `None` where what it needs is missing (the
//! section of the last run is then kept). Wall times are noisy: they are given as ratios of one run.

mod accuracy;
mod data;
mod emulator;
mod features;
mod fixed;
mod language;
mod networks;
mod sensors;
mod training;

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use xshell::{Shell, cmd};

use crate::gate::workspace_root;

/// What to measure.
#[derive(Args)]
pub struct Options {
    /// Only these sections; the others are kept as they stand
    #[arg(long, value_enum)]
    only: Vec<Section>,
    /// Seeds of each accuracy figure
    #[arg(long, default_value_t = 2)]
    seeds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Sizes and instructions of emitted code on the emulated board
    Emulator,
    /// The MFCC block on the emulated board
    Features,
    /// The same in integers, on cores without a floating-point unit
    Fixed,
    /// The five public networks on emulated chips and on the host
    Networks,
    /// Clips per second of training, beside Keras
    Training,
    /// Accuracy on real speech
    Accuracy,
    /// Accuracy and cost on motion and images
    Sensors,
    /// Findings in real recordings
    Data,
    /// Speed of the check, and the plan beside linked images
    Language,
}

const SECTIONS: [Section; 9] = [
    Section::Emulator,
    Section::Features,
    Section::Fixed,
    Section::Networks,
    Section::Training,
    Section::Accuracy,
    Section::Sensors,
    Section::Data,
    Section::Language,
];
const FILE: &str = "BENCHMARKS.md";

/// Measures the chosen sections and writes the file.
pub fn run(options: &Options) -> Result<()> {
    let shell = Shell::new()?;
    shell.change_dir(workspace_root());
    cmd!(shell, "cargo build --quiet --release --package impulse-cli").run()?;
    let old = fs::read_to_string(workspace_root().join(FILE)).unwrap_or_default();
    let mut text = String::from(HEAD);
    for section in SECTIONS {
        let chosen = options.only.is_empty() || options.only.contains(&section);
        let start = Instant::now();
        let measured = if chosen {
            measure(section, &shell, options)?
        } else {
            None
        };
        if chosen {
            eprintln!(
                "bench: {section:?} took {:.0} s",
                start.elapsed().as_secs_f32()
            );
        }
        let body = measured
            .or_else(|| kept(&old, section))
            .unwrap_or_else(|| "\nNot measured yet.\n".to_owned());
        text.push_str(&format!("\n{}\n{body}", heading(section)));
    }
    let path = workspace_root().join(FILE);
    fs::write(&path, &text).with_context(|| format!("{} cannot be written", path.display()))?;
    print!("{text}");
    Ok(())
}

const HEAD: &str = "# Benchmarks\n\n\
`cargo xtask bench` writes this file. Emulator figures are instructions, not cycles: a real Cortex-M adds load stalls, branches and\n\
flash waits. They are the same in every run with the same compiler. Wall times come from a shared machine; only the ratios of one run mean something.\n";

fn heading(section: Section) -> &'static str {
    match section {
        Section::Emulator => "## Emitted code on the emulated Cortex-M4F",
        Section::Features => "## The feature blocks",
        Section::Fixed => "## Features in integers",
        Section::Networks => "## The five networks of MLPerf Tiny on the emulated chip",
        Section::Training => "## Training throughput",
        Section::Accuracy => "## Accuracy on real speech",
        Section::Sensors => "## Motion and images",
        Section::Data => "## Looking at recordings",
        Section::Language => "## Checking and planning",
    }
}

fn measure(section: Section, shell: &Shell, options: &Options) -> Result<Option<String>> {
    match section {
        Section::Emulator => emulator::measure(shell).map(Some),
        Section::Features => features::measure(shell),
        Section::Fixed => fixed::measure(shell, options.seeds),
        Section::Networks => networks::measure(shell),
        Section::Training => training::measure(shell).map(Some),
        Section::Accuracy => accuracy::measure(shell, options.seeds),
        Section::Sensors => sensors::measure(shell, options.seeds),
        Section::Data => data::measure(options.seeds),
        Section::Language => language::measure(shell).map(Some),
    }
}

/// The text of a section in the file of the last run.
fn kept(old: &str, section: Section) -> Option<String> {
    let rest = &old[old.find(heading(section))? + heading(section).len() + 1..];
    let end = rest.find("\n## ").map_or(rest.len(), |n| n);
    Some(format!("{}\n", rest[..end].trim_end_matches('\n')))
}
