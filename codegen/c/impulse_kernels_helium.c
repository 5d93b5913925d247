/* Products on Helium: see impulse_kernels_helium.h. The assembly is the same text as in the Rust
 * runtime, which a test holds. */
#include "impulse_kernels_helium.h"

#include "impulse_assembly.h"

#if defined(__ARM_FEATURE_MVE) && defined(__thumb__)

/* Sixteen taps of two outputs by four filters, multiplied and summed, or added to the sums. */
#define ASM_TWO_PRODUCTS                 \
    ".macro two_products operation\n"    \
    "  vldrb.8 q0, [r1], #16\n"          \
    "  vldrb.8 q1, [r3], #16\n"          \
    "  vldrb.8 q2, [r5], #16\n"          \
    "  vldrb.8 q3, [r5], #16\n"          \
    "  \\operation\\().s8 r0, q0, q2\n"  \
    "  \\operation\\().s8 r8, q1, q2\n"  \
    "  vldrb.8 q2, [r5], #16\n"          \
    "  \\operation\\().s8 r2, q0, q3\n"  \
    "  \\operation\\().s8 r10, q1, q3\n" \
    "  vldrb.8 q3, [r5], #16\n"          \
    "  \\operation\\().s8 r4, q0, q2\n"  \
    "  \\operation\\().s8 r12, q1, q2\n" \
    "  \\operation\\().s8 r6, q0, q3\n"  \
    "  \\operation\\().s8 lr, q1, q3\n"  \
    ".endm\n"

/* The arguments of a product of one output, and its limits in q4 and q5. */
#define ASM_ENTER                \
    ".macro enter\n"             \
    "  mov r5, r1\n"             \
    "  mov r7, r2\n"             \
    "  mov r1, r0\n"             \
    "  ldrd r2, r4, [r3, #16]\n" \
    "  vdup.32 q4, r2\n"         \
    "  vdup.32 q5, r4\n"         \
    "  ldrd r8, r9, [r3, #4]\n"  \
    "  ldr r12, [r3, #12]\n"     \
    "  sub r12, r12, #1\n"       \
    "  ldr r11, [r3, #24]\n"     \
    ".endm\n"

/* Sixteen taps of one output by four filters, multiplied and summed, or added to the sums. */
#define ASM_PRODUCTS                    \
    ".macro products operation\n"       \
    "  vldrb.8 q0, [r1], #16\n"         \
    "  vldrb.8 q1, [r5], #16\n"         \
    "  vldrb.8 q2, [r5], #16\n"         \
    "  \\operation\\().s8 r0, q0, q1\n" \
    "  vldrb.8 q1, [r5], #16\n"         \
    "  \\operation\\().s8 r2, q0, q2\n" \
    "  vldrb.8 q2, [r5], #16\n"         \
    "  \\operation\\().s8 r4, q0, q1\n" \
    "  \\operation\\().s8 r6, q0, q2\n" \
    ".endm\n"

