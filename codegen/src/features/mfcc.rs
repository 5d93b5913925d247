//! The block `mfcc`.

use impulse_ir::features::mfcc::MfccTables;
use impulse_ir::features::whole::WholeTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::whole::OverFrames;
use super::{c_level, mel, rust_level, spectrum};
use crate::c::text::{array, float, record};
use crate::rust::values::table;

impl OverFrames for MfccTables {
    const HEADER: &'static str = "impulse_mfcc.h";
    const KIND: &'static str = "mfcc";

    fn whole(&self) -> Option<&WholeTables> {
        self.whole.as_ref()
    }

    fn c_block(&self, name: &str) -> String {
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
        out
    }

    fn rust_block(&self, name: &Ident, runtime: &TokenStream) -> [TokenStream; 3] {
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
        let value = quote!(#runtime::features::Mfcc {
            spectrum: #spectrum,
            mel: #mel,
            level: #level,
            log_energy: #log_energy,
            n_coefficients: #n_coefficients,
            dct: &#dct,
        });
        [
            quote!(#(#tables)*),
            quote!(#runtime::features::Mfcc<'static>),
            value,
        ]
    }
}
