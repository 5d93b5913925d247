/* TFLite's fixed-point rescaling: a real factor is a 31-bit multiplier and a power of two.
 *
 * A factor f is stored as `multiplier` in [2^30, 2^31) and `shift` with
 * f = multiplier * 2^(shift - 31) (positive shifts enlarge). Convolutions, pooling sums and
 * additions round twice (impulse_rescale); fully connected layers round once
 * (impulse_rescale_once). Both follow the reference arithmetic of gemmlowp and TFLite to the bit.
 *
 * Right shifts of negative values are taken to be arithmetic, as they are in every compiler for
 * the supported targets. */
#ifndef IMPULSE_QUANT_H
#define IMPULSE_QUANT_H

#include <stdint.h>

/* round(a * b / 2^31), ties upward, for b >= 0, by four products of 32 bits. */
static inline int32_t impulse_doubling_high_mul_by_halves(int32_t a, int32_t b) {
    const int32_t a_high = a >> 16;
    const int32_t b_high = b >> 16;
    const uint32_t a_low = (uint32_t)a & 0xffffu;
    const uint32_t b_low = (uint32_t)b & 0xffffu;
    /* a * b = (a_high * b_high + (middle >> 16)) * 2^32 + lower * 2^16 + what is below 2^16; no
     * sum leaves 32 bits, as b_high has 15. */
    const int32_t middle = a_high * (int32_t)b_low + (int32_t)((a_low * b_low) >> 16);
    const uint32_t lower = a_low * (uint32_t)b_high + ((uint32_t)middle & 0xffffu);
    return 2 * (a_high * b_high + (middle >> 16)) + (int32_t)((lower + 0x4000u) >> 15);
}

/* round(a * b / 2^31), ties upward, for b >= 0: gemmlowp's SaturatingRoundingDoublingHighMul. Cores
 * without Thumb-2 have no product of 64 bits. */
static inline int32_t impulse_doubling_high_mul(int32_t a, int32_t b) {
#if defined(__thumb__) && !defined(__thumb2__)
    return impulse_doubling_high_mul_by_halves(a, b);
#else
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
#endif
}

/* round(x / 2^exponent), ties away from zero; exponent in 0..31. */
static inline int32_t impulse_divide_by_power_of_two(int32_t x, int32_t exponent) {
    const int32_t mask = (int32_t)(((int64_t)1 << exponent) - 1);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/* x * multiplier * 2^(shift - 31), rounded after the multiplication and again after the shift;
 * shift in -31..30. */
static inline int32_t impulse_rescale(int32_t x, int32_t multiplier, int32_t shift) {
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    const int32_t shifted = (int32_t)((uint32_t)x << left);
    return impulse_divide_by_power_of_two(impulse_doubling_high_mul(shifted, multiplier), right);
}

/* x * multiplier * 2^(shift - 31), rounded once, ties upward; shift in -31..30. */
static inline int32_t impulse_rescale_once(int32_t x, int32_t multiplier, int32_t shift) {
    const int32_t total = 31 - shift;
    const int64_t rounding = (int64_t)1 << (total - 1);
    return (int32_t)(((int64_t)x * multiplier + rounding) >> total);
}

/* x limited to limits[0]..limits[1]. */
static inline int8_t impulse_clamp(int32_t x, const int8_t limits[2]) {
    if (x < limits[0]) {
        return limits[0];
    }
    return x > limits[1] ? limits[1] : (int8_t)x;
}

/* Each of n values limited to limits[0]..limits[1]. */
static inline void impulse_limit(int8_t *values, int32_t n, const int8_t limits[2]) {
    for (int32_t i = 0; i < n; i++) {
        values[i] = impulse_clamp(values[i], limits);
    }
}

#endif
