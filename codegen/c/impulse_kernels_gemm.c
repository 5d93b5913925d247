/* Products of matrices: see impulse_kernels_gemm.h. The assembly is the same text as in the Rust
 * runtime, which a test holds. */
#include "impulse_kernels_gemm.h"

#include "impulse_assembly.h"

#if defined(__ARM_FEATURE_DSP) && defined(__thumb__)

/* The sums of four outputs of two filters start from the first two words. */
#define ASM_START               \
    ".macro start\n"            \
    "  ldrd r4, r8, [r1], #8\n" \
    "  mov r5, r4\n"            \
    "  mov r6, r4\n"            \
    "  mov r7, r4\n"            \
    "  mov r9, r8\n"            \
    "  mov r10, r8\n"           \
    "  mov r11, r8\n"           \
    ".endm\n"

/* A word of weights, two taps of two filters, by the words of four columns: sums of the even
 * bytes to r4 to r7, of whole halves of the word to r8 to r11. */
#define ASM_FOUR_OUTPUTS          \
    ".macro four_outputs\n"       \
    "  ldr r12, [r1], #4\n"       \
    "  ldrd r2, r3, [r0], #8\n"   \
    "  sxtb16 lr, r12\n"          \
    "  smlad r4, r2, lr, r4\n"    \
    "  smlad r8, r2, r12, r8\n"   \
    "  smlad r5, r3, lr, r5\n"    \
    "  smlad r9, r3, r12, r9\n"   \
    "  ldrd r2, r3, [r0], #8\n"   \
    "  smlad r6, r2, lr, r6\n"    \
    "  smlad r10, r2, r12, r10\n" \
    "  smlad r7, r3, lr, r7\n"    \
    "  smlad r11, r3, r12, r11\n" \
    ".endm\n"

/* The loop over the taps of four outputs, entered at 2 or at 3; the sums of the odd bytes are
 * what those of whole halves have more. */
#define ASM_SUMS_OF_FOUR    \
    ".macro sums_of_four\n" \
    "  .p2align 2\n"        \
    "  2:\n"                \
    "  .rept 2\n"           \
    "    four_outputs\n"    \
    "  .endr\n"             \
    "  3:\n"                \
    "  .rept 2\n"           \
    "    four_outputs\n"    \
    "  .endr\n"             \
    "  ldr r2, [sp, #4]\n"  \
    "  cmp r0, r2\n"        \
    "  bne 2b\n"            \
    "  sub r8, r8, r4\n"    \
    "  sub r9, r9, r5\n"    \
    "  sub r10, r10, r6\n"  \
    "  sub r11, r11, r7\n"  \
    ".endm\n"

/* The same with one output: sums to r4 and r5. */
#define ASM_ONE_WORD                        \
    ".macro one_word column, weights\n"     \
    "  sxtb16 r2, \\weights\n"              \
    "  smlad r4, \\column, r2, r4\n"        \
    "  smlad r5, \\column, \\weights, r5\n" \
    ".endm\n"

/* The same of one output. */
#define ASM_SUMS_OF_ONE                \
    ".macro sums_of_one\n"             \
    "  .p2align 2\n"                   \
    "  2:\n"                           \
    "  ldm r1!, {r6-r9}\n"             \
    "  ldm r0!, {r10, r11, r12, lr}\n" \
    "  one_word r10, r6\n"             \
    "  one_word r11, r7\n"             \
    "  one_word r12, r8\n"             \
    "  one_word lr, r9\n"              \
    "  cmp r0, r3\n"                   \
    "  bne 2b\n"                       \
    "  b 4f\n"                         \
    "  3:\n"                           \
    "  ldrd r6, r7, [r1], #8\n"        \
    "  ldrd r10, r11, [r0], #8\n"      \
    "  one_word r10, r6\n"             \
    "  one_word r11, r7\n"             \
    "  cmp r0, r3\n"                   \
    "  bne 2b\n"                       \
    "  4:\n"                           \
    "  sub r5, r5, r4\n"               \
    ".endm\n"

/* Puts the ends of columns and output on the stack. r6: where the loop of two steps is entered,
 * behind the first of them where their number is odd, which a bit of the size of the column
 * says. */
