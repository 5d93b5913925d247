//! Kernel calls as Rust.

use impulse_ir::graph::TensorId;
use impulse_ir::kernel_args::{Call, Constants, Rescaling, Step};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::packed;
use super::values::{Number, table};
use crate::escape;
use crate::model::Net;
use crate::params::{self, Record, Value};

/// Parameters, weights and tables of a step.
pub(crate) fn declarations(step: &Step, runtime: &TokenStream) -> TokenStream {
    let name = constant(step);
    let records = params::records(&step.call).into_iter();
    let records = records.map(|(behind, record)| {
        let (name, ty) = (
            format_ident!("{name}{behind}"),
            format_ident!("{}", record.name),
        );
        let value = structure(&record, runtime);
        quote!(const #name: #runtime::kernels::#ty = #value;)
    });
    let tables = match &step.call {
        Call::Conv2d(_, c) | Call::DepthwiseConv2d(_, c) | Call::FullyConnected(_, c) => {
            constants(&name, c)
        }
        Call::Add(_, Some(values)) | Call::Mul(_, Some(values)) => {
            table(&format_ident!("{name}_OPERAND"), values)
        }
        Call::Lookup(_, results) => table(&format_ident!("{name}_RESULTS"), results),
        Call::Softmax(_, exponentials) => {
            table(&format_ident!("{name}_EXPONENTIALS"), exponentials)
        }
        call => call
            .packed()
            .map_or_else(TokenStream::new, |c| packed::constants(&name, c)),
    };
    quote!(#(#records)* #tables)
}

/// `runtime::kernels::Lookup { len: 4 }`.
fn structure(record: &Record, runtime: &TokenStream) -> TokenStream {
    let ty = format_ident!("{}", record.name);
    let fields = record.fields.iter().map(|(field, value)| {
        let (field, value) = (format_ident!("{field}"), expression(value, runtime));
        quote!(#field: #value)
    });
    quote!(#runtime::kernels::#ty { #(#fields,)* })
}

fn expression(value: &Value, runtime: &TokenStream) -> TokenStream {
    match value {
        Value::Size(size) => size.tokens(),
        Value::Number(number) => number.tokens(),
        Value::Flag(flag) => flag.tokens(),
        Value::List(values) => {
            let values = values.iter().map(|value| expression(value, runtime));
            quote!([#(#values),*])
        }
        Value::Record(record) => structure(record, runtime),
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

fn size(x: usize) -> proc_macro2::Literal {
    proc_macro2::Literal::usize_unsuffixed(x)
}
