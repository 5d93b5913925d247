/* The rows of a stream that a layer still needs. */
#include "impulse_kernels.h"

#include <string.h>

/* Whether bytes at both places can be copied as words, and such a place for the compiler: cores
 * without Thumb-2 have no words at odd addresses. */
#if defined(__thumb__) && !defined(__thumb2__)
#define WORDS(to, from) ((((uintptr_t)(to) | (uintptr_t)(from)) & 3u) == 0)
#define PLACE(bytes) __builtin_assume_aligned(bytes, 4)
#else
#define WORDS(to, from) true
#define PLACE(bytes) (bytes)
#endif

/* Copies n bytes to a lower place or another buffer, 16 at a time in registers: small C libraries
 * copy byte by byte. */
static void copy_down(int8_t *to, const int8_t *from, int32_t n) {
    const bool words = WORDS(to, from);
    for (; n >= 16 && words; n -= 16, to += 16, from += 16) {
        uint32_t a, b, c, d;
        memcpy(&a, PLACE(from), 4);
        memcpy(&b, PLACE(from + 4), 4);
        memcpy(&c, PLACE(from + 8), 4);
        memcpy(&d, PLACE(from + 12), 4);
        memcpy(PLACE(to), &a, 4);
        memcpy(PLACE(to + 4), &b, 4);
        memcpy(PLACE(to + 8), &c, 4);
        memcpy(PLACE(to + 12), &d, 4);
    }
    for (int32_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

void impulse_history(const impulse_history_params *p, const int8_t *input, int8_t *rows) {
    const int32_t n = p->new_len < p->len ? p->new_len : p->len;
    copy_down(rows, rows + n, p->len - n);
    copy_down(rows + (p->len - n), input + (p->new_len - n), n);
}
