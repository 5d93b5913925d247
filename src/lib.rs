#![no_std]
//! TinyML models in a Rust program.
//!
//! [`include_impulse!`] brings a trained impulse in at compile time, on a host or on a
//! microcontroller, without a heap:
//!
//! ```ignore
//! impulse::include_impulse!("impulses/yes_no/yes_no.impulse");
//!
//! let mut yes_no = YesNo::new();
//! let mut rest: &[i16] = samples;
//! while !rest.is_empty() {
//!     let taken = yes_no.push(rest);
//!     rest = &rest[taken..];
//!     if let Some(label) = yes_no.result().and_then(|output| output.decided) {
//!         println!("{}", YesNo::LABELS[label]);
//!     }
//! }
//! ```
//!
//! The example is not compiled here because it needs a trained model; `examples/` has it whole.

pub use impulse_macros::include_impulse;
pub use impulse_runtime as runtime;
