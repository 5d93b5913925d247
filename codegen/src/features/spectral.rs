//! The blocks `spectral` and `wavelet`.

use impulse_ir::features::spectral::{SpectralTables, WaveletTables};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Emit, signal};
use crate::c::text::{array, float, record};
use crate::rust::values::{list, table};

impl Emit for SpectralTables {
    fn c_header(&self) -> &'static str {
        "impulse_spectral.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = signal::c_tables(&self.signal, name);
        for (part, values) in [("twiddles", &self.twiddles), ("split", &self.split)] {
            let floats = values.iter().copied().map(float);
            out.push_str(&array("float", &format!("{name}_{part}"), floats));
        }
        let low = format!("{name}_low");
        out.push_str(&signal::c_decimation_tables(&self.low, &low));
        out.push('\n');
        let fft = format!(
            "{{.len = {}, .twiddles = {name}_twiddles, .split = {name}_split}}",
            self.fft_samples
        );
        let bins = |[first, end]: [usize; 2]| format!("{{.first = {first}, .end = {end}}}");
        let [axes, conditioning] = signal::c_values(&self.signal, name);
        out.push_str(&record(
            "impulse_spectral",
            name,
            &[
                axes,
                conditioning,
                ("fft", fft),
                ("hop_samples", self.hop_samples.to_string()),
                ("log", self.log.to_string()),
                ("bins", bins(self.bins)),
                ("low", signal::c_decimation(&self.low, &low)),
                ("low_bins", bins(self.low_bins)),
            ],
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_spectral_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = signal::rust_tables(&self.signal, name, runtime);
        let [twiddles, split, low] =
            ["TWIDDLES", "SPLIT", "LOW"].map(|part| format_ident!("{name}_{part}"));
        let fft_tables = [
            table(&twiddles, &self.twiddles),
            table(&split, &self.split),
            signal::rust_decimation_tables(&self.low, &low, runtime),
        ];
        let fields = signal::rust_fields(&self.signal, name, runtime);
        let low = signal::rust_decimation(&low, runtime);
        let size = Literal::usize_unsuffixed;
        let (len, hop_samples, log) = (size(self.fft_samples), size(self.hop_samples), self.log);
        let (bins, low_bins) = (list(self.bins), list(self.low_bins));
        quote! {
            #tables
            #(#fft_tables)*
            const #name: #runtime::features::Spectral<'static> = #runtime::features::Spectral {
                #fields
                fft: #runtime::dsp::RealFft { len: #len, twiddles: &#twiddles, split: &#split },
                hop_samples: #hop_samples,
                log: #log,
                bins: #bins,
                low: #low,
                low_bins: #low_bins,
            };
        }
    }
}

impl Emit for WaveletTables {
    fn c_header(&self) -> &'static str {
        "impulse_wavelet.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = signal::c_tables(&self.signal, name);
        for (part, values) in [("low", &self.low), ("high", &self.high)] {
            let floats = values.iter().copied().map(float);
            out.push_str(&array("float", &format!("{name}_{part}"), floats));
        }
        out.push('\n');
        let [axes, conditioning] = signal::c_values(&self.signal, name);
        out.push_str(&record(
            "impulse_wavelet",
            name,
            &[
                axes,
                conditioning,
                ("n_taps", self.low.len().to_string()),
                ("low", format!("{name}_low")),
                ("high", format!("{name}_high")),
                ("n_levels", self.n_levels.to_string()),
            ],
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_wavelet_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = signal::rust_tables(&self.signal, name, runtime);
        let [low, high] = ["LOW", "HIGH"].map(|part| format_ident!("{name}_{part}"));
        let filters = [table(&low, &self.low), table(&high, &self.high)];
        let fields = signal::rust_fields(&self.signal, name, runtime);
        let n_levels = Literal::usize_unsuffixed(self.n_levels);
        quote! {
            #tables
            #(#filters)*
            const #name: #runtime::features::WaveletBands<'static> =
                #runtime::features::WaveletBands {
                    #fields
                    wavelet: #runtime::dsp::Wavelet { low: &#low, high: &#high },
                    n_levels: #n_levels,
                };
        }
    }
}