#define ASM_ENTRY                  \
    ".macro entry bit, end\n"      \
    "  adr.w r6, 2f\n"             \
    "  tst r4, #\\bit\n"           \
    "  it ne\n"                    \
    "  addne r6, r6, #(3f - 2f)\n" \
    "  orr r6, r6, #1\n"           \
    "  add r4, r0, r4\n"           \
    "  add r5, r2, \\end\n"        \
    "  strd r0, r4, [sp]\n"        \
    "  strd r2, r5, [sp, #8]\n"    \
    ".endm\n"

/* Rescales four sums by one multiplication. */
#define ASM_LINEAR               \
    ".macro linear a, b, c, d\n" \
    "  ldrd r2, r3, [r1], #8\n"  \
    "  smmla \\a, \\a, r2, r3\n" \
    "  smmla \\b, \\b, r2, r3\n" \
    "  smmla \\c, \\c, r2, r3\n" \
    "  smmla \\d, \\d, r2, r3\n" \
    "  asr \\a, \\a, r3\n"       \
    "  asr \\b, \\b, r3\n"       \
    "  asr \\c, \\c, r3\n"       \
    "  asr \\d, \\d, r3\n"       \
    ".endm\n"

/* Multiplies four sums as the reference does, and adds what rounds their shift. */
#define ASM_TWICE                    \
    ".macro twice a, b, c, d\n"      \
    "  ldrd r2, r3, [r1], #8\n"      \
    "  smmulr \\a, \\a, r2\n"        \
    "  smmulr \\b, \\b, r2\n"        \
    "  smmulr \\c, \\c, r2\n"        \
    "  smmulr \\d, \\d, r2\n"        \
    "  add \\a, \\a, \\a, asr #31\n" \
    "  add \\b, \\b, \\b, asr #31\n" \
    "  add \\c, \\c, \\c, asr #31\n" \
    "  add \\d, \\d, \\d, asr #31\n" \
    "  add \\a, \\a, r3\n"           \
    "  add \\b, \\b, r3\n"           \
    "  add \\c, \\c, r3\n"           \
    "  add \\d, \\d, r3\n"           \
    ".endm\n"

/* Limits four outputs of two filters to int8 and writes them. */
#define ASM_STORE_FOUR                               \
    ".macro store_four\n"                            \
    "  .irp sum, r4, r5, r6, r7, r8, r9, r10, r11\n" \
    "    ssat \\sum, #8, \\sum\n"                    \
    "  .endr\n"                                      \
    "  bfi r4, r8, #8, #8\n"                         \
    "  bfi r5, r9, #8, #8\n"                         \
    "  bfi r6, r10, #8, #8\n"                        \
    "  bfi r7, r11, #8, #8\n"                        \
    "  ldr r12, [sp, #8]\n"                          \
    "  ldr r3, [sp, #16]\n"                          \
    "  ldr r2, [sp, #12]\n"                          \
    "  strh r5, [r12, r3]\n"                         \
    "  strh r6, [r12, r3, lsl #1]\n"                 \
    "  add r0, r12, r3, lsl #1\n"                    \
    "  strh r7, [r0, r3]\n"                          \
    "  strh r4, [r12], #2\n"                         \
    "  str r12, [sp, #8]\n"                          \
    ".endm\n"

/* Limits an output of two filters to int8 and writes it. */
#define ASM_STORE_ONE             \
    ".macro store_one\n"          \
    "  .irp sum, r4, r5\n"        \
    "    ssat \\sum, #8, \\sum\n" \
    "  .endr\n"                   \
    "  bfi r4, r5, #8, #8\n"      \
    "  ldrd r2, r3, [sp, #8]\n"   \
    "  strh r4, [r2], #2\n"       \
    "  str r2, [sp, #8]\n"        \
    ".endm\n"

/* A word of weights of two units by the inputs in r8 and r9. */
#define ASM_PAIR                          \
    ".macro pair even, whole\n"           \
    "  sxtb16 r12, r10\n"                 \
    "  smlad \\even, r8, r12, \\even\n"   \
    "  smlad \\whole, r8, r10, \\whole\n" \
    "  sxtb16 r12, r11\n"                 \
    "  smlad \\even, r9, r12, \\even\n"   \
    "  smlad \\whole, r9, r11, \\whole\n" \
    ".endm\n"

