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

/* factor / 2^shift; a factor is at most 2^16. */
typedef struct {
    uint32_t factor;
    uint32_t shift; /* 6..55 */
} impulse_fixed_ratio;

/* The product with a number within +-2^41, rounded (halves upward) and clamped to 16 bits. */
static inline int32_t impulse_fixed_times(int64_t x, impulse_fixed_ratio ratio) {
    const int64_t half = (int64_t)1 << (ratio.shift - 1);
    const int64_t whole = (x * (int64_t)ratio.factor + half) >> ratio.shift;
    return whole > INT16_MAX ? INT16_MAX : whole < INT16_MIN ? INT16_MIN : (int32_t)whole;
}

/* A feature, within +-65535, as int8. */
static inline int8_t impulse_fixed_quantized(impulse_fixed_factor by, int32_t value,
                                             int32_t zero_point) {
    const int32_t half = (int32_t)1 << (by.shift - 1);
    const int32_t q = ((value * by.multiplier + half) >> by.shift) + zero_point;
    return (int8_t)(q > INT8_MAX ? INT8_MAX : q < INT8_MIN ? INT8_MIN : q);
}

/* The sum of a column of a ring, and what brings deviations from the mean, times the frames, to unit
 * variance. */
int32_t impulse_fixed_sum(const impulse_rows *rows, const int16_t *column);
impulse_fixed_ratio impulse_fixed_inverse_deviation(const impulse_rows *rows, uint64_t spread_min,
                                                    const int16_t *column, int32_t sum);

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
