#include "impulse_fixed_normalize.h"

#define NORMALIZED_BITS 10

/* The square root of a number from 2^30 on, rounded down. */
static uint32_t square_root(uint32_t x) {
    uint32_t root = 0;
    for (uint32_t bit = (uint32_t)1 << 30; bit > 0; bit >>= 2) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

int32_t impulse_fixed_sum(const impulse_rows *rows, const int16_t *column) {
    const int16_t *const end = column + rows->n_frames * rows->n_columns;
    int32_t sum = 0;
    for (; column != end; column += rows->n_columns) {
        sum += *column;
    }
    return sum;
}

impulse_fixed_ratio impulse_fixed_inverse_deviation(const impulse_rows *rows, uint64_t spread_min,
                                                    const int16_t *column, int32_t sum) {
    const int16_t *const end = column + rows->n_frames * rows->n_columns;
    int64_t squares = 0;
    for (; column != end; column += rows->n_columns) {
        squares += (int32_t)*column * *column;
    }
    /* n^2 times the variance in steps: below 2^55 for 4096 frames, never negative. */
    uint64_t spread = (uint64_t)(squares * (int64_t)rows->n_frames - (int64_t)sum * sum);
    if (spread < spread_min) {
        spread = spread_min;
    }
    /* 2^NORMALIZED_BITS / square root of the spread, which is at least 1. */
    uint32_t zeros = 0;
    while (spread >> 62 == 0) {
        spread <<= 2;
        zeros++;
    }
    const uint32_t root = square_root((uint32_t)(spread >> 32));
    const impulse_fixed_ratio inverse = {(0x80000000u + root / 2) / root,
                                         47 - NORMALIZED_BITS - zeros};
    return inverse;
}

/* sum / n, rounded to the nearest, halves upward. */
static int32_t mean_of(int32_t sum, int32_t n) {
    const int32_t twice = 2 * sum + n;
    const int32_t quotient = twice / (2 * n);
    return twice % (2 * n) < 0 ? quotient - 1 : quotient;
}

void impulse_fixed_store(const impulse_rows *rows, const int32_t *values, int16_t *row) {
    for (uint32_t i = 0; i < rows->n_columns; i++) {
        row[i] = (int16_t)values[i];
    }
}

void impulse_fixed_quantize(const impulse_rows *rows, const impulse_fixed_scaling *scaling,
                            const int32_t *values, int8_t *row) {
    for (uint32_t i = 0; i < rows->n_columns; i++) {
        const impulse_fixed_factor by = scaling->factors[i * scaling->step];
        row[i] = impulse_fixed_quantized(by, values[i], scaling->zero_point);
    }
}

void impulse_fixed_normalize(const impulse_rows *rows, const impulse_fixed_scaling *scaling,
                             impulse_normalize normalize, const int16_t *ring, uint32_t first_frame,
                             int8_t *out) {
    const uint32_t n_columns = rows->n_columns;
    const int32_t n_frames = (int32_t)rows->n_frames;
    for (uint32_t i = 0; i < n_columns; i++) {
        const int16_t *const first = ring + i;
        const int16_t *const end = first + rows->n_frames * n_columns;
        const int32_t sum = impulse_fixed_sum(rows, first);
        int32_t mean = 0;
        impulse_fixed_ratio inverse = {0, 1};
        if (normalize == IMPULSE_NORMALIZE_MEAN) {
            mean = mean_of(sum, n_frames);
        } else if (normalize == IMPULSE_NORMALIZE_MEAN_VARIANCE) {
            inverse = impulse_fixed_inverse_deviation(rows, scaling->spread_min, first, sum);
        }
        const impulse_fixed_factor by = scaling->factors[i * scaling->step];
        int8_t *q = out + rows->offset + i;
        const int16_t *value = first + first_frame * n_columns;
        for (int32_t frame = 0; frame < n_frames; frame++) {
            int32_t normalized = *value - mean;
            if (normalize == IMPULSE_NORMALIZE_MEAN_VARIANCE) {
                normalized = impulse_fixed_times(*value * n_frames - sum, inverse);
            }
            *q = impulse_fixed_quantized(by, normalized, scaling->zero_point);
            q += rows->row_stride;
            value += n_columns;
            value = value == end ? first : value;
        }
    }
}
