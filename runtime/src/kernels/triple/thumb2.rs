//! The assembly of cores with Thumb-2 and no DSP extension, as Cortex-M3: the same text as in
//! `impulse_kernels_triple.c`.
//!
//! # Safety
//! Every function reads and writes exactly what its arguments say, through pointers that its caller
//! takes from slices of at least that length; columns, weights and sums are aligned to four bytes, no
//! length is 0. They follow the calling convention of the platform and keep what it asks to keep.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

/// A tap of a filter: the two words of the column, r2 and r3, by its weight, a byte at r1, are
/// added to ac (outputs a and c) and b.
macro_rules! filter {
    () => {
        concat!(
            ".macro filter ac, b\n",
            "  ldrb r12, [r1], #1\n",
            "  mla \\ac, r2, r12, \\ac\n",
            "  mla \\b, r3, r12, \\b\n",
            ".endm\n",
        )
    };
}

/// Four taps of four filters.
macro_rules! four_taps {
    () => {
        concat!(
            ".macro four_taps\n",
            "  .rept 4\n",
            "    ldrd r2, r3, [r0], #8\n",
            "    filter r4, r5\n",
            "    filter r6, r7\n",
            "    filter r8, r9\n",
            "    filter r10, r11\n",
            "  .endr\n",
            ".endm\n",
        )
    };
}

/// The sums of four filters start from the first two words of the column.
macro_rules! start {
    () => {
        concat!(
            ".macro start\n",
            "  ldrd r4, r5, [r0], #8\n",
            "  mov r6, r4\n",
            "  mov r7, r5\n",
            "  mov r8, r4\n",
            "  mov r9, r5\n",
            "  mov r10, r4\n",
            "  mov r11, r5\n",
            ".endm\n",
        )
    };
}

/// Takes the sums of three outputs apart: a to r2, b to r3, c to the register of ac.
macro_rules! apart {
    () => {
        concat!(
            ".macro apart ac, b\n",
            "  sbfx r2, \\ac, #0, #21\n",
            "  sub \\ac, \\ac, r2\n",
            "  sub \\b, \\b, \\ac, lsr #11\n",
            "  sbfx r3, \\b, #0, #21\n",
            "  sub \\b, \\b, r3\n",
            "  lsr \\ac, \\ac, #21\n",
            "  add \\ac, \\ac, \\b, asr #10\n",
            ".endm\n",
        )
    };
}

/// Adds the bias to the sums in r2, r3 and ac, rescales them and writes each to its output, at
/// bytes on.
macro_rules! rescale {
    () => {
        concat!(
            ".macro rescale ac, b, at\n",
            "  ldr r12, [r1], #4\n",
            "  add r2, r2, r12\n",
            "  add r3, r3, r12\n",
            "  add \\ac, \\ac, r12\n",
            "  ldrd r12, lr, [r1], #8\n",
            "  smull \\b, r2, r2, r12\n",
            "  smull \\b, r3, r3, r12\n",
            "  smull \\b, \\ac, \\ac, r12\n",
            "  add r2, r2, lr\n",
            "  add r3, r3, lr\n",
            "  add \\ac, \\ac, lr\n",
            "  asr r2, r2, lr\n",
            "  asr r3, r3, lr\n",
            "  asr \\ac, \\ac, lr\n",
            "  ssat r2, #8, r2\n",
            "  ssat r3, #8, r3\n",
            "  ssat \\ac, #8, \\ac\n",
            "  ldrd \\b, r12, [sp, #8]\n",
            "  strb \\ac, [\\b, #\\at]\n",
            "  sub \\b, \\b, r12\n",
            "  strb r3, [\\b, #\\at]\n",
            "  sub \\b, \\b, r12\n",
            "  strb r2, [\\b, #\\at]\n",
            ".endm\n",
        )
    };
}

/// Adds the sums in r2, r3 and ac to the next three in memory, at lr.
macro_rules! add_up {
    () => {
        concat!(
            ".macro add_up ac, b\n",
            "  ldrd r12, \\b, [lr]\n",
            "  add r2, r2, r12\n",
            "  add r3, r3, \\b\n",
            "  strd r2, r3, [lr], #8\n",
            "  ldr r12, [lr]\n",
            "  add \\ac, \\ac, r12\n",
            "  str \\ac, [lr], #4\n",
            ".endm\n",
        )
    };
}

/// An input of four units.
macro_rules! input {
    () => {
        concat!(
            ".macro input\n",
            "  ldrsb r8, [r0], #1\n",
            "  .irp sum, r4, r5, r6, r7\n",
            "    ldrb r9, [r1], #1\n",
            "    mla \\sum, r8, r9, \\sum\n",
            "  .endr\n",
            ".endm\n",
        )
    };
}