/* Four inputs of four units, in two pairs. */
#define ASM_FOUR_INPUTS           \
    ".macro four_inputs\n"        \
    "  ldr r8, [r0], #4\n"        \
    "  sxtb16 r9, r8, ror #8\n"   \
    "  sxtb16 r8, r8\n"           \
    "  ldrd r10, r11, [r1], #8\n" \
    "  pair r4, r5\n"             \
    "  ldrd r10, r11, [r2], #8\n" \
    "  pair r6, r7\n"             \
    ".endm\n"

__asm(
    ASM_START
    ASM_FOUR_OUTPUTS
    ASM_SUMS_OF_FOUR
    ASM_ENTRY
    ASM_LINEAR
    ASM_STORE_FOUR
    IMPULSE_BEGIN(impulse_gemm_four_linear)
    "push {r4-r11, lr}\n"
    "sub sp, #24\n"
    "ldrd r4, r5, [sp, #60]\n"
    "entry 32, r5\n"
    "strd r3, r6, [sp, #16]\n"
    "1:\n"
    "start\n"
    "ldr pc, [sp, #20]\n"
    "sums_of_four\n"
    "linear r4, r5, r6, r7\n"
    "linear r8, r9, r10, r11\n"
    "store_four\n"
    "ldr r0, [sp]\n"
    "cmp r12, r2\n"
    "bne 1b\n"
    "add sp, #24\n"
    "pop {r4-r11, pc}\n"
    ".purgem start\n"
    ".purgem four_outputs\n"
    ".purgem sums_of_four\n"
    ".purgem entry\n"
    ".purgem linear\n"
    ".purgem store_four\n"
    IMPULSE_END(impulse_gemm_four_linear));

__asm(
    ASM_START
    ASM_FOUR_OUTPUTS
    ASM_SUMS_OF_FOUR
    ASM_ENTRY
    ASM_TWICE
    ASM_STORE_FOUR
    IMPULSE_BEGIN(impulse_gemm_four_twice)
    "push {r4-r11, lr}\n"
    "sub sp, #24\n"
    "ldrd r4, r5, [sp, #60]\n"
    "entry 32, r5\n"
    "strd r3, r6, [sp, #16]\n"
    "1:\n"
    "start\n"
    "ldr pc, [sp, #20]\n"
    "sums_of_four\n"
    "lsl r4, r4, #1\n"
    "lsl r5, r5, #1\n"
    "lsl r6, r6, #1\n"
    "lsl r7, r7, #1\n"
    "asr r8, r8, #7\n"
    "asr r9, r9, #7\n"
    "asr r10, r10, #7\n"
    "asr r11, r11, #7\n"
    "twice r4, r5, r6, r7\n"
    "twice r8, r9, r10, r11\n"
    "ldrd r2, r3, [r1], #8\n"
    "asr r4, r4, r2\n"
    "asr r5, r5, r2\n"
    "asr r6, r6, r2\n"
    "asr r7, r7, r2\n"
    "asr r8, r8, r3\n"
    "asr r9, r9, r3\n"
    "asr r10, r10, r3\n"
    "asr r11, r11, r3\n"
    "store_four\n"
    "ldr r0, [sp]\n"
    "cmp r12, r2\n"
    "bne 1b\n"
    "add sp, #24\n"
    "pop {r4-r11, pc}\n"
    ".purgem start\n"
    ".purgem four_outputs\n"
    ".purgem sums_of_four\n"
    ".purgem entry\n"
    ".purgem twice\n"
    ".purgem store_four\n"
    IMPULSE_END(impulse_gemm_four_twice));

