//! Sizes and instructions of the sample impulse's emitted C and Rust, from `impulse build --verify`.

use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::gate::workspace_root;

/// Steps of the plan that make features.
const FEATURES: [&str; 2] = ["mfcc", "normalize"];

/// Builds and verifies the sample project, and reads what was measured.
pub fn measure(shell: &Shell) -> Result<String> {
    let spec = "impulses/yes_no/yes_no.impulse";
    cmd!(
        shell,
        "cargo run --quiet --release --package impulse-cli -- build {spec} --target nano33 --verify"
    )
    .run()?;
    let path = workspace_root().join("impulses/yes_no/build/yes_no/build.json");
    let record: Value = serde_json::from_slice(&fs::read(&path)?).context("build.json")?;
    let target = &record["targets"][0];
    let planned_ram: u64 = items(&target["ram"]);
    let planned_flash: u64 = items(&target["flash"]);
    let mut text = "\nThe impulse of `impulses/yes_no`: MFCC of 1 s at 16 kHz (32 ms frames every 20 ms, 512-point FFT, 32 filters, 13 coefficients), conv1d 8/16, \
         three labels. qemu-system-arm `mps2-an386`, `-icount shift=0`. Flash and static RAM are the model's part of the image; \
         static RAM holds the sample ring, the feature ring, scratch and activations.\n\n\
         | | features of 1 s | network | one result, streamed | flash | static RAM | stack | compiler |\n|---|---|---|---|---|---|---|---|\n".to_string();
    for image in record["verification"]
        .as_array()
        .context("nothing was verified: cargo xtask setup")?
    {
        let figure = |key: &str| grouped(image[key].as_u64().unwrap_or(0));
        text.push_str(&format!(
            "| emitted {} | {} | {} | {} | {} B | {} B | {} B | {} |\n",
            image["language"].as_str().unwrap_or("?"),
            figure("feature_instructions"),
            figure("network_instructions"),
            figure("stream_instructions"),
            figure("flash_bytes"),
            figure("static_ram_bytes"),
            figure("stack_bytes"),
            image["compiler"].as_str().unwrap_or("?"),
        ));
    }
    text.push_str(&format!(
        "| the plan of the C, before training | | {} | {} | {} B | {} B | ≤ {} B | |\n\
         | aim | 1,800,000 | | | 20,000 B | 8,000 B with stack | | |\n\
         | Edge Impulse's exported library (its MFCC: 20 ms frames, 256-point FFT, which drops a fifth of each frame) | 3,100,000 | | | 55,900 B | 34,100 B + 16,300 B heap | 1,400 B | GCC 12.2 -Os, its FFT -O3 |\n",
        grouped(instructions(target, |name| !FEATURES.contains(&name))),
        grouped(instructions(target, |_| true)),
        grouped(planned_flash),
        grouped(planned_ram),
        grouped(target["stack_bytes"].as_u64().unwrap_or(0)),
    ));
    Ok(text)
}

/// Bytes of a plan's items, without those of the board's firmware.
fn items(list: &Value) -> u64 {
    list.as_array()
        .into_iter()
        .flatten()
        .filter(|item| item[0] != "firmware")
        .filter_map(|item| item[1].as_u64())
        .sum()
}

/// Predicted instructions of one result, of the steps that `counts` selects.
fn instructions(target: &Value, counts: impl Fn(&str) -> bool) -> u64 {
    let all = target["steps"].as_array().into_iter().flatten();
    all.filter(|step| counts(step["name"].as_str().unwrap_or_default()))
        .filter_map(|step| step["instructions"].as_u64())
        .sum()
}

/// `1234567` as `1,234,567`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
