/* Mel-frequency cepstral coefficients of int16 samples; the twin of the Rust module
 * `features::mfcc`. */
#ifndef IMPULSE_MFCC_H
#define IMPULSE_MFCC_H

#include <stdint.h>

#include "impulse_dsp.h"

/* Triangular filters that start and end at their neighbours' peaks: between two peaks a bin
 * gives a share of its power to the upper filter and the rest to the lower one. */
typedef struct {
    uint32_t first_bin;           /* first bin above the lower edge of the lowest filter */
    const uint16_t *segment_bins; /* [n_filters + 1]: bins between neighbouring points */
    const float *weights;         /* of each bin from first_bin on, the upper filter's share */
} impulse_mel;

/* The block with its tables. */
typedef struct {
    uint32_t frame_samples;  /* samples in a frame, at most fft.len */
    uint32_t hop_samples;    /* samples between the starts of two frames */
    uint32_t n_filters;      /* mel filters */
    uint32_t n_coefficients; /* coefficients per frame */
    float pre_emphasis;      /* y[n] = x[n] - c x[n-1] within a frame, y[0] = x[0] - c x[0] */
    float log_floor;         /* energies below it count as it; positive and normal */
    const float *taper;      /* [frame_samples]: the taper times 2^-16 */
    impulse_real_fft fft;
    impulse_mel mel;
    const float *dct; /* [n_filters][n_coefficients] */
} impulse_mfcc;

/* What is done to each coefficient over the frames of a window. */
typedef enum {
    IMPULSE_NORMALIZE_NONE,
    IMPULSE_NORMALIZE_MEAN,
    IMPULSE_NORMALIZE_MEAN_VARIANCE
} impulse_normalize;

/* Quantization of the network's input: round(x * inverse_scale) + zero_point, clamped. */
typedef struct {
    float inverse_scale;
    int32_t zero_point;
} impulse_input_quantization;

/* Coefficients of one frame: frame is [frame_samples], scratch [fft.len] with any content, out
 * [n_coefficients]. Every result is finite. */
void impulse_mfcc_frame(const impulse_mfcc *mfcc, const int16_t *frame, float *scratch, float *out);

/* Coefficients of the first n_frames frames of samples, to features, [n_frames][n_coefficients]. */
void impulse_mfcc_window(const impulse_mfcc *mfcc, const int16_t *samples, uint32_t n_frames,
                         float *scratch, float *features);

/* Normalizes a window over its frames and quantizes it. features is a ring of rows,
 * [n_frames][n_coefficients], whose oldest row is first_frame; out has the oldest row first. */
void impulse_normalize_quantize(impulse_normalize normalize, const float *features,
                                uint32_t n_frames, uint32_t n_coefficients, uint32_t first_frame,
                                impulse_input_quantization quantization, int8_t *out);

#endif
