//! The block `mfe`.

use impulse_ir::features::mfe::MfeTables;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{Emit, c_level, mel, rust_level, spectrum};
use crate::c::text::record;

impl Emit for MfeTables {
    fn c_header(&self) -> &'static str {
        "impulse_mfe.h"
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
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_mfe_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = [
            spectrum::rust_tables(&self.spectrum, name),
            mel::rust_tables(&self.mel, name),
        ];
        let spectrum = spectrum::rust_value(&self.spectrum, name, runtime);
        let mel = mel::rust_value(&self.mel, name, runtime);
        let level = rust_level(&self.level, runtime);
        quote! {
            #(#tables)*
            const #name: #runtime::features::Mfe<'static> = #runtime::features::Mfe {
                spectrum: #spectrum,
                mel: #mel,
                level: #level,
            };
        }
    }
}
