//! Rust on the host.

use impulse_codegen::{File, c, rust};
use impulse_ir::board::Cpu;
use impulse_ir::pipeline::Pipeline;

use crate::models::{
    expected, fixed_differences, fixed_keyword, fixed_side_by_side, keyword, motion_side_by_side,
    movement, residual, side_by_side, whole_windows, windows,
};
use crate::tools::{assert_same, origin, run, write};

/// The counterpart of the C program, as an example of the emitted crate.
fn program(name: &str, ty: &str) -> String {
    format!(
        r#"use std::io::Read;
use {name}::{ty};
static MODEL: std::sync::Mutex<{ty}> = std::sync::Mutex::new({ty}::new());
fn hex(values: &[i8]) -> String {{
    values.iter().map(|v| format!("{{v:02x}}")).collect()
}}
fn main() {{
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).unwrap();
    let samples: Vec<i16> =
        bytes.chunks_exact(2).map(|b| i16::from_ne_bytes([b[0], b[1]])).collect();
    let mut model = MODEL.lock().unwrap();
    let mut features = [0; {ty}::N_FEATURES];
    for window in samples.chunks_exact({ty}::WINDOW_SAMPLES) {{
        let window = window.try_into().unwrap();
        model.features(window, &mut features);
        let scores = model.infer(&features);
        assert_eq!(model.classify(window), scores);
        println!("window {{}} {{}}", hex(&features), hex(&scores));
    }}
    let (mut start, mut slice) = (0, 1);
    while start < samples.len() {{
        start += model.push(&samples[start..samples.len().min(start + slice)]);
        slice = slice % 997 + 1;
        if let Some(output) = model.result() {{
            let decided = output.decided.map_or(-1, |label| label as i64);
            println!("result {{}} {{}} {{decided}}", hex(&output.scores), hex(&output.average));
            assert!(model.result().is_none());
        }}
    }}
}}
"#
    )
}

fn check(pipeline: &Pipeline, ty: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut files = rust::emit(pipeline, Cpu::CortexM4, &origin()).unwrap();
    files.push(File::text(
        "examples/listen.rs",
        program(&pipeline.name, ty),
    ));
    write(folder.path(), &files);
    let samples = windows(pipeline).concat();
    let samples = samples.into_iter().flat_map(i16::to_ne_bytes);
    std::fs::write(folder.path().join("samples"), samples.collect::<Vec<u8>>()).unwrap();
    let cargo = env!("CARGO");
    let line = format!(
        "RUSTFLAGS='-D warnings' CARGO_TARGET_DIR=target {cargo} run --offline --quiet --example listen < samples"
    );
    let found = run(folder.path(), "sh", &["-c", &line]);
    assert_same(&found, &expected(pipeline), &pipeline.name);
}

#[test]
fn rust_equals_the_host() {
    check(&keyword(), "YesNo");
    check(&residual(), "AB");
    check(&side_by_side(), "Beside");
    check(&whole_windows(), "Whole");
    check(&motion_side_by_side(), "Motion");
    check(&fixed_keyword(), "Fixed");
    check(&fixed_side_by_side(), "FixedBeside");
    check(&fixed_differences(), "FixedDifferences");
    check(&movement(), "Movement");
}

#[test]
fn the_same_pipeline_gives_the_same_bytes_and_no_unused_kernel() {
    let files = rust::emit(&keyword(), Cpu::CortexM4, &origin()).unwrap();
    assert_eq!(
        files,
        rust::emit(&keyword(), Cpu::CortexM4, &origin()).unwrap()
    );
    let names: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
    let kernels = "src/runtime/kernels";
    assert!(
        names.contains(&&*format!("{kernels}/packed_conv2d.rs")),
        "{names:?}"
    );
    for unused in ["add.rs", "helium_conv2d.rs", "triple/mod.rs"] {
        assert!(
            !names.contains(&&*format!("{kernels}/{unused}")),
            "{names:?}"
        );
    }
}

/// What a user reads says in which order the numbers of several axes come, in both languages.
#[test]
fn says_how_the_numbers_of_a_sensor_lie() {
    let pipeline = movement();
    let said =
        "A sample is a value of each axis, one after the other: vertical; 32768 stands for 4 in";
    let rust = rust::emit(&pipeline, Cpu::CortexM4, &origin()).unwrap();
    let c = c::emit(&pipeline, Cpu::CortexM4, &origin()).unwrap();
    for path in ["README.md", "src/lib.rs"] {
        assert!(plain(&rust, path).contains(said), "{path}");
    }
    assert!(plain(&c, "movement.h").contains(said));
}

/// The text of one of `files`, without the marks of comments and without its line breaks.
fn plain(files: &[File], path: &str) -> String {
    let file = files.iter().find(|file| file.path == path).unwrap();
    let text = String::from_utf8(file.contents.clone()).unwrap();
    let words = text.split_whitespace();
    let words = words.filter(|word| !matches!(*word, "*" | "///" | "/*"));
    words.collect::<Vec<_>>().join(" ")
}
