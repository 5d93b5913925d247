/* MEAN. */
#include "impulse_kernels.h"
#include "impulse_quant.h"

void impulse_mean(const impulse_mean_params *p, const int8_t *input, int8_t *output) {
    static const int8_t limits[2] = {INT8_MIN, INT8_MAX};
    const int32_t reduced = p->shape[1];
    const int32_t inner = p->shape[2];
    for (int32_t outer = 0; outer < p->shape[0]; outer++) {
        for (int32_t i = 0; i < inner; i++) {
            int32_t sum = p->input_offset * reduced;
            const int8_t *value = input + i;
            for (int32_t k = 0; k < reduced; k++) {
                sum += *value;
                value += inner;
            }
            const int32_t scaled = impulse_rescale(sum, p->multiplier, p->shift);
            *output++ = impulse_clamp(scaled + p->output_offset, limits);
        }
        input += reduced * inner;
    }
}
