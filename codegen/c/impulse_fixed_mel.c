#include "impulse_fixed_mel.h"

#include "impulse_fixed_multiply.h"

/* log2(1 + i/64) - i/64, with 19 fractional bits. */
static const uint16_t curve[65] = {
    0, 3535, 6891, 10074, 13088, 15938, 18630, 21167, 23554, 25795, 27894, 29855, 31681, 33377,
    34945, 36389, 37711, 38915, 40004, 40981, 41847, 42607, 43261, 43814, 44266, 44621, 44881,
    45047, 45121, 45106, 45004, 44816, 44545, 44191, 43757, 43244, 42654, 41988, 41249, 40436,
    39552, 38598, 37576, 36486, 35330, 34110, 32826, 31479, 30070, 28602, 27074, 25488, 23845,
    22146, 20391, 18582, 16720, 14805, 12838, 10821, 8754, 6637, 4472, 2260, 0,
};

/* The binary logarithm of a number that is not 0, with 16 fractional bits. */
static int32_t log2_of(uint64_t x) {
    uint32_t high = (uint32_t)(x >> 32);
    uint32_t low = (uint32_t)x;
    int32_t exponent = 63;
    if (high == 0) {
        high = low;
        low = 0;
        exponent = 31;
    }
    const uint32_t zeros = impulse_fixed_leading_zeros(high);
    exponent -= (int32_t)zeros;
    /* The digits below the leading one, but for the last. */
    const uint32_t fraction = ((high << zeros) | ((low >> 1) >> (31 - zeros))) << 1;
    const uint16_t *const segment = curve + (fraction >> 26);
    const int32_t rest = (int32_t)(fraction >> 10) & 0xffff;
    const int32_t rise = ((segment[1] - segment[0]) * rest) >> 16;
    return exponent * 65536 + (((int32_t)(fraction >> 13) + segment[0] + rise + 4) >> 3);
}

/* The level of an energy whose spectrum was shifted by shift. */
static int32_t level_of(const impulse_fixed_level *level, uint64_t energy, uint32_t shift,
                        int32_t gain) {
    int32_t log = level->floor;
    if (energy > 0) {
        const int32_t places = level->places - 2 * (int32_t)shift;
        const int32_t log2 = log2_of(energy) - places * 65536 + gain;
        const int32_t above = impulse_fixed_turn(log2, 0, level->factor, 0);
        log = above > log ? above : log;
    }
    log = (log + ((int32_t)1 << (level->shift - 1))) >> level->shift;
    return log < level->max ? log : level->max;
}

void impulse_fixed_mel_levels(const impulse_fixed_mel *mel, const impulse_fixed_level *level,
                              uint32_t shift, int32_t *spectrum) {
    const int32_t half = ((int32_t)1 << shift) >> 1;
    const int32_t *bin = spectrum + 2 * mel->first_bin;
    uint64_t rise_below = 0;
    for (uint32_t segment = 0; segment <= mel->n_filters; segment++) {
        const int32_t *const end = bin + 2 * mel->segment_bins[segment];
        const uint32_t step = mel->slopes[segment][1];
        uint32_t share = mel->slopes[segment][0];
        uint64_t rise = 0;
        uint64_t total = 0;
        for (; bin != end; bin += 2) {
            const int32_t re = (bin[0] + half) >> shift;
            const int32_t im = (bin[1] + half) >> shift;
            const uint32_t power = (uint32_t)(re * re) + (uint32_t)(im * im);
            rise += impulse_fixed_share(power, share >> 16);
            total += power;
            share += step;
        }
        /* Below the first peak there is no lower filter. */
        if (segment > 0) {
            const int32_t gain = mel->gains != 0 ? mel->gains[segment - 1] : 0;
            const uint64_t energy = rise_below + ((total << 15) - rise);
            spectrum[segment - 1] = level_of(level, energy, shift, gain);
        }
        rise_below = rise;
    }
}
