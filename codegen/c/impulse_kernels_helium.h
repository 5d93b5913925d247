/* Products of int8 on Helium, the vector extension of Cortex-M55 and later, and the same in
 * portable C.
 *
 * Columns: the taps of an output side by side in blocks of 16, as they lie in the input or copied.
 * What stands behind the last tap does not matter, as its weights are 0.
 *
 * Weights of products of matrices: a stream that is read once from its start to its end. For each
 * four filters: for each block of 16 taps 16 bytes of each filter; then a word each for the bias
 * (with what the input's zero point adds to it) and, where filters are not all rescaled alike, a
 * word each for the multiplier and a byte each for the shift to the left, which is below 0. Filters
 * that are no multiple of four are followed by some of zeros.
 *
 * Weights of depthwise convolutions: for each 16 channels a word each for the bias; 16 bytes for
 * each tap, a multiple of two; then multipliers and shifts of four channels, the next four, ….
 * Biases and rescalings stand in the order 0 4 8 12, 2 6 10 14, 1 5 9 13, 3 7 11 15, in which
 * multiplication widens bytes.
 *
 * Strips: four rows of the input with their pads, a word for each value, in which the rows' bytes
 * follow each other. Four words of a channel are 16 taps of each output of a square of two by two
 * with a kernel of 3 by 3; its weights are moved on by a byte for the lower row and by a word for
 * the right column. For each channel the weights have a word of each column of the kernel, whose
 * highest byte is 0, then the bias, the multiplier and the shift. */
#ifndef IMPULSE_KERNELS_HELIUM_H
#define IMPULSE_KERNELS_HELIUM_H

#include <stdint.h>

/* A product of matrices. Blocks, filters: at least 1. */
typedef struct {
    int32_t stride;     /* bytes from one output to the next */
    int32_t zero;       /* the output's zero point */
    int32_t bytes;      /* of a column: 16 for each block */
    int32_t blocks;     /* of 16 taps */
    int32_t low;        /* lowest output value */
    int32_t high;       /* highest output value */
    int32_t filters;    /* outputs of a column */
    int32_t multiplier; /* of all filters, where it is the same */
    int32_t shift;      /* of all filters: after the upper half of the product, below 0 */
} impulse_helium_gemm;

/* A depthwise convolution. */
typedef struct {
    int32_t zero;  /* the output's zero point */
    int32_t pairs; /* of taps */
    int32_t low;   /* lowest output value */
    int32_t high;  /* highest output value */
    int32_t channels;
} impulse_helium_depthwise;

/* Two rows that follow those of a strip. */
typedef struct {
    int32_t step[2]; /* bytes from 16 values of each to the next: 16, or 0 for a row of pads */
    int32_t len;     /* values of a row */
    int32_t zero;    /* the input's zero point */
} impulse_helium_rows;

/* Two rows of outputs of a depthwise convolution of 3 by 3. */
typedef struct {
    int32_t pitch; /* bytes of a pixel of a strip: four for each channel */
    int32_t pairs; /* of outputs in a row, rounded down; at least 1 */
    int32_t odd;   /* pitch where an output is left, else 0 */
    int32_t mask;  /* 0xffff, or 0x0f0f for the upper row alone */
    int32_t row;   /* bytes of a row of outputs */
    int32_t channels;
    int32_t zero; /* the output's zero point */
} impulse_helium_square;

/* Outputs of two columns, rescaled twice. */
void impulse_helium_two(const int8_t *a, const int8_t *b, const int32_t *weights, int8_t *output,
                        const impulse_helium_gemm *gemm);

/* Outputs of one column, rescaled twice, or once and all alike. */
void impulse_helium_one(const int8_t *a, const int32_t *weights, int8_t *output,
                        const impulse_helium_gemm *gemm);
void impulse_helium_once(const int8_t *a, const int32_t *weights, int8_t *output,
                         const impulse_helium_gemm *gemm);

/* One output of all channels. taps: where each tap's channels begin, 16 bytes for each 16 of them
 * or what is left; moved on by these bytes. */
void impulse_helium_taps(const int8_t **taps, const int32_t *weights, int8_t *output,
                         const impulse_helium_depthwise *depthwise);

/* Moves the rows of a strip up by two and puts rows a and b below; from the strip's first value
 * that is no pad. Up to 60 bytes behind it are set to zero. */
void impulse_helium_push(int8_t *strip, const int8_t *a, const int8_t *b,
                         const impulse_helium_rows *rows);

/* Outputs from a strip, rescaled twice, not limited. */
void impulse_helium_strip(const int8_t *strip, const int32_t *weights, int8_t *output,
                          const impulse_helium_square *square);

/* Limits values. */
void impulse_helium_limit(int8_t *values, int32_t len, int32_t low, int32_t high);

/* Rows of some bytes to another place. */
void impulse_helium_copy(const int8_t *from, int32_t from_pitch, int8_t *to, int32_t to_pitch,
                         int32_t bytes, int32_t rows);

/* The same value in all bytes. */
void impulse_helium_fill(int8_t *to, int32_t value, int32_t bytes);

/* A sum of two operands. numbers: offset and multiplier of the first, of the second; multiplier and
 * zero point of the output; shifts of the first, of the second, of the output, none above 0; lowest
 * and highest output value. */
void impulse_helium_add(const int32_t numbers[11], const int8_t *first, const int8_t *second,
                        int8_t *output, int32_t len);

#endif
