#include "impulse_stream.h"

#include <string.h>

void impulse_frames_init(const impulse_frames *frames, impulse_frames_state *state) {
    memset(state, 0, sizeof *state);
    state->wait = frames->n_frames;
}

/* Frames from the start of this window to the start of the next. */
static void await_next_window(const impulse_frames *frames, impulse_frames_state *state) {
    const uint32_t hop = frames->hop_samples;
    const uint32_t part = frames->stride_samples % hop;
    state->wait = frames->stride_samples / hop;
    if (part <= state->late) {
        state->late -= part;
    } else {
        state->late += hop - part;
        state->wait++;
    }
}

/* Hands over the frame that has just been filled and makes room for the next one; whether it
 * completed a window. */
static bool end_frame(const impulse_frames *frames, impulse_frames_state *state,
                      unsigned char *samples, impulse_on_frame on_frame, void *context) {
    const uint32_t frame = frames->frame_samples;
    const uint32_t hop = frames->hop_samples;
    /* A frame between two windows (stride longer than the window) belongs to none. */
    if (state->wait <= frames->n_frames) {
        on_frame(context, samples, state->head);
        state->head = state->head + 1 == frames->n_frames ? 0 : state->head + 1;
    }
    if (hop < frame) {
        const size_t bytes = frames->sample_bytes;
        memmove(samples, samples + hop * bytes, (frame - hop) * bytes);
        state->fill = frame - hop;
    } else {
        state->fill = 0;
        state->skip = hop - frame;
    }
    state->wait--;
    if (state->wait > 0) {
        return false;
    }
    await_next_window(frames, state);
    return true;
}

static uint32_t at_most(uint32_t wanted, size_t available) {
    return available < wanted ? (uint32_t)available : wanted;
}

size_t impulse_frames_push(const impulse_frames *frames, impulse_frames_state *state, void *samples,
                           const void *input, size_t count, impulse_on_frame on_frame,
                           void *context, bool *complete) {
    const uint32_t frame = frames->frame_samples;
    const size_t bytes = frames->sample_bytes;
    size_t consumed = 0;
    *complete = false;
    while (consumed < count && !*complete) {
        if (state->skip > 0) {
            const uint32_t n = at_most(state->skip, count - consumed);
            state->skip -= n;
            consumed += n;
            continue;
        }
        const uint32_t n = at_most(frame - state->fill, count - consumed);
        memcpy((unsigned char *)samples + state->fill * bytes,
               (const unsigned char *)input + consumed * bytes, n * bytes);
        state->fill += n;
        consumed += n;
        if (state->fill == frame) {
            *complete = end_frame(frames, state, samples, on_frame, context);
        }
    }
    return consumed;
}

uint32_t impulse_frames_remaining(const impulse_frames *frames, const impulse_frames_state *state) {
    const uint32_t frame = state->skip + frames->frame_samples - state->fill;
    return frame + (state->wait - 1) * frames->hop_samples;
}

void impulse_frames_window(const impulse_frames *frames, const void *samples,
                           impulse_on_frame on_frame, void *context) {
    const unsigned char *frame = samples;
    for (uint32_t row = 0; row < frames->n_frames; row++) {
        on_frame(context, frame, row);
        frame += (size_t)frames->hop_samples * frames->sample_bytes;
    }
}
