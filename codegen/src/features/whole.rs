//! A block over frames, frame by frame or, in Edge Impulse's way, over a whole window at once.

use impulse_ir::features::whole::WholeTables;
use impulse_runtime::features::Finish;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::c::text::record;

/// The definition of `NAME_whole` in C over the block `NAME`, whose functions are `impulse_KIND_row` and
/// so on and which needs `scratch_len` numbers; nothing for a block that streams.
pub(super) fn c_value(
    whole: &Option<WholeTables>,
    name: &str,
    kind: &str,
    scratch_len: usize,
) -> String {
    let Some(whole) = whole else {
        return String::new();
    };
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

/// The row of a block in C: that of a frame, or of a whole window.
pub(super) fn c_row(
    whole: &Option<WholeTables>,
    name: &str,
    kind: &str,
    [frame, scratch]: [&str; 2],
) -> String {
    match whole {
        Some(_) => format!("impulse_whole_frame(&{name}_whole, {frame}, {scratch})"),
        None => format!("impulse_{kind}_frame(&{name}, {frame}, {scratch})"),
    }
}

/// The constant `NAME_WHOLE` in Rust over the block `NAME`, whose type is `block`.
pub(super) fn rust_value(
    whole: &Option<WholeTables>,
    name: &Ident,
    block: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    let Some(whole) = whole else {
        return quote!();
    };
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

/// The row of a block in Rust: that of a frame, by `function`, or of a whole window.
pub(super) fn rust_row(
    whole: &Option<WholeTables>,
    name: &Ident,
    function: &TokenStream,
    [frame, scratch]: [&TokenStream; 2],
) -> TokenStream {
    match whole {
        Some(_) => {
            let constant = format_ident!("{name}_WHOLE");
            quote!(#constant.frame(#frame, #scratch))
        }
        None => quote!(#function(&#name, #frame, #scratch)),
    }
}
