//! One channel on cores without Thumb-2, as Cortex-M0 and M0+: the same assembly as in
//! `impulse_kernels_planar_depthwise_conv2d.c`.
//!
//! # Safety
//! Every function reads and writes exactly what its arguments say, through pointers that its caller
//! takes from slices of at least that length; columns, weights and sums are aligned to four bytes, no
//! length is 0. They follow the calling convention of the platform and keep what it asks to keep.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

/// Three taps of a row, bytes of a word in the order 0, 2, 1, to the stack.
macro_rules! taps {
    () => {
        concat!(
            ".macro taps word, a, b, c\n",
            "  sxtb r5, \\word\n",
            "  str r5, [sp, #\\a]\n",
            "  lsrs \\word, \\word, #8\n",
            "  sxtb r5, \\word\n",
            "  str r5, [sp, #\\c]\n",
            "  lsrs \\word, \\word, #8\n",
            "  sxtb r5, \\word\n",
            "  str r5, [sp, #\\b]\n",
            ".endm\n",
        )
    };
}

/// The channel: its taps, the start of its sums and its rescaling on the stack; r10: the pitch;
/// r11: what leads back to the first row and on by two columns.
macro_rules! enter {
    () => {
        concat!(
            ".macro enter\n",
            "  push {{r4-r7, lr}}\n",
            "  mov r4, r8\n",
            "  mov r5, r9\n",
            "  mov r6, r10\n",
            "  mov r7, r11\n",
            "  push {{r4-r7}}\n",
            "  sub sp, #72\n",
            "  str r0, [sp, #64]\n",
            "  str r2, [sp, #52]\n",
            "  str r3, [sp, #56]\n",
            "  ldmia r1!, {{r2, r3, r4}}\n",
            "  taps r2, 0, 4, 8\n",
            "  taps r3, 12, 16, 20\n",
            "  taps r4, 24, 28, 32\n",
            "  ldmia r1!, {{r2, r3, r4}}\n",
            "  lsrs r6, r3, #21\n",
            "  lsls r3, r3, #11\n",
            "  lsrs r3, r3, #12\n",
            "  add r5, sp, #36\n",
            "  stmia r5!, {{r2, r3, r4, r6}}\n",
            "  ldr r2, [sp, #108]\n",
            "  str r2, [sp, #68]\n",
            "  ldr r2, [sp, #116]\n",
            "  mov r10, r2\n",
            "  lsls r3, r2, #1\n",
            "  subs r3, r3, #4\n",
            "  mov r11, r3\n",
            ".endm\n",
        )
    };
}

/// Gives back the room on the stack and returns.
macro_rules! leave {
    () => {
        concat!(
            ".macro leave\n",
            "  add sp, #72\n",
            "  pop {{r4-r7}}\n",
            "  mov r8, r4\n",
            "  mov r9, r5\n",
            "  mov r10, r6\n",
            "  mov r11, r7\n",
            "  pop {{r4-r7, pc}}\n",
            ".endm\n",
        )
    };
}

/// A value of the plane.
macro_rules! value {
    () => {
        concat!(
            ".macro value register, at\n",
            "  ldrh \\register, [r0, #\\at]\n",
            "  sxth \\register, \\register\n",
            ".endm\n",
        )
    };
}

/// A tap for two outputs side by side, r8 and r9.
macro_rules! tap {
    () => {
        concat!(
            ".macro tap at, first, second\n",
            "  ldr r5, [sp, #\\at]\n",
            "  movs r6, r5\n",
            "  muls r6, \\first, r6\n",
            "  add r8, r6\n",
            "  muls r5, \\second, r5\n",
            "  add r9, r5\n",
            ".endm\n",
        )
    };
}

/// A row of three taps for two outputs side by side.
macro_rules! two_outputs {
    () => {
        concat!(
            ".macro two_outputs a, b, c\n",
            "  value r1, 0\n",
            "  value r2, 2\n",
            "  value r3, 4\n",
            "  value r4, 6\n",
            "  tap \\a, r1, r2\n",
            "  tap \\b, r2, r3\n",
            "  tap \\c, r3, r4\n",
            ".endm\n",
        )
    };
}

/// A tap for one output, r7.
macro_rules! single {
    () => {
        concat!(
            ".macro single at, value\n",
            "  ldr r5, [sp, #\\at]\n",
            "  muls r5, \\value, r5\n",
            "  adds r7, r7, r5\n",
            ".endm\n",
        )
    };
}

/// A row of three taps for one output.
macro_rules! one_output {
    () => {
        concat!(
            ".macro one_output a, b, c\n",
            "  value r1, 0\n",
            "  value r2, 2\n",
            "  value r3, 4\n",
            "  single \\a, r1\n",
            "  single \\b, r2\n",
            "  single \\c, r3\n",
            ".endm\n",
        )
    };
}

