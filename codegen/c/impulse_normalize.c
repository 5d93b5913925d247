#include "impulse_strict_float.h"

#include "impulse_normalize.h"

#include <string.h>

/* Variances below it count as it, so that silence and steady tones stay near 0. */
#define VARIANCE_FLOOR 0.01f

void impulse_rows_store(const impulse_rows *rows, const float *values, int16_t *row) {
    for (uint32_t i = 0; i < rows->n_columns; i++) {
        row[i] = impulse_round_i16(values[i] * rows->per_unit);
    }
}

void impulse_rows_quantize(const impulse_rows *rows,
                           const impulse_input_quantization *quantization, const float *values,
                           int8_t *row) {
    const float *inverse_scale = quantization->inverse_scales;
    const uint32_t step = quantization->step;
    const int32_t zero_point = quantization->zero_point;
    for (uint32_t i = 0; i < rows->n_columns; i++) {
        row[i] = impulse_quantize(values[i] * *inverse_scale, zero_point);
        inverse_scale += step;
    }
}

void impulse_rows_copy(const impulse_rows *rows, const int8_t *ring, uint32_t first_frame,
                       int8_t *out) {
    uint32_t row = first_frame;
    out += rows->offset;
    for (uint32_t i = 0; i < rows->n_frames; i++) {
        memcpy(out, ring + row * rows->n_columns, rows->n_columns);
        out += rows->row_stride;
        row = row + 1 == rows->n_frames ? 0 : row + 1;
    }
}

impulse_moments_of_column impulse_rows_moments(const impulse_rows *rows,
                                               impulse_normalize normalize,
                                               const int16_t *column) {
    const int16_t *const end = column + rows->n_frames * rows->n_columns;
    const float units = (float)(int32_t)rows->n_frames * rows->per_unit;
    impulse_moments_of_column moments = {0, 1.0f / units};
    if (normalize == IMPULSE_NORMALIZE_PLAIN) {
        return moments;
    }
    /* The sums are exact, whatever their order. */
    for (const int16_t *value = column; value != end; value += rows->n_columns) {
        moments.sum += *value;
    }
    if (normalize == IMPULSE_NORMALIZE_MEAN_VARIANCE) {
        const int64_t n_frames = rows->n_frames;
        int64_t squares = 0;
        for (const int16_t *value = column; value != end; value += rows->n_columns) {
            squares += (int64_t)((int32_t)*value * *value);
        }
        /* n^2 times the variance in steps: below 2^55 for 4096 frames, never negative. */
        const uint64_t whole =
            (uint64_t)(squares * n_frames - (int64_t)moments.sum * moments.sum);
        const float spread =
            (float)(uint32_t)(whole >> 32) * 4294967296.0f + (float)(uint32_t)whole;
        const float variance = spread / (units * units);
        moments.factor =
            impulse_inverse_sqrt(variance > VARIANCE_FLOOR ? variance : VARIANCE_FLOOR) / units;
    }
    return moments;
}

void impulse_rows_normalize(const impulse_rows *rows, impulse_normalize normalize,
                            const impulse_input_quantization *quantization, const int16_t *ring,
                            uint32_t first_frame, int8_t *out) {
    const uint32_t n_columns = rows->n_columns;
    const int32_t n_frames = (int32_t)rows->n_frames;
    const int32_t zero_point = quantization->zero_point;
    for (uint32_t i = 0; i < n_columns; i++) {
        const int16_t *const first = ring + i;
        const int16_t *const end = first + rows->n_frames * n_columns;
        const impulse_moments_of_column moments = impulse_rows_moments(rows, normalize, first);
        const float inverse_scale = quantization->inverse_scales[i * quantization->step];
        int8_t *q = out + rows->offset + i;
        const int16_t *value = first + first_frame * n_columns;
        for (int32_t frame = 0; frame < n_frames; frame++) {
            const float normalized = (float)(*value * n_frames - moments.sum) * moments.factor;
            *q = impulse_quantize(normalized * inverse_scale, zero_point);
            q += rows->row_stride;
            value += n_columns;
            value = value == end ? first : value;
        }
    }
}
