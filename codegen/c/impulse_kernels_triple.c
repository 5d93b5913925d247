/* Products for cores without the DSP extension: see impulse_kernels_triple.h. The assembly is the
 * same text as in the Rust runtime, which a test holds. */
#include "impulse_kernels_triple.h"

#include "impulse_assembly.h"
#include "impulse_kernels.h"
#include "impulse_quant.h"

#if defined(__thumb2__)

/* A tap of a filter: the two words of the column, r2 and r3, by its weight, a byte at r1, are
 * added to ac (outputs a and c) and b. */
#define ASM_FILTER                \
    ".macro filter ac, b\n"       \
    "  ldrb r12, [r1], #1\n"      \
    "  mla \\ac, r2, r12, \\ac\n" \
    "  mla \\b, r3, r12, \\b\n"   \
    ".endm\n"

/* Four taps of four filters. */
#define ASM_FOUR_TAPS             \
    ".macro four_taps\n"          \
    "  .rept 4\n"                 \
    "    ldrd r2, r3, [r0], #8\n" \
    "    filter r4, r5\n"         \
    "    filter r6, r7\n"         \
    "    filter r8, r9\n"         \
    "    filter r10, r11\n"       \
    "  .endr\n"                   \
    ".endm\n"

/* The sums of four filters start from the first two words of the column. */
#define ASM_START               \
    ".macro start\n"            \
    "  ldrd r4, r5, [r0], #8\n" \
    "  mov r6, r4\n"            \
    "  mov r7, r5\n"            \
    "  mov r8, r4\n"            \
    "  mov r9, r5\n"            \
    "  mov r10, r4\n"           \
    "  mov r11, r5\n"           \
    ".endm\n"

/* Takes the sums of three outputs apart: a to r2, b to r3, c to the register of ac. */
#define ASM_APART                      \
    ".macro apart ac, b\n"             \
    "  sbfx r2, \\ac, #0, #21\n"       \
    "  sub \\ac, \\ac, r2\n"           \
    "  sub \\b, \\b, \\ac, lsr #11\n"  \
    "  sbfx r3, \\b, #0, #21\n"        \
    "  sub \\b, \\b, r3\n"             \
    "  lsr \\ac, \\ac, #21\n"          \
    "  add \\ac, \\ac, \\b, asr #10\n" \
    ".endm\n"

/* Adds the bias to the sums in r2, r3 and ac, rescales them and writes each to its output, at
 * bytes on. */
#define ASM_RESCALE                  \
    ".macro rescale ac, b, at\n"     \
    "  ldr r12, [r1], #4\n"          \
    "  add r2, r2, r12\n"            \
    "  add r3, r3, r12\n"            \
    "  add \\ac, \\ac, r12\n"        \
    "  ldrd r12, lr, [r1], #8\n"     \
    "  smull \\b, r2, r2, r12\n"     \
    "  smull \\b, r3, r3, r12\n"     \
    "  smull \\b, \\ac, \\ac, r12\n" \
    "  add r2, r2, lr\n"             \
    "  add r3, r3, lr\n"             \
    "  add \\ac, \\ac, lr\n"         \
    "  asr r2, r2, lr\n"             \
    "  asr r3, r3, lr\n"             \
    "  asr \\ac, \\ac, lr\n"         \
    "  ssat r2, #8, r2\n"            \
    "  ssat r3, #8, r3\n"            \
    "  ssat \\ac, #8, \\ac\n"        \
    "  ldrd \\b, r12, [sp, #8]\n"    \
    "  strb \\ac, [\\b, #\\at]\n"    \
    "  sub \\b, \\b, r12\n"          \
    "  strb r3, [\\b, #\\at]\n"      \
    "  sub \\b, \\b, r12\n"          \
    "  strb r2, [\\b, #\\at]\n"      \
    ".endm\n"

/* Adds the sums in r2, r3 and ac to the next three in memory, at lr. */
#define ASM_ADD_UP              \
    ".macro add_up ac, b\n"     \
    "  ldrd r12, \\b, [lr]\n"   \
    "  add r2, r2, r12\n"       \
    "  add r3, r3, \\b\n"       \
    "  strd r2, r3, [lr], #8\n" \
    "  ldr r12, [lr]\n"         \
    "  add \\ac, \\ac, r12\n"   \
    "  str \\ac, [lr], #4\n"    \
    ".endm\n"

