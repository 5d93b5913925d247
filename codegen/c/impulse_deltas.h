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

/* A column of a ring of rows. */
typedef struct {
    const int16_t *first;
    uint32_t n_columns;
    uint32_t n_frames;
    uint32_t first_frame; /* its oldest row */
    uint32_t width;       /* of differences */
} impulse_deltas_column;

/* First difference at a row, the oldest of which is 0, times the norm n(n + 1)(2n + 1)/3 of the
 * width n; second difference times the norm's square. */
int32_t impulse_first_difference(const impulse_deltas_column *column, uint32_t row);
int32_t impulse_second_difference(const impulse_deltas_column *column, uint32_t row);

/* Differences of a ring of rows, whose oldest row is first_frame, into the network's input behind
 * what impulse_rows_normalize stores there. */
void impulse_rows_deltas(const impulse_rows *rows, impulse_normalize normalize,
                         impulse_deltas deltas, const impulse_input_quantization *quantization,
                         const int16_t *ring, uint32_t first_frame, int8_t *out);

#endif
