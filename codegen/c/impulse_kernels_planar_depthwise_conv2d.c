/* DEPTHWISE_CONV_2D with a kernel of 3 by 3, a channel at a time, for cores with the DSP extension.
 *
 * A channel is first copied to a plane of int16 with its pads, so that the output may lie where the
 * input lies, and so that a word has two neighbours of a row. For each channel the weights have six
 * words: for each row of the kernel its taps 0, 2, 1 in the lowest bytes; what the sum starts
 * from; the rescaling, which is as in impulse_kernels_gemm.h. The assembly is the same text as in the
 * Rust runtime, which a test holds. */
#include "impulse_kernels.h"

/* One channel. pitch: bytes from row to row of the plane; step: bytes from output to output. */
void impulse_plane_one(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch);
void impulse_plane_two(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch);

#if defined(__ARM_FEATURE_DSP) && defined(__thumb__)

__asm(
    ".section .text.impulse_plane_one,\"ax\",%progbits\n"
    ".syntax unified\n"
    ".thumb\n"
    ".p2align 2\n"
    ".global impulse_plane_one\n"
    ".type impulse_plane_one, %function\n"
    ".thumb_func\n"
    "impulse_plane_one:\n"
    "push {r4-r11, lr}\n"
    "sub sp, #32\n"
    "ldm r1, {r4-r9}\n"
    "str r7, [sp]\n"
    "strd r8, r9, [sp, #4]\n"
    "str r3, [sp, #12]\n"
    "sxtb16 r7, r4, ror #8\n"
    "sxtb16 r8, r5, ror #8\n"
    "pkhbt r7, r7, r8, lsl #16\n"
    "sxtb16 r8, r6, ror #8\n"
    "sxtb16 r4, r4\n"
    "sxtb16 r5, r5\n"
    "sxtb16 r6, r6\n"
    "mov r3, r2\n"
    "str r0, [sp, #20]\n"
    "1:\n"
    "ldr r0, [sp, #20]\n"
    "ldrd r12, r11, [sp, #72]\n"
    "add r1, r0, r11\n"
    "add r2, r1, r11\n"
    "add r12, r0, r12, lsl #1\n"
    "str r12, [sp, #16]\n"
    "str r1, [sp, #20]\n"
    "2:\n"
    "ldr r9, [sp]\n"
    "ldrd r11, r12, [r0], #4\n"
    "pkhbt lr, r12, r11\n"
    "smladx r10, lr, r4, r9\n"
    "smlad r9, r11, r4, r9\n"
    "smlabb r9, r12, r7, r9\n"
    "smlatb r10, r12, r7, r10\n"
    "ldrd r11, r12, [r1], #4\n"
    "pkhbt lr, r12, r11\n"
    "smladx r10, lr, r5, r10\n"
    "smlad r9, r11, r5, r9\n"
    "smlabt r9, r12, r7, r9\n"
    "smlatt r10, r12, r7, r10\n"
    "ldrd r11, r12, [r2], #4\n"
    "pkhbt lr, r12, r11\n"
    "smladx r10, lr, r6, r10\n"
    "smlad r9, r11, r6, r9\n"
    "smlabb r9, r12, r8, r9\n"
    "smlatb r10, r12, r8, r10\n"
    "ldrd r11, r12, [sp, #4]\n"
    "smmla r9, r9, r11, r12\n"
    "smmla r10, r10, r11, r12\n"
    "asr r9, r9, r12\n"
    "asr r10, r10, r12\n"
    "ssat r9, #8, r9\n"
    "ssat r10, #8, r10\n"
    "ldrd lr, r12, [sp, #12]\n"
    "cmp r0, r12\n"
    "strb r9, [r3]\n"
    "itt ls\n"
    "strbls r10, [r3, lr]\n"
    "addls r3, r3, lr\n"
    "add r3, r3, lr\n"
    "blo 2b\n"
    "ldr r11, [sp, #68]\n"
    "subs r11, r11, #1\n"
    "str r11, [sp, #68]\n"
    "bne 1b\n"
    "add sp, #32\n"
    "pop {r4-r11, pc}\n"
    ".size impulse_plane_one, . - impulse_plane_one\n"
    ".text\n");

