/* PAD and PADV2. */
#include <string.h>

#include "impulse_kernels.h"

void impulse_pad(const impulse_pad_params *p, const int8_t *input, int8_t *output) {
    const int32_t channels = p->input[2];
    const int32_t width = p->output[1];
    memset(output, p->value, (size_t)p->output[0] * (size_t)width * (size_t)p->output[2]);
    for (int32_t y = 0; y < p->input[0]; y++) {
        for (int32_t x = 0; x < p->input[1]; x++) {
            const int32_t pixel = (y + p->before[0]) * width + x + p->before[1];
            memcpy(output + pixel * p->output[2] + p->before[2], input, (size_t)channels);
            input += channels;
        }
    }
}