__asm(
    ASM_TWO_PRODUCTS
    IMPULSE_BEGIN(impulse_helium_two)
    "push {r4-r11, lr}\n"
    "vpush {d8-d11}\n"
    "mov r5, r2\n"
    "mov r7, r3\n"
    "mov r3, r1\n"
    "mov r1, r0\n"
    "ldr r0, [sp, #68]\n"
    "ldm r0!, {r2, r4, r6, r9}\n"
    "ldm r0, {r8, r10, r11}\n"
    "vdup.32 q4, r8\n"
    "vdup.32 q5, r10\n"
    "sub sp, #20\n"
    "adr.w r12, 2f\n"
    "subs r9, r9, #1\n"
    "it eq\n"
    "addeq.w r12, r12, #(3f - 2f)\n"
    "rsb r8, r9, #0\n"
    "and r8, r8, #3\n"
    "mov r10, #56\n"
    "mla r12, r8, r10, r12\n"
    "orr r12, r12, #1\n"
    "add r9, r9, #3\n"
    "lsr r9, r9, #2\n"
    "str r12, [sp]\n"
    "add r0, sp, #4\n"
    "stm r0, {r2, r4, r6, r9}\n"
    "1:\n"
    "two_products vmladav\n"
    "ldr pc, [sp]\n"
    ".p2align 2\n"
    "2:\n"
    ".rept 4\n"
    "  two_products vmladava\n"
    ".endr\n"
    "subs r9, r9, #1\n"
    "bne 2b\n"
    "3:\n"
    "vmov q0[2], q0[0], r0, r4\n"
    "vmov q0[3], q0[1], r2, r6\n"
    "vmov q1[2], q1[0], r8, r12\n"
    "vmov q1[3], q1[1], r10, lr\n"
    "vldrw.32 q2, [r5], #16\n"
    "vadd.i32 q0, q0, q2\n"
    "vadd.i32 q1, q1, q2\n"
    "vldrw.32 q2, [r5], #16\n"
    "vqrdmulh.s32 q0, q0, q2\n"
    "vqrdmulh.s32 q1, q1, q2\n"
    "vshr.s32 q2, q0, #31\n"
    "vshr.s32 q3, q1, #31\n"
    "vadd.i32 q0, q0, q2\n"
    "vadd.i32 q1, q1, q3\n"
    "vldrb.s32 q2, [r5], #4\n"
    "vrshl.s32 q0, q0, q2\n"
    "vrshl.s32 q1, q1, q2\n"
    "add r0, sp, #4\n"
    "ldm r0, {r2, r4, r6, r9}\n"
    "vadd.i32 q0, q0, r4\n"
    "vadd.i32 q1, q1, r4\n"
    "vmax.s32 q0, q0, q4\n"
    "vmax.s32 q1, q1, q4\n"
    "vmin.s32 q0, q0, q5\n"
    "vmin.s32 q1, q1, q5\n"
    "vctp.32 r11\n"
    "add r2, r2, r7\n"
    "sub r1, r1, r6\n"
    "sub r3, r3, r6\n"
    "vpstt\n"
    "vstrbt.32 q0, [r7], #4\n"
    "vstrbt.32 q1, [r2]\n"
    "subs r11, r11, #4\n"
    "bgt 1b\n"
    "add sp, #20\n"
    "vpop {d8-d11}\n"
    "pop {r4-r11, pc}\n"
    ".purgem two_products\n"
    IMPULSE_END(impulse_helium_two));

__asm(
    ASM_ENTER
    ASM_PRODUCTS
    IMPULSE_BEGIN(impulse_helium_one)
    "push {r4-r11, lr}\n"
    "vpush {d8-d11}\n"
    "enter\n"
    "1:\n"
    "products vmladav\n"
    "wls lr, r12, 3f\n"
    "2:\n"
    "products vmladava\n"
    "le lr, 2b\n"
    "3:\n"
    "vmov q0[2], q0[0], r0, r4\n"
    "vmov q0[3], q0[1], r2, r6\n"
    "vldrw.32 q1, [r5], #16\n"
    "vadd.i32 q0, q0, q1\n"
    "vldrw.32 q1, [r5], #16\n"
    "vqrdmulh.s32 q0, q0, q1\n"
    "vshr.s32 q2, q0, #31\n"
    "vldrb.s32 q1, [r5], #4\n"
    "vadd.i32 q0, q0, q2\n"
    "vrshl.s32 q0, q0, q1\n"
    "vadd.i32 q0, q0, r8\n"
    "vctp.32 r11\n"
    "vmax.s32 q0, q0, q4\n"
    "vmin.s32 q0, q0, q5\n"
    "sub r1, r1, r9\n"
    "vpst\n"
    "vstrbt.32 q0, [r7], #4\n"
    "subs r11, r11, #4\n"
    "bgt 1b\n"
    "vpop {d8-d11}\n"
    "pop {r4-r11, pc}\n"
    ".purgem enter\n"
    ".purgem products\n"
    IMPULSE_END(impulse_helium_one));

