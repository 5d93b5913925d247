//! The front end of a model in Rust: the tables of its blocks, the fields of its state, and what is
//! done with a frame and with a complete window of each stream.

use impulse_ir::features::fixed::FixedScaling;
use impulse_ir::features::layout::{Array, Element};
use impulse_ir::features::{DeviceArgs, InputQuantization, Layout, Part};
use impulse_runtime::features::Normalize;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::steps;
use super::values::{Number, list};
use crate::features;
use crate::model::Model;

/// The type of the samples.
pub(super) fn sample_type(layout: &Layout) -> TokenStream {
    element(layout.sample.into())
}

fn element(element: Element) -> TokenStream {
    match element {
        Element::F32 => quote!(f32),
        Element::I16 => quote!(i16),
        Element::I8 => quote!(i8),
        Element::U8 => quote!(u8),
    }
}

/// The fields of the state.
pub(super) struct Fields {
    streams: Vec<Ident>,
    arrays: Vec<Array>,
    keeps_input: bool,
}

impl Fields {
    pub(super) fn new(model: &Model) -> Self {
        let layout = &model.args.layout;
        let streams = layout.streams.iter();
        Self {
            streams: streams
                .map(|s| format_ident!("stream{}", s.suffix))
                .collect(),
            arrays: layout.arrays(),
            keeps_input: layout.keeps_input(),
        }
    }

