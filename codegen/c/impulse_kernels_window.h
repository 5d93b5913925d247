/* Private to the kernels: which taps of a sliding window fall on the input. */
#ifndef IMPULSE_KERNELS_WINDOW_H
#define IMPULSE_KERNELS_WINDOW_H

#include <stdint.h>

/* Taps first..end-1 of a window fall on the input; start is the input coordinate of the first.
 * Without such a tap all are 0. */
typedef struct {
    int32_t start;
    int32_t first;
    int32_t end;
} impulse_taps;

/* ceil(a / b) for a >= 0 and b > 0. */
static inline int32_t impulse_ceil_div(int32_t a, int32_t b) {
    return b == 1 ? a : (a + b - 1) / b;
}

/* The window at output coordinate `at`: tap k lies at at * stride - pad + k * dilation. */
static inline impulse_taps impulse_taps_at(int32_t at, int32_t stride, int32_t pad, int32_t kernel,
                                           int32_t dilation, int32_t input) {
    const int32_t origin = at * stride - pad;
    impulse_taps taps = {0, 0, 0};
    const int32_t first = origin >= 0 ? 0 : impulse_ceil_div(-origin, dilation);
    int32_t end = origin >= input ? 0 : impulse_ceil_div(input - origin, dilation);
    if (end > kernel) {
        end = kernel;
    }
    if (first < end) {
        taps.start = origin + first * dilation;
        taps.first = first;
        taps.end = end;
    }
    return taps;
}

/* Sum of (input + offset) * weights over n neighbours. */
static inline int32_t impulse_dot(const int8_t *input, const int8_t *weights, int32_t n,
                                  int32_t offset) {
    int32_t sum = 0;
    int32_t i = 0;
    for (; i + 4 <= n; i += 4) {
        sum += (input[i] + offset) * weights[i];
        sum += (input[i + 1] + offset) * weights[i + 1];
        sum += (input[i + 2] + offset) * weights[i + 2];
        sum += (input[i + 3] + offset) * weights[i + 3];
    }
    for (; i < n; i++) {
        sum += (input[i] + offset) * weights[i];
    }
    return sum;
}

#endif