__asm(
    ASM_ENTER
    ASM_PRODUCTS
    IMPULSE_BEGIN(impulse_helium_once)
    "push {r4-r11, lr}\n"
    "vpush {d8-d13}\n"
    "enter\n"
    "ldrd r0, r10, [r3, #28]\n"
    "vdup.32 q6, r0\n"
    "1:\n"
    "products vmladav\n"
    "wls lr, r12, 3f\n"
    "2:\n"
    "products vmladava\n"
    "le lr, 2b\n"
    "3:\n"
    "vmov q0[2], q0[0], r0, r4\n"
    "vmov q0[3], q0[1], r2, r6\n"
    "vldrw.32 q1, [r5], #16\n"
    "vadd.i32 q0, q0, q1\n"
    "vmulh.s32 q0, q0, q6\n"
    "vrshl.s32 q0, r10\n"
    "vadd.i32 q0, q0, r8\n"
    "vctp.32 r11\n"
    "vmax.s32 q0, q0, q4\n"
    "vmin.s32 q0, q0, q5\n"
    "sub r1, r1, r9\n"
    "vpst\n"
    "vstrbt.32 q0, [r7], #4\n"
    "subs r11, r11, #4\n"
    "bgt 1b\n"
    "vpop {d8-d13}\n"
    "pop {r4-r11, pc}\n"
    ".purgem enter\n"
    ".purgem products\n"
    IMPULSE_END(impulse_helium_once));

__asm(
    IMPULSE_BEGIN(impulse_helium_taps)
    "push {r4-r11, lr}\n"
    "vpush {d8-d15}\n"
    "ldm r3, {r4-r8}\n"
    "1:\n"
    "vldrw.32 q4, [r1], #16\n"
    "vldrw.32 q5, [r1], #16\n"
    "vldrw.32 q6, [r1], #16\n"
    "vldrw.32 q7, [r1], #16\n"
    "mov r10, r0\n"
    "dls lr, r5\n"
    "2:\n"
    "ldrd r11, r12, [r10]\n"
    "vldrb.8 q0, [r11], #16\n"
    "vldrb.8 q1, [r1], #16\n"
    "vmullb.s8 q2, q0, q1\n"
    "vmullt.s8 q0, q0, q1\n"
    "vldrb.8 q1, [r12], #16\n"
    "vldrb.8 q3, [r1]\n"
    "strd r11, r12, [r10], #8\n"
    "vmullb.s8 q3, q1, q3\n"
    "vadd.i16 q2, q2, q3\n"
    "vldrb.8 q3, [r1], #16\n"
    "vmullt.s8 q3, q1, q3\n"
    "vmovlb.s16 q1, q2\n"
    "vadd.i16 q0, q0, q3\n"
    "vadd.i32 q4, q4, q1\n"
    "vmovlt.s16 q1, q2\n"
    "vadd.i32 q5, q5, q1\n"
    "vmovlb.s16 q1, q0\n"
    "vadd.i32 q6, q6, q1\n"
    "vmovlt.s16 q1, q0\n"
    "vadd.i32 q7, q7, q1\n"
    "le lr, 2b\n"
    ".irp sums, q4, q5, q6, q7\n"
    "  vldrw.32 q0, [r1], #16\n"
    "  vqrdmulh.s32 \\sums, \\sums, q0\n"
    "  vshr.s32 q1, \\sums, #31\n"
    "  vldrb.s32 q2, [r1], #4\n"
    "  vadd.i32 \\sums, \\sums, q1\n"
    "  vrshl.s32 \\sums, \\sums, q2\n"
    ".endr\n"
    "vdup.16 q2, r6\n"
    "vdup.16 q3, r7\n"
    "vqmovnb.s32 q0, q4\n"
    "vqmovnt.s32 q0, q5\n"
    "vqmovnb.s32 q1, q6\n"
    "vqmovnt.s32 q1, q7\n"
    "vqadd.s16 q0, q0, r4\n"
    "vqadd.s16 q1, q1, r4\n"
    "vmax.s16 q0, q0, q2\n"
    "vmax.s16 q1, q1, q2\n"
    "vmin.s16 q0, q0, q3\n"
    "vmin.s16 q1, q1, q3\n"
    "vctp.8 r8\n"
    "vmovnt.i16 q0, q1\n"
    "vpst\n"
    "vstrbt.8 q0, [r2], #16\n"
    "subs r8, r8, #16\n"
    "bgt 1b\n"
    "vpop {d8-d15}\n"
    "pop {r4-r11, pc}\n"
    IMPULSE_END(impulse_helium_taps));

