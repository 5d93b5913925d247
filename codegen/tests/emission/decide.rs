//! The decision logic by itself, over the same score sequences: `impulse_runtime::decide` on the
//! host, the C on the host, and the emitted C and Rust in the emulator. What calibration chooses
//! on the host is what the chip does.

use std::fmt::Write as _;
use std::path::Path;

use impulse_codegen::File;
use impulse_codegen::verify::{Project, c_project, rust_project};
use impulse_ir::board;
use impulse_runtime::decide::{Decide, DecideState};

use crate::emulator::{step, with_rust_image};
use crate::models::{Random, keyword, windows};
use crate::tools::{assert_same, has, origin, run, write};

/// Results of a sequence.
const N_RESULTS: usize = 120;

struct Case {
    average_results: usize,
    suppress_results: usize,
    sum_min: i32,
    ignore: Vec<bool>,
    /// `[N_RESULTS, labels]`.
    scores: Vec<i8>,
}

/// One label and many, one result and a long history, with and without silences; scores at both
/// ends, ties, and labels that hold on for a while as spoken words do.
fn cases() -> Vec<Case> {
    let mut random = Random(7);
    let mut case = |n_labels: usize, average_results, suppress_results, score_min: i32| {
        let mut scores = Vec::new();
        let mut loud = 0;
        for i in 0..N_RESULTS {
            if i % 5 == 0 {
                loud = (random.next() % n_labels as u64) as usize;
            }
            for label in 0..n_labels {
                scores.push(match random.next() % 8 {
                    0 => -128,
                    1 => 127,
                    2 => 40,
                    _ if label == loud => 60 + (random.next() % 68) as i8,
                    _ => (random.next() % 100) as i8 - 100,
                });
            }
        }
        Case {
            average_results,
            suppress_results,
            sum_min: score_min * average_results as i32,
            ignore: (0..n_labels).map(|l| l % 3 == 2).collect(),
            scores,
        }
    };
    vec![
        case(3, 1, 0, 100),
        case(3, 4, 2, 30),
        case(12, 3, 7, 20),
        case(2, 16, 1, -10),
        case(1, 2, 3, -128),
    ]
}

fn hex(values: &[i8]) -> String {
    values.iter().map(|v| format!("{:02x}", *v as u8)).collect()
}

/// What the runtime says of each result.
fn expected() -> String {
    let mut text = String::new();
    let mut n_reports = 0;
    for case in cases() {
        let decide = Decide {
            n_labels: case.ignore.len(),
            average_results: case.average_results,
            suppress_results: case.suppress_results,
            sum_min: case.sum_min,
            ignore: &case.ignore,
        };
        let mut state = DecideState::new();
        let mut history = vec![0; decide.history_len()];
        let mut average = vec![0; decide.n_labels];
        for scores in case.scores.chunks_exact(decide.n_labels) {
            let label = decide.push(&mut state, &mut history, scores, &mut average);
            n_reports += usize::from(label.is_some());
            // 0 for nothing, else one more than the label.
            let number = label.map_or(0, |l| l + 1);
            writeln!(text, "{} {number}", hex(&average)).unwrap();
        }
    }
    assert!(
        n_reports > 40,
        "the sequences are worth comparing: {n_reports}"
    );
    text
}

fn list<T: ToString>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(T::to_string).collect();
    values.join(", ")
}

/// The program in C, on what `harness.h` has.
fn c_program() -> String {
    let mut text = String::from(
        "#include \"harness.h\"\n#include \"impulse_decide.h\"\n\
         static int8_t history[64] HARNESS_VARIABLE;\n\
         static int8_t average[12] HARNESS_VARIABLE;\n\
         HARNESS_CODE static void go(const impulse_decide *decide, const int8_t *scores) {\n\
         impulse_decide_state state;\n impulse_decide_init(&state);\n",
    );
    writeln!(
        text,
        " for (uint32_t i = 0; i < {N_RESULTS}; i++) {{\n const int32_t label = \
         impulse_decide_push(decide, &state, history, scores + i * decide->n_labels, average);\n \
         harness_print_values(average, decide->n_labels);\n PRINT(\" \");\n \
         harness_print_number((uint32_t)(label + 1));\n PRINT(\"\\n\");\n }}\n}}"
    )
    .unwrap();
    let mut calls = String::new();
    for (i, case) in cases().iter().enumerate() {
        writeln!(
            text,
            "static const bool ignore_{i}[] = {{{}}};\nstatic const int8_t scores_{i}[] = {{{}}};\n\
             static const impulse_decide decide_{i} = {{{}, {}, {}, {}, ignore_{i}}};",
            list(&case.ignore),
            list(&case.scores),
            case.ignore.len(),
            case.average_results,
            case.suppress_results,
            case.sum_min
        )
        .unwrap();
        writeln!(calls, " go(&decide_{i}, scores_{i});").unwrap();
    }
    write!(
        text,
        "HARNESS_CODE int main(void) {{\n{calls} return 0;\n}}\n"
    )
    .unwrap();
    text
}

