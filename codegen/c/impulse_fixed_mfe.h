/* Log mel energies of int16 samples in integers; the twin of the Rust module
 * `features::fixed::mfe`. */
#ifndef IMPULSE_FIXED_MFE_H
#define IMPULSE_FIXED_MFE_H

#include <stdint.h>

#include "impulse_fixed_mel.h"
#include "impulse_fixed_spectrum.h"

/* The block with its tables. */
typedef struct {
    impulse_fixed_spectrum spectrum;
    impulse_fixed_mel mel;
    impulse_fixed_level level;
} impulse_fixed_mfe;

/* Levels of one frame, [n_filters], within scratch, each an int16 on the block's grid: frame is
 * [frame_samples], scratch [fft.len] with any content. */
const int32_t *impulse_fixed_mfe_frame(const impulse_fixed_mfe *mfe, const int16_t *frame,
                                       int32_t *scratch);

#endif
