/* Products of 32 by 16 bits; the twin of the Rust module `features::fixed::multiply`. A core that
 * multiplies 32 by 32 bits to 64 takes them as they are written; a Cortex-M0, whose products have
 * 32 bits, takes halves, with the same results.
 *
 * Right shifts of negative values are taken to be arithmetic, as they are in every compiler for
 * the supported targets. */
#ifndef IMPULSE_FIXED_MULTIPLY_H
#define IMPULSE_FIXED_MULTIPLY_H

#include <stdint.h>

#ifndef IMPULSE_FIXED_BY_HALVES
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1
#define IMPULSE_FIXED_BY_HALVES 1
#else
#define IMPULSE_FIXED_BY_HALVES 0
#endif
#endif

/* (x * c + y * s) / 2^15, rounded down; must fit in 32 bits. */
static inline int32_t impulse_fixed_turn(int32_t x, int32_t y, int32_t c, int32_t s) {
#if IMPULSE_FIXED_BY_HALVES
    const int32_t low = (x & 0x7fff) * c + (y & 0x7fff) * s;
    return (x >> 15) * c + (y >> 15) * s + (low >> 15);
#else
    return (int32_t)(((int64_t)x * c + (int64_t)y * s) >> 15);
#endif
}

/* x * w / 2^16, rounded down, with w at most 2^15. */
static inline int32_t impulse_fixed_taper(int32_t x, uint32_t w) {
#if IMPULSE_FIXED_BY_HALVES
    const uint32_t low = ((uint32_t)x & 0xffffu) * w;
    return (x >> 16) * (int32_t)w + (int32_t)(low >> 16);
#else
    return (int32_t)(((int64_t)x * (int32_t)w) >> 16);
#endif
}

/* power * share, with share at most 2^15 and power at most 2^31. */
static inline uint64_t impulse_fixed_share(uint32_t power, uint32_t share) {
#if IMPULSE_FIXED_BY_HALVES
    return ((uint64_t)((power >> 16) * share) << 16) + (power & 0xffffu) * share;
#else
    return (uint64_t)power * share;
#endif
}

/* Zeros above the highest one of x, which is not 0. */
static inline uint32_t impulse_fixed_leading_zeros(uint32_t x) {
#if defined(__GNUC__) && !IMPULSE_FIXED_BY_HALVES
    return (uint32_t)__builtin_clz(x);
#else
    uint32_t zeros = 0;
    for (uint32_t half = 16; half > 0; half >>= 1) {
        if (x >> (32 - half) == 0) {
            zeros += half;
            x <<= half;
        }
    }
    return zeros;
#endif
}

#endif
