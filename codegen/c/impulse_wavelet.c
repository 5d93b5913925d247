#include "impulse_strict_float.h"

#include "impulse_wavelet.h"

#include <float.h>
#include <string.h>

#include "impulse_dsp.h"

/* Statistics of a band. */
#define N_STATISTICS 14
/* Bins of the histogram whose entropy is taken. */
#define N_BINS 100

/* Sample at - back of a signal of n samples that is mirrored at both ends. */
static float mirrored(const float *x, uint32_t n, uint32_t at, uint32_t back) {
    if (back > at) {
        return x[back - at - 1];
    }
    at -= back;
    return at < n ? x[at] : x[2 * n - 1 - at];
}

/* Splits n samples into approximation and detail; returns the number of values of each. */
static uint32_t split(const impulse_wavelet *wavelet, const float *x, uint32_t n,
                      float *approximation, float *detail) {
    const uint32_t n_half = (n + wavelet->n_taps - 1) / 2;
    for (uint32_t k = 0; k < n_half; k++) {
        float low_sum = 0.0f;
        float high_sum = 0.0f;
        for (uint32_t j = 0; j < wavelet->n_taps; j++) {
            const float value = mirrored(x, n, 2 * k + 1, j);
            low_sum += wavelet->low[j] * value;
            high_sum += wavelet->high[j] * value;
        }
        approximation[k] = low_sum;
        detail[k] = high_sum;
    }
    return n_half;
}

/* Sorts ascending, by Shell's method with gaps of Knuth. */
static void sort(float *x, uint32_t n) {
    uint32_t gap = 1;
    while (gap < n / 3) {
        gap = 3 * gap + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (uint32_t end = gap; end < n; end++) {
            const float value = x[end];
            uint32_t at = end;
            while (at >= gap && x[at - gap] > value) {
                x[at] = x[at - gap];
                at -= gap;
            }
            x[at] = value;
        }
    }
}

/* How often neighbours stand on different sides of threshold. */
static float crossings(const float *band, uint32_t n, float threshold) {
    uint32_t n_crossings = 0;
    for (uint32_t i = 1; i < n; i++) {
        if ((band[i - 1] > threshold) != (band[i] > threshold)) {
            n_crossings++;
        }
    }
    return (float)n_crossings;
}

/* Entropy of the histogram of a sorted band from its smallest to its largest value. */
static float entropy(const float *sorted, uint32_t n, float *histogram) {
    const float low = sorted[0];
    const float range = sorted[n - 1] - low;
    if (range < FLT_MIN) {
        return 0.0f;
    }
    for (uint32_t bin = 0; bin < N_BINS; bin++) {
        histogram[bin] = 0.0f;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t bin = (uint32_t)((sorted[i] - low) / range * (float)N_BINS);
        histogram[bin < N_BINS ? bin : N_BINS - 1] += 1.0f;
    }
    float sum = 0.0f;
    for (uint32_t bin = 0; bin < N_BINS; bin++) {
        if (histogram[bin] > 0.0f) {
            const float share = histogram[bin] / (float)n;
            sum -= share * impulse_ln(share);
        }
    }
    return sum;
}

/* The statistics of a band, which is sorted on the way. */
static void statistics_of(float *band, uint32_t n, float *histogram, float *out) {
    static const uint8_t percentiles[5] = {5, 25, 75, 95, 50};
    const impulse_moments moments = impulse_moments_of(band, n);
    const float rms = impulse_rms(band, n);
    const float count = (float)n;
    out[1] = crossings(band, n, 0.0f) / count;
    out[2] = crossings(band, n, moments.mean) / count;
    sort(band, n);
    out[0] = entropy(band, n, histogram);
    for (uint32_t i = 0; i < 5; i++) {
        /* The nearest rank, halves upwards, in whole numbers. */
        out[3 + i] = band[(2 * (n - 1) * percentiles[i] + 100) / 200];
    }
    out[8] = moments.mean;
    out[9] = moments.deviation;
    out[10] = moments.deviation * moments.deviation * (count / (count - 1.0f));
    out[11] = rms;
    out[12] = rms == 0.0f ? 0.0f : moments.skewness;
    out[13] = rms == 0.0f ? 0.0f : moments.kurtosis;
}

const float *impulse_wavelet_frame(const impulse_wavelet *wavelet, const int16_t *window,
                                   float *scratch) {
    const impulse_axes *const axes = &wavelet->axes;
    const uint32_t axis_len = (wavelet->n_levels + 1) * N_STATISTICS;
    float *out = scratch;
    float *const signal = out + axes->n_analysed * axis_len;
    float *const histogram = signal + axes->n_samples;
    float *const approximation = histogram + N_BINS;
    float *const detail = approximation + (axes->n_samples + wavelet->n_taps - 1) / 2;
    for (uint32_t i = 0; i < axes->n_analysed; i++) {
        impulse_axis_load(axes, window, axes->axes[i], signal);
        uint32_t n = impulse_condition(&wavelet->conditioning, signal, axes->n_samples);
        for (uint32_t band = wavelet->n_levels; band > 0; band--) {
            n = split(wavelet, signal, n, approximation, detail);
            memcpy(signal, approximation, n * sizeof signal[0]);
            statistics_of(detail, n, histogram, out + band * N_STATISTICS);
        }
        statistics_of(signal, n, histogram, out);
        out += axis_len;
    }
    return scratch;
}
