#include "impulse_strict_float.h"

#include "impulse_spectrum.h"

#include <string.h>

/* Without a window function. */
static void load_plain(const impulse_spectrum *spectrum, const int16_t *frame, float previous,
                       uint32_t shift, float *data) {
    const float c = spectrum->pre_emphasis;
    const float scale = spectrum->scale;
    const uint32_t n_pairs = spectrum->frame_samples / 2;
    for (uint32_t i = 0; i < n_pairs; i++) {
        const float even = (float)frame[0];
        const float odd = (float)frame[1];
        float *const pair = data + 2 * impulse_fft_position(i, shift);
        pair[0] = (even - c * previous) * scale;
        pair[1] = (odd - c * even) * scale;
        previous = odd;
        frame += 2;
    }
    if (spectrum->frame_samples % 2 != 0) {
        float *const pair = data + 2 * impulse_fft_position(n_pairs, shift);
        pair[0] = ((float)frame[0] - c * previous) * scale;
    }
}

/* With one: its table is read up to the middle and back. */
static void load_tapered(const impulse_spectrum *spectrum, const int16_t *frame, float previous,
                         uint32_t shift, float *data) {
    const float c = spectrum->pre_emphasis;
    const uint32_t n = spectrum->frame_samples;
    const uint32_t n_pairs = n / 2;
    const uint32_t n_rising = (n / 2 + 1) / 2;
    const float *taper = spectrum->taper;
    uint32_t i = 0;
    for (; i < n_rising; i++) {
        const float even = (float)frame[0];
        const float odd = (float)frame[1];
        float *const pair = data + 2 * impulse_fft_position(i, shift);
        pair[0] = (even - c * previous) * taper[0];
        pair[1] = (odd - c * even) * taper[1];
        previous = odd;
        frame += 2;
        taper += 2;
    }
    taper = spectrum->taper + (n - 2 * i);
    for (; i < n_pairs; i++) {
        const float even = (float)frame[0];
        const float odd = (float)frame[1];
        float *const pair = data + 2 * impulse_fft_position(i, shift);
        pair[0] = (even - c * previous) * taper[0];
        pair[1] = (odd - c * even) * taper[-1];
        previous = odd;
        frame += 2;
        taper -= 2;
    }
    if (n % 2 != 0) {
        float *const pair = data + 2 * impulse_fft_position(n_pairs, shift);
        pair[0] = ((float)frame[0] - c * previous) * spectrum->taper[1];
    }
}

/* One axis of several. */
static void load_axis(const impulse_spectrum *spectrum, const int16_t *frame, uint32_t n_axes,
                      uint32_t shift, float *data) {
    const float c = spectrum->pre_emphasis;
    const uint32_t n = spectrum->frame_samples;
    float previous = (float)frame[0];
    for (uint32_t i = 0; i < n; i++) {
        const float sample = (float)*frame;
        const float factor =
            spectrum->taper == 0 ? spectrum->scale : spectrum->taper[i < n - i ? i : n - i];
        data[2 * impulse_fft_position(i / 2, shift) + i % 2] = (sample - previous * c) * factor;
        previous = sample;
        frame += n_axes;
    }
}

void impulse_spectrum_axis_power(const impulse_spectrum *spectrum, const int16_t *frame,
                                 uint32_t n_axes, float *scratch) {
    if (spectrum->frame_samples < spectrum->fft.len) {
        memset(scratch, 0, spectrum->fft.len * sizeof scratch[0]);
    }
    load_axis(spectrum, frame, n_axes, impulse_fft_shift(spectrum->fft.len), scratch);
    impulse_fft_power(&spectrum->fft, scratch);
    if (spectrum->finish != 0) {
        spectrum->finish(scratch, spectrum->fft.len);
    }
}

void impulse_spectrum_power(const impulse_spectrum *spectrum, const int16_t *frame,
                            int16_t previous, float *scratch) {
    const uint32_t shift = impulse_fft_shift(spectrum->fft.len);
    if (spectrum->frame_samples < spectrum->fft.len) {
        memset(scratch, 0, spectrum->fft.len * sizeof scratch[0]);
    }
    if (spectrum->taper == 0) {
        load_plain(spectrum, frame, (float)previous, shift, scratch);
    } else {
        load_tapered(spectrum, frame, (float)previous, shift, scratch);
    }
    impulse_fft_power(&spectrum->fft, scratch);
    if (spectrum->finish != 0) {
        spectrum->finish(scratch, spectrum->fft.len);
    }
}

void impulse_magnitudes(float *scratch, uint32_t len) {
    for (uint32_t i = 0; i < len; i += 2) {
        scratch[i] = impulse_sqrt(scratch[i]);
    }
    scratch[1] = impulse_sqrt(scratch[1]);
}

float impulse_spectrum_energy(const impulse_spectrum *spectrum, const float *scratch) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < spectrum->fft.len; i += 2) {
        sum += scratch[i];
    }
    return sum + scratch[1];
}
