/* The level of each frequency bin of int16 samples; the twin of the Rust module
 * `features::spectrogram`. */
#ifndef IMPULSE_SPECTROGRAM_H
#define IMPULSE_SPECTROGRAM_H

#include <stdint.h>

#include "impulse_spectrum.h"

/* The block with its tables. */
typedef struct {
    impulse_spectrum spectrum;
    impulse_level level;
} impulse_spectrogram;

/* The block over some axes of samples of several. */
typedef struct {
    impulse_spectrogram axis; /* over each of them */
    uint32_t n_axes;          /* values of a sample */
    uint32_t n_analysed;      /* axes that are analysed */
    const uint8_t *axes;      /* [n_analysed]: which, ascending */
} impulse_axes_spectrogram;

/* Levels of one frame, [fft.len/2 + 1], within scratch: frame is [frame_samples], scratch
 * [fft.len] with any content. Every result is finite. */
const float *impulse_spectrogram_frame(const impulse_spectrogram *spectrogram,
                                       const int16_t *frame, float *scratch);

/* The same of an impulse_spectrogram with the sample before the frame. */
const float *impulse_spectrogram_row(const void *spectrogram, const int16_t *frame,
                                     int16_t previous, float *scratch);

/* Levels of one frame, [n_analysed][fft.len/2 + 1], within scratch: frame is
 * [frame_samples][n_axes], scratch [levels + fft.len] with any content. Every result is finite. */
const float *impulse_axes_spectrogram_frame(const impulse_axes_spectrogram *block,
                                            const int16_t *frame, float *scratch);

/* The same of an impulse_axes_spectrogram without pre-emphasis, for which the sample before the
 * frame does not matter. */
const float *impulse_axes_spectrogram_row(const void *block, const int16_t *frame,
                                          int16_t previous, float *scratch);

#endif
