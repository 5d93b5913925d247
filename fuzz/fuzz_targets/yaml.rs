//! The `.yaml` spelling, given any text.

#![no_main]

use impulse_dsl::Syntax;

libfuzzer_sys::fuzz_target!(|text: &str| impulse_fuzz::drive(text, Syntax::Yaml));
