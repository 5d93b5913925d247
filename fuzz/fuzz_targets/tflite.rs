//! The reader of `.tflite` files, and what is done with a network that it takes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| impulse_fuzz::network(bytes));
