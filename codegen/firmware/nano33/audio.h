/* The microphone: int16 samples at 16 kHz in two buffers that the hardware fills in turn. */
#ifndef AUDIO_H
#define AUDIO_H

#include <stdbool.h>
#include <stdint.h>

#ifndef AUDIO_BUFFER_SAMPLES
#error "AUDIO_BUFFER_SAMPLES is set by the Makefile"
#endif

/* Gain in steps of half a decibel: 0x28 is 0 dB, 0x50 is +20 dB, 0 is -20 dB. */
#ifndef AUDIO_GAIN
#define AUDIO_GAIN 0x28u
#endif

/* Powers the microphone and starts sampling. */
void audio_start(void);

/* The oldest full buffer, or a null pointer when there is none yet. It stays valid until
 * audio_release, provided that this comes within AUDIO_BUFFER_SAMPLES / 16 ms. */
const int16_t *audio_take(void);

/* Gives the buffer of audio_take back. False when the hardware has begun to overwrite it before:
 * its samples are torn, and those that followed may be missing. */
bool audio_release(void);

/* How often that has happened since the start. */
uint32_t audio_overruns(void);

#endif
