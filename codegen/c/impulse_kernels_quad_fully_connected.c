/* FULLY_CONNECTED for cores without the DSP extension. */
#include "impulse_kernels.h"

#include <string.h>

#include "impulse_kernels_triple.h"

void impulse_quad_fully_connected(const impulse_quad_fully_connected_params *p,
                                  const int8_t *input, const int32_t *weights,
                                  const int32_t *shared, int8_t *output) {
    const int32_t fours = p->units & ~3;
    const int32_t words = p->inputs + (shared != 0 ? 4 : 12);
    for (int32_t row = 0; row < p->rows; row++) {
        int32_t sum = 0;
        for (int32_t i = 0; i < p->inputs; i++) {
            sum += input[i];
        }
        if (fours > 0) {
            impulse_triple_units(input, weights, output, output + fours, p->inputs, -128 * sum,
                                 shared);
        }
        if (fours < p->units) {
            int8_t rest[4];
            impulse_triple_units(input, weights + fours / 4 * words, rest, rest + 4, p->inputs,
                                 -128 * sum, shared);
            memcpy(output + fours, rest, (size_t)(p->units - fours));
        }
        for (int32_t i = 0; p->clamps && i < p->units; i++) {
            const int8_t x = output[i] < p->clamp[0] ? p->clamp[0] : output[i];
            output[i] = x > p->clamp[1] ? p->clamp[1] : x;
        }
        input += p->inputs;
        output += p->units;
    }
}
