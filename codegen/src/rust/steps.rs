//! Kernel calls as Rust.

use impulse_ir::graph::TensorId;
use impulse_ir::kernel_args::{Call, Constants, Rescaling, Step};
use impulse_runtime::kernels::{
    Add, Concatenation, Conv2d, FullyConnected, History, Lookup, Mean, Mul, Pad, Pool2d, Relu,
    Softmax,
};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::packed;
use super::values::{Number, list, table};
use crate::escape;
use crate::model::Net;

/// Tables and parameters of a step.
pub(crate) fn declarations(step: &Step, runtime: &TokenStream) -> TokenStream {
    let name = constant(step);
    let (ty, value, tables) = match &step.call {
        Call::Conv2d(p, c) | Call::DepthwiseConv2d(p, c) => {
            (quote!(Conv2d), conv2d(p), constants(&name, c))
        }
        Call::FullyConnected(p, c) => (
            quote!(FullyConnected),
            fully_connected(p),
            constants(&name, c),
        ),
        Call::PackedConv2d(p, c) => (
            quote!(PackedConv2d),
            packed::conv2d(p),
            packed::constants(&name, c),
        ),
        Call::PlanarDepthwiseConv2d(p, c) => (
            quote!(PlanarDepthwiseConv2d),
            packed::depthwise_conv2d(p),
            packed::constants(&name, c),
        ),
        Call::ColumnDepthwiseConv2d(p, c) => (
            quote!(ColumnDepthwiseConv2d),
            packed::columns(p),
            packed::constants(&name, c),
        ),
        Call::TripleConv2d(p, c) => (
            quote!(TripleConv2d),
            packed::triple_conv2d(p),
            packed::constants(&name, c),
        ),
        Call::QuadFullyConnected(p, c) => (
            quote!(QuadFullyConnected),
            packed::quad_fully_connected(p),
            packed::constants(&name, c),
        ),
        Call::PackedPointwise(p, c) | Call::PackedFullyConnected(p, c) => (
            quote!(PackedRows),
            packed::rows(p),
            packed::constants(&name, c),
        ),
        Call::HeliumConv2d(p, c) => (
            quote!(HeliumConv2d),
            packed::helium_conv2d(p),
            packed::constants(&name, c),
        ),
        Call::HeliumFullyConnected(p, c) => (
            quote!(HeliumFullyConnected),
            packed::helium_fully_connected(p),
            packed::constants(&name, c),
        ),
        Call::HeliumDepthwiseConv2d(p, c) => (
            quote!(HeliumDepthwiseConv2d),
            packed::helium_depthwise_conv2d(p),
            packed::constants(&name, c),
        ),
        Call::HeliumSquareDepthwiseConv2d(p, c) => (
            quote!(HeliumSquareDepthwiseConv2d),
            packed::helium_square(p),
            packed::constants(&name, c),
        ),
        Call::HeliumAddition(p) => (quote!(Add), add(p, runtime), TokenStream::new()),
        Call::MaxPool2d(p) | Call::AvgPool2d(p) => (quote!(Pool2d), pool2d(p), TokenStream::new()),
        Call::Mean(p) => (quote!(Mean), mean(p), TokenStream::new()),
        Call::Add(p, constant) => (
            quote!(Add),
            add(p, runtime),
            operand(&name, constant.as_deref()),
        ),
        Call::Mul(p, constant) => (quote!(Mul), mul(p), operand(&name, constant.as_deref())),
        Call::Pad(p) => (quote!(Pad), pad(p), TokenStream::new()),
        Call::Concatenation(parts) => {
            let parts = parts.iter().enumerate().map(|(i, p)| {
                let (name, value) = (format_ident!("{name}_{i}"), concatenation(p));
                quote! {
                    const #name: #runtime::kernels::Concatenation =
                        #runtime::kernels::Concatenation #value;
                }
            });
            return parts.collect();
        }
        Call::Lookup(p, results) => {
            let table = table(&format_ident!("{name}_RESULTS"), results);
            (quote!(Lookup), lookup(p), table)
        }
        Call::Relu(p) => (quote!(Relu), relu(p), TokenStream::new()),
        Call::Softmax(p, exponentials) => {
            let table = table(&format_ident!("{name}_EXPONENTIALS"), exponentials);
            (quote!(Softmax), softmax(p), table)
        }
        Call::History(p) => (quote!(History), history(p), TokenStream::new()),
        Call::Alias => return TokenStream::new(),
    };
    quote! {
        const #name: #runtime::kernels::#ty = #runtime::kernels::#ty #value;
        #tables
    }
}