/* An input of four units. */
#define ASM_INPUT                    \
    ".macro input\n"                 \
    "  ldrsb r8, [r0], #1\n"         \
    "  .irp sum, r4, r5, r6, r7\n"   \
    "    ldrb r9, [r1], #1\n"        \
    "    mla \\sum, r8, r9, \\sum\n" \
    "  .endr\n"                      \
    ".endm\n"

__asm(
    ASM_FILTER
    ASM_FOUR_TAPS
    ASM_START
    ASM_APART
    ASM_RESCALE
    IMPULSE_BEGIN(impulse_triple_linear)
    "push {r4-r11, lr}\n"
    "sub sp, #20\n"
    "ldrd r4, r5, [sp, #56]\n"
    "add r4, r0, r4\n"
    "add r2, r2, r3, lsl #1\n"
    "add r5, r2, r5\n"
    "strd r0, r4, [sp]\n"
    "strd r2, r3, [sp, #8]\n"
    "str r5, [sp, #16]\n"
    "mov lr, r4\n"
    "1:\n"
    "start\n"
    "2:\n"
    "four_taps\n"
    "cmp r0, lr\n"
    "bne 2b\n"
    "apart r4, r5\n"
    "rescale r4, r5, 0\n"
    "apart r6, r7\n"
    "rescale r6, r7, 1\n"
    "apart r8, r9\n"
    "rescale r8, r9, 2\n"
    "apart r10, r11\n"
    "rescale r10, r11, 3\n"
    "ldr r2, [sp, #8]\n"
    "ldr r3, [sp, #16]\n"
    "adds r2, #4\n"
    "str r2, [sp, #8]\n"
    "ldrd r0, lr, [sp]\n"
    "cmp r2, r3\n"
    "bne 1b\n"
    "add sp, #20\n"
    "pop {r4-r11, pc}\n"
    ".purgem filter\n"
    ".purgem four_taps\n"
    ".purgem start\n"
    ".purgem apart\n"
    ".purgem rescale\n"
    IMPULSE_END(impulse_triple_linear));

__asm(
    ASM_FILTER
    ASM_FOUR_TAPS
    ASM_START
    ASM_APART
    ASM_ADD_UP
    IMPULSE_BEGIN(impulse_triple_sums)
    "push {r4-r11, lr}\n"
    "sub sp, #4\n"
    "str r2, [sp]\n"
    "add lr, r0, r3\n"
    "start\n"
    "2:\n"
    "four_taps\n"
    "cmp r0, lr\n"
    "bne 2b\n"
    "ldr lr, [sp]\n"
    "apart r4, r5\n"
    "add_up r4, r5\n"
    "apart r6, r7\n"
    "add_up r6, r7\n"
    "apart r8, r9\n"
    "add_up r8, r9\n"
    "apart r10, r11\n"
    "add_up r10, r11\n"
    "add sp, #4\n"
    "pop {r4-r11, pc}\n"
    ".purgem filter\n"
    ".purgem four_taps\n"
    ".purgem start\n"
    ".purgem apart\n"
    ".purgem add_up\n"
    IMPULSE_END(impulse_triple_sums));

