//! Emitted code is compiled and run on the host, and gives the same bits as
//! `impulse_ir::exec::Session`. What needs a tool that is missing is left out.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test program, which runs compilers"
)]

mod blocks;
mod c;
#[path = "../litert/cases.rs"]
mod cases;
mod decide;
mod emulator;
mod figures;
mod firmware;
mod models;
mod networks;
mod rust;
mod tools;
