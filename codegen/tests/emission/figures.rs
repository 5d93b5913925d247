//! What emitted code costs in the emulator, held against the figures of `golden/figures.txt`.
//! They are the same in every run of one compiler, so a change is a change of the code. Another
//! compiler's figures are not compared. `IMPULSE_BLESS=1` notes the present ones.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

/// Largest share by which a figure may differ from its golden one.
const TOLERANCE: f64 = 0.01;

static FILE: Mutex<()> = Mutex::new(());

/// Fails where a figure of `image` differs from the golden one of the same compiler.
pub fn hold(image: &str, compiler: &str, figures: &[(&str, u64)]) {
    let _one_at_a_time = FILE.lock().unwrap_or_else(|e| e.into_inner());
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/emission/golden/figures.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let mut all: BTreeMap<&str, &str> = text.lines().filter_map(|l| l.split_once(": ")).collect();
    let values: Vec<String> = figures
        .iter()
        .map(|(name, n)| format!("{name} {n}"))
        .collect();
    let found = format!("{} | {compiler}", values.join(", "));
    if std::env::var_os("IMPULSE_BLESS").is_some() {
        all.insert(image, &found);
        let text = all.iter().fold(String::new(), |mut text, (image, line)| {
            let _ = writeln!(text, "{image}: {line}");
            text
        });
        std::fs::write(&path, text).unwrap();
        return;
    }
    let Some((golden, of)) = all.get(image).and_then(|line| line.split_once(" | ")) else {
        panic!("no figures of {image}; IMPULSE_BLESS=1 notes: {found}");
    };
    if of != compiler {
        return;
    }
    let golden: BTreeMap<&str, u64> = golden
        .split(", ")
        .filter_map(|f| f.split_once(' '))
        .map(|(name, n)| (name, n.parse().unwrap()))
        .collect();
    for (name, n) in figures {
        let expected = golden[name] as f64;
        assert!(
            (*n as f64 - expected).abs() <= TOLERANCE * expected,
            "{image}: {name} is {n}, expected {expected}; where the change is meant, \
             IMPULSE_BLESS=1 notes the new figure"
        );
    }
}

/// The first line of a compiler's `--version`.
pub fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}
