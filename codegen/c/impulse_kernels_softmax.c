/* SOFTMAX. */
#include "impulse_strict_float.h"

#include "impulse_kernels.h"

static float exponential(const impulse_softmax_params *p, const float *exponentials,
                         int32_t below) {
    return below < p->n_exponentials ? exponentials[below] : 0.0f;
}

void impulse_softmax(const impulse_softmax_params *p, const int8_t *input,
                     const float *exponentials, int8_t *output) {
    for (int32_t row = 0; row < p->rows; row++) {
        int32_t max = INT8_MIN;
        for (int32_t i = 0; i < p->columns; i++) {
            max = input[i] > max ? input[i] : max;
        }
        float sum = 0.0f;
        for (int32_t i = 0; i < p->columns; i++) {
            sum += exponential(p, exponentials, max - input[i]);
        }
        /* Twice the output's 256 steps: the last bit rounds, so that no float addition follows
         * the multiplication and no compiler can fuse them. */
        const float factor = 512.0f / sum;
        for (int32_t i = 0; i < p->columns; i++) {
            const float share = exponential(p, exponentials, max - input[i]) * factor;
            const int32_t doubled = (int32_t)share;
            const int32_t probability = ((doubled + 1) >> 1) - 128;
            output[i] = (int8_t)(probability < 127 ? probability : 127);
        }
        input += p->columns;
        output += p->columns;
    }
}
