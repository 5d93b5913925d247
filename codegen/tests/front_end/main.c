/* Streams samples from the standard input and prints each row and each window; what stands before
 * it defines the tables and sizes. */
#include <stdio.h>
#include <string.h>

static SAMPLE samples[FRAME];
static NUMBER scratch[SCRATCH];
static int8_t quantized[N_FRAMES * WIDTH];
static SAMPLE input[1 << 16];
#ifdef NORMALIZE
static int16_t ring[N_FRAMES * N_COLUMNS];
#else
static int8_t ring[N_FRAMES * N_COLUMNS];
#endif

static void on_frame(void *context, const void *frame, uint32_t row) {
    const NUMBER *const values = ROW(frame, scratch);
    (void)context;
    for (size_t k = 0; k < N_COLUMNS; k++) {
        uint32_t bits;
        const float value = (float)values[k] / UNIT;
        memcpy(&bits, &value, sizeof bits);
        printf("%08lx ", (unsigned long)bits);
    }
    printf("\n");
    STORE(values, ring + row * N_COLUMNS);
}

int main(void) {
    static const bool ignore[3] = {false, false, true};
    static const impulse_decide decide = {3, AVERAGE, SUPPRESS, SUM_MIN, ignore};
    static int8_t history[3 * AVERAGE];
    impulse_frames_state state;
    impulse_decide_state decide_state;
    const size_t count = fread(input, sizeof input[0], sizeof input / sizeof input[0], stdin);
    size_t pushed = 0;
    impulse_frames_init(&frames, &state);
    impulse_decide_init(&decide_state);
    for (size_t i = 0; pushed < count; i++) {
        size_t n = i * 37 % 501 + 1;
        bool complete;
        if (n > count - pushed) {
            n = count - pushed;
        }
        pushed += impulse_frames_push(&frames, &state, samples, input + pushed, n, on_frame, NULL,
                                      &complete);
        if (!complete) {
            continue;
        }
        int8_t average[3];
        FINISH(state.head);
        const int32_t label =
            impulse_decide_push(&decide, &decide_state, history, quantized, average);
        printf("%lu:", (unsigned long)pushed);
        for (size_t k = 0; k < N_FRAMES * WIDTH; k++) {
            printf(" %d", quantized[k]);
        }
        printf(" %d %d %d -> %ld\n", average[0], average[1], average[2], (long)label);
    }
    return 0;
}
