//! The audio blocks in integers beside those in float: what they cost on emulated cores without a
//! floating-point unit, and what networks that are trained on them find.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::Result;
use xshell::{Shell, cmd};

use super::accuracy::{self, MANIFEST, Spec};
use super::emulator::grouped;
use super::networks::{Figures, figures};

const CORES: [(&str, &str); 2] = [("emulator-m3", "Cortex-M3"), ("emulator-m0", "Cortex-M0")];
const IMAGES: [(&str, &str); 2] = [("yes_no", "float"), ("fixed", "fixed")];
/// Specs, and how many times the seeds of other measurements they get: a clip of 121 is 0.8 %, so
/// that a mean over three seeds does not tell half a per cent.
const SPECS: [(&str, u64); 3] = [
    ("yes_no_unknown", 8),
    ("yes_no_unknown_tiny", 8),
    ("twelve_small", 1),
];

const HEAD: &str = "\nA whole keyword impulse in C: MFCC of 1 s at 16 kHz (32 ms frames every 20 ms, 512 points, 20 filters, 13 coefficients, \
normalized over the window), a conv1d network of 1,347 weights, stream and decision. Flash is the image without the recordings, of which the \
compiler's float operations are a part. The bits are those of the host.\n\n\
| core | arithmetic | features of 1 s | network | flash | static RAM | stack |\n|---|---|---|---|---|---|---|\n";

const ACCURACY: &str = "\nThe same specs trained on either, right test clips in int8 in per cent: mean over the seeds and its standard error. Features \
differ by less than 0.02 (root mean square, natural logarithms): four networks of `yes_no_unknown_tiny` that were trained on float sort the test \
clips alike on either. It is enough for training to end elsewhere, though, as it does with another seed.\n\n\
| spec | test clips | seeds | float | fixed | fixed − float | aim |\n|---|---|---|---|---|---|---|\n";

/// Measures both; `None` where tools are missing.
pub fn measure(shell: &Shell, seeds: u64) -> Result<Option<String>> {
    let printed = cmd!(
        shell,
        "cargo test --quiet --package impulse-codegen --test emission features_in_integers -- --nocapture --test-threads=1"
    )
    .ignore_stderr()
    .read()?;
    let images: BTreeMap<String, Figures> = printed
        .lines()
        .filter_map(|line| figures(line, "image "))
        .collect();
    if images.is_empty() {
        return Ok(None);
    }
    let mut text = String::from(HEAD);
    for (board, core) in CORES {
        for (name, arithmetic) in IMAGES {
            let Some(image) = images.get(&format!("{name} {board} C")) else {
                continue;
            };
            let of = |figure: &str| image.get(figure).copied().unwrap_or_default() as u64;
            writeln!(
                text,
                "| {core} | {arithmetic} | {} | {} | {} B | {} B | {} B |",
                grouped(of("features")),
                grouped(of("network")),
                grouped(of("code") + of("constants")),
                grouped(of("state")),
                grouped(of("stack")),
            )?;
        }
    }
    if let Some(manifest) = accuracy::manifest() {
        text.push_str(ACCURACY);
        for (name, times) in SPECS {
            let seeds = times * seeds.max(1);
            let mut clips = 0;
            let mut figures = |arithmetic| -> Result<Vec<f64>> {
                let spec = Spec {
                    folder: "speech_commands",
                    name,
                    data: (MANIFEST, &manifest),
                    arithmetic: Some(arithmetic),
                };
                let one = |seed| {
                    let found = accuracy::build(shell, &spec, seed, &[])?;
                    clips = found.clips;
                    Ok(found.int8)
                };
                (1..=seeds).map(one).collect()
            };
            let (float, fixed) = (figures("float")?, figures("fixed")?);
            writeln!(
                text,
                "| `{name}` | {clips} | {seeds} | {} | {} | {:+.1} | ± 0.5 |",
                with_error(&float),
                with_error(&fixed),
                mean(&fixed) - mean(&float),
            )?;
        }
    }
    Ok(Some(text))
}

fn mean(all: &[f64]) -> f64 {
    all.iter().sum::<f64>() / all.len() as f64
}

/// The mean and its standard error.
fn with_error(all: &[f64]) -> String {
    let (mean, n) = (mean(all), all.len() as f64);
    let squares: f64 = all.iter().map(|x| (x - mean).powi(2)).sum();
    let error = (squares / (n - 1.0).max(1.0) / n).sqrt();
    format!("{mean:.1} ± {error:.1}")
}
