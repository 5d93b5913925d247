/* DEPTHWISE_CONV_2D on Helium, all channels at a time. */
#include "impulse_kernels.h"

#include "impulse_kernels_helium.h"

/* What stays the same from output to output. */
typedef struct {
    const impulse_helium_depthwise_conv2d_params *p;
    const int8_t *input;
    const int8_t *input_end;
    int8_t *scratch; /* a pixel of zeros, then room for those that are followed by too little */
    int32_t pitch;   /* bytes of an input row */
    int32_t bytes;   /* of a pixel that are read: 16 for each 16 channels or what is left */
} image;

/* Where the pixel of each tap of the output at (y, x) stands. */
static void find(const image *seen, int32_t y, int32_t x, const int8_t **taps) {
    const impulse_helium_depthwise_conv2d_params *p = seen->p;
    const int32_t channels = p->input[2];
    int8_t *room = seen->scratch + seen->bytes;
    for (int32_t i = 0; i < p->kernel[0]; i++) {
        const int32_t row = y * p->stride[0] - p->pad[0] + i * p->dilation[0];
        const bool inside = row >= 0 && row < p->input[0];
        int32_t column = x * p->stride[1] - p->pad[1];
        for (int32_t j = 0; j < p->kernel[1]; j++) {
            const int8_t *tap = seen->scratch;
            if (inside && column >= 0 && column < p->input[1]) {
                tap = seen->input + row * seen->pitch + column * channels;
                if (seen->input_end - tap < seen->bytes) {
                    impulse_helium_copy(tap, 0, room, 0, channels, 1);
                    tap = room;
                    room += seen->bytes;
                }
            }
            *taps++ = tap;
            column += p->dilation[1];
        }
    }
    /* Beside the last of an odd number of taps; its weights are 0. */
    *taps = seen->scratch;
}

void impulse_helium_depthwise_conv2d(const impulse_helium_depthwise_conv2d_params *p,
                                     const int8_t *input, const int32_t *weights, int8_t *scratch,
                                     int8_t *output) {
    const int32_t channels = p->input[2];
    const int32_t pitch = p->input[1] * channels;
    const int32_t bytes = (channels + 15) / 16 * 16;
    const int32_t n_taps = p->kernel[0] * p->kernel[1];
    const image seen = {p, input, input + p->input[0] * pitch, scratch, pitch, bytes};
    const impulse_helium_depthwise depthwise = {.zero = p->output_zero,
                                                .pairs = (n_taps + 1) / 2,
                                                .low = p->clamp[0],
                                                .high = p->clamp[1],
                                                .channels = channels};
    /* From a tap, moved on by its channels, to the next output's. */
    const int32_t step = p->stride[1] * channels - bytes;
    const int8_t *taps[IMPULSE_HELIUM_TAPS + 1];
    impulse_helium_fill(scratch, p->input_zero, bytes);
    for (int32_t y = 0; y < p->output[0]; y++) {
        const int32_t row = y * p->stride[0] - p->pad[0];
        const int32_t last_row = row + (p->kernel[0] - 1) * p->dilation[0];
        bool known = false;
        for (int32_t x = 0; x < p->output[1]; x++) {
            const int32_t column = x * p->stride[1] - p->pad[1];
            const int32_t last = column + (p->kernel[1] - 1) * p->dilation[1];
            /* Every tap is on the input and followed by as much as is read. */
            const bool whole = row >= 0 && last_row < p->input[0] && column >= 0 &&
                               last < p->input[1] &&
                               last_row * pitch + last * channels + bytes <= p->input[0] * pitch;
            if (known && whole) {
                for (int32_t i = 0; i < n_taps; i++) {
                    taps[i] += step;
                }
                taps[n_taps] = scratch;
            } else {
                find(&seen, y, x, taps);
                known = whole;
            }
            impulse_helium_taps(taps, weights, output, &depthwise);
            output += channels;
        }
    }
}
