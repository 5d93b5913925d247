/* Products of matrices of int8 for cores without the DSP extension, and the same in portable C.
 *
 * Columns: three outputs a, b and c share two words for each tap, a + 2^21 c and b + 2^10 c, so
 * that two multiplications by a weight serve three products. The sums of such words are A + 2^21 C
 * and B + 2^10 C modulo 2^32. A is the lowest 21 bits of the first with their sign; what is left
 * of it has the lowest 11 bits of C; without these, the second has B in its lowest 21 bits and
 * above them the rest of C. This is exact while no sum leaves 21 bits: a layer with larger sums
 * has its taps in parts, whose sums are added up.
 *
 * Weights: a byte is a weight plus 128, so that a load needs no sign. For that, each part of a
 * column starts with two words, -128 times the sum of its words, from which the sums start; they
 * are followed by the words of its taps, a multiple of four. The weights are a stream of words
 * that is read once from its start to its end: for each four filters a word for each tap, the
 * first filter in the lowest byte; then three words for each filter: its bias, and how it is
 * rescaled.
 *
 * Rescaling: "linear" is one multiplication, addition and shift with numbers that were proven to
 * give the reference's results for every sum that can occur: an even factor, so that a core whose
 * products have 32 bits needs three of them for a sum below 2^21, and an addend, whose low byte is
 * the shift. "twice" is the reference's own arithmetic by a multiplier and a number of places to
 * the right. */
#ifndef IMPULSE_KERNELS_TRIPLE_H
#define IMPULSE_KERNELS_TRIPLE_H

#include <stdint.h>

/* Adds the sums of four filters over a part to sums: three outputs of the first filter, then those
 * of the next. */
void impulse_triple_sums(const int32_t *column, const int32_t *weights, int32_t *sums,
                         int32_t column_bytes);

/* Units up to the end of the output, a multiple of four, of one row of inputs. Weights: for each
 * four units a word for each input, as above, four biases, and where shared, which has factor and
 * addend of all units, is 0, factor and addend of each. correction: -128 times the sum of the
 * inputs. */
void impulse_triple_units(const int8_t *input, const int32_t *weights, int8_t *output,
                          const int8_t *end, int32_t inputs, int32_t correction,
                          const int32_t *shared);

#endif
