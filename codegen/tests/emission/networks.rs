//! Networks by themselves, whole and incremental, in the emulator: run by run the bits of the host.

use std::path::Path;

use impulse_codegen::File;
use impulse_codegen::network::Network;
use impulse_codegen::tflite;
use impulse_codegen::verify::{
    NetworkReport, Project, Report, Sizes, network_c_project, network_rust_project, parse_network,
    sizes,
};
use impulse_ir::board::{self, Board, Cpu};
use impulse_ir::exec::Int8;
use impulse_ir::graph::Graph;
use impulse_ir::passes;
use impulse_ir::plan::{self, ItemKind};
use serde_json::Value;

use crate::cases;
use crate::emulator::{step, with_rust_image};
use crate::figures;
use crate::models::{Random, keyword_small, odd_sizes, over_time, three_dense};
use crate::tools::{has, origin, run, write};

const BOARD: &str = "nano33";
/// The board with Helium.
const HELIUM: &str = "emulator-m55";
/// Share by which planned flash may differ from the linked image.
const FLASH_ERROR: f64 = 0.05;
/// Bytes by which it always may: of the smallest networks, functions of the compiler's library are a large share.
const FLASH_SLACK: u64 = 256;
/// Share by which predicted instructions may differ from those measured.
const TIME_ERROR: f64 = 0.1;

/// What a run costs on the chip.
struct Cost {
    /// Of the last run.
    instructions: u64,
    flash_bytes: u64,
    ram_bytes: u64,
}

/// `n` inputs of noise.
fn noise(network: &Network, n: usize) -> Vec<Vec<i8>> {
    let mut random = Random(11);
    let len = network.input_len();
    (0..n)
        .map(|_| (0..len).map(|_| random.next() as i8).collect())
        .collect()
}

/// Golden cases that the host and the board run: all there are.
const ALL: usize = 64;
/// Golden cases that the other cores run.
const SOME: usize = 3;

/// Inputs of `n` golden cases, run by run, and the hash of the output after the last run of each; nothing
/// of a network that has none.
fn golden(network: &Network, n: usize) -> (Vec<Vec<i8>>, Vec<(usize, String)>) {
    let (mut inputs, mut expected) = (Vec::new(), Vec::new());
    let Some(file) = cases::shared(&format!("golden/tflite/{}.json", network.name)) else {
        return (inputs, expected);
    };
    let golden: Value = serde_json::from_slice(&file).unwrap();
    let all = golden["cases"].as_array().unwrap();
    // Some from all over the file, so that each kind of input is among them.
    for case in all.iter().step_by(all.len() / n).take(n) {
        let seed = u32::try_from(case["seed"].as_u64().unwrap()).unwrap();
        let len = network.n_runs * network.input_len();
        let window = cases::input(case["input"].as_str().unwrap(), seed, len);
        inputs.extend(window.chunks(network.input_len()).map(<[i8]>::to_vec));
        let hash = case["output_sha256"].as_str().unwrap().to_owned();
        expected.push((inputs.len() - 1, hash));
    }
    assert_eq!(expected.len(), n);
    (inputs, expected)
}

/// So many golden cases, then `n` inputs of noise.
fn inputs(network: &Network, cases: usize, n: usize) -> Vec<Vec<i8>> {
    let mut inputs = golden(network, cases).0;
    inputs.extend(noise(network, n));
    inputs
}

/// Runs an image; holds every output against the host and the cost against the golden figures.
fn check(
    network: &Network,
    board: &Board,
    inputs: &[Vec<i8>],
    project: &Project,
    folder: &Path,
    compiler: &str,
) -> Cost {
    let language = if compiler.contains("gcc") {
        "C"
    } else {
        "Rust"
    };
    let report = parse_network(&step(folder, &project.run, &[])).unwrap();
    let mut host = Int8::new(&network.net.graph).unwrap();
    assert_eq!(report.runs.len(), inputs.len());
    for (i, (input, (output, _))) in inputs.iter().zip(&report.runs).enumerate() {
        assert_eq!(
            host.run(input),
            output,
            "{} in {language}, run {i}",
            network.name
        );
    }
    let cases = if board.id == BOARD { ALL } else { SOME };
    for (at, hash) in golden(network, cases).1 {
        assert_eq!(
            cases::hash(&report.runs[at].0),
            hash,
            "{} in {language}, run {at}",
            network.name
        );
    }
    let sizes = sizes(&std::fs::read(folder.join(&project.elf)).unwrap()).unwrap();
    assert_eq!(sizes.ram_bytes, network.state_bytes() as u64);
    assert_eq!(sizes.ram_bytes, report.state_bytes);
    let ticks = report.runs[report.runs.len() - 1].1;
    let instructions = Report::instructions(ticks, &board.emulator);
    figures::hold(
        &format!("{} {} {language}", network.name, board.id),
        &figures::version(compiler),
        &[
            ("network", instructions),
            ("code", sizes.code_bytes),
            ("constants", sizes.constant_bytes),
            ("state", report.state_bytes),
            ("stack", report.stack_bytes),
        ],
    );
    let image = format!("{} {} {language}", network.name, board.id);
    hold_plan(network, board, &image, instructions, &sizes, &report);
    Cost {
        instructions,
        flash_bytes: sizes.flash_bytes(),
        ram_bytes: sizes.ram_bytes + report.stack_bytes,
    }
}

