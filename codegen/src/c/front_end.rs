//! The front end of a model in C: the tables of its blocks, and what is done with a frame and
//! with a complete window of each stream.

use impulse_ir::features::layout::{Array, ArrayKind, Element};
use impulse_ir::features::{DeviceArgs, Layout, Part};
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
    if layout.parts.iter().any(|part| part.deltas.is_some()) {
        headers.push("impulse_deltas.h");
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
        let (scales, n) = (&quantize.inverse_scales, quantize.inverse_scales.len());
        let name = format!("{}_inverse_scales", part.name);
        out.push_str(&array("float", &name, scales.iter().map(|s| float(*s))));
        out.push_str(&record(
            "impulse_input_quantization",
            &format!("{}_quantization", part.name),
            &[
                ("inverse_scales", name),
                ("step", usize::from(n > 1).to_string()),
                ("zero_point", quantize.zero_point.to_string()),
            ],
        ));
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
    let values = features::emit(&part.tables).c_row(&part.name, "frame", "state->work.numbers");
    let name = &part.name;
    let row = format!(
        "state->features{} + row * {name}_rows.n_columns",
        part.suffix
    );
    match part.normalize {
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