__asm(
    IMPULSE_BEGIN(impulse_helium_copy)
    "push {r4-r6, lr}\n"
    "ldrd r4, r5, [sp, #16]\n"
    "1:\n"
    "mov r6, r0\n"
    "mov r12, r2\n"
    "wlstp.8 lr, r4, 3f\n"
    "2:\n"
    "vldrb.8 q0, [r6], #16\n"
    "vstrb.8 q0, [r12], #16\n"
    "letp lr, 2b\n"
    "3:\n"
    "add r0, r0, r1\n"
    "add r2, r2, r3\n"
    "subs r5, r5, #1\n"
    "bne 1b\n"
    "pop {r4-r6, pc}\n"
    IMPULSE_END(impulse_helium_copy));

__asm(
    IMPULSE_BEGIN(impulse_helium_fill)
    "push {r4, lr}\n"
    "vdup.8 q0, r1\n"
    "wlstp.8 lr, r2, 3f\n"
    "2:\n"
    "vstrb.8 q0, [r0], #16\n"
    "letp lr, 2b\n"
    "3:\n"
    "pop {r4, pc}\n"
    IMPULSE_END(impulse_helium_fill));

__asm(
    IMPULSE_BEGIN(impulse_helium_add)
    "push {r4-r11, lr}\n"
    "vpush {d8-d15}\n"
    "ldr r12, [sp, #100]\n"
    "ldm r0!, {r4-r9}\n"
    "ldm r0!, {r10, r11}\n"
    "vdup.32 q4, r10\n"
    "vdup.32 q5, r11\n"
    "ldm r0, {r0, r10, r11}\n"
    "vdup.32 q6, r0\n"
    "vdup.32 q3, r10\n"
    "vdup.32 q7, r11\n"
    "wlstp.32 lr, r12, 3f\n"
    "2:\n"
    "vldrb.s32 q0, [r1], #4\n"
    "vldrb.s32 q1, [r2], #4\n"
    "vadd.i32 q0, q0, r4\n"
    "vadd.i32 q1, q1, r6\n"
    "vshl.i32 q0, q0, #20\n"
    "vshl.i32 q1, q1, #20\n"
    "vqrdmulh.s32 q0, q0, r5\n"
    "vqrdmulh.s32 q1, q1, r7\n"
    "vand q2, q0, q4\n"
    "vshr.s32 q2, q2, #31\n"
    "vadd.i32 q0, q0, q2\n"
    "vrshl.s32 q0, q0, q4\n"
    "vand q2, q1, q5\n"
    "vshr.s32 q2, q2, #31\n"
    "vadd.i32 q1, q1, q2\n"
    "vrshl.s32 q1, q1, q5\n"
    "vadd.i32 q0, q0, q1\n"
    "vqrdmulh.s32 q0, q0, r8\n"
    "vand q2, q0, q6\n"
    "vshr.s32 q2, q2, #31\n"
    "vadd.i32 q0, q0, q2\n"
    "vrshl.s32 q0, q0, q6\n"
    "vadd.i32 q0, q0, r9\n"
    "vmax.s32 q0, q0, q3\n"
    "vmin.s32 q0, q0, q7\n"
    "vstrb.32 q0, [r3], #4\n"
    "letp lr, 2b\n"
    "3:\n"
    "vpop {d8-d15}\n"
    "pop {r4-r11, pc}\n"
    IMPULSE_END(impulse_helium_add));

