//! The MFCC block by itself on the emulated board, and features in bulk on the host beside librosa.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::emulator::grouped;
use super::networks::{Figures, figures};
use super::training::{median, parse};
use crate::gate::workspace_root;

/// An image of the block: its name in the test, what it computes, and the aim in instructions.
const BLOCKS: [(&str, &str, u64); 3] = [
    ("frames_of_512", "32 ms frames, 512 points", 1_800_000),
    ("frames_of_256", "16 ms frames, 256 points", 1_200_000),
    (
        "second",
        "Edge Impulse's: 20 ms frames of which 256 points see 16 ms, on whole windows",
        1_200_000,
    ),
];

const HEAD: &str = "\nMFCC with a frame every 20 ms of 1 s at 16 kHz, 32 filters, 13 coefficients, normalized over the window (Edge Impulse's block \
without its normalization), quantized to int8. qemu-system-arm `mps2-an386`, `-icount shift=0`. Code and tables by the symbols of the linked image: \
spectrum, filters, cepstra, logarithm, normalization, stream. RAM: samples, rows and scratch; Edge Impulse's way needs the samples of the whole window.\n\n\
| block | | features of 1 s | streamed, per second | aim | code + tables | flash, aim 8,000 B | static RAM, aim 5,000 B | stack |\n|---|---|---|---|---|---|---|---|---|\n";

/// Builds the images and reads what they cost; `None` where tools are missing.
pub fn measure(shell: &Shell) -> Result<Option<String>> {
    let printed = cmd!(
        shell,
        "cargo test --quiet --package impulse-codegen --test emission blocks:: -- --nocapture --test-threads=1"
    )
    .ignore_stderr()
    .read()?;
    let images: BTreeMap<String, Figures> = printed
        .lines()
        .filter_map(|line| figures(line, "block "))
        .collect();
    if images.is_empty() {
        return Ok(None);
    }
    let mut text = String::from(HEAD);
    for (name, about, aim) in BLOCKS {
        for language in ["C", "Rust"] {
            let Some(image) = images.get(&format!("{name} emulator-m4 {language}")) else {
                continue;
            };
            let of = |figure: &str| image.get(figure).copied().unwrap_or_default() as u64;
            writeln!(
                text,
                "| {about} | {language} | {} | {} | {} | {} + {} B | {} B | {} B | {} B |",
                grouped(of("features")),
                grouped(of("streamed")),
                grouped(aim),
                grouped(of("code")),
                grouped(of("tables")),
                grouped(of("code") + of("tables")),
                grouped(of("state")),
                grouped(of("stack")),
            )?;
        }
    }
    text.push_str(
        "| Edge Impulse's exported library, the same, ARM's DSP library at -O3 | C++ | 3,100,000 | – | | | 30,500 B | 13,200 B of heap | |\n",
    );
    if let Some(bulk) = in_bulk(shell)? {
        text.push_str(&bulk);
    }
    Ok(Some(text))
}

/// Clips that are turned into features, of each of these labels.
const CLIPS: usize = 50;
const LABELS: [&str; 4] = ["yes", "no", "unknown", "silence"];
const ROUNDS: usize = 3;

/// Features of real clips on the host, beside librosa's in turn; `None` where no clips are there.
fn in_bulk(shell: &Shell) -> Result<Option<String>> {
    let set = workspace_root().join("../shared/data/speech_commands");
    let mut clips = Vec::new();
    for label in LABELS {
        let Ok(folder) = shell.read_dir(set.join(label)) else {
            return Ok(None);
        };
        clips.extend(folder.into_iter().take(CLIPS));
    }
    let python = std::env::var("BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = cmd!(shell, "{python} -c").arg("import librosa").quiet();
    let librosa_is_here = there.ignore_stderr().run().is_ok();
    if !librosa_is_here {
        eprintln!("bench: no librosa here (pip install librosa), ours alone is measured");
    }
    let (mut bulk, mut frames, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let mut version = String::new();
    for _ in 0..ROUNDS {
        let clips = &clips;
        let text = cmd!(
            shell,
            "cargo run --quiet --release --package impulse-train --example features -- {clips...}"
        )
        .quiet()
        .read()?;
        bulk.push(parse(&text, "features")?);
        frames.push(parse(&text, "frames")?);
        if librosa_is_here {
            let text = cmd!(shell, "{python} xtask/bench/librosa_features.py {clips...}")
                .quiet()
                .ignore_stderr()
                .read()?;
            theirs.push(parse(&text, "features")?);
            let mut lines = text.lines();
            version = lines.next().unwrap_or_default().to_owned();
        }
    }
    let mut ratios: Vec<f64> = bulk.iter().zip(&theirs).map(|(a, b)| a / b).collect();
    let mut to_frames: Vec<f64> = bulk.iter().zip(&frames).map(|(a, b)| a / b).collect();
    let show = |values: &mut Vec<f64>| match median(values) {
        Some(rate) => grouped(rate as u64),
        None => "–".to_owned(),
    };
    let ratio = median(&mut ratios).map_or("–".to_owned(), |r| format!("{r:.0} ×"));
    let to_frames = median(&mut to_frames).unwrap_or(0.0);
    Ok(Some(format!(
        "\nFeatures in bulk on the host: the MFCC of 32 ms frames above of {} clips of a second (Speech Commands), samples in memory, one thread, ours and {version} in \
         turn, {ROUNDS} rounds; medians. Ours are the device's bits, eight frames side by side.\n\n\
         | | clips/s | |\n|---|---|---|\n\
         | ours | {} | {ratio} librosa's; aim 10 × |\n\
         | ours, frame by frame as on the device | {} | {to_frames:.1} × slower than eight at once |\n\
         | librosa | {} | |\n",
        clips.len(),
        show(&mut bulk),
        show(&mut frames),
        show(&mut theirs),
    )))
}
