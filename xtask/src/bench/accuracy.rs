//! Accuracy on real speech: the specs of `impulses/speech_commands`, each with several seeds.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use xshell::{Shell, cmd};

use super::emulator::grouped;
use crate::gate::workspace_root;

/// A spec and the figure that it has to reach, in per cent of the test clips in int8.
struct Case {
    spec: &'static str,
    aim: f64,
    keras: &'static str,
    study: &'static str,
}

pub(super) const MANIFEST: &str = "../../../shared/data/speech_commands/manifest.csv";

const CASES: [Case; 6] = [
    Case {
        spec: "yes_no_unknown",
        aim: 92.0,
        keras: "91.7, 88.4",
        study: "–",
    },
    Case {
        spec: "twelve",
        aim: 88.0,
        keras: "85.3",
        study: "–",
    },
    Case {
        spec: "yes_no_unknown_tiny",
        aim: 93.0,
        keras: "–",
        study: "93.8, 93.8*",
    },
    Case {
        spec: "twelve_tiny",
        aim: 88.0,
        keras: "–",
        study: "88.9",
    },
    Case {
        spec: "twelve_small",
        aim: 91.5,
        keras: "–",
        study: "92.6",
    },
    Case {
        spec: "twelve_keyword",
        aim: 92.0,
        keras: "–",
        study: "93.5, 92.2",
    },
];

/// A spec of `impulses`.
pub(super) struct Spec<'a> {
    /// Its folder there.
    pub folder: &'a str,
    /// Its file without the ending.
    pub name: &'a str,
    /// Its path to the recordings, and where they are.
    pub data: (&'a str, &'a Path),
    /// In what numbers its features are computed, where not as it says: `float` or `fixed`.
    pub arithmetic: Option<&'a str>,
}

/// One trained network.
pub(super) struct Figures {
    pub n_weights: u64,
    pub macs: u64,
    pub float: f64,
    pub int8: f64,
    pub clips: u64,
    /// The whole record of the build.
    pub record: Value,
}

/// Builds each spec with the seeds 1 to `seeds`; `None` where the recordings are missing.
pub fn measure(shell: &Shell, seeds: u64) -> Result<Option<String>> {
    let Some(manifest) = manifest() else {
        return Ok(None);
    };
    let mut text = String::from(
        "\nThe specs of `impulses/speech_commands` on 3,307 clips of Speech Commands v0.02, speakers of \
         the test split never heard in training; int8 through the device's code, last weights of the \
         run, one figure a seed. Keras: the same networks without augmentation, best epoch by validation. Study: figures in \
         int8 (* in float) of the study that the presets come from, one figure a seed.\n\n\
         | spec | weights | MACs | test clips | float, % | int8, % | mean | aim | Keras | study |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for case in &CASES {
        let mut all = Vec::new();
        for seed in 1..=seeds.max(1) {
            let spec = Spec {
                folder: "speech_commands",
                name: case.spec,
                data: (MANIFEST, &manifest),
                arithmetic: None,
            };
            let figures = build(shell, &spec, seed, &[])?;
            eprintln!(
                "bench: {} seed {seed}: int8 {:.1} %",
                case.spec, figures.int8
            );
            all.push(figures);
        }
        let mean = all.iter().map(|f| f.int8).sum::<f64>() / all.len() as f64;
        let list = |value: fn(&Figures) -> f64| {
            let shown: Vec<String> = all.iter().map(|f| format!("{:.1}", value(f))).collect();
            shown.join(", ")
        };
        text.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} | {mean:.1} | {} | {} | {} |\n",
            case.spec,
            grouped(all[0].n_weights),
            grouped(all[0].macs),
            all[0].clips,
            list(|f| f.float),
            list(|f| f.int8),
            case.aim,
            case.keras,
            case.study,
        ));
    }
    Ok(Some(text))
}

/// The recordings, where they are.
pub(super) fn manifest() -> Option<PathBuf> {
    let manifest = workspace_root().join("../shared/data/speech_commands/manifest.csv");
    let found = manifest.canonicalize().ok();
    if found.is_none() {
        eprintln!("bench: no speech_commands beside the workspace, accuracy is not measured");
    }
    found
}

/// Builds a copy of the spec with this seed, in a folder that stays: what is current there is not
/// done again.
pub(super) fn build(shell: &Shell, of: &Spec<'_>, seed: u64, args: &[&str]) -> Result<Figures> {
    let (name, (written, data)) = (of.name, of.data);
    let root = workspace_root();
    let original = root.join(format!("impulses/{}/{name}.impulse", of.folder));
    let text = fs::read_to_string(&original).with_context(|| format!("{}", original.display()))?;
    let text = text.replacen(written, &data.to_string_lossy(), 1).replacen(
        "train    {",
        &format!("train    {{ seed {seed},"),
        1,
    );
    let blocks = of.arithmetic.map(|_| ["mfcc", "mfe"]).into_iter().flatten();
    let text = blocks.fold(text, |text, block| {
        let word = of.arithmetic.unwrap_or_default();
        let with_word = format!("features {block} {{ arithmetic {word},");
        text.replacen(&format!("features {block} {{"), &with_word, 1)
    });
    let suffix = of
        .arithmetic
        .map_or(String::new(), |word| format!("-{word}"));
    let folder = root.join(format!("target/bench/{name}{suffix}-{seed}"));
    fs::create_dir_all(&folder)?;
    let spec: PathBuf = folder.join(format!("{name}.impulse"));
    fs::write(&spec, text)?;
    cmd!(
        shell,
        "cargo run --quiet --release --package impulse-cli -- build {spec} --quiet {args...}"
    )
    .ignore_stdout()
    .run()?;
    let path = folder.join(format!("build/{name}/build.json"));
    let record: Value = serde_json::from_slice(&fs::read(&path)?).context("build.json")?;
    let evaluation = &record["evaluation"];
    let (int8, clips) = share(&evaluation["int8"]);
    Ok(Figures {
        macs: network_macs(&record),
        n_weights: record["training"]["n_weights"].as_u64().unwrap_or(0),
        float: share(&evaluation["float"]).0,
        int8,
        clips,
        record,
    })
}

/// Of the network, whose steps come after those of the features.
fn network_macs(record: &Value) -> u64 {
    let steps = record["targets"][0]["steps"].as_array();
    let steps = steps.map_or(&[][..], Vec::as_slice);
    let network = steps.iter().skip_while(|s| s["operator"] != "normalize");
    let macs = network.skip(1).filter_map(|s| s["macs"].as_u64());
    macs.sum()
}

/// Per cent on the diagonal of `[true][predicted]` counts, and all clips.
fn share(confusion: &Value) -> (f64, u64) {
    let rows: Vec<Vec<u64>> = serde_json::from_value(confusion.clone()).unwrap_or_default();
    let all: u64 = rows.iter().flatten().sum();
    let right: u64 = rows
        .iter()
        .enumerate()
        .filter_map(|(i, row)| row.get(i))
        .sum();
    (100.0 * right as f64 / all.max(1) as f64, all)
}
