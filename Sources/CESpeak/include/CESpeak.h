#pragma once

#include <espeak-ng/speak_lib.h>

/// libespeak-ng keeps everything it knows in globals: the queue of its synthesiser, the phase of its wave, the
/// voice, SSML's settings. So each user gets a private copy of the whole library: what one text leaves behind
/// cannot reach the next, copies work at the same time, and a copy's last allocation is freed with it.
///
/// A copy may be used by one thread at a time.
typedef struct avatarium_espeak avatarium_espeak;

typedef enum {
  AVATARIUM_ESPEAK_OK = 0,
  /// libespeak-ng.so.1 is not installed, or cannot be loaded.
  AVATARIUM_ESPEAK_NO_LIBRARY,
  /// Its voice data is missing.
  AVATARIUM_ESPEAK_NO_DATA,
  AVATARIUM_ESPEAK_NO_MEMORY,
} avatarium_espeak_status;

/// Opens a copy in its first state. Opening is not thread-safe; using and closing are.
avatarium_espeak_status avatarium_espeak_open(avatarium_espeak **copy);
void avatarium_espeak_close(avatarium_espeak *copy);

/// 1 where the voice exists; once per copy, since each call queues a command that only speaking takes out.
int avatarium_espeak_set_voice(avatarium_espeak *copy, const char *name);

typedef void (*avatarium_espeak_receiver)(
    void *context, const short *samples, int count, const espeak_EVENT *events);

typedef struct {
  int words_per_minute, pitch, volume;
  int ssml;
} avatarium_espeak_parameters;

/// Speaks UTF-8 and returns espeak-ng's status, 0 for success. `trace` becomes the phonemes in IPA with stress,
/// `_` between sounds, or NULL; free it.
int avatarium_espeak_speak(
    avatarium_espeak *copy, const char *text, avatarium_espeak_parameters parameters,
    avatarium_espeak_receiver receiver, void *context, char **trace);

/// The next clause's phonemes in IPA, valid until the next call; NULL at the end. `text` moves on and becomes NULL.
const char *avatarium_espeak_phonemes(avatarium_espeak *copy, const void **text);

/// NULL-terminated, valid until the copy is closed.
const espeak_VOICE *const *avatarium_espeak_voices(avatarium_espeak *copy);
