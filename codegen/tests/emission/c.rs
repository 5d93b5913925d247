//! C on the host, by each compiler there is.

use impulse_codegen::network::Network;
use impulse_codegen::{File, c};
use impulse_ir::board::Cpu;
use impulse_ir::pipeline::Pipeline;

use crate::models::{
    expected, fixed_differences, fixed_keyword, fixed_side_by_side, keyword, motion_side_by_side,
    over_time, residual, side_by_side, whole_windows, windows,
};
use crate::tools::{assert_same, has, origin, run, write};

const STRICT: [&str; 6] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Werror",
];

/// Reads five windows as raw int16 from the standard input and prints what the model says, in
/// slices of 1, 2, 3 … samples where it streams.
fn program(pipeline: &Pipeline) -> String {
    let (name, upper) = (&pipeline.name, pipeline.name.to_uppercase());
    format!(
        r#"#include "{name}.h"
#include <stdio.h>
#include <string.h>
static int16_t samples[5 * {upper}_WINDOW_SAMPLES];
static {name}_state state;
static void hex(const int8_t *values, size_t n) {{
    for (size_t i = 0; i < n; i++) printf("%02x", (unsigned)(uint8_t)values[i]);
}}
int main(void) {{
    int8_t features[{upper}_N_FEATURES], scores[{upper}_N_LABELS], again[{upper}_N_LABELS];
    {name}_output output;
    if (fread(samples, sizeof samples, 1, stdin) != 1) return 1;
    memset(&state, 0x5A, sizeof state);
    for (size_t i = 0; i < 5; i++) {{
        {name}_features(&state, samples + i * {upper}_WINDOW_SAMPLES, features);
        {name}_infer(&state, features, scores);
        memset(&state, 0xA5, sizeof state);
        {name}_classify(&state, samples + i * {upper}_WINDOW_SAMPLES, again);
        if (memcmp(scores, again, sizeof scores) != 0) return 2;
        printf("window "); hex(features, sizeof features);
        printf(" "); hex(scores, sizeof scores); printf("\n");
    }}
    size_t start = 0, slice = 1;
    while (start < 5 * {upper}_WINDOW_SAMPLES) {{
        size_t left = 5 * {upper}_WINDOW_SAMPLES - start;
        start += {name}_push(&state, samples + start, left < slice ? left : slice);
        slice = slice % 997 + 1;
        if ({name}_result(&state, &output)) {{
            printf("result "); hex(output.scores, sizeof output.scores);
            printf(" "); hex(output.average, sizeof output.average);
            printf(" %d\n", (int)output.decided);
            if ({name}_result(&state, &output)) return 3;
        }}
    }}
    return 0;
}}
"#
    )
}

fn check(pipeline: &Pipeline, compiler: &str, flags: &[&str]) {
    if !has(compiler) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files = c::emit(pipeline, Cpu::CortexM4, &origin()).unwrap();
    files.push(File::text("main.c", program(pipeline)));
    write(folder.path(), &files);
    let samples = windows(pipeline).concat();
    let samples = samples.into_iter().flat_map(i16::to_ne_bytes);
    std::fs::write(folder.path().join("samples"), samples.collect::<Vec<u8>>()).unwrap();
    let line = format!(
        "{compiler} {} {} *.c -o model",
        STRICT.join(" "),
        flags.join(" ")
    );
    run(folder.path(), "sh", &["-c", &line]);
    let found = run(folder.path(), "sh", &["-c", "./model < samples"]);
    assert_same(&found, &expected(pipeline), &line);
}

#[test]
fn c_equals_the_host_with_gcc() {
    check(&keyword(), "gcc", &["-O2"]);
    check(&side_by_side(), "gcc", &["-O2"]);
    check(&whole_windows(), "gcc", &["-O2"]);
    check(&motion_side_by_side(), "gcc", &["-O2"]);
    check(&fixed_keyword(), "gcc", &["-O2"]);
    check(&fixed_side_by_side(), "gcc", &["-O2"]);
    check(&fixed_differences(), "gcc", &["-O2"]);
    check(
        &residual(),
        "gcc",
        &[
            "-O1",
            "-fsanitize=undefined,address",
            "-fno-sanitize-recover",
        ],
    );
}

#[test]
fn c_equals_the_host_with_clang() {
    check(&keyword(), "clang", &["-O2"]);
    check(&side_by_side(), "clang", &["-O2"]);
    check(&whole_windows(), "clang", &["-O2"]);
    check(&motion_side_by_side(), "clang", &["-O2"]);
    check(&fixed_keyword(), "clang", &["-O2"]);
    check(&fixed_side_by_side(), "clang", &["-O2"]);
    check(&fixed_differences(), "clang", &["-O2"]);
    check(&residual(), "clang", &["-O1"]);
}

#[test]
fn fused_multiply_add_stays_off() {
    let fused = ["-O3", "-march=haswell", "-ffp-contract=fast"];
    if !is_haswell() {
        return;
    }
    check(&keyword(), "gcc", &fused);
    check(&keyword(), "clang", &fused);
}

/// Whether this machine runs fused multiply-add.
fn is_haswell() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("bmi2");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

#[test]
fn every_file_compiles_by_itself_for_the_chip() {
    let compiler = "arm-none-eabi-gcc";
    if !has(compiler) {
        return;
    }
    let graph = over_time();
    let network = Network::incremental("over_time", &graph, Cpu::CortexM4, 2).unwrap();
    for files in [
        c::emit(&residual(), Cpu::CortexM4, &origin()),
        network.c(&origin()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &files.unwrap());
        let flags = "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -O2";
        let line = format!("{compiler} {} {flags} -c *.c", STRICT.join(" "));
        run(folder.path(), "sh", &["-c", &line]);
    }
}

#[test]
fn the_same_pipeline_gives_the_same_bytes_and_no_unused_kernel() {
    let files = c::emit(&keyword(), Cpu::CortexM4, &origin()).unwrap();
    assert_eq!(
        files,
        c::emit(&keyword(), Cpu::CortexM4, &origin()).unwrap()
    );
    let names: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
    assert!(
        names.contains(&"impulse_kernels_packed_conv2d.c"),
        "{names:?}"
    );
    assert!(!names.contains(&"impulse_kernels_add.c"), "{names:?}");
    for file in &files {
        let text = String::from_utf8(file.contents.clone()).unwrap();
        let long = text
            .lines()
            .find(|l| l.chars().count() > 100 && !file.path.ends_with(".md"));
        assert_eq!(long, None, "{}", file.path);
    }
}
