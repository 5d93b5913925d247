//! The assembly of cores without Thumb-2, as Cortex-M0 and M0+: the same text as in
//! `impulse_kernels_triple.c`.
//!
//! # Safety
//! Every function reads and writes exactly what its arguments say, through pointers that its caller
//! takes from slices of at least that length; columns, weights and sums are aligned to four bytes, no
//! length is 0. They follow the calling convention of the platform and keep what it asks to keep.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

/// Keeps what the convention asks to keep, makes room on the stack, and puts the column or input
/// there.
macro_rules! enter {
    () => {
        concat!(
            ".macro enter bytes\n",
            "  push {{r4-r7, lr}}\n",
            "  mov r4, r8\n",
            "  mov r5, r9\n",
            "  mov r6, r10\n",
            "  mov r7, r11\n",
            "  push {{r4-r7}}\n",
            "  sub sp, #\\bytes\n",
            "  str r0, [sp]\n",
            ".endm\n",
        )
    };
}

/// Gives back the room and returns.
macro_rules! leave {
    () => {
        concat!(
            ".macro leave bytes\n",
            "  add sp, #\\bytes\n",
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

/// Where the loop of eight taps is entered, r6: behind its first four, for which the weights are
/// put back by r7, where their number is odd. r10: the end of the column; r5: bytes of weights.
macro_rules! entry {
    () => {
        concat!(
            ".macro entry\n",
            "  adds r5, r0, r4\n",
            "  mov r10, r5\n",
            "  subs r4, #8\n",
            "  lsrs r5, r4, #1\n",
            "  adr r6, 2f\n",
            "  movs r7, #0\n",
            "  lsls r4, r4, #26\n",
            "  bpl 4f\n",
            "  adds r6, #44\n",
            "  movs r7, #16\n",
            ".endm\n",
        )
    };
}

/// Two taps of a filter, whose weights are so many bytes on.
macro_rules! two_taps {
    () => {
        concat!(
            ".macro two_taps at, next\n",
            "  ldmia r0!, {{r2-r5}}\n",
            "  ldrb r6, [r1, #\\at]\n",
            "  muls r2, r6, r2\n",
            "  muls r3, r6, r3\n",
            "  add r8, r2\n",
            "  add r9, r3\n",
            "  ldrb r6, [r1, #\\next]\n",
            "  muls r4, r6, r4\n",
            "  muls r5, r6, r5\n",
            "  add r8, r4\n",
            "  add r9, r5\n",
            ".endm\n",
        )
    };
}

/// Takes the sums in r8 and r9 apart: a to r4, b to r5, c to r2.
macro_rules! apart {
    () => {
        concat!(
            ".macro apart\n",
            "  mov r2, r8\n",
            "  mov r3, r9\n",
            "  lsls r4, r2, #11\n",
            "  asrs r4, r4, #11\n",
            "  subs r2, r2, r4\n",
            "  lsrs r5, r2, #11\n",
            "  subs r3, r3, r5\n",
            "  lsls r5, r3, #11\n",
            "  asrs r5, r5, #11\n",
            "  subs r3, r3, r5\n",
            "  lsrs r2, r2, #21\n",
            "  asrs r3, r3, #10\n",
            "  adds r2, r2, r3\n",
            ".endm\n",
        )
    };
}

/// r0: the product of a sum and an even factor without its lowest 32 bits, from three products of
/// 32 bits. low: bits 1 to 20 of the factor; high: the bits from 21.
macro_rules! multiply {
    () => {
        concat!(
            ".macro multiply sum, low, high\n",
            "  asrs r0, \\sum, #11\n",
            "  lsls r1, \\sum, #21\n",
            "  lsrs r1, r1, #21\n",
            "  muls r0, \\low, r0\n",
            "  muls r1, \\low, r1\n",
            "  lsrs r1, r1, #11\n",
            "  adds r0, r0, r1\n",
            "  asrs r0, r0, #9\n",
            "  muls \\sum, \\high, \\sum\n",
            "  adds r0, r0, \\sum\n",
            "  asrs r0, r0, #11\n",
            ".endm\n",
        )
    };
}

/// Limits r0 to an int8, which goes to the register value.
macro_rules! limit {
    () => {
        concat!(
            ".macro limit value\n",
            "  sxtb \\value, r0\n",
            "  cmp \\value, r0\n",
            "  beq 6f\n",
            "  asrs r0, r0, #31\n",
            "  movs \\value, #127\n",
            "  eors \\value, r0\n",
            "  6:\n",
            ".endm\n",
        )
    };
}

/// An input, r2, of a unit, whose weight is at bytes on.
macro_rules! unit {
    () => {
        concat!(
            ".macro unit sum, at\n",
            "  ldrb r3, [r1, #\\at]\n",
            "  muls r3, r2, r3\n",
            "  adds \\sum, \\sum, r3\n",
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
        enter!(),
        leave!(),
        entry!(),
        two_taps!(),
        apart!(),
        multiply!(),
        limit!(),
        "enter 28",
        "str r3, [sp, #4]",
        "lsls r4, r3, #1",
        "adds r2, r2, r4",
        "mov r12, r2",
        "ldr r4, [sp, #68]",
        "adds r4, r2, r4",
        "str r4, [sp, #16]",
        "ldr r4, [sp, #64]",
        "entry",
        "4:",
        "mov r11, r6",
        "str r5, [sp, #20]",
        "str r7, [sp, #24]",
        "1:",
        "ldr r5, [sp, #20]",
        "adds r5, r1, r5",
        "str r5, [sp, #12]",
        "ldr r7, [sp, #24]",
        "subs r1, r1, r7",
        "str r1, [sp, #8]",
        "5:",
        "ldr r0, [sp]",
        "ldmia r0!, {{r2, r3}}",
        "mov r8, r2",
        "mov r9, r3",
        "mov pc, r11",
        ".p2align 2",
        "2:",
        "two_taps 0, 4",
        "two_taps 8, 12",
        "3:",
        "two_taps 16, 20",
        "two_taps 24, 28",
        "adds r1, #32",
        "cmp r0, r10",
        "bne 2b",
        "apart",
        "ldr r1, [sp, #12]",
        "ldmia r1!, {{r3, r6, r7}}",
        "str r1, [sp, #12]",
        "adds r4, r4, r3",
        "adds r5, r5, r3",
        "adds r2, r2, r3",
        "lsls r3, r6, #11",
        "lsrs r3, r3, #12",
        "lsrs r6, r6, #21",
        ".irp sum, r4, r5, r2",
        "  multiply \\sum, r3, r6",
        "  adds r0, r0, r7",
        "  asrs r0, r7",
        "  limit \\sum",
        ".endr",
        "mov r0, r12",
        "ldr r3, [sp, #4]",
        "strb r2, [r0]",
        "subs r0, r0, r3",
        "strb r5, [r0]",
        "subs r0, r0, r3",
        "strb r4, [r0]",
        "movs r0, #1",
        "add r12, r0",
        "ldr r1, [sp, #8]",
        "adds r1, #1",
        "str r1, [sp, #8]",
        "lsls r0, r1, #30",
        "beq 9f",
        "b 5b",
        "9:",
        "ldr r1, [sp, #12]",
        "ldr r0, [sp, #16]",
        "cmp r12, r0",
        "beq 9f",
        "b 1b",
        "9:",
        "leave 28",
        ".purgem enter",
        ".purgem leave",
        ".purgem entry",
        ".purgem two_taps",
        ".purgem apart",
        ".purgem multiply",
        ".purgem limit",
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
        enter!(),
        leave!(),
        entry!(),
        two_taps!(),
        apart!(),
        "enter 8",
        "mov r12, r2",
        "mov r4, r3",
        "entry",
        "4:",
        "mov r11, r6",
        "subs r1, r1, r7",
        "str r1, [sp, #4]",
        "5:",
        "ldr r0, [sp]",
        "ldmia r0!, {{r2, r3}}",
        "mov r8, r2",
        "mov r9, r3",
        "mov pc, r11",
        ".p2align 2",
        "2:",
        "two_taps 0, 4",
        "two_taps 8, 12",
        "3:",
        "two_taps 16, 20",
        "two_taps 24, 28",
        "adds r1, #32",
        "cmp r0, r10",
        "bne 2b",
        "apart",
        "mov r0, r12",
        "ldr r1, [r0]",
        "adds r4, r4, r1",
        "ldr r1, [r0, #4]",
        "adds r5, r5, r1",
        "ldr r1, [r0, #8]",
        "adds r6, r2, r1",
        "stmia r0!, {{r4-r6}}",
        "mov r12, r0",
        "ldr r1, [sp, #4]",
        "adds r1, #1",
        "str r1, [sp, #4]",
        "lsls r0, r1, #30",
        "bne 5b",
        "leave 8",
        ".purgem enter",
        ".purgem leave",
        ".purgem entry",
        ".purgem two_taps",
        ".purgem apart",
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
        enter!(),
        leave!(),
        multiply!(),
        limit!(),
        unit!(),
        "enter 12",
        "str r3, [sp, #4]",
        "mov r12, r2",
        "ldr r4, [sp, #48]",
        "adds r5, r0, r4",
        "mov r9, r5",
        "lsrs r4, r4, #2",
        "lsls r4, r4, #2",
        "adds r5, r0, r4",
        "mov r8, r5",
        "1:",
        "ldr r4, [sp, #52]",
        "movs r5, r4",
        "movs r6, r4",
        "movs r7, r4",
        "ldr r0, [sp]",
        "cmp r0, r8",
        "beq 3f",
        "2:",
        "ldrb r2, [r0, #0]",
        "sxtb r2, r2",
        "unit r4, 0",
        "unit r5, 1",
        "unit r6, 2",
        "unit r7, 3",
        "ldrb r2, [r0, #1]",
        "sxtb r2, r2",
        "unit r4, 4",
        "unit r5, 5",
        "unit r6, 6",
        "unit r7, 7",
        "ldrb r2, [r0, #2]",
        "sxtb r2, r2",
        "unit r4, 8",
        "unit r5, 9",
        "unit r6, 10",
        "unit r7, 11",
        "ldrb r2, [r0, #3]",
        "sxtb r2, r2",
        "unit r4, 12",
        "unit r5, 13",
        "unit r6, 14",
        "unit r7, 15",
        "adds r0, #4",
        "adds r1, #16",
        "cmp r0, r8",
        "bne 2b",
        "3:",
        "cmp r0, r9",
        "beq 4f",
        "ldrb r2, [r0]",
        "sxtb r2, r2",
        "unit r4, 0",
        "unit r5, 1",
        "unit r6, 2",
        "unit r7, 3",
        "adds r0, #1",
        "adds r1, #4",
        "b 3b",
        "4:",
        "ldmia r1!, {{r2, r3}}",
        "adds r4, r4, r2",
        "adds r5, r5, r3",
        "ldmia r1!, {{r2, r3}}",
        "adds r6, r6, r2",
        "adds r7, r7, r3",
        "ldr r0, [sp, #56]",
        "movs r2, #0",
        "cmp r0, #0",
        "bne 5f",
        "movs r0, r1",
        "adds r1, #32",
        "movs r2, #8",
        "5:",
        "mov r10, r1",
        "mov lr, r0",
        "str r2, [sp, #8]",
        ".irp sum, r4, r5, r6, r7",
        "  mov r0, lr",
        "  ldr r1, [sp, #8]",
        "  add lr, r1",
        "  ldmia r0!, {{r2, r3}}",
        "  mov r11, r3",
        "  lsrs r3, r2, #21",
        "  lsls r2, r2, #11",
        "  lsrs r2, r2, #12",
        "  multiply \\sum, r2, r3",
        "  mov r1, r11",
        "  adds r0, r0, r1",
        "  asrs r0, r1",
        "  limit \\sum",
        ".endr",
        "mov r0, r12",
        "strb r4, [r0, #0]",
        "strb r5, [r0, #1]",
        "strb r6, [r0, #2]",
        "strb r7, [r0, #3]",
        "adds r0, #4",
        "mov r12, r0",
        "mov r1, r10",
        "ldr r2, [sp, #4]",
        "cmp r0, r2",
        "beq 9f",
        "b 1b",
        "9:",
        "leave 12",
        ".purgem enter",
        ".purgem leave",
        ".purgem multiply",
        ".purgem limit",
        ".purgem unit",
    )
}
