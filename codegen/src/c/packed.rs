//! Calls of kernels whose weights are packed, as C.

use impulse_ir::kernel_args::{Call, Packed, Rescaling, Step};
use impulse_runtime::kernels::{
    ColumnDepthwiseConv2d, HeliumConv2d, HeliumDepthwiseConv2d, HeliumFullyConnected,
    HeliumSquareDepthwiseConv2d, PackedConv2d, PackedRows, PlanarDepthwiseConv2d,
    QuadFullyConnected, TripleConv2d,
};

use super::text::{array, invocation, list, record};

pub(super) fn conv2d(name: &str, p: &PackedConv2d, c: &Packed) -> String {
    let params = record(
        "impulse_packed_conv2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("kernel", list(p.kernel)),
            ("stride", list(p.stride)),
            ("row_dilation", p.row_dilation.to_string()),
            ("pad", list(p.pad)),
            ("pair_words", p.pair_words.to_string()),
            ("input_zero", p.input_zero.to_string()),
            ("clamp", list(p.clamp)),
            ("clamps", p.clamps.to_string()),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn rows(name: &str, p: &PackedRows, c: &Packed) -> String {
    let params = record(
        "impulse_packed_rows_params",
        name,
        &[
            ("rows", p.rows.to_string()),
            ("inputs", p.inputs.to_string()),
            ("units", p.units.to_string()),
            ("pair_words", p.pair_words.to_string()),
            ("clamp", list(p.clamp)),
            ("clamps", p.clamps.to_string()),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn triple_conv2d(name: &str, p: &TripleConv2d, c: &Packed) -> String {
    let params = record(
        "impulse_triple_conv2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("kernel", list(p.kernel)),
            ("stride", list(p.stride)),
            ("row_dilation", p.row_dilation.to_string()),
            ("pad", list(p.pad)),
            ("taps", p.taps.to_string()),
            ("part", p.part.to_string()),
            ("output_zero", p.output_zero.to_string()),
            ("input_zero", p.input_zero.to_string()),
            ("clamp", list(p.clamp)),
            ("clamps", p.clamps.to_string()),
            ("pointwise", p.pointwise.to_string()),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn quad_fully_connected(name: &str, p: &QuadFullyConnected, c: &Packed) -> String {
    let params = record(
        "impulse_quad_fully_connected_params",
        name,
        &[
            ("rows", p.rows.to_string()),
            ("inputs", p.inputs.to_string()),
            ("units", p.units.to_string()),
            ("clamp", list(p.clamp)),
            ("clamps", p.clamps.to_string()),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn depthwise_conv2d(name: &str, p: &PlanarDepthwiseConv2d, c: &Packed) -> String {
    let params = record(
        "impulse_planar_depthwise_conv2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("stride", p.stride.to_string()),
            ("pad", list(p.pad)),
            ("plane", list(p.plane)),
            ("input_zero", p.input_zero.to_string()),
            ("clamp", list(p.clamp)),
            ("clamps", p.clamps.to_string()),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn columns(name: &str, p: &ColumnDepthwiseConv2d, c: &Packed) -> String {
    let params = record(
        "impulse_column_depthwise_conv2d_params",
        name,
        &[
            ("output", list(p.output)),
            ("channels", p.channels.to_string()),
            ("taps", p.taps.to_string()),
            ("input_len", p.input_len.to_string()),
            ("pad", p.pad.to_string()),
            ("tap_step", p.tap_step.to_string()),
            ("step", list(p.step)),
            ("input_zero", p.input_zero.to_string()),
            ("output_offset", p.output_offset.to_string()),
            ("clamp", list(p.clamp)),
            ("clamps", p.clamps.to_string()),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn helium_conv2d(name: &str, p: &HeliumConv2d, c: &Packed) -> String {
    let params = record(
        "impulse_helium_conv2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("kernel", list(p.kernel)),
            ("stride", list(p.stride)),
            ("row_dilation", p.row_dilation.to_string()),
            ("pad", list(p.pad)),
            ("input_zero", p.input_zero.to_string()),
            ("output_zero", p.output_zero.to_string()),
            ("clamp", list(p.clamp)),
            ("line", p.line.to_string()),
            ("pointwise", p.pointwise.to_string()),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn helium_fully_connected(name: &str, p: &HeliumFullyConnected, c: &Packed) -> String {
    let params = record(
        "impulse_helium_fully_connected_params",
        name,
        &[
            ("rows", p.rows.to_string()),
            ("inputs", p.inputs.to_string()),
            ("units", p.units.to_string()),
            ("multiplier", p.multiplier.to_string()),
            ("shift", p.shift.to_string()),
            ("output_zero", p.output_zero.to_string()),
            ("clamp", list(p.clamp)),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn helium_depthwise_conv2d(name: &str, p: &HeliumDepthwiseConv2d, c: &Packed) -> String {
    let params = record(
        "impulse_helium_depthwise_conv2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("kernel", list(p.kernel)),
            ("stride", list(p.stride)),
            ("dilation", list(p.dilation)),
            ("pad", list(p.pad)),
            ("input_zero", p.input_zero.to_string()),
            ("output_zero", p.output_zero.to_string()),
            ("clamp", list(p.clamp)),
        ],
    );
    params + &constants(name, c)
}

pub(super) fn helium_square(name: &str, p: &HeliumSquareDepthwiseConv2d, c: &Packed) -> String {
    let params = record(
        "impulse_helium_square_depthwise_conv2d_params",
        name,
        &[
            ("input", list(p.input)),
            ("output", list(p.output)),
            ("pad", list(p.pad)),
            ("input_zero", p.input_zero.to_string()),
            ("output_zero", p.output_zero.to_string()),
            ("clamp", list(p.clamp)),
            ("clamps", p.clamps.to_string()),
        ],
    );
    params + &constants(name, c)
}

fn constants(name: &str, c: &Packed) -> String {
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
