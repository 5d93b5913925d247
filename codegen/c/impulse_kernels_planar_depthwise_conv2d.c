/* DEPTHWISE_CONV_2D with a kernel of 3 by 3, a channel at a time, for cores with the DSP
 * extension.
 *
 * A channel is first copied to a plane of int16 with its pads, so that the output may lie where
 * the input lies, and so that a word has two neighbours of a row. For each channel the weights
 * have six words: for each row of the kernel its taps 0, 2, 1 in the lowest bytes; what the sum
 * starts from; the rescaling, which is as in impulse_kernels_gemm.h. The assembly is the same text
 * as in the Rust runtime, which a test holds. */
#include "impulse_assembly.h"
#include "impulse_kernels.h"
#include "impulse_quant.h"

/* One channel. pitch: bytes from row to row of the plane; step: bytes from output to output. */
void impulse_plane_one(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch);
void impulse_plane_two(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch);

/* rows times columns values, `step` bytes apart, into a plane. */
void impulse_plane_fill(const int8_t *from, int16_t *plane, int32_t step, int32_t rows,
                        int32_t columns, int32_t pitch);

#if defined(__ARM_FEATURE_DSP) && defined(__thumb__)

/* The channel: its taps in r4 to r8, the start of its sums, its rescaling and the step on the
 * stack. */
#define ASM_ENTER                   \
    ".macro enter\n"                \
    "  push {r4-r11, lr}\n"         \
    "  sub sp, #32\n"               \
    "  ldm r1, {r4-r9}\n"           \
    "  str r7, [sp]\n"              \
    "  strd r8, r9, [sp, #4]\n"     \
    "  str r3, [sp, #12]\n"         \
    "  sxtb16 r7, r4, ror #8\n"     \
    "  sxtb16 r8, r5, ror #8\n"     \
    "  pkhbt r7, r7, r8, lsl #16\n" \
    "  sxtb16 r8, r6, ror #8\n"     \
    "  sxtb16 r4, r4\n"             \
    "  sxtb16 r5, r5\n"             \
    "  sxtb16 r6, r6\n"             \
    "  mov r3, r2\n"                \
    "  str r0, [sp, #20]\n"         \
    ".endm\n"

__asm(
    ASM_ENTER
    IMPULSE_BEGIN(impulse_plane_one)
    "enter\n"
    "1:\n"
    "ldr r0, [sp, #20]\n"
    "ldrd r12, r11, [sp, #72]\n"
    "add r1, r0, r11\n"
    "add r2, r1, r11\n"
    "add r12, r0, r12, lsl #1\n"
    "str r12, [sp, #16]\n"
    "str r1, [sp, #20]\n"
    "2:\n"
    "ldr r9, [sp]\n"
    "ldrd r11, r12, [r0], #4\n"
    "pkhbt lr, r12, r11\n"
    "smladx r10, lr, r4, r9\n"
    "smlad r9, r11, r4, r9\n"
    "smlabb r9, r12, r7, r9\n"
    "smlatb r10, r12, r7, r10\n"
    "ldrd r11, r12, [r1], #4\n"
    "pkhbt lr, r12, r11\n"
    "smladx r10, lr, r5, r10\n"
    "smlad r9, r11, r5, r9\n"
    "smlabt r9, r12, r7, r9\n"
    "smlatt r10, r12, r7, r10\n"
    "ldrd r11, r12, [r2], #4\n"
    "pkhbt lr, r12, r11\n"
    "smladx r10, lr, r6, r10\n"
    "smlad r9, r11, r6, r9\n"
    "smlabb r9, r12, r8, r9\n"
    "smlatb r10, r12, r8, r10\n"
    "ldrd r11, r12, [sp, #4]\n"
    "smmla r9, r9, r11, r12\n"
    "smmla r10, r10, r11, r12\n"
    "asr r9, r9, r12\n"
    "asr r10, r10, r12\n"
    "ssat r9, #8, r9\n"
    "ssat r10, #8, r10\n"
    "ldrd lr, r12, [sp, #12]\n"
    "cmp r0, r12\n"
    "strb r9, [r3]\n"
    "itt ls\n"
    "strbls r10, [r3, lr]\n"
    "addls r3, r3, lr\n"
    "add r3, r3, lr\n"
    "blo 2b\n"
    "ldr r11, [sp, #68]\n"
    "subs r11, r11, #1\n"
    "str r11, [sp, #68]\n"
    "bne 1b\n"
    "add sp, #32\n"
    "pop {r4-r11, pc}\n"
    ".purgem enter\n"
    IMPULSE_END(impulse_plane_one));