__asm(
    IMPULSE_BEGIN(impulse_helium_push)
    "push {r4-r6, lr}\n"
    "vpush {d8-d15}\n"
    "ldm r3, {r3, r4, r5, r6}\n"
    "vdup.8 q0, r6\n"
    "1:\n"
    "vld40.8 {q2, q3, q4, q5}, [r0]\n"
    "vld41.8 {q2, q3, q4, q5}, [r0]\n"
    "vld42.8 {q2, q3, q4, q5}, [r0]\n"
    "vld43.8 {q2, q3, q4, q5}, [r0]\n"
    "vctp.8 r5\n"
    "vpstt\n"
    "vldrbt.8 q6, [r1]\n"
    "vldrbt.8 q7, [r2]\n"
    "add r1, r1, r3\n"
    "add r2, r2, r4\n"
    "vpsel q6, q6, q0\n"
    "vpsel q7, q7, q0\n"
    "vst40.8 {q4, q5, q6, q7}, [r0]\n"
    "vst41.8 {q4, q5, q6, q7}, [r0]\n"
    "vst42.8 {q4, q5, q6, q7}, [r0]\n"
    "vst43.8 {q4, q5, q6, q7}, [r0]!\n"
    "subs r5, r5, #16\n"
    "bgt 1b\n"
    "vpop {d8-d15}\n"
    "pop {r4-r6, pc}\n"
    IMPULSE_END(impulse_helium_push));

__asm(
    IMPULSE_BEGIN(impulse_helium_strip)
    "push {r4-r11, lr}\n"
    "vpush {d8-d15}\n"
    "sub sp, #20\n"
    "mov r10, r1\n"
    "ldm r3, {r4-r9, r12}\n"
    "strd r0, r2, [sp]\n"
    "strd r7, r5, [sp, #8]\n"
    "str r6, [sp, #16]\n"
    "mov r11, r9\n"
    "mov r9, r12\n"
    "movs r0, #0\n"
    "lsl r12, r4, #1\n"
    "add r1, r12, r4\n"
    "lsr r2, r4, #2\n"
    "add r3, r8, r2\n"
    "vmov q5[2], q5[0], r0, r12\n"
    "vmov q5[3], q5[1], r4, r1\n"
    "vmov q7[2], q7[0], r0, r2\n"
    "vmov q7[3], q7[1], r8, r3\n"
    "1:\n"
    "ldrd r1, r3, [sp]\n"
    "movs r0, #3\n"
    "vctp.32 r0\n"
    "ldrd r2, r4, [sp, #8]\n"
    "adds r0, r1, #4\n"
    "adds r6, r3, #1\n"
    "vpst\n"
    "vldrwt.u32 q1, [r10], #12\n"
    "ldm r10!, {r5, r7, r8}\n"
    "strd r0, r6, [sp]\n"
    "vmsr p0, r2\n"
    "movs r0, #0\n"
    "vshl.i32 q2, q1, #8\n"
    "vmov q3, q1\n"
    "vshlc q3, r0, #32\n"
    "vmov q4, q2\n"
    "vshlc q4, r0, #32\n"
    "dls lr, r4\n"
    "2:\n"
    "vldrw.u32 q0, [r1, q5]\n"
    "add r1, r1, r12\n"
    "vmladav.s8 r0, q0, q1\n"
    "vmladav.s8 r2, q0, q2\n"
    "vmladav.s8 r4, q0, q3\n"
    "vmladav.s8 r6, q0, q4\n"
    "vmov q0[2], q0[0], r0, r4\n"
    "vmov q0[3], q0[1], r2, r6\n"
    "vadd.i32 q0, q0, r5\n"
    "vqrdmulh.s32 q0, q0, r7\n"
    "vshr.s32 q6, q0, #31\n"
    "vadd.i32 q0, q0, q6\n"
    "vrshl.s32 q0, r8\n"
    "vadd.i32 q0, q0, r9\n"
    "vqmovnb.s32 q0, q0\n"
    "vqmovnb.s16 q0, q0\n"
    "vpst\n"
    "vstrbt.32 q0, [r3, q7]\n"
    "add r3, r3, r12, lsr #2\n"
    "le lr, 2b\n"
    "ldr r0, [sp, #16]\n"
    "cbz r0, 3f\n"
    "eors r11, r11, #0x80000000\n"
    "bpl 3f\n"
    "sub r1, r1, r0\n"
    "sub r3, r3, r0, lsr #2\n"
    "movs r0, #1\n"
    "dls lr, r0\n"
    "b 2b\n"
    "3:\n"
    "subs r11, r11, #1\n"
    "bne 1b\n"
    "add sp, #20\n"
    "vpop {d8-d15}\n"
    "pop {r4-r11, pc}\n"
    IMPULSE_END(impulse_helium_strip));

