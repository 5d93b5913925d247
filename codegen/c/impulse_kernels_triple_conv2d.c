/* CONV_2D for cores without the DSP extension. */
#include "impulse_kernels.h"

#include "impulse_kernels_triple.h"

/* A column that is being filled. */
typedef struct {
    int32_t *head; /* of this part */
    int32_t *next;
    int32_t room; /* taps that are missing from this part */
    uint32_t sums[2];
} column;

/* A row of taps of each of three outputs: neighbours, and which of them fall on the input. */
typedef struct {
    int32_t from; /* place in the input, were it wider */
    int32_t first;
    int32_t count;
} line;

static void add(column *to, int32_t a, int32_t b, int32_t c) {
    const uint32_t word = (uint32_t)a + ((uint32_t)c << 21);
    const uint32_t other = (uint32_t)b + ((uint32_t)c << 10);
    to->sums[0] += word;
    to->sums[1] += other;
    to->next[0] = (int32_t)word;
    to->next[1] = (int32_t)other;
    to->next += 2;
}

/* Starts a part after its two first words. */
static void open(column *to, int32_t taps) {
    to->head = to->next;
    to->next += 2;
    to->room = taps;
    to->sums[0] = 0;
    to->sums[1] = 0;
}

static void close(column *to) {
    to->head[0] = (int32_t)(0u - (to->sums[0] << 7));
    to->head[1] = (int32_t)(0u - (to->sums[1] << 7));
}

static inline int32_t tap(const int8_t *input, const line *of, int32_t i, int32_t zero) {
    return (uint32_t)(i - of->first) < (uint32_t)of->count ? input[of->from + i] : zero;
}

/* Appends n taps of each line from number `at` on. */
static void append(column *to, const int8_t *input, const line lines[3], int32_t at, int32_t n,
                   bool whole, int32_t zero) {
    column local = *to;
    if (whole) {
        const int8_t *a = input + lines[0].from + at;
        const int8_t *b = input + lines[1].from + at;
        const int8_t *c = input + lines[2].from + at;
        for (int32_t i = 0; i < n; i++) {
            add(&local, a[i], b[i], c[i]);
        }
    } else {
        for (int32_t i = at; i < at + n; i++) {
            const int32_t a = tap(input, &lines[0], i, zero);
            const int32_t b = tap(input, &lines[1], i, zero);
            const int32_t c = tap(input, &lines[2], i, zero);
            add(&local, a, b, c);
        }
    }
    local.room -= n;
    *to = local;
}

/* The row of taps i of the output at (y, x). */
static line line_at(const impulse_triple_conv2d_params *p, int32_t y, int32_t x, int32_t i) {
    const int32_t channels = p->input[2];
    const int32_t in_y = y * p->stride[0] - p->pad[0] + i * p->row_dilation;
    const int32_t in_x = x * p->stride[1] - p->pad[1];
    const int32_t first = in_x < 0 ? -in_x : 0;
    const int32_t left = p->input[1] - in_x;
    const int32_t end = left < p->kernel[1] ? left : p->kernel[1];
    line found = {0, 0, 0};
    if (in_y >= 0 && in_y < p->input[0] && first < end) {
        found.from = (in_y * p->input[1] + in_x) * channels;
        found.first = first * channels;
        found.count = (end - first) * channels;
    }
    return found;
}

/* The row of taps i of three outputs from number `at` on, in row y of the output, or of one three
 * times; whether all of them fall on the input. */
static bool row_at(const impulse_triple_conv2d_params *p, int32_t at, int32_t y, int32_t i,
                   int32_t n, line lines[3]) {
    if (p->pointwise) {
        const int32_t channels = p->input[2];
        const int32_t step = n == 3 ? channels : 0;
        for (int32_t j = 0; j < 3; j++) {
            lines[j].from = at * channels + j * step;
        }
        return true;
    }
    bool whole = true;
    int32_t row = y;
    int32_t x = at - y * p->output[1];
    for (int32_t j = 0; j < 3; j++) {
        lines[j] = line_at(p, row, x, i);
        whole = whole && lines[j].count == p->kernel[1] * p->input[2];
        if (n == 3 && ++x == p->output[1]) {
            x = 0;
            row++;
        }
    }
    return whole;
}

/* The columns of three outputs from number `at` on, or of one three times; returns their end. */
static const int32_t *gather(const impulse_triple_conv2d_params *p, const int8_t *input, int32_t at,
                             int32_t n, int32_t *words) {
    const int32_t run = p->kernel[1] * p->input[2];
    const int32_t zero = p->input_zero;
    column to = {words, words, 0, {0, 0}};
    int32_t taps = p->taps;
    open(&to, p->part);
    const int32_t y = p->pointwise ? 0 : at / p->output[1];
    for (int32_t i = 0; i < p->kernel[0]; i++) {
        line lines[3];
        const bool whole = row_at(p, at, y, i, n, lines);
        for (int32_t done = 0; done < run;) {
            const int32_t left = run - done;
            const int32_t count = left < to.room ? left : to.room;
            append(&to, input, lines, done, count, whole, zero);
            done += count;
            taps -= count;
            if (to.room == 0 && taps > 0) {
                close(&to);
                open(&to, taps < p->part ? taps : p->part);
            }
        }
    }
    while (taps-- > 0) {
        add(&to, 0, 0, 0);
    }
    close(&to);
    return to.next;
}

void impulse_triple_conv2d(const impulse_triple_conv2d_params *p, impulse_triple *triple,
                           const int8_t *input, const int32_t *weights, int8_t *scratch,
                           int8_t *output) {
    int32_t *words = (int32_t *)(void *)scratch;
    const int32_t filters = p->output[2];
    const int32_t fours = filters & ~3;
    const int32_t outputs = p->output[0] * p->output[1];
    int32_t n;
    for (int32_t at = 0; at < outputs; at += n) {
        n = outputs - at >= 3 ? 3 : 1;
        const int32_t bytes = 4 * (int32_t)(gather(p, input, at, n, words) - words);
        if (fours > 0) {
            triple(words, weights, output, n == 3 ? filters : 0, bytes, fours, p);
        }
        if (fours < filters) {
            int8_t rest[12];
            triple(words, weights + fours / 4 * (p->taps + 12), rest, 4, bytes, 4, p);
            for (int32_t j = 0; j < n; j++) {
                for (int32_t f = fours; f < filters; f++) {
                    output[j * filters + f] = rest[4 * j + f - fours];
                }
            }
        }
        for (int32_t i = 0; p->clamps && i < n * filters; i++) {
            const int8_t x = output[i] < p->clamp[0] ? p->clamp[0] : output[i];
            output[i] = x > p->clamp[1] ? p->clamp[1] : x;
        }
        output += n * filters;
    }
}
