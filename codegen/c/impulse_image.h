/* Pixels as features, and the change of an image's size; the twin of the Rust module
 * features::image. */
#ifndef IMPULSE_IMAGE_H
#define IMPULSE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

/* A row of pixels. */
typedef struct {
    uint32_t n_pixels;
    uint32_t n_channels; /* bytes of a pixel: 1 (grey) or 3 (red, green, blue) */
    bool to_grey;        /* whether the luma of three channels is given, not each channel */
} impulse_image;

/* Features of pixels, [n_pixels][n_channels], each 0..1, at the start of scratch. */
const float *impulse_image_frame(const impulse_image *image, const uint8_t *pixels,
                                 float *scratch);

/* What becomes of an image of another shape. */
typedef enum {
    IMPULSE_FIT_SQUASH, /* it is stretched */
    IMPULSE_FIT_FIT,    /* all of it, between black bars */
    IMPULSE_FIT_CROP    /* the largest middle part of the shape */
} impulse_fit;

/* A change of an image's size. No size is 0 or above 2^14. */
typedef struct {
    uint32_t from_width;
    uint32_t from_height;
    uint32_t to_width;
    uint32_t to_height;
    uint32_t n_channels; /* bytes of a pixel */
    impulse_fit fit;
    bool nearest; /* the pixel under the middle; else the pixels around, by a triangle */
} impulse_resize;

/* image, [from_height][from_width][n_channels], as out, [to_height][to_width][n_channels]: for a
 * camera whose frames are of another size than the network's input. In whole numbers, as in
 * training. */
void impulse_image_resize(const impulse_resize *resize, const uint8_t *image, uint8_t *out);

#endif
