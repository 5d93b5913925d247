#include "impulse_decide.h"

#include <string.h>

void impulse_decide_init(impulse_decide_state *state) {
    memset(state, 0, sizeof *state);
}

/* x / y rounded down; y is positive. */
static int32_t floor_div(int32_t x, int32_t y) {
    return x / y - (x % y < 0 ? 1 : 0);
}

/* Whether the best label is reported. */
static int32_t judge(const impulse_decide *decide, impulse_decide_state *state, uint32_t label,
                     int32_t sum) {
    if (state->suppressed > 0) {
        state->suppressed--;
        return -1;
    }
    if (state->count < decide->average_results || sum < decide->sum_min || decide->ignore[label]) {
        return -1;
    }
    state->suppressed = decide->suppress_results;
    return (int32_t)label;
}

int32_t impulse_decide_push(const impulse_decide *decide, impulse_decide_state *state,
                            int8_t *history, const int8_t *scores, int8_t *average) {
    const uint32_t n_labels = decide->n_labels;
    memcpy(history + state->next * n_labels, scores, n_labels);
    state->next = state->next + 1 == decide->average_results ? 0 : state->next + 1;
    if (state->count < decide->average_results) {
        state->count++;
    }
    const int32_t count = (int32_t)state->count;
    uint32_t best = 0;
    int32_t best_sum = INT32_MIN;
    for (uint32_t label = 0; label < n_labels; label++) {
        /* Before the history is full its rows from the first on are those in use. */
        int32_t sum = 0;
        for (uint32_t row = 0; row < state->count; row++) {
            sum += history[row * n_labels + label];
        }
        average[label] = (int8_t)floor_div(2 * sum + count, 2 * count);
        if (sum > best_sum) {
            best = label;
            best_sum = sum;
        }
    }
    return judge(decide, state, best, best_sum);
}
