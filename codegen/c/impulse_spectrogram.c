#include "impulse_strict_float.h"

#include "impulse_spectrogram.h"

/* Levels of powers as impulse_spectrum_power leaves them; out may be where they are. */
static void levels(const impulse_spectrogram *spectrogram, const float *powers, float *out) {
    const uint32_t last = spectrogram->spectrum.fft.len / 2;
    const float highest = powers[1];
    for (uint32_t bin = 0; bin < last; bin++) {
        out[bin] = impulse_level_of(&spectrogram->level, powers[2 * bin]);
    }
    out[last] = impulse_level_of(&spectrogram->level, highest);
}

const float *impulse_spectrogram_frame(const impulse_spectrogram *spectrogram,
                                       const int16_t *frame, float *scratch) {
    return impulse_spectrogram_row(spectrogram, frame, frame[0], scratch);
}

const float *impulse_spectrogram_row(const void *block, const int16_t *frame, int16_t previous,
                                     float *scratch) {
    const impulse_spectrogram *const spectrogram = block;
    impulse_spectrum_power(&spectrogram->spectrum, frame, previous, scratch);
    levels(spectrogram, scratch, scratch);
    return scratch;
}

const float *impulse_axes_spectrogram_frame(const impulse_axes_spectrogram *block,
                                            const int16_t *frame, float *scratch) {
    const impulse_spectrogram *const axis = &block->axis;
    const uint32_t n_bins = axis->spectrum.fft.len / 2 + 1;
    float *out = scratch;
    float *const work = out + block->n_analysed * n_bins;
    for (uint32_t i = 0; i < block->n_analysed; i++) {
        impulse_spectrum_axis_power(&axis->spectrum, frame + block->axes[i], block->n_axes, work);
        levels(axis, work, out);
        out += n_bins;
    }
    return scratch;
}

const float *impulse_axes_spectrogram_row(const void *block, const int16_t *frame,
                                          int16_t previous, float *scratch) {
    (void)previous;
    return impulse_axes_spectrogram_frame(block, frame, scratch);
}
