#include "impulse_strict_float.h"

#include "impulse_mfe.h"

const float *impulse_mfe_frame(const impulse_mfe *mfe, const int16_t *frame, float *scratch) {
    impulse_spectrum_power(&mfe->spectrum, frame, frame[0], scratch);
    impulse_mel_levels(&mfe->mel, &mfe->level, scratch);
    return scratch;
}
