/* FULLY_CONNECTED by products of matrices. */
#include "impulse_kernels.h"

#include <string.h>

#include "impulse_kernels_gemm.h"
#include "impulse_quant.h"

void impulse_packed_fully_connected(const impulse_packed_rows_params *p, const int8_t *input,
                                    const int32_t *weights, const int32_t *shared, int8_t *scratch,
                                    int8_t *output) {
    const int32_t bytes = (p->inputs + 3) & ~3;
    const int32_t fours = p->units & ~3;
    const int32_t rest = p->units & 3;
    const int32_t pair = 4 * p->pair_words;
    for (int32_t row = 0; row < p->rows; row++) {
        const int8_t *from = input;
        if (bytes != p->inputs) {
            /* A row that ends within a word. */
            memset(scratch + bytes - 4, 0, 4);
            memcpy(scratch, input, (size_t)p->inputs);
            from = scratch;
        }
        if (fours > 0) {
            impulse_gemm_units_shared(from, weights, output, fours, pair, bytes, shared);
        }
        if (rest > 0) {
            /* The second pair of one or two units is the first once more. */
            int8_t last[4];
            impulse_gemm_units_shared(from, weights + fours / 2 * p->pair_words, last, 4,
                                      rest > 2 ? pair : 0, bytes, shared);
            memcpy(output + fours, last, (size_t)rest);
        }
        if (p->clamps) {
            impulse_limit(output, p->units, p->clamp);
        }
        input += p->inputs;
        output += p->units;
    }
}
