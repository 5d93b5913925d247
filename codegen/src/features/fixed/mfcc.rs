//! The block `mfcc` in integers.

use impulse_ir::features::fixed::FixedMfccTables;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::super::Emit;
use crate::c::text::{array, record};
use crate::rust::values::{Number, table};

impl Emit for FixedMfccTables {
    fn c_header(&self) -> &'static str {
        "impulse_fixed_mfcc.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = super::c_tables(&self.spectrum, &self.mel, name);
        out.push_str(&array("int16_t", &format!("{name}_dct"), &self.dct));
        out.push('\n');
        let fields = super::c_values((&self.spectrum, &self.mel, &self.level), name);
        let mut fields = fields.to_vec();
        fields.push(("n_coefficients", self.n_coefficients.to_string()));
        fields.push(("dct", format!("{name}_dct")));
        fields.push(("shift", self.shift.to_string()));
        out.push_str(&record("impulse_fixed_mfcc", name, &fields));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_fixed_mfcc_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = super::rust_tables(&self.spectrum, &self.mel, name);
        let dct = format_ident!("{name}_DCT");
        let factors = table(&dct, &self.dct);
        let fields = super::rust_values((&self.spectrum, &self.mel, &self.level), name, runtime);
        let (n_coefficients, shift) = (self.n_coefficients.tokens(), self.shift.tokens());
        quote! {
            #tables
            #factors
            const #name: #runtime::features::fixed::Mfcc<'static> =
                #runtime::features::fixed::Mfcc {
                    #fields
                    n_coefficients: #n_coefficients,
                    dct: &#dct,
                    shift: #shift,
                };
        }
    }
}