__asm(
    ASM_ENTER
    IMPULSE_BEGIN(impulse_plane_two)
    "enter\n"
    "1:\n"
    "ldr r0, [sp, #20]\n"
    "ldrd r12, r11, [sp, #72]\n"
    "add r1, r0, r11\n"
    "add r2, r1, r11\n"
    "add r10, r0, r12, lsl #2\n"
    "str r2, [sp, #20]\n"
    "ldr lr, [sp, #12]\n"
    "2:\n"
    "ldr r9, [sp]\n"
    "ldrd r11, r12, [r0], #4\n"
    "smlad r9, r11, r4, r9\n"
    "smlabb r9, r12, r7, r9\n"
    "ldrd r11, r12, [r1], #4\n"
    "smlad r9, r11, r5, r9\n"
    "smlabt r9, r12, r7, r9\n"
    "ldrd r11, r12, [r2], #4\n"
    "smlad r9, r11, r6, r9\n"
    "smlabb r9, r12, r8, r9\n"
    "ldrd r11, r12, [sp, #4]\n"
    "smmla r9, r9, r11, r12\n"
    "asr r9, r9, r12\n"
    "ssat r9, #8, r9\n"
    "strb r9, [r3]\n"
    "add r3, r3, lr\n"
    "cmp r0, r10\n"
    "bne 2b\n"
    "ldr r11, [sp, #68]\n"
    "subs r11, r11, #1\n"
    "str r11, [sp, #68]\n"
    "bne 1b\n"
    "add sp, #32\n"
    "pop {r4-r11, pc}\n"
    ".purgem enter\n"
    IMPULSE_END(impulse_plane_two));

__asm(
    IMPULSE_BEGIN(impulse_plane_fill)
    "push {r4-r11, lr}\n"
    "ldrd r4, r5, [sp, #36]\n"
    "add r12, r2, r2, lsl #1\n"
    "1:\n"
    "mov r6, r1\n"
    "add r1, r1, r5\n"
    "lsrs r7, r4, #2\n"
    "beq 3f\n"
    "2:\n"
    "ldrsb r8, [r0]\n"
    "ldrsb r9, [r0, r2]\n"
    "ldrsb r10, [r0, r2, lsl #1]\n"
    "ldrsb r11, [r0, r12]\n"
    "add r0, r0, r2, lsl #2\n"
    "pkhbt r8, r8, r9, lsl #16\n"
    "pkhbt r10, r10, r11, lsl #16\n"
    "str r8, [r6], #4\n"
    "str r10, [r6], #4\n"
    "subs r7, r7, #1\n"
    "bne 2b\n"
    "3:\n"
    "ands r7, r4, #3\n"
    "beq 5f\n"
    "4:\n"
    "ldrsb r8, [r0]\n"
    "add r0, r0, r2\n"
    "strh r8, [r6], #2\n"
    "subs r7, r7, #1\n"
    "bne 4b\n"
    "5:\n"
    "subs r3, r3, #1\n"
    "bne 1b\n"
    "pop {r4-r11, pc}\n"
    IMPULSE_END(impulse_plane_fill));

#elif defined(__thumb2__)

/* The channel: its nine taps in r4 to r12, the start of its sums, its rescaling, output, step
 * and plane on the stack. */
