#include "impulse_fixed_spectrum.h"

#include <string.h>

#include "impulse_dsp.h"
#include "impulse_fixed_multiply.h"

/* A complex number. */
typedef struct {
    int32_t re;
    int32_t im;
} number;

/* A quarter of the transform of the numbers a, b, c, d. In memory they stand in the order a, c, b,
 * d (bits are reversed, not base-4 digits), and so do the results. */
static inline void butterfly(number *to_a, number *to_c, number *to_b, number *to_d, number b,
                             number c, number d) {
    const number a = *to_a;
    const number ac_sum = {a.re + c.re, a.im + c.im};
    const number ac_difference = {a.re - c.re, a.im - c.im};
    const number bd_sum = {b.re + d.re, b.im + d.im};
    const number bd_difference = {b.re - d.re, b.im - d.im};
    to_a->re = (ac_sum.re + bd_sum.re) >> 2;
    to_a->im = (ac_sum.im + bd_sum.im) >> 2;
    to_c->re = (ac_difference.re + bd_difference.im) >> 2;
    to_c->im = (ac_difference.im - bd_difference.re) >> 2;
    to_b->re = (ac_sum.re - bd_sum.re) >> 2;
    to_b->im = (ac_sum.im - bd_sum.im) >> 2;
    to_d->re = (ac_difference.re - bd_difference.im) >> 2;
    to_d->im = (ac_difference.im + bd_difference.re) >> 2;
}

static inline number turned(number x, int32_t cos, int32_t sin) {
    const number product = {impulse_fixed_turn(x.re, x.im, cos, sin),
                            impulse_fixed_turn(x.im, x.re, cos, -sin)};
    return product;
}

/* The first pass, which needs no twiddle factors: radix 2 where the length is not a power of
 * four. Returns a quarter of the block of the next pass. */
static uint32_t first_pass(number *numbers, uint32_t n_numbers) {
    uint32_t block = n_numbers;
    while (block > 4) {
        block >>= 2;
    }
    number *const end = numbers + n_numbers;
    if (block == 2) {
        for (number *x = numbers; x != end; x += 2) {
            const number sum = {(x[0].re + x[1].re) >> 1, (x[0].im + x[1].im) >> 1};
            const number difference = {(x[0].re - x[1].re) >> 1, (x[0].im - x[1].im) >> 1};
            x[0] = sum;
            x[1] = difference;
        }
    } else {
        for (number *x = numbers; x != end; x += 4) {
            butterfly(x, x + 1, x + 2, x + 3, x[2], x[1], x[3]);
        }
    }
    return block;
}

static void transform(const int16_t *twiddles, number *numbers, uint32_t n_numbers) {
    number *const end = numbers + n_numbers;
    for (uint32_t quarter = first_pass(numbers, n_numbers); quarter * 4 <= n_numbers;
         quarter *= 4) {
        const uint32_t step = n_numbers / 4 / quarter * 6;
        for (number *block = numbers; block != end; block += 4 * quarter) {
            const int16_t *w = twiddles;
            number *const end_a = block + quarter;
            number *to_c = end_a;
            number *to_b = to_c + quarter;
            number *to_d = to_b + quarter;
            for (number *to_a = block; to_a != end_a; to_a++) {
                const number c = turned(*to_c, w[2], w[3]);
                const number b = turned(*to_b, w[0], w[1]);
                const number d = turned(*to_d, w[4], w[5]);
                butterfly(to_a, to_c++, to_b++, to_d++, b, c, d);
                w += step;
            }
        }
    }
}

/* The bits of the larger part's magnitude, or of a number next to it. */
static inline uint32_t magnitude_bits(number x) {
    return (uint32_t)((x.re ^ (x.re >> 31)) | (x.im ^ (x.im >> 31)));
}

