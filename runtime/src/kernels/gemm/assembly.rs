//! The assembly of the DSP extension: the same text as in `impulse_kernels_gemm.c`.
//!
//! # Safety
//! Every function reads and writes exactly what its arguments say, through pointers that its caller,
//! [`super`], takes from slices of at least that length; columns and weights are aligned to four
//! bytes, filters are even and not 0. They follow the calling convention of the platform and keep
//! what it asks to keep.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

/// The sums of four outputs of two filters start from the first two words.
macro_rules! start {
    () => {
        concat!(
            ".macro start\n",
            "  ldrd r4, r8, [r1], #8\n",
            "  mov r5, r4\n",
            "  mov r6, r4\n",
            "  mov r7, r4\n",
            "  mov r9, r8\n",
            "  mov r10, r8\n",
            "  mov r11, r8\n",
            ".endm\n",
        )
    };
}

/// A word of weights, two taps of two filters, by the words of four columns: sums of the even bytes
/// to r4 to r7, of whole halves of the word to r8 to r11.
macro_rules! four_outputs {
    () => {
        concat!(
            ".macro four_outputs\n",
            "  ldr r12, [r1], #4\n",
            "  ldrd r2, r3, [r0], #8\n",
            "  sxtb16 lr, r12\n",
            "  smlad r4, r2, lr, r4\n",
            "  smlad r8, r2, r12, r8\n",
            "  smlad r5, r3, lr, r5\n",
            "  smlad r9, r3, r12, r9\n",
            "  ldrd r2, r3, [r0], #8\n",
            "  smlad r6, r2, lr, r6\n",
            "  smlad r10, r2, r12, r10\n",
            "  smlad r7, r3, lr, r7\n",
            "  smlad r11, r3, r12, r11\n",
            ".endm\n",
        )
    };
}

/// The loop over the taps of four outputs, entered at 2 or at 3; the sums of the odd bytes are what
/// those of whole halves have more.
macro_rules! sums_of_four {
    () => {
        concat!(
            ".macro sums_of_four\n",
            "  .p2align 2\n",
            "  2:\n",
            "  .rept 2\n",
            "    four_outputs\n",
            "  .endr\n",
            "  3:\n",
            "  .rept 2\n",
            "    four_outputs\n",
            "  .endr\n",
            "  ldr r2, [sp, #4]\n",
            "  cmp r0, r2\n",
            "  bne 2b\n",
            "  sub r8, r8, r4\n",
            "  sub r9, r9, r5\n",
            "  sub r10, r10, r6\n",
            "  sub r11, r11, r7\n",
            ".endm\n",
        )
    };
}

/// The same with one output: sums to r4 and r5.
macro_rules! one_word {
    () => {
        concat!(
            ".macro one_word column, weights\n",
            "  sxtb16 r2, \\weights\n",
            "  smlad r4, \\column, r2, r4\n",
            "  smlad r5, \\column, \\weights, r5\n",
            ".endm\n",
        )
    };
}

/// The same of one output.
macro_rules! sums_of_one {
    () => {
        concat!(
            ".macro sums_of_one\n",
            "  .p2align 2\n",
            "  2:\n",
            "  ldm r1!, {{r6-r9}}\n",
            "  ldm r0!, {{r10, r11, r12, lr}}\n",
            "  one_word r10, r6\n",
            "  one_word r11, r7\n",
            "  one_word r12, r8\n",
            "  one_word lr, r9\n",
            "  cmp r0, r3\n",
            "  bne 2b\n",
            "  b 4f\n",
            "  3:\n",
            "  ldrd r6, r7, [r1], #8\n",
            "  ldrd r10, r11, [r0], #8\n",
            "  one_word r10, r6\n",
            "  one_word r11, r7\n",
            "  cmp r0, r3\n",
            "  bne 2b\n",
            "  4:\n",
            "  sub r5, r5, r4\n",
            ".endm\n",
        )
    };
}

/// Puts the ends of columns and output on the stack. r6: where the loop of two steps is entered,
/// behind the first of them where their number is odd, which a bit of the size of the column says.
macro_rules! entry {
    () => {
        concat!(
            ".macro entry bit, end\n",
            "  adr.w r6, 2f\n",
            "  tst r4, #\\bit\n",
            "  it ne\n",
            "  addne r6, r6, #(3f - 2f)\n",
            "  orr r6, r6, #1\n",
            "  add r4, r0, r4\n",
            "  add r5, r2, \\end\n",
            "  strd r0, r4, [sp]\n",
            "  strd r2, r5, [sp, #8]\n",
            ".endm\n",
        )
    };
}

