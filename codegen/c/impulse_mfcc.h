/* Mel-frequency cepstral coefficients of int16 samples; the twin of the Rust module
 * `features::mfcc`. */
#ifndef IMPULSE_MFCC_H
#define IMPULSE_MFCC_H

#include <stdbool.h>
#include <stdint.h>

#include "impulse_mel.h"
#include "impulse_spectrum.h"

/* The block with its tables. */
typedef struct {
    impulse_spectrum spectrum;
    impulse_mel mel;
    impulse_level level;
    bool log_energy;         /* whether coefficient 0 is the level of the frame's energy */
    uint32_t n_coefficients; /* coefficients per frame, at most mel.n_filters */
    const float *dct;        /* [(n_filters + 1)/2][n_coefficients]: the lower half of the DCT */
} impulse_mfcc;

/* Coefficients of one frame, [n_coefficients], within scratch: frame is [frame_samples], scratch
 * [fft.len] with any content. Every result is finite. */
const float *impulse_mfcc_frame(const impulse_mfcc *mfcc, const int16_t *frame, float *scratch);

/* The same of an impulse_mfcc with the sample before the frame. */
const float *impulse_mfcc_row(const void *mfcc, const int16_t *frame, int16_t previous,
                              float *scratch);

#endif
