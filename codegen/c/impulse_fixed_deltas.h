/* Differences of each column over the frames of a window in integers; the twin of the Rust module
 * `features::fixed::deltas`. */
#ifndef IMPULSE_FIXED_DELTAS_H
#define IMPULSE_FIXED_DELTAS_H

#include <stdint.h>

#include "impulse_deltas.h"
#include "impulse_fixed_normalize.h"

/* Differences of a ring of rows, whose oldest row is first_frame, into the network's input behind
 * what impulse_fixed_normalize stores there. */
void impulse_fixed_deltas(const impulse_rows *rows, const impulse_fixed_scaling *scaling,
                          impulse_normalize normalize, impulse_deltas deltas, const int16_t *ring,
                          uint32_t first_frame, int8_t *out);

#endif
