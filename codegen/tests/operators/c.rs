//! The C kernels on the host.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use impulse_ir::kernel_args::{Call, Constants, Step, prepare};

use crate::{Golden, goldens};

const STRICT: [&str; 6] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Wpedantic",
    "-Wconversion",
    "-Werror",
];

/// Text of an array: `{1, 2, 3}`.
fn list<T: ToString>(values: &[T]) -> String {
    format!(
        "{{{}}}",
        values
            .iter()
            .map(T::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// The type of the parameters, and their fields in order.
fn params(call: &Call) -> (&'static str, String) {
    match call {
        Call::Conv2d(p, _) | Call::DepthwiseConv2d(p, _) => {
            let places = [
                &p.input[..],
                &p.output,
                &p.kernel,
                &p.stride,
                &p.dilation,
                &p.pad,
            ];
            let places: Vec<String> = places.iter().map(|list_of| list(list_of)).collect();
            let (offsets, clamp) = ([p.input_offset, p.output_offset], list(&p.clamp));
            let text = format!(
                "{{{}, {}, {}, {clamp}}}",
                places.join(", "),
                offsets[0],
                offsets[1]
            );
            ("impulse_conv2d_params", text)
        }
        Call::MaxPool2d(p) | Call::AvgPool2d(p) => {
            let places = [&p.input[..], &p.output, &p.size, &p.stride, &p.pad];
            let places: Vec<String> = places.iter().map(|list_of| list(list_of)).collect();
            (
                "impulse_pool2d_params",
                format!("{{{}, {}}}", places.join(", "), list(&p.clamp)),
            )
        }
        Call::FullyConnected(p, _) => {
            let sizes = format!("{}, {}, {}", p.rows, p.inputs, p.units);
            let offsets = format!(
                "{}, {}, {}",
                p.input_offset, p.weight_offset, p.output_offset
            );
            let text = format!("{{{sizes}, {offsets}, {}, {}}}", list(&p.clamp), p.per_unit);
            ("impulse_fully_connected_params", text)
        }
        Call::Mean(p) => {
            let numbers =
                [p.input_offset, p.output_offset, p.multiplier, p.shift].map(|n| n.to_string());
            (
                "impulse_mean_params",
                format!("{{{}, {}}}", list(&p.shape), numbers.join(", ")),
            )
        }
        Call::Mul(p, _) => {
            let numbers = [p.output_offset, p.multiplier, p.shift].map(|n| n.to_string());
            let text = format!(
                "{{{}, {}, {}, {}, {}}}",
                p.len,
                p.second_len,
                list(&p.offsets),
                numbers.join(", "),
                list(&p.clamp)
            );
            ("impulse_mul_params", text)
        }
        Call::Pad(p) => {
            let places = [p.input, p.output, p.before].map(|list_of| list(&list_of));
            let text = format!("{{{}, {}}}", places.join(", "), p.value);
            ("impulse_pad_params", text)
        }
        // A block of its own for each operand, see `block`.
        Call::Concatenation(_) => ("int", "{0}".to_owned()),
        Call::Lookup(p, _) => ("impulse_lookup_params", list(&[p.len])),
        Call::Add(p, _) => {
            let operands = p
                .operands
                .map(|o| list(&[o.offset, o.multiplier, o.shift]))
                .join(", ");
            let numbers = format!("{}, {}, {}", p.output_offset, p.multiplier, p.shift);
            let text = format!(
                "{{{}, {}, {{{operands}}}, {numbers}, {}}}",
                p.len,
                p.second_len,
                list(&p.clamp)
            );
            ("impulse_add_params", text)
        }
        Call::Relu(p) => {
            let numbers =
                [p.input_offset, p.output_offset, p.multiplier, p.shift].map(|n| n.to_string());
            let text = format!("{{{}, {}, {}}}", p.len, numbers.join(", "), list(&p.clamp));
            ("impulse_relu_params", text)
        }
        Call::Softmax(p, _) => (
            "impulse_softmax_params",
            list(&[p.rows, p.columns, p.n_exponentials]),
        ),
        Call::History(p) => ("impulse_history_params", list(&[p.new_len, p.len])),
        // Packed kernels are chosen for a CPU; emitted networks are held to the bits of these.
        Call::PackedConv2d(..)
        | Call::TripleConv2d(..)
        | Call::QuadFullyConnected(..)
        | Call::PackedPointwise(..)
        | Call::PackedFullyConnected(..)
        | Call::PlanarDepthwiseConv2d(..)
        | Call::ColumnDepthwiseConv2d(..)
        | Call::HeliumConv2d(..)
        | Call::HeliumFullyConnected(..)
        | Call::HeliumDepthwiseConv2d(..)
        | Call::HeliumSquareDepthwiseConv2d(..)
        | Call::HeliumAddition(_)
        | Call::Alias => ("int", "{0}".to_owned()),
    }
}

fn constants(c: &Constants) -> String {
    format!(
        "static const int8_t weights[] = {};\nstatic const int32_t bias[] = {};\n\
         static const int32_t multipliers[] = {};\nstatic const int8_t shifts[] = {};\n",
        list(&c.weights),
        list(&c.bias),
        list(&c.multipliers),
        list(&c.shifts)
    )
}

/// A block that makes one call on the tensors `t0`, `t1`, ….
fn block(step: &Step) -> String {
    if let Call::Concatenation(parts) = &step.call {
        let calls = parts.iter().zip(&step.inputs).map(|(p, id)| {
            let fields = list(&[p.rows, p.input_len, p.output_len, p.offset]);
            format!(
                "{{\nstatic const impulse_concatenation_params params = {fields};\n\
                 impulse_concatenation(&params, t{id}, t{});\n}}\n",
                step.output
            )
        });
        return calls.collect();
    }
    if step.call == Call::Alias {
        let (from, to) = (step.inputs[0], step.output);
        return format!("memcpy(t{to}, t{from}, sizeof t{to});\n");
    }
    let (kind, fields) = params(&step.call);
    let mut text = format!("{{\nstatic const {kind} params = {fields};\n");
    let mut arguments: Vec<String> = step.inputs.iter().map(|id| format!("t{id}")).collect();
    if let Some(c) = step.call.constants() {
        text += &constants(c);
        arguments.extend(["weights", "bias", "multipliers", "shifts"].map(str::to_owned));
    }
    if let Call::Softmax(_, table) = &step.call {
        // Nine digits bring a float back to the bit.
        let table: Vec<String> = table.iter().map(|x| format!("{x:.9e}f")).collect();
        let _ = writeln!(text, "static const float table[] = {};", list(&table));
        arguments.push("table".to_owned());
    }
    if let Call::Lookup(_, results) = &step.call {
        let _ = writeln!(text, "static const int8_t results[] = {};", list(results));
        arguments.push("results".to_owned());
    }
    if let Some(operand) = step.call.constant_operand() {
        let _ = writeln!(text, "static const int8_t operand[] = {};", list(operand));
        arguments.push("operand".to_owned());
    }
    let (kernel, arguments) = (step.call.kernel(), arguments.join(", "));
    let _ = writeln!(
        text,
        "impulse_{kernel}(&params, {arguments}, t{});\n}}",
        step.output
    );
    text
}

/// A function that prints the output of every case.
fn function(index: usize, golden: &Golden) -> String {
    let program = prepare(&golden.graph).unwrap();
    let mut text = format!("static void run_{index}(void) {{\n");
    let computed = program
        .steps
        .iter()
        .map(|s| s.output)
        .chain([program.input]);
    for id in computed {
        let _ = writeln!(
            text,
            "static int8_t t{id}[{}];",
            golden.graph.tensors[id].len()
        );
    }
    let inputs: Vec<String> = golden.cases.iter().map(|(input, _)| list(input)).collect();
    let (input, output) = (program.input, program.output);
    let _ = writeln!(
        text,
        "static const int8_t inputs[][sizeof t{input}] = {{{}}};",
        inputs.join(", ")
    );
    let _ = writeln!(text, "for (int i = 0; i < {}; i++) {{", inputs.len());
    let _ = writeln!(text, "memcpy(t{input}, inputs[i], sizeof t{input});");
    for step in &program.steps {
        text += &block(step);
    }
    let _ = writeln!(text, "print(t{output}, (int)sizeof t{output});\n}}\n}}");
    text
}

fn check(compiler: &str, flags: &[&str]) {
    let present = Command::new(compiler)
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !present {
        return;
    }
    let goldens = goldens();
    let mut text = String::from(
        "#include \"impulse_kernels.h\"\n#include <stdio.h>\n#include <string.h>\n\
         static void print(const int8_t *v, int n) {\n\
         for (int i = 0; i < n; i++) printf(\"%d \", v[i]);\nprintf(\"\\n\");\n}\n",
    );
    let functions = goldens
        .iter()
        .enumerate()
        .map(|(index, golden)| function(index, golden));
    text.extend(functions);
    let calls: String = (0..goldens.len())
        .map(|index| format!("run_{index}();\n"))
        .collect();
    let _ = writeln!(text, "int main(void) {{\n{calls}return 0;\n}}");

    let folder = tempfile::tempdir().unwrap();
    let main = folder.path().join("main.c");
    let image = folder.path().join("image");
    std::fs::write(&main, text).unwrap();
    let sources = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/c"));
    let kernels = std::fs::read_dir(sources)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_kernel = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("impulse_kernels_") && name.ends_with(".c")
    };
    let mut command = Command::new(compiler);
    command
        .args(STRICT)
        .args(flags)
        .arg("-I")
        .arg(sources)
        .arg("-o")
        .arg(&image)
        .arg(&main);
    let compiled = command.args(kernels.filter(is_kernel)).output().unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    let ran = Command::new(&image).output().unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let found = String::from_utf8(ran.stdout).unwrap();
    let mut lines = found.lines();
    for golden in &goldens {
        for (_, expected) in &golden.cases {
            let line = lines.next().unwrap_or_default();
            let values: Vec<i8> = line
                .split_whitespace()
                .map(|v| v.parse().unwrap())
                .collect();
            assert_eq!(&values, expected, "{} by {compiler}", golden.name);
        }
    }
}

#[test]
fn gcc_computes_what_litert_computes() {
    check("gcc", &["-O2"]);
    // Everything may be fused here, were it not for the way the kernels are written.
    check(
        "gcc",
        &[
            "-O1",
            "-ffp-contract=fast",
            "-fsanitize=undefined",
            "-fno-sanitize-recover",
        ],
    );
}

#[test]
fn clang_computes_what_litert_computes() {
    check("clang", &["-O2"]);
}
