//! The five public networks of MLPerf Tiny on the emulated chip and on the host, beside other engines.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use super::emulator::grouped;
use crate::gate::workspace_root;

/// A network and the figures of others, all of a Cortex-M4: instructions, bytes of flash with the
/// model, bytes of RAM with the stack. 0 where there is no figure.
struct Peer {
    name: &'static str,
    about: &'static str,
    aim: [f64; 3],
    interpreted: [f64; 3],
    direct: [f64; 3],
    /// Published cycles of the best commercial engine.
    commercial_cycles: f64,
    /// Aim on the Cortex-M55: four fifths of CMSIS-NN called directly.
    helium_aim: f64,
}

const PEERS: [Peer; 5] = [
    Peer {
        name: "kws",
        about: "KWS, DS-CNN",
        aim: [3.4e6, 38e3, 10e3],
        interpreted: [7.70e6, 106.4e3, 24.2e3],
        direct: [7.69e6, 51.4e3, 16.7e3],
        commercial_cycles: 5.18e6,
        helium_aim: 0.8 * 1.78e6,
    },
    Peer {
        name: "vww",
        about: "VWW, MobileNet 0.25",
        aim: [6.0e6, 65e3, 46e3],
        interpreted: [24.10e6, 385.8e3, 102.1e3],
        direct: [24.09e6, 266.9e3, 65.2e3],
        commercial_cycles: 10.67e6,
        helium_aim: 0.8 * 6.42e6,
    },
    Peer {
        name: "ic",
        about: "IC, ResNet8",
        aim: [15e6, 98e3, 34e3],
        interpreted: [29.86e6, 148.8e3, 56.4e3],
        direct: [29.86e6, 100.8e3, 50.4e3],
        commercial_cycles: 19.8e6,
        helium_aim: 0.8 * 4.81e6,
    },
    Peer {
        name: "ad",
        about: "AD, autoencoder",
        aim: [0.33e6, 274e3, 1.0e3],
        interpreted: [0.583e6, 304.9e3, 3.5e3],
        direct: [0.580e6, 276.4e3, 1.06e3],
        commercial_cycles: 0.486e6,
        helium_aim: 0.8 * 0.147e6,
    },
    Peer {
        name: "sww",
        about: "SWW, a new frame",
        aim: [0.08e6, 60e3, 5e3],
        interpreted: [0.0; 3],
        direct: [2.22e6, 0.0, 0.0],
        commercial_cycles: 2.15e6,
        helium_aim: 0.0,
    },
];

/// Chips in the order of the table, with the language.
const CHIPS: [(&str, &str, &str); 8] = [
    ("nano33", "C", "M4, C"),
    ("nano33", "Rust", "M4, Rust"),
    ("emulator-m3", "C", "M3, C"),
    ("emulator-m3", "Rust", "M3, Rust"),
    ("emulator-m0", "C", "M0, C"),
    ("emulator-m0", "Rust", "M0, Rust"),
    ("emulator-m55", "C", "M55, C"),
    ("emulator-m55", "Rust", "M55, Rust"),
];

/// Runs of a network on the host that are timed together, and rounds of which the least counts.
const HOST_RUNS: usize = 20;
const ROUNDS: usize = 5;

/// What was printed of an image, by name.
pub(super) type Figures = BTreeMap<String, f64>;

/// Measures all networks where they are present beside the project.
pub fn measure(shell: &Shell) -> Result<Option<String>> {
    let models = workspace_root().join("../shared/models");
    if !PEERS
        .iter()
        .all(|p| models.join(p.name).with_extension("tflite").is_file())
    {
        return Ok(None);
    }
    let printed = cmd!(
        shell,
        "cargo test --quiet --package impulse-codegen --test emission networks:: -- --nocapture --test-threads=2"
    )
    .ignore_stderr()
    .read()?;
    let images: BTreeMap<String, Figures> = printed
        .lines()
        .filter_map(|line| figures(line, "network "))
        .collect();
    if images.is_empty() {
        return Ok(None);
    }
    let mut text = String::from(HEAD);
    for peer in &PEERS {
        for (board, language, chip) in CHIPS {
            if let Some(image) = images.get(&format!("{} {board} {language}", peer.name)) {
                ours(&mut text, peer, chip, image);
            }
        }
        others(&mut text, peer);
    }
    text.push_str(
        "\nFrom `.tflite` to C and Rust with the release build of `impulse build`, and the emitted C on the host \
         (gcc -O2, x86-64, one thread): time of the layout for the M3 over that of the M4's.\n\n\
         | network | to source, s | M3's layout over M4's |\n|---|---|---|\n",
    );
    for peer in &PEERS {
        let (seconds, ratio) = on_the_host(shell, &models, peer.name)?;
        writeln!(text, "| {} | {seconds:.2} | {ratio:.2} × |", peer.about)?;
    }
    Ok(Some(text))
}

const HEAD: &str = "\nThe reference models, inputs of noise, every output the host's bits. Instructions of an inference in steady state; of SWW, of a \
run on one new frame. qemu-system-arm `mps2-an386`, `mps2-an385` and `mps3-an547`, `-icount shift=0`; code for the M0 \
runs on `mps2-an385`, whose M3 has all its instructions, with unaligned accesses made to fault. MACs are those that are left \
after the passes. Flash is the image minus an empty one: code + weights with biases + tables + parameters. RAM: activations and scratch + \
state kept between runs + deepest stack. In brackets: above (+) or under (−) the aim. Predicted: the plan's instructions and flash against those measured \
(the cost model is of the C). CMSIS-NN and TFLM: the same models, compiler and emulator, on the M4; commercial: published cycles, which \
are not instructions.\n\n\
| network | | instructions | per MAC | flash | code + weights + tables + parameters | RAM | activations + state + stack | predicted instructions, flash |\n\
|---|---|---|---|---|---|---|---|---|\n";

