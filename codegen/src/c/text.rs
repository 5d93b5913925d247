//! Pieces of C: numbers, arrays, parameter structures.

use std::fmt::{Display, Write};

use crate::params::{Record, Value};
use crate::template;

/// Columns that generated lines keep to.
const WIDTH: usize = 100;

/// `text` as the first lines of a comment, each after the first begun as one of C's.
pub(crate) fn comment(text: &str) -> String {
    format!("/* {}", template::wrapped(text, WIDTH - 3).join("\n * "))
}

/// A `float` literal that reads back as exactly `x`, which is finite.
pub(crate) fn float(x: f32) -> String {
    // The shortest decimal that rounds to x, always with a point or an exponent.
    format!("{x:?}f")
}

/// A definition `static const TYPE NAME[LEN] = {…};` with as many values a line as fit.
pub(crate) fn array<T: Display>(
    ctype: &str,
    name: &str,
    values: impl IntoIterator<Item = T>,
) -> String {
    let mut body = String::new();
    let mut column = 0;
    let mut count = 0;
    for value in values {
        let text = format!("{value},");
        if column == 0 || column + 1 + text.len() > WIDTH {
            body.push_str("\n   ");
            column = 3;
        }
        body.push(' ');
        body.push_str(&text);
        column += 1 + text.len();
        count += 1;
    }
    format!("static const {ctype} {name}[{count}] = {{{body}\n}};\n")
}

/// A definition `static const TYPE NAME = { .field = value, … };`.
pub(crate) fn record(ctype: &str, name: &str, fields: &[(&str, String)]) -> String {
    let mut out = format!("static const {ctype} {name} = {{\n");
    for (field, value) in fields {
        let _ = writeln!(out, "    .{field} = {value},");
    }
    out.push_str("};\n");
    out
}

/// The definition of a kernel's parameters.
pub(crate) fn kernel_params(name: &str, params: &Record) -> String {
    let fields = params.fields.iter();
    let fields: Vec<_> = fields.map(|(name, v)| (*name, initializer(v))).collect();
    record(&structure(params.name), name, &fields)
}

/// `impulse_packed_conv2d_params`, where the runtime has `PackedConv2d`.
fn structure(name: &str) -> String {
    let mut out = "impulse".to_owned();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out + "_params"
}

fn initializer(value: &Value) -> String {
    match value {
        Value::Size(size) => size.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::List(values) => list(values.iter().map(initializer)),
        Value::Record(record) => list(record.fields.iter().map(|(_, value)| initializer(value))),
    }
}

/// `{1, 2, 3}`.
pub(crate) fn list<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = values.into_iter().map(|v| v.to_string()).collect();
    format!("{{{}}}", all.join(", "))
}

/// A call `OPENarg, arg);` at column `indent`, broken between arguments where it is too long.
pub(crate) fn invocation(open: &str, args: &[String], indent: usize) -> String {
    let mut out = open.to_owned();
    let mut column = indent + open.len();
    for (i, arg) in args.iter().enumerate() {
        let end = if i + 1 == args.len() { ");" } else { "," };
        if i > 0 && column + 1 + arg.len() + end.len() > WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(indent + open.len()));
            column = indent + open.len();
        } else if i > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(arg);
        out.push_str(end);
        column += arg.len() + end.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_back() {
        for x in [0.0f32, 1.0, -0.1, 1e-45, f32::MAX, 1.0 / 3.0, 16_777_216.0] {
            let text = float(x);
            assert!(text.contains(['.', 'e']), "{text}");
            assert_eq!(text.trim_end_matches('f').parse::<f32>(), Ok(x));
        }
    }

    #[test]
    fn structures_are_named_after_those_of_the_runtime() {
        assert_eq!(structure("Add"), "impulse_add_params");
        assert_eq!(structure("PackedConv2d"), "impulse_packed_conv2d_params");
    }

    #[test]
    fn calls_break_between_arguments() {
        let args = |n| vec!["argument".to_owned(); n];
        assert_eq!(invocation("f(", &args(2), 4), "f(argument, argument);");
        let long = invocation("f(", &args(20), 4);
        assert!(
            long.lines().all(|l| l.len() <= WIDTH && !l.ends_with(' ')),
            "{long}"
        );
        assert_eq!(long.matches("argument").count(), 20);
        assert!(long.contains(",\n      argument"), "{long}");
    }

    #[test]
    fn arrays_wrap() {
        let text = array("int8_t", "a", [-128i8; 40]);
        assert!(text.starts_with("static const int8_t a[40] = {\n    -128, -128,"));
        assert!(text.lines().all(|l| l.len() <= WIDTH));
        assert_eq!(text.matches("-128").count(), 40);
    }
}
