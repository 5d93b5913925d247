//! The blocks in integers. Spectrum and mel filters are parts of both.

mod mfcc;
mod mfe;

use impulse_ir::features::fixed::{FixedMelTables, FixedSpectrumTables};
use impulse_runtime::features::fixed::Level;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{c_pairs, rust_pairs};
use crate::c::text::array;
use crate::rust::values::{Number, table};

/// Tables of spectrum and filters in C.
fn c_tables(spectrum: &FixedSpectrumTables, mel: &FixedMelTables, name: &str) -> String {
    let mut out = String::new();
    if !spectrum.taper.is_empty() {
        out.push_str(&array(
            "uint16_t",
            &format!("{name}_taper"),
            &spectrum.taper,
        ));
    }
    let twiddles = format!("{name}_twiddles");
    out.push_str(&array("int16_t", &twiddles, &spectrum.twiddles));
    out.push_str(&array("int16_t", &format!("{name}_split"), &spectrum.split));
    let segment_bins = format!("{name}_segment_bins");
    out.push_str(&array("uint16_t", &segment_bins, &mel.segment_bins));
    let slopes = format!("{name}_slopes");
    let slopes = c_pairs("uint32_t", &slopes, &mel.slopes, |x| format!("{x}u"));
    out.push_str(&slopes);
    if !mel.gains.is_empty() {
        out.push_str(&array("int32_t", &format!("{name}_gains"), &mel.gains));
    }
    out
}

/// The initializers of spectrum, filters and level in C.
fn c_values(
    (spectrum, mel, level): (&FixedSpectrumTables, &FixedMelTables, &Level),
    name: &str,
) -> [(&'static str, String); 3] {
    let or_0 = |is_empty: bool, part: &str| match is_empty {
        true => "0".to_owned(),
        false => format!("{name}_{part}"),
    };
    let Level {
        floor,
        factor,
        places,
        shift,
        max,
    } = level;
    [
        (
            "spectrum",
            format!(
                "{{\n        .frame_samples = {},\n        .pre_emphasis = {},\n        .taper = {},\n        .fft = {{.len = {}, .twiddles = {name}_twiddles, .split = {name}_split}},\n    }}",
                spectrum.frame_samples,
                spectrum.pre_emphasis,
                or_0(spectrum.taper.is_empty(), "taper"),
                spectrum.fft_samples,
            ),
        ),
        (
            "mel",
            format!(
                "{{\n        .n_filters = {},\n        .first_bin = {},\n        .segment_bins = {name}_segment_bins,\n        .slopes = {name}_slopes,\n        .gains = {},\n    }}",
                mel.n_filters(),
                mel.first_bin,
                or_0(mel.gains.is_empty(), "gains"),
            ),
        ),
        (
            "level",
            format!(
                "{{\n        .floor = {floor},\n        .factor = {factor},\n        .places = {places},\n        .shift = {shift},\n        .max = {max},\n    }}"
            ),
        ),
    ]
}

/// Tables of spectrum and filters in Rust.
fn rust_tables(spectrum: &FixedSpectrumTables, mel: &FixedMelTables, name: &Ident) -> TokenStream {
    let ident = |part: &str| format_ident!("{name}_{part}");
    let tables = [
        table(&ident("TAPER"), &spectrum.taper),
        table(&ident("TWIDDLES"), &spectrum.twiddles),
        table(&ident("SPLIT"), &spectrum.split),
        table(&ident("SEGMENT_BINS"), &mel.segment_bins),
        rust_pairs(&ident("SLOPES"), &mel.slopes),
        table(&ident("GAINS"), &mel.gains),
    ];
    quote!(#(#tables)*)
}

/// The fields of spectrum, filters and level in Rust.
fn rust_values(
    (spectrum, mel, level): (&FixedSpectrumTables, &FixedMelTables, &Level),
    name: &Ident,
    runtime: &TokenStream,
) -> TokenStream {
    let [taper, twiddles, split, segment_bins, slopes, gains] = [
        "TAPER",
        "TWIDDLES",
        "SPLIT",
        "SEGMENT_BINS",
        "SLOPES",
        "GAINS",
    ]
    .map(|part| format_ident!("{name}_{part}"));
    let [frame_samples, len, first_bin] =
        [spectrum.frame_samples, spectrum.fft_samples, mel.first_bin].map(Number::tokens);
    let [floor, factor, places, max] =
        [level.floor, level.factor, level.places, level.max].map(Number::tokens);
    let pre_emphasis = spectrum.pre_emphasis.tokens();
    let shift = level.shift.tokens();
    quote! {
        spectrum: #runtime::features::fixed::Spectrum {
            frame_samples: #frame_samples,
            pre_emphasis: #pre_emphasis,
            taper: &#taper,
            fft: #runtime::features::fixed::RealFft {
                len: #len,
                twiddles: &#twiddles,
                split: &#split,
            },
        },
        mel: #runtime::features::fixed::MelFilters {
            first_bin: #first_bin,
            segment_bins: &#segment_bins,
            slopes: &#slopes,
            gains: &#gains,
        },
        level: #runtime::features::fixed::Level {
            floor: #floor,
            factor: #factor,
            places: #places,
            shift: #shift,
            max: #max,
        },
    }
}
