/* FULLY_CONNECTED by products of matrices. */
#include "impulse_kernels.h"

#include <string.h>

#include "impulse_kernels_gemm.h"

void impulse_packed_fully_connected(const impulse_packed_fully_connected_params *p,
                                    const int8_t *input, const int32_t *weights,
                                    const int32_t *shared, int8_t *scratch, int8_t *output) {
    const int32_t groups = p->inputs / 4;
    const int32_t words = 2 * ((p->inputs + 3) / 4);
    const int32_t even = p->units & ~1;
    int16_t *column = (int16_t *)(void *)scratch;
    for (int32_t row = 0; row < p->rows; row++) {
        int16_t *end = column;
        if (groups > 0) {
            end = impulse_gemm_expand_one(input, column, groups);
        }
        input += 4 * groups;
        if (p->inputs % 4 != 0) {
            int8_t rest[4] = {0, 0, 0, 0};
            memcpy(rest, input, (size_t)(p->inputs % 4));
            (void)impulse_gemm_expand_one(rest, end, 1);
            input += p->inputs % 4;
        }
        if (even > 0) {
            impulse_gemm_one_shared(column, weights, output, even, 4 * words, shared);
        }
        if (p->units > even) {
            int8_t pair[2];
            impulse_gemm_one_shared(column, weights + even / 2 * (2 + words), pair, 2, 4 * words,
                                    shared);
            output[even] = pair[0];
        }
        for (int32_t i = 0; p->clamps && i < p->units; i++) {
            const int8_t x = output[i] < p->clamp[0] ? p->clamp[0] : output[i];
            output[i] = x > p->clamp[1] ? p->clamp[1] : x;
        }
        output += p->units;
    }
}
