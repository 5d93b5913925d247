/* The int8 kernels: TFLite's operators on one sample (batch 1), in TFLite's memory order.
 *
 * A kernel takes its resolved parameters, its operands, and its output. Buffers must have exactly
 * the lengths that the parameters say. No kernel allocates or needs scratch memory. Input and
 * output must not overlap, except where a kernel's comment allows that they are the same. */
#ifndef IMPULSE_KERNELS_H
#define IMPULSE_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

/* How products of matrices are rescaled: the kernels of four outputs and of one. */
typedef struct {
    void (*four)(const int16_t *columns, const int32_t *weights, int8_t *output, int32_t stride,
                 int32_t column_bytes, int32_t filters);
    void (*one)(const int16_t *column, const int32_t *weights, int8_t *output, int32_t filters,
                int32_t column_bytes);
} impulse_gemm;

extern const impulse_gemm impulse_gemm_linear;
extern const impulse_gemm impulse_gemm_twice;

/* A full or depthwise convolution. */
typedef struct {
    int32_t input[3];      /* height, width, channels of the input */
    int32_t output[3];     /* height, width, channels of the output */
    int32_t kernel[2];     /* height, width of the kernel */
    int32_t stride[2];     /* input rows and columns between two outputs */
    int32_t dilation[2];   /* input rows and columns between two taps, 1 for none */
    int32_t pad[2];        /* rows above and columns left of the input that count as zero */
    int32_t input_offset;  /* minus the input's zero point */
    int32_t output_offset; /* the output's zero point */
    int8_t clamp[2];       /* lowest and highest output value */
} impulse_conv2d_params;

/* A convolution by products of matrices, see impulse_kernels_gemm.h. */
typedef struct {
    int32_t input[3];     /* height, width, channels of the input */
    int32_t output[3];    /* height, width, channels of the output */
    int32_t kernel[2];    /* height, width of the kernel */
    int32_t stride[2];    /* input rows and columns between two outputs */
    int32_t row_dilation; /* input rows between two rows of taps */
    int32_t pad[2];       /* rows above and columns left of the input that count as zero */
    int32_t pair_words;   /* words of the weights for each pair of filters */
    int8_t input_zero;    /* the input's zero point */
    int8_t clamp[2];      /* lowest and highest output value */
    bool clamps;          /* whether that is less than an int8 holds */
} impulse_packed_conv2d_params;

/* A layer each of whose outputs sees one row of the input, by products of matrices. */
typedef struct {
    int32_t rows;       /* rows of the input, each connected with the same weights */
    int32_t inputs;     /* values of a row */
    int32_t units;      /* outputs of a row */
    int32_t pair_words; /* words of the weights for each pair of units */
    int8_t clamp[2];    /* lowest and highest output value */
    bool clamps;        /* whether that is less than an int8 holds */
} impulse_packed_rows_params;

/* A convolution by products of three outputs at once, see impulse_kernels_triple.h. */
typedef struct impulse_triple_conv2d_params {
    int32_t input[3];     /* height, width, channels of the input */
    int32_t output[3];    /* height, width, channels of the output */
    int32_t kernel[2];    /* height, width of the kernel */
    int32_t stride[2];    /* input rows and columns between two outputs */
    int32_t row_dilation; /* input rows between two rows of taps */
    int32_t pad[2];       /* rows above and columns left of the input that count as zero */
    int32_t taps;         /* taps of a filter, rounded up to a multiple of four */
    int32_t part;         /* most of them that are summed up at once, a multiple of four */
    int32_t output_zero;  /* the output's zero point */
    int8_t input_zero;    /* the input's zero point */
    int8_t clamp[2];      /* lowest and highest output value */
    bool clamps;          /* whether that is less than an int8 holds */
    bool pointwise;       /* whether output i sees nothing but the channels of input i */
} impulse_triple_conv2d_params;

/* Three outputs of `filters` filters (a multiple of four), `stride` bytes from one output to the
 * next; where it is 0, the first stays. column_bytes: of all parts. */
