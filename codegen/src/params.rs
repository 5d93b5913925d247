//! The parameters of each kernel's call, once for both languages.
//!
//! A record has the fields of the runtime's structure, whose names and order the C structure shares:
//! `impulse_packed_conv2d_params` of C is `PackedConv2d` of Rust.

use impulse_ir::kernel_args::Call;
use impulse_runtime::kernels::{
    Add, AddOperand, ColumnDepthwiseConv2d, Concatenation, Conv2d, FullyConnected, HeliumConv2d,
    HeliumDepthwiseConv2d, HeliumFullyConnected, HeliumSquareDepthwiseConv2d, History, Lookup,
    Mean, Mul, PackedConv2d, PackedRows, Pad, PlanarDepthwiseConv2d, Pool2d, QuadFullyConnected,
    Relu, Softmax, TripleConv2d,
};

/// The record of a structure. It does not compile where a field is forgotten.
macro_rules! record {
    ($name:ident = $from:expr; $($field:ident),*) => {{
        let $name { $($field),* } = $from;
        Record {
            name: stringify!($name),
            fields: vec![$((stringify!($field), Value::from($field))),*],
        }
    }};
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Size(usize),
    Number(i32),
    Flag(bool),
    List(Vec<Value>),
    Record(Record),
}

/// A structure with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its name in the runtime.
    pub(crate) name: &'static str,
    /// Name and value of each field.
    pub(crate) fields: Vec<(&'static str, Value)>,
}

impl From<usize> for Value {
    fn from(size: usize) -> Self {
        Value::Size(size)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Value::Number(number)
    }
}

impl From<i8> for Value {
    fn from(number: i8) -> Self {
        Value::Number(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

impl From<AddOperand> for Value {
    fn from(operand: AddOperand) -> Self {
        Value::Record(record!(AddOperand = operand; offset, multiplier, shift))
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(values: [T; N]) -> Self {
        Value::List(values.into_iter().map(Into::into).collect())
    }
}

/// The records of a call, each with what its name has behind that of the step.
pub(crate) fn records(call: &Call) -> Vec<(String, Record)> {
    if let Call::Concatenation(parts) = call {
        let parts = parts.iter().enumerate();
        return parts
            .map(|(i, p)| (format!("_{i}"), concatenation(*p)))
            .collect();
    }
    let record = single(call);
    record.map(|r| (String::new(), r)).into_iter().collect()
}

fn concatenation(p: Concatenation) -> Record {
    record!(Concatenation = p; rows, input_len, output_len, offset)
}

/// The record of a call that has one.
fn single(call: &Call) -> Option<Record> {
    Some(match call {
        Call::Alias | Call::Concatenation(_) => return None,
        Call::Conv2d(p, _) | Call::DepthwiseConv2d(p, _) => record!(
            Conv2d = *p;
            input, output, kernel, stride, dilation, pad, input_offset, output_offset, clamp
        ),
        Call::FullyConnected(p, _) => record!(
            FullyConnected = *p;
            rows, inputs, units, input_offset, weight_offset, output_offset, clamp, per_unit
        ),
        Call::PackedConv2d(p, _) => record!(
            PackedConv2d = *p;
            input, output, kernel, stride, row_dilation, pad, pair_words, input_zero, clamp,
            clamps
        ),
        Call::PackedPointwise(p, _) | Call::PackedFullyConnected(p, _) => record!(
            PackedRows = *p;
            rows, inputs, units, pair_words, clamp, clamps
        ),
        Call::TripleConv2d(p, _) => record!(
            TripleConv2d = *p;
            input, output, kernel, stride, row_dilation, pad, taps, part, output_zero,
            input_zero, clamp, clamps, pointwise
        ),
        Call::QuadFullyConnected(p, _) => record!(
            QuadFullyConnected = *p;
            rows, inputs, units, clamp, clamps
        ),
        Call::PlanarDepthwiseConv2d(p, _) => record!(
            PlanarDepthwiseConv2d = *p;
            input, output, stride, pad, plane, input_zero, clamp, clamps
        ),
        Call::ColumnDepthwiseConv2d(p, _) => record!(
            ColumnDepthwiseConv2d = *p;
            output, channels, taps, input_len, pad, tap_step, step, input_zero, output_offset,
            clamp, clamps
        ),
        Call::HeliumConv2d(p, _) => record!(
            HeliumConv2d = *p;
            input, output, kernel, stride, row_dilation, pad, input_zero, output_zero, clamp,
            line, pointwise
        ),
        Call::HeliumFullyConnected(p, _) => record!(
            HeliumFullyConnected = *p;
            rows, inputs, units, multiplier, shift, output_zero, clamp
        ),
        Call::HeliumDepthwiseConv2d(p, _) => record!(
            HeliumDepthwiseConv2d = *p;
            input, output, kernel, stride, dilation, pad, input_zero, output_zero, clamp
        ),
        Call::HeliumSquareDepthwiseConv2d(p, _) => record!(
            HeliumSquareDepthwiseConv2d = *p;
            input, output, pad, input_zero, output_zero, clamp, clamps
        ),
        Call::Add(p, _) | Call::HeliumAddition(p) => record!(
            Add = *p;
            len, second_len, operands, output_offset, multiplier, shift, clamp
        ),
        Call::Mul(p, _) => record!(
            Mul = *p;
            len, second_len, offsets, output_offset, multiplier, shift, clamp
        ),
        Call::MaxPool2d(p) | Call::AvgPool2d(p) => {
            record!(Pool2d = *p; input, output, size, stride, pad, clamp)
        }
        Call::Mean(p) => record!(Mean = *p; shape, input_offset, output_offset, multiplier, shift),
        Call::Pad(p) => record!(Pad = *p; input, output, before, value),
        Call::Lookup(p, _) => record!(Lookup = *p; len),
        Call::Relu(p) => record!(
            Relu = *p;
            len, input_offset, output_offset, multiplier, shift, clamp
        ),
        Call::Softmax(p, _) => record!(Softmax = *p; rows, columns, n_exponentials),
        Call::History(p) => record!(History = *p; new_len, len),
    })
}
