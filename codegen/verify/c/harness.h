/* What a verification image needs beside the model: printing by semihosting, the instruction
 * clock, and the painted stack. Everything here lies in sections of its own, so that the sizes
 * of the model's sections are the model's. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stddef.h>
#include <stdint.h>

#define HARNESS_CODE __attribute__((section(".harness.text"), noinline))
#define HARNESS_CONSTANT __attribute__((section(".harness.rodata")))
#define HARNESS_VARIABLE __attribute__((section(".harness.bss")))

/* Collects text; a full line is sent to the host. */
void harness_print(const char *text);
void harness_print_number(uint32_t number);
/* int8 values as two hexadecimal digits each. */
void harness_print_values(const int8_t *values, size_t n_values);

#define PRINT(text)                                            \
    do {                                                       \
        static const char words[] HARNESS_CONSTANT = text;     \
        harness_print(words);                                  \
    } while (0)

/* The clock: ticks since harness_clock_start, up to 2^24. */
void harness_clock_start(void);
uint32_t harness_clock_read(void);

/* Fills the free stack below the caller with a pattern, and later counts how much of it is
 * gone: the deepest use since, in bytes. */
void harness_stack_paint(void);
uint32_t harness_stack_used(void);

/* Ends the program with success. */
void harness_exit(void);

#endif
