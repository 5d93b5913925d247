#include "impulse_fixed_deltas.h"

#include "impulse_fixed_multiply.h"

/* 1 / n, of 15 bits; n is positive and below 2^16. */
static impulse_fixed_ratio inverse_of(uint32_t n) {
    const uint32_t shift = 46 - impulse_fixed_leading_zeros(n);
    const impulse_fixed_ratio inverse = {(((uint32_t)1 << shift) + n / 2) / n, shift};
    return inverse;
}

/* The product with an inverse, rounded. */
static impulse_fixed_ratio product_of(impulse_fixed_ratio ratio, impulse_fixed_ratio inverse) {
    const uint64_t factor = (uint64_t)ratio.factor * inverse.factor;
    const impulse_fixed_ratio product = {(uint32_t)((factor + (1 << 14)) >> 15),
                                         ratio.shift + inverse.shift - 15};
    return product;
}

void impulse_fixed_deltas(const impulse_rows *rows, const impulse_fixed_scaling *scaling,
                          impulse_normalize normalize, impulse_deltas deltas, const int16_t *ring,
                          uint32_t first_frame, int8_t *out) {
    const uint32_t n = deltas.width;
    const impulse_fixed_ratio norm = inverse_of(n * (n + 1) * (2 * n + 1) / 3);
    const uint32_t n_columns = rows->n_columns;
    const uint32_t step = n_columns * scaling->step;
    for (uint32_t i = 0; i < n_columns; i++) {
        const impulse_deltas_column column = {ring + i, n_columns, rows->n_frames, first_frame, n};
        impulse_fixed_ratio scale = {(uint32_t)1 << 15, 15};
        int64_t times = 1;
        if (normalize == IMPULSE_NORMALIZE_MEAN_VARIANCE) {
            const int32_t sum = impulse_fixed_sum(rows, ring + i);
            scale = impulse_fixed_inverse_deviation(rows, scaling->spread_min, ring + i, sum);
            times = rows->n_frames;
        }
        const impulse_fixed_ratio first = product_of(scale, norm);
        const impulse_fixed_ratio second = product_of(first, norm);
        const impulse_fixed_factor *const by = scaling->factors + i * scaling->step;
        int8_t *q = out + rows->offset + n_columns + i;
        for (uint32_t row = 0; row < rows->n_frames; row++) {
            int64_t difference = impulse_first_difference(&column, row);
            int32_t value = impulse_fixed_times(difference * times, first);
            *q = impulse_fixed_quantized(by[step], value, scaling->zero_point);
            if (deltas.order > 1) {
                difference = impulse_second_difference(&column, row);
                value = impulse_fixed_times(difference * times, second);
                q[n_columns] = impulse_fixed_quantized(by[2 * step], value, scaling->zero_point);
            }
            q += rows->row_stride;
        }
    }
}
