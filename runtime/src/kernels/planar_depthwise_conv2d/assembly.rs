//! One channel of a depthwise convolution on the DSP extension: the same assembly as in
//! `impulse_kernels_planar_depthwise_conv2d.c`.
//!
//! # Safety
//! The assembly copies `rows × columns` values to the plane, or reads the plane and six words of
//! weights and writes `rows × columns` outputs; values and outputs are `step` bytes apart. Its
//! caller, [`super`], checks that all of them lie in its slices and that the plane is aligned to four
//! bytes. It follows the platform's calling convention.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

/// The channel: its taps in r4 to r8, the start of its sums, its rescaling and the step on the
/// stack.
macro_rules! enter {
    () => {
        concat!(
            ".macro enter\n",
            "  push {{r4-r11, lr}}\n",
            "  sub sp, #32\n",
            "  ldm r1, {{r4-r9}}\n",
            "  str r7, [sp]\n",
            "  strd r8, r9, [sp, #4]\n",
            "  str r3, [sp, #12]\n",
            "  sxtb16 r7, r4, ror #8\n",
            "  sxtb16 r8, r5, ror #8\n",
            "  pkhbt r7, r7, r8, lsl #16\n",
            "  sxtb16 r8, r6, ror #8\n",
            "  sxtb16 r4, r4\n",
            "  sxtb16 r5, r5\n",
            "  sxtb16 r6, r6\n",
            "  mov r3, r2\n",
            "  str r0, [sp, #20]\n",
            ".endm\n",
        )
    };
}

/// Stride 1.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn plane_one(
    plane: *const i16,
    channel: *const i32,
    output: *mut i8,
    step: usize,
    rows: usize,
    columns: usize,
    pitch: usize,
) {
    core::arch::naked_asm!(
        enter!(),
        ".arch armv7e-m",
        "enter",
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
        ".purgem enter",
    )
}

/// Stride 2.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn plane_two(
    plane: *const i16,
    channel: *const i32,
    output: *mut i8,
    step: usize,
    rows: usize,
    columns: usize,
    pitch: usize,
) {
    core::arch::naked_asm!(
        enter!(),
        ".arch armv7e-m",
        "enter",
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
        ".purgem enter",
    )
}

/// `rows × columns` values, `step` bytes apart, into a plane.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn plane_fill(
    from: *const i8,
    plane: *mut i16,
    step: usize,
    rows: usize,
    columns: usize,
    pitch: usize,
) {
    core::arch::naked_asm!(
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "ldrd r4, r5, [sp, #36]",
        "add r12, r2, r2, lsl #1",
        "1:",
        "mov r6, r1",
        "add r1, r1, r5",
        "lsrs r7, r4, #2",
        "beq 3f",
        "2:",
        "ldrsb r8, [r0]",
        "ldrsb r9, [r0, r2]",
        "ldrsb r10, [r0, r2, lsl #1]",
        "ldrsb r11, [r0, r12]",
        "add r0, r0, r2, lsl #2",
        "pkhbt r8, r8, r9, lsl #16",
        "pkhbt r10, r10, r11, lsl #16",
        "str r8, [r6], #4",
        "str r10, [r6], #4",
        "subs r7, r7, #1",
        "bne 2b",
        "3:",
        "ands r7, r4, #3",
        "beq 5f",
        "4:",
        "ldrsb r8, [r0]",
        "add r0, r0, r2",
        "strh r8, [r6], #2",
        "subs r7, r7, #1",
        "bne 4b",
        "5:",
        "subs r3, r3, #1",
        "bne 1b",
        "pop {{r4-r11, pc}}",
    )
}
