/* From a frame of int16 samples to its spectrum in integers; the twin of the Rust modules
 * `features::fixed::{fft, spectrum}`. */
#ifndef IMPULSE_FIXED_SPECTRUM_H
#define IMPULSE_FIXED_SPECTRUM_H

#include <stdint.h>

/* A real FFT in place, radix 4, of factors with 15 fractional bits; each pass divides by its
 * radix. */
typedef struct {
    uint32_t len;            /* real points: a power of two, at least 16 */
    const int16_t *twiddles; /* [len/8][3][2]: as those of impulse_real_fft */
    const int16_t *split;    /* [len/4 - 1]: as that of impulse_real_fft */
} impulse_fixed_fft;

/* Pre-emphasis, window function and FFT of a frame. */
typedef struct {
    uint32_t frame_samples; /* samples, at least 2 and at most fft.len */
    int32_t pre_emphasis;   /* c in y[n] = x[n] - c x[n-1], with 15 fractional bits */
    const uint16_t *taper;  /* [(frame_samples + 1)/2 + 1]: half of it, 15 fractional bits, or 0 */
    impulse_fixed_fft fft;
} impulse_fixed_spectrum;

/* The spectrum of one frame: real and imaginary part of 4 / len * X[k] at scratch[2k] and
 * scratch[2k + 1] for 0 < k < len/2, with 12 fractional bits; what stands before is of no use.
 * Returns by how many bits its numbers have to be shifted to have 15 beside the sign. scratch is
 * [fft.len] with any content. */
uint32_t impulse_fixed_spectrum_bins(const impulse_fixed_spectrum *spectrum, const int16_t *frame,
                                     int32_t *scratch);

#endif
