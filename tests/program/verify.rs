//! The emulator: emitted C and Rust give the host's bits, and the plan's figures are the image's.

use std::fs;

use serde_json::Value;

use crate::support::{Small, root, run, sorted};

#[test]
fn every_spec_in_impulses_checks_on_every_target() {
    for folder in sorted(&root().join("impulses")) {
        for spec in sorted(&folder) {
            if spec
                .extension()
                .is_some_and(|e| e == "impulse" || e == "yaml")
            {
                run(root(), &["check", spec.to_str().unwrap()]).ok();
            }
        }
    }
}

/// The sample project's emitted code on the emulated Cortex-M4: bits, RAM, stack, instructions.
#[test]
fn emitted_code_in_the_emulator_equals_the_host() {
    let small = Small::new();
    small
        .impulse(&["build", "yes_no.impulse", "--target", "nano33", "--verify"])
        .ok();
    let record: Value =
        serde_json::from_slice(&fs::read(small.output("build.json")).unwrap()).unwrap();
    let images = record["verification"].as_array().unwrap();
    let languages: Vec<_> = images
        .iter()
        .map(|image| image["language"].as_str().unwrap())
        .collect();
    assert_eq!(
        languages,
        ["C", "Rust"],
        "cargo xtask setup brings the cross tools"
    );
    let target = &record["targets"][0];
    let planned: u64 = target["ram"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[1].as_u64().unwrap())
        .sum();
    for image in images {
        assert!(image["windows"].as_u64().unwrap() >= 10, "{image}");
        assert!(image["results"].as_u64().unwrap() >= 10, "{image}");
        assert_eq!(
            image["static_ram_bytes"].as_u64().unwrap(),
            planned,
            "{image}"
        );
        assert!(
            image["stack_bytes"].as_u64() <= target["stack_bytes"].as_u64(),
            "{image}\n{target}"
        );
    }
}
