#include "impulse_fixed_mfcc.h"

const int32_t *impulse_fixed_mfcc_frame(const impulse_fixed_mfcc *mfcc, const int16_t *frame,
                                        int32_t *scratch) {
    const uint32_t n_coefficients = mfcc->n_coefficients;
    const int32_t *low = scratch;
    const int32_t *high = scratch + mfcc->mel.n_filters;
    const int16_t *factor = mfcc->dct;
    int32_t *const out = scratch + mfcc->mel.n_filters;
    const uint32_t shift = impulse_fixed_spectrum_bins(&mfcc->spectrum, frame, scratch);
    impulse_fixed_mel_levels(&mfcc->mel, &mfcc->level, shift, scratch);
    for (uint32_t i = 0; i < n_coefficients; i++) {
        /* What the sums are rounded by. */
        out[i] = (int32_t)1 << (mfcc->shift - 1);
    }
    while (low < high - 1) {
        high--;
        const int32_t sum = *low + *high;
        const int32_t difference = *low - *high;
        uint32_t i = 0;
        for (; i + 1 < n_coefficients; i += 2) {
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
    if (low < high) {
        for (uint32_t i = 0; i < n_coefficients; i++) {
            out[i] += *low * factor[i];
        }
    }
    for (uint32_t i = 0; i < n_coefficients; i++) {
        const int32_t x = out[i] >> mfcc->shift;
        out[i] = x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x;
    }
    return out;
}
