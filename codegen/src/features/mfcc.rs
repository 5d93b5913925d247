//! The block `mfcc`.

use impulse_ir::features::mfcc::MfccTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Emit, c_level, mel, rust_level, spectrum};
use crate::c::text::{array, float, record};
use crate::rust::values::table;

impl Emit for MfccTables {
    fn c_header(&self) -> &'static str {
        "impulse_mfcc.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let mut out = spectrum::c_tables(&self.spectrum, name);
        out.push_str(&mel::c_tables(&self.mel, name));
        let dct = self.dct.iter().copied().map(float);
        out.push_str(&array("float", &format!("{name}_dct"), dct));
        out.push('\n');
        out.push_str(&record(
            "impulse_mfcc",
            name,
            &[
                ("spectrum", spectrum::c_value(&self.spectrum, name)),
                ("mel", mel::c_value(&self.mel, name)),
                ("level", c_level(&self.level)),
                ("n_coefficients", self.n_coefficients.to_string()),
                ("dct", format!("{name}_dct")),
            ],
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_mfcc_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let tables = [
            spectrum::rust_tables(&self.spectrum, name),
            mel::rust_tables(&self.mel, name),
            table(&format_ident!("{name}_DCT"), &self.dct),
        ];
        let dct = format_ident!("{name}_DCT");
        let spectrum = spectrum::rust_value(&self.spectrum, name, runtime);
        let mel = mel::rust_value(&self.mel, name, runtime);
        let level = rust_level(&self.level, runtime);
        let n_coefficients = Literal::usize_unsuffixed(self.n_coefficients);
        quote! {
            #(#tables)*
            const #name: #runtime::features::Mfcc<'static> = #runtime::features::Mfcc {
                spectrum: #spectrum,
                mel: #mel,
                level: #level,
                n_coefficients: #n_coefficients,
                dct: &#dct,
            };
        }
    }
}
