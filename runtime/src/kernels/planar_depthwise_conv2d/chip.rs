//! One channel by the core's assembly.
//!
//! # Safety
//! The assembly reads the plane and six words of weights and writes `rows × columns` outputs, `step`
//! bytes apart; [`run`] checks that all of them lie in its slices and that the plane is aligned to
//! four bytes. [`spread`] checks that both ends of what it reads and writes lie in the arena.
#![allow(
    unsafe_code,
    reason = "calls of assembly; see the module's documentation"
)]

use super::PlanarDepthwiseConv2d;
#[cfg(target_abi = "eabihf")]
use super::assembly::{plane_one, plane_two};
#[cfg(not(target_has_atomic = "32"))]
use super::thumb1::{plane_one, plane_two};
#[cfg(all(target_has_atomic = "32", not(target_abi = "eabihf")))]
use super::thumb2::{plane_one, plane_two};

/// Channel `c` from the plane at `scratch` to the output at `output`.
pub(super) fn run(
    p: &PlanarDepthwiseConv2d,
    arena: &mut [i8],
    scratch: usize,
    weights: &[i32; 6],
    output: usize,
) {
    let (step, [rows, columns]) = (p.input[2], p.output);
    assert!(scratch + p.scratch_bytes() <= arena.len() && p.fits());
    assert!(rows > 0 && columns > 0 && output + (rows * columns - 1) * step < arena.len());
    assert!((arena.as_ptr() as usize + scratch).is_multiple_of(4));
    let kernel = if p.stride == 1 { plane_one } else { plane_two };
    let base = arena.as_mut_ptr();
    // SAFETY: checked above.
    unsafe {
        kernel(
            base.add(scratch).cast(),
            weights.as_ptr(),
            base.add(output),
            step,
            rows,
            columns,
            2 * p.plane[1],
        );
    }
}

/// `n` values `step` apart as int16 side by side.
pub(super) fn spread(arena: &mut [i8], [from, step]: [usize; 2], to: usize, n: usize) {
    assert!(n > 0 && from + (n - 1) * step < arena.len() && to + 2 * n <= arena.len());
    assert!((arena.as_ptr() as usize + to).is_multiple_of(2));
    let base = arena.as_mut_ptr();
    // SAFETY: checked above; the pointers go one step past their ends without being used there.
    unsafe {
        let mut from = base.add(from).cast_const();
        let mut to: *mut i16 = base.add(to).cast();
        let end = to.add(n);
        while to < end {
            to.write(i16::from(*from));
            (from, to) = (from.wrapping_add(step), to.add(1));
        }
    }
}
