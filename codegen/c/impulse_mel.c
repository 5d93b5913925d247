#include "impulse_strict_float.h"

#include "impulse_mel.h"

void impulse_mel_levels(const impulse_mel *mel, const impulse_level *level, float *spectrum) {
    const float *bin = spectrum + 2 * mel->first_bin;
    float power = bin[-2];
    float rise_below = 0.0f;
    for (uint32_t segment = 0; segment <= mel->n_filters; segment++) {
        const float *const end = bin + 2 * mel->segment_bins[segment];
        const float step = mel->slopes[segment][1];
        const bool takes_peak = mel->on_bins && bin == end;
        float share = mel->slopes[segment][0];
        float rise = 0.0f;
        float fall = 0.0f;
        for (; bin != end; bin += 2) {
            power = *bin;
            const float upper = power * share;
            rise += upper;
            fall += power - upper;
            share += step;
        }
        if (takes_peak) {
            rise = power;
        }
        /* Below the first peak there is no lower filter. */
        if (segment > 0) {
            float energy = rise_below + fall;
            if (mel->gains != 0) {
                energy *= mel->gains[segment - 1];
            }
            spectrum[segment - 1] = impulse_level_of(level, energy);
        }
        rise_below = rise;
    }
}
