#include "impulse_strict_float.h"

#include "impulse_spectral.h"

#include <string.h>

/* Powers below it count as it before the logarithm is taken. */
#define POWER_FLOOR 1e-10f
/* 1 / ln 10. */
#define LOG10_E 0.4342944819f
/* Statistics that stand before the bins. */
#define N_STATISTICS 5

/* Stores the start of the signal where the FFT wants it. */
static void load_piece(const impulse_real_fft *fft, const float *signal, uint32_t n,
                       float *numbers) {
    const uint32_t shift = impulse_fft_shift(fft->len);
    if (n < fft->len) {
        memset(numbers, 0, fft->len * sizeof numbers[0]);
    } else {
        n = fft->len;
    }
    for (uint32_t i = 0; i < n / 2; i++) {
        float *const pair = numbers + 2 * impulse_fft_position(i, shift);
        pair[0] = signal[2 * i];
        pair[1] = signal[2 * i + 1];
    }
    if (n % 2 != 0) {
        numbers[2 * impulse_fft_position(n / 2, shift)] = signal[n - 1];
    }
}

/* The largest power |X[k]|^2 / len of each bin over all pieces. */
static void spectrum(const impulse_spectral *spectral, const float *signal, uint32_t n,
                     float *numbers, float *peaks) {
    const uint32_t half = spectral->fft.len / 2;
    /* The transform gives the power of twice the spectrum; both factors are powers of two. */
    const float factor = 0.25f / (float)spectral->fft.len;
    for (uint32_t k = 0; k <= half; k++) {
        peaks[k] = 0.0f;
    }
    for (uint32_t start = 0; start < n; start += spectral->hop_samples) {
        load_piece(&spectral->fft, signal + start, n - start, numbers);
        impulse_fft_power(&spectral->fft, numbers);
        for (uint32_t k = 0; k < half; k++) {
            const float power = numbers[2 * k] * factor;
            peaks[k] = peaks[k] > power ? peaks[k] : power;
        }
        const float power = numbers[1] * factor;
        peaks[half] = peaks[half] > power ? peaks[half] : power;
    }
}

/* Statistics and bins of a signal; returns where the next features belong. */
static float *analyse(const impulse_spectral *spectral, const float *signal, uint32_t n,
                      float *scratch, impulse_bins bins, float *out) {
    float *const peaks = scratch + spectral->fft.len;
    const impulse_moments of_signal = impulse_moments_of(signal, n);
    out[0] = impulse_rms(signal, n);
    out[1] = of_signal.skewness;
    out[2] = of_signal.kurtosis;
    spectrum(spectral, signal, n, scratch, peaks);
    const impulse_moments of_peaks = impulse_moments_of(peaks, spectral->fft.len / 2 + 1);
    out[3] = of_peaks.skewness;
    out[4] = of_peaks.kurtosis;
    out += N_STATISTICS;
    for (uint32_t k = bins.first; k < bins.end; k++) {
        const float power = peaks[k];
        *out++ = spectral->log ? impulse_ln(power > POWER_FLOOR ? power : POWER_FLOOR) * LOG10_E
                               : power;
    }
    return out;
}

const float *impulse_spectral_frame(const impulse_spectral *spectral, const int16_t *window,
                                    float *scratch) {
    const impulse_axes *const axes = &spectral->axes;
    const bool has_low = spectral->low.n_stages > 0;
    const uint32_t main_len = N_STATISTICS + spectral->bins.end - spectral->bins.first;
    const uint32_t low_len =
        has_low ? N_STATISTICS + spectral->low_bins.end - spectral->low_bins.first : 0;
    float *out = scratch;
    float *low = out + axes->n_analysed * main_len;
    float *const signal = low + axes->n_analysed * low_len;
    float *const rest = signal + axes->n_samples;
    for (uint32_t i = 0; i < axes->n_analysed; i++) {
        impulse_axis_load(axes, window, axes->axes[i], signal);
        uint32_t n = impulse_condition(&spectral->conditioning, signal, axes->n_samples);
        out = analyse(spectral, signal, n, rest, spectral->bins, out);
        if (has_low) {
            n = impulse_decimate(&spectral->low, signal, n);
            impulse_remove_mean(signal, n);
            low = analyse(spectral, signal, n, rest, spectral->low_bins, low);
        }
    }
    return scratch;
}
