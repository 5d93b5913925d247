/* Streaming: samples in, in slices of any size; windows of features out. The twin of the Rust
 * module `stream`, which says when a window is complete. */
#ifndef IMPULSE_STREAM_H
#define IMPULSE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "impulse_mfcc.h"

/* What does not change while samples flow. */
typedef struct {
    const impulse_mfcc *mfcc;
    uint32_t n_frames;       /* frames of a window, at least 1 */
    uint32_t stride_samples; /* samples between the starts of two windows, at least the hop */
} impulse_stream;

/* What does change, apart from the buffers. */
typedef struct {
    uint32_t fill; /* samples in the sample buffer */
    uint32_t skip; /* samples to drop before the next frame starts */
    uint32_t wait; /* frames to come until the next window is complete */
    uint32_t late; /* samples from the nominal start of the next window to its first frame */
    uint32_t head; /* next row; the oldest row of a window that has just been completed */
} impulse_stream_state;

/* Before the first sample. */
void impulse_stream_init(const impulse_stream *stream, impulse_stream_state *state);

/* Takes samples until a window is complete or the input is at its end; returns how many it took
 * and sets *complete. samples is [frame_samples] and features is [n_frames][n_coefficients], both
 * kept between calls; scratch is [fft.len] and need not be kept. */
size_t impulse_stream_push(const impulse_stream *stream, impulse_stream_state *state,
                           int16_t *samples, float *features, float *scratch, const int16_t *input,
                           size_t count, bool *complete);

#endif
