/* RELU, RELU6, RELU_N1_TO_1, and QUANTIZE from int8 to int8. */
#include "impulse_kernels.h"
#include "impulse_quant.h"

void impulse_relu(const impulse_relu_params *p, const int8_t *input, int8_t *output) {
    for (int32_t i = 0; i < p->len; i++) {
        const int32_t scaled =
            impulse_rescale(input[i] + p->input_offset, p->multiplier, p->shift);
        output[i] = impulse_clamp(scaled + p->output_offset, p->clamp);
    }
}
