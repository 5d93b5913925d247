/* What the board says: lines on its UART (pin TX, 115200 baud, 8N1) and its coloured LED. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdint.h>

/* Sets the pins up. */
void output_start(void);

/* Sends "<label> <score>% overruns <count>". A line that comes while the one before is still
 * being sent (about 4 ms) is dropped. score is an int8 of the network's output. */
void output_result(const char *label, int32_t score, uint32_t overruns);

/* Lights the LED in one of six colours, or none for -1. */
void output_light(int32_t colour);

#endif
