/* FULLY_CONNECTED on Helium. */
#include "impulse_kernels.h"

#include "impulse_kernels_helium.h"

void impulse_helium_fully_connected(const impulse_helium_fully_connected_params *p,
                                    const int8_t *input, const int32_t *weights, int8_t *scratch,
                                    int8_t *output) {
    const int32_t blocks = (p->inputs + 15) / 16;
    const impulse_helium_gemm gemm = {.zero = p->output_zero,
                                      .bytes = 16 * blocks,
                                      .blocks = blocks,
                                      .low = p->clamp[0],
                                      .high = p->clamp[1],
                                      .filters = p->units,
                                      .multiplier = p->multiplier,
                                      .shift = p->shift};
    for (int32_t row = 0; row < p->rows; row++) {
        const int8_t *column = input;
        if (p->inputs < gemm.bytes) {
            /* The last block would reach over the input's end. */
            impulse_helium_copy(input, 0, scratch, 0, p->inputs, 1);
            column = scratch;
        }
        impulse_helium_once(column, weights, output, &gemm);
        input += p->inputs;
        output += p->units;
    }
}
