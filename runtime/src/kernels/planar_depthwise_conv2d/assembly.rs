//! One channel of a depthwise convolution on the DSP extension: the same assembly as in
//! `impulse_kernels_planar_depthwise_conv2d.c`.
//!
//! # Safety
//! The assembly reads the plane and six words of weights and writes `rows × columns` outputs, `step`
//! bytes apart; [`run`] checks that all of them lie in its slices and that the plane is aligned to
//! four bytes. It follows the platform's calling convention.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

use super::PlanarDepthwiseConv2d;

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

/// Stride 1.
#[unsafe(naked)]
unsafe extern "C" fn plane_one(
    plane: *const i16,
    channel: *const i32,
    output: *mut i8,
    step: usize,
    rows: usize,
    columns: usize,
    pitch: usize,
) {
    core::arch::naked_asm!(
        "push {{r4-r11, lr}}",
        "sub sp, #32",
        "ldm r1, {{r4-r9}}",
        "str r7, [sp]",
        "strd r8, r9, [sp, #4]",
        "str r3, [sp, #12]",
        "sxtb16 r7, r4, ror #8",
        "sxtb16 r8, r5, ror #8",
        "pkhbt r7, r7, r8, lsl #16",
        "sxtb16 r8, r6, ror #8",
        "sxtb16 r4, r4",
        "sxtb16 r5, r5",
        "sxtb16 r6, r6",
        "mov r3, r2",
        "str r0, [sp, #20]",
        "1:",
        "ldr r0, [sp, #20]",
        "ldrd r12, r11, [sp, #72]",
        "add r1, r0, r11",
        "add r2, r1, r11",
        "add r12, r0, r12, lsl #1",
        "str r12, [sp, #16]",
        "str r1, [sp, #20]",
        "2:",
        "ldr r9, [sp]",
        "ldrd r11, r12, [r0], #4",
        "pkhbt lr, r12, r11",
        "smladx r10, lr, r4, r9",
        "smlad r9, r11, r4, r9",
        "smlabb r9, r12, r7, r9",
        "smlatb r10, r12, r7, r10",
        "ldrd r11, r12, [r1], #4",
        "pkhbt lr, r12, r11",
        "smladx r10, lr, r5, r10",
        "smlad r9, r11, r5, r9",
        "smlabt r9, r12, r7, r9",
        "smlatt r10, r12, r7, r10",
        "ldrd r11, r12, [r2], #4",
        "pkhbt lr, r12, r11",
        "smladx r10, lr, r6, r10",
        "smlad r9, r11, r6, r9",
        "smlabb r9, r12, r8, r9",
        "smlatb r10, r12, r8, r10",
        "ldrd r11, r12, [sp, #4]",
        "smmla r9, r9, r11, r12",
        "smmla r10, r10, r11, r12",
        "asr r9, r9, r12",
        "asr r10, r10, r12",
        "ssat r9, #8, r9",
        "ssat r10, #8, r10",
        "ldrd lr, r12, [sp, #12]",
        "cmp r0, r12",
        "strb r9, [r3]",
        "itt ls",
        "strbls r10, [r3, lr]",
        "addls r3, r3, lr",
        "add r3, r3, lr",
        "blo 2b",
        "ldr r11, [sp, #68]",
        "subs r11, r11, #1",
        "str r11, [sp, #68]",
        "bne 1b",
        "add sp, #32",
        "pop {{r4-r11, pc}}",
    )
}

/// Stride 2.
#[unsafe(naked)]
unsafe extern "C" fn plane_two(
    plane: *const i16,
    channel: *const i32,
    output: *mut i8,
    step: usize,
    rows: usize,
    columns: usize,
    pitch: usize,
) {
    core::arch::naked_asm!(
        "push {{r4-r11, lr}}",
        "sub sp, #32",
        "ldm r1, {{r4-r9}}",
        "str r7, [sp]",
        "strd r8, r9, [sp, #4]",
        "str r3, [sp, #12]",
        "sxtb16 r7, r4, ror #8",
        "sxtb16 r8, r5, ror #8",
        "pkhbt r7, r7, r8, lsl #16",
        "sxtb16 r8, r6, ror #8",
        "sxtb16 r4, r4",
        "sxtb16 r5, r5",
        "sxtb16 r6, r6",
        "mov r3, r2",
        "str r0, [sp, #20]",
        "1:",
        "ldr r0, [sp, #20]",
        "ldrd r12, r11, [sp, #72]",
        "add r1, r0, r11",
        "add r2, r1, r11",
        "add r10, r0, r12, lsl #2",
        "str r2, [sp, #20]",
        "ldr lr, [sp, #12]",
        "2:",
        "ldr r9, [sp]",
        "ldrd r11, r12, [r0], #4",
        "smlad r9, r11, r4, r9",
        "smlabb r9, r12, r7, r9",
        "ldrd r11, r12, [r1], #4",
        "smlad r9, r11, r5, r9",
        "smlabt r9, r12, r7, r9",
        "ldrd r11, r12, [r2], #4",
        "smlad r9, r11, r6, r9",
        "smlabb r9, r12, r8, r9",
        "ldrd r11, r12, [sp, #4]",
        "smmla r9, r9, r11, r12",
        "asr r9, r9, r12",
        "ssat r9, #8, r9",
        "strb r9, [r3]",
        "add r3, r3, lr",
        "cmp r0, r10",
        "bne 2b",
        "ldr r11, [sp, #68]",
        "subs r11, r11, #1",
        "str r11, [sp, #68]",
        "bne 1b",
        "add sp, #32",
        "pop {{r4-r11, pc}}",
    )
}
