#pragma once
#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>
#include <stdint.h>
#include <sys/types.h>

/// What a synthesis begins with; then come the samples (int16), the events and the trace's bytes.
typedef struct {
  int32_t status;
  int32_t eventCount;
  int64_t sampleCount;
  int64_t traceBytes;
} avatarium_espeak_header;

typedef struct {
  /// 0: a word begins. 1: a sound begins.
  int32_t kind;
  int32_t position;
  int32_t length;
  int32_t sample;
  char name[8];
} avatarium_espeak_event;

/// Speaks a text with the voice that is selected, in a forked process.
///
/// The library keeps the phase of its waves in statics that nothing resets, so that a text would sound a little
/// different after each other text. A child that begins with the state of this process, which never speaks,
/// gives the same sound for the same text every time.
///
/// Returns a descriptor to read the result from until its end, or -1 with errno. `child` must be waited for.
int avatarium_espeak_speak(const char *text, size_t size, int rate, int pitch, int volume, unsigned flags,
                           int trace, pid_t *child);
