//! The block `raw`.

use impulse_ir::features::raw::RawTables;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{Emit, signal};
use crate::c::text::{float, record};
use crate::rust::values::{Number, table};

impl Emit for RawTables {
    fn c_header(&self) -> &'static str {
        "impulse_raw.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let fields = [
            ("n_analysed", self.axes.len().to_string()),
            ("axes", format!("{name}_axes")),
            ("scale", float(self.scale)),
        ];
        let out = signal::c_axes_table(&self.axes, name);
        format!("{out}\n{}", record("impulse_raw", name, &fields))
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_raw_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let axes = format_ident!("{name}_AXES");
        let (axes_table, scale) = (table(&axes, &self.axes), self.scale.tokens());
        quote! {
            #axes_table
            const #name: #runtime::features::Raw<'static> =
                #runtime::features::Raw { axes: &#axes, scale: #scale };
        }
    }
}
