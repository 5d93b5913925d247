//! The block `spectrogram`.

use impulse_ir::features::DeviceBlock;
use impulse_ir::features::spectrogram::{AxesSpectrogramTables, SpectrogramTables};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Emit, c_level, rust_level, signal, spectrum, whole};
use crate::c::text::record;
use crate::rust::values::table;

/// The initializer of the block in C.
fn c_value(tables: &SpectrogramTables, name: &str) -> [(&'static str, String); 2] {
    [
        ("spectrum", spectrum::c_value(&tables.spectrum, name)),
        ("level", c_level(&tables.level)),
    ]
}

/// The value of the block in Rust.
fn rust_value(tables: &SpectrogramTables, name: &Ident, runtime: &TokenStream) -> TokenStream {
    let spectrum = spectrum::rust_value(&tables.spectrum, name, runtime);
    let level = rust_level(&tables.level, runtime);
    quote!(#runtime::features::Spectrogram { spectrum: #spectrum, level: #level })
}

impl Emit for SpectrogramTables {
    fn c_header(&self) -> &'static str {
        "impulse_spectrogram.h"
    }

    fn needs_whole(&self) -> bool {
        self.whole.is_some()
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = spectrum::c_tables(&self.spectrum, name);
        out.push('\n');
        out.push_str(&record("impulse_spectrogram", name, &c_value(self, name)));
        out.push_str(&whole::c_value(
            &self.whole,
            name,
            "spectrogram",
            self.scratch_len(),
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        whole::c_row(&self.whole, name, "spectrogram", [frame, scratch])
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = spectrum::rust_tables(&self.spectrum, name);
        let value = rust_value(self, name, runtime);
        let block = quote!(#runtime::features::Spectrogram<'static>);
        let whole = whole::rust_value(&self.whole, name, &block, runtime);
        quote! {
            #tables
            const #name: #block = #value;
            #whole
        }
    }

    fn rust_row(
        &self,
        name: &Ident,
        frame: &TokenStream,
        scratch: &TokenStream,
        runtime: &TokenStream,
    ) -> TokenStream {
        let function = quote!(#runtime::features::OfSpectrum::frame);
        whole::rust_row(&self.whole, name, &function, [frame, scratch])
    }
}

impl Emit for AxesSpectrogramTables {
    fn c_header(&self) -> &'static str {
        "impulse_spectrogram.h"
    }

    fn needs_whole(&self) -> bool {
        self.axis.whole.is_some()
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = spectrum::c_tables(&self.axis.spectrum, name);
        out.push_str(&signal::c_axes_table(&self.axes, name));
        out.push('\n');
        let [(_, spectrum), (_, level)] = c_value(&self.axis, name);
        let axis =
            format!("{{\n        .spectrum = {spectrum},\n        .level = {level},\n    }}");
        let fields = [
            ("axis", axis),
            ("n_axes", self.n_axes.to_string()),
            ("n_analysed", self.axes.len().to_string()),
            ("axes", format!("{name}_axes")),
        ];
        out.push_str(&record("impulse_axes_spectrogram", name, &fields));
        let scratch_len = self.scratch_len();
        out.push_str(&whole::c_value(
            &self.axis.whole,
            name,
            "axes_spectrogram",
            scratch_len,
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        let kind = "axes_spectrogram";
        whole::c_row(&self.axis.whole, name, kind, [frame, scratch])
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let axes = format_ident!("{name}_AXES");
        let tables = [
            spectrum::rust_tables(&self.axis.spectrum, name),
            table(&axes, &self.axes),
        ];
        let axis = rust_value(&self.axis, name, runtime);
        let n_axes = Literal::usize_unsuffixed(self.n_axes);
        let block = quote!(#runtime::features::AxesSpectrogram<'static>);
        let whole = whole::rust_value(&self.axis.whole, name, &block, runtime);
        quote! {
            #(#tables)*
            const #name: #block = #runtime::features::AxesSpectrogram {
                axis: #axis,
                n_axes: #n_axes,
                axes: &#axes,
            };
            #whole
        }
    }

    fn rust_row(
        &self,
        name: &Ident,
        frame: &TokenStream,
        scratch: &TokenStream,
        runtime: &TokenStream,
    ) -> TokenStream {
        let function = quote!(#runtime::features::AxesSpectrogram::frame);
        whole::rust_row(&self.axis.whole, name, &function, [frame, scratch])
    }
}