__asm(
    ASM_INPUT
    IMPULSE_BEGIN(impulse_triple_units)
    "push {r4-r11, lr}\n"
    "sub sp, #12\n"
    "strd r0, r3, [sp]\n"
    "str r2, [sp, #8]\n"
    "ldr r11, [sp, #48]\n"
    "bic r10, r11, #3\n"
    "add r10, r0, r10\n"
    "add r11, r0, r11\n"
    "1:\n"
    "ldr r4, [sp, #52]\n"
    "mov r5, r4\n"
    "mov r6, r4\n"
    "mov r7, r4\n"
    "ldr r0, [sp]\n"
    "cmp r0, r10\n"
    "beq 3f\n"
    "2:\n"
    ".rept 4\n"
    "  input\n"
    ".endr\n"
    "cmp r0, r10\n"
    "bne 2b\n"
    "3:\n"
    "cmp r0, r11\n"
    "beq 4f\n"
    "input\n"
    "b 3b\n"
    "4:\n"
    "ldm r1!, {r2, r3, r8, r9}\n"
    "add r4, r4, r2\n"
    "add r5, r5, r3\n"
    "add r6, r6, r8\n"
    "add r7, r7, r9\n"
    "ldr r2, [sp, #56]\n"
    "mov r12, #0\n"
    "cbnz r2, 5f\n"
    "mov r2, r1\n"
    "adds r1, #32\n"
    "mov r12, #8\n"
    "5:\n"
    "ldr lr, [sp, #8]\n"
    ".irp sum, r4, r5, r6, r7\n"
    "  ldrd r3, r8, [r2]\n"
    "  add r2, r2, r12\n"
    "  smull r9, \\sum, \\sum, r3\n"
    "  add \\sum, \\sum, r8\n"
    "  asr \\sum, \\sum, r8\n"
    "  ssat \\sum, #8, \\sum\n"
    "  strb \\sum, [lr], #1\n"
    ".endr\n"
    "str lr, [sp, #8]\n"
    "ldr r3, [sp, #4]\n"
    "cmp lr, r3\n"
    "bne 1b\n"
    "add sp, #12\n"
    "pop {r4-r11, pc}\n"
    ".purgem input\n"
    IMPULSE_END(impulse_triple_units));

#elif defined(__thumb__)

/* Keeps what the convention asks to keep, makes room on the stack, and puts the column or input
 * there. */
#define ASM_ENTER          \
    ".macro enter bytes\n" \
    "  push {r4-r7, lr}\n" \
    "  mov r4, r8\n"       \
    "  mov r5, r9\n"       \
    "  mov r6, r10\n"      \
    "  mov r7, r11\n"      \
    "  push {r4-r7}\n"     \
    "  sub sp, #\\bytes\n" \
    "  str r0, [sp]\n"     \
    ".endm\n"

/* Gives back the room and returns. */
#define ASM_LEAVE          \
    ".macro leave bytes\n" \
    "  add sp, #\\bytes\n" \
    "  pop {r4-r7}\n"      \
    "  mov r8, r4\n"       \
    "  mov r9, r5\n"       \
    "  mov r10, r6\n"      \
    "  mov r11, r7\n"      \
    "  pop {r4-r7, pc}\n"  \
    ".endm\n"

/* Where the loop of eight taps is entered, r6: behind its first four, for which the weights are
 * put back by r7, where their number is odd. r10: the end of the column; r5: bytes of weights. */
#define ASM_ENTRY          \
    ".macro entry\n"       \
    "  adds r5, r0, r4\n"  \
    "  mov r10, r5\n"      \
    "  subs r4, #8\n"      \
    "  lsrs r5, r4, #1\n"  \
    "  adr r6, 2f\n"       \
    "  movs r7, #0\n"      \
    "  lsls r4, r4, #26\n" \
    "  bpl 4f\n"           \
    "  adds r6, #44\n"     \
    "  movs r7, #16\n"     \
    ".endm\n"

/* Two taps of a filter, whose weights are so many bytes on. */
#define ASM_TWO_TAPS             \
    ".macro two_taps at, next\n" \
    "  ldmia r0!, {r2-r5}\n"     \
    "  ldrb r6, [r1, #\\at]\n"   \
    "  muls r2, r6, r2\n"        \
    "  muls r3, r6, r3\n"        \
    "  add r8, r2\n"             \
    "  add r9, r3\n"             \
    "  ldrb r6, [r1, #\\next]\n" \
    "  muls r4, r6, r4\n"        \
    "  muls r5, r6, r5\n"        \
    "  add r8, r4\n"             \
    "  add r9, r5\n"             \
    ".endm\n"

