//! The block `spectrogram`.

use impulse_ir::features::spectrogram::SpectrogramTables;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Emit, c_level, rust_level, spectrum};
use crate::c::text::record;

impl Emit for SpectrogramTables {
    fn c_header(&self) -> &'static str {
        "impulse_spectrogram.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = spectrum::c_tables(&self.spectrum, name);
        out.push('\n');
        out.push_str(&record(
            "impulse_spectrogram",
            name,
            &[
                ("spectrum", spectrum::c_value(&self.spectrum, name)),
                ("level", c_level(&self.level)),
            ],
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_spectrogram_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = spectrum::rust_tables(&self.spectrum, name);
        let spectrum = spectrum::rust_value(&self.spectrum, name, runtime);
        let level = rust_level(&self.level, runtime);
        quote! {
            #tables
            const #name: #runtime::features::Spectrogram<'static> =
                #runtime::features::Spectrogram { spectrum: #spectrum, level: #level };
        }
    }
}
