/* CONV_2D with a kernel of 1 by 1 and FULLY_CONNECTED by products of matrices. */
#include "impulse_kernels.h"

#include <string.h>

#include "impulse_kernels_gemm.h"
#include "impulse_quant.h"

void impulse_packed_rows(const impulse_packed_rows_params *p, const impulse_gemm *gemm,
                         const int8_t *input, const int32_t *weights, int8_t *scratch,
                         int8_t *output) {
    const int32_t inputs = p->inputs;
    const int32_t groups = (inputs + 3) / 4;
    /* Where outputs are longer than inputs, from the last row to the first. */
    const bool descends = p->units > inputs;
    int16_t *columns = (int16_t *)(void *)scratch;
    int32_t n;
    for (int32_t done = 0; done < p->rows; done += n) {
        int32_t row = descends ? p->rows - done - 4 : done;
        /* Words of four values may reach into the next row, but not past the last. */
        const int32_t reach = row * inputs + 3 * inputs + 4 * groups;
        n = p->rows - done >= 4 && reach <= p->rows * inputs ? 4 : 1;
        row += descends && n == 1 ? 3 : 0;
        const int8_t *from = input + row * inputs;
        int8_t *to = output + row * p->units;
        if (n == 4) {
            const int8_t *lines[4] = {from, from + inputs, from + 2 * inputs, from + 3 * inputs};
            (void)impulse_gemm_expand_four(lines, columns, groups);
        } else {
            const bool last = row * inputs + 4 * groups > p->rows * inputs;
            const int32_t whole = last ? inputs / 4 : groups;
            int16_t *end = columns;
            if (whole > 0) {
                end = impulse_gemm_expand_one(from, columns, whole);
            }
            if (whole < groups) {
                int8_t rest[4] = {0, 0, 0, 0};
                memcpy(rest, from + 4 * whole, (size_t)(inputs - 4 * whole));
                (void)impulse_gemm_expand_one(rest, end, 1);
            }
        }
        impulse_gemm_outputs(gemm, columns, 2 * groups, weights, p->pair_words, p->units, n, to);
        if (p->clamps) {
            impulse_limit(to, n * p->units, p->clamp);
        }
    }
}