typedef void impulse_triple(const int32_t *column, const int32_t *weights, int8_t *output,
                            int32_t stride, int32_t column_bytes, int32_t filters,
                            const impulse_triple_conv2d_params *p);

/* How they are rescaled; the former for columns of one part. */
impulse_triple impulse_triple_linear, impulse_triple_twice;

/* A fully connected layer by products of four units at once. */
typedef struct {
    int32_t rows;    /* rows of the input, each connected with the same weights */
    int32_t inputs;  /* values of a row */
    int32_t units;   /* outputs of a row */
    int8_t clamp[2]; /* lowest and highest output value */
    bool clamps;     /* whether that is less than an int8 holds */
} impulse_quad_fully_connected_params;

/* A depthwise convolution with a kernel of 3 by 3, a channel at a time. */
typedef struct {
    int32_t input[3];  /* height, width, channels of the input */
    int32_t output[2]; /* height, width of the output */
    int32_t stride;    /* input rows and columns between two outputs, 1 or 2 */
    int32_t pad[2];    /* rows above and columns left of the input that count as zero */
    int32_t plane[2];  /* height, width of a channel's plane */
    int8_t input_zero; /* the input's zero point */
    int8_t clamp[2];   /* lowest and highest output value */
    bool clamps;       /* whether that is less than an int8 holds */
} impulse_planar_depthwise_conv2d_params;

/* A depthwise convolution with a kernel of one column and no pads beside it, four channels
 * at a time. */
typedef struct {
    int32_t output[2];     /* height, width of the output */
    int32_t channels;      /* of input and output, a multiple of 4 */
    int32_t taps;          /* rows of the kernel */
    int32_t input_len;     /* values of the input */
    int32_t pad;           /* values of the rows above the input that count as zero */
    int32_t tap_step;      /* input values between two taps */
    int32_t step[2];       /* input values between two outputs of a column, of a row */
    int32_t output_offset; /* the output's zero point */
    int8_t input_zero;     /* the input's zero point */
    int8_t clamp[2];       /* lowest and highest output value */
    bool clamps;           /* whether that is less than an int8 holds */
} impulse_column_depthwise_conv2d_params;

/* A convolution on Helium, see impulse_kernels_helium.h. */
typedef struct {
    int32_t input[3];     /* height, width, channels of the input */
    int32_t output[3];    /* height, width, channels of the output */
    int32_t kernel[2];    /* height, width of the kernel */
    int32_t stride[2];    /* input rows and columns between two outputs */
    int32_t row_dilation; /* input rows between two rows of taps */
    int32_t pad[2];       /* rows above and columns left of the input that count as zero */
    int8_t input_zero;    /* the input's zero point */
    int8_t output_zero;   /* the output's zero point */
    int8_t clamp[2];      /* lowest and highest output value */
    bool line;            /* whether the taps of an output lie side by side in the input */
    bool pointwise;       /* whether output i sees nothing but the channels of input i */
} impulse_helium_conv2d_params;

/* A depthwise convolution on Helium, all channels at a time. */
typedef struct {
    int32_t input[3];    /* height, width, channels of the input */
    int32_t output[2];   /* height, width of the output */
    int32_t kernel[2];   /* height, width of the kernel: at most IMPULSE_HELIUM_TAPS taps */
    int32_t stride[2];   /* input rows and columns between two outputs */
    int32_t dilation[2]; /* input rows and columns between two taps */
    int32_t pad[2];      /* rows above and columns left of the input that count as zero */
    int8_t input_zero;   /* the input's zero point */
    int8_t output_zero;  /* the output's zero point */
    int8_t clamp[2];     /* lowest and highest output value */
} impulse_helium_depthwise_conv2d_params;

/* A depthwise convolution on Helium with a kernel of 3 by 3 and an output for each input, two rows
 * at a time. */
typedef struct {
    int32_t input[3];   /* height, width, channels of the input */
    int32_t output[2];  /* height, width of the output; at least two columns */
    int32_t pad[2];     /* rows above and columns left of the input that count as zero */
    int8_t input_zero;  /* the input's zero point */
    int8_t output_zero; /* the output's zero point */
    int8_t clamp[2];    /* lowest and highest output value */
    bool clamps;        /* whether that is less than an int8 holds */
} impulse_helium_square_depthwise_conv2d_params;

