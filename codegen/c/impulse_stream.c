#include "impulse_stream.h"

#include <string.h>

void impulse_stream_init(const impulse_stream *stream, impulse_stream_state *state) {
    memset(state, 0, sizeof *state);
    state->wait = stream->n_frames;
}

/* Frames from the start of this window to the start of the next. */
static void await_next_window(const impulse_stream *stream, impulse_stream_state *state) {
    const uint32_t hop = stream->mfcc->hop_samples;
    const uint32_t part = stream->stride_samples % hop;
    state->wait = stream->stride_samples / hop;
    if (part <= state->late) {
        state->late -= part;
    } else {
        state->late += hop - part;
        state->wait++;
    }
}

/* Computes the frame that has just been filled and makes room for the next one; whether it
 * completed a window. */
static bool end_frame(const impulse_stream *stream, impulse_stream_state *state, int16_t *samples,
                      float *features, float *scratch) {
    const impulse_mfcc *const mfcc = stream->mfcc;
    const uint32_t frame = mfcc->frame_samples;
    const uint32_t hop = mfcc->hop_samples;
    /* A frame between two windows (stride longer than the window) belongs to none. */
    if (state->wait <= stream->n_frames) {
        impulse_mfcc_frame(mfcc, samples, scratch, features + state->head * mfcc->n_coefficients);
        state->head = state->head + 1 == stream->n_frames ? 0 : state->head + 1;
    }
    if (hop < frame) {
        memmove(samples, samples + hop, (frame - hop) * sizeof samples[0]);
        state->fill = frame - hop;
    } else {
        state->fill = 0;
        state->skip = hop - frame;
    }
    state->wait--;
    if (state->wait > 0) {
        return false;
    }
    await_next_window(stream, state);
    return true;
}

static uint32_t at_most(uint32_t wanted, size_t available) {
    return available < wanted ? (uint32_t)available : wanted;
}

size_t impulse_stream_push(const impulse_stream *stream, impulse_stream_state *state,
                           int16_t *samples, float *features, float *scratch, const int16_t *input,
                           size_t count, bool *complete) {
    const uint32_t frame = stream->mfcc->frame_samples;
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
        memcpy(samples + state->fill, input + consumed, n * sizeof samples[0]);
        state->fill += n;
        consumed += n;
        if (state->fill == frame) {
            *complete = end_frame(stream, state, samples, features, scratch);
        }
    }
    return consumed;
}
