/* CONV_2D on Helium. */
#include "impulse_kernels.h"

#include "impulse_kernels_helium.h"
#include "impulse_kernels_window.h"

/* What stays the same from output to output. */
typedef struct {
    const impulse_helium_conv2d_params *p;
    const int8_t *input;
    const int8_t *input_end;
    int32_t pitch; /* bytes of an input row */
    int32_t run;   /* taps of a row of the kernel */
    int32_t bytes; /* of a column */
    /* The last row and column of the input where a kernel without pads begins. */
    int32_t last_row;
    int32_t last_column;
} image;

/* The taps of the output at (y, x) copied to spare, where some of them are pads. */
static void fill_in(const image *seen, int32_t y, int32_t x, int8_t *spare) {
    const impulse_helium_conv2d_params *p = seen->p;
    const int32_t channels = p->input[2];
    const impulse_taps rows = impulse_taps_at(y, p->stride[0], p->pad[0], p->kernel[0],
                                              p->row_dilation, p->input[0]);
    const impulse_taps columns =
        impulse_taps_at(x, p->stride[1], p->pad[1], p->kernel[1], 1, p->input[1]);
    impulse_helium_fill(spare, p->input_zero, seen->bytes);
    if (rows.first < rows.end) {
        impulse_helium_copy(seen->input + rows.start * seen->pitch + columns.start * channels,
                            seen->pitch * p->row_dilation,
                            spare + rows.first * seen->run + columns.first * channels, seen->run,
                            (columns.end - columns.first) * channels, rows.end - rows.first);
    }
}

/* Where the taps of the output at (y, x) stand side by side: in the input, or copied to spare with
 * pads filled in. */
static inline const int8_t *column_at(const image *seen, int32_t y, int32_t x, int8_t *spare) {
    const impulse_helium_conv2d_params *p = seen->p;
    const int32_t row = y * p->stride[0] - p->pad[0];
    const int32_t column = x * p->stride[1] - p->pad[1];
    if (row < 0 || row > seen->last_row || column < 0 || column > seen->last_column) {
        fill_in(seen, y, x, spare);
        return spare;
    }
    const int8_t *from = seen->input + row * seen->pitch + column * p->input[2];
    if (p->line && seen->input_end - from >= seen->bytes) {
        return from;
    }
    impulse_helium_copy(from, seen->pitch * p->row_dilation, spare, seen->run, seen->run,
                        p->kernel[0]);
    return spare;
}

void impulse_helium_conv2d(const impulse_helium_conv2d_params *p, const int8_t *input,
                           const int32_t *weights, int8_t *scratch, int8_t *output) {
    const int32_t channels = p->input[2];
    const int32_t pitch = p->input[1] * channels;
    const int32_t run = p->kernel[1] * channels;
    const int32_t filters = p->output[2];
    const int32_t outputs = p->output[0] * p->output[1];
    const int32_t blocks = (p->kernel[0] * run + 15) / 16;
    const image seen = {.p = p,
                        .input = input,
                        .input_end = input + p->input[0] * pitch,
                        .pitch = pitch,
                        .run = run,
                        .bytes = 16 * blocks,
                        .last_row = p->input[0] - (p->kernel[0] - 1) * p->row_dilation - 1,
                        .last_column = p->input[1] - p->kernel[1]};
    const impulse_helium_gemm gemm = {.stride = filters,
                                      .zero = p->output_zero,
                                      .bytes = 16 * blocks,
                                      .blocks = blocks,
                                      .low = p->clamp[0],
                                      .high = p->clamp[1],
                                      .filters = filters};
    int32_t y = 0;
    int32_t x = 0;
    int32_t n;
    for (int32_t at = 0; at < outputs; at += n) {
        const int8_t *columns[2];
        const int8_t *pixel = input + at * channels;
        n = outputs - at >= 2 ? 2 : 1;
        if (p->pointwise && seen.input_end - pixel >= (n - 1) * channels + seen.bytes) {
            columns[0] = pixel;
            columns[1] = pixel + channels;
        } else {
            if (p->pointwise) {
                y = at / p->output[1];
                x = at % p->output[1];
            }
            for (int32_t i = 0; i < n; i++) {
                columns[i] = column_at(&seen, y, x, scratch + i * seen.bytes);
                if (++x == p->output[1]) {
                    x = 0;
                    y++;
                }
            }
        }
        if (n == 2) {
            impulse_helium_two(columns[0], columns[1], weights, output, &gemm);
        } else {
            impulse_helium_one(columns[0], weights, output, &gemm);
        }
        output += n * filters;
    }
}