/* Most taps of a depthwise convolution on Helium. */
#define IMPULSE_HELIUM_TAPS 32

/* A fully connected layer on Helium. */
typedef struct {
    int32_t rows;       /* rows of the input, each connected with the same weights */
    int32_t inputs;     /* values of a row */
    int32_t units;      /* outputs of a row */
    int32_t multiplier; /* of all units */
    int32_t shift;      /* of all units */
    int8_t output_zero; /* the output's zero point */
    int8_t clamp[2];    /* lowest and highest output value */
} impulse_helium_fully_connected_params;

/* A pooling operator; input and output share scale and zero point. */
typedef struct {
    int32_t input[3];  /* height, width, channels of the input */
    int32_t output[3]; /* height, width, channels of the output */
    int32_t size[2];   /* height, width of the pooling window */
    int32_t stride[2]; /* input rows and columns between two windows */
    int32_t pad[2];    /* rows above and columns left of the input that no window counts */
    int8_t clamp[2];   /* lowest and highest output value */
} impulse_pool2d_params;

/* A fully connected layer. */
typedef struct {
    int32_t rows;          /* rows of the input, each connected with the same weights */
    int32_t inputs;        /* values of a row */
    int32_t units;         /* outputs of a row */
    int32_t input_offset;  /* minus the input's zero point */
    int32_t weight_offset; /* minus the weights' zero point, 0 where they are symmetric */
    int32_t output_offset; /* the output's zero point */
    int8_t clamp[2];       /* lowest and highest output value */
    bool per_unit;         /* a multiplier and shift per unit, or one for all */
} impulse_fully_connected_params;

/* A mean over neighbouring dimensions. */
typedef struct {
    int32_t shape[3];      /* dimensions before, among and after the reduced ones */
    int32_t input_offset;  /* minus the input's zero point */
    int32_t output_offset; /* the output's zero point */
    int32_t multiplier;    /* of input scale / output scale / reduced */
    int32_t shift;
} impulse_mean_params;

/* An operand of an addition. */
typedef struct {
    int32_t offset;     /* minus the zero point */
    int32_t multiplier; /* of scale / (2 * the larger of both scales) */
    int32_t shift;
} impulse_add_operand;

/* An addition. */
typedef struct {
    int32_t len;                     /* values of the first operand and of the output */
    int32_t second_len;              /* values of the second, which repeats: len, channels, or 1 */
    impulse_add_operand operands[2]; /* how each is brought to the common scale */
    int32_t output_offset;           /* the output's zero point */
    int32_t multiplier;              /* of 2 * the larger scale / (2^20 * output scale) */
    int32_t shift;
    int8_t clamp[2]; /* lowest and highest output value */
} impulse_add_params;

/* A product. */
typedef struct {
    int32_t len;           /* values of the first operand and of the output */
    int32_t second_len;    /* values of the second, which repeats: len, channels, or 1 */
    int32_t offsets[2];    /* minus the operands' zero points */
    int32_t output_offset; /* the output's zero point */
    int32_t multiplier;    /* of the product of the operands' scales / output scale */
    int32_t shift;
    int8_t clamp[2]; /* lowest and highest output value */
} impulse_mul_params;

/* A padding; input and output share scale and zero point. */
typedef struct {
    int32_t input[3];  /* height, width, channels of the input */
    int32_t output[3]; /* height, width, channels of the output */
    int32_t before[3]; /* rows, columns, channels of the output before the input's first */
    int8_t value;      /* what stands around the input */
} impulse_pad_params;

/* An operand of a concatenation; operands and output share scale and zero point. */
typedef struct {
    int32_t rows;       /* values before the joined dimension */
    int32_t input_len;  /* values of a row of the operand */
    int32_t output_len; /* values of a row of the output */
    int32_t offset;     /* where in a row of the output the operand begins */
} impulse_concatenation_params;

