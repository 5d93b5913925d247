#include "impulse_strict_float.h"

#include "impulse_mfe.h"

const float *impulse_mfe_frame(const impulse_mfe *mfe, const int16_t *frame, float *scratch) {
    return impulse_mfe_row(mfe, frame, frame[0], scratch);
}

const float *impulse_mfe_row(const void *block, const int16_t *frame, int16_t previous,
                             float *scratch) {
    const impulse_mfe *const mfe = block;
    impulse_spectrum_power(&mfe->spectrum, frame, previous, scratch);
    impulse_mel_levels(&mfe->mel, &mfe->level, scratch);
    return scratch;
}
