//! The block `mfcc`.

use impulse_ir::features::DeviceBlock;
use impulse_ir::features::mfcc::MfccTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Emit, c_level, mel, rust_level, spectrum, whole};
use crate::c::text::{array, float, record};
use crate::rust::values::table;

impl Emit for MfccTables {
    fn c_header(&self) -> &'static str {
        "impulse_mfcc.h"
    }

    fn needs_whole(&self) -> bool {
        self.whole.is_some()
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
                ("log_energy", self.log_energy.to_string()),
                ("n_coefficients", self.n_coefficients.to_string()),
                ("dct", format!("{name}_dct")),
            ],
        ));
        out.push_str(&whole::c_value(
            &self.whole,
            name,
            "mfcc",
            self.scratch_len(),
        ));
        out
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        whole::c_row(&self.whole, name, "mfcc", [frame, scratch])
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
        let log_energy = self.log_energy;
        let n_coefficients = Literal::usize_unsuffixed(self.n_coefficients);
        let block = quote!(#runtime::features::Mfcc<'static>);
        let whole = whole::rust_value(&self.whole, name, &block, runtime);
        quote! {
            #(#tables)*
            const #name: #runtime::features::Mfcc<'static> = #runtime::features::Mfcc {
                spectrum: #spectrum,
                mel: #mel,
                level: #level,
                log_energy: #log_energy,
                n_coefficients: #n_coefficients,
                dct: &#dct,
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
