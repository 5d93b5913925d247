#include "impulse_strict_float.h"

#include "impulse_raw.h"

const float *impulse_raw_frame(const impulse_raw *raw, const int16_t *sample, float *scratch) {
    for (uint32_t i = 0; i < raw->n_analysed; i++) {
        scratch[i] = (float)sample[raw->axes[i]] * raw->scale;
    }
    return scratch;
}
