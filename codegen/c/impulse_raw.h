/* The samples themselves, one by one; the twin of the Rust module features::raw. */
#ifndef IMPULSE_RAW_H
#define IMPULSE_RAW_H

#include <stdint.h>

/* The block with its tables. */
typedef struct {
    uint32_t n_analysed;
    const uint8_t *axes; /* [n_analysed]: the axes that are given, ascending */
    float scale;         /* what a step of the int16 samples is worth */
} impulse_raw;

/* One sample, a value of each axis, as features [n_analysed] at the start of scratch. */
const float *impulse_raw_frame(const impulse_raw *raw, const int16_t *sample, float *scratch);

#endif
