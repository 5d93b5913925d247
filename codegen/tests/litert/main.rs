//! The `.tflite` files that we write, and what LiteRT computes from them. The golden files are
//! made by `golden/litert.py` from LiteRT's reference kernels; nothing here needs Python.

#![allow(
    clippy::disallowed_methods,
    reason = "a test program, which reads files and runs compilers"
)]

mod cases;
mod networks;
mod shared;

use std::fs;
use std::path::PathBuf;

use cases::Lcg;
use impulse_codegen::tflite;
use impulse_ir::exec::Int8;
use impulse_ir::graph::{Operator, OperatorKind};

const NETWORKS: [&str; 3] = ["conv1d", "residual", "bottleneck"];

fn golden(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/litert/golden")).join(name)
}

/// The network's file is the one that LiteRT was tried on; `IMPULSE_BLESS=1` writes it anew,
/// after which the script has to be run.
#[test]
fn writes_the_files_that_litert_was_tried_on() {
    for name in NETWORKS {
        let graph = networks::int8(name).unwrap();
        let bytes = tflite::write(&graph).unwrap();
        let path = golden(&format!("{name}.tflite"));
        if std::env::var_os("IMPULSE_BLESS").is_some() {
            fs::write(&path, &bytes).unwrap();
        }
        assert!(
            fs::read(&path).unwrap() == bytes,
            "{name}: other bytes than {}",
            path.display()
        );
        assert_eq!(tflite::read(&bytes).unwrap(), graph, "{name}");
    }
}

/// Numbers of a line `name: 1 2 3`.
fn numbers(line: &str) -> Vec<i8> {
    let (_, numbers) = line.split_once(':').unwrap();
    numbers
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect()
}

#[test]
fn computes_what_litert_computes() {
    for name in NETWORKS {
        let graph = tflite::read(&fs::read(golden(&format!("{name}.tflite"))).unwrap()).unwrap();
        let text = fs::read_to_string(golden(&format!("{name}.txt"))).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let (mut int8, mut n_cases) = (Int8::new(&graph).unwrap(), 0);
        let computing: Vec<_> = graph
            .operators
            .iter()
            .filter(|op| op.kind != OperatorKind::Reshape)
            .collect();
        let n_lines = computing.len() + 1;
        for case in lines.chunks_exact(n_lines) {
            let seed = case[0].strip_prefix("seed ").unwrap().parse().unwrap();
            let mut lcg = Lcg(seed);
            let input: Vec<i8> = (0..int8.input_len()).map(|_| lcg.byte()).collect();
            int8.run(&input);
            compare(
                &computing,
                &int8,
                &case[1..],
                &format!("{name}, seed {seed}"),
            );
            n_cases += 1;
        }
        assert!(
            n_cases >= 2 && lines.len() == n_cases * n_lines,
            "{name}: {n_cases} cases"
        );
    }
}

/// The results of `operators`, to the bit; softmax, whose reference is a float one, to one step.
fn compare(operators: &[&Operator], int8: &Int8, expected: &[&str], case: &str) {
    for (op, line) in operators.iter().zip(expected) {
        let expected = numbers(line);
        let found = int8.tensor(op.outputs[0]);
        let steps = if matches!(op.kind, OperatorKind::Softmax { .. }) {
            1
        } else {
            0
        };
        let close = expected.len() == found.len()
            && expected
                .iter()
                .zip(found)
                .all(|(e, f)| e.abs_diff(*f) <= steps);
        assert!(
            close,
            "{case}, {line:.20}…: expected {expected:?}, found {found:?}"
        );
    }
}
