//! Running compilers.

use std::path::Path;
use std::process::Command;

use impulse_codegen::{File, Origin};

pub fn origin() -> Origin {
    Origin {
        command: "impulse build yes_no.impulse".into(),
        input_hash: "0123456789abcdef".into(),
        tool_version: "0.1.0".into(),
    }
}

pub fn write(folder: &Path, files: &[File]) {
    for file in files {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.contents).unwrap();
    }
}

/// Whether a program is installed.
pub fn has(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success())
}

/// What `program` prints when it succeeds; what it complained of where it does not.
pub fn run(folder: &Path, program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}:\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The first line in which two texts differ.
pub fn assert_same(found: &str, expected: &str, what: &str) {
    for (i, (f, e)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(f, e, "{what}, line {}", i + 1);
    }
    assert_eq!(
        found.lines().count(),
        expected.lines().count(),
        "{what}: number of lines"
    );
}
