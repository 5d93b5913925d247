//! Kernel calls as C.

use impulse_ir::kernel_args::{Call, Constants, Step};
use impulse_runtime::kernels::{
    Add, Concatenation, Conv2d, FullyConnected, History, Lookup, Mean, Mul, Pad, Pool2d, Relu,
    Softmax,
};
use minijinja::{Value, context};

use super::packed;
use super::text::{array, float, invocation, list, record};
use crate::model::Net;

/// The declarations and the call of each step.
pub(crate) fn steps(net: &Net) -> Vec<Value> {
    let steps = net.program.steps.iter().enumerate();
    steps
        .map(
            |(idx, step)| context! { declarations => declarations(step), call => call(net, idx, step) },
        )
        .collect()
}

fn declarations(step: &Step) -> String {
    let name = &step.name;
    match &step.call {
        Call::Conv2d(p, c) | Call::DepthwiseConv2d(p, c) => conv2d(name, p) + &constants(name, c),
        Call::FullyConnected(p, c) => fully_connected(name, p) + &constants(name, c),
        Call::PackedConv2d(p, c) => packed::conv2d(name, p, c),
        Call::PackedPointwise(p, c) | Call::PackedFullyConnected(p, c) => packed::rows(name, p, c),
        Call::TripleConv2d(p, c) => packed::triple_conv2d(name, p, c),
        Call::QuadFullyConnected(p, c) => packed::quad_fully_connected(name, p, c),
        Call::PlanarDepthwiseConv2d(p, c) => packed::depthwise_conv2d(name, p, c),
        Call::ColumnDepthwiseConv2d(p, c) => packed::columns(name, p, c),
        Call::HeliumConv2d(p, c) => packed::helium_conv2d(name, p, c),
        Call::HeliumFullyConnected(p, c) => packed::helium_fully_connected(name, p, c),
        Call::HeliumDepthwiseConv2d(p, c) => packed::helium_depthwise_conv2d(name, p, c),
        Call::HeliumSquareDepthwiseConv2d(p, c) => packed::helium_square(name, p, c),
        Call::HeliumAddition(p) => add(name, p),
        Call::MaxPool2d(p) | Call::AvgPool2d(p) => pool2d(name, p),
        Call::Mean(p) => mean(name, p),
        Call::Add(p, constant) => add(name, p) + &operand(name, constant.as_deref()),
        Call::Mul(p, constant) => mul(name, p) + &operand(name, constant.as_deref()),
        Call::Pad(p) => pad(name, p),
        Call::Concatenation(parts) => {
            let parts = parts.iter().enumerate();
            parts
                .map(|(i, p)| concatenation(&format!("{name}_{i}"), p))
                .collect()
        }
        Call::Lookup(p, results) => lookup(name, p, results),
        Call::Relu(p) => relu(name, p),
        Call::Softmax(p, table) => softmax(name, p, table),
        Call::History(p) => history(name, p),
        Call::Alias => String::new(),
    }
}

fn call(net: &Net, idx: usize, step: &Step) -> String {
    let name = &step.name;
    let place = |tensor| format!("arena + {}", net.offset(tensor));
    let inputs: Vec<String> = step.inputs.iter().map(|&t| place(t)).collect();
    let output = place(step.output);
    if let Call::Concatenation(parts) = &step.call {
        let calls = (0..parts.len()).map(|i| {
            let args = [format!("&{name}_{i}"), inputs[i].clone(), output.clone()];
            invocation("impulse_concatenation(", &args, 4)
        });
        return calls.collect::<Vec<_>>().join("\n    ");
    }
    if let Some(c) = step.call.packed() {
        let places = [
            inputs[0].as_str(),
            &format!("arena + {}", net.scratch(idx)),
            &output,
        ];
        return packed::call(step, c, places);
    }
    let mut args = vec![format!("&{name}")];
    args.extend(inputs);
    match &step.call {
        Call::Conv2d(..) | Call::DepthwiseConv2d(..) | Call::FullyConnected(..) => {
            let roles = ["weights", "bias", "multipliers", "shifts"];
            args.extend(roles.map(|role| format!("{name}_{role}")));
        }
        Call::Softmax(..) => args.push(format!("{name}_exponentials")),
        Call::Lookup(..) => args.push(format!("{name}_results")),
        Call::Add(_, Some(_)) | Call::Mul(_, Some(_)) => args.push(format!("{name}_operand")),
        Call::Alias => return format!("/* {name}: the same bytes under another shape */"),
        _ => {}
    }
    args.push(output);
    invocation(&format!("impulse_{}(", step.call.kernel()), &args, 4)
}

fn constants(name: &str, c: &Constants) -> String {
    array("int8_t", &format!("{name}_weights"), &c.weights)
        + &array(
            "int32_t",
            &format!("{name}_bias"),
            c.bias.iter().copied().map(int32),
        )
        + &array("int32_t", &format!("{name}_multipliers"), &c.multipliers)
        + &array("int8_t", &format!("{name}_shifts"), &c.shifts)
}

