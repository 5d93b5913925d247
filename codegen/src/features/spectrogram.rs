//! The block `spectrogram`.

use impulse_ir::features::spectrogram::{AxesSpectrogramTables, SpectrogramTables};
use impulse_ir::features::whole::WholeTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::whole::OverFrames;
use super::{c_level, rust_level, signal, spectrum};
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

impl OverFrames for SpectrogramTables {
    const HEADER: &'static str = "impulse_spectrogram.h";
    const KIND: &'static str = "spectrogram";

    fn whole(&self) -> Option<&WholeTables> {
        self.whole.as_ref()
    }

    fn c_block(&self, name: &str) -> String {
        let mut out = spectrum::c_tables(&self.spectrum, name);
        out.push('\n');
        out.push_str(&record("impulse_spectrogram", name, &c_value(self, name)));
        out
    }

    fn rust_block(&self, name: &Ident, runtime: &TokenStream) -> [TokenStream; 3] {
        [
            spectrum::rust_tables(&self.spectrum, name),
            quote!(#runtime::features::Spectrogram<'static>),
            rust_value(self, name, runtime),
        ]
    }
}

impl OverFrames for AxesSpectrogramTables {
    const HEADER: &'static str = "impulse_spectrogram.h";
    const KIND: &'static str = "axes_spectrogram";

    fn whole(&self) -> Option<&WholeTables> {
        self.axis.whole.as_ref()
    }

    fn c_block(&self, name: &str) -> String {
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
        out
    }

    fn rust_block(&self, name: &Ident, runtime: &TokenStream) -> [TokenStream; 3] {
        let axes = format_ident!("{name}_AXES");
        let spectrum = spectrum::rust_tables(&self.axis.spectrum, name);
        let table = table(&axes, &self.axes);
        let axis = rust_value(&self.axis, name, runtime);
        let n_axes = Literal::usize_unsuffixed(self.n_axes);
        [
            quote!(#spectrum #table),
            quote!(#runtime::features::AxesSpectrogram<'static>),
            quote!(#runtime::features::AxesSpectrogram {
                axis: #axis,
                n_axes: #n_axes,
                axes: &#axes,
            }),
        ]
    }

    fn rust_function(&self, runtime: &TokenStream) -> TokenStream {
        quote!(#runtime::features::AxesSpectrogram::frame)
    }
}