/// Holds the plan against what was measured, and prints both for the benchmarks.
fn hold_plan(
    network: &Network,
    board: &Board,
    image: &str,
    instructions: u64,
    sizes: &Sizes,
    report: &NetworkReport,
) {
    let plan = plan::network(&network.net.program, board.cpu);
    let steps = network.net.program.steps.iter();
    let macs: u64 = steps.map(|step| step.call.macs()).sum();
    println!(
        "network {image}: instructions {instructions}, predicted {}, macs {macs}, code {}, \
         constants {}, weights {}, tables {}, planned {}, state {}, kept {}, stack {}, bound {}",
        plan.instructions,
        sizes.code_bytes,
        sizes.constant_bytes,
        plan.bytes_of(ItemKind::Weights),
        plan.bytes_of(ItemKind::Tables),
        plan.flash_bytes(),
        report.state_bytes,
        network.net.arena.kept_bytes,
        report.stack_bytes,
        plan.stack_bytes,
    );
    assert!(
        report.stack_bytes <= plan.stack_bytes,
        "{image}: {} bytes of stack, planned {}",
        report.stack_bytes,
        plan.stack_bytes
    );
    // The plan is of the C.
    if image.ends_with(" C") {
        for (what, planned, found, most, slack) in [
            (
                "flash",
                plan.flash_bytes(),
                sizes.flash_bytes(),
                FLASH_ERROR,
                FLASH_SLACK,
            ),
            (
                "instructions",
                plan.instructions,
                instructions,
                TIME_ERROR,
                0,
            ),
        ] {
            let error = (planned as f64 / found as f64 - 1.0).abs();
            assert!(
                error <= most || planned.abs_diff(found) <= slack,
                "{image}: {found} of {what}, planned {planned}"
            );
        }
    }
}

fn c_cost(network: &Network, board: &Board, inputs: &[Vec<i8>]) -> Option<Cost> {
    if !has("arm-none-eabi-gcc") || !has("qemu-system-arm") {
        return None;
    }
    let project = network_c_project(network, board, inputs, &origin()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &project.files);
    step(folder.path(), &project.build, &[]);
    let (folder, compiler) = (folder.path(), "arm-none-eabi-gcc");
    Some(check(network, board, inputs, &project, folder, compiler))
}

/// Costs of the C and of the Rust, where there are the tools.
fn costs(network: &Network, inputs: &[Vec<i8>]) -> Vec<Cost> {
    costs_on(network, board::find(BOARD).unwrap(), inputs)
}

fn costs_on(network: &Network, board: &Board, inputs: &[Vec<i8>]) -> Vec<Cost> {
    let mut costs: Vec<Cost> = c_cost(network, board, inputs).into_iter().collect();
    let project = network_rust_project(network, board, inputs, &origin()).unwrap();
    with_rust_image(&project, |folder, compiler| {
        costs.push(check(network, board, inputs, &project, folder, compiler));
    });
    costs
}

/// A network over time costs a fraction when it runs on new rows only.
#[test]
fn whole_and_incremental() {
    let graph = over_time();
    let whole = Network::new("over_time", &graph, Cpu::CortexM4).unwrap();
    let new_rows = Network::incremental("over_time_by_4", &graph, Cpu::CortexM4, 4).unwrap();
    assert_eq!(new_rows.n_runs, 9);
    let all = costs(&whole, &noise(&whole, 2));
    let few = costs(&new_rows, &noise(&new_rows, 12));
    for (all, few) in all.iter().zip(&few) {
        assert!(3 * few.instructions < all.instructions);
    }
}

fn sww() -> Option<Graph> {
    let root = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/models/sww.tflite"
    );
    let bytes = std::fs::read(root).ok()?;
    Some(passes::run_int8(tflite::read(&bytes).unwrap()))
}