/* Takes the sums in r8 and r9 apart: a to r4, b to r5, c to r2. */
#define ASM_APART          \
    ".macro apart\n"       \
    "  mov r2, r8\n"       \
    "  mov r3, r9\n"       \
    "  lsls r4, r2, #11\n" \
    "  asrs r4, r4, #11\n" \
    "  subs r2, r2, r4\n"  \
    "  lsrs r5, r2, #11\n" \
    "  subs r3, r3, r5\n"  \
    "  lsls r5, r3, #11\n" \
    "  asrs r5, r5, #11\n" \
    "  subs r3, r3, r5\n"  \
    "  lsrs r2, r2, #21\n" \
    "  asrs r3, r3, #10\n" \
    "  adds r2, r2, r3\n"  \
    ".endm\n"

/* r0: the product of a sum and an even factor without its lowest 32 bits, from three products of
 * 32 bits. low: bits 1 to 20 of the factor; high: the bits from 21. */
#define ASM_MULTIPLY                   \
    ".macro multiply sum, low, high\n" \
    "  asrs r0, \\sum, #11\n"          \
    "  lsls r1, \\sum, #21\n"          \
    "  lsrs r1, r1, #21\n"             \
    "  muls r0, \\low, r0\n"           \
    "  muls r1, \\low, r1\n"           \
    "  lsrs r1, r1, #11\n"             \
    "  adds r0, r0, r1\n"              \
    "  asrs r0, r0, #9\n"              \
    "  muls \\sum, \\high, \\sum\n"    \
    "  adds r0, r0, \\sum\n"           \
    "  asrs r0, r0, #11\n"             \
    ".endm\n"

/* Limits r0 to an int8, which goes to the register value. */
#define ASM_LIMIT            \
    ".macro limit value\n"   \
    "  sxtb \\value, r0\n"   \
    "  cmp \\value, r0\n"    \
    "  beq 6f\n"             \
    "  asrs r0, r0, #31\n"   \
    "  movs \\value, #127\n" \
    "  eors \\value, r0\n"   \
    "  6:\n"                 \
    ".endm\n"

/* An input, r2, of a unit, whose weight is at bytes on. */
#define ASM_UNIT                \
    ".macro unit sum, at\n"     \
    "  ldrb r3, [r1, #\\at]\n"  \
    "  muls r3, r2, r3\n"       \
    "  adds \\sum, \\sum, r3\n" \
    ".endm\n"

__asm(
    ASM_ENTER
    ASM_LEAVE
    ASM_ENTRY
    ASM_TWO_TAPS
    ASM_APART
    ASM_MULTIPLY
    ASM_LIMIT
    IMPULSE_BEGIN(impulse_triple_linear)
    "enter 28\n"
    "str r3, [sp, #4]\n"
    "lsls r4, r3, #1\n"
    "adds r2, r2, r4\n"
    "mov r12, r2\n"
    "ldr r4, [sp, #68]\n"
    "adds r4, r2, r4\n"
    "str r4, [sp, #16]\n"
    "ldr r4, [sp, #64]\n"
    "entry\n"
    "4:\n"
    "mov r11, r6\n"
    "str r5, [sp, #20]\n"
    "str r7, [sp, #24]\n"
    "1:\n"
    "ldr r5, [sp, #20]\n"
    "adds r5, r1, r5\n"
    "str r5, [sp, #12]\n"
    "ldr r7, [sp, #24]\n"
    "subs r1, r1, r7\n"
    "str r1, [sp, #8]\n"
    "5:\n"
    "ldr r0, [sp]\n"
    "ldmia r0!, {r2, r3}\n"
    "mov r8, r2\n"
    "mov r9, r3\n"
    "mov pc, r11\n"
    ".p2align 2\n"
    "2:\n"
    "two_taps 0, 4\n"
    "two_taps 8, 12\n"
    "3:\n"
    "two_taps 16, 20\n"
    "two_taps 24, 28\n"
    "adds r1, #32\n"
    "cmp r0, r10\n"
    "bne 2b\n"
    "apart\n"
    "ldr r1, [sp, #12]\n"
    "ldmia r1!, {r3, r6, r7}\n"
    "str r1, [sp, #12]\n"
    "adds r4, r4, r3\n"
    "adds r5, r5, r3\n"
    "adds r2, r2, r3\n"
    "lsls r3, r6, #11\n"
    "lsrs r3, r3, #12\n"
    "lsrs r6, r6, #21\n"
    ".irp sum, r4, r5, r2\n"
    "  multiply \\sum, r3, r6\n"
    "  adds r0, r0, r7\n"
    "  asrs r0, r7\n"
    "  limit \\sum\n"
    ".endr\n"
    "mov r0, r12\n"
    "ldr r3, [sp, #4]\n"
    "strb r2, [r0]\n"
    "subs r0, r0, r3\n"
    "strb r5, [r0]\n"
    "subs r0, r0, r3\n"
    "strb r4, [r0]\n"
    "movs r0, #1\n"
    "add r12, r0\n"
    "ldr r1, [sp, #8]\n"
    "adds r1, #1\n"
    "str r1, [sp, #8]\n"
    "lsls r0, r1, #30\n"
    "beq 9f\n"
    "b 5b\n"
    "9:\n"
    "ldr r1, [sp, #12]\n"
    "ldr r0, [sp, #16]\n"
    "cmp r12, r0\n"
    "beq 9f\n"
    "b 1b\n"
    "9:\n"
    "leave 28\n"
    ".purgem enter\n"
    ".purgem leave\n"
    ".purgem entry\n"
    ".purgem two_taps\n"
    ".purgem apart\n"
    ".purgem multiply\n"
    ".purgem limit\n"
    IMPULSE_END(impulse_triple_linear));

