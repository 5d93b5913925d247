//! Training throughput: ours and Keras's, in turn, in one run.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use super::emulator::grouped;

const NETWORKS: [&str; 4] = ["conv1d", "conv2d", "ds_cnn", "bottleneck"];

/// Runs both, each network of one beside the same of the other, three rounds; the median ratio counts.
pub fn measure(shell: &Shell) -> Result<String> {
    cmd!(
        shell,
        "cargo build --quiet --release --package impulse-train --example throughput"
    )
    .run()?;
    let keras_is_here = cmd!(shell, "python3 -c")
        .arg("import keras")
        .quiet()
        .ignore_stderr()
        .run()
        .is_ok();
    let version = if keras_is_here {
        cmd!(shell, "python3 -c")
            .arg("import keras; print(keras.__version__)")
            .ignore_stderr()
            .read()?
    } else {
        eprintln!("bench: no Keras here (pip install tensorflow-cpu), ours alone is measured");
        String::new()
    };
    let mut rows = String::new();
    for network in NETWORKS {
        let (mut ours, mut keras) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let text =
                cmd!(shell, "cargo run --quiet --release --package impulse-train --example throughput -- {network}").read()?;
            ours.push(parse(&text, network)?);
            if keras_is_here {
                let text = cmd!(shell, "python3 xtask/bench/keras_throughput.py {network}")
                    .ignore_stderr()
                    .read()?;
                keras.push(parse(&text, network)?);
            }
        }
        let mut ratios: Vec<f64> = ours.iter().zip(&keras).map(|(a, b)| a / b).collect();
        let show =
            |values: &mut Vec<f64>| median(values).map_or("–".to_owned(), |v| grouped(v as u64));
        let ratio = median(&mut ratios).map_or("–".to_owned(), |r| format!("{r:.1} ×"));
        rows.push_str(&format!(
            "| {network} | {} | {} | {ratio} | 3 × |\n",
            show(&mut ours),
            show(&mut keras)
        ));
    }
    Ok(format!(
        "\nBatch 32, 2,538 clips of features [49, 13], twelve labels, Adam, features in memory, no augmentation, a steady epoch, two cores. \
         conv1d and conv2d: 8 and 16 filters; ds_cnn: 64 channels, 4 blocks, batch normalization. Ours and Keras {version} in turn, three \
         rounds; medians.\n\n| network | ours, clips/s | Keras, clips/s | ratio | aim |\n|---|---|---|---|---|\n{rows}"
    ))
}

/// Reads `name clips_per_second` lines.
pub(super) fn parse(text: &str, network: &str) -> Result<f64> {
    let rates: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let rate = rates
        .get(network)
        .with_context(|| format!("no figure of {network} in {text:?}"))?;
    rate.trim()
        .parse()
        .with_context(|| format!("{rate:?} is no number"))
}

pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
