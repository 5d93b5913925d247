/* DEPTHWISE_CONV_2D with a kernel of one column and no pads beside it, four channels at a time.
 *
 * For each four channels the weights have: what their sums start from, a word each; if their
 * number of taps is odd, the first tap of all four in a word; for each two further taps two
 * words, of which the first has tap 0 of channels 0 and 1 and tap 1 of the same, the second those
 * of channels 2 and 3, so that SXTB16 gives both taps of a channel; the multipliers, a word each;
 * in the bytes of a word their shifts to the right but one, which is left for the rounding. The
 * arithmetic is the reference's. The assembly is the same text as in the Rust runtime, which a
 * test holds. */
#include "impulse_assembly.h"
#include "impulse_kernels.h"
#include "impulse_quant.h"

#include <string.h>

/* One output of all channels. step: bytes from tap to tap; rounding: one more than twice the
 * output's zero point. */
void impulse_column(const int8_t *input, const int32_t *weights, int8_t *output, int32_t step,
                    int32_t channels, int32_t taps, int32_t rounding);

#if defined(__ARM_FEATURE_DSP) && defined(__thumb__)

__asm(
    IMPULSE_BEGIN(impulse_column)
    "push {r4-r11, lr}\n"
    "sub sp, #12\n"
    "ldr r4, [sp, #48]\n"
    "add r4, r2, r4\n"
    "strd r2, r4, [sp]\n"
    "mov r2, r3\n"
    "1:\n"
    "str r0, [sp, #8]\n"
    "ldm r1!, {r4-r7}\n"
    "ldr r3, [sp, #52]\n"
    "lsrs r3, r3, #1\n"
    "bcc 2f\n"
    "ldr r8, [r0]\n"
    "add r0, r0, r2\n"
    "ldr r9, [r1], #4\n"
    "sxtb16 r10, r8\n"
    "sxtb16 r11, r9\n"
    "smlabb r4, r10, r11, r4\n"
    "smlatt r6, r10, r11, r6\n"
    "sxtb16 r10, r8, ror #8\n"
    "sxtb16 r11, r9, ror #8\n"
    "smlabb r5, r10, r11, r5\n"
    "smlatt r7, r10, r11, r7\n"
    "cmp r3, #0\n"
    "beq 3f\n"
    "2:\n"
    "ldr r8, [r0]\n"
    "ldr r9, [r0, r2]\n"
    "add r0, r0, r2, lsl #1\n"
    "ldr lr, [r1], #4\n"
    "sxtb16 r10, r8\n"
    "sxtb16 r11, r9\n"
    "pkhbt r12, r10, r11, lsl #16\n"
    "pkhtb r10, r11, r10, asr #16\n"
    "sxtb16 r11, lr\n"
    "smlad r4, r12, r11, r4\n"
    "sxtb16 r8, r8, ror #8\n"
    "sxtb16 r9, r9, ror #8\n"
    "pkhbt r12, r8, r9, lsl #16\n"
    "pkhtb r8, r9, r8, asr #16\n"
    "sxtb16 lr, lr, ror #8\n"
    "smlad r5, r12, lr, r5\n"
    "ldr lr, [r1], #4\n"
    "sxtb16 r11, lr\n"
    "smlad r6, r10, r11, r6\n"
    "sxtb16 lr, lr, ror #8\n"
    "smlad r7, r8, lr, r7\n"
    "subs r3, r3, #1\n"
    "bne 2b\n"
    "3:\n"
    "ldm r1!, {r8-r12}\n"
    "ldr lr, [sp, #56]\n"
    "lsl r4, r4, #1\n"
    "lsl r5, r5, #1\n"
    "lsl r6, r6, #1\n"
    "lsl r7, r7, #1\n"
    "smmulr r4, r4, r8\n"
    "smmulr r5, r5, r9\n"
    "smmulr r6, r6, r10\n"
    "smmulr r7, r7, r11\n"
    "add r4, r4, r4, asr #31\n"
    "add r5, r5, r5, asr #31\n"
    "add r6, r6, r6, asr #31\n"
    "add r7, r7, r7, asr #31\n"
    "asr r4, r4, r12\n"
    "lsr r12, r12, #8\n"
    "asr r5, r5, r12\n"
    "lsr r12, r12, #8\n"
    "asr r6, r6, r12\n"
    "lsr r12, r12, #8\n"
    "asr r7, r7, r12\n"
    "add r4, r4, lr\n"
    "add r5, r5, lr\n"
    "add r6, r6, lr\n"
    "add r7, r7, lr\n"
    "ssat r4, #8, r4, asr #1\n"
    "ssat r5, #8, r5, asr #1\n"
    "ssat r6, #8, r6, asr #1\n"
    "ssat r7, #8, r7, asr #1\n"
    "bfi r4, r5, #8, #8\n"
    "bfi r4, r6, #16, #8\n"
    "bfi r4, r7, #24, #8\n"
    "ldrd r8, r9, [sp]\n"
    "ldr r0, [sp, #8]\n"
    "str r4, [r8], #4\n"
    "str r8, [sp]\n"
    "add r0, r0, #4\n"
    "cmp r8, r9\n"
    "bne 1b\n"
    "add sp, #12\n"
    "pop {r4-r11, pc}\n"
    IMPULSE_END(impulse_column));

