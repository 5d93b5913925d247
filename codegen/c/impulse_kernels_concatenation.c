/* CONCATENATION. */
#include <string.h>

#include "impulse_kernels.h"

void impulse_concatenation(const impulse_concatenation_params *p, const int8_t *input,
                           int8_t *output) {
    output += p->offset;
    for (int32_t row = 0; row < p->rows; row++) {
        memcpy(output, input, (size_t)p->input_len);
        input += p->input_len;
        output += p->output_len;
    }
}