#define ASM_ENTER                \
    ".macro enter\n"             \
    "  push {r4-r11, lr}\n"      \
    "  sub sp, #32\n"            \
    "  ldm r1, {r4-r9}\n"        \
    "  str r7, [sp]\n"           \
    "  strd r8, r9, [sp, #4]\n"  \
    "  strd r2, r3, [sp, #12]\n" \
    "  str r0, [sp, #24]\n"      \
    "  sxtb r10, r6\n"           \
    "  sxtb r12, r6, ror #8\n"   \
    "  sxtb r11, r6, ror #16\n"  \
    "  sxtb r7, r5\n"            \
    "  sxtb r9, r5, ror #8\n"    \
    "  sxtb r8, r5, ror #16\n"   \
    "  sxtb r6, r4, ror #8\n"    \
    "  sxtb r5, r4, ror #16\n"   \
    "  sxtb r4, r4\n"            \
    "  ldr lr, [sp, #68]\n"      \
    "  str lr, [sp, #28]\n"      \
    ".endm\n"

/* A row of three taps for two outputs side by side, r2 and r3. */
#define ASM_TWO_OUTPUTS            \
    ".macro two_outputs a, b, c\n" \
    "  ldrsh r1, [r0]\n"           \
    "  mla r2, r1, \\a, r2\n"      \
    "  ldrsh r1, [r0, #2]\n"       \
    "  mla r2, r1, \\b, r2\n"      \
    "  mla r3, r1, \\a, r3\n"      \
    "  ldrsh r1, [r0, #4]\n"       \
    "  mla r2, r1, \\c, r2\n"      \
    "  mla r3, r1, \\b, r3\n"      \
    "  ldrsh r1, [r0, #6]\n"       \
    "  mla r3, r1, \\c, r3\n"      \
    ".endm\n"

/* A row of three taps for one output, r2. */
#define ASM_ONE_OUTPUT            \
    ".macro one_output a, b, c\n" \
    "  ldrsh r1, [r0]\n"          \
    "  mla r2, r1, \\a, r2\n"     \
    "  ldrsh r1, [r0, #2]\n"      \
    "  mla r2, r1, \\b, r2\n"     \
    "  ldrsh r1, [r0, #4]\n"      \
    "  mla r2, r1, \\c, r2\n"     \
    ".endm\n"

__asm(
    ASM_ENTER
    ASM_TWO_OUTPUTS
    IMPULSE_BEGIN(impulse_plane_one)
    "enter\n"
    "1:\n"
    "ldrd r1, lr, [sp, #72]\n"
    "ldrd r2, r3, [sp, #12]\n"
    "mla r1, r1, r3, r2\n"
    "str r1, [sp, #20]\n"
    "ldr r0, [sp, #24]\n"
    "2:\n"
    "ldr r2, [sp]\n"
    "mov r3, r2\n"
    "two_outputs r4, r5, r6\n"
    "add r0, r0, lr\n"
    "two_outputs r7, r8, r9\n"
    "add r0, r0, lr\n"
    "two_outputs r10, r11, r12\n"
    "sub r0, r0, lr, lsl #1\n"
    "adds r0, #4\n"
    "ldr r1, [sp, #4]\n"
    "smull lr, r2, r2, r1\n"
    "smull lr, r3, r3, r1\n"
    "ldr r1, [sp, #8]\n"
    "add r2, r2, r1\n"
    "add r3, r3, r1\n"
    "asr r2, r2, r1\n"
    "asr r3, r3, r1\n"
    "ssat r2, #8, r2\n"
    "ssat r3, #8, r3\n"
    "ldrd r1, lr, [sp, #12]\n"
    "strb r2, [r1]\n"
    "add r1, r1, lr\n"
    "ldr r2, [sp, #20]\n"
    "cmp r1, r2\n"
    "beq 3f\n"
    "strb r3, [r1]\n"
    "add r1, r1, lr\n"
    "ldr lr, [sp, #76]\n"
    "str r1, [sp, #12]\n"
    "cmp r1, r2\n"
    "bne 2b\n"
    "3:\n"
    "str r1, [sp, #12]\n"
    "ldr lr, [sp, #76]\n"
    "ldr r0, [sp, #24]\n"
    "add r0, r0, lr\n"
    "str r0, [sp, #24]\n"
    "ldr r1, [sp, #28]\n"
    "subs r1, #1\n"
    "str r1, [sp, #28]\n"
    "bne 1b\n"
    "add sp, #32\n"
    "pop {r4-r11, pc}\n"
    ".purgem enter\n"
    ".purgem two_outputs\n"
    IMPULSE_END(impulse_plane_one));