/// The statement that runs step `idx` on the slice `arena`.
pub(crate) fn call(net: &Net, idx: usize, step: &Step, runtime: &TokenStream) -> TokenStream {
    let name = constant(step);
    // One kernel with packed weights works on slices as the plain ones.
    let sliced = matches!(step.call, Call::QuadFullyConnected(..));
    if let Some(c) = step.call.packed().filter(|_| !sliced) {
        return packed::call(net, idx, step, &name, c, runtime);
    }
    let output = range(net, step.output);
    let input = |i: usize| range(net, step.inputs[i]);
    let middle = match &step.call {
        Call::Alias => return TokenStream::new(),
        Call::Conv2d(..) | Call::DepthwiseConv2d(..) | Call::FullyConnected(..) => {
            let [w, b, m, s] = ["WEIGHTS", "BIAS", "MULTIPLIERS", "SHIFTS"]
                .map(|role| format_ident!("{name}_{role}"));
            quote!(&#w, &#b, &#m, &#s,)
        }
        Call::QuadFullyConnected(_, c) => {
            let (weights, shared) = (
                format_ident!("{name}_WEIGHTS"),
                format_ident!("{name}_SHARED"),
            );
            match c.rescaling {
                Rescaling::Shared(_) => quote!(&#weights, Some(&#shared),),
                _ => quote!(&#weights, None,),
            }
        }
        Call::Softmax(..) => {
            let exponentials = format_ident!("{name}_EXPONENTIALS");
            quote!(&#exponentials,)
        }
        Call::Lookup(..) => {
            let results = format_ident!("{name}_RESULTS");
            quote!(&#results,)
        }
        Call::Add(_, Some(_)) | Call::Mul(_, Some(_)) => {
            let operand = format_ident!("{name}_OPERAND");
            quote!(&#operand,)
        }
        _ => TokenStream::new(),
    };
    let kernel = format_ident!("{}", step.call.kernel());
    let in_place = format_ident!("{}_in_place", step.call.kernel());
    match (&step.call, net.in_place(idx)) {
        (Call::Concatenation(parts), _) => {
            let calls = (0..parts.len()).map(|i| {
                let (name, input) = (format_ident!("{name}_{i}"), input(i));
                quote! {{
                    let (input, output) = #runtime::kernels::arena::pair(arena, #input, #output);
                    #runtime::kernels::concatenation(&#name, input, output);
                }}
            });
            calls.collect()
        }
        (Call::Add(_, Some(_)) | Call::Mul(_, Some(_)), Some(_)) => quote! {
            #runtime::kernels::#in_place(&#name, &mut arena[#output], #middle);
        },
        (Call::Add(_, None) | Call::HeliumAddition(_) | Call::Mul(_, None), Some(operand)) => {
            let params = if operand == 0 {
                quote!(&#name)
            } else {
                quote!(&#name.swapped())
            };
            let other = input(1 - operand);
            quote! {{
                let (other, values) = #runtime::kernels::arena::pair(arena, #other, #output);
                #runtime::kernels::#in_place(#params, values, other);
            }}
        }
        (Call::Add(_, None) | Call::HeliumAddition(_) | Call::Mul(_, None), None) => {
            let (first, second) = (input(0), input(1));
            quote! {{
                let (first, second, output) =
                    #runtime::kernels::arena::triple(arena, [#first, #second], #output);
                #runtime::kernels::#kernel(&#name, first, second, output);
            }}
        }
        (_, Some(_)) => quote! {
            #runtime::kernels::#in_place(&#name, #middle &mut arena[#output]);
        },
        (_, None) => {
            let input = input(0);
            quote! {{
                let (input, output) = #runtime::kernels::arena::pair(arena, #input, #output);
                #runtime::kernels::#kernel(&#name, input, #middle output);
            }}
        }
    }
}

/// The bytes of a computed tensor in the arena: `0..637`.
pub(crate) fn range(net: &Net, tensor: TensorId) -> TokenStream {
    let range = net.range(tensor);
    let (start, end) = (size(range.start), size(range.end));
    quote!(#start..#end)
}

fn constant(step: &Step) -> Ident {
    format_ident!("{}", escape::constant(&step.name))
}

fn constants(name: &Ident, c: &Constants) -> TokenStream {
    let weights = table(&format_ident!("{name}_WEIGHTS"), &c.weights);
    let bias = table(&format_ident!("{name}_BIAS"), &c.bias);
    let multipliers = table(&format_ident!("{name}_MULTIPLIERS"), &c.multipliers);
    let shifts = table(&format_ident!("{name}_SHIFTS"), &c.shifts);
    quote!(#weights #bias #multipliers #shifts)
}

fn conv2d(p: &Conv2d) -> TokenStream {
    let (input, output, kernel) = (list(p.input), list(p.output), list(p.kernel));
    let (stride, dilation, pad) = (list(p.stride), list(p.dilation), list(p.pad));
    let (input_offset, output_offset) = (number(p.input_offset), number(p.output_offset));
    let clamp = list(p.clamp);
    quote!({
        input: #input,
        output: #output,
        kernel: #kernel,
        stride: #stride,
        dilation: #dilation,
        pad: #pad,
        input_offset: #input_offset,
        output_offset: #output_offset,
        clamp: #clamp,
    })
}

fn history(p: &History) -> TokenStream {
    let (new, len) = (size(p.new), size(p.len));
    quote!({ new: #new, len: #len })
}

fn pool2d(p: &Pool2d) -> TokenStream {
    let (input, output, size) = (list(p.input), list(p.output), list(p.size));
    let (stride, pad, clamp) = (list(p.stride), list(p.pad), list(p.clamp));
    quote!({
        input: #input,
        output: #output,
        size: #size,
        stride: #stride,
        pad: #pad,
        clamp: #clamp,
    })
}

fn fully_connected(p: &FullyConnected) -> TokenStream {
    let (rows, inputs, units) = (size(p.rows), size(p.inputs), size(p.units));
    let (input_offset, output_offset) = (number(p.input_offset), number(p.output_offset));
    let (weight_offset, clamp, per_unit) = (number(p.weight_offset), list(p.clamp), p.per_unit);
    quote!({
        rows: #rows,
        inputs: #inputs,
        units: #units,
        input_offset: #input_offset,
        weight_offset: #weight_offset,
        output_offset: #output_offset,
        clamp: #clamp,
        per_unit: #per_unit,
    })
}

fn mean(p: &Mean) -> TokenStream {
    let (shape, multiplier, shift) = (list(p.shape), number(p.multiplier), number(p.shift));
    let (input_offset, output_offset) = (number(p.input_offset), number(p.output_offset));
    quote!({
        shape: #shape,
        input_offset: #input_offset,
        output_offset: #output_offset,
        multiplier: #multiplier,
        shift: #shift,
    })
}

fn add(p: &Add, runtime: &TokenStream) -> TokenStream {
    let operands = p.operands.map(|o| {
        let (offset, multiplier, shift) = (number(o.offset), number(o.multiplier), number(o.shift));
        quote!(#runtime::kernels::AddOperand {
            offset: #offset,
            multiplier: #multiplier,
            shift: #shift,
        })
    });
    let (len, second_len, clamp) = (size(p.len), size(p.second_len), list(p.clamp));
    let (output_offset, multiplier, shift) = (
        number(p.output_offset),
        number(p.multiplier),
        number(p.shift),
    );
    quote!({
        len: #len,
        second_len: #second_len,
        operands: [#(#operands),*],
        output_offset: #output_offset,
        multiplier: #multiplier,
        shift: #shift,
        clamp: #clamp,
    })
}

/// The operand of a sum or a product that is a constant.
fn operand(name: &Ident, values: Option<&[i8]>) -> TokenStream {
    values.map_or_else(TokenStream::new, |values| {
        table(&format_ident!("{name}_OPERAND"), values)
    })
}

fn mul(p: &Mul) -> TokenStream {
    let (len, second_len) = (size(p.len), size(p.second_len));
    let (offsets, clamp) = (list(p.offsets), list(p.clamp));
    let (output_offset, multiplier, shift) = (
        number(p.output_offset),
        number(p.multiplier),
        number(p.shift),
    );
    quote!({
        len: #len,
        second_len: #second_len,
        offsets: #offsets,
        output_offset: #output_offset,
        multiplier: #multiplier,
        shift: #shift,
        clamp: #clamp,
    })
}

fn pad(p: &Pad) -> TokenStream {
    let (input, output) = (list(p.input), list(p.output));
    let (before, value) = (list(p.before), p.value.tokens());
    quote!({ input: #input, output: #output, before: #before, value: #value })
}

fn concatenation(p: &Concatenation) -> TokenStream {
    let (rows, offset) = (size(p.rows), size(p.offset));
    let (input_len, output_len) = (size(p.input_len), size(p.output_len));
    quote!({
        rows: #rows,
        input_len: #input_len,
        output_len: #output_len,
        offset: #offset,
    })
}

fn lookup(p: &Lookup) -> TokenStream {
    let len = size(p.len);
    quote!({ len: #len })
}

fn relu(p: &Relu) -> TokenStream {
    let (len, clamp) = (size(p.len), list(p.clamp));
    let (input_offset, output_offset) = (number(p.input_offset), number(p.output_offset));
    let (multiplier, shift) = (number(p.multiplier), number(p.shift));
    quote!({
        len: #len,
        input_offset: #input_offset,
        output_offset: #output_offset,
        multiplier: #multiplier,
        shift: #shift,
        clamp: #clamp,
    })
}

fn softmax(p: &Softmax) -> TokenStream {
    let (rows, columns) = (size(p.rows), size(p.columns));
    quote!({ rows: #rows, columns: #columns })
}

fn number(x: i32) -> TokenStream {
    x.tokens()
}

fn size(x: usize) -> proc_macro2::Literal {
    proc_macro2::Literal::usize_unsuffixed(x)
}
