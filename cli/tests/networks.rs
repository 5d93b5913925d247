//! Networks by themselves: `impulse inspect` and `impulse build` on `.tflite` files.

#[allow(dead_code, reason = "the project of the other tests is not needed")]
mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use common::run_in;
use serde_json::Value;

/// A folder with one of LiteRT's files of the operators' tests in it.
fn folder(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let golden = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../codegen/tests/operators/golden"
    ));
    let file = format!("{name}.tflite");
    fs::copy(golden.join(&file), folder.path().join(&file)).unwrap();
    folder
}

#[test]
fn a_network_is_shown() {
    let folder = folder("mul_gate");
    let run = run_in(folder.path(), &["inspect", "mul_gate.tflite"]);
    assert!(run.ok, "{}", run.stderr);
    let rows: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    for expected in [
        "input t0: [1, 6, 5, 4] int8, scale 0.050000, zero point 3",
        "output t4: [1, 6, 5, 4] int8, scale 0.020000, zero point 5",
        "0 MEAN [1, 1, 1, 4] int8 0.030000 -9 120 124 B",
        "1 LOGISTIC [1, 1, 1, 4] int8 0.003906 -128 4 128 B",
        "2 MUL [1, 6, 5, 4] int8 0.020000 5 120 244 B",
        "3 operators, 0 weights in 0 B, 244 MACs, activations of at most 244 B at a time",
    ] {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        assert!(rows.contains(&expected), "{expected:?} in\n{}", run.stdout);
    }
}

#[test]
fn a_network_is_given_as_json() {
    let folder = folder("conv_stride");
    let run = run_in(
        folder.path(),
        &["inspect", "conv_stride.tflite", "--format", "json"],
    );
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["version"], 1);
    let conv = &document["operators"][0];
    assert_eq!(conv["operator"], "CONV_2D");
    assert_eq!(conv["activation"], "RELU");
    assert_eq!(conv["output"]["shape"], serde_json::json!([1, 5, 4, 5]));
    // 3 × 3 × 3 × 5 weights and 5 biases of four bytes.
    assert_eq!(conv["n_weights"], 140);
    assert_eq!(conv["weight_bytes"], 135 + 20);
    assert_eq!(document["macs"], 5 * 4 * 5 * 27);
    assert_eq!(document["emitted"]["operators"], 1);
}

#[test]
fn what_is_no_network_is_refused_at_its_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.tflite"), "a few words").unwrap();
    for args in [["inspect", "notes.tflite"], ["build", "notes.tflite"]] {
        let run = run_in(folder.path(), &args);
        assert_eq!(run.code, Some(1), "{args:?}");
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(
            said.contains("E0701") && said.contains("notes.tflite"),
            "{said}"
        );
    }
    let run = run_in(folder.path(), &["inspect", "missing.tflite"]);
    assert_eq!(run.code, Some(2));
    assert!(!folder.path().join("build").exists());
}

#[test]
fn a_network_by_itself_is_built_and_gives_the_hosts_bits() {
    let folder = folder("mul_gate");
    let run = run_in(
        folder.path(),
        &["build", "mul_gate.tflite", "--target", "nano33", "--verify"],
    );
    assert!(run.ok, "{}\n{}", run.stdout, run.stderr);
    let built = folder.path().join("build/mul_gate");
    let header = fs::read_to_string(built.join("c/mul_gate.h")).unwrap();
    assert!(
        header.contains("impulse build mul_gate.tflite --target nano33"),
        "{header}"
    );
    assert!(header.contains("#define MUL_GATE_N_INPUTS 120"), "{header}");
    assert!(built.join("rust/src/lib.rs").exists());
    let tools = run.stdout.contains("in the emulator");
    let same = run
        .stdout
        .contains("the emitted C gave the host's bits on 4 inputs");
    assert_eq!(tools, same, "{}", run.stdout);
}

/// The public networks from file to source, where they are present beside the project.
#[test]
fn public_networks_are_built_in_seconds() {
    let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/models"));
    for name in ["kws", "vww", "ic", "ad", "sww"] {
        let Ok(bytes) = fs::read(models.join(format!("{name}.tflite"))) else {
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("model.tflite"), bytes).unwrap();
        let started = Instant::now();
        let run = run_in(
            folder.path(),
            &["build", "model.tflite", "--target", "nano33"],
        );
        assert!(run.ok, "{name}: {}", run.stderr);
        assert!(folder.path().join("build/model/c/model.c").exists());
        // Every one of them has weights, wherever a kernel wants them.
        let weights = run.stdout.lines().find(|line| line.contains("  weights"));
        let weights = weights.unwrap_or_else(|| panic!("{}", run.stdout));
        assert!(weights.contains("KiB"), "{name}: {weights}");
        // A debug build on a busy machine; the program as it is installed is far quicker.
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{name}: {:?}",
            started.elapsed()
        );
    }
}
