//! One output of a depthwise convolution with a kernel of one column on the DSP extension: the same
//! assembly as in `impulse_kernels_column_depthwise_conv2d.c`.
//!
//! # Safety
//! The assembly reads four channels of `taps` rows at a time and `taps + 9` words of weights for
//! them, and writes `channels` outputs; [`run`] checks that all of them lie in its slices. It follows
//! the platform's calling convention.
#![allow(unsafe_code, reason = "assembly; see the module's documentation")]

use super::ColumnDepthwiseConv2d;

/// All channels of an output whose first tap is the first of `input`.
#[inline(always)]
pub(super) fn run(p: &ColumnDepthwiseConv2d, input: &[i8], weights: &[i32], output: &mut [i8]) {
    assert!(p.channels > 0 && p.channels.is_multiple_of(4) && p.taps > 0);
    assert!((p.taps - 1) * p.tap_step + p.channels <= input.len());
    assert!(p.words() <= weights.len() && p.channels <= output.len());
    // SAFETY: checked above.
    unsafe {
        column(
            input.as_ptr(),
            weights.as_ptr(),
            output.as_mut_ptr(),
            p.tap_step,
            p.channels,
            p.taps,
            p.rounding(),
        );
    }
}

/// One output of all channels.
#[unsafe(naked)]
unsafe extern "C" fn column(
    input: *const i8,
    weights: *const i32,
    output: *mut i8,
    step: usize,
    channels: usize,
    taps: usize,
    rounding: i32,
) {
    core::arch::naked_asm!(
        ".arch armv7e-m",
        "push {{r4-r11, lr}}",
        "sub sp, #12",
        "ldr r4, [sp, #48]",
        "add r4, r2, r4",
        "strd r2, r4, [sp]",
        "mov r2, r3",
        "1:",
        "str r0, [sp, #8]",
        "ldm r1!, {{r4-r7}}",
        "ldr r3, [sp, #52]",
        "lsrs r3, r3, #1",
        "bcc 2f",
        "ldr r8, [r0]",
        "add r0, r0, r2",
        "ldr r9, [r1], #4",
        "sxtb16 r10, r8",
        "sxtb16 r11, r9",
        "smlabb r4, r10, r11, r4",
        "smlatt r6, r10, r11, r6",
        "sxtb16 r10, r8, ror #8",
        "sxtb16 r11, r9, ror #8",
        "smlabb r5, r10, r11, r5",
        "smlatt r7, r10, r11, r7",
        "cmp r3, #0",
        "beq 3f",
        "2:",
        "ldr r8, [r0]",
        "ldr r9, [r0, r2]",
        "add r0, r0, r2, lsl #1",
        "ldr lr, [r1], #4",
        "sxtb16 r10, r8",
        "sxtb16 r11, r9",
        "pkhbt r12, r10, r11, lsl #16",
        "pkhtb r10, r11, r10, asr #16",
        "sxtb16 r11, lr",
        "smlad r4, r12, r11, r4",
        "sxtb16 r8, r8, ror #8",
        "sxtb16 r9, r9, ror #8",
        "pkhbt r12, r8, r9, lsl #16",
        "pkhtb r8, r9, r8, asr #16",
        "sxtb16 lr, lr, ror #8",
        "smlad r5, r12, lr, r5",
        "ldr lr, [r1], #4",
        "sxtb16 r11, lr",
        "smlad r6, r10, r11, r6",
        "sxtb16 lr, lr, ror #8",
        "smlad r7, r8, lr, r7",
        "subs r3, r3, #1",
        "bne 2b",
        "3:",
        "ldm r1!, {{r8-r12}}",
        "ldr lr, [sp, #56]",
        "lsl r4, r4, #1",
        "lsl r5, r5, #1",
        "lsl r6, r6, #1",
        "lsl r7, r7, #1",
        "smmulr r4, r4, r8",
        "smmulr r5, r5, r9",
        "smmulr r6, r6, r10",
        "smmulr r7, r7, r11",
        "add r4, r4, r4, asr #31",
        "add r5, r5, r5, asr #31",
        "add r6, r6, r6, asr #31",
        "add r7, r7, r7, asr #31",
        "asr r4, r4, r12",
        "lsr r12, r12, #8",
        "asr r5, r5, r12",
        "lsr r12, r12, #8",
        "asr r6, r6, r12",
        "lsr r12, r12, #8",
        "asr r7, r7, r12",
        "add r4, r4, lr",
        "add r5, r5, lr",
        "add r6, r6, lr",
        "add r7, r7, lr",
        "ssat r4, #8, r4, asr #1",
        "ssat r5, #8, r5, asr #1",
        "ssat r6, #8, r6, asr #1",
        "ssat r7, #8, r7, asr #1",
        "bfi r4, r5, #8, #8",
        "bfi r4, r6, #16, #8",
        "bfi r4, r7, #24, #8",
        "ldrd r8, r9, [sp]",
        "ldr r0, [sp, #8]",
        "str r4, [r8], #4",
        "str r8, [sp]",
        "add r0, r0, #4",
        "cmp r8, r9",
        "bne 1b",
        "add sp, #12",
        "pop {{r4-r11, pc}}",
    )
}