__asm(
    ASM_ENTER
    ASM_ONE_OUTPUT
    IMPULSE_BEGIN(impulse_plane_two)
    "enter\n"
    "1:\n"
    "ldrd r1, lr, [sp, #72]\n"
    "ldrd r2, r3, [sp, #12]\n"
    "mla r1, r1, r3, r2\n"
    "str r1, [sp, #20]\n"
    "ldr r0, [sp, #24]\n"
    "2:\n"
    "ldr r2, [sp]\n"
    "one_output r4, r5, r6\n"
    "add r0, r0, lr\n"
    "one_output r7, r8, r9\n"
    "add r0, r0, lr\n"
    "one_output r10, r11, r12\n"
    "sub r0, r0, lr, lsl #1\n"
    "adds r0, #4\n"
    "ldrd r1, lr, [sp, #4]\n"
    "smull r3, r2, r2, r1\n"
    "add r2, r2, lr\n"
    "asr r2, r2, lr\n"
    "ssat r2, #8, r2\n"
    "ldrd r1, lr, [sp, #12]\n"
    "strb r2, [r1]\n"
    "add r1, r1, lr\n"
    "ldr r3, [sp, #20]\n"
    "ldr lr, [sp, #76]\n"
    "str r1, [sp, #12]\n"
    "cmp r1, r3\n"
    "bne 2b\n"
    "ldr r0, [sp, #24]\n"
    "add r0, r0, lr, lsl #1\n"
    "str r0, [sp, #24]\n"
    "ldr r1, [sp, #28]\n"
    "subs r1, #1\n"
    "str r1, [sp, #28]\n"
    "bne 1b\n"
    "add sp, #32\n"
    "pop {r4-r11, pc}\n"
    ".purgem enter\n"
    ".purgem one_output\n"
    IMPULSE_END(impulse_plane_two));

#elif defined(__thumb__)

/* Three taps of a row, bytes of a word in the order 0, 2, 1, to the stack. */
#define ASM_TAPS                  \
    ".macro taps word, a, b, c\n" \
    "  sxtb r5, \\word\n"         \
    "  str r5, [sp, #\\a]\n"      \
    "  lsrs \\word, \\word, #8\n" \
    "  sxtb r5, \\word\n"         \
    "  str r5, [sp, #\\c]\n"      \
    "  lsrs \\word, \\word, #8\n" \
    "  sxtb r5, \\word\n"         \
    "  str r5, [sp, #\\b]\n"      \
    ".endm\n"

/* The channel: its taps, the start of its sums and its rescaling on the stack; r10: the pitch;
 * r11: what leads back to the first row and on by two columns. */
#define ASM_ENTER                     \
    ".macro enter\n"                  \
    "  push {r4-r7, lr}\n"            \
    "  mov r4, r8\n"                  \
    "  mov r5, r9\n"                  \
    "  mov r6, r10\n"                 \
    "  mov r7, r11\n"                 \
    "  push {r4-r7}\n"                \
    "  sub sp, #72\n"                 \
    "  str r0, [sp, #64]\n"           \
    "  str r2, [sp, #52]\n"           \
    "  str r3, [sp, #56]\n"           \
    "  ldmia r1!, {r2, r3, r4}\n"     \
    "  taps r2, 0, 4, 8\n"            \
    "  taps r3, 12, 16, 20\n"         \
    "  taps r4, 24, 28, 32\n"         \
    "  ldmia r1!, {r2, r3, r4}\n"     \
    "  lsrs r6, r3, #21\n"            \
    "  lsls r3, r3, #11\n"            \
    "  lsrs r3, r3, #12\n"            \
    "  add r5, sp, #36\n"             \
    "  stmia r5!, {r2, r3, r4, r6}\n" \
    "  ldr r2, [sp, #108]\n"          \
    "  str r2, [sp, #68]\n"           \
    "  ldr r2, [sp, #116]\n"          \
    "  mov r10, r2\n"                 \
    "  lsls r3, r2, #1\n"             \
    "  subs r3, r3, #4\n"             \
    "  mov r11, r3\n"                 \
    ".endm\n"

