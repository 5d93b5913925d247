//! Tables of a feature block as Rust.

use impulse_ir::features::mfcc::MfccTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// Items for the tables of `mfcc`, statics `NAME_TAPER` and so on, and the constant
/// `NAME: Mfcc<'static>` over them. `runtime` is the absolute path of the runtime crate.
pub fn tables(mfcc: &MfccTables, name: &str, runtime: &TokenStream) -> TokenStream {
    let name = format_ident!("{name}");
    let table = |part: &str| format_ident!("{name}_{part}");
    let [taper, twiddles, split] = ["TAPER", "TWIDDLES", "SPLIT"].map(table);
    let [segment_bins, weights, dct] = ["SEGMENT_BINS", "WEIGHTS", "DCT"].map(table);
    let statics = [
        floats(&taper, &mfcc.taper),
        floats(&twiddles, &mfcc.twiddles),
        floats(&split, &mfcc.split),
        integers(&segment_bins, &mfcc.mel.segment_bins),
        floats(&weights, &mfcc.mel.weights),
        floats(&dct, &mfcc.dct),
    ];
    let size = Literal::usize_unsuffixed;
    let (frame_samples, hop_samples) = (size(mfcc.frame_samples), size(mfcc.hop_samples));
    let (n_coefficients, len) = (size(mfcc.n_coefficients), size(mfcc.fft_samples));
    let first_bin = size(mfcc.mel.first_bin);
    let pre_emphasis = Literal::f32_unsuffixed(mfcc.pre_emphasis);
    let log_floor = Literal::f32_unsuffixed(mfcc.log_floor);
    quote! {
        #(#statics)*
        const #name: #runtime::features::Mfcc<'static> = #runtime::features::Mfcc {
            frame_samples: #frame_samples,
            hop_samples: #hop_samples,
            n_coefficients: #n_coefficients,
            pre_emphasis: #pre_emphasis,
            log_floor: #log_floor,
            taper: &#taper,
            fft: #runtime::dsp::RealFft { len: #len, twiddles: &#twiddles, split: &#split },
            mel: #runtime::features::mfcc::MelFilters {
                first_bin: #first_bin,
                segment_bins: &#segment_bins,
                weights: &#weights,
            },
            dct: &#dct,
        };
    }
}

fn floats(name: &Ident, values: &[f32]) -> TokenStream {
    let len = Literal::usize_unsuffixed(values.len());
    // The shortest decimal that reads back as the same f32; a sign is a token of its own.
    let literals = values.iter().map(|&x| {
        let magnitude = Literal::f32_unsuffixed(x.abs());
        if x.is_sign_negative() {
            quote!(-#magnitude)
        } else {
            quote!(#magnitude)
        }
    });
    quote!(static #name: [f32; #len] = [#(#literals),*];)
}

fn integers(name: &Ident, values: &[u16]) -> TokenStream {
    let len = Literal::usize_unsuffixed(values.len());
    let literals = values.iter().map(|&x| Literal::u16_unsuffixed(x));
    quote!(static #name: [u16; #len] = [#(#literals),*];)
}
