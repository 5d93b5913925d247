#include "impulse_strict_float.h"

#include "impulse_spectrogram.h"

const float *impulse_spectrogram_frame(const impulse_spectrogram *spectrogram,
                                       const int16_t *frame, float *scratch) {
    return impulse_spectrogram_row(spectrogram, frame, frame[0], scratch);
}

const float *impulse_spectrogram_row(const void *block, const int16_t *frame, int16_t previous,
                                     float *scratch) {
    const impulse_spectrogram *const spectrogram = block;
    const uint32_t last = spectrogram->spectrum.fft.len / 2;
    impulse_spectrum_power(&spectrogram->spectrum, frame, previous, scratch);
    const float highest = scratch[1];
    for (uint32_t bin = 0; bin < last; bin++) {
        scratch[bin] = impulse_level_of(&spectrogram->level, scratch[2 * bin]);
    }
    scratch[last] = impulse_level_of(&spectrogram->level, highest);
    return scratch;
}
