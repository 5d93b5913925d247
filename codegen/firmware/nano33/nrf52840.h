/* The registers of the nRF52840 that this firmware uses, after the product specification
 * (Nordic Semiconductor, nRF52840 PS v1.7): clock, GPIO, UARTE, PDM, and of the Cortex-M4 core
 * the vector table, interrupt enables and floating-point access. */
#ifndef NRF52840_H
#define NRF52840_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* CLOCK: the crystal, without which the microphone's clock is off by up to 2 %. */
#define CLOCK_TASKS_HFCLKSTART REGISTER(0x40000000u)
#define CLOCK_EVENTS_HFCLKSTARTED REGISTER(0x40000100u)

/* GPIO, port 0 and 1. */
#define GPIO_OUTSET(port) REGISTER(0x50000508u + 0x300u * (port))
#define GPIO_OUTCLR(port) REGISTER(0x5000050Cu + 0x300u * (port))
#define GPIO_DIRSET(port) REGISTER(0x50000518u + 0x300u * (port))
/* In PSEL registers: the port in bit 5, the pin below. */
#define PIN(port, pin) (((port) << 5) | (pin))
#define PIN_NONE 0xFFFFFFFFu

/* UARTE0. */
#define UARTE_TASKS_STARTTX REGISTER(0x40002008u)
#define UARTE_EVENTS_ENDTX REGISTER(0x40002120u)
#define UARTE_ENABLE REGISTER(0x40002500u)
#define UARTE_PSEL_RTS REGISTER(0x40002508u)
#define UARTE_PSEL_TXD REGISTER(0x4000250Cu)
#define UARTE_PSEL_CTS REGISTER(0x40002510u)
#define UARTE_PSEL_RXD REGISTER(0x40002514u)
#define UARTE_BAUDRATE REGISTER(0x40002524u)
#define UARTE_TXD_PTR REGISTER(0x40002544u)
#define UARTE_TXD_MAXCNT REGISTER(0x40002548u)
#define UARTE_CONFIG REGISTER(0x4000256Cu)
#define UARTE_ENABLED 8u
#define UARTE_BAUD_115200 0x01D60000u

/* PDM, the digital microphone interface. */
#define PDM_TASKS_START REGISTER(0x4001D000u)
#define PDM_EVENTS_STARTED REGISTER(0x4001D100u)
#define PDM_INTENSET REGISTER(0x4001D304u)
#define PDM_ENABLE REGISTER(0x4001D500u)
#define PDM_PDMCLKCTRL REGISTER(0x4001D504u)
#define PDM_MODE REGISTER(0x4001D508u)
#define PDM_GAINL REGISTER(0x4001D518u)
#define PDM_GAINR REGISTER(0x4001D51Cu)
#define PDM_RATIO REGISTER(0x4001D520u)
#define PDM_PSEL_CLK REGISTER(0x4001D540u)
#define PDM_PSEL_DIN REGISTER(0x4001D544u)
#define PDM_SAMPLE_PTR REGISTER(0x4001D560u)
#define PDM_SAMPLE_MAXCNT REGISTER(0x4001D564u)
#define PDM_INT_STARTED (1u << 1)
#define PDM_CLOCK_1280_KHZ 0x0A000000u
#define PDM_RATIO_80 1u
#define PDM_MODE_MONO 1u
#define PDM_IRQ 29u

/* The core. */
#define NVIC_ISER0 REGISTER(0xE000E100u)
#define SCB_VTOR REGISTER(0xE000ED08u)
#define SCB_CPACR REGISTER(0xE000ED88u)

static inline void wait_for_interrupt(void) {
    __asm volatile("wfi" ::: "memory");
}

/* What came before is visible to DMA and interrupts before what follows. */
static inline void memory_barrier(void) {
    __asm volatile("dmb" ::: "memory");
}

static inline void interrupts_off(void) {
    __asm volatile("cpsid i" ::: "memory");
}

static inline void interrupts_on(void) {
    __asm volatile("cpsie i" ::: "memory");
}

#endif
