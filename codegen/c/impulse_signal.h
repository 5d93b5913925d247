/* Signals of the axes of a window: filters, statistics; the twin of the Rust modules
 * dsp::filter, dsp::statistics and features::axes. */
#ifndef IMPULSE_SIGNAL_H
#define IMPULSE_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

/* A second-order section, (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2), and its states before a
 * signal that begins with 1. */
typedef struct {
    float b[3];
    float a[2];
    float start[2];
} impulse_section;

/* Stages of a decimation: low-pass filters of four sections, after each of which one of so many
 * samples is kept. */
typedef struct {
    uint32_t n_stages;
    const uint8_t *ratios;           /* [n_stages] */
    const impulse_section *sections; /* [n_stages][4] */
} impulse_decimation;

/* The axes that a block analyses, and what is done to their signals first. */
typedef struct {
    uint32_t n_samples;  /* samples of a window */
    uint32_t n_axes;     /* values of a sample */
    uint32_t n_analysed; /* axes that are analysed */
    const uint8_t *axes; /* [n_analysed]: which, ascending */
    float scale;         /* what a step of the int16 samples is worth */
} impulse_axes;

/* Decimation, a filter, removal of the mean. */
typedef struct {
    impulse_decimation decimation;
    uint32_t n_sections;
    const impulse_section *sections; /* [n_sections] */
} impulse_conditioning;

/* Moments of a signal. */
typedef struct {
    float mean;
    float deviation; /* of the population */
    float skewness;  /* 0 of a constant signal */
    float kurtosis;  /* excess; -3 of a constant signal */
} impulse_moments;

/* Stores the signal of one axis of window, [n_samples][n_axes], scaled. */
void impulse_axis_load(const impulse_axes *axes, const int16_t *window, uint32_t axis,
                       float *signal);

/* Decimates n values in place; returns how many are left at the start. */
uint32_t impulse_decimate(const impulse_decimation *decimation, float *x, uint32_t n);

/* Conditions n values, at least one, in place; returns how many are left at the start. */
uint32_t impulse_condition(const impulse_conditioning *conditioning, float *x, uint32_t n);

/* Subtracts the mean of n values, at least one. */
void impulse_remove_mean(float *x, uint32_t n);

/* Root of the mean square, and moments, of n values, at least one. */
float impulse_rms(const float *x, uint32_t n);
impulse_moments impulse_moments_of(const float *x, uint32_t n);

#endif
