/* Normalization over a window and quantization to int8 in integers; the twin of the Rust module
 * `features::fixed::normalize`. */
#ifndef IMPULSE_FIXED_NORMALIZE_H
#define IMPULSE_FIXED_NORMALIZE_H

#include <stdint.h>

#include "impulse_normalize.h"

/* multiplier / 2^shift, which a feature is multiplied by. */
typedef struct {
    int32_t multiplier; /* below 2^14 */
    uint32_t shift;     /* 1..31 */
} impulse_fixed_factor;

/* How rows are normalized and become int8: value * multiplier / 2^shift + 1/2, rounded down, plus
 * zero_point, clamped. */
typedef struct {
    uint64_t spread_min; /* spreads below it count as it, at least 1 */
    const impulse_fixed_factor *factors;
    uint32_t step; /* from a column's factor to the next one's: 0 where one is for all */
    int32_t zero_point;
} impulse_fixed_scaling;

/* A row of features that is to be normalized, into a ring. */
void impulse_fixed_store(const impulse_rows *rows, const int32_t *values, int16_t *row);

/* A row of features that is final, into a ring. */
void impulse_fixed_quantize(const impulse_rows *rows, const impulse_fixed_scaling *scaling,
                            const int32_t *values, int8_t *row);

/* Normalizes a ring of rows, whose oldest row is first_frame, into the network's input. */
void impulse_fixed_normalize(const impulse_rows *rows, const impulse_fixed_scaling *scaling,
                             impulse_normalize normalize, const int16_t *ring, uint32_t first_frame,
                             int8_t *out);

#endif
