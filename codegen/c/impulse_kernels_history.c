/* The rows of a stream that a layer still needs. */
#include "impulse_kernels.h"

#include <string.h>

/* Copies n bytes to a lower place or another buffer, 16 at a time in registers: small C libraries copy
 * byte by byte. */
static void copy_down(int8_t *to, const int8_t *from, int32_t n) {
    for (; n >= 16; n -= 16, to += 16, from += 16) {
        uint32_t a, b, c, d;
        memcpy(&a, from, 4);
        memcpy(&b, from + 4, 4);
        memcpy(&c, from + 8, 4);
        memcpy(&d, from + 12, 4);
        memcpy(to, &a, 4);
        memcpy(to + 4, &b, 4);
        memcpy(to + 8, &c, 4);
        memcpy(to + 12, &d, 4);
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
