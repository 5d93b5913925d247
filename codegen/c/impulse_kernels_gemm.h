/* Products of matrices of int8 on the DSP extension of Cortex-M, and the same in portable C.
 *
 * Columns: the taps of an output as int16, in words of two. Of four neighbours in memory, the first
 * word has taps 0 and 2, the second 1 and 3, as SXTB16 gives them. In columns of four outputs, four
 * such words stand side by side.
 *
 * Weights: a stream of words that is read once from its start to its end. For each pair of filters
 * a and b: what the sums of a and of b start from (the latter as 256 * b + a); for each word of a
 * column a word whose halves are 256 * b + a, so that its low bytes are a's weights and the whole
 * halves, whose products are 256 * sum b + sum a, need not be taken apart; then the rescaling.
 *
 * Rescaling: "linear" is one multiplication, one addition and one shift with numbers that were
 * proven to give the reference's results for every sum that can occur; its addend's low byte is
 * the shift. "twice" is the reference's own arithmetic. */
#ifndef IMPULSE_KERNELS_GEMM_H
#define IMPULSE_KERNELS_GEMM_H

#include "impulse_kernels.h"

/* Before a function that the compiler is to leave by itself. */
#if defined(__GNUC__)
#define IMPULSE_APART __attribute__((noinline))
#else
#define IMPULSE_APART
#endif

/* Four outputs of `filters` filters (an even number), `stride` bytes from one output to the next.
 * column_bytes: of all four columns. */
typedef void impulse_gemm_four(const int16_t *columns, const int32_t *weights, int8_t *output,
                               int32_t stride, int32_t column_bytes, int32_t filters);

/* One output. */
typedef void impulse_gemm_one(const int16_t *column, const int32_t *weights, int8_t *output,
                              int32_t filters, int32_t column_bytes);

impulse_gemm_four impulse_gemm_four_linear, impulse_gemm_four_twice;
impulse_gemm_one impulse_gemm_one_linear, impulse_gemm_one_twice;

/* Units of a row whose pairs all have the same rescaling, four at a time, straight from the input.
 * A pair of units stands pair_bytes behind the other. shared: the rescaling. */
void impulse_gemm_units_shared(const int8_t *input, const int32_t *weights, int8_t *output,
                               int32_t units, int32_t pair_bytes, int32_t input_bytes,
                               const int32_t *shared);

/* n outputs, four or one, of all filters. The last of an odd number is computed beside one of
 * zeros. */
void impulse_gemm_outputs(const impulse_gemm *gemm, const int16_t *columns, int32_t words,
                          const int32_t *weights, int32_t pair_words, int32_t filters, int32_t n,
                          int8_t *output);

/* Words from groups of four int8 to each of four columns, or to one; returns the end. */
int16_t *impulse_gemm_expand_four(const int8_t *const from[4], int16_t *columns, int32_t groups);
int16_t *impulse_gemm_expand_one(const int8_t *from, int16_t *column, int32_t groups);

#endif
