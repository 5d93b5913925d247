/* Triangular mel filters over a spectrum in integers; the twin of the Rust modules
 * `features::fixed::{mel, level}`. */
#ifndef IMPULSE_FIXED_MEL_H
#define IMPULSE_FIXED_MEL_H

#include <stdint.h>

/* Filters as those of impulse_mel. */
typedef struct {
    uint32_t n_filters;
    uint32_t first_bin;           /* first bin above the lower edge, at least 1 */
    const uint16_t *segment_bins; /* [n_filters + 1]: bins between neighbouring points */
    const uint32_t (*slopes)[2];  /* [n_filters + 1]: share of a segment's first bin, its growth,
                                     with 31 fractional bits */
    const int32_t *gains; /* [n_filters]: binary logarithms of factors of the energies, with 16
                             fractional bits, or 0 */
} impulse_fixed_mel;

/* What a level is: a logarithm of a power, between two bounds. */
typedef struct {
    int32_t floor;  /* the lowest level, with the fractional bits of what factor makes */
    int32_t factor; /* what a binary logarithm of 16 fractional bits is multiplied by, with 15
                       fractional bits and within +-32767: ln 2, or 10 * log10(2) / 4, which leaves
                       14 fractional bits of a level in decibel */
    int32_t places; /* binary places between the energies of an unshifted spectrum and powers of
                       samples from -1 to 1 */
    uint32_t shift; /* how many of those fractional bits a level loses, 1..16 */
    int32_t max;    /* the highest level, in what is left */
} impulse_fixed_level;

/* Replaces [n_filters] numbers at the start of a spectrum, as impulse_fixed_spectrum_bins leaves
 * it, to be shifted by shift, by the level of each filter's energy. */
void impulse_fixed_mel_levels(const impulse_fixed_mel *mel, const impulse_fixed_level *level,
                              uint32_t shift, int32_t *spectrum);

#endif
