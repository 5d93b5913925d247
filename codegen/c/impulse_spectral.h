/* Spectral features of motion; the twin of the Rust module features::spectral. */
#ifndef IMPULSE_SPECTRAL_H
#define IMPULSE_SPECTRAL_H

#include "impulse_dsp.h"
#include "impulse_signal.h"

/* Bins of a spectrum that are given: the first, and the one after the last. */
typedef struct {
    uint32_t first;
    uint32_t end;
} impulse_bins;

/* The block with its tables. */
typedef struct {
    impulse_axes axes;
    impulse_conditioning conditioning;
    impulse_real_fft fft; /* its length is that of a piece */
    uint32_t hop_samples; /* from the start of a piece to that of the next */
    bool log;             /* whether powers are given as log10 */
    impulse_bins bins;
    impulse_decimation low; /* before the features of low frequencies; no stages for none */
    impulse_bins low_bins;
} impulse_spectral;

/* Features of a window: of each axis RMS, skewness, kurtosis, skewness and kurtosis of the
 * spectrum, and the bins; then those of each axis's low frequencies. window is
 * [n_samples][n_axes], scratch [features + n_samples + fft.len + fft.len / 2 + 1] with any
 * content; the features are at its start. Every result is finite. */
const float *impulse_spectral_frame(const impulse_spectral *spectral, const int16_t *window,
                                    float *scratch);

#endif