__asm(
    ASM_ENTER
    ASM_LEAVE
    ASM_ENTRY
    ASM_TWO_TAPS
    ASM_APART
    IMPULSE_BEGIN(impulse_triple_sums)
    "enter 8\n"
    "mov r12, r2\n"
    "mov r4, r3\n"
    "entry\n"
    "4:\n"
    "mov r11, r6\n"
    "subs r1, r1, r7\n"
    "str r1, [sp, #4]\n"
    "5:\n"
    "ldr r0, [sp]\n"
    "ldmia r0!, {r2, r3}\n"
    "mov r8, r2\n"
    "mov r9, r3\n"
    "mov pc, r11\n"
    ".p2align 2\n"
    "2:\n"
    "two_taps 0, 4\n"
    "two_taps 8, 12\n"
    "3:\n"
    "two_taps 16, 20\n"
    "two_taps 24, 28\n"
    "adds r1, #32\n"
    "cmp r0, r10\n"
    "bne 2b\n"
    "apart\n"
    "mov r0, r12\n"
    "ldr r1, [r0]\n"
    "adds r4, r4, r1\n"
    "ldr r1, [r0, #4]\n"
    "adds r5, r5, r1\n"
    "ldr r1, [r0, #8]\n"
    "adds r6, r2, r1\n"
    "stmia r0!, {r4-r6}\n"
    "mov r12, r0\n"
    "ldr r1, [sp, #4]\n"
    "adds r1, #1\n"
    "str r1, [sp, #4]\n"
    "lsls r0, r1, #30\n"
    "bne 5b\n"
    "leave 8\n"
    ".purgem enter\n"
    ".purgem leave\n"
    ".purgem entry\n"
    ".purgem two_taps\n"
    ".purgem apart\n"
    IMPULSE_END(impulse_triple_sums));