/* Gives back the room on the stack and returns. */
#define ASM_LEAVE         \
    ".macro leave\n"      \
    "  add sp, #72\n"     \
    "  pop {r4-r7}\n"     \
    "  mov r8, r4\n"      \
    "  mov r9, r5\n"      \
    "  mov r10, r6\n"     \
    "  mov r11, r7\n"     \
    "  pop {r4-r7, pc}\n" \
    ".endm\n"

/* A value of the plane. */
#define ASM_VALUE                      \
    ".macro value register, at\n"      \
    "  ldrh \\register, [r0, #\\at]\n" \
    "  sxth \\register, \\register\n"  \
    ".endm\n"

/* A tap for two outputs side by side, r8 and r9. */
#define ASM_TAP                      \
    ".macro tap at, first, second\n" \
    "  ldr r5, [sp, #\\at]\n"        \
    "  movs r6, r5\n"                \
    "  muls r6, \\first, r6\n"       \
    "  add r8, r6\n"                 \
    "  muls r5, \\second, r5\n"      \
    "  add r9, r5\n"                 \
    ".endm\n"

/* A row of three taps for two outputs side by side. */
#define ASM_TWO_OUTPUTS            \
    ".macro two_outputs a, b, c\n" \
    "  value r1, 0\n"              \
    "  value r2, 2\n"              \
    "  value r3, 4\n"              \
    "  value r4, 6\n"              \
    "  tap \\a, r1, r2\n"          \
    "  tap \\b, r2, r3\n"          \
    "  tap \\c, r3, r4\n"          \
    ".endm\n"

/* A tap for one output, r7. */
#define ASM_SINGLE              \
    ".macro single at, value\n" \
    "  ldr r5, [sp, #\\at]\n"   \
    "  muls r5, \\value, r5\n"  \
    "  adds r7, r7, r5\n"       \
    ".endm\n"

/* A row of three taps for one output. */
#define ASM_ONE_OUTPUT            \
    ".macro one_output a, b, c\n" \
    "  value r1, 0\n"             \
    "  value r2, 2\n"             \
    "  value r3, 4\n"             \
    "  single \\a, r1\n"          \
    "  single \\b, r2\n"          \
    "  single \\c, r3\n"          \
    ".endm\n"

/* Rescales a sum and limits it to an int8, from three products of 32 bits: see
 * impulse_kernels_triple.h. r3 and r6: the low and the high bits of the factor. */
#define ASM_RESCALE                \
    ".macro rescale sum, addend\n" \
    "  asrs r1, \\sum, #11\n"      \
    "  lsls r2, \\sum, #21\n"      \
    "  lsrs r2, r2, #21\n"         \
    "  muls r1, r3, r1\n"          \
    "  muls r2, r3, r2\n"          \
    "  lsrs r2, r2, #11\n"         \
    "  adds r1, r1, r2\n"          \
    "  asrs r1, r1, #9\n"          \
    "  muls \\sum, r6, \\sum\n"    \
    "  adds r1, r1, \\sum\n"       \
    "  asrs r1, r1, #11\n"         \
    "  adds r1, r1, \\addend\n"    \
    "  asrs r1, \\addend\n"        \
    "  sxtb \\sum, r1\n"           \
    "  cmp \\sum, r1\n"            \
    "  beq 6f\n"                   \
    "  asrs r1, r1, #31\n"         \
    "  movs \\sum, #127\n"         \
    "  eors \\sum, r1\n"           \
    "  6:\n"                       \
    ".endm\n"

