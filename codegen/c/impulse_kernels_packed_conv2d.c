/* CONV_2D by products of matrices. */
#include "impulse_kernels.h"

#include <string.h>

#include "impulse_kernels_gemm.h"
#include "impulse_quant.h"

/* What stays the same from output to output. */
typedef struct {
    const impulse_packed_conv2d_params *p;
    const int8_t *input;
    const int8_t *input_end;
    int32_t pitch;  /* bytes of an input row */
    int32_t groups; /* of four taps of a kernel's row, rounded up */
} image;

/* Where the taps of kernel row i of the output at (y, x) stand side by side: in the input, or in
 * patch, with pads filled in. */
static const int8_t *line_at(const image *seen, int32_t y, int32_t x, int32_t i, int8_t *patch) {
    const impulse_packed_conv2d_params *p = seen->p;
    const int32_t channels = p->input[2];
    const int32_t in_y = y * p->stride[0] - p->pad[0] + i * p->row_dilation;
    const int32_t in_x = x * p->stride[1] - p->pad[1];
    const int32_t over = in_x + p->kernel[1] - p->input[1];
    const bool inside = in_y >= 0 && in_y < p->input[0];
    if (inside && in_x >= 0 && over <= 0) {
        const int8_t *line = seen->input + in_y * seen->pitch + in_x * channels;
        if (seen->input_end - line >= 4 * seen->groups) {
            return line;
        }
    }
    memset(patch, p->input_zero, (size_t)(4 * seen->groups));
    if (inside) {
        const int32_t first = in_x < 0 ? -in_x : 0;
        const int32_t count = p->kernel[1] - first - (over > 0 ? over : 0);
        if (count > 0) {
            memcpy(patch + first * channels,
                   seen->input + in_y * seen->pitch + (in_x + first) * channels,
                   (size_t)(count * channels));
        }
    }
    return patch;
}

/* Where the line of row i of the kernel begins for the first of n outputs from number `at` on; 0
 * unless they stand in a row, no tap lies outside, and the words of the first n_read lines end
 * within the input. */
IMPULSE_APART static const int8_t *whole(const image *seen, int32_t at, int32_t n, int32_t i,
                                         int32_t n_read) {
    const impulse_packed_conv2d_params *p = seen->p;
    const int32_t y = at / p->output[1];
    const int32_t x = at - y * p->output[1];
    const int32_t in_y = y * p->stride[0] - p->pad[0] + i * p->row_dilation;
    const int32_t in_x = x * p->stride[1] - p->pad[1];
    const int32_t across = (n - 1) * p->stride[1];
    if (x + n > p->output[1] || in_x < 0 || in_x + across + p->kernel[1] > p->input[1] ||
        in_y < 0 || in_y >= p->input[0]) {
        return 0;
    }
    const int8_t *first = seen->input + in_y * seen->pitch + in_x * p->input[2];
    const int32_t read = (n_read - 1) * p->stride[1] * p->input[2] + 4 * seen->groups;
    return seen->input_end - first >= read ? first : 0;
}

/* The columns of n outputs from number `at` on, four or one. Apart, so that what it needs of the
 * stack is free again when the products are computed. */
IMPULSE_APART static void gather(const image *seen, int32_t at, int32_t n, int16_t *columns,
                                 int8_t *patches) {
    const impulse_packed_conv2d_params *p = seen->p;
    const int32_t step = p->stride[1] * p->input[2];
    for (int32_t i = 0; i < p->kernel[0]; i++) {
        const int8_t *lines[4] = {0, 0, 0, 0};
        const int8_t *first = whole(seen, at, n, i, n);
        if (first != 0) {
            for (int32_t j = 0; j < n; j++) {
                lines[j] = first;
                first += step;
            }
        } else {
            int32_t y = at / p->output[1];
            int32_t x = at - y * p->output[1];
            for (int32_t j = 0; j < n; j++) {
                const int32_t place = p->kernel[0] > 1 ? j : 0;
                lines[j] = line_at(seen, y, x, i, patches + 4 * seen->groups * place);
                if (++x == p->output[1]) {
                    x = 0;
                    y++;
                }
            }
        }
        columns = n == 4 ? impulse_gemm_expand_four(lines, columns, seen->groups)
                         : impulse_gemm_expand_one(lines[0], columns, seen->groups);
    }
}

void impulse_packed_conv2d(const impulse_packed_conv2d_params *p, const impulse_gemm *gemm,
                           const int8_t *input, const int32_t *weights, int8_t *scratch,
                           int8_t *output) {
    const int32_t pitch = p->input[1] * p->input[2];
    const int32_t run = p->kernel[1] * p->input[2];
    const int32_t groups = (run + 3) / 4;
    const image seen = {p, input, input + p->input[0] * pitch, pitch, groups};
    const int32_t words = 2 * groups * p->kernel[0];
    const int32_t filters = p->output[2];
    int16_t *columns = (int16_t *)(void *)scratch;
    const int32_t outputs = p->output[0] * p->output[1];
    int8_t *patches = scratch + (outputs < 4 ? 4 : 16) * words;
    int32_t n;
    for (int32_t at = 0; at < outputs; at += n) {
        /* Of a kernel of one row, outputs whose taps lie outside are few: one by one. There is a
         * place for one line then, which the last of four may need at the input's end. */
        n = outputs - at >= 4 && (p->kernel[0] > 1 || whole(&seen, at, 4, 0, 3) != 0) ? 4 : 1;
        gather(&seen, at, n, columns, patches);
        impulse_gemm_outputs(gemm, columns, words, weights, p->pair_words, filters, n, output);
        if (p->clamps) {
            impulse_limit(output, n * filters, p->clamp);
        }
        output += n * filters;
    }
}