__asm(
    ASM_ENTER
    ASM_LEAVE
    ASM_MULTIPLY
    ASM_LIMIT
    ASM_UNIT
    IMPULSE_BEGIN(impulse_triple_units)
    "enter 12\n"
    "str r3, [sp, #4]\n"
    "mov r12, r2\n"
    "ldr r4, [sp, #48]\n"
    "adds r5, r0, r4\n"
    "mov r9, r5\n"
    "lsrs r4, r4, #2\n"
    "lsls r4, r4, #2\n"
    "adds r5, r0, r4\n"
    "mov r8, r5\n"
    "1:\n"
    "ldr r4, [sp, #52]\n"
    "movs r5, r4\n"
    "movs r6, r4\n"
    "movs r7, r4\n"
    "ldr r0, [sp]\n"
    "cmp r0, r8\n"
    "beq 3f\n"
    "2:\n"
    "ldrb r2, [r0, #0]\n"
    "sxtb r2, r2\n"
    "unit r4, 0\n"
    "unit r5, 1\n"
    "unit r6, 2\n"
    "unit r7, 3\n"
    "ldrb r2, [r0, #1]\n"
    "sxtb r2, r2\n"
    "unit r4, 4\n"
    "unit r5, 5\n"
    "unit r6, 6\n"
    "unit r7, 7\n"
    "ldrb r2, [r0, #2]\n"
    "sxtb r2, r2\n"
    "unit r4, 8\n"
    "unit r5, 9\n"
    "unit r6, 10\n"
    "unit r7, 11\n"
    "ldrb r2, [r0, #3]\n"
    "sxtb r2, r2\n"
    "unit r4, 12\n"
    "unit r5, 13\n"
    "unit r6, 14\n"
    "unit r7, 15\n"
    "adds r0, #4\n"
    "adds r1, #16\n"
    "cmp r0, r8\n"
    "bne 2b\n"
    "3:\n"
    "cmp r0, r9\n"
    "beq 4f\n"
    "ldrb r2, [r0]\n"
    "sxtb r2, r2\n"
    "unit r4, 0\n"
    "unit r5, 1\n"
    "unit r6, 2\n"
    "unit r7, 3\n"
    "adds r0, #1\n"
    "adds r1, #4\n"
    "b 3b\n"
    "4:\n"
    "ldmia r1!, {r2, r3}\n"
    "adds r4, r4, r2\n"
    "adds r5, r5, r3\n"
    "ldmia r1!, {r2, r3}\n"
    "adds r6, r6, r2\n"
    "adds r7, r7, r3\n"
    "ldr r0, [sp, #56]\n"
    "movs r2, #0\n"
    "cmp r0, #0\n"
    "bne 5f\n"
    "movs r0, r1\n"
    "adds r1, #32\n"
    "movs r2, #8\n"
    "5:\n"
    "mov r10, r1\n"
    "mov lr, r0\n"
    "str r2, [sp, #8]\n"
    ".irp sum, r4, r5, r6, r7\n"
    "  mov r0, lr\n"
    "  ldr r1, [sp, #8]\n"
    "  add lr, r1\n"
    "  ldmia r0!, {r2, r3}\n"
    "  mov r11, r3\n"
    "  lsrs r3, r2, #21\n"
    "  lsls r2, r2, #11\n"
    "  lsrs r2, r2, #12\n"
    "  multiply \\sum, r2, r3\n"
    "  mov r1, r11\n"
    "  adds r0, r0, r1\n"
    "  asrs r0, r1\n"
    "  limit \\sum\n"
    ".endr\n"
    "mov r0, r12\n"
    "strb r4, [r0, #0]\n"
    "strb r5, [r0, #1]\n"
    "strb r6, [r0, #2]\n"
    "strb r7, [r0, #3]\n"
    "adds r0, #4\n"
    "mov r12, r0\n"
    "mov r1, r10\n"
    "ldr r2, [sp, #4]\n"
    "cmp r0, r2\n"
    "beq 9f\n"
    "b 1b\n"
    "9:\n"
    "leave 12\n"
    ".purgem enter\n"
    ".purgem leave\n"
    ".purgem multiply\n"
    ".purgem limit\n"
    ".purgem unit\n"
    IMPULSE_END(impulse_triple_units));

#else

/* The lowest 21 bits with their sign. */
static uint32_t low(uint32_t x) {
    return ((x & 0x1fffffu) ^ 0x100000u) - 0x100000u;
}

void impulse_triple_sums(const int32_t *column, const int32_t *weights, int32_t *sums,
                         int32_t column_bytes) {
    const int32_t words = column_bytes / 4;
    for (int32_t f = 0; f < 4; f++) {
        uint32_t a = (uint32_t)column[0];
        uint32_t b = (uint32_t)column[1];
        for (int32_t i = 2; i < words; i += 2) {
            const uint32_t weight = ((uint32_t)weights[i / 2 - 1] >> (8 * f)) & 255u;
            a += (uint32_t)column[i] * weight;
            b += (uint32_t)column[i + 1] * weight;
        }
        const uint32_t first = low(a);
        const uint32_t lower = (a - first) >> 21;
        b -= lower << 10;
        const uint32_t second = low(b);
        const int32_t higher = (int32_t)(b - second) >> 10;
        sums[3 * f] += (int32_t)first;
        sums[3 * f + 1] += (int32_t)second;
        sums[3 * f + 2] += (int32_t)lower + higher;
    }
}

