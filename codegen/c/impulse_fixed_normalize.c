#include "impulse_fixed_normalize.h"

#include "impulse_fixed_multiply.h"

#define NORMALIZED_BITS 10

/* A feature, within +-65535, as int8. */
static inline int8_t quantized(impulse_fixed_factor by, int32_t value, int32_t zero_point) {
    const int32_t half = (int32_t)1 << (by.shift - 1);
    const int32_t q = ((value * by.multiplier + half) >> by.shift) + zero_point;
    return (int8_t)(q > INT8_MAX ? INT8_MAX : q < INT8_MIN ? INT8_MIN : q);
}

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

/* 2^NORMALIZED_BITS / square root of x, which is at least 1, as a number of 17 bits to be shifted
 * right by 6..37. */
static uint32_t inverse_square_root(uint64_t x, uint32_t *shift) {
    uint32_t zeros = 0;
    while (x >> 62 == 0) {
        x <<= 2;
        zeros++;
    }
    const uint32_t root = square_root((uint32_t)(x >> 32));
    *shift = 47 - NORMALIZED_BITS - zeros;
    return (0x80000000u + root / 2) / root;
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
        row[i] = quantized(by, values[i], scaling->zero_point);
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
        const int16_t *value;
        int32_t sum = 0;
        int64_t squares = 0;
        for (value = first; value != end; value += n_columns) {
            sum += *value;
        }
        int32_t mean = 0;
        uint32_t inverse = 0;
        uint32_t shift = 1;
        if (normalize == IMPULSE_NORMALIZE_MEAN) {
            mean = mean_of(sum, n_frames);
        } else if (normalize == IMPULSE_NORMALIZE_MEAN_VARIANCE) {
            for (value = first; value != end; value += n_columns) {
                squares += (int32_t)*value * *value;
            }
            /* n^2 times the variance in steps: below 2^55 for 4096 frames, never negative. */
            const uint64_t spread = (uint64_t)(squares * n_frames - (int64_t)sum * sum);
            inverse = inverse_square_root(
                spread > scaling->spread_min ? spread : scaling->spread_min, &shift);
        }
        const int64_t half = (int64_t)1 << (shift - 1);
        const impulse_fixed_factor by = scaling->factors[i * scaling->step];
        int8_t *q = out + rows->offset + i;
        value = first + first_frame * n_columns;
        for (int32_t frame = 0; frame < n_frames; frame++) {
            int32_t normalized = *value - mean;
            if (normalize == IMPULSE_NORMALIZE_MEAN_VARIANCE) {
                const int32_t deviation = *value * n_frames - sum;
                const int64_t product = (int64_t)deviation * (int64_t)inverse;
                const int64_t whole = (product + half) >> shift;
                normalized = whole > INT16_MAX   ? INT16_MAX
                             : whole < INT16_MIN ? INT16_MIN
                                                 : (int32_t)whole;
            }
            *q = quantized(by, normalized, scaling->zero_point);
            q += rows->row_stride;
            value += n_columns;
            value = value == end ? first : value;
        }
    }
}
