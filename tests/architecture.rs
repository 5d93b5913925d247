//! Holds the arrows between our crates to the table of ARCHITECTURE.md.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each package may use of ours, outside of its tests. A new arrow is a change of its own:
/// this table and ARCHITECTURE.md's change with it.
const ALLOWED: &[(&str, &[&str])] = &[
    ("impulse-runtime", &[]),
    ("impulse-ir", &["impulse-runtime"]),
    ("impulse-dsl", &["impulse-ir"]),
    ("impulse-codegen", &["impulse-ir", "impulse-runtime"]),
    ("impulse-train", &["impulse-ir", "impulse-runtime"]),
    (
        "impulse-macros",
        &["impulse-codegen", "impulse-dsl", "impulse-ir"],
    ),
    (
        "impulse-cli",
        &[
            "impulse-codegen",
            "impulse-dsl",
            "impulse-ir",
            "impulse-runtime",
            "impulse-train",
        ],
    ),
    ("impulse", &["impulse-macros", "impulse-runtime"]),
    (
        "xtask",
        &[
            "impulse-codegen",
            "impulse-dsl",
            "impulse-ir",
            "impulse-runtime",
            "impulse-train",
        ],
    ),
];

fn metadata() -> cargo_metadata::Metadata {
    MetadataCommand::new()
        .no_deps()
        .other_options(vec!["--offline".into()])
        .exec()
        .expect("cargo metadata")
}

#[test]
fn arrows_between_crates_are_those_of_the_table() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let Some(may_use) = allowed.get(package.name.as_str()) else {
            wrong.push(format!("{} is not in the table", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let ours = dependency.path.is_some() && dependency.kind != DependencyKind::Development;
            if ours && !may_use.contains(&dependency.name.as_str()) {
                wrong.push(format!("{} → {}", package.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows outside of the table: {wrong:#?}");
}

#[test]
fn the_runtime_uses_libm_alone() {
    let metadata = metadata();
    let runtime = metadata
        .workspace_packages()
        .into_iter()
        .find(|p| p.name == "impulse-runtime");
    let names: Vec<_> = runtime
        .expect("the runtime is a package")
        .dependencies
        .iter()
        .filter(|d| d.kind == DependencyKind::Normal)
        .map(|d| d.name.as_str())
        .collect();
    assert!(names.iter().all(|name| *name == "libm"), "{names:?}");
}

#[test]
fn folder_x_holds_package_impulse_x() {
    for package in metadata().workspace_packages() {
        let folder = package
            .manifest_path
            .parent()
            .and_then(|p| p.file_name())
            .unwrap_or_default();
        let expected = match package.name.as_str() {
            "impulse" | "xtask" => continue,
            name => name.trim_start_matches("impulse-"),
        };
        assert_eq!(folder, expected);
    }
}