__asm(
    IMPULSE_BEGIN(impulse_helium_limit)
    "push {r4, lr}\n"
    "vdup.8 q1, r2\n"
    "vdup.8 q2, r3\n"
    "wlstp.8 lr, r1, 3f\n"
    "2:\n"
    "vldrb.8 q0, [r0]\n"
    "vmax.s8 q0, q0, q1\n"
    "vmin.s8 q0, q0, q2\n"
    "vstrb.8 q0, [r0], #16\n"
    "letp lr, 2b\n"
    "3:\n"
    "pop {r4, pc}\n"
    IMPULSE_END(impulse_helium_limit));

#else

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "impulse_quant.h"

static int8_t limited(int32_t x, int32_t low, int32_t high) {
    return (int8_t)(x < low ? low : x > high ? high : x);
}

/* Outputs of one column. */
static void product(const int8_t *column, const int32_t *weights, int8_t *output,
                    const impulse_helium_gemm *g, bool once) {
    for (int32_t f = 0; f < g->filters; f += 4) {
        const int8_t *bytes = (const int8_t *)(const void *)weights;
        const int32_t *bias = weights + g->bytes;
        const int8_t *shifts = (const int8_t *)(const void *)(bias + 8);
        for (int32_t i = 0; i < 4 && f + i < g->filters; i++) {
            int32_t sum = bias[i];
            for (int32_t k = 0; k < g->bytes; k++) {
                sum += column[k] * bytes[(k / 16 * 4 + i) * 16 + k % 16];
            }
            const int32_t scaled = once ? impulse_rescale_once(sum, g->multiplier, g->shift - 1)
                                        : impulse_rescale(sum, bias[4 + i], shifts[i]);
            output[f + i] = limited(scaled + g->zero, g->low, g->high);
        }
        weights = bias + (once ? 4 : 9);
    }
}

void impulse_helium_two(const int8_t *a, const int8_t *b, const int32_t *weights, int8_t *output,
                        const impulse_helium_gemm *gemm) {
    product(a, weights, output, gemm, false);
    product(b, weights, output + gemm->stride, gemm, false);
}

void impulse_helium_one(const int8_t *a, const int32_t *weights, int8_t *output,
                        const impulse_helium_gemm *gemm) {
    product(a, weights, output, gemm, false);
}

void impulse_helium_once(const int8_t *a, const int32_t *weights, int8_t *output,
                         const impulse_helium_gemm *gemm) {
    product(a, weights, output, gemm, true);
}

