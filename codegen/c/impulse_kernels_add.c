/* ADD. */
#include "impulse_kernels.h"
#include "impulse_quant.h"

/* An operand on the common scale, with 20 more bits. */
static int32_t widened(const impulse_add_operand *operand, int32_t value) {
    const int32_t shifted = (value + operand->offset) * (1 << 20);
    return impulse_rescale(shifted, operand->multiplier, operand->shift);
}

void impulse_add(const impulse_add_params *p, const int8_t *first, const int8_t *second,
                 int8_t *output) {
    for (int32_t i = 0, at = 0; i < p->len; i++) {
        const int32_t sum =
            widened(&p->operands[0], first[i]) + widened(&p->operands[1], second[at]);
        at = at + 1 < p->second_len ? at + 1 : 0;
        const int32_t scaled = impulse_rescale(sum, p->multiplier, p->shift);
        output[i] = impulse_clamp(scaled + p->output_offset, p->clamp);
    }
}
