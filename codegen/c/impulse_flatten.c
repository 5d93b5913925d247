#include "impulse_strict_float.h"

#include "impulse_flatten.h"

#define N_STATISTICS 7

const float *impulse_flatten_frame(const impulse_flatten *flatten, const int16_t *window,
                                   float *scratch) {
    const impulse_axes *const axes = &flatten->axes;
    uint32_t n_statistics = 0;
    for (uint32_t k = 0; k < N_STATISTICS; k++) {
        n_statistics += flatten->statistics >> k & 1u;
    }
    float *out = scratch;
    float *const signal = out + axes->n_analysed * n_statistics;
    for (uint32_t i = 0; i < axes->n_analysed; i++) {
        impulse_axis_load(axes, window, axes->axes[i], signal);
        const impulse_moments moments = impulse_moments_of(signal, axes->n_samples);
        float smallest = signal[0];
        float largest = signal[0];
        for (uint32_t k = 0; k < axes->n_samples; k++) {
            if (signal[k] < smallest) {
                smallest = signal[k];
            }
            if (signal[k] > largest) {
                largest = signal[k];
            }
        }
        const float all[N_STATISTICS] = {moments.mean,
                                         smallest,
                                         largest,
                                         impulse_rms(signal, axes->n_samples),
                                         moments.deviation,
                                         moments.skewness,
                                         moments.kurtosis};
        for (uint32_t k = 0; k < N_STATISTICS; k++) {
            if ((flatten->statistics >> k & 1u) != 0) {
                *out++ = all[k];
            }
        }
    }
    return scratch;
}
