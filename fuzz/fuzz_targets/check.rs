//! The check, given specs that are sound but for what the input puts into their blocks.

#![no_main]

use impulse_dsl::Syntax;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut parts = text.split('|');
    let mut part = || parts.next().unwrap_or_default().replace(['{', '}'], " ");
    let spec = format!(
        "impulse a\ndata \"clips\" {{ labels a, b {}\n}}\n\
         window audio {{ rate 16 kHz, length 1 s\n{}\n}}\n\
         features mfcc {{ frame 32 ms every 20 ms\n{}\n}}\n\
         network {{\n{}\nflatten\ndense labels, softmax\n}}\n\
         train {{\n{}\n}}\ndecide {{\n{}\n}}\naugment {{\n{}\n}}\ntarget nano33 {{\n{}\n}}\n",
        part(), part(), part(), part(), part(), part(), part(), part()
    );
    impulse_fuzz::drive(&spec, Syntax::Impulse);
});
