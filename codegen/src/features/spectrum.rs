//! The spectrum of a frame: a part of the audio blocks.

use impulse_ir::features::stft::SpectrumTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::c::text::{array, float};
use crate::rust::values::{Number, table};

/// Its tables in C.
pub(super) fn c_tables(spectrum: &SpectrumTables, name: &str) -> String {
    let mut out = String::new();
    for (part, values) in [
        ("taper", &spectrum.taper),
        ("twiddles", &spectrum.twiddles),
        ("split", &spectrum.split),
    ] {
        if !values.is_empty() {
            let floats = values.iter().copied().map(float);
            out.push_str(&array("float", &format!("{name}_{part}"), floats));
        }
    }
    out
}

/// The initializer of its structure in C.
pub(super) fn c_value(spectrum: &SpectrumTables, name: &str) -> String {
    let taper = match spectrum.taper.is_empty() {
        true => "0".to_owned(),
        false => format!("{name}_taper"),
    };
    let finish = match spectrum.magnitude {
        true => "impulse_magnitudes",
        false => "0",
    };
    format!(
        "{{\n        .frame_samples = {},\n        .pre_emphasis = {},\n        .scale = {},\n        .taper = {taper},\n        .fft = {{.len = {}, .twiddles = {name}_twiddles, .split = {name}_split}},\n        .finish = {finish},\n    }}",
        spectrum.frame_samples,
        float(spectrum.pre_emphasis),
        float(spectrum.scale),
        spectrum.fft_samples,
    )
}

/// Its tables in Rust.
pub(super) fn rust_tables(spectrum: &SpectrumTables, name: &Ident) -> TokenStream {
    let [taper, twiddles, split] =
        ["TAPER", "TWIDDLES", "SPLIT"].map(|part| format_ident!("{name}_{part}"));
    let tables = [
        table(&taper, &spectrum.taper),
        table(&twiddles, &spectrum.twiddles),
        table(&split, &spectrum.split),
    ];
    quote!(#(#tables)*)
}

/// Its value in Rust.
pub(super) fn rust_value(
    spectrum: &SpectrumTables,
    name: &Ident,
    runtime: &TokenStream,
) -> TokenStream {
    let [taper, twiddles, split] =
        ["TAPER", "TWIDDLES", "SPLIT"].map(|part| format_ident!("{name}_{part}"));
    let size = Literal::usize_unsuffixed;
    let (frame_samples, len) = (size(spectrum.frame_samples), size(spectrum.fft_samples));
    let [pre_emphasis, scale] = [spectrum.pre_emphasis, spectrum.scale].map(Number::tokens);
    let magnitude = spectrum.magnitude;
    quote! {
        #runtime::features::Spectrum {
            frame_samples: #frame_samples,
            pre_emphasis: #pre_emphasis,
            magnitude: #magnitude,
            scale: #scale,
            taper: &#taper,
            fft: #runtime::dsp::RealFft { len: #len, twiddles: &#twiddles, split: &#split },
        }
    }
}
