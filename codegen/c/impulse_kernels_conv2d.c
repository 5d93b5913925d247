/* CONV_2D. */
#include "impulse_kernels.h"
#include "impulse_kernels_window.h"
#include "impulse_quant.h"

/* What one output pixel sees: lines of neighbours in the input and in each filter. */
typedef struct {
    const int8_t *input; /* first value */
    int32_t first;       /* its weight's place in a filter */
    int32_t lines;
    int32_t len;         /* values of a line */
    int32_t input_step;  /* from line to line in the input */
    int32_t filter_step; /* and in the filter */
} patch;

static patch patch_at(const impulse_conv2d_params *p, const int8_t *input, impulse_taps y,
                      impulse_taps x) {
    const int32_t channels = p->input[2];
    const int32_t row = p->input[1] * channels;
    const patch seen = {.input = input + y.start * row + x.start * channels,
                        .first = (y.first * p->kernel[1] + x.first) * channels,
                        .lines = y.end - y.first,
                        .len = (x.end - x.first) * channels,
                        .input_step = p->dilation[0] * row,
                        .filter_step = p->kernel[1] * channels};
    return seen;
}

/* The sum of one filter over lines whose taps lie side by side. */
static inline int32_t sum_lines(const patch *seen, const int8_t *filter, int32_t offset) {
    const int8_t *line = seen->input;
    const int8_t *weights = filter + seen->first;
    int32_t sum = 0;
    for (int32_t i = 0; i < seen->lines; i++) {
        sum += impulse_dot(line, weights, seen->len, offset);
        line += seen->input_step;
        weights += seen->filter_step;
    }
    return sum;
}

/* The same where the taps of a line lie `dilation` columns apart. */
static int32_t sum_dilated(const impulse_conv2d_params *p, const patch *seen,
                           const int8_t *filter) {
    const int32_t channels = p->input[2];
    const int8_t *line = seen->input;
    const int8_t *weights = filter + seen->first;
    int32_t sum = 0;
    for (int32_t i = 0; i < seen->lines; i++) {
        const int8_t *tap = line;
        for (int32_t j = 0; j < seen->len; j += channels) {
            sum += impulse_dot(tap, weights + j, channels, p->input_offset);
            tap += p->dilation[1] * channels;
        }
        line += seen->input_step;
        weights += seen->filter_step;
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
            patch seen = patch_at(p, input, y, x);
            if (p->dilation[1] == 1 && seen.input_step == seen.len &&
                seen.filter_step == seen.len) {
                /* Whole rows follow each other: one line, as in one-dimensional layers. */
                seen.len *= seen.lines;
                seen.lines = 1;
            }
            const int8_t *filter = weights;
            for (int32_t f = 0; f < filters; f++) {
                const int32_t sum = bias[f] + (p->dilation[1] == 1
                                                   ? sum_lines(&seen, filter, p->input_offset)
                                                   : sum_dilated(p, &seen, filter));
                const int32_t scaled = impulse_rescale(sum, multipliers[f], shifts[f]);
                *output++ = impulse_clamp(scaled + p->output_offset, p->clamp);
                filter += filter_len;
            }
        }
    }
}
