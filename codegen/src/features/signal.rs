//! Axes, filters and decimations: parts of the blocks of motion.

use impulse_ir::features::spectral::{DecimationTables, SignalTables};
use impulse_runtime::dsp::Section;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::c::text::{array, float};
use crate::rust::values::{Number, list, table};

/// `{{b0, b1, b2}, {a1, a2}, {s1, s2}}` for each section.
fn c_sections(name: &str, sections: &[Section]) -> String {
    if sections.is_empty() {
        return String::new();
    }
    let group = |values: &[f32]| {
        let all: Vec<String> = values.iter().copied().map(float).collect();
        format!("{{{}}}", all.join(", "))
    };
    let rows = sections
        .iter()
        .map(|s| format!("{{{}, {}, {}}}", group(&s.b), group(&s.a), group(&s.start)));
    array("impulse_section", name, rows)
}

/// Tables of a decimation in C, none without stages.
pub(super) fn c_decimation_tables(decimation: &DecimationTables, name: &str) -> String {
    if decimation.ratios.is_empty() {
        return String::new();
    }
    let ratios = array("uint8_t", &format!("{name}_ratios"), &decimation.ratios);
    ratios + &c_sections(&format!("{name}_sections"), &decimation.sections)
}

/// The initializer of a decimation in C.
pub(super) fn c_decimation(decimation: &DecimationTables, name: &str) -> String {
    match decimation.ratios.len() {
        0 => "{.n_stages = 0, .ratios = 0, .sections = 0}".to_owned(),
        n => format!("{{.n_stages = {n}, .ratios = {name}_ratios, .sections = {name}_sections}}"),
    }
}

/// Tables of the axes and of what comes before an analysis, in C.
pub(super) fn c_tables(signal: &SignalTables, name: &str) -> String {
    let mut out = c_axes_table(&signal.axes, name);
    let decimation = format!("{name}_decimation");
    out.push_str(&c_decimation_tables(&signal.decimation, &decimation));
    out.push_str(&c_sections(
        &format!("{name}_filter_sections"),
        &signal.sections,
    ));
    out
}

/// The list of axes in C.
pub(super) fn c_axes_table(axes: &[u8], name: &str) -> String {
    array("uint8_t", &format!("{name}_axes"), axes)
}

/// The initializer of `impulse_axes`.
pub(super) fn c_axes(
    n_samples: usize,
    n_axes: usize,
    axes: &[u8],
    scale: f32,
    name: &str,
) -> String {
    format!(
        "{{\n        .n_samples = {n_samples},\n        .n_axes = {n_axes},\n        .n_analysed = {},\n        .axes = {name}_axes,\n        .scale = {},\n    }}",
        axes.len(),
        float(scale),
    )
}

/// The initializers of axes and conditioning in C.
pub(super) fn c_values(signal: &SignalTables, name: &str) -> [(&'static str, String); 2] {
    let sections = match signal.sections.len() {
        0 => "0".to_owned(),
        _ => format!("{name}_filter_sections"),
    };
    let conditioning = format!(
        "{{\n        .decimation = {},\n        .n_sections = {},\n        .sections = {sections},\n    }}",
        c_decimation(&signal.decimation, &format!("{name}_decimation")),
        signal.sections.len(),
    );
    let axes = c_axes(
        signal.n_samples,
        signal.n_axes,
        &signal.axes,
        signal.scale,
        name,
    );
    [("axes", axes), ("conditioning", conditioning)]
}

fn rust_sections(name: &Ident, sections: &[Section], runtime: &TokenStream) -> TokenStream {
    let len = Literal::usize_unsuffixed(sections.len());
    let rows = sections.iter().map(|s| {
        let [b, a, start] = [&s.b[..], &s.a[..], &s.start[..]].map(|x| list(x.iter().copied()));
        quote!(#runtime::dsp::Section { b: #b, a: #a, start: #start })
    });
    quote!(static #name: [#runtime::dsp::Section; #len] = [#(#rows),*];)
}

/// Tables of a decimation in Rust.
pub(super) fn rust_decimation_tables(
    decimation: &DecimationTables,
    name: &Ident,
    runtime: &TokenStream,
) -> TokenStream {
    let ratios = table(&format_ident!("{name}_RATIOS"), &decimation.ratios);
    let sections = format_ident!("{name}_SECTIONS");
    let sections = rust_sections(&sections, &decimation.sections, runtime);
    quote!(#ratios #sections)
}

/// The value of a decimation in Rust.
pub(super) fn rust_decimation(name: &Ident, runtime: &TokenStream) -> TokenStream {
    let (ratios, sections) = (
        format_ident!("{name}_RATIOS"),
        format_ident!("{name}_SECTIONS"),
    );
    quote!(#runtime::dsp::Decimation { ratios: &#ratios, sections: &#sections })
}

/// Tables of the axes and of what comes before an analysis, in Rust.
pub(super) fn rust_tables(
    signal: &SignalTables,
    name: &Ident,
    runtime: &TokenStream,
) -> TokenStream {
    let axes = table(&format_ident!("{name}_AXES"), &signal.axes);
    let decimation = format_ident!("{name}_DECIMATION");
    let decimation = rust_decimation_tables(&signal.decimation, &decimation, runtime);
    let sections = format_ident!("{name}_FILTER_SECTIONS");
    let sections = rust_sections(&sections, &signal.sections, runtime);
    quote!(#axes #decimation #sections)
}

/// The fields of axes and conditioning in Rust.
pub(super) fn rust_fields(
    signal: &SignalTables,
    name: &Ident,
    runtime: &TokenStream,
) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let (n_samples, n_axes) = (size(signal.n_samples), size(signal.n_axes));
    let scale = signal.scale.tokens();
    let axes = format_ident!("{name}_AXES");
    let decimation = rust_decimation(&format_ident!("{name}_DECIMATION"), runtime);
    let sections = format_ident!("{name}_FILTER_SECTIONS");
    quote! {
        n_samples: #n_samples,
        n_axes: #n_axes,
        axes: &#axes,
        scale: #scale,
        conditioning: #runtime::dsp::Conditioning {
            decimation: #decimation,
            sections: &#sections,
        },
    }
}