/// The program in Rust, in the place of the verification image's own.
fn rust_program(krate: &str) -> String {
    let mut text = format!(
        "#![no_std]\n#![no_main]\n#![allow(dead_code)]\nmod harness;\n\
         use harness::{{print, print_number, print_values}};\n\
         use {krate}::runtime::decide::{{Decide, DecideState}};\n\
         fn go(decide: &Decide<'_>, scores: &[i8]) {{\n\
         let mut state = DecideState::new();\n\
         let (mut history, mut average) = ([0i8; 64], [0i8; 12]);\n\
         for scores in scores.chunks_exact(decide.n_labels) {{\n\
         let average = &mut average[..decide.n_labels];\n\
         let label = decide.push(&mut state, &mut history[..decide.history_len()], scores, average);\n\
         print_values(average);\n print!(b\" \");\n\
         print_number(label.map_or(0, |l| l as u32 + 1));\n print!(b\"\\n\");\n }}\n}}\n\
         pub fn run() {{\n"
    );
    for case in cases() {
        writeln!(
            text,
            "{{\n static IGNORE: &[bool] = &[{}];\n static SCORES: &[i8] = &[{}];\n \
             go(&Decide {{ n_labels: {}, average_results: {}, suppress_results: {}, sum_min: {}, \
             ignore: IGNORE }}, SCORES);\n}}",
            list(&case.ignore),
            list(&case.scores),
            case.ignore.len(),
            case.average_results,
            case.suppress_results,
            case.sum_min
        )
        .unwrap();
    }
    text.push_str("}\n");
    text
}

fn replace(project: &mut Project, path: &str, text: String) {
    let file = project.files.iter_mut().find(|f| f.path == path).unwrap();
    *file = File::text(path, text);
}

#[test]
fn c_on_the_host_decides_as_the_runtime() {
    const SHIM: &str = "#include <stdint.h>\n#include <stdio.h>\n#define HARNESS_CODE\n\
         #define HARNESS_VARIABLE\n#define PRINT(text) fputs(text, stdout)\n\
         static void harness_print_number(uint32_t n) { printf(\"%lu\", (unsigned long)n); }\n\
         static void harness_print_values(const int8_t *v, uint32_t n) {\n\
         for (uint32_t i = 0; i < n; i++) printf(\"%02x\", (unsigned)(uint8_t)v[i]);\n}\n";
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("c");
    for compiler in ["gcc", "clang"].into_iter().filter(|c| has(c)) {
        let folder = tempfile::tempdir().unwrap();
        let files = [("harness.h", SHIM.to_owned()), ("main.c", c_program())];
        let files = files.map(|(name, text)| File::text(name, text));
        write(folder.path(), &files);
        let (header, library) = (sources.display(), sources.join("impulse_decide.c"));
        let include = format!("-I{header}");
        let library = library.to_str().unwrap();
        let args = [
            "-std=c99", "-Wall", "-Werror", "-O2", &include, "main.c", library,
        ];
        run(
            folder.path(),
            compiler,
            &[&args[..], &["-o", "main"]].concat(),
        );
        let found = run(folder.path(), "./main", &[]);
        assert_same(&found, &expected(), compiler);
    }
}

#[test]
fn c_in_the_emulator_decides_as_the_runtime() {
    if !has("arm-none-eabi-gcc") || !has("qemu-system-arm") {
        return;
    }
    let pipeline = keyword();
    for id in ["emulator-m3", "emulator-m4", "emulator-m55"] {
        let board = board::find(id).unwrap();
        let mut project = c_project(&pipeline, board, &windows(&pipeline), &origin()).unwrap();
        replace(&mut project, "main.c", c_program());
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &project.files);
        step(folder.path(), &project.build, &[]);
        assert_same(&step(folder.path(), &project.run, &[]), &expected(), id);
    }
}

#[test]
fn rust_in_the_emulator_decides_as_the_runtime() {
    let pipeline = keyword();
    let board = board::find("nano33").unwrap();
    let mut project = rust_project(&pipeline, board, &windows(&pipeline), &origin()).unwrap();
    replace(&mut project, "src/main.rs", rust_program(&pipeline.name));
    with_rust_image(&project, |folder, _| {
        assert_same(
            &step(folder, &project.run, &[]),
            &expected(),
            "Rust on nano33",
        );
    });
}
