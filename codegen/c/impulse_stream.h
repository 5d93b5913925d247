/* Streaming: samples in, in slices of any size; frames out, and word of each complete window. The
 * twin of the Rust module `stream`, which says when a window is complete. */
#ifndef IMPULSE_STREAM_H
#define IMPULSE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a stream is cut into frames and windows, counted in samples times axes. */
typedef struct {
    uint32_t frame_samples;  /* samples in a frame, at least 1 */
    uint32_t hop_samples;    /* samples between the starts of two frames, at least 1 */
    uint32_t n_frames;       /* frames of a window, at least 1 */
    uint32_t stride_samples; /* samples between the starts of two windows, at least the hop */
    uint32_t sample_bytes;   /* size of a sample */
} impulse_frames;

/* What changes while samples flow, apart from the buffers. */
typedef struct {
    uint32_t fill; /* samples in the sample buffer */
    uint32_t skip; /* samples to drop before the next frame starts */
    uint32_t wait; /* frames to come until the next window is complete */
    uint32_t late; /* samples from the nominal start of the next window to its first frame */
    uint32_t head; /* next row; the oldest row of a window that has just been completed */
} impulse_frames_state;

/* Gets each frame that belongs to a window, and the row, below n_frames, of its features. */
typedef void (*impulse_on_frame)(void *context, const void *frame, uint32_t row);

/* Before the first sample. */
void impulse_frames_init(const impulse_frames *frames, impulse_frames_state *state);

/* Takes samples until a window is complete or the input is at its end; returns how many it took
 * and sets *complete. samples is [frame_samples] and kept between calls. */
size_t impulse_frames_push(const impulse_frames *frames, impulse_frames_state *state, void *samples,
                           const void *input, size_t count, impulse_on_frame on_frame,
                           void *context, bool *complete);

/* Samples until the next window is complete, at least 1. */
uint32_t impulse_frames_remaining(const impulse_frames *frames, const impulse_frames_state *state);

/* Each frame of one window by itself. */
void impulse_frames_window(const impulse_frames *frames, const void *samples,
                           impulse_on_frame on_frame, void *context);

#endif
