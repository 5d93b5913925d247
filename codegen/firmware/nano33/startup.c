/* What runs before main: vector table, floating-point unit, initialized and zeroed memory. */
#include "nrf52840.h"

extern uint32_t image_data_source[], image_data_start[], image_data_end[];
extern uint32_t image_bss_start[], image_bss_end[];
extern uint32_t image_stack_top[];

int main(void);
void PDM_IRQHandler(void);
void Reset_Handler(void);

/* A fault, or an interrupt that nobody asked for: stop here for a debugger. */
static void stop(void) {
    for (;;) {
    }
}

union vector {
    void (*handler)(void);
    const uint32_t *stack_top;
};

/* 16 vectors of the core, then those of the chip up to the PDM's. */
__attribute__((section(".vectors"), used)) static const union vector vectors[16 + PDM_IRQ + 1] = {
    [0] = {.stack_top = image_stack_top},
    [1] = {.handler = Reset_Handler},
    [2] = {.handler = stop},  /* NMI */
    [3] = {.handler = stop},  /* hard fault */
    [4] = {.handler = stop},  /* memory management */
    [5] = {.handler = stop},  /* bus fault */
    [6] = {.handler = stop},  /* usage fault */
    [11] = {.handler = stop}, /* supervisor call */
    [12] = {.handler = stop}, /* debug monitor */
    [14] = {.handler = stop}, /* pending supervisor call */
    [15] = {.handler = stop}, /* SysTick */
    [16 + PDM_IRQ] = {.handler = PDM_IRQHandler},
};

void Reset_Handler(void) {
    /* The boot loader left its own table here. */
    SCB_VTOR = (uint32_t)(uintptr_t)vectors;
    /* Full access to the floating-point unit, before the first floating-point instruction. */
    SCB_CPACR |= 0xFu << 20;
    __asm volatile("dsb\n\tisb" ::: "memory");

    const uint32_t *source = image_data_source;
    for (volatile uint32_t *word = image_data_start; word < image_data_end; word++) {
        *word = *source++;
    }
    for (volatile uint32_t *word = image_bss_start; word < image_bss_end; word++) {
        *word = 0;
    }
    (void)main();
    stop();
}
