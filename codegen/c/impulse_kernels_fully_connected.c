/* FULLY_CONNECTED. */
#include "impulse_kernels.h"
#include "impulse_kernels_window.h"
#include "impulse_quant.h"

void impulse_fully_connected(const impulse_fully_connected_params *p, const int8_t *input,
                             const int8_t *weights, const int32_t *bias,
                             const int32_t *multipliers, const int8_t *shifts, int8_t *output) {
    for (int32_t row = 0; row < p->rows; row++) {
        const int8_t *line = weights;
        int32_t common = 0;
        if (p->weight_offset != 0) {
            for (int32_t i = 0; i < p->inputs; i++) {
                common += input[i] + p->input_offset;
            }
            common *= p->weight_offset;
        }
        for (int32_t u = 0; u < p->units; u++) {
            const int32_t sum =
                bias[u] + common + impulse_dot(input, line, p->inputs, p->input_offset);
            const int32_t at = p->per_unit ? u : 0;
            const int32_t scaled = impulse_rescale_once(sum, multipliers[at], shifts[at]);
            *output++ = impulse_clamp(scaled + p->output_offset, p->clamp);
            line += p->inputs;
        }
        input += p->inputs;
    }
}