#else

/* Byte i of a word. */
static inline int32_t byte(int32_t word, int32_t i) {
    return (int8_t)(((uint32_t)word >> (8 * i)) & 0xffu);
}

void impulse_column(const int8_t *input, const int32_t *weights, int8_t *output, int32_t step,
                    int32_t channels, int32_t taps, int32_t rounding) {
    for (int32_t c = 0; c < channels; c += 4) {
        const int8_t *x = input + c;
        int32_t sums[4] = {weights[0], weights[1], weights[2], weights[3]};
        weights += 4;
        if (taps % 2 != 0) {
            sums[0] += x[0] * byte(weights[0], 0);
            sums[1] += x[1] * byte(weights[0], 1);
            sums[2] += x[2] * byte(weights[0], 2);
            sums[3] += x[3] * byte(weights[0], 3);
            x += step;
            weights++;
        }
        for (int32_t i = 0; i < taps / 2; i++) {
            const int8_t *y = x + step;
            sums[0] += x[0] * byte(weights[0], 0) + y[0] * byte(weights[0], 2);
            sums[1] += x[1] * byte(weights[0], 1) + y[1] * byte(weights[0], 3);
            sums[2] += x[2] * byte(weights[1], 0) + y[2] * byte(weights[1], 2);
            sums[3] += x[3] * byte(weights[1], 1) + y[3] * byte(weights[1], 3);
            x = y + step;
            weights += 2;
        }
        for (int32_t i = 0; i < 4; i++) {
            const int32_t high = impulse_doubling_high_mul(sums[i], weights[i]);
            const int32_t scaled = (high + (high >> 31)) >> byte(weights[4], i);
            const int32_t result = (scaled + rounding) >> 1;
            *output++ = (int8_t)(result < -128 ? -128 : result > 127 ? 127 : result);
        }
        weights += 5;
    }
}

#endif

/* Where a tap lies that is `at` values behind the first of the pad above the input; negative where
 * it lies beside the input. */
static inline int32_t tap_place(const impulse_column_depthwise_conv2d_params *p, int32_t at) {
    return at - p->pad < p->input_len ? at - p->pad : -1;
}

/* An output whose window begins at row `top` and leaves the input: four channels at a time, with
 * their taps brought together. input, output: of its column. */
static void edge(const impulse_column_depthwise_conv2d_params *p, const int8_t *input, int32_t top,
                 const int32_t *weights, int8_t *scratch, int8_t *output) {
    const int32_t taps = p->taps;
    const int8_t zeros[4] = {p->input_zero, p->input_zero, p->input_zero, p->input_zero};
    for (int32_t c = 0; c < p->channels; c += 4) {
        int32_t row = top;
        for (int32_t tap = 0; tap < taps; tap++) {
            const int32_t at = tap_place(p, row);
            memcpy(scratch + 4 * tap, at < 0 ? zeros : input + at + c, 4);
            row += p->tap_step;
        }
        impulse_column(scratch, weights, output + c, 4, 4, taps, 2 * p->output_offset + 1);
        weights += taps + 9;
    }
}

void impulse_column_depthwise_conv2d(const impulse_column_depthwise_conv2d_params *p,
                                     const int8_t *input, const int32_t *weights, int8_t *scratch,
                                     int8_t *output) {
    int8_t *to = output;
    int32_t top = 0;
    for (int32_t y = 0; y < p->output[0]; y++) {
        const int32_t first = tap_place(p, top);
        const bool inside = first >= 0 && tap_place(p, top + (p->taps - 1) * p->tap_step) >= 0;
        const int8_t *column = input;
        for (int32_t x = 0; x < p->output[1]; x++) {
            if (inside) {
                impulse_column(column + first, weights, to, p->tap_step, p->channels, p->taps,
                               2 * p->output_offset + 1);
            } else {
                edge(p, column, top, weights, scratch, to);
            }
            to += p->channels;
            column += p->step[1];
        }
        top += p->step[0];
    }
    if (p->clamps) {
        impulse_limit(output, (int32_t)(to - output), p->clamp);
    }
}
