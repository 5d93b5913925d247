//! `impulse data lint` on real speech: how long it takes, and how many flipped labels it finds.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::gate::workspace_root;

const SET: &str = "../shared/data/speech_commands";
/// One label in so many is flipped: 3 %.
const FLIPPED: f64 = 0.03;
/// The code of a suspicious label.
const SUSPICIOUS: &str = "E0646";

/// What a lint of the set with flipped labels found.
struct Found {
    n_flipped: usize,
    n_told: usize,
    n_right: usize,
}

/// Lints the set as it is, then with labels flipped by each of `seeds` seeds. `None` where the
/// recordings are missing.
pub fn measure(seeds: u64) -> Result<Option<String>> {
    let set = workspace_root().join(SET);
    if !set.is_dir() {
        return Ok(None);
    }
    let set = set.canonicalize()?;
    let (started, before) = (Instant::now(), children_seconds());
    let findings = lint(&set)?;
    let seconds = started.elapsed().as_secs_f64();
    let processor = match (before, children_seconds()) {
        (Some(before), Some(after)) => format!(" ({:.0} s of processor time)", after - before),
        _ => String::new(),
    };
    let rows = rows(&set)?;
    let mut found = Vec::new();
    for seed in 1..=seeds {
        found.push(flipped(&set, &rows, seed)?);
    }
    let mut text = format!(
        "\n`impulse data lint` on {} recordings of Speech Commands v0.02, two cores.\n\n| | ours | aim |\n|---|---|---|\n",
        rows.len()
    );
    writeln!(
        text,
        "| the whole lint, wall time | {seconds:.0} s{processor} | 60 s |"
    )?;
    let count = |code: &str| findings.iter().filter(|(c, _)| c == code).count();
    writeln!(
        text,
        "| recordings with a DC offset | {} | 70 or so |",
        count("E0636")
    )?;
    writeln!(
        text,
        "| pairs of cuts of the same take | {} | those that lie 11 samples apart among them |",
        count("E0633")
    )?;
    let shares: Vec<String> = found
        .iter()
        .map(|f| format!("{:.0} %", 100.0 * f.n_right as f64 / f.n_flipped as f64))
        .collect();
    let told = found.iter().map(|f| f.n_told).max().unwrap_or(0);
    writeln!(
        text,
        "| with {:.0} % of the labels flipped: share of them that is told, one figure a seed, by at most {told} findings ({:.1} % of the recordings) | {} | 75 % by 5 % |",
        FLIPPED * 100.0,
        100.0 * told as f64 / rows.len() as f64,
        shares.join(", ")
    )?;
    Ok(Some(text))
}

/// Processor time of the processes that were waited for, where the system is Linux: a shared machine
/// makes the wall time long.
fn children_seconds() -> Option<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name in parentheses; user and system time are fields 16 and 17 of proc(5).
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    Some((ticks(16)? + ticks(17)?) / TICKS_PER_SECOND)
}

/// Path and label of each row of the manifest.
fn rows(set: &Path) -> Result<Vec<[String; 4]>> {
    let text = fs::read_to_string(set.join("manifest.csv"))?;
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let at = |name: &str| {
        columns
            .iter()
            .position(|c| *c == name)
            .with_context(|| format!("no column {name}"))
    };
    let wanted = [at("path")?, at("label")?, at("split")?, at("group")?];
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        wanted.map(|i| fields.get(i).copied().unwrap_or_default().to_owned())
    };
    Ok(lines.map(row).collect())
}

/// Lints a manifest in which labels are flipped.
fn flipped(set: &Path, rows: &[[String; 4]], seed: u64) -> Result<Found> {
    let labels: Vec<&String> = rows
        .iter()
        .map(|r| &r[1])
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut below = |n: usize| {
        // Steele, Lea and Flood, "SplitMix", 2014.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    };
    let wanted = (rows.len() as f64 * FLIPPED).round() as usize;
    let mut chosen = BTreeSet::new();
    while chosen.len() < wanted {
        chosen.insert(below(rows.len()));
    }
    let mut text = String::from("path,label,split,group\n");
    let mut names = BTreeSet::new();
    for (i, [path, label, split, group]) in rows.iter().enumerate() {
        let full = set.join(path).to_string_lossy().into_owned();
        let mut label = label;
        if chosen.contains(&i) {
            let others: Vec<&&String> = labels.iter().filter(|l| **l != label).collect();
            label = others[below(others.len())];
            names.insert(full.clone());
        }
        writeln!(text, "{full},{label},{split},{group}")?;
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("manifest.csv"), text)?;
    let told: Vec<(String, String)> = lint(folder.path())?;
    let told: Vec<&String> = told
        .iter()
        .filter(|(code, _)| code == SUSPICIOUS)
        .map(|(_, file)| file)
        .collect();
    Ok(Found {
        n_flipped: names.len(),
        n_told: told.len(),
        n_right: told.iter().filter(|file| names.contains(**file)).count(),
    })
}

/// Code and file of every finding.
fn lint(folder: &Path) -> Result<Vec<(String, String)>> {
    let program = workspace_root().join("target/release/impulse");
    let mut command = Command::new(program);
    command
        .args(["data", "lint", "--quiet", "--format", "json"])
        .arg(folder);
    let output = command.output().context("the program does not start")?;
    let document: Value = serde_json::from_slice(&output.stdout).context("no document")?;
    let all = document["diagnostics"].as_array().context("no findings")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(all
        .iter()
        .map(|d| (text(&d["code"]), text(&d["file"])))
        .collect())
}
