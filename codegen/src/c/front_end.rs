//! The front end of a model in C: the tables of its blocks, and what is done with a frame and
//! with a complete window of each stream.

use impulse_ir::features::fixed::FixedScaling;
use impulse_ir::features::layout::{Array, ArrayKind, Element};
use impulse_ir::features::{DeviceArgs, InputQuantization, Layout, Part};
use impulse_runtime::features::{Deltas, Normalize};
use minijinja::{Value, context};

use super::text::{array, float, record};
use crate::features;
use crate::model::Model;

/// The C type of a value of the state.
pub(crate) fn ctype(element: Element) -> &'static str {
    match element {
        Element::F32 => "float",
        Element::I16 => "int16_t",
        Element::I8 => "int8_t",
        Element::U8 => "uint8_t",
    }
}

/// Whether a block computes in integers.
pub(super) fn has_fixed(layout: &Layout) -> bool {
    layout.parts.iter().any(|part| part.tables.is_fixed())
}

/// Headers of the blocks.
pub(super) fn headers(layout: &Layout) -> Vec<&'static str> {
    let blocks = layout.parts.iter();
    let mut headers: Vec<&str> = blocks
        .map(|part| features::emit(&part.tables).c_header())
        .collect();
    let mut blocks = layout.parts.iter();
    if blocks.any(|part| features::emit(&part.tables).needs_whole()) {
        headers.push("impulse_whole.h");
    }
    for part in layout.parts.iter().filter(|part| part.deltas.is_some()) {
        headers.push(match part.tables.is_fixed() {
            true => "impulse_fixed_deltas.h",
            false => "impulse_deltas.h",
        });
    }
    if has_fixed(layout) {
        headers.push("impulse_fixed_normalize.h");
    }
    headers.sort_unstable();
    headers.dedup();
    headers
}

/// Tables and parameters of the blocks and streams.
pub(super) fn tables(args: &DeviceArgs) -> String {
    let layout = &args.layout;
    let mut out = String::new();
    for (part, quantize) in layout.parts.iter().zip(&args.quantize) {
        out.push_str(&features::emit(&part.tables).c_tables(&part.name));
        let place = part.place;
        out.push_str(&record(
            "impulse_rows",
            &format!("{}_rows", part.name),
            &[
                ("n_frames", part.n_frames.to_string()),
                ("n_columns", part.n_columns.to_string()),
                ("offset", place.offset.to_string()),
                ("row_stride", place.row_stride.to_string()),
                ("per_unit", float(part.grid.per_unit)),
            ],
        ));
        out.push('\n');
        match part.scaling(quantize) {
            Some(scaling) => out.push_str(&c_scaling(&part.name, &scaling)),
            None => out.push_str(&c_quantization(&part.name, quantize)),
        }
        out.push('\n');
    }
    for stream in &layout.streams {
        let frames = stream.frames;
        out.push_str(&record(
            "impulse_frames",
            &format!("frames{}", stream.suffix),
            &[
                ("frame_samples", frames.frame_samples.to_string()),
                ("hop_samples", frames.hop_samples.to_string()),
                ("n_frames", frames.n_frames.to_string()),
                ("stride_samples", frames.stride_samples.to_string()),
                (
                    "sample_bytes",
                    Element::from(layout.sample).bytes().to_string(),
                ),
            ],
        ));
        out.push('\n');
    }
    out
}

/// How the rows of a block in float become int8.
fn c_quantization(name: &str, by: &InputQuantization) -> String {
    let (scales, n) = (&by.inverse_scales, by.inverse_scales.len());
    let table = format!("{name}_inverse_scales");
    let fields = [
        ("inverse_scales", table.clone()),
        ("step", usize::from(n > 1).to_string()),
        ("zero_point", by.zero_point.to_string()),
    ];
    let table = array("float", &table, scales.iter().map(|s| float(*s)));
    let name = format!("{name}_quantization");
    table + &record("impulse_input_quantization", &name, &fields)
}

