/* Mel-frequency cepstral coefficients of int16 samples in integers; the twin of the Rust module
 * `features::fixed::mfcc`. */
#ifndef IMPULSE_FIXED_MFCC_H
#define IMPULSE_FIXED_MFCC_H

#include <stdint.h>

#include "impulse_fixed_mel.h"
#include "impulse_fixed_spectrum.h"

/* The block with its tables. */
typedef struct {
    impulse_fixed_spectrum spectrum;
    impulse_fixed_mel mel;
    impulse_fixed_level level;
    uint32_t n_coefficients; /* coefficients per frame, at most mel.n_filters */
    const int16_t *dct;      /* [(n_filters + 1)/2][n_coefficients]: the lower half of the DCT */
    uint32_t shift;          /* fractional bits of its sums beyond the grid's, 1..30 */
} impulse_fixed_mfcc;

/* Coefficients of one frame, [n_coefficients], within scratch, each an int16 on the block's grid:
 * frame is [frame_samples], scratch [fft.len] with any content. */
const int32_t *impulse_fixed_mfcc_frame(const impulse_fixed_mfcc *mfcc, const int16_t *frame,
                                        int32_t *scratch);

#endif
