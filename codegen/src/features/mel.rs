//! Mel filters: a part of `mfcc` and `mfe`.

use impulse_ir::features::mel::MelTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{c_pairs, rust_pairs};
use crate::c::text::{array, float};
use crate::rust::values::table;

/// Their tables in C.
pub(super) fn c_tables(mel: &MelTables, name: &str) -> String {
    let mut out = array(
        "uint16_t",
        &format!("{name}_segment_bins"),
        &mel.segment_bins,
    );
    let slopes = format!("{name}_slopes");
    out.push_str(&c_pairs("float", &slopes, &mel.slopes, float));
    if !mel.gains.is_empty() {
        let gains = mel.gains.iter().copied().map(float);
        out.push_str(&array("float", &format!("{name}_gains"), gains));
    }
    out
}

/// The initializer of their structure in C.
pub(super) fn c_value(mel: &MelTables, name: &str) -> String {
    let gains = match mel.gains.is_empty() {
        true => "0".to_owned(),
        false => format!("{name}_gains"),
    };
    format!(
        "{{\n        .n_filters = {},\n        .first_bin = {},\n        .segment_bins = {name}_segment_bins,\n        .slopes = {name}_slopes,\n        .gains = {gains},\n        .on_bins = {},\n    }}",
        mel.n_filters(),
        mel.first_bin,
        mel.on_bins,
    )
}

/// Their tables in Rust.
pub(super) fn rust_tables(mel: &MelTables, name: &Ident) -> TokenStream {
    let [segment_bins, slopes, gains] =
        ["SEGMENT_BINS", "SLOPES", "GAINS"].map(|part| format_ident!("{name}_{part}"));
    let tables = [
        table(&segment_bins, &mel.segment_bins),
        rust_pairs(&slopes, &mel.slopes),
        table(&gains, &mel.gains),
    ];
    quote!(#(#tables)*)
}

/// Their value in Rust.
pub(super) fn rust_value(mel: &MelTables, name: &Ident, runtime: &TokenStream) -> TokenStream {
    let [segment_bins, slopes, gains] =
        ["SEGMENT_BINS", "SLOPES", "GAINS"].map(|part| format_ident!("{name}_{part}"));
    let first_bin = Literal::usize_unsuffixed(mel.first_bin);
    let on_bins = mel.on_bins;
    quote! {
        #runtime::features::MelFilters {
            first_bin: #first_bin,
            segment_bins: &#segment_bins,
            slopes: &#slopes,
            gains: &#gains,
            on_bins: #on_bins,
        }
    }
}
