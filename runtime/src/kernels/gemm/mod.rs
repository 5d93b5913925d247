//! Products of matrices of int8 on the DSP extension of Cortex-M, and the same in portable Rust;
//! the twin of `impulse_kernels_gemm.c`, whose header describes columns, weights and rescaling.
//!
//! Everything works on one slice, the arena, at places that the plan chose: the output may lie over
//! the input, and the columns lie in the same block of memory.

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod assembly;
#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
mod chip;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
mod portable;

#[cfg(all(target_arch = "arm", target_os = "none", target_abi = "eabihf"))]
use chip as target;
#[cfg(not(all(target_arch = "arm", target_os = "none", target_abi = "eabihf")))]
use portable as target;

pub(super) use target::{expand_four, expand_one, one_shared};

/// How products are rescaled: the kernels of four outputs and of one.
#[derive(Clone, Copy, Debug)]
pub struct Gemm {
    pub(super) four: fn(&mut [i8], &Block, &[i32], stride: usize),
    pub(super) one: fn(&mut [i8], &Block, &[i32]),
}

/// Rescaled by one multiplication, addition and shift with numbers that were proven to give the
/// reference's results for every sum that can occur.
pub const GEMM_LINEAR: Gemm = Gemm {
    four: target::four_linear,
    one: target::one_linear,
};

/// Rescaled by the reference's own arithmetic.
pub const GEMM_TWICE: Gemm = Gemm {
    four: target::four_twice,
    one: target::one_twice,
};

/// Places in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// First byte of the columns, a multiple of 4.
    pub columns: usize,
    /// Words of one column.
    pub words: usize,
    /// First byte of the output.
    pub output: usize,
    /// An even number of filters.
    pub filters: usize,
}
