#include "impulse_strict_float.h"

#include "impulse_mfcc.h"

const float *impulse_mfcc_frame(const impulse_mfcc *mfcc, const int16_t *frame, float *scratch) {
    return impulse_mfcc_row(mfcc, frame, frame[0], scratch);
}

const float *impulse_mfcc_row(const void *block, const int16_t *frame, int16_t previous,
                              float *scratch) {
    const impulse_mfcc *const mfcc = block;
    const uint32_t n_coefficients = mfcc->n_coefficients;
    const float *low = scratch;
    const float *high = scratch + mfcc->mel.n_filters;
    const float *factor = mfcc->dct;
    float *const out = scratch + mfcc->mel.n_filters;
    float energy = 0.0f;
    impulse_spectrum_power(&mfcc->spectrum, frame, previous, scratch);
    if (mfcc->log_energy) {
        energy = impulse_spectrum_energy(&mfcc->spectrum, scratch);
    }
    impulse_mel_levels(&mfcc->mel, &mfcc->level, scratch);
    for (uint32_t i = 0; i < n_coefficients; i++) {
        out[i] = 0.0f;
    }
    /* Factors of the upper half of the filters are those of the lower half in reverse order, with
     * the other sign in odd columns. */
    for (uint32_t m = mfcc->mel.n_filters / 2; m > 0; m--) {
        high--;
        const float sum = *low + *high;
        const float difference = *low - *high;
        uint32_t i = 0;
        for (; i + 2 <= n_coefficients; i += 2) {
            out[i] += sum * factor[0];
            out[i + 1] += difference * factor[1];
            factor += 2;
        }
        if (i < n_coefficients) {
            out[i] += sum * *factor++;
        }
        low++;
    }
    /* The one in the middle, where the number is odd. */
    if (mfcc->mel.n_filters % 2 != 0) {
        for (uint32_t i = 0; i < n_coefficients; i++) {
            out[i] += *low * *factor++;
        }
    }
    if (mfcc->log_energy) {
        out[0] = impulse_level_of(&mfcc->level, energy);
    }
    return out;
}