__asm(
    ASM_ONE_WORD
    ASM_SUMS_OF_ONE
    ASM_ENTRY
    ASM_STORE_ONE
    IMPULSE_BEGIN(impulse_gemm_one_linear)
    "push {r4-r11, lr}\n"
    "sub sp, #20\n"
    "ldr r4, [sp, #56]\n"
    "entry 8, r3\n"
    "str r6, [sp, #16]\n"
    "1:\n"
    "ldrd r4, r5, [r1], #8\n"
    "ldr r3, [sp, #4]\n"
    "ldr pc, [sp, #16]\n"
    "sums_of_one\n"
    "ldm r1!, {r6-r9}\n"
    "smmla r4, r4, r6, r7\n"
    "asr r4, r4, r7\n"
    "smmla r5, r5, r8, r9\n"
    "asr r5, r5, r9\n"
    "store_one\n"
    "ldr r0, [sp]\n"
    "cmp r2, r3\n"
    "bne 1b\n"
    "add sp, #20\n"
    "pop {r4-r11, pc}\n"
    ".purgem one_word\n"
    ".purgem sums_of_one\n"
    ".purgem entry\n"
    ".purgem store_one\n"
    IMPULSE_END(impulse_gemm_one_linear));

__asm(
    ASM_PAIR
    ASM_FOUR_INPUTS
    IMPULSE_BEGIN(impulse_gemm_units_shared)
    "push {r4-r11, lr}\n"
    "sub sp, #16\n"
    "add r3, r2, r3\n"
    "strd r2, r3, [sp]\n"
    "ldr lr, [sp, #56]\n"
    "add r3, r0, lr\n"
    "strd r0, r3, [sp, #8]\n"
    "1:\n"
    "ldr r2, [sp, #52]\n"
    "add r2, r1, r2\n"
    "ldrd r4, r5, [r1], #8\n"
    "ldrd r6, r7, [r2], #8\n"
    "tst lr, #4\n"
    "bne 3f\n"
    "2:\n"
    "four_inputs\n"
    "3:\n"
    "four_inputs\n"
    "cmp r0, r3\n"
    "bne 2b\n"
    "sub r5, r5, r4\n"
    "sub r7, r7, r6\n"
    "ldr r12, [sp, #60]\n"
    "ldm r12, {r8-r11}\n"
    "smmla r4, r4, r8, r9\n"
    "smmla r5, r5, r10, r11\n"
    "smmla r6, r6, r8, r9\n"
    "smmla r7, r7, r10, r11\n"
    "asr r4, r4, r9\n"
    "asr r5, r5, r11\n"
    "asr r6, r6, r9\n"
    "asr r7, r7, r11\n"
    ".irp sum, r4, r5, r6, r7\n"
    "  ssat \\sum, #8, \\sum\n"
    ".endr\n"
    "bfi r4, r5, #8, #8\n"
    "bfi r4, r6, #16, #8\n"
    "bfi r4, r7, #24, #8\n"
    "ldrd r8, r9, [sp]\n"
    "str r4, [r8], #4\n"
    "str r8, [sp]\n"
    "mov r1, r2\n"
    "ldr r0, [sp, #8]\n"
    "cmp r8, r9\n"
    "bne 1b\n"
    "add sp, #16\n"
    "pop {r4-r11, pc}\n"
    ".purgem pair\n"
    ".purgem four_inputs\n"
    IMPULSE_END(impulse_gemm_units_shared));

__asm(
    ASM_ONE_WORD
    ASM_SUMS_OF_ONE
    ASM_ENTRY
    ASM_STORE_ONE
    IMPULSE_BEGIN(impulse_gemm_one_twice)
    "push {r4-r11, lr}\n"
    "sub sp, #20\n"
    "ldr r4, [sp, #56]\n"
    "entry 8, r3\n"
    "str r6, [sp, #16]\n"
    "1:\n"
    "ldrd r4, r5, [r1], #8\n"
    "ldr r3, [sp, #4]\n"
    "ldr pc, [sp, #16]\n"
    "sums_of_one\n"
    "lsl r4, r4, #1\n"
    "asr r5, r5, #7\n"
    "ldm r1!, {r6-r11}\n"
    "smmulr r4, r4, r6\n"
    "smmulr r5, r5, r8\n"
    "add r4, r4, r4, asr #31\n"
    "add r5, r5, r5, asr #31\n"
    "add r4, r4, r7\n"
    "add r5, r5, r9\n"
    "asr r4, r4, r10\n"
    "asr r5, r5, r11\n"
    "store_one\n"
    "ldr r0, [sp]\n"
    "cmp r2, r3\n"
    "bne 1b\n"
    "add sp, #20\n"
    "pop {r4-r11, pc}\n"
    ".purgem one_word\n"
    ".purgem sums_of_one\n"
    ".purgem entry\n"
    ".purgem store_one\n"
    IMPULSE_END(impulse_gemm_one_twice));