/// Rescales a sum and limits it to an int8, from three products of 32 bits: see
/// impulse_kernels_triple.h. r3 and r6: the low and the high bits of the factor.
macro_rules! rescale {
    () => {
        concat!(
            ".macro rescale sum, addend\n",
            "  asrs r1, \\sum, #11\n",
            "  lsls r2, \\sum, #21\n",
            "  lsrs r2, r2, #21\n",
            "  muls r1, r3, r1\n",
            "  muls r2, r3, r2\n",
            "  lsrs r2, r2, #11\n",
            "  adds r1, r1, r2\n",
            "  asrs r1, r1, #9\n",
            "  muls \\sum, r6, \\sum\n",
            "  adds r1, r1, \\sum\n",
            "  asrs r1, r1, #11\n",
            "  adds r1, r1, \\addend\n",
            "  asrs r1, \\addend\n",
            "  sxtb \\sum, r1\n",
            "  cmp \\sum, r1\n",
            "  beq 6f\n",
            "  asrs r1, r1, #31\n",
            "  movs \\sum, #127\n",
            "  eors \\sum, r1\n",
            "  6:\n",
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
        taps!(),
        enter!(),
        leave!(),
        value!(),
        tap!(),
        two_outputs!(),
        rescale!(),
        "enter",
        "1:",
        "ldr r1, [sp, #112]",
        "ldr r2, [sp, #56]",
        "ldr r3, [sp, #52]",
        "muls r1, r2, r1",
        "adds r1, r1, r3",
        "str r1, [sp, #60]",
        "ldr r0, [sp, #64]",
        "2:",
        "ldr r7, [sp, #36]",
        "mov r8, r7",
        "mov r9, r7",
        "two_outputs 0, 4, 8",
        "add r0, r10",
        "two_outputs 12, 16, 20",
        "add r0, r10",
        "two_outputs 24, 28, 32",
        "mov r1, r11",
        "subs r0, r0, r1",
        "mov r4, r8",
        "mov r5, r9",
        "ldr r3, [sp, #40]",
        "ldr r7, [sp, #44]",
        "ldr r6, [sp, #48]",
        "rescale r4, r7",
        "rescale r5, r7",
        "ldr r1, [sp, #52]",
        "strb r4, [r1]",
        "ldr r2, [sp, #56]",
        "adds r1, r1, r2",
        "ldr r3, [sp, #60]",
        "cmp r1, r3",
        "beq 3f",
        "strb r5, [r1]",
        "adds r1, r1, r2",
        "cmp r1, r3",
        "beq 3f",
        "str r1, [sp, #52]",
        "b 2b",
        "3:",
        "str r1, [sp, #52]",
        "ldr r0, [sp, #64]",
        "add r0, r10",
        "str r0, [sp, #64]",
        "ldr r1, [sp, #68]",
        "subs r1, #1",
        "str r1, [sp, #68]",
        "beq 9f",
        "b 1b",
        "9:",
        "leave",
        ".purgem taps",
        ".purgem enter",
        ".purgem leave",
        ".purgem value",
        ".purgem tap",
        ".purgem two_outputs",
        ".purgem rescale",
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
        taps!(),
        enter!(),
        leave!(),
        value!(),
        single!(),
        one_output!(),
        rescale!(),
        "enter",
        "1:",
        "ldr r1, [sp, #112]",
        "ldr r2, [sp, #56]",
        "ldr r3, [sp, #52]",
        "muls r1, r2, r1",
        "adds r1, r1, r3",
        "str r1, [sp, #60]",
        "ldr r0, [sp, #64]",
        "2:",
        "ldr r7, [sp, #36]",
        "one_output 0, 4, 8",
        "add r0, r10",
        "one_output 12, 16, 20",
        "add r0, r10",
        "one_output 24, 28, 32",
        "mov r1, r11",
        "subs r0, r0, r1",
        "ldr r3, [sp, #40]",
        "ldr r5, [sp, #44]",
        "ldr r6, [sp, #48]",
        "rescale r7, r5",
        "ldr r1, [sp, #52]",
        "strb r7, [r1]",
        "ldr r2, [sp, #56]",
        "adds r1, r1, r2",
        "str r1, [sp, #52]",
        "ldr r3, [sp, #60]",
        "cmp r1, r3",
        "beq 3f",
        "b 2b",
        "3:",
        "ldr r0, [sp, #64]",
        "add r0, r10",
        "add r0, r10",
        "str r0, [sp, #64]",
        "ldr r1, [sp, #68]",
        "subs r1, #1",
        "str r1, [sp, #68]",
        "beq 9f",
        "b 1b",
        "9:",
        "leave",
        ".purgem taps",
        ".purgem enter",
        ".purgem leave",
        ".purgem value",
        ".purgem single",
        ".purgem one_output",
        ".purgem rescale",
    )
}
