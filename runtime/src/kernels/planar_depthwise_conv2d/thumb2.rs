//! One channel on cores with Thumb-2 and no DSP extension, as Cortex-M3: the same assembly as in
//! `impulse_kernels_planar_depthwise_conv2d.c`.
//!
//! # Safety
//! Every function reads and writes exactly what its arguments say, through pointers that its caller
//! takes from slices of at least that length; columns, weights and sums are aligned to four bytes, no
//! length is 0. They follow the calling convention of the platform and keep what it asks to keep.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

/// The channel: its nine taps in r4 to r12, the start of its sums, its rescaling, output, step and
/// plane on the stack.
macro_rules! enter {
    () => {
        concat!(
            ".macro enter\n",
            "  push {{r4-r11, lr}}\n",
            "  sub sp, #32\n",
            "  ldm r1, {{r4-r9}}\n",
            "  str r7, [sp]\n",
            "  strd r8, r9, [sp, #4]\n",
            "  strd r2, r3, [sp, #12]\n",
            "  str r0, [sp, #24]\n",
            "  sxtb r10, r6\n",
            "  sxtb r12, r6, ror #8\n",
            "  sxtb r11, r6, ror #16\n",
            "  sxtb r7, r5\n",
            "  sxtb r9, r5, ror #8\n",
            "  sxtb r8, r5, ror #16\n",
            "  sxtb r6, r4, ror #8\n",
            "  sxtb r5, r4, ror #16\n",
            "  sxtb r4, r4\n",
            "  ldr lr, [sp, #68]\n",
            "  str lr, [sp, #28]\n",
            ".endm\n",
        )
    };
}

/// A row of three taps for two outputs side by side, r2 and r3.
macro_rules! two_outputs {
    () => {
        concat!(
            ".macro two_outputs a, b, c\n",
            "  ldrsh r1, [r0]\n",
            "  mla r2, r1, \\a, r2\n",
            "  ldrsh r1, [r0, #2]\n",
            "  mla r2, r1, \\b, r2\n",
            "  mla r3, r1, \\a, r3\n",
            "  ldrsh r1, [r0, #4]\n",
            "  mla r2, r1, \\c, r2\n",
            "  mla r3, r1, \\b, r3\n",
            "  ldrsh r1, [r0, #6]\n",
            "  mla r3, r1, \\c, r3\n",
            ".endm\n",
        )
    };
}

/// A row of three taps for one output, r2.
macro_rules! one_output {
    () => {
        concat!(
            ".macro one_output a, b, c\n",
            "  ldrsh r1, [r0]\n",
            "  mla r2, r1, \\a, r2\n",
            "  ldrsh r1, [r0, #2]\n",
            "  mla r2, r1, \\b, r2\n",
            "  ldrsh r1, [r0, #4]\n",
            "  mla r2, r1, \\c, r2\n",
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
        two_outputs!(),
        "enter",
        "1:",
        "ldrd r1, lr, [sp, #72]",
        "ldrd r2, r3, [sp, #12]",
        "mla r1, r1, r3, r2",
        "str r1, [sp, #20]",
        "ldr r0, [sp, #24]",
        "2:",
        "ldr r2, [sp]",
        "mov r3, r2",
        "two_outputs r4, r5, r6",
        "add r0, r0, lr",
        "two_outputs r7, r8, r9",
        "add r0, r0, lr",
        "two_outputs r10, r11, r12",
        "sub r0, r0, lr, lsl #1",
        "adds r0, #4",
        "ldr r1, [sp, #4]",
        "smull lr, r2, r2, r1",
        "smull lr, r3, r3, r1",
        "ldr r1, [sp, #8]",
        "add r2, r2, r1",
        "add r3, r3, r1",
        "asr r2, r2, r1",
        "asr r3, r3, r1",
        "ssat r2, #8, r2",
        "ssat r3, #8, r3",
        "ldrd r1, lr, [sp, #12]",
        "strb r2, [r1]",
        "add r1, r1, lr",
        "ldr r2, [sp, #20]",
        "cmp r1, r2",
        "beq 3f",
        "strb r3, [r1]",
        "add r1, r1, lr",
        "ldr lr, [sp, #76]",
        "str r1, [sp, #12]",
        "cmp r1, r2",
        "bne 2b",
        "3:",
        "str r1, [sp, #12]",
        "ldr lr, [sp, #76]",
        "ldr r0, [sp, #24]",
        "add r0, r0, lr",
        "str r0, [sp, #24]",
        "ldr r1, [sp, #28]",
        "subs r1, #1",
        "str r1, [sp, #28]",
        "bne 1b",
        "add sp, #32",
        "pop {{r4-r11, pc}}",
        ".purgem enter",
        ".purgem two_outputs",
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
        one_output!(),
        "enter",
        "1:",
        "ldrd r1, lr, [sp, #72]",
        "ldrd r2, r3, [sp, #12]",
        "mla r1, r1, r3, r2",
        "str r1, [sp, #20]",
        "ldr r0, [sp, #24]",
        "2:",
        "ldr r2, [sp]",
        "one_output r4, r5, r6",
        "add r0, r0, lr",
        "one_output r7, r8, r9",
        "add r0, r0, lr",
        "one_output r10, r11, r12",
        "sub r0, r0, lr, lsl #1",
        "adds r0, #4",
        "ldrd r1, lr, [sp, #4]",
        "smull r3, r2, r2, r1",
        "add r2, r2, lr",
        "asr r2, r2, lr",
        "ssat r2, #8, r2",
        "ldrd r1, lr, [sp, #12]",
        "strb r2, [r1]",
        "add r1, r1, lr",
        "ldr r3, [sp, #20]",
        "ldr lr, [sp, #76]",
        "str r1, [sp, #12]",
        "cmp r1, r3",
        "bne 2b",
        "ldr r0, [sp, #24]",
        "add r0, r0, lr, lsl #1",
        "str r0, [sp, #24]",
        "ldr r1, [sp, #28]",
        "subs r1, #1",
        "str r1, [sp, #28]",
        "bne 1b",
        "add sp, #32",
        "pop {{r4-r11, pc}}",
        ".purgem enter",
        ".purgem one_output",
    )
}
