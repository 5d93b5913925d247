//! The block `mfe` in integers.

use impulse_ir::features::fixed::FixedMfeTables;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::super::Emit;
use crate::c::text::record;

impl Emit for FixedMfeTables {
    fn c_header(&self) -> &'static str {
        "impulse_fixed_mfe.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = super::c_tables(&self.spectrum, &self.mel, name);
        out.push('\n');
        let fields = super::c_values((&self.spectrum, &self.mel, &self.level), name);
        out.push_str(&record("impulse_fixed_mfe", name, &fields));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_fixed_mfe_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = super::rust_tables(&self.spectrum, &self.mel, name);
        let fields = super::rust_values((&self.spectrum, &self.mel, &self.level), name, runtime);
        quote! {
            #tables
            const #name: #runtime::features::fixed::Mfe<'static> =
                #runtime::features::fixed::Mfe { #fields };
        }
    }
}
