#define _GNU_SOURCE
#include "CESpeak.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

typedef struct {
  char *bytes;
  size_t size, capacity;
} buffer;

static buffer samples, events;

static int append(buffer *to, const void *from, size_t size) {
  if (to->capacity - to->size < size) {
    size_t capacity = (to->capacity + size) * 2;
    char *bytes = realloc(to->bytes, capacity);
    if (!bytes) return 1;
    to->bytes = bytes;
    to->capacity = capacity;
  }
  memcpy(to->bytes + to->size, from, size);
  to->size += size;
  return 0;
}

/// Nonzero ends the synthesis.
static int collect(short *wave, int count, espeak_EVENT *event) {
  if (wave && count > 0 && append(&samples, wave, (size_t)count * sizeof(short))) return 1;
  for (; event && event->type != espeakEVENT_LIST_TERMINATED; event++) {
    avatarium_espeak_event one = {.sample = event->sample};
    if (event->type == espeakEVENT_WORD) {
      one.position = event->text_position;
      one.length = event->length;
    } else if (event->type == espeakEVENT_PHONEME) {
      one.kind = 1;
      memcpy(one.name, event->id.string, sizeof one.name);
    } else {
      continue;
    }
    if (append(&events, &one, sizeof one)) return 1;
  }
  return 0;
}

static int writeAll(int descriptor, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t got = write(descriptor, bytes, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 1;
    bytes += got;
    size -= (size_t)got;
  }
  return 0;
}

static void speak(int descriptor, const char *text, size_t size, unsigned flags, int trace) {
  char *traceText = NULL;
  size_t traceSize = 0;
  FILE *stream = open_memstream(&traceText, &traceSize);
  if (!stream) return;
  espeak_SetSynthCallback(collect);
  // The first synthesis after a voice was loaded loses the events of its first buffer: let it be this one.
  espeak_Synth("a.", 3, 0, POS_CHARACTER, 0, espeakCHARS_UTF8 | espeakENDPAUSE, NULL, NULL);
  samples.size = events.size = 0;
  espeak_SetPhonemeTrace(trace, stream);
  espeak_ERROR status = espeak_Synth(text, size, 0, POS_CHARACTER, 0, flags, NULL, NULL);
  fclose(stream);
  avatarium_espeak_header header = {
      .status = status,
      .eventCount = (int32_t)(events.size / sizeof(avatarium_espeak_event)),
      .sampleCount = (int64_t)(samples.size / sizeof(short)),
      .traceBytes = (int64_t)traceSize};
  (void)(writeAll(descriptor, (const char *)&header, sizeof header) ||
         writeAll(descriptor, samples.bytes, samples.size) ||
         writeAll(descriptor, events.bytes, events.size) || writeAll(descriptor, traceText, traceSize));
}

int avatarium_espeak_speak(const char *text, size_t size, int rate, int pitch, int volume, unsigned flags,
                           int trace, pid_t *child) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  pid_t parent = getpid();
  *child = fork();
  if (*child == 0) {
    // The reader going away, or the parent's death, ends this process too.
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) {
      espeak_SetParameter(espeakRATE, rate, 0);
      espeak_SetParameter(espeakPITCH, pitch, 0);
      espeak_SetParameter(espeakVOLUME, volume, 0);
      speak(ends[1], text, size, flags, trace);
    }
    _exit(0);
  }
  int number = errno;
  close(ends[1]);
  if (*child < 0) {
    close(ends[0]);
    errno = number;
    return -1;
  }
  return ends[0];
}
