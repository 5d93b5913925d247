//! Calls of kernels whose weights are packed, as Rust.

use impulse_ir::kernel_args::{Packed, Rescaling, Step};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::values::table;
use crate::model::Net;

/// The stream of weights, and the rescaling where it is the same for all filters.
pub(super) fn constants(name: &Ident, c: &Packed) -> TokenStream {
    let weights = table(&format_ident!("{name}_WEIGHTS"), &c.stream);
    let shared = match c.rescaling {
        Rescaling::Shared(shared) => table(&format_ident!("{name}_SHARED"), &shared),
        _ => TokenStream::new(),
    };
    quote!(#weights #shared)
}

/// The statement that runs step `idx` on the slice `arena`.
pub(super) fn call(
    net: &Net,
    idx: usize,
    step: &Step,
    name: &Ident,
    c: &Packed,
    runtime: &TokenStream,
) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let kernel = format_ident!("{}", step.call.kernel());
    let weights = format_ident!("{name}_WEIGHTS");
    let input = size(net.offset(step.inputs[0]));
    let (output, scratch) = (size(net.offset(step.output)), size(net.scratch(idx)));
    // The compiler makes a copy of a kernel for each layer whose parameters it knows, which pays where
    // there are few.
    let n_calls = net.calls_of(step.call.kernel());
    let shared = |few: usize| {
        let shared = n_calls > few;
        quote!(::<#shared>)
    };
    let shared = match step.call.kernel() {
        "packed_conv2d" => shared(3),
        "packed_rows" => shared(7),
        "packed_fully_connected" => shared(1),
        _ => TokenStream::new(),
    };
    let gemm = match (step.call.kernel(), c.rescaling) {
        ("packed_conv2d" | "packed_rows", Rescaling::Twice) => {
            quote!(&#runtime::kernels::GEMM_TWICE,)
        }
        ("packed_conv2d" | "packed_rows", _) => quote!(&#runtime::kernels::GEMM_LINEAR,),
        ("triple_conv2d", Rescaling::Twice) => quote!(&#runtime::kernels::TRIPLE_TWICE,),
        ("triple_conv2d", _) => quote!(&#runtime::kernels::TRIPLE_LINEAR,),
        _ => TokenStream::new(),
    };
    let factors = match c.rescaling {
        Rescaling::Shared(_) => {
            let factors = format_ident!("{name}_SHARED");
            quote!(&#factors,)
        }
        _ => TokenStream::new(),
    };
    quote! {
        #runtime::kernels::#kernel #shared(
            &#name,
            #gemm
            arena,
            &#runtime::kernels::Places { input: #input, output: #output, scratch: #scratch },
            &#weights,
            #factors
        );
    }
}
