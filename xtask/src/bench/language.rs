//! How quick `impulse check` is, and how near the plan comes to linked images.

use std::fmt::Write;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::gate::workspace_root;

/// Layers of the spec that is checked.
const LAYERS: usize = 40;
/// Whole processes that are timed.
const RUNS: usize = 50;

/// Times `impulse check`, and holds the plan of twenty random specs against what is linked.
pub fn measure(shell: &Shell) -> Result<String> {
    let folder = shell.create_temp_dir()?;
    let spec = folder.path().join("deep.impulse");
    fs::write(&spec, deep())?;
    let spec = spec.to_string_lossy().into_owned();
    let program = workspace_root().join("target/release/impulse");
    let program = program.to_string_lossy().into_owned();
    let check = median(&program, &["check", &spec])?;
    let version = median(&program, &["--version"])?;
    let images = cmd!(
        shell,
        "cargo test --quiet --package impulse-cli --test images -- --nocapture"
    )
    .ignore_stderr()
    .read()?;
    let off = images
        .lines()
        .find_map(|line| line.split_once("flash is predicted within "))
        .map_or("not measured, there is no arm-none-eabi-gcc", |(_, off)| {
            off
        });
    Ok(format!(
        "\n| | ours | aim |\n|---|---|---|\n\
         | `impulse check` of a {LAYERS}-layer spec, whole process, warm, median of {RUNS} | {:.1} ms \
         (`--version` alone: {:.1} ms) | 20 ms |\n\
         | static RAM of 20 random specs on five boards, planned against linked | equal | equal |\n\
         | flash of the same, largest difference | {off} | 5 % |\n",
        milliseconds(check),
        milliseconds(version),
    ))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A spec of [`LAYERS`] layers.
fn deep() -> String {
    let mut text = String::from(
        "impulse deep\ndata \"clips\" { labels yes, no }\n\
         window audio { rate 16 kHz, length 1 s, stride 250 ms }\n\
         features mfcc { frame 32 ms every 20 ms }\nnetwork {\n",
    );
    for i in 0..(LAYERS - 4) / 3 {
        let filters = 8 + i % 4;
        let _ = writeln!(
            text,
            "  conv1d {filters} filters, kernel 3\n  batch_norm\n  relu"
        );
    }
    text.push_str("  dropout 25%\n  flatten\n  dense labels\n  softmax\n}\n");
    text.push_str("target nano33 { ram < 64 KiB, flash < 256 KiB }\n");
    text
}

/// The median time of a whole process.
fn median(program: &str, arguments: &[&str]) -> Result<Duration> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let start = Instant::now();
        let output = Command::new(program)
            .args(arguments)
            .stdout(Stdio::piped())
            .output()
            .with_context(|| program.to_owned())?;
        times.push(start.elapsed());
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stdout));
        }
    }
    times.sort();
    Ok(times[RUNS / 2])
}
