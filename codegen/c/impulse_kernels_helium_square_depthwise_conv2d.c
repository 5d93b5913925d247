/* DEPTHWISE_CONV_2D on Helium with a kernel of 3 by 3 and stride 1, in strips. */
#include "impulse_kernels.h"

#include "impulse_kernels_helium.h"

/* Reads two rows of the input, of which those outside count as zero. */
static void push(const impulse_helium_square_depthwise_conv2d_params *p, const int8_t *input,
                 int32_t row, int8_t *strip, const int8_t *zeros) {
    const int32_t len = p->input[1] * p->input[2];
    impulse_helium_rows rows = {.len = len, .zero = p->input_zero};
    const int8_t *from[2];
    for (int32_t i = 0; i < 2; i++) {
        const bool inside = row + i >= 0 && row + i < p->input[0];
        from[i] = inside ? input + (row + i) * len : zeros;
        rows.step[i] = inside ? 16 : 0;
    }
    impulse_helium_push(strip, from[0], from[1], &rows);
}

void impulse_helium_square_depthwise_conv2d(
    const impulse_helium_square_depthwise_conv2d_params *p, const int8_t *input,
    const int32_t *weights, int8_t *scratch, int8_t *output) {
    const int32_t channels = p->input[2];
    const int32_t columns = p->output[1];
    /* The strip with its pads, what pushing sets behind it, and 16 zeros. */
    const int32_t bytes = 4 * (columns + 2) * channels + 60;
    int8_t *first = scratch + 4 * p->pad[1] * channels;
    impulse_helium_square square = {.pitch = 4 * channels,
                                    .pairs = columns / 2,
                                    .odd = columns % 2 * 4 * channels,
                                    .row = columns * channels,
                                    .channels = channels,
                                    .zero = p->output_zero};
    impulse_helium_fill(scratch, p->input_zero, bytes + 16);
    int32_t row = -p->pad[0];
    push(p, input, row, first, scratch + bytes);
    for (int32_t y = 0; y < p->output[0]; y += 2) {
        const bool both = y + 1 < p->output[0];
        row += 2;
        push(p, input, row, first, scratch + bytes);
        square.mask = both ? 0xffff : 0x0f0f;
        impulse_helium_strip(scratch, weights, output, &square);
        if (p->clamps) {
            impulse_helium_limit(output, both ? 2 * square.row : square.row, p->clamp[0],
                                 p->clamp[1]);
        }
        output += 2 * square.row;
    }
}