/* A function of one value. */
typedef struct {
    int32_t len; /* values */
} impulse_lookup_params;

/* A stand-alone activation or requantization. */
typedef struct {
    int32_t len;           /* values */
    int32_t input_offset;  /* minus the input's zero point */
    int32_t output_offset; /* the output's zero point */
    int32_t multiplier;    /* of input scale / output scale */
    int32_t shift;
    int8_t clamp[2]; /* lowest and highest output value */
} impulse_relu_params;

/* A softmax over rows; the output has scale 1/256 and zero point -128. */
typedef struct {
    int32_t rows;           /* rows, each normalized by itself */
    int32_t columns;        /* values of a row */
    int32_t n_exponentials; /* entries of the table, at least 1 */
} impulse_softmax_params;

/* How many values a history takes and keeps. */
typedef struct {
    int32_t new_len; /* values of the new rows */
    int32_t len;     /* values that are kept */
} impulse_history_params;

/* Convolution. weights: [filters, kernel height, kernel width, channels]; bias, multipliers,
 * shifts: [filters]; output: [height, width, filters]. Rounds twice. */
void impulse_conv2d(const impulse_conv2d_params *p, const int8_t *input, const int8_t *weights,
                    const int32_t *bias, const int32_t *multipliers, const int8_t *shifts,
                    int8_t *output);

/* The same for cores with the DSP extension. weights: a stream of words, see
 * impulse_kernels_gemm.h; gemm: how they are rescaled; scratch: aligned to 4, and of as many
 * bytes as the plan says. The output may begin below the input or where it begins, where the plan
 * found that nothing is overwritten before it was read. */
void impulse_packed_conv2d(const impulse_packed_conv2d_params *p, const impulse_gemm *gemm,
                           const int8_t *input, const int32_t *weights, int8_t *scratch,
                           int8_t *output);

/* The same for cores without the DSP extension. weights: a stream of words, see
 * impulse_kernels_triple.h; triple: how they are rescaled; scratch and output: as above. */
void impulse_triple_conv2d(const impulse_triple_conv2d_params *p, impulse_triple *triple,
                           const int8_t *input, const int32_t *weights, int8_t *scratch,
                           int8_t *output);

/* A convolution with a kernel of 1 by 1 and no gaps, or a fully connected layer. The rest is as of
 * impulse_packed_conv2d. */
void impulse_packed_rows(const impulse_packed_rows_params *p, const impulse_gemm *gemm,
                         const int8_t *input, const int32_t *weights, int8_t *scratch,
                         int8_t *output);

/* A fully connected layer for cores with the DSP extension. shared: the rescaling of all units. */
void impulse_packed_fully_connected(const impulse_packed_rows_params *p,
                                    const int8_t *input, const int32_t *weights,
                                    const int32_t *shared, int8_t *scratch, int8_t *output);

/* The same on Helium. weights: a stream, see impulse_kernels_helium.h; scratch: of as many bytes as
 * the plan says. The output may begin below the input, where the plan found that nothing is
 * overwritten before it was read. */
void impulse_helium_conv2d(const impulse_helium_conv2d_params *p, const int8_t *input,
                           const int32_t *weights, int8_t *scratch, int8_t *output);
void impulse_helium_depthwise_conv2d(const impulse_helium_depthwise_conv2d_params *p,
                                     const int8_t *input, const int32_t *weights, int8_t *scratch,
                                     int8_t *output);
void impulse_helium_square_depthwise_conv2d(
    const impulse_helium_square_depthwise_conv2d_params *p, const int8_t *input,
    const int32_t *weights, int8_t *scratch, int8_t *output);
void impulse_helium_fully_connected(const impulse_helium_fully_connected_params *p,
                                    const int8_t *input, const int32_t *weights, int8_t *scratch,
                                    int8_t *output);

/* The same for cores without the DSP extension. weights: a stream of words, see
 * impulse_kernels_triple.h; shared: the rescaling, or 0 where each unit has its own in the
 * stream. */
