/* Sampling with the PDM peripheral of the nRF52840 and EasyDMA.
 *
 * The peripheral latches the next buffer's address when it begins a buffer, raises STARTED, and
 * goes on without a gap at its end. So at every STARTED after the first, the buffer before is
 * full, and the address that is written now belongs to the buffer after the current one: with two
 * buffers, the full one. The program has the time of one buffer to be done with it. */
#include "audio.h"

#include "nrf52840.h"

#include <stddef.h>

#define MICROPHONE_POWER 17u
#define MICROPHONE_DATA 25u
#define MICROPHONE_CLOCK 26u

static int16_t buffers[2][AUDIO_BUFFER_SAMPLES];

/* Buffers begun since the start; buffer n lies in buffers[n % 2]. */
static volatile uint32_t begun;
/* Buffers that the program has taken or given up: the next to be taken. */
static volatile uint32_t taken;
static volatile uint32_t overruns;

static void set_next_buffer(uint32_t number) {
    PDM_SAMPLE_PTR = (uint32_t)(uintptr_t)buffers[number % 2];
}

void PDM_IRQHandler(void) {
    if (PDM_EVENTS_STARTED == 0) {
        return;
    }
    PDM_EVENTS_STARTED = 0;
    /* Read back, so that the event is gone before the interrupt returns. */
    (void)PDM_EVENTS_STARTED;
    const uint32_t now = begun + 1;
    begun = now;
    set_next_buffer(now);
    /* Buffer now - 1 is being filled. It lies where now - 3 was, which must have been released. */
    if (now >= 3 && taken <= now - 3) {
        overruns = overruns + 1;
    }
}

void audio_start(void) {
    CLOCK_EVENTS_HFCLKSTARTED = 0;
    CLOCK_TASKS_HFCLKSTART = 1;
    while (CLOCK_EVENTS_HFCLKSTARTED == 0) {
    }
    GPIO_DIRSET(0u) = 1u << MICROPHONE_POWER | 1u << MICROPHONE_CLOCK;
    GPIO_OUTSET(0u) = 1u << MICROPHONE_POWER;
    GPIO_OUTCLR(0u) = 1u << MICROPHONE_CLOCK;

    /* 1280 kHz / 80 is 16 kHz exactly. */
    PDM_PDMCLKCTRL = PDM_CLOCK_1280_KHZ;
    PDM_RATIO = PDM_RATIO_80;
    PDM_MODE = PDM_MODE_MONO;
    PDM_GAINL = AUDIO_GAIN;
    PDM_GAINR = AUDIO_GAIN;
    PDM_PSEL_CLK = PIN(0u, MICROPHONE_CLOCK);
    PDM_PSEL_DIN = PIN(0u, MICROPHONE_DATA);
    PDM_SAMPLE_MAXCNT = AUDIO_BUFFER_SAMPLES;
    set_next_buffer(0);
    PDM_ENABLE = 1;
    PDM_EVENTS_STARTED = 0;
    PDM_INTENSET = PDM_INT_STARTED;
    NVIC_ISER0 = 1u << PDM_IRQ;
    PDM_TASKS_START = 1;
}

const int16_t *audio_take(void) {
    const uint32_t full = begun > 0 ? begun - 1 : 0;
    const uint32_t next = taken;
    if (next >= full) {
        return NULL;
    }
    memory_barrier();
    return buffers[next % 2];
}

bool audio_release(void) {
    memory_barrier();
    interrupts_off();
    const uint32_t now = begun;
    /* Buffers up to now - 2 are full; that in the place of this one has number taken + 2. */
    const bool whole = now < taken + 3;
    /* After an overrun, go on with the buffer that fills next: everything before is stale. */
    taken = whole ? taken + 1 : now - 1;
    interrupts_on();
    return whole;
}

uint32_t audio_overruns(void) {
    return overruns;
}
