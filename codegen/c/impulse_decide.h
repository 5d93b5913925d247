/* Decision logic: from the scores of successive windows to "this label, now". The twin of the
 * Rust module `decide`. */
#ifndef IMPULSE_DECIDE_H
#define IMPULSE_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

/* What does not change. */
typedef struct {
    uint32_t n_labels;         /* labels, as many as scores */
    uint32_t average_results;  /* results that are averaged, at least 1 */
    uint32_t suppress_results; /* results after a report during which nothing is reported */
    int32_t sum_min;           /* smallest sum of average_results scores that reports a label */
    const bool *ignore;        /* [n_labels]: labels that are never reported */
} impulse_decide;

/* What does change, apart from the history. */
typedef struct {
    uint32_t next;       /* row of the history for the next scores */
    uint32_t count;      /* rows of the history that hold scores */
    uint32_t suppressed; /* results to come during which nothing is reported */
} impulse_decide_state;

/* Before the first result. */
void impulse_decide_init(impulse_decide_state *state);

/* Takes the scores of one result, [n_labels], into history, [average_results][n_labels]; writes
 * the averages so far, [n_labels], rounded to nearest, halves up; returns the label that is to be
 * reported, or -1. */
int32_t impulse_decide_push(const impulse_decide *decide, impulse_decide_state *state,
                            int8_t *history, const int8_t *scores, int8_t *average);

#endif
