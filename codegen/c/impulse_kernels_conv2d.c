/* CONV_2D. */
#include "impulse_kernels.h"
#include "impulse_kernels_window.h"
#include "impulse_quant.h"

/* The sum of one filter at one place, without the bias. */
static int32_t filter_at(const impulse_conv2d_params *p, const int8_t *input, const int8_t *filter,
                         impulse_taps y, impulse_taps x) {
    const int32_t channels = p->input[2];
    const int32_t row = p->input[1] * channels;
    int32_t sum = 0;
    const int8_t *line = input + y.start * row + x.start * channels;
    const int8_t *weights = filter + (y.first * p->kernel[1] + x.first) * channels;
    for (int32_t i = y.first; i < y.end; i++) {
        if (p->dilation[1] == 1) {
            /* The taps of a row lie side by side in the input and in the filter. */
            sum += impulse_dot(line, weights, (x.end - x.first) * channels, p->input_offset);
        } else {
            for (int32_t j = 0; j < x.end - x.first; j++) {
                sum += impulse_dot(line + j * p->dilation[1] * channels, weights + j * channels,
                                   channels, p->input_offset);
            }
        }
        line += p->dilation[0] * row;
        weights += p->kernel[1] * channels;
    }
    return sum;
}

void impulse_conv2d(const impulse_conv2d_params *p, const int8_t *input, const int8_t *weights,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    int8_t *output) {
    const int32_t filters = p->output[2];
    const int32_t filter_len = p->kernel[0] * p->kernel[1] * p->input[2];
    for (int32_t out_y = 0; out_y < p->output[0]; out_y++) {
        const impulse_taps y = impulse_taps_at(out_y, p->stride[0], p->pad[0], p->kernel[0],
                                               p->dilation[0], p->input[0]);
        for (int32_t out_x = 0; out_x < p->output[1]; out_x++) {
            const impulse_taps x = impulse_taps_at(out_x, p->stride[1], p->pad[1], p->kernel[1],
                                                   p->dilation[1], p->input[1]);
            const int8_t *filter = weights;
            for (int32_t f = 0; f < filters; f++) {
                const int32_t sum = bias[f] + filter_at(p, input, filter, y, x);
                const int32_t scaled = impulse_rescale(sum, multipliers[f], shifts[f]);
                *output++ = impulse_clamp(scaled + p->output_offset, p->clamp);
                filter += filter_len;
            }
        }
    }
}
