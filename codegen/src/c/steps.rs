//! Kernel calls as C.

use impulse_ir::kernel_args::{Call, Constants, Step};
use minijinja::{Value, context};

use super::packed;
use super::text::{array, float, invocation, kernel_params};
use crate::model::Net;
use crate::params;

/// The declarations and the call of each step.
pub(crate) fn steps(net: &Net) -> Vec<Value> {
    let steps = net.program.steps.iter().enumerate();
    steps
        .map(
            |(idx, step)| context! { declarations => declarations(step), call => call(net, idx, step) },
        )
        .collect()
}

/// Parameters, weights and tables of a step.
fn declarations(step: &Step) -> String {
    let name = &step.name;
    let records = params::records(&step.call).into_iter();
    let records: String = records
        .map(|(behind, record)| kernel_params(&format!("{name}{behind}"), &record))
        .collect();
    records
        + &match &step.call {
            Call::Conv2d(_, c) | Call::DepthwiseConv2d(_, c) | Call::FullyConnected(_, c) => {
                constants(name, c)
            }
            Call::Add(_, Some(values)) | Call::Mul(_, Some(values)) => {
                array("int8_t", &format!("{name}_operand"), values)
            }
            Call::Lookup(_, results) => array("int8_t", &format!("{name}_results"), results),
            Call::Softmax(_, table) => {
                let table = table.iter().map(|&x| float(x));
                array("float", &format!("{name}_exponentials"), table)
            }
            call => call
                .packed()
                .map_or_else(String::new, |c| packed::constants(name, c)),
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
