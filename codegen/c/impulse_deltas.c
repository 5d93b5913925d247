#include "impulse_strict_float.h"

#include "impulse_deltas.h"

/* The value of a row, the oldest of which is 0. */
static int32_t value_at(const impulse_deltas_column *column, uint32_t row) {
    row += column->first_frame;
    if (row >= column->n_frames) {
        row -= column->n_frames;
    }
    return column->first[row * column->n_columns];
}

/* The rows before and behind one, within the window. */
static uint32_t before(uint32_t row, uint32_t theta) {
    return row < theta ? 0 : row - theta;
}

static uint32_t behind(const impulse_deltas_column *column, uint32_t row, uint32_t theta) {
    const uint32_t last = column->n_frames - 1;
    return row + theta > last ? last : row + theta;
}

int32_t impulse_first_difference(const impulse_deltas_column *column, uint32_t row) {
    int32_t sum = 0;
    for (uint32_t theta = 1; theta <= column->width; theta++) {
        const int32_t later = value_at(column, behind(column, row, theta));
        sum += (int32_t)theta * (later - value_at(column, before(row, theta)));
    }
    return sum;
}

int32_t impulse_second_difference(const impulse_deltas_column *column, uint32_t row) {
    int32_t sum = 0;
    for (uint32_t theta = 1; theta <= column->width; theta++) {
        const int32_t later = impulse_first_difference(column, behind(column, row, theta));
        sum += (int32_t)theta * (later - impulse_first_difference(column, before(row, theta)));
    }
    return sum;
}

void impulse_rows_deltas(const impulse_rows *rows, impulse_normalize normalize,
                         impulse_deltas deltas, const impulse_input_quantization *quantization,
                         const int16_t *ring, uint32_t first_frame, int8_t *out) {
    const int32_t n = (int32_t)deltas.width;
    const float norm = (float)(n * (n + 1) * (2 * n + 1) / 3);
    const uint32_t n_columns = rows->n_columns;
    const uint32_t step = n_columns * quantization->step;
    const int32_t zero_point = quantization->zero_point;
    for (uint32_t i = 0; i < n_columns; i++) {
        const impulse_deltas_column column = {ring + i, n_columns, rows->n_frames, first_frame,
                                       deltas.width};
        const float factor = impulse_rows_moments(rows, normalize, ring + i).factor;
        const float first = factor * (float)(int32_t)rows->n_frames / norm;
        const float second = first / norm;
        const float *const scales = quantization->inverse_scales + i * quantization->step;
        const float first_scale = scales[step];
        const float second_scale = deltas.order > 1 ? scales[2 * step] : 0.0f;
        int8_t *q = out + rows->offset + n_columns + i;
        for (uint32_t row = 0; row < rows->n_frames; row++) {
            float value = (float)impulse_first_difference(&column, row) * first;
            *q = impulse_quantize(value * first_scale, zero_point);
            if (deltas.order > 1) {
                value = (float)impulse_second_difference(&column, row) * second;
                q[n_columns] = impulse_quantize(value * second_scale, zero_point);
            }
            q += rows->row_stride;
        }
    }
}