/* Takes the transforms of even and odd samples apart. Returns all bits that occur in magnitudes. */
static uint32_t split_bins(const int16_t *split, number *numbers, uint32_t n_numbers) {
    number *const middle = numbers + n_numbers / 2;
    middle->re *= 2;
    middle->im *= 2;
    uint32_t bits = magnitude_bits(*middle);
    const int16_t *sin = split;
    const int16_t *cos = split + n_numbers / 2 - 1;
    number *b = numbers + n_numbers - 1;
    for (number *a = numbers + 1; a != middle; a++, b--) {
        const number even = {a->re + b->re, a->im - b->im};
        const number odd = {a->im + b->im, b->re - a->re};
        const number turn = turned(odd, *--cos, *sin++);
        const number near = {even.re + turn.re, even.im + turn.im};
        const number far = {even.re - turn.re, even.im - turn.im};
        *a = near;
        *b = far;
        bits |= magnitude_bits(near) | magnitude_bits(far);
    }
    return bits;
}

/* A sample after pre-emphasis, with 15 fractional bits. */
static inline int32_t emphasized(int32_t sample, int32_t c, int32_t previous) {
    return sample * 32768 - c * previous;
}

/* Without a window function. */
static void load_plain(const impulse_fixed_spectrum *spectrum, const int16_t *frame, number *data) {
    const uint32_t shift = impulse_fft_shift(spectrum->fft.len);
    const int32_t c = spectrum->pre_emphasis;
    const uint32_t n_pairs = spectrum->frame_samples / 2;
    int32_t previous = frame[0];
    for (uint32_t i = 0; i < n_pairs; i++) {
        number *const pair = data + impulse_fft_position(i, shift);
        pair->re = emphasized(frame[0], c, previous) >> 3;
        pair->im = emphasized(frame[1], c, frame[0]) >> 3;
        previous = frame[1];
        frame += 2;
    }
    if (spectrum->frame_samples % 2 != 0) {
        data[impulse_fft_position(n_pairs, shift)].re = emphasized(frame[0], c, previous) >> 3;
    }
}

static inline int32_t tapered(int32_t emphasized, uint32_t w) {
    return impulse_fixed_taper(emphasized, w) >> 2;
}

/* With one: its table is read up to the middle and back. */
static void load_tapered(const impulse_fixed_spectrum *spectrum, const int16_t *frame,
                         number *data) {
    const uint32_t shift = impulse_fft_shift(spectrum->fft.len);
    const int32_t c = spectrum->pre_emphasis;
    const uint32_t n = spectrum->frame_samples;
    const uint32_t n_rising = (n / 2 + 1) / 2;
    const uint16_t *taper = spectrum->taper;
    int32_t previous = frame[0];
    uint32_t i = 0;
    for (; i < n_rising; i++) {
        number *const pair = data + impulse_fft_position(i, shift);
        pair->re = tapered(emphasized(frame[0], c, previous), taper[0]);
        pair->im = tapered(emphasized(frame[1], c, frame[0]), taper[1]);
        previous = frame[1];
        frame += 2;
        taper += 2;
    }
    taper = spectrum->taper + (n - 2 * i);
    for (; i < n / 2; i++) {
        number *const pair = data + impulse_fft_position(i, shift);
        pair->re = tapered(emphasized(frame[0], c, previous), taper[0]);
        pair->im = tapered(emphasized(frame[1], c, frame[0]), taper[-1]);
        previous = frame[1];
        frame += 2;
        taper -= 2;
    }
    if (n % 2 != 0) {
        data[impulse_fft_position(n / 2, shift)].re =
            tapered(emphasized(frame[0], c, previous), spectrum->taper[1]);
    }
}

uint32_t impulse_fixed_spectrum_bins(const impulse_fixed_spectrum *spectrum, const int16_t *frame,
                                     int32_t *scratch) {
    number *const numbers = (number *)scratch;
    if (spectrum->frame_samples < spectrum->fft.len) {
        memset(scratch, 0, spectrum->fft.len * sizeof scratch[0]);
    }
    if (spectrum->taper == 0) {
        load_plain(spectrum, frame, numbers);
    } else {
        load_tapered(spectrum, frame, numbers);
    }
    transform(spectrum->fft.twiddles, numbers, spectrum->fft.len / 2);
    const uint32_t bits = split_bins(spectrum->fft.split, numbers, spectrum->fft.len / 2);
    const uint32_t places = bits == 0 ? 0 : 32 - impulse_fixed_leading_zeros(bits);
    return places > 15 ? places - 15 : 0;
}
