//! The items of a model: its type, the type of its output, and a block of tables and code.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::values::Number;
use super::{front_end, steps, values};
use crate::model::Model;
use crate::{escape, model, template};

/// Everything, with the runtime's paths below `runtime`.
pub(super) fn items(model: &Model, runtime: &TokenStream) -> TokenStream {
    let names = Names::new(model);
    let types = types(model, &names, runtime);
    let tables = tables(model, runtime);
    let run = run(model, runtime);
    let api = api(model, &names, runtime);
    let Names { ty, .. } = &names;
    let (abi, state_bytes) = (model::ABI, model.state_bytes());
    quote! {
        #types

        const _: () = {
            ::core::assert!(#runtime::ABI == #abi);
            ::core::assert!(::core::mem::size_of::<#ty>() == #state_bytes);

            #tables
            #run
            #api
        };
    }
}

struct Names {
    ty: Ident,
    output: Ident,
}

impl Names {
    fn new(model: &Model) -> Self {
        let ty = escape::type_name(&model.prefix);
        Self {
            output: format_ident!("{ty}Output"),
            ty: format_ident!("{ty}"),
        }
    }
}

fn types(model: &Model, names: &Names, runtime: &TokenStream) -> TokenStream {
    let Names { ty, output } = names;
    let args = &model.args;
    let size = proc_macro2::Literal::usize_unsuffixed;
    let labels = size(args.n_labels);
    let work = size(model.work_len());
    let front_end = front_end::Fields::new(model);
    let (streams, arrays, done) = (
        front_end.stream_types(runtime),
        front_end.array_types(),
        front_end.done_type(),
    );
    let history = size(model.history_len());
    let window = model.window_words(super::RESIZE);
    let about = format!(
        " The impulse `{}`: {} labels from {}, {} bytes.",
        model.pipeline.name,
        args.n_labels,
        window.about,
        model.state_bytes()
    );
    let order = template::wrapped(&window.order, 95).into_iter();
    let order = order.map(|line| format!(" {line}"));
    quote! {
        #[doc = #about]
        #(#[doc = #order])*
        ///
        /// Push samples and read a result each time a window is complete, or classify one window.
        /// Everything that changes lies in this value.
        #[derive(Clone, Debug)]
        #[repr(C)]
        pub struct #ty {
            #streams
            decide: #runtime::decide::DecideState,
            decided: i32,
            work: [f32; #work],
            #arrays
            history: [i8; #history],
            scores: [i8; #labels],
            average: [i8; #labels],
            phase: u8,
            #done
        }

        /// The result of one window.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct #output {
            /// The label that is to be reported now, if any.
            pub decided: ::core::option::Option<usize>,
            /// The network's output, a score per label.
            pub scores: [i8; #labels],
            /// Averages over the last results.
            pub average: [i8; #labels],
        }
    }
}

fn tables(model: &Model, runtime: &TokenStream) -> TokenStream {
    let args = &model.args;
    let front_end = front_end::tables(args, runtime);
    let size = proc_macro2::Literal::usize_unsuffixed;
    let (n_labels, average) = (size(args.n_labels), size(args.average_results));
    let suppress = size(args.suppress_results);
    let sum_min = number(args.sum_min);
    let ignore = values::list(args.ignore.iter().copied());
    let declarations = model
        .program
        .steps
        .iter()
        .map(|s| steps::declarations(s, runtime));
    quote! {
        #front_end
        /// Before the first sample; samples have been pushed; so have they, and a result waits.
        const FRESH: u8 = 0;
        const LISTENING: u8 = 1;
        const READY: u8 = 2;
        const DECIDE: #runtime::decide::Decide<'static> = #runtime::decide::Decide {
            n_labels: #n_labels,
            average_results: #average,
            suppress_results: #suppress,
            sum_min: #sum_min,
            ignore: &#ignore,
        };
        #(#declarations)*
    }
}

/// The network.
fn run(model: &Model, runtime: &TokenStream) -> TokenStream {
    let steps = model.program.steps.iter().enumerate();
    let calls = steps.map(|(idx, step)| steps::call(model, idx, step, runtime));
    quote! {
        fn run(arena: &mut [i8]) {
            #(#calls)*
        }
    }
}

fn api(model: &Model, names: &Names, runtime: &TokenStream) -> TokenStream {
    let Names { ty, .. } = names;
    let constants = constants(model, runtime);
    let streaming = streaming(model, names, runtime);
    let whole = whole(model, runtime);
    quote! {
        impl #ty {
            #constants
            #streaming
            #whole
        }

        impl ::core::default::Default for #ty {
            fn default() -> Self {
                Self::new()
            }
        }
    }
}

fn constants(model: &Model, runtime: &TokenStream) -> TokenStream {
    let args = &model.args;
    let size = proc_macro2::Literal::usize_unsuffixed;
    let (n_labels, n_features) = (size(args.n_labels), size(args.n_features()));
    let work = size(model.work_len());
    let (history, window) = (size(model.history_len()), size(args.layout.n_values));
    let front_end = front_end::Fields::new(model);
    let (streams, arrays, done) = (
        front_end.stream_values(runtime),
        front_end.array_values(),
        front_end.done_value(),
    );
    let rate = proc_macro2::Literal::u32_unsuffixed(model.pipeline.window.rate_hz);
    let words = model.window_words(super::RESIZE);
    let rate_about = format!(" How many {} a second has.", words.rate_of);
    let window_about = format!(" How many {} a window has.", words.values);
    let labels = &model.pipeline.labels;
    let scale = number(args.score_scale);
    let zero_point = number(args.score_zero_point);
    quote! {
        /// Labels in the order of the scores.
        pub const LABELS: [&'static str; #n_labels] = [#(#labels),*];
        #[doc = #rate_about]
        pub const RATE_HZ: u32 = #rate;
        #[doc = #window_about]
        pub const WINDOW_SAMPLES: usize = #window;
        /// Values of the network's input.
        pub const N_FEATURES: usize = #n_features;

        /// Before the first sample. All of it is zero, so a `static` takes no flash.
        pub const fn new() -> Self {
            Self {
                #streams
                decide: #runtime::decide::DecideState::new(),
                decided: 0,
                work: [0.0; #work],
                #arrays
                history: [0; #history],
                scores: [0; #n_labels],
                average: [0; #n_labels],
                phase: FRESH,
                #done
            }
        }

        /// What a score stands for: a probability where the network ends in a softmax.
        pub fn probability(score: i8) -> f32 {
            (i32::from(score) - (#zero_point)) as f32 * #scale
        }
    }
}

fn streaming(model: &Model, names: &Names, runtime: &TokenStream) -> TokenStream {
    let Names { output, .. } = names;
    let push = front_end::push(model, runtime);
    let result = steps::range(model, model.program.output);
    quote! {
        #push

        /// Runs the network on the input in the work area and makes the result.
        fn finish(&mut self) {
            let arena = #runtime::bytes::as_i8_mut(&mut self.work);
            run(arena);
            self.scores.copy_from_slice(&arena[#result]);
            let decided = DECIDE.push(
                &mut self.decide,
                &mut self.history,
                &self.scores,
                &mut self.average,
            );
            self.decided = match decided {
                ::core::option::Option::Some(label) => label as i32,
                ::core::option::Option::None => -1,
            };
            self.phase = READY;
        }

        /// The result of the window that has been completed since the last call, if any.
        pub fn result(&mut self) -> ::core::option::Option<#output> {
            if self.phase != READY {
                return ::core::option::Option::None;
            }
            self.phase = LISTENING;
            ::core::option::Option::Some(#output {
                decided: usize::try_from(self.decided).ok(),
                scores: self.scores,
                average: self.average,
            })
        }
    }
}

fn whole(model: &Model, runtime: &TokenStream) -> TokenStream {
    let args = &model.args;
    let size = proc_macro2::Literal::usize_unsuffixed;
    let (n_labels, n_features) = (size(args.n_labels), size(args.n_features()));
    let window = size(args.layout.n_values);
    let sample = front_end::sample_type(&args.layout);
    let input = steps::range(model, model.program.input);
    let frames = front_end::whole_frames(model, runtime);
    let to_features = front_end::whole_input(model, &quote!(features), runtime);
    let to_arena = front_end::whole_input(model, &quote!(&mut arena[#input]), runtime);
    let result = steps::range(model, model.program.output);
    quote! {
        /// Scores of one window by itself. Afterwards this value is as new.
        pub fn classify(&mut self, window: &[#sample; #window]) -> [i8; #n_labels] {
            #frames
            let arena = #runtime::bytes::as_i8_mut(&mut self.work);
            #to_arena
            run(arena);
            let mut scores = [0; #n_labels];
            scores.copy_from_slice(&arena[#result]);
            self.reset();
            scores
        }

        /// The first half of `classify`: the network's input for one window. Afterwards this value
        /// is as new.
        pub fn features(&mut self, window: &[#sample; #window], features: &mut [i8; #n_features]) {
            #frames
            #to_features
            self.reset();
        }

        /// The second half of `classify`: scores of the network's input. A stream is not disturbed.
        pub fn infer(&mut self, features: &[i8; #n_features]) -> [i8; #n_labels] {
            let arena = #runtime::bytes::as_i8_mut(&mut self.work);
            arena[#input].copy_from_slice(features);
            run(arena);
            let mut scores = [0; #n_labels];
            scores.copy_from_slice(&arena[#result]);
            scores
        }

        /// As new, without a copy of the whole value on the stack.
        pub fn reset(&mut self) {
            self.decide = #runtime::decide::DecideState::new();
            self.phase = FRESH;
        }
    }
}

/// A literal without suffix.
fn number(x: impl Number) -> TokenStream {
    x.tokens()
}
