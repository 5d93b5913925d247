/* A handful of statistics of each axis; the twin of the Rust module features::flatten. */
#ifndef IMPULSE_FLATTEN_H
#define IMPULSE_FLATTEN_H

#include "impulse_signal.h"

/* The block with its tables. */
typedef struct {
    impulse_axes axes;
    uint32_t statistics; /* bit i: whether mean, smallest, largest value, RMS, deviation,
                            skewness, kurtosis is given */
} impulse_flatten;

/* Features of a window, axis by axis. window is [n_samples][n_axes], scratch
 * [features + n_samples] with any content; the features are at its start. Every result is
 * finite. */
const float *impulse_flatten_frame(const impulse_flatten *flatten, const int16_t *window,
                                   float *scratch);

#endif
