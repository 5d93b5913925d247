#include "impulse_strict_float.h"

#include "impulse_mfcc.h"

#include <string.h>

/* Variances below it count as it, so that silence and steady tones stay near 0. */
#define VARIANCE_FLOOR 0.01f

/* Mean and factor that normalize one coefficient. */
typedef struct {
    float mean;
    float factor;
} moments;

/* Pre-emphasis and taper, stored where the FFT wants them. */
static void load(const impulse_mfcc *mfcc, const int16_t *frame, float *data) {
    const uint32_t n_pairs = mfcc->frame_samples / 2;
    const uint32_t shift = impulse_fft_shift(mfcc->fft.len);
    const float c = mfcc->pre_emphasis;
    const float *taper = mfcc->taper;
    if (mfcc->frame_samples < mfcc->fft.len) {
        memset(data, 0, mfcc->fft.len * sizeof data[0]);
    }
    float previous = (float)frame[0];
    for (uint32_t i = 0; i < n_pairs; i++) {
        const float even = (float)frame[0];
        const float odd = (float)frame[1];
        float *const pair = data + 2 * impulse_fft_position(i, shift);
        pair[0] = (even - c * previous) * taper[0];
        pair[1] = (odd - c * even) * taper[1];
        previous = odd;
        frame += 2;
        taper += 2;
    }
    if (mfcc->frame_samples % 2 != 0) {
        float *const pair = data + 2 * impulse_fft_position(n_pairs, shift);
        pair[0] = ((float)frame[0] - c * previous) * taper[0];
    }
}

/* Filters, logarithm and DCT in one pass over the bins. */
static void cepstrum(const impulse_mfcc *mfcc, const float *spectrum, float *out) {
    const float *bin = spectrum + 2 * mfcc->mel.first_bin;
    const float *weight = mfcc->mel.weights;
    const float *factor = mfcc->dct;
    const uint32_t n_coefficients = mfcc->n_coefficients;
    float rise_below = 0.0f;
    for (uint32_t i = 0; i < n_coefficients; i++) {
        out[i] = 0.0f;
    }
    for (uint32_t segment = 0; segment <= mfcc->n_filters; segment++) {
        float rise = 0.0f;
        float fall = 0.0f;
        const float *const end = weight + mfcc->mel.segment_bins[segment];
        while (weight != end) {
            const float upper = *bin * *weight++;
            rise += upper;
            fall += *bin - upper;
            bin += 2;
        }
        /* Below the first peak there is no lower filter. */
        if (segment > 0) {
            const float energy = rise_below + fall;
            const float level = impulse_ln(energy > mfcc->log_floor ? energy : mfcc->log_floor);
            for (uint32_t i = 0; i < n_coefficients; i++) {
                out[i] += level * *factor++;
            }
        }
        rise_below = rise;
    }
}

void impulse_mfcc_frame(const impulse_mfcc *mfcc, const int16_t *frame, float *scratch,
                        float *out) {
    load(mfcc, frame, scratch);
    impulse_fft_power(&mfcc->fft, scratch);
    cepstrum(mfcc, scratch, out);
}

void impulse_mfcc_window(const impulse_mfcc *mfcc, const int16_t *samples, uint32_t n_frames,
                         float *scratch, float *features) {
    for (uint32_t i = 0; i < n_frames; i++) {
        impulse_mfcc_frame(mfcc, samples, scratch, features);
        samples += mfcc->hop_samples;
        features += mfcc->n_coefficients;
    }
}

/* Mean and factor of one coefficient; column is its value in row 0, rows run from first_frame
 * around the ring. */
static moments column_moments(impulse_normalize normalize, const float *column, uint32_t n_frames,
                              uint32_t n_coefficients, uint32_t first_frame) {
    moments result = {0.0f, 1.0f};
    if (normalize == IMPULSE_NORMALIZE_NONE) {
        return result;
    }
    const float count = (float)n_frames;
    uint32_t row = first_frame;
    float sum = 0.0f;
    for (uint32_t i = 0; i < n_frames; i++) {
        sum += column[row * n_coefficients];
        row = row + 1 == n_frames ? 0 : row + 1;
    }
    result.mean = sum / count;
    if (normalize == IMPULSE_NORMALIZE_MEAN) {
        return result;
    }
    float squares = 0.0f;
    for (uint32_t i = 0; i < n_frames; i++) {
        const float deviation = column[row * n_coefficients] - result.mean;
        squares += deviation * deviation;
        row = row + 1 == n_frames ? 0 : row + 1;
    }
    const float variance = squares / count;
    result.factor = impulse_inverse_sqrt(variance > VARIANCE_FLOOR ? variance : VARIANCE_FLOOR);
    return result;
}

void impulse_normalize_quantize(impulse_normalize normalize, const float *features,
                                uint32_t n_frames, uint32_t n_coefficients, uint32_t first_frame,
                                impulse_input_quantization quantization, int8_t *out) {
    for (uint32_t coefficient = 0; coefficient < n_coefficients; coefficient++) {
        const float *const column = features + coefficient;
        const moments m =
            column_moments(normalize, column, n_frames, n_coefficients, first_frame);
        uint32_t row = first_frame;
        int8_t *q = out + coefficient;
        for (uint32_t i = 0; i < n_frames; i++) {
            const float value = (column[row * n_coefficients] - m.mean) * m.factor;
            *q = impulse_quantize(value * quantization.inverse_scale, quantization.zero_point);
            q += n_coefficients;
            row = row + 1 == n_frames ? 0 : row + 1;
        }
    }
}
