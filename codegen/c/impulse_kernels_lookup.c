/* Functions of one value by their table: LOGISTIC. */
#include "impulse_kernels.h"

void impulse_lookup(const impulse_lookup_params *p, const int8_t *input, const int8_t *results,
                    int8_t *output) {
    for (int32_t i = 0; i < p->len; i++) {
        output[i] = results[input[i] + 128];
    }
}
