//! Calls of kernels whose weights are packed, as Rust.

use impulse_ir::kernel_args::{Packed, Rescaling, Step};
use impulse_runtime::kernels::{
    ColumnDepthwiseConv2d, HeliumConv2d, HeliumDepthwiseConv2d, HeliumFullyConnected,
    HeliumSquareDepthwiseConv2d, PackedConv2d, PackedRows, PlanarDepthwiseConv2d,
    QuadFullyConnected, TripleConv2d,
};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::values::{Number, list, table};
use crate::model::Net;

pub(super) fn conv2d(p: &PackedConv2d) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let (input, output, kernel) = (list(p.input), list(p.output), list(p.kernel));
    let (stride, pad, clamp) = (list(p.stride), list(p.pad), list(p.clamp));
    let (row_dilation, pair_words) = (size(p.row_dilation), size(p.pair_words));
    let (input_zero, clamps) = (p.input_zero.tokens(), p.clamps);
    quote!({
        input: #input,
        output: #output,
        kernel: #kernel,
        stride: #stride,
        row_dilation: #row_dilation,
        pad: #pad,
        pair_words: #pair_words,
        input_zero: #input_zero,
        clamp: #clamp,
        clamps: #clamps,
    })
}

pub(super) fn rows(p: &PackedRows) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let (rows, inputs, units) = (size(p.rows), size(p.inputs), size(p.units));
    let (pair_words, clamp, clamps) = (size(p.pair_words), list(p.clamp), p.clamps);
    quote!({
        rows: #rows,
        inputs: #inputs,
        units: #units,
        pair_words: #pair_words,
        clamp: #clamp,
        clamps: #clamps,
    })
}

pub(super) fn triple_conv2d(p: &TripleConv2d) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let (input, output, kernel) = (list(p.input), list(p.output), list(p.kernel));
    let (stride, pad, clamp) = (list(p.stride), list(p.pad), list(p.clamp));
    let (row_dilation, taps, part) = (size(p.row_dilation), size(p.taps), size(p.part));
    let (output_zero, input_zero) = (p.output_zero.tokens(), p.input_zero.tokens());
    let (clamps, pointwise) = (p.clamps, p.pointwise);
    quote!({
        input: #input,
        output: #output,
        kernel: #kernel,
        stride: #stride,
        row_dilation: #row_dilation,
        pad: #pad,
        taps: #taps,
        part: #part,
        output_zero: #output_zero,
        input_zero: #input_zero,
        clamp: #clamp,
        clamps: #clamps,
        pointwise: #pointwise,
    })
}

pub(super) fn quad_fully_connected(p: &QuadFullyConnected) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let (rows, inputs, units) = (size(p.rows), size(p.inputs), size(p.units));
    let (clamp, clamps) = (list(p.clamp), p.clamps);
    quote!({
        rows: #rows,
        inputs: #inputs,
        units: #units,
        clamp: #clamp,
        clamps: #clamps,
    })
}

pub(super) fn depthwise_conv2d(p: &PlanarDepthwiseConv2d) -> TokenStream {
    let (input, output, pad) = (list(p.input), list(p.output), list(p.pad));
    let (plane, stride) = (list(p.plane), Literal::usize_unsuffixed(p.stride));
    let (input_zero, clamp, clamps) = (p.input_zero.tokens(), list(p.clamp), p.clamps);
    quote!({
        input: #input,
        output: #output,
        stride: #stride,
        pad: #pad,
        plane: #plane,
        input_zero: #input_zero,
        clamp: #clamp,
        clamps: #clamps,
    })
}

pub(super) fn columns(p: &ColumnDepthwiseConv2d) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let (output, step, clamp, clamps) = (list(p.output), list(p.step), list(p.clamp), p.clamps);
    let (channels, taps, tap_step) = (size(p.channels), size(p.taps), size(p.tap_step));
    let (input_len, pad) = (size(p.input_len), size(p.pad));
    let (input_zero, output_offset) = (p.input_zero.tokens(), p.output_offset.tokens());
    quote!({
        output: #output,
        channels: #channels,
        taps: #taps,
        input_len: #input_len,
        pad: #pad,
        tap_step: #tap_step,
        step: #step,
        input_zero: #input_zero,
        output_offset: #output_offset,
        clamp: #clamp,
        clamps: #clamps,
    })
}

pub(super) fn helium_conv2d(p: &HeliumConv2d) -> TokenStream {
    let (input, output, kernel) = (list(p.input), list(p.output), list(p.kernel));
    let (stride, pad, clamp) = (list(p.stride), list(p.pad), list(p.clamp));
    let row_dilation = Literal::usize_unsuffixed(p.row_dilation);
    let (input_zero, output_zero) = (p.input_zero.tokens(), p.output_zero.tokens());
    let (line, pointwise) = (p.line, p.pointwise);
    quote!({
        input: #input,
        output: #output,
        kernel: #kernel,
        stride: #stride,
        row_dilation: #row_dilation,
        pad: #pad,
        input_zero: #input_zero,
        output_zero: #output_zero,
        clamp: #clamp,
        line: #line,
        pointwise: #pointwise,
    })
}

pub(super) fn helium_fully_connected(p: &HeliumFullyConnected) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let (rows, inputs, units) = (size(p.rows), size(p.inputs), size(p.units));
    let (multiplier, shift) = (p.multiplier.tokens(), p.shift.tokens());
    let (output_zero, clamp) = (p.output_zero.tokens(), list(p.clamp));
    quote!({
        rows: #rows,
        inputs: #inputs,
        units: #units,
        multiplier: #multiplier,
        shift: #shift,
        output_zero: #output_zero,
        clamp: #clamp,
    })
}

pub(super) fn helium_depthwise_conv2d(p: &HeliumDepthwiseConv2d) -> TokenStream {
    let (input, output, kernel) = (list(p.input), list(p.output), list(p.kernel));
    let (stride, dilation, pad) = (list(p.stride), list(p.dilation), list(p.pad));
    let (input_zero, output_zero) = (p.input_zero.tokens(), p.output_zero.tokens());
    let clamp = list(p.clamp);
    quote!({
        input: #input,
        output: #output,
        kernel: #kernel,
        stride: #stride,
        dilation: #dilation,
        pad: #pad,
        input_zero: #input_zero,
        output_zero: #output_zero,
        clamp: #clamp,
    })
}

pub(super) fn helium_square(p: &HeliumSquareDepthwiseConv2d) -> TokenStream {
    let (input, output, pad) = (list(p.input), list(p.output), list(p.pad));
    let (input_zero, output_zero) = (p.input_zero.tokens(), p.output_zero.tokens());
    let (clamp, clamps) = (list(p.clamp), p.clamps);
    quote!({
        input: #input,
        output: #output,
        pad: #pad,
        input_zero: #input_zero,
        output_zero: #output_zero,
        clamp: #clamp,
        clamps: #clamps,
    })
}

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
