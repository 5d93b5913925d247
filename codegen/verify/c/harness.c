#include "harness.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD REGISTER(0xE000E014u)
#define SYSTICK_VALUE REGISTER(0xE000E018u)
#define CPACR REGISTER(0xE000ED88u)
#define CCR REGISTER(0xE000ED14u)
#define UNALIGN_TRP 8u

#define SEMIHOSTING_WRITE0 0x04u
#define SEMIHOSTING_EXIT 0x18u
#define EXIT_SUCCESS_REASON 0x20026u
#define EXIT_FAULT_REASON 0x20023u
#define PAINT 0xA5C35A3Cu
/* The painter itself and its caller stand in this margin. */
#define MARGIN_BYTES 64u

extern uint32_t image_bss_start[], image_bss_end[];
extern uint32_t image_data_source[], image_data_start[], image_data_end[];
extern uint32_t image_stack_top[], image_stack_bottom[];

int main(void);
void Reset_Handler(void);

static char line[256] HARNESS_VARIABLE;
static uint32_t length HARNESS_VARIABLE;
static uint32_t *painted_top HARNESS_VARIABLE;

HARNESS_CODE static uint32_t semihosting(uint32_t operation, uint32_t argument) {
    register uint32_t r0 __asm("r0") = operation;
    register uint32_t r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

HARNESS_CODE static void flush(void) {
    line[length] = '\0';
    (void)semihosting(SEMIHOSTING_WRITE0, (uint32_t)(uintptr_t)line);
    length = 0;
}

HARNESS_CODE static void put(char c) {
    line[length++] = c;
    if (c == '\n' || length == sizeof line - 1u) {
        flush();
    }
}

HARNESS_CODE void harness_print(const char *text) {
    while (*text != '\0') {
        put(*text++);
    }
}

HARNESS_CODE void harness_print_number(uint32_t number) {
    char digits[10];
    uint32_t n = 0;
    do {
        digits[n++] = (char)('0' + number % 10u);
        number /= 10u;
    } while (number > 0);
    while (n > 0) {
        put(digits[--n]);
    }
}

HARNESS_CODE static char digit(uint32_t value) {
    return (char)(value < 10u ? '0' + value : 'a' + (value - 10u));
}

HARNESS_CODE void harness_print_values(const int8_t *values, size_t n_values) {
    for (size_t i = 0; i < n_values; i++) {
        const uint8_t bits = (uint8_t)values[i];
        put(digit(bits >> 4));
        put(digit(bits & 15u));
    }
}

HARNESS_CODE void harness_clock_start(void) {
    SYSTICK_CONTROL = 0;
    SYSTICK_RELOAD = 0x00FFFFFFu;
    SYSTICK_VALUE = 0;
    /* The processor's clock, no interrupt. */
    SYSTICK_CONTROL = 5u;
}

HARNESS_CODE uint32_t harness_clock_read(void) {
    /* Counts down; written before the first tick, the value reads 0 like after 2^24 ticks. */
    return (0x01000000u - SYSTICK_VALUE) & 0x00FFFFFFu;
}

HARNESS_CODE void harness_stack_paint(void) {
    uint32_t here;
    __asm volatile("mov %0, sp" : "=r"(here));
    painted_top = (uint32_t *)(uintptr_t)((here - MARGIN_BYTES) & ~3u);
    for (volatile uint32_t *word = image_stack_bottom; word < painted_top; word++) {
        *word = PAINT;
    }
}

HARNESS_CODE uint32_t harness_stack_used(void) {
    const volatile uint32_t *word = image_stack_bottom;
    while (word < painted_top && *word == PAINT) {
        word++;
    }
    if (word == painted_top) {
        return 0;
    }
    return (uint32_t)(painted_top - word) * 4u + MARGIN_BYTES;
}

HARNESS_CODE void harness_exit(void) {
    (void)semihosting(SEMIHOSTING_EXIT, EXIT_SUCCESS_REASON);
    for (;;) {
    }
}

HARNESS_CODE static void fault(void) {
    PRINT("\nfault\n");
    (void)semihosting(SEMIHOSTING_EXIT, EXIT_FAULT_REASON);
    for (;;) {
    }
}

union vector {
    void (*handler)(void);
    const uint32_t *stack_top;
};

__attribute__((section(".vectors"), used)) static const union vector vectors[16] = {
    [0] = {.stack_top = image_stack_top}, [1] = {.handler = Reset_Handler},
    [2] = {.handler = fault},             [3] = {.handler = fault},
    [4] = {.handler = fault},             [5] = {.handler = fault},
    [6] = {.handler = fault},             [11] = {.handler = fault},
    [12] = {.handler = fault},            [14] = {.handler = fault},
    [15] = {.handler = fault},
};

HARNESS_CODE void Reset_Handler(void) {
    CPACR |= 0xFu << 20;
#ifndef __thumb2__
    /* The emulated core is a larger one. */
    CCR |= UNALIGN_TRP;
#endif
    __asm volatile("dsb\n\tisb" ::: "memory");
    const uint32_t *source = image_data_source;
    for (volatile uint32_t *word = image_data_start; word < image_data_end; word++) {
        *word = *source++;
    }
    for (volatile uint32_t *word = image_bss_start; word < image_bss_end; word++) {
        *word = 0;
    }
    (void)main();
    harness_exit();
}