/* Rescaled by one multiplication, addition and shift. */
static int8_t linear(int32_t sum, int32_t factor, int32_t addend) {
    const int32_t high = (int32_t)(((int64_t)sum * factor) >> 32);
    const int32_t result = (high + addend) >> (addend & 31);
    return (int8_t)(result < -128 ? -128 : result > 127 ? 127 : result);
}

void impulse_triple_linear(const int32_t *column, const int32_t *weights, int8_t *output,
                           int32_t stride, int32_t column_bytes, int32_t filters,
                           const impulse_triple_conv2d_params *p) {
    const int32_t taps = column_bytes / 8 - 1;
    (void)p;
    for (int32_t f = 0; f < filters; f += 4) {
        int32_t sums[12] = {0};
        impulse_triple_sums(column, weights, sums, column_bytes);
        weights += taps;
        for (int32_t i = 0; i < 4; i++) {
            for (int32_t j = 2; j >= 0; j--) {
                const int32_t sum = sums[3 * i + j] + weights[0];
                output[j * stride + f + i] = linear(sum, weights[1], weights[2]);
            }
            weights += 3;
        }
    }
}

void impulse_triple_units(const int8_t *input, const int32_t *weights, int8_t *output,
                          const int8_t *end, int32_t inputs, int32_t correction,
                          const int32_t *shared) {
    while (output < end) {
        const int32_t *biases = weights + inputs;
        const int32_t *own = biases + 4;
        for (int32_t i = 0; i < 4; i++) {
            const int32_t *rescaling = shared != 0 ? shared : own + 2 * i;
            int32_t sum = correction + biases[i];
            for (int32_t tap = 0; tap < inputs; tap++) {
                sum += input[tap] * (int32_t)(((uint32_t)weights[tap] >> (8 * i)) & 255u);
            }
            *output++ = linear(sum, rescaling[0], rescaling[1]);
        }
        weights = shared != 0 ? own : own + 8;
    }
}

#endif

/* As the reference does, for a factor below 1: the last right shift of `shift` places is part of
 * `addend`. */
static int8_t twice(int32_t sum, int32_t multiplier, int32_t addend, int32_t shift) {
    const int32_t high = impulse_doubling_high_mul(sum, multiplier);
    const int32_t result = (high + (high >> 31) + addend) >> shift;
    return (int8_t)(result < -128 ? -128 : result > 127 ? 127 : result);
}

void impulse_triple_twice(const int32_t *column, const int32_t *weights, int8_t *output,
                          int32_t stride, int32_t column_bytes, int32_t filters,
                          const impulse_triple_conv2d_params *p) {
    const int32_t whole = 8 * p->part + 8;
    for (int32_t f = 0; f < filters; f += 4) {
        int32_t sums[12] = {0};
        const int32_t *from = column;
        for (int32_t left = column_bytes; left > 0; left -= whole) {
            const int32_t bytes = left < whole ? left : whole;
            impulse_triple_sums(from, weights, sums, bytes);
            from += bytes / 4;
            weights += bytes / 8 - 1;
        }
        const int32_t *sum = sums;
        for (int8_t *to = output + f; to < output + f + 4; to++) {
            const int32_t bias = weights[0];
            const int32_t multiplier = weights[1];
            const int32_t shift = weights[2];
            const int32_t addend = (1 << (shift - 1)) + p->output_zero * (1 << shift);
            to[2 * stride] = twice(sum[2] + bias, multiplier, addend, shift);
            to[stride] = twice(sum[1] + bias, multiplier, addend, shift);
            to[0] = twice(sum[0] + bias, multiplier, addend, shift);
            sum += 3;
            weights += 3;
        }
    }
}
