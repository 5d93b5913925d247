/* From a frame of int16 samples to the power of each frequency bin, and from a power to a level;
 * the twin of the Rust module `features::spectrum`. */
#ifndef IMPULSE_SPECTRUM_H
#define IMPULSE_SPECTRUM_H

#include <stdbool.h>
#include <stdint.h>

#include "impulse_dsp.h"

/* Pre-emphasis, window function and FFT of a frame. */
typedef struct {
    uint32_t frame_samples; /* samples that are looked at, at least 2 and at most fft.len */
    float pre_emphasis;     /* y[n] = x[n] - c x[n-1] */
    float scale;            /* of every sample of a frame without a window function */
    const float *taper;     /* [(frame_samples + 1)/2 + 1]: half of it, or 0 */
    impulse_real_fft fft;
    void (*finish)(float *scratch, uint32_t len); /* impulse_magnitudes, or 0 for powers */
} impulse_spectrum;

/* The level of a power: ln(max(power, floor)) * factor + offset, or the same without logarithm. */
typedef struct {
    bool log;
    float floor; /* positive and normal */
    float factor;
    float offset;
} impulse_level;

/* Powers of one frame: that of bin k at scratch[2k], that of bin len/2 at scratch[1]; other odd
 * places hold nothing of use. previous is the sample before the frame; scratch is [fft.len] with
 * any content. */
void impulse_spectrum_power(const impulse_spectrum *spectrum, const int16_t *frame,
                            int16_t previous, float *scratch);

/* The same of one axis of n_axes: frame begins with its first sample, which follows itself. */
void impulse_spectrum_axis_power(const impulse_spectrum *spectrum, const int16_t *frame,
                                 uint32_t n_axes, float *scratch);

/* Square roots of the powers of an FFT of len points. */
void impulse_magnitudes(float *scratch, uint32_t len);

/* The sum of the powers that impulse_spectrum_power has left in scratch, from bin 0 up. */
float impulse_spectrum_energy(const impulse_spectrum *spectrum, const float *scratch);

/* The level of a power that is not NaN. */
static inline float impulse_level_of(const impulse_level *level, float power) {
    const float raised = power > level->floor ? power : level->floor;
    return (level->log ? impulse_ln(raised) : raised) * level->factor + level->offset;
}

#endif