__asm(
    ASM_TAPS
    ASM_ENTER
    ASM_LEAVE
    ASM_VALUE
    ASM_TAP
    ASM_TWO_OUTPUTS
    ASM_RESCALE
    IMPULSE_BEGIN(impulse_plane_one)
    "enter\n"
    "1:\n"
    "ldr r1, [sp, #112]\n"
    "ldr r2, [sp, #56]\n"
    "ldr r3, [sp, #52]\n"
    "muls r1, r2, r1\n"
    "adds r1, r1, r3\n"
    "str r1, [sp, #60]\n"
    "ldr r0, [sp, #64]\n"
    "2:\n"
    "ldr r7, [sp, #36]\n"
    "mov r8, r7\n"
    "mov r9, r7\n"
    "two_outputs 0, 4, 8\n"
    "add r0, r10\n"
    "two_outputs 12, 16, 20\n"
    "add r0, r10\n"
    "two_outputs 24, 28, 32\n"
    "mov r1, r11\n"
    "subs r0, r0, r1\n"
    "mov r4, r8\n"
    "mov r5, r9\n"
    "ldr r3, [sp, #40]\n"
    "ldr r7, [sp, #44]\n"
    "ldr r6, [sp, #48]\n"
    "rescale r4, r7\n"
    "rescale r5, r7\n"
    "ldr r1, [sp, #52]\n"
    "strb r4, [r1]\n"
    "ldr r2, [sp, #56]\n"
    "adds r1, r1, r2\n"
    "ldr r3, [sp, #60]\n"
    "cmp r1, r3\n"
    "beq 3f\n"
    "strb r5, [r1]\n"
    "adds r1, r1, r2\n"
    "cmp r1, r3\n"
    "beq 3f\n"
    "str r1, [sp, #52]\n"
    "b 2b\n"
    "3:\n"
    "str r1, [sp, #52]\n"
    "ldr r0, [sp, #64]\n"
    "add r0, r10\n"
    "str r0, [sp, #64]\n"
    "ldr r1, [sp, #68]\n"
    "subs r1, #1\n"
    "str r1, [sp, #68]\n"
    "beq 9f\n"
    "b 1b\n"
    "9:\n"
    "leave\n"
    ".purgem taps\n"
    ".purgem enter\n"
    ".purgem leave\n"
    ".purgem value\n"
    ".purgem tap\n"
    ".purgem two_outputs\n"
    ".purgem rescale\n"
    IMPULSE_END(impulse_plane_one));

__asm(
    ASM_TAPS
    ASM_ENTER
    ASM_LEAVE
    ASM_VALUE
    ASM_SINGLE
    ASM_ONE_OUTPUT
    ASM_RESCALE
    IMPULSE_BEGIN(impulse_plane_two)
    "enter\n"
    "1:\n"
    "ldr r1, [sp, #112]\n"
    "ldr r2, [sp, #56]\n"
    "ldr r3, [sp, #52]\n"
    "muls r1, r2, r1\n"
    "adds r1, r1, r3\n"
    "str r1, [sp, #60]\n"
    "ldr r0, [sp, #64]\n"
    "2:\n"
    "ldr r7, [sp, #36]\n"
    "one_output 0, 4, 8\n"
    "add r0, r10\n"
    "one_output 12, 16, 20\n"
    "add r0, r10\n"
    "one_output 24, 28, 32\n"
    "mov r1, r11\n"
    "subs r0, r0, r1\n"
    "ldr r3, [sp, #40]\n"
    "ldr r5, [sp, #44]\n"
    "ldr r6, [sp, #48]\n"
    "rescale r7, r5\n"
    "ldr r1, [sp, #52]\n"
    "strb r7, [r1]\n"
    "ldr r2, [sp, #56]\n"
    "adds r1, r1, r2\n"
    "str r1, [sp, #52]\n"
    "ldr r3, [sp, #60]\n"
    "cmp r1, r3\n"
    "beq 3f\n"
    "b 2b\n"
    "3:\n"
    "ldr r0, [sp, #64]\n"
    "add r0, r10\n"
    "add r0, r10\n"
    "str r0, [sp, #64]\n"
    "ldr r1, [sp, #68]\n"
    "subs r1, #1\n"
    "str r1, [sp, #68]\n"
    "beq 9f\n"
    "b 1b\n"
    "9:\n"
    "leave\n"
    ".purgem taps\n"
    ".purgem enter\n"
    ".purgem leave\n"
    ".purgem value\n"
    ".purgem single\n"
    ".purgem one_output\n"
    ".purgem rescale\n"
    IMPULSE_END(impulse_plane_two));