    pub(super) fn stream_types(&self, runtime: &TokenStream) -> TokenStream {
        let names = &self.streams;
        quote!(#(#names: #runtime::stream::FramesState,)*)
    }

    pub(super) fn stream_values(&self, runtime: &TokenStream) -> TokenStream {
        let names = &self.streams;
        quote!(#(#names: #runtime::stream::FramesState::new(0),)*)
    }

    pub(super) fn array_types(&self) -> TokenStream {
        let fields = self.arrays.iter().map(|array| {
            let (name, element) = (format_ident!("{}", array.name), element(array.element));
            let len = Literal::usize_unsuffixed(array.len);
            quote!(#name: [#element; #len],)
        });
        quote!(#(#fields)*)
    }

    pub(super) fn array_values(&self) -> TokenStream {
        let fields = self.arrays.iter().map(|array| {
            let name = format_ident!("{}", array.name);
            let len = Literal::usize_unsuffixed(array.len);
            let zero = match array.element {
                Element::F32 => quote!(0.0),
                _ => quote!(0),
            };
            quote!(#name: [#zero; #len],)
        });
        quote!(#(#fields)*)
    }

    pub(super) fn done_type(&self) -> TokenStream {
        if self.keeps_input {
            quote!(done: u8,)
        } else {
            quote!()
        }
    }

    pub(super) fn done_value(&self) -> TokenStream {
        if self.keeps_input {
            quote!(done: 0,)
        } else {
            quote!()
        }
    }
}

fn upper(name: &str) -> Ident {
    format_ident!("{}", name.to_ascii_uppercase())
}

/// Tables and parameters of the blocks and streams.
pub(super) fn tables(args: &DeviceArgs, runtime: &TokenStream) -> TokenStream {
    let size = Literal::usize_unsuffixed;
    let layout = &args.layout;
    let parts = layout.parts.iter().zip(&args.quantize);
    let parts = parts.map(|(part, by)| {
        let name = upper(&part.name);
        let tables = features::emit(&part.tables).rust_tables(&name, runtime);
        let place = format_ident!("{name}_PLACE");
        let (offset, row_stride) = (size(part.place.offset), size(part.place.row_stride));
        let quantize = match part.scaling(by) {
            Some(scaling) => fixed_scaling(&name, &scaling, runtime),
            None => quantization(&name, by, runtime),
        };
        let float = part.normalize.filter(|_| !part.tables.is_fixed());
        let grid = float.map(|_| {
            let (grid, per_unit) = (format_ident!("{name}_GRID"), part.grid.per_unit.tokens());
            quote! {
                const #grid: #runtime::features::Grid =
                    #runtime::features::Grid { per_unit: #per_unit };
            }
        });
        quote! {
            #tables
            const #place: #runtime::features::Place = #runtime::features::Place {
                offset: #offset,
                row_stride: #row_stride,
            };
            #grid
            #quantize
        }
    });
    let streams = layout.streams.iter().map(|stream| {
        let name = upper(&format!("frames{}", stream.suffix));
        let [frame_samples, hop_samples, n_frames, stride_samples] = [
            stream.frames.frame_samples,
            stream.frames.hop_samples,
            stream.frames.n_frames,
            stream.frames.stride_samples,
        ]
        .map(size);
        quote! {
            const #name: #runtime::stream::Frames = #runtime::stream::Frames {
                frame_samples: #frame_samples,
                hop_samples: #hop_samples,
                n_frames: #n_frames,
                stride_samples: #stride_samples,
            };
        }
    });
    quote!(#(#parts)* #(#streams)*)
}

/// How the rows of a block in float become int8.
fn quantization(name: &Ident, by: &InputQuantization, runtime: &TokenStream) -> TokenStream {
    let name = format_ident!("{name}_QUANTIZE");
    let inverse_scales = list(by.inverse_scales.iter().copied());
    let zero_point = by.zero_point.tokens();
    quote! {
        const #name: #runtime::features::Quantize<'static> = #runtime::features::Quantize {
            inverse_scales: &#inverse_scales,
            zero_point: #zero_point,
        };
    }
}

/// How the rows of a block in integers become int8.
fn fixed_scaling(name: &Ident, by: &FixedScaling, runtime: &TokenStream) -> TokenStream {
    let name = format_ident!("{name}_SCALING");
    let factors = by.factors.iter().map(|factor| {
        let (multiplier, shift) = (factor.multiplier.tokens(), factor.shift.tokens());
        quote!(#runtime::features::fixed::Factor { multiplier: #multiplier, shift: #shift })
    });
    let (spread_min, zero_point) = (by.spread_min.tokens(), by.zero_point.tokens());
    quote! {
        const #name: #runtime::features::fixed::Scaling<'static> =
            #runtime::features::fixed::Scaling {
                spread_min: #spread_min,
                factors: &[#(#factors),*],
                zero_point: #zero_point,
            };
    }
}

/// A closure that computes the rows of one frame and stores them in their rings.
fn on_frame(layout: &Layout, stream: usize, runtime: &TokenStream) -> TokenStream {
    let parts = layout.parts.iter().filter(|part| part.stream == stream);
    let rows = parts.map(|part| {
        let name = upper(&part.name);
        let emit = features::emit(&part.tables);
        let is_fixed = part.tables.is_fixed();
        let scratch = match is_fixed {
            true => quote!(#runtime::bytes::as_i32_mut(&mut self.work)),
            false => quote!(&mut self.work),
        };
        let values = emit.rust_row(&name, &quote!(frame), &scratch, runtime);
        let ring = format_ident!("features{}", part.suffix);
        let columns = Literal::usize_unsuffixed(part.n_columns);
        let scaling = format_ident!("{name}_SCALING");
        let store = match part.normalize {
            Some(_) if is_fixed => quote!(#scaling.store),
            None if is_fixed => quote!(#scaling.quantize_row),
            Some(_) => {
                let grid = format_ident!("{name}_GRID");
                quote!(#grid.store)
            }
            None => {
                let quantize = format_ident!("{name}_QUANTIZE");
                quote!(#quantize.store)
            }
        };
        quote! {
            let values = #values;
            #store(values, &mut self.#ring[row * #columns..][..#columns]);
        }
    });
    quote!(|frame, row| { #(#rows)* })
}

/// Brings a complete window of `part` to the network's input.
fn quantize(
    part: &Part,
    first_frame: &TokenStream,
    out: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    let name = upper(&part.name);
    let (place, ring) = (
        format_ident!("{name}_PLACE"),
        format_ident!("features{}", part.suffix),
    );
    let columns = Literal::usize_unsuffixed(part.n_columns);
    let Some(normalize) = part.normalize else {
        return quote!(#place.copy(&self.#ring, #columns, #first_frame, #out););
    };
    let normalize = match normalize {
        Normalize::Plain => quote!(Plain),
        Normalize::Mean => quote!(Mean),
        Normalize::MeanVariance => quote!(MeanVariance),
    };
    let deltas = part.deltas.map(|deltas| {
        let [width, order] = [deltas.width, deltas.order].map(Literal::usize_unsuffixed);
        quote!(#runtime::features::Deltas { width: #width, order: #order })
    });
    if part.tables.is_fixed() {
        let scaling = format_ident!("{name}_SCALING");
        let deltas = deltas.map(|deltas| {
            quote! {
                #runtime::features::fixed::deltas::quantize(
                    (#deltas, #runtime::features::Normalize::#normalize),
                    &#scaling,
                    &self.#ring,
                    #columns,
                    #first_frame,
                    #place,
                    #out,
                );
            }
        });
        return quote! {
            #scaling.quantize(
                #runtime::features::Normalize::#normalize,
                &self.#ring,
                #columns,
                #first_frame,
                #place,
                #out,
            );
            #deltas
        };
    }
    let grid = format_ident!("{name}_GRID");
    let quantize = format_ident!("{name}_QUANTIZE");
    let deltas = deltas.map(|deltas| {
        quote! {
            #deltas.quantize(
                (#runtime::features::Normalize::#normalize, #grid),
                &self.#ring,
                #columns,
                #first_frame,
                (&#quantize, #place),
                #out,
            );
        }
    });
    quote! {
        #runtime::features::Normalize::#normalize.quantize(
            #grid,
            &self.#ring,
            #columns,
            #first_frame,
            (&#quantize, #place),
            #out,
        );
        #deltas
    }
}

/// Brings all complete windows of a stream to the network's input.
fn quantize_all(
    layout: &Layout,
    stream: usize,
    first_frame: &TokenStream,
    out: &TokenStream,
    runtime: &TokenStream,
) -> TokenStream {
    let parts = layout.parts.iter().filter(|part| part.stream == stream);
    let calls = parts.map(|part| quantize(part, first_frame, out, runtime));
    quote!(#(#calls)*)
}

/// The function `push`.
pub(super) fn push(model: &Model, runtime: &TokenStream) -> TokenStream {
    let layout = &model.args.layout;
    let sample = sample_type(layout);
    let starts = layout.streams.iter().map(|stream| {
        let field = format_ident!("stream{}", stream.suffix);
        let n_frames = Literal::usize_unsuffixed(stream.frames.n_frames);
        quote!(self.#field = #runtime::stream::FramesState::new(#n_frames);)
    });
    let body = if layout.keeps_input() {
        several(model, runtime)
    } else {
        single(model, runtime)
    };
    quote! {
        /// Takes samples until a window is complete or there are no more; returns how many it
        /// took. Read the result, then push the rest.
        pub fn push(&mut self, samples: &[#sample]) -> usize {
            if self.phase == FRESH {
                #(#starts)*
                self.phase = LISTENING;
            }
            #body
        }
    }
}

/// One stream: a complete window goes straight to the network.
fn single(model: &Model, runtime: &TokenStream) -> TokenStream {
    let layout = &model.args.layout;
    let each = on_frame(layout, 0, runtime);
    let input = steps::range(model, model.program.input);
    let first = quote!(self.stream.first_frame());
    let quantize = quantize_all(layout, 0, &first, &quote!(&mut arena[#input]), runtime);
    quote! {
        let pushed = FRAMES.push(&mut self.stream, &mut self.samples, samples, #each);
        if pushed.complete {
            let arena = #runtime::bytes::as_i8_mut(&mut self.work);
            #quantize
            self.finish();
        }
        pushed.consumed
    }
}

/// Several streams: each brings its part to the input when its window is complete, and the last
/// one lets the network run.
fn several(model: &Model, runtime: &TokenStream) -> TokenStream {
    let layout = &model.args.layout;
    let input = steps::range(model, model.program.input);
    let all_done = Literal::u8_unsuffixed(((1u32 << layout.streams.len()) - 1) as u8);
    let streams = layout.streams.iter().enumerate().map(|(idx, stream)| {
        let bit = Literal::u8_unsuffixed(1 << idx);
        let frames = upper(&format!("frames{}", stream.suffix));
        let field = format_ident!("stream{}", stream.suffix);
        let samples = format_ident!("samples{}", stream.suffix);
        let each = on_frame(layout, idx, runtime);
        let first = quote!(self.#field.first_frame());
        let quantize = quantize_all(layout, idx, &first, &quote!(&mut self.input), runtime);
        let until = quote! {
            if self.done & #bit == 0 {
                until = until.max(#frames.remaining(&self.#field));
            }
        };
        let push = quote! {
            let mut rest = samples;
            while !rest.is_empty() {
                let pushed = #frames.push(&mut self.#field, &mut self.#samples, rest, #each);
                rest = &rest[pushed.consumed..];
                if pushed.complete {
                    #quantize
                    self.done |= #bit;
                }
            }
        };
        (until, push)
    });
    let (untils, pushes): (Vec<_>, Vec<_>) = streams.unzip();
    quote! {
        let mut until = 0;
        #(#untils)*
        let samples = &samples[..samples.len().min(until)];
        #(#pushes)*
        if self.done == #all_done {
            self.done = 0;
            let arena = #runtime::bytes::as_i8_mut(&mut self.work);
            arena[#input].copy_from_slice(&self.input);
            self.finish();
        }
        samples.len()
    }
}

/// The rows of one whole `window`.
pub(super) fn whole_frames(model: &Model, runtime: &TokenStream) -> TokenStream {
    let layout = &model.args.layout;
    let streams = layout.streams.iter().enumerate().map(|(idx, stream)| {
        let frames = upper(&format!("frames{}", stream.suffix));
        let each = on_frame(layout, idx, runtime);
        quote!(#frames.window(window, #each);)
    });
    quote!(#(#streams)*)
}

/// From those rows to the network's input.
pub(super) fn whole_input(model: &Model, out: &TokenStream, runtime: &TokenStream) -> TokenStream {
    let layout = &model.args.layout;
    let parts = layout.parts.iter();
    let calls = parts.map(|part| quantize(part, &quote!(0), out, runtime));
    quote!(#(#calls)*)
}