/// Rescales four sums by one multiplication.
macro_rules! linear {
    () => {
        concat!(
            ".macro linear a, b, c, d\n",
            "  ldrd r2, r3, [r1], #8\n",
            "  smmla \\a, \\a, r2, r3\n",
            "  smmla \\b, \\b, r2, r3\n",
            "  smmla \\c, \\c, r2, r3\n",
            "  smmla \\d, \\d, r2, r3\n",
            "  asr \\a, \\a, r3\n",
            "  asr \\b, \\b, r3\n",
            "  asr \\c, \\c, r3\n",
            "  asr \\d, \\d, r3\n",
            ".endm\n",
        )
    };
}

/// Multiplies four sums as the reference does, and adds what rounds their shift.
macro_rules! twice {
    () => {
        concat!(
            ".macro twice a, b, c, d\n",
            "  ldrd r2, r3, [r1], #8\n",
            "  smmulr \\a, \\a, r2\n",
            "  smmulr \\b, \\b, r2\n",
            "  smmulr \\c, \\c, r2\n",
            "  smmulr \\d, \\d, r2\n",
            "  add \\a, \\a, \\a, asr #31\n",
            "  add \\b, \\b, \\b, asr #31\n",
            "  add \\c, \\c, \\c, asr #31\n",
            "  add \\d, \\d, \\d, asr #31\n",
            "  add \\a, \\a, r3\n",
            "  add \\b, \\b, r3\n",
            "  add \\c, \\c, r3\n",
            "  add \\d, \\d, r3\n",
            ".endm\n",
        )
    };
}

/// Limits four outputs of two filters to int8 and writes them.
macro_rules! store_four {
    () => {
        concat!(
            ".macro store_four\n",
            "  .irp sum, r4, r5, r6, r7, r8, r9, r10, r11\n",
            "    ssat \\sum, #8, \\sum\n",
            "  .endr\n",
            "  bfi r4, r8, #8, #8\n",
            "  bfi r5, r9, #8, #8\n",
            "  bfi r6, r10, #8, #8\n",
            "  bfi r7, r11, #8, #8\n",
            "  ldr r12, [sp, #8]\n",
            "  ldr r3, [sp, #16]\n",
            "  ldr r2, [sp, #12]\n",
            "  strh r5, [r12, r3]\n",
            "  strh r6, [r12, r3, lsl #1]\n",
            "  add r0, r12, r3, lsl #1\n",
            "  strh r7, [r0, r3]\n",
            "  strh r4, [r12], #2\n",
            "  str r12, [sp, #8]\n",
            ".endm\n",
        )
    };
}

/// Limits an output of two filters to int8 and writes it.
macro_rules! store_one {
    () => {
        concat!(
            ".macro store_one\n",
            "  .irp sum, r4, r5\n",
            "    ssat \\sum, #8, \\sum\n",
            "  .endr\n",
            "  bfi r4, r5, #8, #8\n",
            "  ldrd r2, r3, [sp, #8]\n",
            "  strh r4, [r2], #2\n",
            "  str r2, [sp, #8]\n",
            ".endm\n",
        )
    };
}

/// A word of weights of two units by the inputs in r8 and r9.
macro_rules! pair {
    () => {
        concat!(
            ".macro pair even, whole\n",
            "  sxtb16 r12, r10\n",
            "  smlad \\even, r8, r12, \\even\n",
            "  smlad \\whole, r8, r10, \\whole\n",
            "  sxtb16 r12, r11\n",
            "  smlad \\even, r9, r12, \\even\n",
            "  smlad \\whole, r9, r11, \\whole\n",
            ".endm\n",
        )
    };
}

/// Four inputs of four units, in two pairs.
macro_rules! four_inputs {
    () => {
        concat!(
            ".macro four_inputs\n",
            "  ldr r8, [r0], #4\n",
            "  sxtb16 r9, r8, ror #8\n",
            "  sxtb16 r8, r8\n",
            "  ldrd r10, r11, [r1], #8\n",
            "  pair r4, r5\n",
            "  ldrd r10, r11, [r2], #8\n",
            "  pair r6, r7\n",
            ".endm\n",
        )
    };
}

