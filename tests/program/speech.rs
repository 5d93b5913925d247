//! Accuracy on real speech, where the public recordings stand beside the workspace: the specs of
//! `impulses/speech_commands` as they are, with their paths made absolute.

use std::fs;

use serde_json::Value;

use crate::support::{root, run, shared};

/// What a built spec reached on its test split.
struct Reached {
    n_weights: u64,
    float: f64,
    int8: f64,
}

/// Builds a spec of `impulses/speech_commands`; `None` where the recordings are missing.
fn build(name: &str) -> Option<Reached> {
    let manifest = shared("data/speech_commands/manifest.csv")?
        .canonicalize()
        .unwrap();
    let spec = format!("{name}.impulse");
    let text = fs::read_to_string(root().join("impulses/speech_commands").join(&spec)).unwrap();
    let written = "../../../shared/data/speech_commands/manifest.csv";
    assert!(text.contains(written));
    let folder = tempfile::tempdir().unwrap();
    let text = text.replace(written, manifest.to_str().unwrap());
    fs::write(folder.path().join(&spec), text).unwrap();
    run(folder.path(), &["build", &spec]).ok();
    let record = folder.path().join(format!("build/{name}/build.json"));
    let record: Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
    Some(Reached {
        n_weights: record["training"]["n_weights"].as_u64().unwrap(),
        float: share(&record["evaluation"]["float"]),
        int8: share(&record["evaluation"]["int8"]),
    })
}

/// Per cent of the `[true][predicted]` counts that stand on the diagonal.
fn share(confusion: &Value) -> f64 {
    let rows: Vec<Vec<u64>> = serde_json::from_value(confusion.clone()).unwrap();
    let all: u64 = rows.iter().flatten().sum();
    let right: u64 = rows.iter().enumerate().map(|(i, row)| row[i]).sum();
    100.0 * right as f64 / all as f64
}

#[test]
fn yes_no_unknown_are_told_apart_with_1347_weights() {
    let Some(reached) = build("yes_no_unknown") else {
        return;
    };
    assert_eq!(reached.n_weights, 1347);
    assert!(reached.int8 >= 92.0, "{:.1} %", reached.int8);
    assert!((reached.int8 - reached.float).abs() <= 1.0);
}

#[test]
fn twelve_labels_are_told_apart_with_25000_weights() {
    let Some(reached) = build("twelve") else {
        return;
    };
    assert!(reached.n_weights <= 25_000, "{}", reached.n_weights);
    assert!(reached.int8 >= 88.0, "{:.1} %", reached.int8);
    assert!((reached.int8 - reached.float).abs() <= 1.0);
}
