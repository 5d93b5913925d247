/* Normalization of each column over the frames of a window, and quantization to the network's
 * int8 input; the twin of the Rust module `features::normalize`. */
#ifndef IMPULSE_NORMALIZE_H
#define IMPULSE_NORMALIZE_H

#include <stdint.h>

#include "impulse_dsp.h"

/* What is done to each column over the frames of a window. */
typedef enum {
    IMPULSE_NORMALIZE_MEAN,
    IMPULSE_NORMALIZE_MEAN_VARIANCE,
    IMPULSE_NORMALIZE_PLAIN /* nothing: the rows only wait for their differences */
} impulse_normalize;

/* Quantization of the network's input: round(x * inverse_scale) + zero_point, clamped. Column i
 * of a block has inverse_scales[i * step]: one for all of them with step 0, one each with 1. */
typedef struct {
    const float *inverse_scales;
    uint32_t step;
    int32_t zero_point;
} impulse_input_quantization;

/* The rows of a block and where they belong in the network's input. */
typedef struct {
    uint32_t n_frames;
    uint32_t n_columns;
    uint32_t offset;     /* index of the first value in the network's input */
    uint32_t row_stride; /* from one row to the next there */
    float per_unit;      /* steps of the int16 in which rows wait per unit, a power of two */
} impulse_rows;

/* What normalizes one column: (n * q - sum) * factor. */
typedef struct {
    int32_t sum;
    float factor;
} impulse_moments_of_column;

/* That of the column whose first value in the ring is at column. */
impulse_moments_of_column impulse_rows_moments(const impulse_rows *rows,
                                               impulse_normalize normalize,
                                               const int16_t *column);

/* A row of features that is to be normalized, into a ring. */
void impulse_rows_store(const impulse_rows *rows, const float *values, int16_t *row);

/* A row of features that is final, into a ring. */
void impulse_rows_quantize(const impulse_rows *rows,
                           const impulse_input_quantization *quantization, const float *values,
                           int8_t *row);

/* Copies a ring of final rows, whose oldest row is first_frame, into the network's input. */
void impulse_rows_copy(const impulse_rows *rows, const int8_t *ring, uint32_t first_frame,
                       int8_t *out);

/* Normalizes a ring of rows, whose oldest row is first_frame, into the network's input. */
void impulse_rows_normalize(const impulse_rows *rows, impulse_normalize normalize,
                            const impulse_input_quantization *quantization, const int16_t *ring,
                            uint32_t first_frame, int8_t *out);

#endif