/// The figures of a line `network NAME BOARD LANGUAGE: key value, …`, by its first word; a test's
/// progress may stand before it.
pub(super) fn figures(line: &str, first: &str) -> Option<(String, Figures)> {
    let (image, rest) = line.split_once(first)?.1.split_once(": ")?;
    let figures = rest.split(", ").map(|figure| {
        let (name, value) = figure.split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    Some((image.to_owned(), figures.collect::<Option<_>>()?))
}

/// The row of an image.
fn ours(text: &mut String, peer: &Peer, chip: &str, image: &Figures) {
    let of = |name: &str| image.get(name).copied().unwrap_or_default();
    let number = |x: f64| grouped(x as u64);
    let flash = of("code") + of("constants");
    let parameters = of("constants") - of("weights") - of("tables");
    let ram = of("state") + of("stack");
    // The aims are of the M4, apart from the M55's instructions.
    let aim = match chip {
        "M4, C" | "M4, Rust" => peer.aim,
        "M55, C" | "M55, Rust" => [peer.helium_aim, 0.0, 0.0],
        _ => [0.0; 3],
    };
    let off = |found: f64, aim: f64| match aim {
        0.0 => String::new(),
        aim => format!(" ({:+.0} %)", 100.0 * (found / aim - 1.0)).replace('-', "−"),
    };
    let error = |planned: f64, found: f64| {
        format!("{:+.1} %", 100.0 * (planned / found - 1.0)).replace('-', "−")
    };
    let _ = writeln!(
        text,
        "| {} | {chip} | {}{} | {:.2} | {} B{} | {} + {} + {} + {} | {} B{} | {} + {} + {} | {}, {} |",
        peer.about,
        number(of("instructions")),
        off(of("instructions"), aim[0]),
        of("instructions") / of("macs"),
        number(flash),
        off(flash, aim[1]),
        number(of("code")),
        number(of("weights")),
        number(of("tables")),
        number(parameters),
        number(ram),
        off(ram, aim[2]),
        number(of("state") - of("kept")),
        number(of("kept")),
        number(of("stack")),
        error(of("predicted"), of("instructions")),
        error(of("planned"), flash),
    );
}

/// The rows of the aim and of other engines.
fn others(text: &mut String, peer: &Peer) {
    let rows = [
        ("aim, M4", peer.aim),
        ("aim, M55", [peer.helium_aim, 0.0, 0.0]),
        ("TFLM + CMSIS-NN, M4", peer.interpreted),
        ("CMSIS-NN called directly, M4", peer.direct),
        (
            "CMSIS-NN called directly, M55",
            [peer.helium_aim / 0.8, 0.0, 0.0],
        ),
    ];
    let shown = |x: f64, unit: &str| match x {
        0.0 => "–".to_owned(),
        x => format!("{}{unit}", grouped(x.round() as u64)),
    };
    for (name, [instructions, flash, ram]) in rows {
        if instructions > 0.0 {
            let _ = writeln!(
                text,
                "| | {name} | {} | | {} | | {} | | |",
                shown(instructions, ""),
                shown(flash, " B"),
                shown(ram, " B")
            );
        }
    }
    let _ = writeln!(
        text,
        "| | best commercial, M4 | {} cycles | | | | | | |",
        shown(peer.commercial_cycles, "")
    );
}

/// Seconds from file to source, and how much longer the plain kernels take on the host.
fn on_the_host(shell: &Shell, models: &Path, name: &str) -> Result<(f64, f64)> {
    let program = workspace_root().join("target/release/impulse");
    let folder = shell.create_temp_dir()?;
    let model = folder.path().join(name).with_extension("tflite");
    fs::copy(models.join(name).with_extension("tflite"), &model)?;
    let (mut seconds, mut times) = (0.0, [0.0; 2]);
    for (time, board) in times.iter_mut().zip(["nano33", "emulator-m3"]) {
        let start = Instant::now();
        cmd!(shell, "{program} build {model} --target {board}")
            .quiet()
            .ignore_stdout()
            .ignore_stderr()
            .run()?;
        seconds = start.elapsed().as_secs_f64();
        let sources = folder.path().join("build").join(name).join("c");
        fs::write(sources.join("main.c"), timing(name))?;
        let _there = shell.push_dir(&sources);
        cmd!(shell, "sh -c 'gcc -O2 -std=gnu99 *.c -o timing'")
            .quiet()
            .run()?;
        let output = cmd!(shell, "./timing").quiet().read()?;
        *time = output.trim().parse().context("the time of a run")?;
    }
    Ok((seconds, times[1] / times[0]))
}

/// A program that prints the seconds of a run: the least of some rounds.
fn timing(name: &str) -> String {
    format!(
        "#include \"{name}.h\"\n#include <stdio.h>\n#include <time.h>\n\
         static {name}_state state;\n\
         int main(void) {{\n    double least = 1e9;\n    {name}_init(&state);\n    \
         for (int round = 0; round < {ROUNDS}; round++) {{\n        struct timespec a, b;\n        \
         clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);\n        \
         for (int i = 0; i < {HOST_RUNS}; i++) {{\n            {name}_input(&state)[0] = (int8_t)i;\n            \
         (void){name}_run(&state);\n        }}\n        \
         clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);\n        \
         double t = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);\n        \
         least = t < least ? t : least;\n    }}\n    \
         printf(\"%.9f\\n\", least / {HOST_RUNS});\n    return 0;\n}}\n"
    )
}