#else

static void any_plane(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                      int32_t rows, int32_t columns, int32_t pitch, int32_t stride) {
    for (int32_t y = 0; y < rows; y++) {
        for (int32_t x = 0; x < columns; x++) {
            int32_t sum = channel[3];
            for (int32_t i = 0; i < 3; i++) {
                const int16_t *taps = plane + (y * stride + i) * (pitch / 2) + x * stride;
                const uint32_t word = (uint32_t)channel[i];
                sum += (int8_t)(word & 0xffu) * taps[0] + (int8_t)(word >> 16 & 0xffu) * taps[1] +
                       (int8_t)(word >> 8 & 0xffu) * taps[2];
            }
            const int32_t high = (int32_t)(((int64_t)sum * channel[4]) >> 32);
            const int32_t result = (high + channel[5]) >> (channel[5] & 31);
            *output = (int8_t)(result < -128 ? -128 : result > 127 ? 127 : result);
            output += step;
        }
    }
}

void impulse_plane_one(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch) {
    any_plane(plane, channel, output, step, rows, columns, pitch, 1);
}

void impulse_plane_two(const int16_t *plane, const int32_t *channel, int8_t *output, int32_t step,
                       int32_t rows, int32_t columns, int32_t pitch) {
    any_plane(plane, channel, output, step, rows, columns, pitch, 2);
}

#endif

#if !defined(__ARM_FEATURE_DSP) || !defined(__thumb__)

void impulse_plane_fill(const int8_t *from, int16_t *plane, int32_t step, int32_t rows,
                        int32_t columns, int32_t pitch) {
    for (int32_t y = 0; y < rows; y++) {
        int16_t *to = plane;
        for (int16_t *end = to + columns; to < end; to++) {
            *to = *from;
            from += step;
        }
        plane += pitch / 2;
    }
}

#endif

void impulse_planar_depthwise_conv2d(const impulse_planar_depthwise_conv2d_params *p,
                                     const int8_t *input, const int32_t *weights, int8_t *scratch,
                                     int8_t *output) {
    const int32_t channels = p->input[2];
    int16_t *plane = (int16_t *)(void *)scratch;
    for (int32_t i = 0; i < p->plane[0] * p->plane[1]; i++) {
        plane[i] = p->input_zero;
    }
    const int32_t rows = p->input[0] < p->plane[0] - p->pad[0] ? p->input[0]
                                                               : p->plane[0] - p->pad[0];
    for (int32_t c = 0; c < channels; c++) {
        impulse_plane_fill(input + c, plane + p->pad[0] * p->plane[1] + p->pad[1], channels, rows,
                           p->input[1], 2 * p->plane[1]);
        if (p->stride == 1) {
            impulse_plane_one(plane, weights, output + c, channels, p->output[0], p->output[1],
                              2 * p->plane[1]);
        } else {
            impulse_plane_two(plane, weights, output + c, channels, p->output[0], p->output[1],
                              2 * p->plane[1]);
        }
        weights += 6;
    }
    if (p->clamps) {
        impulse_limit(output, p->output[0] * p->output[1] * channels, p->clamp);
    }
}
