#include "impulse_strict_float.h"

#include "impulse_whole.h"

#include "impulse_dsp.h"

/* A value from 0 to 1 as it comes back from an unsigned byte of 256ths. */
static float byte(float x) {
    const float scaled = (x > 0.0f ? x : 0.0f) * 256.0f;
    const float steps = scaled > 256.0f ? 256.0f : scaled;
    const int32_t whole = (int32_t)steps;
    const float rest = steps - (float)whole;
    const int32_t up = rest > 0.5f || (rest == 0.5f && whole % 2 != 0);
    return (float)((whole + up) % 256) * (1.0f / 256.0f);
}

/* The i-th of the frames around a frame; beyond the ends the window is mirrored. */
static uint32_t mirrored(const impulse_whole *whole, uint32_t frame, uint32_t i) {
    const uint32_t period = 2 * whole->n_frames;
    const uint32_t half = whole->n_around / 2;
    const uint32_t at = (frame + i + period * (half / period + 1) - half) % period;
    return at < period - 1 - at ? at : period - 1 - at;
}

/* Mean of what the frames around a frame have more than it. */
static float mean(const impulse_whole *whole, const float *column, uint32_t frame) {
    float sum = 0.0f;
    for (uint32_t i = 0; i < whole->n_around; i++) {
        sum += column[mirrored(whole, frame, i)] - column[frame];
    }
    return sum / (float)whole->n_around;
}

/* Variance of the frames around a frame, about their own mean. */
static float variance(const impulse_whole *whole, const float *column, uint32_t frame) {
    const float m = mean(whole, column, frame);
    float squares = 0.0f;
    for (uint32_t i = 0; i < whole->n_around; i++) {
        const float difference = column[mirrored(whole, frame, i)] - column[frame] - m;
        squares += difference * difference;
    }
    return squares / (float)whole->n_around;
}

static void slide(const impulse_whole *whole, float *column, float *rows) {
    const uint32_t n = whole->n_columns;
    for (uint32_t first = 0; first < n; first++) {
        float *const values = rows + first;
        for (uint32_t frame = 0; frame < whole->n_frames; frame++) {
            column[frame] = values[frame * n];
        }
        /* The mean of differences: a column that does not move gives 0, not rounding noise. */
        for (uint32_t frame = 0; frame < whole->n_frames; frame++) {
            values[frame * n] = -mean(whole, column, frame);
        }
        for (uint32_t frame = 0; frame < whole->n_frames; frame++) {
            column[frame] = values[frame * n];
        }
        for (uint32_t frame = 0; frame < whole->n_frames; frame++) {
            const float v = variance(whole, column, frame);
            const float deviation = v > 1e-30f ? v * impulse_inverse_sqrt(v) : 0.0f;
            values[frame * n] = column[frame] / (deviation + 1e-10f);
        }
    }
}

const float *impulse_whole_frame(const impulse_whole *whole, const int16_t *window,
                                 float *scratch) {
    float *const rows = scratch + whole->work_len;
    const uint32_t n_values = whole->n_frames * whole->n_columns;
    const int16_t *frame = window;
    float *out = rows;
    for (uint32_t i = 0; i < whole->n_frames; i++) {
        const int16_t previous = i > 0 ? frame[-1] : window[whole->window_samples - 1];
        const float *const row = whole->row(whole->block, frame, previous, scratch);
        for (uint32_t k = 0; k < whole->n_columns; k++) {
            *out++ = row[k];
        }
        frame += whole->hop_samples;
    }
    if (whole->finish == IMPULSE_FINISH_RISE) {
        for (uint32_t i = 0; i < n_values; i++) {
            rows[i] = rows[i] > 0.0f ? rows[i] : 0.0f;
        }
    } else if (whole->finish == IMPULSE_FINISH_BYTE) {
        for (uint32_t i = 0; i < n_values; i++) {
            rows[i] = byte(rows[i]);
        }
    } else if (whole->finish == IMPULSE_FINISH_SLIDE) {
        slide(whole, scratch, rows);
    }
    return rows;
}
