//! Motion and images: the specs of `impulses/motion` and `impulses/images`, trained on real
//! recordings, built and verified for a board.

use std::fmt::Write;

use anyhow::Result;
use xshell::Shell;

use super::accuracy::{Spec, build};
use super::emulator::grouped;
use crate::gate::workspace_root;

/// A spec, the folder of its recordings, and the accuracy that it has to reach in per cent.
struct Case {
    folder: &'static str,
    name: &'static str,
    data: &'static str,
    about: &'static str,
    aim: f64,
}

const CASES: [Case; 2] = [
    Case {
        folder: "motion",
        name: "gestures",
        data: "../../../shared/data/motion",
        about: "motion, four gestures",
        aim: 95.0,
    },
    Case {
        folder: "images",
        name: "digits",
        data: "../../../shared/data/images/sign_language_digits",
        about: "images, ten digits shown by hands",
        aim: 85.0,
    },
];
/// Most RAM with the stack.
const RAM_BYTES_MAX: u64 = 64 << 10;

/// Builds and verifies each spec with the seeds 1 to `seeds`; `None` where no recordings are there.
pub fn measure(shell: &Shell, seeds: u64) -> Result<Option<String>> {
    let mut text = format!(
        "\nThe specs of `impulses/motion` and `impulses/images`, test recordings never trained on; accuracy in int8 through the device's code, one figure a seed. \
         Verified for nano33 in the emulator (qemu-system-arm `mps2-an386`, `-icount shift=0`): every output the host's bits. RAM is static RAM and stack, aim {} B.\n\n\
         | impulse | weights | test | float, % | int8, % | aim, % | | features | network | flash, planned | RAM, planned |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
        grouped(RAM_BYTES_MAX)
    );
    let mut found = false;
    for case in &CASES {
        let data = workspace_root()
            .join("impulses")
            .join(case.folder)
            .join(case.data);
        let Ok(data) = data.canonicalize() else {
            eprintln!("bench: no {} beside the workspace", case.data);
            continue;
        };
        found = true;
        let spec = Spec {
            folder: case.folder,
            name: case.name,
            data: (case.data, &data),
            arithmetic: None,
        };
        let mut all = Vec::new();
        for seed in 1..=seeds.max(1) {
            all.push(build(
                shell,
                &spec,
                seed,
                &["--target", "nano33", "--verify"],
            )?);
        }
        let list = |value: fn(&super::accuracy::Figures) -> f64| {
            let shown: Vec<String> = all.iter().map(|f| format!("{:.1}", value(f))).collect();
            shown.join(", ")
        };
        let first = &all[0];
        let target = &first.record["targets"][0];
        let planned = |key: &str| {
            let items = target[key].as_array().into_iter().flatten();
            items.filter_map(|item| item[1].as_u64()).sum::<u64>()
        };
        let about = format!(
            "| {} | {} | {} | {} | {} | {} |",
            case.about,
            grouped(first.n_weights),
            first.clips,
            list(|f| f.float),
            list(|f| f.int8),
            case.aim
        );
        let images = first.record["verification"].as_array();
        for (i, image) in images.into_iter().flatten().enumerate() {
            let figure = |key: &str| image[key].as_u64().unwrap_or(0);
            let row = if i == 0 { &about } else { "| | | | | | |" };
            writeln!(
                text,
                "{row} {} | {} | {} | {} B, {} B | {} B, ≤ {} B |",
                image["language"].as_str().unwrap_or("?"),
                grouped(figure("feature_instructions")),
                grouped(figure("network_instructions")),
                grouped(figure("flash_bytes")),
                grouped(planned("flash")),
                grouped(figure("static_ram_bytes") + figure("stack_bytes")),
                grouped(planned("ram") + target["stack_bytes"].as_u64().unwrap_or(0)),
            )?;
        }
        if first.record["verification"]
            .as_array()
            .is_none_or(Vec::is_empty)
        {
            writeln!(text, "{about} | | | | |")?;
        }
    }
    Ok(found.then_some(text))
}
