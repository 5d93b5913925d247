/* MUL. */
#include "impulse_kernels.h"
#include "impulse_quant.h"

void impulse_mul(const impulse_mul_params *p, const int8_t *first, const int8_t *second,
                 int8_t *output) {
    for (int32_t i = 0, at = 0; i < p->len; i++) {
        const int32_t product = (first[i] + p->offsets[0]) * (second[at] + p->offsets[1]);
        const int32_t scaled = impulse_rescale(product, p->multiplier, p->shift);
        output[i] = impulse_clamp(scaled + p->output_offset, p->clamp);
        at = at + 1 < p->second_len ? at + 1 : 0;
    }
}