__asm(
    ".section .text.impulse_plane_two,\"ax\",%progbits\n"
    ".syntax unified\n"
    ".thumb\n"
    ".p2align 2\n"
    ".global impulse_plane_two\n"
    ".type impulse_plane_two, %function\n"
    ".thumb_func\n"
    "impulse_plane_two:\n"
    "push {r4-r11, lr}\n"
    "sub sp, #32\n"
    "ldm r1, {r4-r9}\n"
    "str r7, [sp]\n"
    "strd r8, r9, [sp, #4]\n"
    "str r3, [sp, #12]\n"
    "sxtb16 r7, r4, ror #8\n"
    "sxtb16 r8, r5, ror #8\n"
    "pkhbt r7, r7, r8, lsl #16\n"
    "sxtb16 r8, r6, ror #8\n"
    "sxtb16 r4, r4\n"
    "sxtb16 r5, r5\n"
    "sxtb16 r6, r6\n"
    "mov r3, r2\n"
    "str r0, [sp, #20]\n"
    "1:\n"
    "ldr r0, [sp, #20]\n"
    "ldrd r12, r11, [sp, #72]\n"
    "add r1, r0, r11\n"
    "add r2, r1, r11\n"
    "add r10, r0, r12, lsl #2\n"
    "str r2, [sp, #20]\n"
    "ldr lr, [sp, #12]\n"
    "2:\n"
    "ldr r9, [sp]\n"
    "ldrd r11, r12, [r0], #4\n"
    "smlad r9, r11, r4, r9\n"
    "smlabb r9, r12, r7, r9\n"
    "ldrd r11, r12, [r1], #4\n"
    "smlad r9, r11, r5, r9\n"
    "smlabt r9, r12, r7, r9\n"
    "ldrd r11, r12, [r2], #4\n"
    "smlad r9, r11, r6, r9\n"
    "smlabb r9, r12, r8, r9\n"
    "ldrd r11, r12, [sp, #4]\n"
    "smmla r9, r9, r11, r12\n"
    "asr r9, r9, r12\n"
    "ssat r9, #8, r9\n"
    "strb r9, [r3]\n"
    "add r3, r3, lr\n"
    "cmp r0, r10\n"
    "bne 2b\n"
    "ldr r11, [sp, #68]\n"
    "subs r11, r11, #1\n"
    "str r11, [sp, #68]\n"
    "bne 1b\n"
    "add sp, #32\n"
    "pop {r4-r11, pc}\n"
    ".size impulse_plane_two, . - impulse_plane_two\n"
    ".text\n");

#else

static void any_plane(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                      int32_t rows, int32_t columns, int32_t pitch, int32_t stride) {
    for (int32_t y = 0; y < rows; y++) {
        for (int32_t x = 0; x < columns; x++) {
            int32_t sum = channel[3];
            for (int32_t i = 0; i < 3; i++) {
                const int16_t *taps = plane + (y * stride + i) * (pitch / 2) + x * stride;
                const uint32_t word = (uint32_t)channel[i];
                sum += (int8_t)(word & 0xffu) * taps[0] + (int8_t)(word >> 16 & 0xffu) * taps[1] +
                       (int8_t)(word >> 8 & 0xffu) * taps[2];
            }
            const int32_t high = (int32_t)(((int64_t)sum * channel[4]) >> 32);
            const int32_t result = (high + channel[5]) >> (channel[5] & 31);
            *output = (int8_t)(result < -128 ? -128 : result > 127 ? 127 : result);
            output += step;
        }
    }
}

void impulse_plane_one(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch) {
    any_plane(plane, channel, output, step, rows, columns, pitch, 1);
}

void impulse_plane_two(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch) {
    any_plane(plane, channel, output, step, rows, columns, pitch, 2);
}

#endif

void impulse_planar_depthwise_conv2d(const impulse_planar_depthwise_conv2d_params *p,
                                     const int8_t *input, const int32_t *weights, int8_t *scratch,
                                     int8_t *output) {
    const int32_t channels = p->input[2];
    int16_t *plane = (int16_t *)(void *)scratch;
    for (int32_t i = 0; i < p->plane[0] * p->plane[1]; i++) {
        plane[i] = p->input_zero;
    }
    const int32_t rows = p->input[0] < p->plane[0] - p->pad[0] ? p->input[0]
                                                               : p->plane[0] - p->pad[0];
    for (int32_t c = 0; c < channels; c++) {
        const int8_t *from = input + c;
        int16_t *row = plane + p->pad[0] * p->plane[1] + p->pad[1];
        for (int32_t y = 0; y < rows; y++) {
            int16_t *to = row;
            for (int16_t *end = to + p->input[1]; to < end; to++) {
                *to = *from;
                from += channels;
            }
            row += p->plane[1];
        }
        if (p->stride == 1) {
            impulse_plane_one(plane, weights, output + c, channels, p->output[0], p->output[1],
                              2 * p->plane[1]);
        } else {
            impulse_plane_two(plane, weights, output + c, channels, p->output[0], p->output[1],
                              2 * p->plane[1]);
        }
        weights += 6;
    }
    const int32_t len = p->clamps ? p->output[0] * p->output[1] * channels : 0;
    for (int32_t i = 0; i < len; i++) {
        const int8_t x = output[i] < p->clamp[0] ? p->clamp[0] : output[i];
        output[i] = x > p->clamp[1] ? p->clamp[1] : x;
    }
}
