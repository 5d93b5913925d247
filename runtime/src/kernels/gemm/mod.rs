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

pub(super) use target::{expand_four, expand_one, units_shared};

/// How products are rescaled: the kernels of four outputs and of one.
#[derive(Clone, Copy, Debug)]
pub struct Gemm {
    pub(super) four: fn(&mut [i8], &Block, &[i32], stride: usize),
    pub(super) one: fn(&mut [i8], &Block, &[i32]),
}

impl Gemm {
    /// `n` outputs, four or one, of all filters of `all`. The last of an odd number of filters is
    /// computed beside one of zeros, at `spare`.
    #[inline(never)]
    pub(super) fn outputs(
        &self,
        arena: &mut [i8],
        all: &Block,
        weights: &[i32],
        [pair_words, spare]: [usize; 2],
        n: usize,
    ) {
        let filters = all.filters;
        let even = filters & !1;
        let run = |arena: &mut [i8], block: &Block, weights: &[i32], stride: usize| {
            if n == 4 {
                (self.four)(arena, block, weights, stride);
            } else {
                (self.one)(arena, block, weights);
            }
        };
        if even > 0 {
            let block = Block {
                filters: even,
                ..*all
            };
            run(arena, &block, weights, filters);
        }
        if even < filters {
            let pair = Block {
                output: spare,
                filters: 2,
                ..*all
            };
            run(arena, &pair, &weights[even / 2 * pair_words..], 2);
            for j in 0..n {
                arena[all.output + j * filters + even] = arena[spare + 2 * j];
            }
        }
    }
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
    /// Filters; an even number where the assembly computes them.
    pub filters: usize,
}
