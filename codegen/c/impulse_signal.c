#include "impulse_strict_float.h"

#include "impulse_signal.h"

#include "impulse_dsp.h"

/* Below this share of the mean a deviation is rounding noise, and the signal constant. */
#define CONSTANT_SHARE 1e-6f

/* Sections of the filter of a stage of a decimation. */
#define DECIMATION_SECTIONS 4

void impulse_axis_load(const impulse_axes *axes, const int16_t *window, uint32_t axis,
                       float *signal) {
    const int16_t *sample = window + axis;
    for (uint32_t i = 0; i < axes->n_samples; i++) {
        signal[i] = (float)*sample * axes->scale;
        sample += axes->n_axes;
    }
}

/* Filters n values in place by all sections, one after the other. */
static void filter(const impulse_section *sections, uint32_t n_sections, float *x, uint32_t n) {
    if (n == 0) {
        return;
    }
    const float first = x[0];
    for (uint32_t s = 0; s < n_sections; s++) {
        const impulse_section section = sections[s];
        float z0 = section.start[0] * first;
        float z1 = section.start[1] * first;
        for (uint32_t i = 0; i < n; i++) {
            const float input = x[i];
            const float output = section.b[0] * input + z0;
            z0 = (section.b[1] * input - section.a[0] * output) + z1;
            z1 = section.b[2] * input - section.a[1] * output;
            x[i] = output;
        }
    }
}

uint32_t impulse_decimate(const impulse_decimation *decimation, float *x, uint32_t n) {
    for (uint32_t stage = 0; stage < decimation->n_stages; stage++) {
        const uint32_t ratio = decimation->ratios[stage];
        filter(decimation->sections + stage * DECIMATION_SECTIONS, DECIMATION_SECTIONS, x, n);
        n = (n + ratio - 1) / ratio;
        for (uint32_t i = 1; i < n; i++) {
            x[i] = x[i * ratio];
        }
    }
    return n;
}

static float mean(const float *x, uint32_t n) {
    const float count = (float)n;
    float sum = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        sum += x[i];
    }
    const float first = sum / count;
    float rest = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        rest += x[i] - first;
    }
    return first + rest / count;
}

void impulse_remove_mean(float *x, uint32_t n) {
    const float m = mean(x, n);
    for (uint32_t i = 0; i < n; i++) {
        x[i] -= m;
    }
}

uint32_t impulse_condition(const impulse_conditioning *conditioning, float *x, uint32_t n) {
    n = impulse_decimate(&conditioning->decimation, x, n);
    filter(conditioning->sections, conditioning->n_sections, x, n);
    impulse_remove_mean(x, n);
    return n;
}

/* The power of two that brings the largest |x - centre| between 1 and 2, and its inverse; false
 * where all are 0 or too small. */
static bool scaling(const float *x, uint32_t n, float centre, float *down, float *up) {
    float largest = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        const float signed_deviation = x[i] - centre;
        const float deviation = signed_deviation < 0.0f ? -signed_deviation : signed_deviation;
        largest = largest > deviation ? largest : deviation;
    }
    return impulse_power_of_two_scaling(largest, down, up);
}

float impulse_rms(const float *x, uint32_t n) {
    float down;
    float up;
    if (!scaling(x, n, 0.0f, &down, &up)) {
        return 0.0f;
    }
    float squares = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        const float scaled = x[i] * down;
        squares += scaled * scaled;
    }
    return impulse_sqrt(squares / (float)n) * up;
}

impulse_moments impulse_moments_of(const float *x, uint32_t n) {
    impulse_moments result = {mean(x, n), 0.0f, 0.0f, -3.0f};
    float down;
    float up;
    if (!scaling(x, n, result.mean, &down, &up)) {
        return result;
    }
    float sum_2 = 0.0f;
    float sum_3 = 0.0f;
    float sum_4 = 0.0f;
    for (uint32_t i = 0; i < n; i++) {
        const float scaled = (x[i] - result.mean) * down;
        const float square = scaled * scaled;
        sum_2 += square;
        sum_3 += square * scaled;
        sum_4 += square * square;
    }
    const float count = (float)n;
    const float m2 = sum_2 / count;
    const float m3 = sum_3 / count;
    const float m4 = sum_4 / count;
    const float noise = result.mean * CONSTANT_SHARE * down;
    if (m2 <= noise * noise) {
        return result;
    }
    const float inverse = impulse_inverse_sqrt(m2);
    result.deviation = m2 * inverse * up;
    result.skewness = m3 * inverse * inverse * inverse;
    result.kurtosis = m4 / (m2 * m2) - 3.0f;
    return result;
}
