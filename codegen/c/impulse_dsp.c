#include "impulse_strict_float.h"

#include "impulse_dsp.h"

#include <float.h>
#include <string.h>

/* A complex number. */
typedef struct {
    float re;
    float im;
} number;

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t to_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

uint32_t impulse_fft_shift(uint32_t len) {
    uint32_t shift = 33;
    for (; len > 1; len >>= 1) {
        shift--;
    }
    return shift;
}

/* Stores the transform of the numbers a, b, c, d. In memory they stand in the order a, c, b, d
 * (bits are reversed, not base-4 digits), and so do the results. */
static inline void butterfly(number *to_a, number *to_c, number *to_b, number *to_d, number b,
                             number c, number d) {
    const number a = *to_a;
    const number ac_sum = {a.re + c.re, a.im + c.im};
    const number ac_difference = {a.re - c.re, a.im - c.im};
    const number bd_sum = {b.re + d.re, b.im + d.im};
    const number bd_difference = {b.re - d.re, b.im - d.im};
    to_a->re = ac_sum.re + bd_sum.re;
    to_a->im = ac_sum.im + bd_sum.im;
    to_c->re = ac_difference.re + bd_difference.im;
    to_c->im = ac_difference.im - bd_difference.re;
    to_b->re = ac_sum.re - bd_sum.re;
    to_b->im = ac_sum.im - bd_sum.im;
    to_d->re = ac_difference.re - bd_difference.im;
    to_d->im = ac_difference.im + bd_difference.re;
}

static inline number turned(number x, float cos, float sin) {
    const number product = {x.re * cos + x.im * sin, x.im * cos - x.re * sin};
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
            const number sum = {x[0].re + x[1].re, x[0].im + x[1].im};
            const number difference = {x[0].re - x[1].re, x[0].im - x[1].im};
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

static void transform(const float *twiddles, number *numbers, uint32_t n_numbers) {
    number *const end = numbers + n_numbers;
    for (uint32_t quarter = first_pass(numbers, n_numbers); quarter * 4 <= n_numbers;
         quarter *= 4) {
        const uint32_t step = n_numbers / 4 / quarter * 6;
        for (number *block = numbers; block != end; block += 4 * quarter) {
            const float *w = twiddles;
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

/* Takes the transforms of even and odd samples apart and leaves powers. */
static void split_power(const float *split, number *numbers, uint32_t n_numbers) {
    const float zero = (numbers[0].re + numbers[0].im) * 2.0f;
    const float nyquist = (numbers[0].re - numbers[0].im) * 2.0f;
    numbers[0].re = zero * zero;
    numbers[0].im = nyquist * nyquist;
    number *const middle = numbers + n_numbers / 2;
    const float middle_re = middle->re * 2.0f;
    const float middle_im = middle->im * 2.0f;
    middle->re = middle_re * middle_re + middle_im * middle_im;
    const float *sin = split;
    const float *cos = split + n_numbers / 2 - 1;
    number *b = numbers + n_numbers - 1;
    for (number *a = numbers + 1; a != middle; a++, b--) {
        const number even = {a->re + b->re, a->im - b->im};
        const number odd = {a->im + b->im, b->re - a->re};
        const number turn = turned(odd, *--cos, *sin++);
        const number near = {even.re + turn.re, even.im + turn.im};
        const number far = {even.re - turn.re, even.im - turn.im};
        a->re = near.re * near.re + near.im * near.im;
        b->re = far.re * far.re + far.im * far.im;
    }
}

void impulse_fft_power(const impulse_real_fft *fft, float *data) {
    number *const numbers = (number *)data;
    transform(fft->twiddles, numbers, fft->len / 2);
    split_power(fft->split, numbers, fft->len / 2);
}

float impulse_ln(float x) {
    const float ln_2_high = 0.69314575f;
    const float ln_2_low = 1.4286068e-6f;
    const uint32_t sqrt_half_bits = 0x3f3504f3u;
    const uint32_t bits = to_bits(x) - sqrt_half_bits;
    /* The exponent is the upper 9 bits of a signed number. */
    const int32_t exponent = (int32_t)(bits >> 23) - ((bits & 0x80000000u) != 0 ? 512 : 0);
    const float mantissa = from_bits((bits & 0x007fffffu) + sqrt_half_bits);
    const float s = (mantissa - 1.0f) / (mantissa + 1.0f);
    const float s2 = s * s;
    float series = s2 * (1.0f / 9.0f) + (1.0f / 7.0f);
    series = series * s2 + (1.0f / 5.0f);
    series = series * s2 + (1.0f / 3.0f);
    series *= s2;
    const float twice_s = s + s;
    const float ln_mantissa = series * twice_s + twice_s;
    const float e = (float)exponent;
    return (e * ln_2_low + ln_mantissa) + e * ln_2_high;
}

float impulse_inverse_sqrt(float x) {
    const float half_x = x * 0.5f;
    float y = from_bits(0x5f370000u - (to_bits(x) >> 1));
    for (int step = 0; step < 4; step++) {
        y *= 1.5f - half_x * y * y;
    }
    return y;
}

float impulse_sqrt(float x) {
    return x < FLT_MIN ? 0.0f : x * impulse_inverse_sqrt(x);
}

bool impulse_power_of_two_scaling(float x, float *down, float *up) {
    const uint32_t exponent = to_bits(x) >> 23;
    /* The inverse of the largest powers of two is subnormal. */
    if (exponent == 0 || exponent > 253) {
        return false;
    }
    *down = from_bits((254 - exponent) << 23);
    *up = from_bits(exponent << 23);
    return true;
}

int8_t impulse_quantize(float x, int32_t zero_point) {
    /* Beyond 256 the result is clamped whatever the zero point, and the cast stays in range. */
    const float bounded = x > 256.0f ? 256.0f : x < -256.0f ? -256.0f : x;
    const int32_t whole = (int32_t)bounded;
    const float rest = bounded - (float)whole;
    const int32_t rounded = rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
    const int32_t q = rounded + zero_point;
    return (int8_t)(q > INT8_MAX ? INT8_MAX : q < INT8_MIN ? INT8_MIN : q);
}

int16_t impulse_round_i16(float x) {
    const float bounded = x > 32767.0f ? 32767.0f : x < -32768.0f ? -32768.0f : x;
    return (int16_t)(int32_t)(bounded + (bounded < 0.0f ? -0.5f : 0.5f));
}
