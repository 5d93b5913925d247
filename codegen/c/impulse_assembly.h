/* Functions in assembly of Cortex-M, each in a section of its own, so that a linker keeps those
 * that are called. What is written more than once in them is a macro of the assembler, which a
 * function names before IMPULSE_BEGIN and forgets at its end, so that no two files meet in one
 * name. */
#ifndef IMPULSE_ASSEMBLY_H
#define IMPULSE_ASSEMBLY_H

#define IMPULSE_BEGIN(name)                      \
    ".section .text." #name ",\"ax\",%progbits\n" \
    ".syntax unified\n"                          \
    ".thumb\n"                                   \
    ".p2align 2\n"                               \
    ".global " #name "\n"                        \
    ".type " #name ", %function\n"               \
    ".thumb_func\n"                              \
    #name ":\n"

#define IMPULSE_END(name)                 \
    ".size " #name ", . - " #name "\n"    \
    ".text\n"

#endif
