/* Log mel energies of int16 samples; the twin of the Rust module `features::mfe`. */
#ifndef IMPULSE_MFE_H
#define IMPULSE_MFE_H

#include <stdint.h>

#include "impulse_mel.h"
#include "impulse_spectrum.h"

/* The block with its tables. */
typedef struct {
    impulse_spectrum spectrum;
    impulse_mel mel;
    impulse_level level;
} impulse_mfe;

/* Levels of one frame, [n_filters], within scratch: frame is [frame_samples], scratch [fft.len]
 * with any content. Every result is finite. */
const float *impulse_mfe_frame(const impulse_mfe *mfe, const int16_t *frame, float *scratch);

/* The same of an impulse_mfe with the sample before the frame. */
const float *impulse_mfe_row(const void *mfe, const int16_t *frame, int16_t previous,
                             float *scratch);

#endif
