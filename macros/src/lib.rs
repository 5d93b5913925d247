//! [`include_impulse!`]: a trained impulse in a program, at compile time.
//!
//! A shim over `impulse-dsl` and `impulse-codegen`: it finds files from the folder of the crate's
//! manifest, writes nothing, and puts its errors on the literal.

mod expand;
mod problem;

use std::path::PathBuf;

use proc_macro::TokenStream;
use syn::{LitStr, parse_macro_input};

/// The trained model of a spec, as a type.
///
/// `include_impulse!("impulses/yes_no/yes_no.impulse");` stands where items stand and makes two
/// public types, `YesNo` and `YesNoOutput`: `YesNo::new()` (`const`), `push(&[i16]) -> usize`,
/// `result() -> Option<YesNoOutput>`, `classify(&[i16; N]) -> [i8; L]`, `LABELS`. They are `no_std`
/// and use no heap.
///
/// The path is relative to the folder of `Cargo.toml`. The model is the one that `impulse build`
/// left in `build/` beside the spec; a missing model, or one of an older state of the spec, is an
/// error that says what to run. The program is compiled anew when the spec or the model changes.
#[proc_macro]
pub fn include_impulse(input: TokenStream) -> TokenStream {
    let literal = parse_macro_input!(input as LitStr);
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    expand::expand(&manifest, &literal.value())
        .unwrap_or_else(|message| syn::Error::new(literal.span(), message).to_compile_error())
        .into()
}
