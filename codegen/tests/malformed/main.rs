//! Malformed and hostile `.tflite` files: none makes the reader panic, run long or take much memory,
//! and none gives other outputs than the sound file that it was made from. The sound files are
//! LiteRT's own of the operators' tests, and networks that our writer wrote.

#![allow(
    clippy::disallowed_methods,
    reason = "a test program, which reads files"
)]

mod classes;
mod places;

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use classes::CLASSES;
use impulse_codegen::tflite;
use impulse_ir::exec::Int8;
use impulse_ir::passes;
use impulse_ir::plan::Arena;
use places::File;

/// Longest that one file may take.
const LIMIT: Duration = Duration::from_secs(2);
/// Most memory of the whole process, in KiB.
const MEMORY_KIB_MAX: u64 = 512 * 1024;

fn files() -> Vec<(String, File)> {
    let tests = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"));
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in ["operators/golden", "litert/golden"] {
        let entries = fs::read_dir(tests.join(folder)).unwrap();
        paths.extend(entries.map(|entry| entry.unwrap().path()));
    }
    paths.retain(|path| path.extension().is_some_and(|e| e == "tflite"));
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (
            name,
            File {
                bytes: fs::read(path).unwrap(),
            },
        )
    };
    paths.iter().map(read).collect()
}

/// The outputs of a file for three inputs, or why it is refused.
fn outputs(bytes: &[u8]) -> Result<Vec<Vec<i8>>, String> {
    let say = |problems: Vec<impulse_ir::Diagnostic>| {
        assert!(!problems.is_empty(), "refused without a reason");
        problems[0].message.clone()
    };
    let graph = tflite::read(bytes).map_err(say)?;
    let mut network = Int8::new(&graph).map_err(|problem| problem.message)?;
    Arena::new(network.program(), &graph);
    let mut emitted = Int8::new(&passes::run_int8(graph)).map_err(|problem| problem.message)?;
    let inputs = (1..=3_usize).map(|seed| {
        let value = |i: usize| ((i * 37 + 11) * seed % 251) as u8;
        (0..network.input_len())
            .map(|i| value(i).cast_signed())
            .collect()
    });
    let inputs: Vec<Vec<i8>> = inputs.collect();
    let run = |input: &Vec<i8>| {
        let output = network.run(input).to_vec();
        assert_eq!(emitted.run(input), output, "after the passes");
        output
    };
    Ok(inputs.iter().map(run).collect())
}

/// What is wrong with the way in which a malformed file was treated.
fn judge(bytes: &[u8], expected: &[Vec<i8>], may_be_harmless: bool) -> Option<String> {
    let started = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| outputs(bytes)));
    if started.elapsed() > LIMIT {
        return Some(format!("took {:?}", started.elapsed()));
    }
    match result {
        Err(_) => Some("panicked".into()),
        Ok(Err(_)) => None,
        Ok(Ok(found)) if found != expected => Some("gave other outputs".into()),
        Ok(Ok(_)) if !may_be_harmless => Some("was taken for a sound file".into()),
        Ok(Ok(_)) => None,
    }
}

#[test]
fn no_malformed_file_does_harm() {
    let files = files();
    assert!(files.len() >= 40);
    let (mut failures, mut counts) = (Vec::new(), BTreeMap::new());
    for (name, file) in &files {
        let expected = outputs(&file.bytes).unwrap();
        for class in CLASSES {
            for (i, malformed) in (class.make)(file).iter().enumerate() {
                *counts.entry(class.name).or_insert(0) += 1;
                if let Some(what) = judge(&malformed.bytes, &expected, class.may_be_harmless) {
                    failures.push(format!("{name}, {}, {i}: {what}", class.name));
                }
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures.join("\n")
    );
    let empty: Vec<&str> = CLASSES
        .iter()
        .map(|c| c.name)
        .filter(|n| !counts.contains_key(n))
        .collect();
    assert!(empty.is_empty(), "no file of the classes {empty:?}");
    let total: usize = counts.values().sum();
    println!("{total} files of {} classes", CLASSES.len());
    assert!(
        CLASSES.len() >= 22 && total >= 800,
        "{total} files of {} classes",
        CLASSES.len()
    );
    if let Ok(status) = fs::read_to_string("/proc/self/status") {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = line
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        assert!(kib < MEMORY_KIB_MAX, "took {kib} KiB");
    }
}

/// A flipped bit may make another sound file, whose outputs are others; it is survived in any case.
#[test]
fn flipped_bits_are_survived() {
    let mut state = 1_u32;
    let mut below = |n: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % n
    };
    for (name, file) in files() {
        let sound = tflite::read(&file.bytes).unwrap();
        for _ in 0..40 {
            let mut bytes = file.bytes.clone();
            for _ in 0..1 + below(3) {
                let at = below(bytes.len());
                bytes[at] ^= 1 << below(8);
            }
            let started = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| outputs(&bytes)));
            assert!(started.elapsed() < LIMIT, "{name}: {:?}", started.elapsed());
            let found = result.unwrap_or_else(|_| panic!("{name}: panicked"));
            if tflite::read(&bytes).is_ok_and(|graph| graph == sound) {
                assert_eq!(found, outputs(&file.bytes), "{name}");
            }
        }
    }
}
