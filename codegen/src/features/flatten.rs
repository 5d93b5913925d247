//! The block `flatten`.

use impulse_ir::features::flatten::FlattenTables;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Emit, signal};
use crate::c::text::record;
use crate::rust::values::{Number, table};

impl Emit for FlattenTables {
    fn c_header(&self) -> &'static str {
        "impulse_flatten.h"
    }

    fn c_tables(&self, name: &str) -> String {
        let axes = signal::c_axes(self.n_samples, self.n_axes, &self.axes, self.scale, name);
        let fields = [
            ("axes", axes),
            ("statistics", format!("{:#x}", self.statistics)),
        ];
        let out = signal::c_axes_table(&self.axes, name);
        format!("{out}\n{}", record("impulse_flatten", name, &fields))
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        format!("impulse_flatten_frame(&{name}, {frame}, {scratch})")
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let axes = format_ident!("{name}_AXES");
        let axes_table = table(&axes, &self.axes);
        let size = Literal::usize_unsuffixed;
        let (n_samples, n_axes) = (size(self.n_samples), size(self.n_axes));
        let (scale, statistics) = (self.scale.tokens(), self.statistics.tokens());
        quote! {
            #axes_table
            const #name: #runtime::features::Flatten<'static> = #runtime::features::Flatten {
                n_samples: #n_samples,
                n_axes: #n_axes,
                axes: &#axes,
                scale: #scale,
                statistics: #statistics,
            };
        }
    }
}
