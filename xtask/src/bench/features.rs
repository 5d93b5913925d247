//! The MFCC block by itself on the emulated board, and features in bulk on the host beside librosa.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::emulator::grouped;
use super::networks::{Figures, figures};

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
    Ok(Some(text))
}
