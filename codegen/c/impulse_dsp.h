/* Signal processing in float that gives the same bits on every machine; the twin of the Rust
 * module `dsp`. */
#ifndef IMPULSE_DSP_H
#define IMPULSE_DSP_H

#include <stdbool.h>
#include <stdint.h>

/* A real FFT in place, radix 4. */
typedef struct {
    uint32_t len;          /* real points: a power of two, at least 8 */
    const float *twiddles; /* [len/8][3][2] of the last radix-4 pass: for each k cos, sin of
                              2 pi k / (len/2), of twice and of three times that; a pass over
                              blocks of 4l numbers reads each (len/8l)-th of them */
    const float *split;    /* [len/4 - 1]: sin of 2 pi k / len for 0 < k < len/4; from the end,
                              these are the cos */
} impulse_real_fft;

/* The shift that turns a reversed word into a position, see impulse_fft_position. */
uint32_t impulse_fft_shift(uint32_t len);

/* The 32 bits of x in the opposite order. */
static inline uint32_t impulse_reverse_bits(uint32_t x) {
#if defined(__clang__)
    return __builtin_bitreverse32(x);
#elif defined(__GNUC__) && defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB >= 2
    uint32_t reversed;
    __asm__("rbit %0, %1" : "=r"(reversed) : "r"(x));
    return reversed;
#else
    x = ((x >> 1) & 0x55555555u) | ((x & 0x55555555u) << 1);
    x = ((x >> 2) & 0x33333333u) | ((x & 0x33333333u) << 2);
    x = ((x >> 4) & 0x0f0f0f0fu) | ((x & 0x0f0f0f0fu) << 4);
    x = ((x >> 8) & 0x00ff00ffu) | ((x & 0x00ff00ffu) << 8);
    return (x >> 16) | (x << 16);
#endif
}

/* Where the pair of samples 2*pair, 2*pair + 1 belongs: index of a complex number (pair < len/2,
 * bits reversed). */
static inline uint32_t impulse_fft_position(uint32_t pair, uint32_t shift) {
    return impulse_reverse_bits(pair) >> shift;
}

/* Transforms data, [len/2][2] with pairs at their position, and overwrites it with the power of
 * twice the spectrum: |2 X[k]|^2 at data[2k] for k < len/2, that of bin len/2 at data[1]; other
 * odd places hold nothing of use. */
void impulse_fft_power(const impulse_real_fft *fft, float *data);

/* Natural logarithm of a positive, normal, finite number. */
float impulse_ln(float x);

/* 1 / square root of a positive, normal, finite number. */
float impulse_inverse_sqrt(float x);

/* x (not NaN) rounded to the nearest integer, halves away from zero, clamped. */
int16_t impulse_round_i16(float x);
/* Square root of a number that is not negative, NaN or infinite; 0 of subnormal numbers. */
float impulse_sqrt(float x);

/* The power of two that brings a finite number that is not negative between 1 and 2, and its
 * inverse, both exact; false for 0 and numbers that are too small for that. */
bool impulse_power_of_two_scaling(float x, float *down, float *up);

/* x (not NaN) rounded to the nearest integer, halves away from zero, plus zero_point, clamped. */
int8_t impulse_quantize(float x, int32_t zero_point);

#endif
