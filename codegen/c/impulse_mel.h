/* Triangular mel filters over the bins of a spectrum; the twin of the Rust module
 * `features::mel`. */
#ifndef IMPULSE_MEL_H
#define IMPULSE_MEL_H

#include <stdbool.h>
#include <stdint.h>

#include "impulse_spectrum.h"

/* Triangular filters that start and end at their neighbours' peaks: between two peaks a bin
 * gives a share of its power to the upper filter and the rest to the lower one. The share grows
 * in equal steps. */
typedef struct {
    uint32_t n_filters;
    uint32_t first_bin;           /* first bin above the lower edge, at least 1 */
    const uint16_t *segment_bins; /* [n_filters + 1]: bins between neighbouring points */
    const float (*slopes)[2];     /* [n_filters + 1]: share of a segment's first bin, its growth */
    const float *gains;           /* [n_filters]: factors of the energies, or 0 */
    bool on_bins;                 /* whether the points lie on bins */
} impulse_mel;

/* Replaces [n_filters] numbers at the start of spectrum, powers as impulse_spectrum_power leaves
 * them, by the level of each filter's energy. */
void impulse_mel_levels(const impulse_mel *mel, const impulse_level *level, float *spectrum);

#endif
