/* AVERAGE_POOL_2D. */
#include "impulse_kernels.h"
#include "impulse_kernels_window.h"
#include "impulse_quant.h"

void impulse_avg_pool2d(const impulse_pool2d_params *p, const int8_t *input, int8_t *output) {
    const int32_t channels = p->input[2];
    const int32_t row = p->input[1] * channels;
    for (int32_t out_y = 0; out_y < p->output[0]; out_y++) {
        const impulse_taps y =
            impulse_taps_at(out_y, p->stride[0], p->pad[0], p->size[0], 1, p->input[0]);
        for (int32_t out_x = 0; out_x < p->output[1]; out_x++) {
            const impulse_taps x =
                impulse_taps_at(out_x, p->stride[1], p->pad[1], p->size[1], 1, p->input[1]);
            const int8_t *pixel = input + y.start * row + x.start * channels;
            const int32_t taps = (y.end - y.first) * (x.end - x.first);
            const int32_t count = taps > 0 ? taps : 1;
            for (int32_t c = 0; c < channels; c++) {
                const int8_t *line = pixel + c;
                int32_t sum = 0;
                for (int32_t i = y.first; i < y.end; i++) {
                    const int8_t *value = line;
                    for (int32_t j = x.first; j < x.end; j++) {
                        sum += *value;
                        value += channels;
                    }
                    line += row;
                }
                const int32_t half = sum > 0 ? count / 2 : -(count / 2);
                *output++ = impulse_clamp((sum + half) / count, p->clamp);
            }
        }
    }
}