/// Four outputs, rescaled by one multiplication.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn four_linear(
    columns: *const i16,
    weights: *const i32,
    output: *mut i8,
    stride: usize,
    column_bytes: usize,
    filters: usize,
) {
    core::arch::naked_asm!(
        start!(),
        four_outputs!(),
        sums_of_four!(),
        entry!(),
        linear!(),
        store_four!(),
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "sub sp, #24",
        "ldrd r4, r5, [sp, #60]",
        "entry 32, r5",
        "strd r3, r6, [sp, #16]",
        "1:",
        "start",
        "ldr pc, [sp, #20]",
        "sums_of_four",
        "linear r4, r5, r6, r7",
        "linear r8, r9, r10, r11",
        "store_four",
        "ldr r0, [sp]",
        "cmp r12, r2",
        "bne 1b",
        "add sp, #24",
        "pop {{r4-r11, pc}}",
        ".purgem start",
        ".purgem four_outputs",
        ".purgem sums_of_four",
        ".purgem entry",
        ".purgem linear",
        ".purgem store_four",
    )
}

/// Four outputs, rescaled as the reference does.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn four_twice(
    columns: *const i16,
    weights: *const i32,
    output: *mut i8,
    stride: usize,
    column_bytes: usize,
    filters: usize,
) {
    core::arch::naked_asm!(
        start!(),
        four_outputs!(),
        sums_of_four!(),
        entry!(),
        twice!(),
        store_four!(),
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "sub sp, #24",
        "ldrd r4, r5, [sp, #60]",
        "entry 32, r5",
        "strd r3, r6, [sp, #16]",
        "1:",
        "start",
        "ldr pc, [sp, #20]",
        "sums_of_four",
        "lsl r4, r4, #1",
        "lsl r5, r5, #1",
        "lsl r6, r6, #1",
        "lsl r7, r7, #1",
        "asr r8, r8, #7",
        "asr r9, r9, #7",
        "asr r10, r10, #7",
        "asr r11, r11, #7",
        "twice r4, r5, r6, r7",
        "twice r8, r9, r10, r11",
        "ldrd r2, r3, [r1], #8",
        "asr r4, r4, r2",
        "asr r5, r5, r2",
        "asr r6, r6, r2",
        "asr r7, r7, r2",
        "asr r8, r8, r3",
        "asr r9, r9, r3",
        "asr r10, r10, r3",
        "asr r11, r11, r3",
        "store_four",
        "ldr r0, [sp]",
        "cmp r12, r2",
        "bne 1b",
        "add sp, #24",
        "pop {{r4-r11, pc}}",
        ".purgem start",
        ".purgem four_outputs",
        ".purgem sums_of_four",
        ".purgem entry",
        ".purgem twice",
        ".purgem store_four",
    )
}

/// One output, rescaled by one multiplication.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn one_linear(
    column: *const i16,
    weights: *const i32,
    output: *mut i8,
    filters: usize,
    column_bytes: usize,
) {
    core::arch::naked_asm!(
        one_word!(),
        sums_of_one!(),
        entry!(),
        store_one!(),
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "sub sp, #20",
        "ldr r4, [sp, #56]",
        "entry 8, r3",
        "str r6, [sp, #16]",
        "1:",
        "ldrd r4, r5, [r1], #8",
        "ldr r3, [sp, #4]",
        "ldr pc, [sp, #16]",
        "sums_of_one",
        "ldm r1!, {{r6-r9}}",
        "smmla r4, r4, r6, r7",
        "asr r4, r4, r7",
        "smmla r5, r5, r8, r9",
        "asr r5, r5, r9",
        "store_one",
        "ldr r0, [sp]",
        "cmp r2, r3",
        "bne 1b",
        "add sp, #20",
        "pop {{r4-r11, pc}}",
        ".purgem one_word",
        ".purgem sums_of_one",
        ".purgem entry",
        ".purgem store_one",
    )
}

