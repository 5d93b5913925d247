/* Wavelet features of motion; the twin of the Rust modules features::wavelet and dsp::wavelet. */
#ifndef IMPULSE_WAVELET_H
#define IMPULSE_WAVELET_H

#include "impulse_signal.h"

/* The block with its tables. */
typedef struct {
    impulse_axes axes;
    impulse_conditioning conditioning;
    uint32_t n_taps;
    const float *low;  /* [n_taps]: the low-pass decomposition filter */
    const float *high; /* [n_taps]: the high-pass one */
    uint32_t n_levels; /* at least 1 */
} impulse_wavelet;

/* Features of a window: of each axis 14 statistics of each band, of the last approximation first,
 * then of the details from the coarsest to the finest. window is [n_samples][n_axes], scratch
 * [features + n_samples + 2 * ((n_samples + n_taps - 1) / 2) + 100] with any content; the features
 * are at its start. Every result is finite. */
const float *impulse_wavelet_frame(const impulse_wavelet *wavelet, const int16_t *window,
                                   float *scratch);

#endif
