//! The block `mfe`.

use impulse_ir::features::DeviceBlock;
use impulse_ir::features::mfe::MfeTables;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Emit, c_level, mel, rust_level, spectrum, whole};
use crate::c::text::record;

impl Emit for MfeTables {
    fn c_header(&self) -> &'static str {
        "impulse_mfe.h"
    }

    fn needs_whole(&self) -> bool {
        self.whole.is_some()
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = spectrum::c_tables(&self.spectrum, name);
        out.push_str(&mel::c_tables(&self.mel, name));
        out.push('\n');
        out.push_str(&record(
            "impulse_mfe",
            name,
            &[
                ("spectrum", spectrum::c_value(&self.spectrum, name)),
                ("mel", mel::c_value(&self.mel, name)),
                ("level", c_level(&self.level)),
            ],
        ));
        out.push_str(&whole::c_value(
            &self.whole,
            name,
            "mfe",
            self.scratch_len(),
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        whole::c_row(&self.whole, name, "mfe", [frame, scratch])
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = [
            spectrum::rust_tables(&self.spectrum, name),
            mel::rust_tables(&self.mel, name),
        ];
        let spectrum = spectrum::rust_value(&self.spectrum, name, runtime);
        let mel = mel::rust_value(&self.mel, name, runtime);
        let level = rust_level(&self.level, runtime);
        let block = quote!(#runtime::features::Mfe<'static>);
        let whole = whole::rust_value(&self.whole, name, &block, runtime);
        quote! {
            #(#tables)*
            const #name: #runtime::features::Mfe<'static> = #runtime::features::Mfe {
                spectrum: #spectrum,
                mel: #mel,
                level: #level,
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
        let function = quote!(#runtime::features::OfSpectrum::frame);
        whole::rust_row(&self.whole, name, &function, [frame, scratch])
    }
}
