#include "impulse_strict_float.h"

#include "impulse_image.h"

#include <string.h>

/* 1 / 255. */
#define SHARE (1.0f / 255.0f)

const float *impulse_image_frame(const impulse_image *image, const uint8_t *pixels,
                                 float *scratch) {
    if (image->to_grey) {
        for (uint32_t i = 0; i < image->n_pixels; i++) {
            const float luma = (float)pixels[0] * 0.299f + (float)pixels[1] * 0.587f +
                               (float)pixels[2] * 0.114f;
            scratch[i] = luma * SHARE;
            pixels += 3;
        }
    } else {
        const uint32_t n = image->n_pixels * image->n_channels;
        for (uint32_t i = 0; i < n; i++) {
            scratch[i] = (float)pixels[i] * SHARE;
        }
    }
    return scratch;
}

/* A part of an image along one direction. */
typedef struct {
    uint32_t start;
    uint32_t len;
} part;

/* The pixels along one direction that a pixel of the result is made of, in units of half a pixel
 * of the source over the result's length. */
typedef struct {
    uint32_t n_to;
    uint32_t centre;
    uint32_t radius;
    uint32_t first;
    uint32_t end;
} across;

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* len * by / over, rounded to the nearest, from 1 to most. */
static uint32_t scaled(uint32_t len, uint32_t by, uint32_t over, uint32_t most) {
    return smaller(larger((2 * len * by + over) / (2 * over), 1), most);
}

/* The middle part of an image of width by height that has the shape of another. */
static void middle(uint32_t width, uint32_t height, uint32_t shape_width, uint32_t shape_height,
                   part *horizontal, part *vertical) {
    horizontal->len = width;
    vertical->len = height;
    if (shape_width * height > shape_height * width) {
        vertical->len = scaled(width, shape_height, shape_width, height);
    } else {
        horizontal->len = scaled(height, shape_width, shape_height, width);
    }
    horizontal->start = (width - horizontal->len) / 2;
    vertical->start = (height - vertical->len) / 2;
}

static across across_at(uint32_t n_from, uint32_t n_to, uint32_t at) {
    across a = {n_to, (2 * at + 1) * n_from, 2 * larger(n_from, n_to), 0, 0};
    a.first = (a.centre > a.radius ? a.centre - a.radius : 0) / (2 * n_to);
    a.end = smaller((a.centre + a.radius) / (2 * n_to) + 1, n_from);
    return a;
}

static uint32_t weight(const across *a, uint32_t at) {
    const uint32_t here = (2 * at + 1) * a->n_to;
    const uint32_t distance = here > a->centre ? here - a->centre : a->centre - here;
    return a->radius > distance ? a->radius - distance : 0;
}

static uint8_t weighted(const impulse_resize *resize, const uint8_t *image, const across *h,
                        const across *v) {
    uint64_t sum = 0;
    uint64_t weights = 0;
    for (uint32_t y = v->first; y < v->end; y++) {
        const uint64_t weight_y = weight(v, y);
        const uint8_t *const row = image + y * resize->from_width * resize->n_channels;
        uint64_t row_sum = 0;
        uint64_t row_weights = 0;
        for (uint32_t x = h->first; x < h->end; x++) {
            const uint64_t weight_x = weight(h, x);
            row_sum += weight_x * row[x * resize->n_channels];
            row_weights += weight_x;
        }
        sum += weight_y * row_sum;
        weights += weight_y * row_weights;
    }
    return (uint8_t)((2 * sum + weights) / (2 * weights));
}

void impulse_image_resize(const impulse_resize *resize, const uint8_t *image, uint8_t *out) {
    part from_x = {0, resize->from_width};
    part from_y = {0, resize->from_height};
    part to_x = {0, resize->to_width};
    part to_y = {0, resize->to_height};
    if (resize->fit == IMPULSE_FIT_FIT) {
        middle(to_x.len, to_y.len, from_x.len, from_y.len, &to_x, &to_y);
    } else if (resize->fit == IMPULSE_FIT_CROP) {
        middle(from_x.len, from_y.len, to_x.len, to_y.len, &from_x, &from_y);
    }
    const uint32_t channels = resize->n_channels;
    const uint8_t *const source =
        image + (from_y.start * resize->from_width + from_x.start) * channels;
    memset(out, 0, (size_t)resize->to_width * resize->to_height * channels);
    for (uint32_t y = 0; y < to_y.len; y++) {
        const across v = across_at(from_y.len, to_y.len, y);
        for (uint32_t x = 0; x < to_x.len; x++) {
            const across h = across_at(from_x.len, to_x.len, x);
            uint8_t *const pixel =
                out + ((to_y.start + y) * resize->to_width + to_x.start + x) * channels;
            for (uint32_t c = 0; c < channels; c++) {
                if (resize->nearest) {
                    const uint32_t row = v.centre / (2 * v.n_to);
                    const uint32_t column = h.centre / (2 * h.n_to);
                    pixel[c] = source[(row * resize->from_width + column) * channels + c];
                } else {
                    pixel[c] = weighted(resize, source + c, &h, &v);
                }
            }
        }
    }
}
