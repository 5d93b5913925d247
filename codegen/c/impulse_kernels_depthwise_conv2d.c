/* DEPTHWISE_CONV_2D. */
#include "impulse_kernels.h"
#include "impulse_kernels_window.h"
#include "impulse_quant.h"

void impulse_depthwise_conv2d(const impulse_conv2d_params *p, const int8_t *input,
                              const int8_t *weights, const int32_t *bias,
                              const int32_t *multipliers, const int8_t *shifts, int8_t *output) {
    const int32_t in_channels = p->input[2];
    const int32_t out_channels = p->output[2];
    const int32_t per_input = out_channels / in_channels;
    const int32_t row = p->input[1] * in_channels;
    const int32_t tap_step = p->dilation[1] * in_channels;
    for (int32_t out_y = 0; out_y < p->output[0]; out_y++) {
        const impulse_taps y = impulse_taps_at(out_y, p->stride[0], p->pad[0], p->kernel[0],
                                               p->dilation[0], p->input[0]);
        for (int32_t out_x = 0; out_x < p->output[1]; out_x++) {
            const impulse_taps x = impulse_taps_at(out_x, p->stride[1], p->pad[1], p->kernel[1],
                                                   p->dilation[1], p->input[1]);
            const int8_t *pixel = input + y.start * row + x.start * in_channels;
            const int8_t *taps = weights + (y.first * p->kernel[1] + x.first) * out_channels;
            for (int32_t c = 0; c < out_channels; c++) {
                const int32_t in_channel = per_input == 1 ? c : c / per_input;
                const int8_t *line = pixel + in_channel;
                const int8_t *tap_line = taps + c;
                int32_t sum = bias[c];
                for (int32_t i = y.first; i < y.end; i++) {
                    const int8_t *value = line;
                    const int8_t *tap = tap_line;
                    for (int32_t j = x.first; j < x.end; j++) {
                        sum += (*value + p->input_offset) * *tap;
                        value += tap_step;
                        tap += out_channels;
                    }
                    line += p->dilation[0] * row;
                    tap_line += p->kernel[1] * out_channels;
                }
                const int32_t scaled = impulse_rescale(sum, multipliers[c], shifts[c]);
                *output++ = impulse_clamp(scaled + p->output_offset, p->clamp);
            }
        }
    }
}