__asm(
    IMPULSE_BEGIN(impulse_gemm_expand_four)
    "push {r4-r11, lr}\n"
    "mov r12, r1\n"
    "mov lr, r2\n"
    "ldm r0, {r0-r3}\n"
    "1:\n"
    "ldr r4, [r0], #4\n"
    "ldr r5, [r1], #4\n"
    "ldr r6, [r2], #4\n"
    "ldr r7, [r3], #4\n"
    "sxtb16 r8, r4, ror #8\n"
    "sxtb16 r9, r5, ror #8\n"
    "sxtb16 r10, r6, ror #8\n"
    "sxtb16 r11, r7, ror #8\n"
    "sxtb16 r4, r4\n"
    "sxtb16 r5, r5\n"
    "sxtb16 r6, r6\n"
    "sxtb16 r7, r7\n"
    "stm r12!, {r4-r11}\n"
    "subs lr, lr, #1\n"
    "bne 1b\n"
    "mov r0, r12\n"
    "pop {r4-r11, pc}\n"
    IMPULSE_END(impulse_gemm_expand_four));

__asm(
    IMPULSE_BEGIN(impulse_gemm_expand_one)
    "1:\n"
    "ldr r3, [r0], #4\n"
    "sxtb16 r12, r3, ror #8\n"
    "sxtb16 r3, r3\n"
    "strd r3, r12, [r1], #8\n"
    "subs r2, r2, #1\n"
    "bne 1b\n"
    "mov r0, r1\n"
    "bx lr\n"
    IMPULSE_END(impulse_gemm_expand_one));

#else

static int32_t wrapping(int64_t x) {
    return (int32_t)(uint32_t)((uint64_t)x & 0xffffffffu);
}

static int8_t saturated(int32_t x) {
    return (int8_t)(x < -128 ? -128 : x > 127 ? 127 : x);
}

static int8_t linear(int32_t sum, const int32_t *factor) {
    const int32_t high = (int32_t)(((int64_t)sum * factor[0]) >> 32);
    return saturated((high + factor[1]) >> (factor[1] & 31));
}

static int8_t twice(int32_t doubled, int32_t multiplier, int32_t addend, int32_t shift) {
    const int32_t high =
        (int32_t)(((int64_t)doubled * multiplier + ((int64_t)1 << 31)) >> 32);
    return saturated((high + (high >> 31) + addend) >> shift);
}

enum rescaling { LINEAR, TWICE };

/* One output of a column whose words stand `step` words apart. */
static void product(const int16_t *column, int32_t step, const int32_t *weights, int8_t *output,
                    int32_t filters, int32_t words, enum rescaling rescaling) {
    for (int32_t f = 0; f < filters; f += 2) {
        int64_t a = weights[0];
        int64_t both = weights[1];
        weights += 2;
        for (int32_t i = 0; i < words; i++) {
            const int32_t word = *weights++;
            const int32_t low = (int16_t)(word & 0xffff);
            const int32_t high = word >> 16;
            const int16_t *taps = column + 2 * i * step;
            a += (int8_t)(low & 0xff) * taps[0] + (int8_t)(high & 0xff) * taps[1];
            both += (int64_t)low * taps[0] + (int64_t)high * taps[1];
        }
        const int32_t first = wrapping(a);
        const int32_t second = wrapping(both - a);
        if (rescaling == TWICE) {
            output[f] = twice(wrapping(2 * (int64_t)first), weights[0], weights[1], weights[4]);
            output[f + 1] = twice(second >> 7, weights[2], weights[3], weights[5]);
            weights += 6;
        } else {
            output[f] = linear(first, weights);
            output[f + 1] = linear(second, weights + 2);
            weights += 4;
        }
    }
}

