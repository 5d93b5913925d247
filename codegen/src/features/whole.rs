//! A block over frames, frame by frame or, in Edge Impulse's way, over a whole window at once.

use impulse_ir::features::DeviceBlock;
use impulse_ir::features::whole::WholeTables;
use impulse_runtime::features::Finish;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::Emit;
use crate::c::text::record;

/// A block over frames: what it adds to the rows that it may have of a whole window.
pub(super) trait OverFrames: DeviceBlock {
    /// Its header in C.
    const HEADER: &'static str;

    /// What its C functions are called: `impulse_KIND_frame` and so on.
    const KIND: &'static str;

    /// How the rows of a window are finished; `None` where the block streams.
    fn whole(&self) -> Option<&WholeTables>;

    /// Its tables and its structure `NAME` in C.
    fn c_block(&self, name: &str) -> String;

    /// Its tables, its type and its value in Rust.
    fn rust_block(&self, name: &Ident, runtime: &TokenStream) -> [TokenStream; 3];

    /// The function in Rust that computes a row.
    fn rust_function(&self, runtime: &TokenStream) -> TokenStream {
        quote!(#runtime::features::OfSpectrum::frame)
    }
}

impl<B: OverFrames> Emit for B {
    fn c_header(&self) -> &'static str {
        B::HEADER
    }

    fn needs_whole(&self) -> bool {
        self.whole().is_some()
    }

    fn c_tables(&self, name: &str) -> String {
        let whole = self.whole();
        let whole = whole.map(|whole| c_value(whole, name, B::KIND, self.scratch_len()));
        self.c_block(name) + &whole.unwrap_or_default()
    }

    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String {
        let kind = B::KIND;
        match self.whole() {
            Some(_) => format!("impulse_whole_frame(&{name}_whole, {frame}, {scratch})"),
            None => format!("impulse_{kind}_frame(&{name}, {frame}, {scratch})"),
        }
    }

    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream {
        let [tables, ty, value] = self.rust_block(name, runtime);
        let whole = self.whole();
        let whole = whole.map(|whole| rust_value(whole, name, &ty, runtime));
        quote! {
            #tables
            const #name: #ty = #value;
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
        match self.whole() {
            Some(_) => {
                let constant = format_ident!("{name}_WHOLE");
                quote!(#constant.frame(#frame, #scratch))
            }
            None => {
                let function = self.rust_function(runtime);
                quote!(#function(&#name, #frame, #scratch))
            }
        }
    }
}

/// The definition of `NAME_whole` in C over the block `NAME`, whose functions are `impulse_KIND_row` and
/// so on and which needs `scratch_len` numbers.
fn c_value(whole: &WholeTables, name: &str, kind: &str, scratch_len: usize) -> String {
    let work_len = scratch_len - whole.n_frames * whole.n_columns;
    let (finish, n_around) = match whole.finish {
        Finish::None => ("NONE", 0),
        Finish::Rise => ("RISE", 0),
        Finish::Byte => ("BYTE", 0),
        Finish::Slide(n) => ("SLIDE", n),
    };
    record(
        "impulse_whole",
        &format!("{name}_whole"),
        &[
            ("row", format!("impulse_{kind}_row")),
            ("block", format!("&{name}")),
            ("window_samples", whole.window_samples.to_string()),
            ("hop_samples", whole.hop_samples.to_string()),
            ("n_frames", whole.n_frames.to_string()),
            ("n_columns", whole.n_columns.to_string()),
            ("work_len", work_len.to_string()),
            ("finish", format!("IMPULSE_FINISH_{finish}")),
            ("n_around", n_around.to_string()),
        ],
    )
}

/// The constant `NAME_WHOLE` in Rust over the block `NAME`, whose type is `block`.
fn rust_value(
    whole: &WholeTables,
    name: &Ident,
    block: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let [frame_samples, hop_samples] = [whole.frame_samples, whole.hop_samples].map(size);
    let [n_frames, n_columns] = [whole.n_frames, whole.n_columns].map(size);
    let finish = match whole.finish {
        Finish::None => quote!(None),
        Finish::Rise => quote!(Rise),
        Finish::Byte => quote!(Byte),
        Finish::Slide(n) => {
            let n = size(n);
            quote!(Slide(#n))
        }
    };
    let constant = format_ident!("{name}_WHOLE");
    quote! {
        const #constant: #runtime::features::Whole<#block> = #runtime::features::Whole {
            block: #name,
            frame_samples: #frame_samples,
            hop_samples: #hop_samples,
            n_frames: #n_frames,
            n_columns: #n_columns,
            finish: #runtime::features::Finish::#finish,
        };
    }
}