/// How the rows of a block in integers become int8.
fn c_scaling(name: &str, by: &FixedScaling) -> String {
    let table = format!("{name}_factors");
    let fields = [
        ("spread_min", format!("{}u", by.spread_min)),
        ("factors", table.clone()),
        ("step", usize::from(by.factors.len() > 1).to_string()),
        ("zero_point", by.zero_point.to_string()),
    ];
    let factors = by.factors.iter();
    let factors = factors.map(|f| format!("{{{}, {}}}", f.multiplier, f.shift));
    let table = array("impulse_fixed_factor", &table, factors);
    table + &record("impulse_fixed_scaling", &format!("{name}_scaling"), &fields)
}

/// The streams for the template.
pub(super) fn streams(model: &Model) -> Vec<Value> {
    let layout = &model.args.layout;
    let streams = layout.streams.iter().enumerate();
    streams
        .map(|(idx, stream)| {
            let parts = || layout.parts.iter().filter(|part| part.stream == idx);
            context! {
                suffix => &stream.suffix,
                bit => 1 << idx,
                store => parts().map(store).collect::<Vec<_>>(),
                quantize => parts().map(quantize).collect::<Vec<_>>(),
            }
        })
        .collect()
}

/// Computes a row of `part` and stores it in its ring.
fn store(part: &Part) -> String {
    let is_fixed = part.tables.is_fixed();
    let scratch = match is_fixed {
        true => "state->work.words",
        false => "state->work.numbers",
    };
    let values = features::emit(&part.tables).c_row(&part.name, "frame", scratch);
    let name = &part.name;
    let row = format!(
        "state->features{} + row * {name}_rows.n_columns",
        part.suffix
    );
    match part.normalize {
        Some(_) if is_fixed => {
            format!("impulse_fixed_store(&{name}_rows, {values},\n                        {row});")
        }
        None if is_fixed => format!(
            "impulse_fixed_quantize(&{name}_rows, &{name}_scaling,\n                           {values},\n                           {row});"
        ),
        Some(_) => {
            format!("impulse_rows_store(&{name}_rows, {values},\n                       {row});")
        }
        None => format!(
            "impulse_rows_quantize(&{name}_rows, &{name}_quantization,\n                          {values},\n                          {row});"
        ),
    }
}

/// Brings a complete window of `part` to the network's input.
fn quantize(part: &Part) -> String {
    let (name, ring) = (&part.name, format!("state->features{}", part.suffix));
    match part.normalize {
        Some(normalize) => {
            let normalize = match normalize {
                Normalize::Plain => "IMPULSE_NORMALIZE_PLAIN",
                Normalize::Mean => "IMPULSE_NORMALIZE_MEAN",
                Normalize::MeanVariance => "IMPULSE_NORMALIZE_MEAN_VARIANCE",
            };
            if part.tables.is_fixed() {
                let mut calls = format!(
                    "impulse_fixed_normalize(&{name}_rows, &{name}_scaling, {normalize},\n                            {ring}, first_frame, out);"
                );
                if let Some(Deltas { width, order }) = part.deltas {
                    calls.push_str(&format!(
                        "\n    impulse_fixed_deltas(&{name}_rows, &{name}_scaling, {normalize},\n                         (impulse_deltas){{{width}, {order}}}, {ring}, first_frame, out);"
                    ));
                }
                return calls;
            }
            let mut calls = format!(
                "impulse_rows_normalize(&{name}_rows, {normalize}, &{name}_quantization,\n                           {ring}, first_frame, out);"
            );
            if let Some(Deltas { width, order }) = part.deltas {
                calls.push_str(&format!(
                    "\n    impulse_rows_deltas(&{name}_rows, {normalize}, (impulse_deltas){{{width}, {order}}},\n                        &{name}_quantization, {ring}, first_frame, out);"
                ));
            }
            calls
        }
        None => format!("impulse_rows_copy(&{name}_rows, {ring}, first_frame, out);"),
    }
}

/// The arrays of the state, one declaration each.
pub(super) fn arrays(layout: &Layout) -> Vec<String> {
    let declaration = |array: &Array| {
        let (ctype, name, len) = (ctype(array.element), &array.name, array.len);
        let about = match array.kind {
            ArrayKind::Samples(_) => "samples of the frame that is being filled",
            ArrayKind::Features(_) => "a ring of rows",
            ArrayKind::Input => "the network's input as far as windows are complete",
        };
        format!("{ctype} {name}[{len}]; /* {about} */")
    };
    layout.arrays().iter().map(declaration).collect()
}
