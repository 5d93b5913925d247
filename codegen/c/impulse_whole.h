/* Audio blocks over a whole window at once, as Edge Impulse's blocks work; the twin of the Rust
 * module `features::whole`. */
#ifndef IMPULSE_WHOLE_H
#define IMPULSE_WHOLE_H

#include <stdint.h>

/* The row of a frame that follows the sample previous, within scratch. */
typedef const float *(*impulse_row)(const void *block, const int16_t *frame, int16_t previous,
                                    float *scratch);

/* What is done to the rows of a window: nothing, nothing below 0, bytes of 256ths that wrap, or
 * mean and deviation over n_around frames removed. */
typedef enum {
    IMPULSE_FINISH_NONE,
    IMPULSE_FINISH_RISE,
    IMPULSE_FINISH_BYTE,
    IMPULSE_FINISH_SLIDE
} impulse_finish;

/* A block with what is done to the rows of a window. */
typedef struct {
    impulse_row row;
    const void *block;
    uint32_t window_samples; /* values of a window: samples times axes */
    uint32_t hop_samples;    /* values between the starts of two frames */
    uint32_t n_frames;
    uint32_t n_columns;
    uint32_t work_len; /* numbers of scratch before the rows */
    impulse_finish finish;
    uint32_t n_around; /* frames of a sliding normalization */
} impulse_whole;

/* The rows of a window, [n_frames][n_columns], within scratch, which has any content and room for
 * work_len numbers and the rows. Every result is finite. */
const float *impulse_whole_frame(const impulse_whole *whole, const int16_t *window, float *scratch);

#endif
