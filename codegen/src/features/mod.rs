//! The tables of the feature blocks, as C and as Rust. The arithmetic over them is fixed code:
//! `impulse_mfcc.c` and `impulse_runtime::features`.

pub mod c;
pub mod rust;
