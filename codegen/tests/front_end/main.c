/* Streams samples from the standard input and prints each window; what stands before it defines
 * the tables and sizes. */
#include <stdio.h>

static int16_t samples[FRAME];
static float ring[N_FRAMES * N_COEFFICIENTS];
static float scratch[FFT];
static int8_t quantized[N_FRAMES * N_COEFFICIENTS];
static int16_t input[1 << 16];

int main(void) {
    static const bool ignore[3] = {false, false, true};
    static const impulse_stream stream = {&mfcc, N_FRAMES, STRIDE};
    static const impulse_decide decide = {3, AVERAGE, SUPPRESS, SUM_MIN, ignore};
    static int8_t history[3 * AVERAGE];
    const impulse_input_quantization quantization = {INVERSE_SCALE, ZERO_POINT};
    impulse_stream_state state;
    impulse_decide_state decide_state;
    const size_t count = fread(input, sizeof input[0], sizeof input / sizeof input[0], stdin);
    size_t pushed = 0;
    impulse_stream_init(&stream, &state);
    impulse_decide_init(&decide_state);
    for (size_t i = 0; pushed < count; i++) {
        size_t n = i * 37 % 501 + 1;
        bool complete;
        if (n > count - pushed) {
            n = count - pushed;
        }
        pushed += impulse_stream_push(&stream, &state, samples, ring, scratch, input + pushed, n,
                                      &complete);
        if (!complete) {
            continue;
        }
        int8_t average[3];
        impulse_normalize_quantize(NORMALIZE, ring, N_FRAMES, N_COEFFICIENTS, state.head,
                                   quantization, quantized);
        const int32_t label =
            impulse_decide_push(&decide, &decide_state, history, quantized, average);
        printf("%lu:", (unsigned long)pushed);
        for (size_t k = 0; k < N_FRAMES * N_COEFFICIENTS; k++) {
            uint32_t bits;
            const unsigned char *const bytes = (const unsigned char *)&ring[k];
            for (size_t b = 0; b < sizeof bits; b++) {
                ((unsigned char *)&bits)[b] = bytes[b];
            }
            printf(" %08lx", (unsigned long)bits);
        }
        for (size_t k = 0; k < N_FRAMES * N_COEFFICIENTS; k++) {
            printf(" %d", quantized[k]);
        }
        printf(" %d %d %d -> %ld\n", average[0], average[1], average[2], (long)label);
    }
    return 0;
}
