/* ADD on Helium. */
#include "impulse_kernels.h"

#include "impulse_kernels_helium.h"

void impulse_helium_addition(const impulse_add_params *p, const int8_t *first,
                             const int8_t *second, int8_t *output) {
    const impulse_add_operand *a = &p->operands[0];
    const impulse_add_operand *b = &p->operands[1];
    const int32_t numbers[11] = {a->offset,  a->multiplier, b->offset, b->multiplier,
                                 p->multiplier, p->output_offset, a->shift, b->shift,
                                 p->shift, p->clamp[0], p->clamp[1]};
    impulse_helium_add(numbers, first, second, output, p->len);
}