static void four(const int16_t *columns, const int32_t *weights, int8_t *output, int32_t stride,
                 int32_t column_bytes, int32_t filters, enum rescaling rescaling) {
    for (int32_t i = 0; i < 4; i++) {
        product(columns + 2 * i, 4, weights, output + i * stride, filters, column_bytes / 16,
                rescaling);
    }
}

void impulse_gemm_four_linear(const int16_t *columns, const int32_t *weights, int8_t *output,
                              int32_t stride, int32_t column_bytes, int32_t filters) {
    four(columns, weights, output, stride, column_bytes, filters, LINEAR);
}

void impulse_gemm_four_twice(const int16_t *columns, const int32_t *weights, int8_t *output,
                             int32_t stride, int32_t column_bytes, int32_t filters) {
    four(columns, weights, output, stride, column_bytes, filters, TWICE);
}

void impulse_gemm_one_linear(const int16_t *column, const int32_t *weights, int8_t *output,
                             int32_t filters, int32_t column_bytes) {
    product(column, 1, weights, output, filters, column_bytes / 4, LINEAR);
}

void impulse_gemm_one_twice(const int16_t *column, const int32_t *weights, int8_t *output,
                            int32_t filters, int32_t column_bytes) {
    product(column, 1, weights, output, filters, column_bytes / 4, TWICE);
}

void impulse_gemm_units_shared(const int8_t *input, const int32_t *weights, int8_t *output,
                               int32_t units, int32_t pair_bytes, int32_t input_bytes,
                               const int32_t *shared) {
    for (int32_t unit = 0; unit < units; unit += 2) {
        const int32_t *words = weights + unit / 2 * (pair_bytes / 4);
        int64_t a = words[0];
        int64_t both = words[1];
        words += 2;
        for (int32_t i = 0; i < input_bytes; i += 4) {
            for (int32_t j = i; j < i + 2; j++) {
                const int32_t low = (int16_t)(*words & 0xffff);
                const int32_t high = *words++ >> 16;
                a += (int8_t)(low & 0xff) * input[j] + (int8_t)(high & 0xff) * input[j + 2];
                both += (int64_t)low * input[j] + (int64_t)high * input[j + 2];
            }
        }
        output[unit] = linear(wrapping(a), shared);
        output[unit + 1] = linear(wrapping(both - a), shared + 2);
    }
}

static int16_t *expand(const int8_t *from, int16_t *column, int32_t groups, int32_t step) {
    for (int32_t i = 0; i < groups; i++) {
        column[0] = from[0];
        column[1] = from[2];
        column[2 * step] = from[1];
        column[2 * step + 1] = from[3];
        column += 4 * step;
        from += 4;
    }
    return column;
}

int16_t *impulse_gemm_expand_four(const int8_t *const from[4], int16_t *columns, int32_t groups) {
    for (int32_t i = 0; i < 4; i++) {
        (void)expand(from[i], columns + 2 * i, groups, 4);
    }
    return columns + 16 * groups;
}

int16_t *impulse_gemm_expand_one(const int8_t *from, int16_t *column, int32_t groups) {
    return expand(from, column, groups, 1);
}

#endif

const impulse_gemm impulse_gemm_linear = {impulse_gemm_four_linear, impulse_gemm_one_linear};
const impulse_gemm impulse_gemm_twice = {impulse_gemm_four_twice, impulse_gemm_one_twice};

void impulse_gemm_outputs(const impulse_gemm *gemm, const int16_t *columns, int32_t words,
                          const int32_t *weights, int32_t pair_words, int32_t filters, int32_t n,
                          int8_t *output) {
    const int32_t even = filters & ~1;
    int8_t pair[8];
    for (int32_t f = 0; f < filters; f += even) {
        const bool last = f == even;
        const int32_t count = last ? 2 : even;
        int8_t *target = last ? pair : output;
        if (n == 4) {
            gemm->four(columns, weights, target, last ? 2 : filters, 16 * words, count);
        } else {
            gemm->one(columns, weights, target, count, 4 * words);
        }
        if (last) {
            for (int32_t j = 0; j < n; j++) {
                output[j * filters + f] = pair[2 * j];
            }
            break;
        }
        weights += even / 2 * pair_words;
    }
}