/// MLPerf Tiny's streaming wake word, a frame at a time.
#[test]
fn streaming_wake_word() {
    let Some(graph) = sww() else { return };
    let network = Network::incremental("sww", &graph, Cpu::CortexM4, 1).unwrap();
    for cost in costs(&network, &inputs(&network, ALL, 32)) {
        eprintln!(
            "{} {} {}",
            cost.instructions, cost.flash_bytes, cost.ram_bytes
        );
        assert!(
            cost.flash_bytes <= 61_000,
            "{} bytes of flash",
            cost.flash_bytes
        );
        assert!(cost.ram_bytes <= 4_700, "{} bytes of RAM", cost.ram_bytes);
        assert!(
            cost.instructions <= 100_000,
            "{} instructions",
            cost.instructions
        );
    }
}

/// Windows that do not overlap have no new rows.
#[test]
fn refusals() {
    let found =
        Network::incremental("over_time", &over_time(), Cpu::CortexM4, 35).map(|_| "accepted");
    let found = found.unwrap_err();
    assert!(
        found[0].message.ends_with("windows do not overlap"),
        "{}",
        found[0].message
    );
}

fn shared(name: &str) -> Option<Graph> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/models");
    let bytes = std::fs::read(format!("{root}/{name}.tflite")).ok()?;
    Some(passes::run_int8(tflite::read(&bytes).unwrap()))
}

/// One of MLPerf Tiny's networks costs at most so many instructions, bytes of flash and of RAM.
fn public(name: &str, [instructions, flash_bytes, ram_bytes]: [u64; 3]) {
    let Some(graph) = shared(name) else { return };
    let network = Network::new(name, &graph, Cpu::CortexM4).unwrap();
    for cost in costs(&network, &inputs(&network, ALL, 2)) {
        eprintln!(
            "{name}: {} instructions, {} bytes of flash, {} of RAM",
            cost.instructions, cost.flash_bytes, cost.ram_bytes
        );
        assert!(cost.instructions <= instructions);
        assert!(cost.flash_bytes <= flash_bytes && cost.ram_bytes <= ram_bytes);
    }
}

#[test]
fn keyword_spotting() {
    public("kws", [3_400_000, 38_000, 9_000]);
}

#[test]
fn visual_wake_words() {
    public("vww", [6_000_000, 54_000, 42_500]);
}

#[test]
fn image_classification() {
    public("ic", [15_000_000, 93_000, 35_500]);
}

#[test]
fn anomaly_detection() {
    public("ad", [330_000, 274_000, 1_000]);
}

/// Three fully connected layers, 1→16→16→1: what is the least that a network costs.
#[test]
fn three_layers() {
    let graph = three_dense();
    let network = Network::new("three_dense", &graph, Cpu::CortexM4).unwrap();
    for cost in costs(&network, &noise(&network, 4)) {
        assert!(
            cost.flash_bytes <= 2_500,
            "{} bytes of flash",
            cost.flash_bytes
        );
        assert!(cost.ram_bytes <= 400, "{} bytes of RAM", cost.ram_bytes);
    }
}

/// C and Rust with Helium.
#[test]
fn helium() {
    let board = board::find(HELIUM).unwrap();
    for (name, instructions) in [
        ("kws", 900_000),
        ("vww", 2_250_000),
        ("ic", 2_750_000),
        ("ad", 50_000),
        ("sww", 25_000),
    ] {
        let Some(graph) = shared(name) else { return };
        let network = if name == "sww" {
            Network::incremental(name, &graph, board.cpu, 1).unwrap()
        } else {
            Network::new(name, &graph, board.cpu).unwrap()
        };
        let n = if name == "sww" { 32 } else { 2 };
        for cost in costs_on(&network, board, &inputs(&network, SOME, n)) {
            eprintln!(
                "{name}: {} instructions, {} bytes of flash, {} of RAM",
                cost.instructions, cost.flash_bytes, cost.ram_bytes
            );
            assert!(cost.instructions <= instructions);
        }
    }
}

/// The network that `new` proposes for keywords.
#[test]
fn keyword_small_preset() {
    let graph = keyword_small();
    let network = Network::new("keyword_small", &graph, Cpu::CortexM4).unwrap();
    for cost in costs(&network, &noise(&network, 3)) {
        assert!(cost.instructions <= 500_000, "{}", cost.instructions);
    }
}

