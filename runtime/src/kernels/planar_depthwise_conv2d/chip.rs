//! One channel by the core's assembly.
//!
//! # Safety
//! The assembly copies `rows × columns` values to the plane, or reads the plane and six words of
//! weights and writes `rows × columns` outputs; values and outputs are `step` bytes apart. [`fill`] and
//! [`run`] check that all of them lie in their slices and that the plane is aligned to four bytes.
#![allow(
    unsafe_code,
    reason = "calls of assembly; see the module's documentation"
)]

use super::PlanarDepthwiseConv2d;
#[cfg(target_abi = "eabihf")]
use super::assembly::{plane_fill, plane_one, plane_two};
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

/// The channel that begins at `input` into the plane at `scratch`.
pub(super) fn fill(p: &PlanarDepthwiseConv2d, arena: &mut [i8], scratch: usize, input: usize) {
    let (step, [rows, columns]) = (p.input[2], [p.rows(), p.input[1]]);
    let first = scratch + 2 * (p.pad[0] * p.plane[1] + p.pad[1]);
    assert!(scratch + p.scratch_bytes() <= arena.len() && p.fits());
    assert!(rows > 0 && columns > 0 && input + (rows * columns - 1) * step < arena.len());
    assert!((arena.as_ptr() as usize + scratch).is_multiple_of(4));
    let base = arena.as_mut_ptr();
    // SAFETY: checked above; `fits` says that rows and columns with their pads are in the plane.
    unsafe {
        let (from, plane) = (base.add(input), base.add(first).cast());
        plane_fill(from, plane, step, rows, columns, 2 * p.plane[1]);
    }
}

/// `rows × columns` values, `step` bytes apart, into a plane.
///
/// # Safety
/// All values and all of their places in the plane, whose rows are `pitch` bytes apart, can be used.
#[cfg(not(target_abi = "eabihf"))]
unsafe fn plane_fill(
    from: *const i8,
    plane: *mut i16,
    step: usize,
    rows: usize,
    columns: usize,
    pitch: usize,
) {
    let mut from = from;
    for row in 0..rows {
        // SAFETY: the caller's; `from` goes one step past the last value without being used there.
        unsafe {
            let mut to = plane.byte_add(row * pitch);
            let end = to.add(columns);
            while to < end {
                to.write(i16::from(*from));
                (from, to) = (from.wrapping_add(step), to.add(1));
            }
        }
    }
}
