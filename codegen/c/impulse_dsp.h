/* Signal processing in float that gives the same bits on every machine; the twin of the Rust
 * module `dsp`. */
#ifndef IMPULSE_DSP_H
#define IMPULSE_DSP_H

#include <stdint.h>

/* A real FFT in place, radix 4. */
typedef struct {
    uint32_t len;          /* real points: a power of two, at least 8 */
    const float *twiddles; /* for each radix-4 pass over blocks of 4l numbers except one with
                              l = 1, for each k < l: cos, sin of 2 pi k / 4l, of twice and of
                              three times that */
    const float *split;    /* [len/4 - 1][2]: cos, sin of 2 pi k / len for 0 < k < len/4 */
} impulse_real_fft;

/* The shift that turns a reversed word into a position, see impulse_fft_position. */
uint32_t impulse_fft_shift(uint32_t len);

/* Where the pair of samples 2*pair, 2*pair + 1 belongs: index of a complex number (pair < len/2,
 * bits reversed). */
uint32_t impulse_fft_position(uint32_t pair, uint32_t shift);

/* Transforms data, [len/2][2] with pairs at their position, and overwrites it with the power of
 * twice the spectrum: |2 X[k]|^2 at data[2k] for k < len/2, that of bin len/2 at data[1]; other
 * odd places hold nothing of use. */
void impulse_fft_power(const impulse_real_fft *fft, float *data);

/* Natural logarithm of a positive, normal, finite number. */
float impulse_ln(float x);

/* 1 / square root of a positive, normal, finite number. */
float impulse_inverse_sqrt(float x);

/* x (not NaN) rounded to the nearest integer, halves away from zero, plus zero_point, clamped. */
int8_t impulse_quantize(float x, int32_t zero_point);

#endif
