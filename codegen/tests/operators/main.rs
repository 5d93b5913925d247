//! Each operator by itself, over strides, pads, dilations, activations and roundings: LiteRT's
//! results, made by `golden/litert.py`, against the host's kernels and against the C kernels.

#![allow(
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test program, which reads files and runs compilers"
)]

mod c;

use std::fs;
use std::path::PathBuf;

use impulse_codegen::tflite;
use impulse_ir::board::Cpu;
use impulse_ir::exec::Int8;
use impulse_ir::graph::Graph;

/// A network of the golden folder with its cases.
pub struct Golden {
    pub name: String,
    pub graph: Graph,
    /// Input and expected output.
    pub cases: Vec<(Vec<i8>, Vec<i8>)>,
}

/// `n` bytes of the generator that the script uses.
fn noise(seed: u32, n: usize) -> Vec<i8> {
    let mut x = seed;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((x >> 24) as u8).cast_signed()
    };
    (0..n).map(|_| next()).collect()
}

pub fn goldens() -> Vec<Golden> {
    let folder = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/operators/golden"
    ));
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "tflite"));
    paths.sort();
    paths.iter().map(|path| golden(path)).collect()
}

fn golden(path: &std::path::Path) -> Golden {
    let graph = tflite::read(&fs::read(path).unwrap()).unwrap();
    let text = fs::read_to_string(path.with_extension("txt")).unwrap();
    let n_inputs = graph.tensors[graph.inputs[0]].len();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let cases = lines.map(|line| {
        let (seed, values) = line.split_once(':').unwrap();
        let values = values
            .split_whitespace()
            .map(|v| v.parse().unwrap())
            .collect();
        (noise(seed.parse().unwrap(), n_inputs), values)
    });
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    Golden {
        name,
        cases: cases.collect(),
        graph,
    }
}

#[test]
fn the_host_computes_what_litert_computes() {
    let goldens = goldens();
    assert!(goldens.len() >= 46);
    for golden in goldens {
        assert_eq!(golden.cases.len(), 3, "{}", golden.name);
        for mut int8 in [
            Int8::new(&golden.graph).unwrap(),
            Int8::for_cpu(&golden.graph, Cpu::CortexM4).unwrap(),
            Int8::for_cpu(&golden.graph, Cpu::CortexM55).unwrap(),
            Int8::for_cpu(&golden.graph, Cpu::CortexM3).unwrap(),
        ] {
            for (input, expected) in &golden.cases {
                assert_eq!(int8.run(input), expected, "{}", golden.name);
            }
        }
    }
}
