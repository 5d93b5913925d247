//! Calls of kernels whose weights are packed, as C.

use impulse_ir::kernel_args::{Call, Packed, Rescaling, Step};

use super::text::{array, invocation};

/// The stream of weights, and the rescaling where it is the same for all filters.
pub(super) fn constants(name: &str, c: &Packed) -> String {
    let words = |role: &str, words: &[i32]| {
        let words = words.iter().copied().map(super::steps::int32);
        array("int32_t", &format!("{name}_{role}"), words)
    };
    let mut text = words("weights", &c.stream);
    if let Rescaling::Shared(shared) = c.rescaling {
        text += &words("shared", &shared);
    }
    text
}

/// The call, with the places of input, scratch memory and output.
pub(super) fn call(step: &Step, c: &Packed, [input, scratch, output]: [&str; 3]) -> String {
    let name = &step.name;
    let mut args = vec![format!("&{name}")];
    let rescaling = match c.rescaling {
        Rescaling::Twice => "twice",
        _ => "linear",
    };
    match step.call.kernel() {
        "packed_conv2d" | "packed_rows" => args.push(format!("&impulse_gemm_{rescaling}")),
        "triple_conv2d" => args.push(format!("impulse_triple_{rescaling}")),
        _ => {}
    }
    args.extend([input.to_owned(), format!("{name}_weights")]);
    match (&step.call, c.rescaling) {
        (_, Rescaling::Shared(_)) => args.push(format!("{name}_shared")),
        (Call::QuadFullyConnected(..), _) => args.push("0".to_owned()),
        _ => {}
    }
    if !matches!(step.call, Call::QuadFullyConnected(..)) {
        args.push(scratch.to_owned());
    }
    args.push(output.to_owned());
    invocation(&format!("impulse_{}(", step.call.kernel()), &args, 4)
}