/// Units of a row, four at a time, all pairs rescaled alike.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn units_shared(
    input: *const i8,
    weights: *const i32,
    output: *mut i8,
    units: usize,
    pair_bytes: usize,
    input_bytes: usize,
    shared: *const i32,
) {
    core::arch::naked_asm!(
        pair!(),
        four_inputs!(),
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "sub sp, #16",
        "add r3, r2, r3",
        "strd r2, r3, [sp]",
        "ldr lr, [sp, #56]",
        "add r3, r0, lr",
        "strd r0, r3, [sp, #8]",
        "1:",
        "ldr r2, [sp, #52]",
        "add r2, r1, r2",
        "ldrd r4, r5, [r1], #8",
        "ldrd r6, r7, [r2], #8",
        "tst lr, #4",
        "bne 3f",
        "2:",
        "four_inputs",
        "3:",
        "four_inputs",
        "cmp r0, r3",
        "bne 2b",
        "sub r5, r5, r4",
        "sub r7, r7, r6",
        "ldr r12, [sp, #60]",
        "ldm r12, {{r8-r11}}",
        "smmla r4, r4, r8, r9",
        "smmla r5, r5, r10, r11",
        "smmla r6, r6, r8, r9",
        "smmla r7, r7, r10, r11",
        "asr r4, r4, r9",
        "asr r5, r5, r11",
        "asr r6, r6, r9",
        "asr r7, r7, r11",
        ".irp sum, r4, r5, r6, r7",
        "  ssat \\sum, #8, \\sum",
        ".endr",
        "bfi r4, r5, #8, #8",
        "bfi r4, r6, #16, #8",
        "bfi r4, r7, #24, #8",
        "ldrd r8, r9, [sp]",
        "str r4, [r8], #4",
        "str r8, [sp]",
        "mov r1, r2",
        "ldr r0, [sp, #8]",
        "cmp r8, r9",
        "bne 1b",
        "add sp, #16",
        "pop {{r4-r11, pc}}",
        ".purgem pair",
        ".purgem four_inputs",
    )
}

/// One output, rescaled as the reference does.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn one_twice(
    column: *const i16,
    weights: *const i32,
    output: *mut i8,
    filters: usize,
    column_bytes: usize,
) {
    core::arch::naked_asm!(
        one_word!(),
        sums_of_one!(),
        entry!(),
        store_one!(),
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "sub sp, #20",
        "ldr r4, [sp, #56]",
        "entry 8, r3",
        "str r6, [sp, #16]",
        "1:",
        "ldrd r4, r5, [r1], #8",
        "ldr r3, [sp, #4]",
        "ldr pc, [sp, #16]",
        "sums_of_one",
        "lsl r4, r4, #1",
        "asr r5, r5, #7",
        "ldm r1!, {{r6-r11}}",
        "smmulr r4, r4, r6",
        "smmulr r5, r5, r8",
        "add r4, r4, r4, asr #31",
        "add r5, r5, r5, asr #31",
        "add r4, r4, r7",
        "add r5, r5, r9",
        "asr r4, r4, r10",
        "asr r5, r5, r11",
        "store_one",
        "ldr r0, [sp]",
        "cmp r2, r3",
        "bne 1b",
        "add sp, #20",
        "pop {{r4-r11, pc}}",
        ".purgem one_word",
        ".purgem sums_of_one",
        ".purgem entry",
        ".purgem store_one",
    )
}

/// Four columns.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn expand_four(
    from: *const *const i8,
    columns: *mut i16,
    groups: usize,
) -> *mut i16 {
    core::arch::naked_asm!(
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "mov r12, r1",
        "mov lr, r2",
        "ldm r0, {{r0-r3}}",
        "1:",
        "ldr r4, [r0], #4",
        "ldr r5, [r1], #4",
        "ldr r6, [r2], #4",
        "ldr r7, [r3], #4",
        "sxtb16 r8, r4, ror #8",
        "sxtb16 r9, r5, ror #8",
        "sxtb16 r10, r6, ror #8",
        "sxtb16 r11, r7, ror #8",
        "sxtb16 r4, r4",
        "sxtb16 r5, r5",
        "sxtb16 r6, r6",
        "sxtb16 r7, r7",
        "stm r12!, {{r4-r11}}",
        "subs lr, lr, #1",
        "bne 1b",
        "mov r0, r12",
        "pop {{r4-r11, pc}}",
    )
}

/// One column.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn expand_one(
    from: *const i8,
    column: *mut i16,
    groups: usize,
) -> *mut i16 {
    core::arch::naked_asm!(
        ".arch armv7e-m",
        "1:",
        "ldr r3, [r0], #4",
        "sxtb16 r12, r3, ror #8",
        "sxtb16 r3, r3",
        "strd r3, r12, [r1], #8",
        "subs r2, r2, #1",
        "bne 1b",
        "mov r0, r1",
        "bx lr",
    )
}