/// Three outputs of `filters` filters, rescaled by one multiplication.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn triple_linear(
    column: *const i32,
    weights: *const i32,
    output: *mut i8,
    stride: usize,
    column_bytes: usize,
    filters: usize,
) {
    core::arch::naked_asm!(
        filter!(),
        four_taps!(),
        start!(),
        apart!(),
        rescale!(),
        "push {{r4-r11, lr}}",
        "sub sp, #20",
        "ldrd r4, r5, [sp, #56]",
        "add r4, r0, r4",
        "add r2, r2, r3, lsl #1",
        "add r5, r2, r5",
        "strd r0, r4, [sp]",
        "strd r2, r3, [sp, #8]",
        "str r5, [sp, #16]",
        "mov lr, r4",
        "1:",
        "start",
        "2:",
        "four_taps",
        "cmp r0, lr",
        "bne 2b",
        "apart r4, r5",
        "rescale r4, r5, 0",
        "apart r6, r7",
        "rescale r6, r7, 1",
        "apart r8, r9",
        "rescale r8, r9, 2",
        "apart r10, r11",
        "rescale r10, r11, 3",
        "ldr r2, [sp, #8]",
        "ldr r3, [sp, #16]",
        "adds r2, #4",
        "str r2, [sp, #8]",
        "ldrd r0, lr, [sp]",
        "cmp r2, r3",
        "bne 1b",
        "add sp, #20",
        "pop {{r4-r11, pc}}",
        ".purgem filter",
        ".purgem four_taps",
        ".purgem start",
        ".purgem apart",
        ".purgem rescale",
    )
}

/// Adds the sums of four filters of three outputs to `sums`.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn triple_sums(
    column: *const i32,
    weights: *const i32,
    sums: *mut i32,
    column_bytes: usize,
) {
    core::arch::naked_asm!(
        filter!(),
        four_taps!(),
        start!(),
        apart!(),
        add_up!(),
        "push {{r4-r11, lr}}",
        "sub sp, #4",
        "str r2, [sp]",
        "add lr, r0, r3",
        "start",
        "2:",
        "four_taps",
        "cmp r0, lr",
        "bne 2b",
        "ldr lr, [sp]",
        "apart r4, r5",
        "add_up r4, r5",
        "apart r6, r7",
        "add_up r6, r7",
        "apart r8, r9",
        "add_up r8, r9",
        "apart r10, r11",
        "add_up r10, r11",
        "add sp, #4",
        "pop {{r4-r11, pc}}",
        ".purgem filter",
        ".purgem four_taps",
        ".purgem start",
        ".purgem apart",
        ".purgem add_up",
    )
}

/// Fours of units up to the end of the output.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn triple_units(
    input: *const i8,
    weights: *const i32,
    output: *mut i8,
    end: *const i8,
    inputs: usize,
    correction: i32,
    shared: *const i32,
) {
    core::arch::naked_asm!(
        input!(),
        "push {{r4-r11, lr}}",
        "sub sp, #12",
        "strd r0, r3, [sp]",
        "str r2, [sp, #8]",
        "ldr r11, [sp, #48]",
        "bic r10, r11, #3",
        "add r10, r0, r10",
        "add r11, r0, r11",
        "1:",
        "ldr r4, [sp, #52]",
        "mov r5, r4",
        "mov r6, r4",
        "mov r7, r4",
        "ldr r0, [sp]",
        "cmp r0, r10",
        "beq 3f",
        "2:",
        ".rept 4",
        "  input",
        ".endr",
        "cmp r0, r10",
        "bne 2b",
        "3:",
        "cmp r0, r11",
        "beq 4f",
        "input",
        "b 3b",
        "4:",
        "ldm r1!, {{r2, r3, r8, r9}}",
        "add r4, r4, r2",
        "add r5, r5, r3",
        "add r6, r6, r8",
        "add r7, r7, r9",
        "ldr r2, [sp, #56]",
        "mov r12, #0",
        "cbnz r2, 5f",
        "mov r2, r1",
        "adds r1, #32",
        "mov r12, #8",
        "5:",
        "ldr lr, [sp, #8]",
        ".irp sum, r4, r5, r6, r7",
        "  ldrd r3, r8, [r2]",
        "  add r2, r2, r12",
        "  smull r9, \\sum, \\sum, r3",
        "  add \\sum, \\sum, r8",
        "  asr \\sum, \\sum, r8",
        "  ssat \\sum, #8, \\sum",
        "  strb \\sum, [lr], #1",
        ".endr",
        "str lr, [sp, #8]",
        "ldr r3, [sp, #4]",
        "cmp lr, r3",
        "bne 1b",
        "add sp, #12",
        "pop {{r4-r11, pc}}",
        ".purgem input",
    )
}
