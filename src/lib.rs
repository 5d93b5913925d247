#![no_std]
//! Impulse.
pub use impulse_runtime as runtime;
