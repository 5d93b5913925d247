//! The block `mfe`.

use impulse_ir::features::mfe::MfeTables;
use impulse_ir::features::whole::WholeTables;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::whole::OverFrames;
use super::{c_level, mel, rust_level, spectrum};
use crate::c::text::record;

impl OverFrames for MfeTables {
    const HEADER: &'static str = "impulse_mfe.h";
    const KIND: &'static str = "mfe";

    fn whole(&self) -> Option<&WholeTables> {
        self.whole.as_ref()
    }

    fn c_block(&self, name: &str) -> String {
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

    fn rust_block(&self, name: &Ident, runtime: &TokenStream) -> [TokenStream; 3] {
        let tables = [
            spectrum::rust_tables(&self.spectrum, name),
            mel::rust_tables(&self.mel, name),
        ];
        let spectrum = spectrum::rust_value(&self.spectrum, name, runtime);
        let mel = mel::rust_value(&self.mel, name, runtime);
        let level = rust_level(&self.level, runtime);
        let value = quote!(#runtime::features::Mfe {
            spectrum: #spectrum,
            mel: #mel,
            level: #level,
        });
        [
            quote!(#(#tables)*),
            quote!(#runtime::features::Mfe<'static>),
            value,
        ]
    }
}
