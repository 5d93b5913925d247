//! The items of a network by itself: its type and a block of tables and code.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Network, Port};
use crate::rust::steps;
use crate::rust::values::Number;
use crate::{escape, model};

/// Everything, with the runtime's paths below `runtime`.
pub(super) fn items(network: &Network, runtime: &TokenStream) -> TokenStream {
    let net = &network.net;
    let ty = format_ident!("{}", escape::type_name(&network.prefix));
    let size = Literal::usize_unsuffixed;
    let (abi, words) = (model::ABI, size(network.state_bytes() / 4));
    let [input, output] = [net.program.input, net.program.output].map(|id| steps::range(net, id));
    let (n_inputs, n_outputs) = (size(network.input.len), size(network.output.len));
    let n_runs = size(network.n_runs);
    let constants = [("INPUT", network.input), ("OUTPUT", network.output)]
        .map(|(side, port)| quantization(side, port));
    let declarations = net
        .program
        .steps
        .iter()
        .map(|s| steps::declarations(s, runtime));
    let calls = net.program.steps.iter().enumerate();
    let calls = calls.map(|(idx, step)| steps::call(net, idx, step, runtime));
    let about = format!(
        " The network `{}`: {} values in, {} values out, {} bytes.",
        network.name,
        network.input.len,
        network.output.len,
        network.state_bytes()
    );
    quote! {
        #[doc = #about]
        ///
        /// Write the input, run, read the outputs. Everything that changes lies in this value.
        #[derive(Clone, Debug)]
        #[repr(C)]
        pub struct #ty {
            work: [f32; #words],
        }

        const _: () = {
            ::core::assert!(#runtime::ABI == #abi);

            #(#declarations)*

            impl #ty {
                /// Values of the input of each run.
                pub const N_INPUTS: usize = #n_inputs;
                /// Values of the output.
                pub const N_OUTPUTS: usize = #n_outputs;
                /// Runs until the output is that of a whole window.
                pub const N_RUNS: usize = #n_runs;
                #(#constants)*

                /// Before the first run. All of it is zero, so a `static` takes no flash.
                pub const fn new() -> Self {
                    Self { work: [0.0; #words] }
                }

                /// As new, without a copy of the whole value on the stack.
                pub fn reset(&mut self) {
                    self.work.fill(0.0);
                }

                /// Where the input of the next run is to be written; a run overwrites it.
                pub fn input(&mut self) -> &mut [i8] {
                    &mut #runtime::bytes::as_i8_mut(&mut self.work)[#input]
                }

                /// Computes the outputs.
                pub fn run(&mut self) -> &[i8] {
                    let arena = #runtime::bytes::as_i8_mut(&mut self.work);
                    #(#calls)*
                    &arena[#output]
                }
            }

            impl ::core::default::Default for #ty {
                fn default() -> Self {
                    Self::new()
                }
            }
        };
    }
}

/// What a step of the input or output is worth.
fn quantization(side: &str, port: Port) -> TokenStream {
    let (scale, zero_point) = (port.scale.tokens(), port.zero_point.tokens());
    let about = format!(" What a step of the {} is worth.", side.to_lowercase());
    let zero = format!(
        " The value of the {} that stands for 0.",
        side.to_lowercase()
    );
    let (scale_name, zero_name) = (
        format_ident!("{side}_SCALE"),
        format_ident!("{side}_ZERO_POINT"),
    );
    quote! {
        #[doc = #about]
        pub const #scale_name: f32 = #scale;
        #[doc = #zero]
        pub const #zero_name: i32 = #zero_point;
    }
}
