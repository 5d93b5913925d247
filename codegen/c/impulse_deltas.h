/* Differences of each column over the frames of a window; the twin of the Rust module
 * `features::deltas`. */
#ifndef IMPULSE_DELTAS_H
#define IMPULSE_DELTAS_H

#include <stdint.h>

#include "impulse_normalize.h"

/* What is given beside each column. */
typedef struct {
    uint32_t width; /* frames to each side that are looked at, 1 to 9 */
    uint32_t order; /* 1 for first differences, 2 for first and second ones */
} impulse_deltas;

/* Differences of a ring of rows, whose oldest row is first_frame, into the network's input behind
 * what impulse_rows_normalize stores there. */
void impulse_rows_deltas(const impulse_rows *rows, impulse_normalize normalize,
                         impulse_deltas deltas, const impulse_input_quantization *quantization,
                         const int16_t *ring, uint32_t first_frame, int8_t *out);

#endif
