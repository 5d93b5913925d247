#include "impulse_fixed_mfe.h"

const int32_t *impulse_fixed_mfe_frame(const impulse_fixed_mfe *mfe, const int16_t *frame,
                                       int32_t *scratch) {
    const uint32_t shift = impulse_fixed_spectrum_bins(&mfe->spectrum, frame, scratch);
    impulse_fixed_mel_levels(&mfe->mel, &mfe->level, shift, scratch);
    return scratch;
}