/// −2³¹ cannot be written as one literal.
pub(super) fn int32(x: i32) -> String {
    if x == i32::MIN {
        "INT32_MIN".to_owned()
    } else {
        x.to_string()
    }
}

fn conv2d(name: &str, p: &Conv2d) -> String {
    record(
        "impulse_conv2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("kernel", list(p.kernel)),
            ("stride", list(p.stride)),
            ("dilation", list(p.dilation)),
            ("pad", list(p.pad)),
            ("input_offset", p.input_offset.to_string()),
            ("output_offset", p.output_offset.to_string()),
            ("clamp", list(p.clamp)),
        ],
    )
}

fn history(name: &str, p: &History) -> String {
    let (new, len) = (p.new.to_string(), p.len.to_string());
    record(
        "impulse_history_params",
        name,
        &[("new_len", new), ("len", len)],
    )
}

fn pool2d(name: &str, p: &Pool2d) -> String {
    record(
        "impulse_pool2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("size", list(p.size)),
            ("stride", list(p.stride)),
            ("pad", list(p.pad)),
            ("clamp", list(p.clamp)),
        ],
    )
}

fn fully_connected(name: &str, p: &FullyConnected) -> String {
    record(
        "impulse_fully_connected_params",
        name,
        &[
            ("rows", p.rows.to_string()),
            ("inputs", p.inputs.to_string()),
            ("units", p.units.to_string()),
            ("input_offset", p.input_offset.to_string()),
            ("weight_offset", p.weight_offset.to_string()),
            ("output_offset", p.output_offset.to_string()),
            ("clamp", list(p.clamp)),
            ("per_unit", p.per_unit.to_string()),
        ],
    )
}

fn mean(name: &str, p: &Mean) -> String {
    record(
        "impulse_mean_params",
        name,
        &[
            ("shape", list(p.shape)),
            ("input_offset", p.input_offset.to_string()),
            ("output_offset", p.output_offset.to_string()),
            ("multiplier", p.multiplier.to_string()),
            ("shift", p.shift.to_string()),
        ],
    )
}

fn add(name: &str, p: &Add) -> String {
    let operands = p.operands.map(|o| list([o.offset, o.multiplier, o.shift]));
    record(
        "impulse_add_params",
        name,
        &[
            ("len", p.len.to_string()),
            ("second_len", p.second_len.to_string()),
            ("operands", list(operands)),
            ("output_offset", p.output_offset.to_string()),
            ("multiplier", p.multiplier.to_string()),
            ("shift", p.shift.to_string()),
            ("clamp", list(p.clamp)),
        ],
    )
}

/// The operand of a sum or a product that is a constant.
fn operand(name: &str, values: Option<&[i8]>) -> String {
    values.map_or_else(String::new, |values| {
        array("int8_t", &format!("{name}_operand"), values)
    })
}

fn mul(name: &str, p: &Mul) -> String {
    record(
        "impulse_mul_params",
        name,
        &[
            ("len", p.len.to_string()),
            ("second_len", p.second_len.to_string()),
            ("offsets", list(p.offsets)),
            ("output_offset", p.output_offset.to_string()),
            ("multiplier", p.multiplier.to_string()),
            ("shift", p.shift.to_string()),
            ("clamp", list(p.clamp)),
        ],
    )
}

fn pad(name: &str, p: &Pad) -> String {
    record(
        "impulse_pad_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("before", list(p.before)),
            ("value", p.value.to_string()),
        ],
    )
}

fn concatenation(name: &str, p: &Concatenation) -> String {
    record(
        "impulse_concatenation_params",
        name,
        &[
            ("rows", p.rows.to_string()),
            ("input_len", p.input_len.to_string()),
            ("output_len", p.output_len.to_string()),
            ("offset", p.offset.to_string()),
        ],
    )
}

fn lookup(name: &str, p: &Lookup, results: &[i8]) -> String {
    record("impulse_lookup_params", name, &[("len", p.len.to_string())])
        + &array("int8_t", &format!("{name}_results"), results)
}

fn relu(name: &str, p: &Relu) -> String {
    record(
        "impulse_relu_params",
        name,
        &[
            ("len", p.len.to_string()),
            ("input_offset", p.input_offset.to_string()),
            ("output_offset", p.output_offset.to_string()),
            ("multiplier", p.multiplier.to_string()),
            ("shift", p.shift.to_string()),
            ("clamp", list(p.clamp)),
        ],
    )
}

fn softmax(name: &str, p: &Softmax, table: &[f32]) -> String {
    let fields = [
        ("rows", p.rows.to_string()),
        ("columns", p.columns.to_string()),
    ];
    record("impulse_softmax_params", name, &fields)
        + &array(
            "float",
            &format!("{name}_exponentials"),
            table.iter().map(|&x| float(x)),
        )
}
