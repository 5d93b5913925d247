//! The feature blocks of a model, as C and as Rust: their tables, and the calls that compute and
//! store a row. The arithmetic over the tables is fixed code: `impulse_mfcc.c` and the other C
//! files, `impulse_runtime::features`.

mod fixed;
mod flatten;
mod image;
mod mel;
mod mfcc;
mod mfe;
mod raw;
mod signal;
mod spectral;
mod spectrogram;
mod spectrum;
mod whole;

use impulse_ir::features::Tables;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::c::text::{array, float};
use crate::rust::values::{Number, list};

/// How a feature block is spelled out.
pub trait Emit {
    /// The header that declares its C type and functions.
    fn c_header(&self) -> &'static str;

    /// Whether it works on whole windows, with what `impulse_whole.h` declares.
    fn needs_whole(&self) -> bool {
        false
    }

    /// Definitions of its tables in C, `static const` arrays `NAME_taper` and so on, and of the
    /// block's structure `NAME` over them.
    fn c_tables(&self, name: &str) -> String;

    /// A C expression, `const float *`, or `const int32_t *` of a block in integers: the row of the
    /// samples at `frame`, computed in `scratch`, which is of the same type.
    fn c_row(&self, name: &str, frame: &str, scratch: &str) -> String;

    /// Items for its tables in Rust, statics `NAME_TAPER` and so on, and the constant `NAME` over
    /// them. `runtime` is the absolute path of the runtime crate.
    fn rust_tables(&self, name: &Ident, runtime: &TokenStream) -> TokenStream;

    /// A Rust expression, `&[f32]`, or `&[i32]` of a block in integers: the row of the samples `frame`,
    /// computed in `scratch`, which is of the same type. `runtime` is the absolute path of the runtime
    /// crate.
    fn rust_row(
        &self,
        name: &Ident,
        frame: &TokenStream,
        scratch: &TokenStream,
        _runtime: &TokenStream,
    ) -> TokenStream {
        quote!(#name.frame(#frame, #scratch))
    }
}

/// How the block with these tables is emitted.
pub fn emit(tables: &Tables) -> &dyn Emit {
    match tables {
        Tables::Mfcc(tables) => tables,
        Tables::Mfe(tables) => tables,
        Tables::FixedMfcc(tables) => tables,
        Tables::FixedMfe(tables) => tables,
        Tables::Spectrogram(tables) => tables,
        Tables::AxesSpectrogram(tables) => tables,
        Tables::Spectral(tables) => tables,
        Tables::Wavelet(tables) => tables,
        Tables::Flatten(tables) => tables,
        Tables::Raw(tables) => tables,
        Tables::Image(tables) => tables,
    }
}

/// A level in C.
fn c_level(level: &impulse_runtime::features::Level) -> String {
    let [floor, factor, offset] = [level.floor, level.factor, level.offset].map(float);
    format!(
        "{{.log = {}, .floor = {floor}, .factor = {factor}, .offset = {offset}}}",
        level.log
    )
}

/// A level in Rust.
fn rust_level(level: &impulse_runtime::features::Level, runtime: &TokenStream) -> TokenStream {
    let [floor, factor, offset] = [level.floor, level.factor, level.offset].map(Number::tokens);
    let log = level.log;
    quote!(#runtime::features::Level { log: #log, floor: #floor, factor: #factor, offset: #offset })
}

/// `static NAME: [[TYPE; 2]; N]`.
fn rust_pairs<T: Number>(name: &Ident, values: &[[T; 2]]) -> TokenStream {
    let (ty, len) = (
        T::ty(),
        proc_macro2::Literal::usize_unsuffixed(values.len()),
    );
    let pairs = values.iter().map(|pair| list(pair.iter().copied()));
    quote!(static #name: [[#ty; 2]; #len] = [#(#pairs),*];)
}

/// `static const TYPE NAME[N][2]`.
fn c_pairs<T: Copy>(ctype: &str, name: &str, values: &[[T; 2]], text: fn(T) -> String) -> String {
    let pairs = values
        .iter()
        .map(|&[first, step]| format!("{{{}, {}}}", text(first), text(step)));
    array(ctype, name, pairs).replacen("] = {", "][2] = {", 1)
}