void impulse_helium_taps(const int8_t **taps, const int32_t *weights, int8_t *output,
                         const impulse_helium_depthwise *depthwise) {
    for (int32_t c = 0; c < depthwise->channels; c += 16) {
        const int8_t *bytes = (const int8_t *)(const void *)(weights + 16);
        const int32_t *scales = weights + 16 + 8 * depthwise->pairs;
        for (int32_t i = 0; i < 16 && c + i < depthwise->channels; i++) {
            /* Where channel i stands: which four, and which of them. */
            const int32_t four = (i & 1) << 1 | (i >> 1 & 1);
            const int32_t *scale = scales + 5 * four;
            int32_t sum = weights[4 * four + i / 4];
            for (int32_t k = 0; k < 2 * depthwise->pairs; k++) {
                sum += taps[k][i] * bytes[16 * k + i];
            }
            const int8_t *shifts = (const int8_t *)(const void *)(scale + 4);
            const int32_t scaled = impulse_rescale(sum, scale[i / 4], shifts[i / 4]);
            output[c + i] = limited(scaled + depthwise->zero, depthwise->low, depthwise->high);
        }
        for (int32_t k = 0; k < 2 * depthwise->pairs; k++) {
            taps[k] += 16;
        }
        weights = scales + 20;
    }
}

void impulse_helium_copy(const int8_t *from, int32_t from_pitch, int8_t *to, int32_t to_pitch,
                         int32_t bytes, int32_t rows) {
    for (int32_t i = 0; i < rows; i++) {
        memcpy(to + i * to_pitch, from + i * from_pitch, (size_t)bytes);
    }
}

void impulse_helium_fill(int8_t *to, int32_t value, int32_t bytes) {
    memset(to, value, (size_t)bytes);
}

void impulse_helium_add(const int32_t numbers[11], const int8_t *first, const int8_t *second,
                        int8_t *output, int32_t len) {
    for (int32_t i = 0; i < len; i++) {
        const int32_t a = (first[i] + numbers[0]) * (1 << 20);
        const int32_t b = (second[i] + numbers[2]) * (1 << 20);
        const int32_t sum = impulse_rescale(a, numbers[1], numbers[6]) +
                            impulse_rescale(b, numbers[3], numbers[7]);
        const int32_t scaled = impulse_rescale(sum, numbers[4], numbers[8]);
        output[i] = limited(scaled + numbers[5], numbers[9], numbers[10]);
    }
}

void impulse_helium_push(int8_t *strip, const int8_t *a, const int8_t *b,
                         const impulse_helium_rows *rows) {
    const int32_t len = (rows->len + 15) / 16 * 16;
    for (int32_t i = 0; i < len; i++) {
        const bool inside = i < rows->len;
        strip[4 * i] = strip[4 * i + 2];
        strip[4 * i + 1] = strip[4 * i + 3];
        strip[4 * i + 2] = inside ? a[i / 16 * rows->step[0] + i % 16] : (int8_t)rows->zero;
        strip[4 * i + 3] = inside ? b[i / 16 * rows->step[1] + i % 16] : (int8_t)rows->zero;
    }
}

void impulse_helium_strip(const int8_t *strip, const int32_t *weights, int8_t *output,
                          const impulse_helium_square *square) {
    const int32_t columns = 2 * square->pairs + (square->odd != 0);
    for (int32_t c = 0; c < square->channels; c++) {
        const int8_t *bytes = (const int8_t *)(const void *)weights;
        for (int32_t at = 0; at < 2 * columns; at++) {
            const int32_t y = at % 2;
            const int32_t x = at / 2;
            const int8_t *words = strip + 4 * c + x * square->pitch + y;
            int32_t sum = weights[3];
            if (y == 1 && square->mask != 0xffff) {
                continue;
            }
            for (int32_t k = 0; k < 9; k++) {
                sum += words[k / 3 * square->pitch + k % 3] * bytes[k / 3 * 4 + k % 3];
            }
            const int32_t scaled = impulse_rescale(sum, weights[4], weights[5]);
            output[y * square->row + x * square->pitch / 4 + c] =
                limited(scaled + square->zero, -128, 127);
        }
        weights += 6;
    }
}

void impulse_helium_limit(int8_t *values, int32_t len, int32_t low, int32_t high) {
    for (int32_t i = 0; i < len; i++) {
        values[i] = limited(values[i], low, high);
    }
}

#endif