void impulse_quad_fully_connected(const impulse_quad_fully_connected_params *p,
                                  const int8_t *input, const int32_t *weights,
                                  const int32_t *shared, int8_t *output);

/* Depthwise convolution: output channel c sees input channel c / (output / input channels).
 * weights: [kernel height, kernel width, output channels]; bias, multipliers, shifts:
 * [output channels]. Rounds twice. */
void impulse_depthwise_conv2d(const impulse_conv2d_params *p, const int8_t *input,
                              const int8_t *weights, const int32_t *bias,
                              const int32_t *multipliers, const int8_t *shifts, int8_t *output);

/* The same for cores with the DSP extension and a kernel of 3 by 3. weights: six words for each
 * channel; scratch: aligned to 4, a plane of int16. The output may begin where the input begins. */
void impulse_planar_depthwise_conv2d(const impulse_planar_depthwise_conv2d_params *p,
                                     const int8_t *input, const int32_t *weights, int8_t *scratch,
                                     int8_t *output);

/* The same for a kernel of one column without pads beside it, on any core. weights: taps + 9 words
 * for each four channels; scratch: four times taps, where a window leaves the input. */
void impulse_column_depthwise_conv2d(const impulse_column_depthwise_conv2d_params *p,
                                     const int8_t *input, const int32_t *weights, int8_t *scratch,
                                     int8_t *output);

/* input [rows, inputs] times weights [units, inputs] plus bias [units] into output [rows, units];
 * multipliers, shifts: [units] or one. Rounds once. */
void impulse_fully_connected(const impulse_fully_connected_params *p, const int8_t *input,
                             const int8_t *weights, const int32_t *bias,
                             const int32_t *multipliers, const int8_t *shifts, int8_t *output);

/* Maximum over each window, per channel. */
void impulse_max_pool2d(const impulse_pool2d_params *p, const int8_t *input, int8_t *output);

/* Mean over each window, per channel, pads not counted; ties away from zero. */
void impulse_avg_pool2d(const impulse_pool2d_params *p, const int8_t *input, int8_t *output);

/* Mean over the middle dimension: [outer, reduced, inner] to [outer, inner]. Rounds twice. */
void impulse_mean(const impulse_mean_params *p, const int8_t *input, int8_t *output);

/* Sum of first [len] and second [second_len], repeated; the output may be first, or second where
 * that is as long. */
void impulse_add(const impulse_add_params *p, const int8_t *first, const int8_t *second,
                 int8_t *output);

/* Sum of first [len] and second [len] on Helium; the output may be either. */
void impulse_helium_addition(const impulse_add_params *p, const int8_t *first,
                             const int8_t *second, int8_t *output);

/* Product of first [len] and second [second_len], repeated; the output may be first, or second
 * where that is as long. Rounds twice. */
void impulse_mul(const impulse_mul_params *p, const int8_t *first, const int8_t *second,
                 int8_t *output);

/* The input within a frame of one value. */
void impulse_pad(const impulse_pad_params *p, const int8_t *input, int8_t *output);

/* Copies one operand [rows, input_len] to its place in output [rows, output_len]. */
void impulse_concatenation(const impulse_concatenation_params *p, const int8_t *input,
                           int8_t *output);

/* Replaces each value x by results[x + 128]; the output may be the input. results: 256 entries. */
void impulse_lookup(const impulse_lookup_params *p, const int8_t *input, const int8_t *results,
                    int8_t *output);

/* Rescales and limits; the output may be the input. */
void impulse_relu(const impulse_relu_params *p, const int8_t *input, int8_t *output);

/* Softmax of each row; the output may be the input. exponentials: [n_exponentials],
 * exp(-d * input scale * beta); what lies beyond them counts as 0. */
void impulse_softmax(const impulse_softmax_params *p, const int8_t *input,
                     const float *exponentials, int8_t *output);

/* Appends input [new_len] to rows [len], whose oldest values make room. rows is kept from one call
 * to the next. */
void impulse_history(const impulse_history_params *p, const int8_t *input, int8_t *rows);

#endif
