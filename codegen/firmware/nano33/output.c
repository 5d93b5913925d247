#include "output.h"

#include "nrf52840.h"

#define UART_TX PIN(1u, 3u)
/* The red, green and blue parts of the LED, which light when low. */
#define LED_RED (1u << 24)
#define LED_GREEN (1u << 16)
#define LED_BLUE (1u << 6)
#define LED_ALL (LED_RED | LED_GREEN | LED_BLUE)

/* EasyDMA reads RAM only. */
static char line[64];
static uint32_t length;

void output_start(void) {
    GPIO_OUTSET(0u) = LED_ALL;
    GPIO_DIRSET(0u) = LED_ALL;
    GPIO_OUTSET(1u) = 1u << 3;
    GPIO_DIRSET(1u) = 1u << 3;
    UARTE_PSEL_TXD = UART_TX;
    UARTE_PSEL_RXD = PIN_NONE;
    UARTE_PSEL_RTS = PIN_NONE;
    UARTE_PSEL_CTS = PIN_NONE;
    UARTE_BAUDRATE = UARTE_BAUD_115200;
    UARTE_CONFIG = 0;
    UARTE_ENABLE = UARTE_ENABLED;
    /* As if a line had just been sent. */
    UARTE_EVENTS_ENDTX = 1;
}

static void put(char c) {
    if (length < sizeof line) {
        line[length++] = c;
    }
}

static void put_text(const char *text) {
    while (*text != '\0') {
        put(*text++);
    }
}

static void put_number(uint32_t number) {
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

void output_result(const char *label, int32_t score, uint32_t overruns) {
    if (UARTE_EVENTS_ENDTX == 0) {
        return;
    }
    length = 0;
    put_text(label);
    put(' ');
    put_number((uint32_t)((score + 128) * 100 + 128) / 256u);
    put_text("% overruns ");
    put_number(overruns);
    put_text("\r\n");
    UARTE_EVENTS_ENDTX = 0;
    UARTE_TXD_PTR = (uint32_t)(uintptr_t)line;
    UARTE_TXD_MAXCNT = length;
    memory_barrier();
    UARTE_TASKS_STARTTX = 1;
}

void output_light(int32_t colour) {
    static const uint32_t colours[6] = {
        LED_GREEN,           LED_RED,            LED_BLUE,
        LED_RED | LED_GREEN, LED_RED | LED_BLUE, LED_GREEN | LED_BLUE,
    };
    GPIO_OUTSET(0u) = LED_ALL;
    if (colour >= 0) {
        GPIO_OUTCLR(0u) = colours[colour % 6];
    }
}