/// The emitted C gives the host's bits whatever the sizes of layers, on each kind of core.
#[test]
fn odd_sizes_give_the_same_bits() {
    if !has("arm-none-eabi-gcc") || !has("qemu-system-arm") {
        return;
    }
    for (seed, id) in (0..9).zip([HELIUM, HELIUM, BOARD].into_iter().cycle()) {
        let (graph, board) = (odd_sizes(seed), board::find(id).unwrap());
        let network = Network::new("odd", &graph, board.cpu).unwrap();
        let inputs = noise(&network, 3);
        let project = network_c_project(&network, board, &inputs, &origin()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &project.files);
        step(folder.path(), &project.build, &[]);
        let report = parse_network(&step(folder.path(), &project.run, &[])).unwrap();
        let mut host = Int8::new(&graph).unwrap();
        assert_eq!(report.runs.len(), inputs.len());
        for (input, (output, _)) in inputs.iter().zip(&report.runs) {
            assert_eq!(host.run(input), output, "seed {seed} on {id}");
        }
    }
}

/// The public networks for a board, with their inputs.
fn each_public(board: &Board, run: impl Fn(&Network, &[Vec<i8>])) {
    for name in ["kws", "vww", "ic", "ad"] {
        let Some(graph) = shared(name) else { return };
        let network = Network::new(name, &graph, board.cpu).unwrap();
        run(&network, &inputs(&network, SOME, 1));
    }
    let Some(graph) = sww() else { return };
    let network = Network::incremental("sww", &graph, board.cpu, 1).unwrap();
    run(&network, &inputs(&network, SOME, 32));
}

/// C and Rust on a core without the DSP extension; Rust costs at most an eighth more.
fn without_dsp(id: &str) {
    let board = board::find(id).unwrap();
    each_public(board, |network, inputs| {
        let costs = costs_on(network, board, inputs);
        if let [c, rust] = &costs[..] {
            assert!(
                8 * rust.instructions <= 9 * c.instructions,
                "{} on {id}: {} instructions in C, {} in Rust",
                network.name,
                c.instructions,
                rust.instructions
            );
        }
    });
}

#[test]
fn cortex_m3() {
    without_dsp("emulator-m3");
}

/// Its code on a Cortex-M3, where unaligned accesses fault as on a Cortex-M0.
#[test]
fn cortex_m0() {
    without_dsp("emulator-m0");
}

/// The C for a chip, on the host: portable code of the same layout.
fn on_the_host(name: &str, cpu: Cpu, compiler: &str, flags: &[&str]) {
    let Some(graph) = shared(name) else { return };
    if !has(compiler) {
        return;
    }
    let network = Network::new(name, &graph, cpu).unwrap();
    let mut files = network.c(&origin()).unwrap();
    let program = format!(
        "#include \"{name}.h\"\n#include <stdio.h>\n\
         static {name}_state state;\n\
         int main(void) {{\n    {name}_init(&state);\n    \
         while (fread({name}_input(&state), {}, 1, stdin) == 1) {{\n        \
         fwrite({name}_run(&state), {}, 1, stdout);\n    }}\n    return 0;\n}}\n",
        network.input_len(),
        network.output_len()
    );
    files.push(File::text("main.c", program));
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &files);
    let inputs = inputs(&network, ALL, 2);
    let bytes: Vec<u8> = inputs.concat().iter().map(|x| x.cast_unsigned()).collect();
    std::fs::write(folder.path().join("inputs"), bytes).unwrap();
    let line = format!(
        "{compiler} -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror {} *.c -o network && \
         ./network < inputs > outputs",
        flags.join(" ")
    );
    run(folder.path(), "sh", &["-c", &line]);
    let found = std::fs::read(folder.path().join("outputs")).unwrap();
    for (at, hash) in golden(&network, ALL).1 {
        let output = found.chunks(network.output_len()).nth(at).unwrap();
        let output: Vec<i8> = output.iter().map(|x| x.cast_signed()).collect();
        assert_eq!(cases::hash(&output), hash, "{name} by {compiler}, run {at}");
    }
    let mut host = Int8::new(&graph).unwrap();
    let expected: Vec<u8> = inputs
        .iter()
        .flat_map(|input| host.run(input).to_vec())
        .map(i8::cast_unsigned)
        .collect();
    assert!(found == expected, "{name} by {compiler}");
}

#[test]
fn c_for_the_chip_gives_the_same_bits_on_the_host() {
    let checked = [
        "-O1",
        "-fsanitize=undefined,address",
        "-fno-sanitize-recover",
    ];
    for name in ["kws", "vww", "ic", "ad", "sww"] {
        for cpu in [Cpu::CortexM3, Cpu::CortexM4, Cpu::CortexM55] {
            on_the_host(name, cpu, "gcc", &checked);
        }
        for cpu in [Cpu::CortexM3, Cpu::CortexM4] {
            on_the_host(name, cpu, "clang", &["-O2"]);
        }
    }
}
