//! Signal processing in f32 that gives the same bits on every machine.
//!
//! What holds of everything here: only additions, subtractions, multiplications and divisions of
//! IEEE 754 binary32, each rounded by itself (no fused multiply-add), in the order written; the C
//! in `impulse_dsp.c` repeats it operation for operation. Tables come from outside and are
//! computed once, on the host.

pub mod fft;
pub mod filter;
pub mod math;
pub mod number;
pub mod statistics;
pub mod wavelet;

pub use fft::RealFft;
pub use filter::{Conditioning, Decimation, Section};
pub use number::Number;
pub use wavelet::Wavelet;
