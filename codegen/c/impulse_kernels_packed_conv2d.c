/* CONV_2D by products of matrices. */
#include "impulse_kernels.h"

#include <string.h>

#include "impulse_kernels_gemm.h"

const impulse_gemm impulse_gemm_linear = {impulse_gemm_four_linear, impulse_gemm_one_linear};
const impulse_gemm impulse_gemm_twice = {impulse_gemm_four_twice, impulse_gemm_one_twice};

/* What stays the same from output to output. */
typedef struct {
    const impulse_packed_conv2d_params *p;
    const int8_t *input;
    const int8_t *input_end;
    int32_t pitch;  /* bytes of an input row */
    int32_t run;    /* taps of a kernel's row */
    int32_t groups; /* four of them, rounded up */
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

/* Limits n values. */
static void limit(int8_t *values, int32_t n, const int8_t clamp[2]) {
    for (int32_t i = 0; i < n; i++) {
        const int8_t x = values[i] < clamp[0] ? clamp[0] : values[i];
        values[i] = x > clamp[1] ? clamp[1] : x;
    }
}

/* The columns of n outputs from number `at` on, four or one. */
static void gather(const image *seen, int32_t at, int32_t n, int16_t *columns, int8_t *patches) {
    const impulse_packed_conv2d_params *p = seen->p;
    const int32_t width = p->output[1];
    const int8_t *pixel = seen->input + at * p->input[2];
    if (p->pointwise && seen->input_end - pixel >= n * p->input[2] + 3) {
        const int32_t channels = p->input[2];
        const int8_t *lines[4] = {pixel, pixel + channels, pixel + 2 * channels,
                                  pixel + 3 * channels};
        if (n == 4) {
            (void)impulse_gemm_expand_four(lines, columns, seen->groups);
        } else {
            (void)impulse_gemm_expand_one(pixel, columns, seen->groups);
        }
        return;
    }
    const int32_t y = at / width;
    for (int32_t i = 0; i < p->kernel[0]; i++) {
        const int8_t *lines[4] = {0, 0, 0, 0};
        int32_t row = y;
        int32_t x = at - y * width;
        for (int32_t j = 0; j < n; j++) {
            lines[j] = line_at(seen, row, x, i, patches + 4 * seen->groups * j);
            if (++x == width) {
                x = 0;
                row++;
            }
        }
        columns = n == 4 ? impulse_gemm_expand_four(lines, columns, seen->groups)
                         : impulse_gemm_expand_one(lines[0], columns, seen->groups);
    }
}

/* n outputs of all filters. The last of an odd number is computed beside one of zeros. */
static void compute(const impulse_packed_conv2d_params *p, const impulse_gemm *gemm,
                    const int16_t *columns, int32_t words, const int32_t *weights, int32_t n,
                    int8_t *output) {
    const int32_t filters = p->output[2];
    const int32_t even = filters & ~1;
    int8_t pair[8];
    for (int32_t f = 0; f < filters; f += even) {
        const bool last = f == even;
        const int32_t count = last ? 2 : even;
        int8_t *target = last ? pair : output;
        if (n == 4) {
            gemm->four(columns, weights, target, last ? 2 : filters, 16 * words, count);
        } else {
            gemm->one(columns, weights, target, count, 4 * words, 0);
        }
        if (last) {
            for (int32_t j = 0; j < n; j++) {
                output[j * filters + f] = pair[2 * j];
            }
            break;
        }
        weights += even / 2 * p->pair_words;
    }
}

void impulse_packed_conv2d(const impulse_packed_conv2d_params *p, const impulse_gemm *gemm,
                           const int8_t *input, const int32_t *weights, int8_t *scratch,
                           int8_t *output) {
    const int32_t pitch = p->input[1] * p->input[2];
    const int32_t run = p->kernel[1] * p->input[2];
    const int32_t groups = (run + 3) / 4;
    const image seen = {p, input, input + p->input[0] * pitch, pitch, run, groups};
    const int32_t words = 2 * groups * p->kernel[0];
    int16_t *columns = (int16_t *)(void *)scratch;
    const int32_t outputs = p->output[0] * p->output[1];
    int8_t *patches = scratch + (outputs < 4 ? 4 : 16) * words;
    int32_t n;
    for (int32_t at = 0; at < outputs; at += n) {
        n = outputs - at >= 4 ? 4 : 1;
        gather(&seen, at, n, columns, patches);
        compute(p, gemm, columns, words, weights, n, output);
        if (p->clamps) {
            limit(output, n * p->output[2], p->clamp);
        }
        output += n * p->output[2];
    }
}
