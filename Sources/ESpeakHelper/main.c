// avatarium-espeak: libespeak-ng in a process of its own, because plain text can overflow its stack buffers.
//
// The process is a fork server. It loads the library and its data once, and forks a child for each session: the child
// has the library in its first state, so that the same text gives the same samples whatever was spoken before, and a
// crash ends that session alone. It has one thread, so forking is safe. Reasons and numbers:
// docs/decisions/013-espeak-helper-process.md.
//
// Standard input is a Unix stream socket, the control socket. Nothing else is read, nothing is printed.
//   helper -> program: one message `ready` (status).
//   program -> helper: one byte with a descriptor (SCM_RIGHTS), the session's socket. At its end the helper exits, and
//   the kernel ends its children.
// On a session's socket both sides send messages: a header (kind, length of the payload), then the payload, integers in
// the host's byte order.
//   'V' voice: a name, UTF-8 without a zero.   Answer 'D'.
//   'S' speak: struct speak_request, text.     Answer 'B' blocks, 'T' trace, 'D'.
//   'P' pronounce: text.                       Answer 'C' a clause each, 'D'.
//   'L' list: nothing for voices; "variant".   Answer 'L' a voice or variant each, 'D'.
//   'D' done: int32, espeak-ng's status (0 is success).
#define _GNU_SOURCE
#include <errno.h>
#include <espeak-ng/espeak_ng.h>
#include <espeak-ng/speak_lib.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  CONTROL = 0,
  SAMPLE_RATE = 22050,
  // A text may have this many bytes; SpeechRequest.maximumBytes, twice for markup.
  LONGEST_TEXT = 8 << 20,
  LONGEST_VOICE = 60,
  MEMORY = 1 << 30,
};

struct header {
  uint32_t kind, length;
};

struct speak_request {
  int32_t words_per_minute, pitch, volume, ssml;
};

// An event of a block: a word (kind 1: one-based position and length in characters of the text) or a phoneme
// (kind 7: its name in IPA, cut to 8 bytes and filled with zeros).
struct event {
  uint32_t kind;
  int32_t sample, position, length;
  char name[8];
};

// MARK: Calls that libespeak-ng makes. The program's own definitions take precedence over those of shared libraries.

// Noise (whispers, breath) is made of rand(): a sequence that does not depend on the C library.
__attribute__((visibility("default"))) int rand(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return (int)(state >> 1 ^ state >> 17) & 0x7fffffff;
}

// SSML's <audio> converts files by a shell command. No such text gets here; this is the second door.
__attribute__((visibility("default"))) int system(const char *command) {
  (void)command;
  return -1;
}

// Samples go to the socket, never to a sound card: without a device PulseAudio makes no folders and prints nothing.
__attribute__((visibility("default"))) void *create_audio_device_object(
    const char *device, const char *application, const char *description) {
  (void)device, (void)application, (void)description;
  return NULL;
}

// MARK: Messages

static int session = -1;
// Messages leave in large pieces: a block has 60 ms, and each send costs a switch of processes.
static char waiting[1 << 16];
static size_t waiting_count;

static void flush(void) {
  for (size_t at = 0; at < waiting_count;) {
    ssize_t sent = send(session, waiting + at, waiting_count - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    // The program has closed the session: nobody waits for the rest.
    if (sent <= 0) _exit(0);
    at += (size_t)sent;
  }
  waiting_count = 0;
}

static void put(const void *bytes, size_t count) {
  const char *at = bytes;
  while (count > 0) {
    if (waiting_count == sizeof waiting) flush();
    size_t some = sizeof waiting - waiting_count < count ? sizeof waiting - waiting_count : count;
    memcpy(waiting + waiting_count, at, some);
    waiting_count += some;
    at += some;
    count -= some;
  }
}

static void put_header(char kind, size_t length) {
  struct header header = {(uint32_t)kind, (uint32_t)length};
  put(&header, sizeof header);
}

static void put_message(char kind, const void *payload, size_t length) {
  put_header(kind, length);
  put(payload, length);
}

static void done(int32_t status) {
  put_message('D', &status, sizeof status);
  flush();
}

static void get(void *bytes, size_t count) {
  char *at = bytes;
  while (count > 0) {
    ssize_t got = recv(session, at, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(0);
    at += got;
    count -= (size_t)got;
  }
}

// MARK: Requests

static int receive(short *samples, int count, espeak_EVENT *events) {
  if (!samples) count = 0;
  uint32_t known = 0;
  for (espeak_EVENT *event = events; event && event->type != espeakEVENT_LIST_TERMINATED; event++)
    known += event->type == espeakEVENT_WORD || event->type == espeakEVENT_PHONEME;
  uint32_t counts[2] = {(uint32_t)count, known};
  size_t sample_bytes = (size_t)count * sizeof *samples;
  put_header('B', sizeof counts + sample_bytes + known * sizeof(struct event));
  put(counts, sizeof counts);
  put(samples, sample_bytes);
  for (espeak_EVENT *event = events; event && event->type != espeakEVENT_LIST_TERMINATED; event++) {
    if (event->type != espeakEVENT_WORD && event->type != espeakEVENT_PHONEME) continue;
    struct event out = {(uint32_t)event->type, event->sample, event->text_position, event->length, {0}};
    if (event->type == espeakEVENT_PHONEME)
      memcpy(out.name, event->id.string, strnlen(event->id.string, sizeof out.name));
    put(&out, sizeof out);
  }
  return 0;
}

static void set_voice(const char *name) {
  int status = espeak_SetVoiceByName(name);
  if (status != EE_OK) {
    // Some languages (chr-US-Qaaa-x-west; with a variant en-gb and fr-fr) are only found by their voice's file.
    const size_t length = strcspn(name, "+");
    const espeak_VOICE **voice = espeak_ListVoices(NULL);
    for (; voice && *voice && status != EE_OK; voice++) {
      const char *language = (*voice)->languages;
      if (!language || !*language || !(*voice)->identifier || strlen(language + 1) != length
          || strncasecmp(language + 1, name, length))
        continue;
      char file[LONGEST_VOICE];
      if (snprintf(file, sizeof file, "%s%s", (*voice)->identifier, name + length) < (int)sizeof file)
        status = espeak_SetVoiceByName(file);
    }
  }
  done(status);
}

static void speak(const struct speak_request *request, const char *text) {
  char *trace = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&trace, &size);
  if (!stream) return done(EE_INTERNAL_ERROR);
  espeak_SetParameter(espeakRATE, request->words_per_minute, 0);
  espeak_SetParameter(espeakPITCH, request->pitch, 0);
  espeak_SetParameter(espeakVOLUME, request->volume, 0);
  espeak_SetPhonemeTrace(espeakPHONEMES_IPA | '_' << 8, stream);
  unsigned flags = espeakCHARS_UTF8 | espeakENDPAUSE | (request->ssml ? espeakSSML : 0);
  int status = espeak_Synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, flags, NULL, NULL);
  espeak_SetPhonemeTrace(0, NULL);
  fclose(stream);
  put_message('T', trace, size);
  free(trace);
  done(status);
}

static void pronounce(const char *text) {
  const void *rest = text;
  while (rest) {
    const char *clause = espeak_TextToPhonemes(&rest, espeakCHARS_UTF8, espeakPHONEMES_IPA | '_' << 8);
    if (!clause) break;
    put_message('C', clause, strlen(clause));
  }
  done(EE_OK);
}

// "name\tidentifier\tgender", then "\tpriority\tlanguage" for each language.
static void list(const char *language) {
  // Variants have the language "variant".
  espeak_VOICE kind = {.languages = language};
  const espeak_VOICE **voice = espeak_ListVoices(*language ? &kind : NULL);
  for (; voice && *voice; voice++) {
    if (!(*voice)->name || !(*voice)->languages || !(*voice)->identifier) continue;
    char line[1024];
    int length = snprintf(
        line, sizeof line, "%.200s\t%.200s\t%d", (*voice)->name, (*voice)->identifier, (*voice)->gender);
    for (const char *at = (*voice)->languages; *at && length < (int)sizeof line - 64;) {
      length += snprintf(line + length, 64, "\t%d\t%.40s", at[0], at + 1);
      at += 1 + strlen(at + 1) + 1;
    }
    put_message('L', line, (size_t)length);
  }
  done(EE_OK);
}

// Processor time for the next request, some fifty times what it takes: the kernel ends a child that never returns.
static void limit_time(size_t bytes) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  rlim_t seconds = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec + 10 + bytes / 100;
  struct rlimit limit = {seconds, RLIM_INFINITY};
  setrlimit(RLIMIT_CPU, &limit);
}

static void serve(void) {
  static struct speak_request request;
  for (;;) {
    struct header header;
    get(&header, sizeof header);
    size_t fixed = header.kind == 'S' ? sizeof request : 0;
    if (header.length < fixed || header.length - fixed > LONGEST_TEXT) _exit(1);
    if (header.kind == 'V' && header.length >= LONGEST_VOICE) _exit(1);
    get(&request, fixed);
    size_t length = header.length - fixed;
    char *text = calloc(1, length + 1);
    if (!text) _exit(1);
    get(text, length);
    limit_time(length);
    switch (header.kind) {
    case 'V': set_voice(text); break;
    case 'S': speak(&request, text); break;
    case 'P': pronounce(text); break;
    case 'L': list(text); break;
    default: _exit(1);
    }
    free(text);
  }
}

// MARK: Confinement

static void limit(int resource, rlim_t value) {
  struct rlimit limit = {value, value};
  setrlimit(resource, &limit);
}

// Whatever an overflow makes the library do: no program is started, no connection made, no process touched.
static void forbid_system_calls(void) {
#if defined(__x86_64__)
  const uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  const uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "name this architecture's AUDIT_ARCH"
#endif
#define REFUSE(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      REFUSE(SYS_execve),
      REFUSE(SYS_execveat),
      REFUSE(SYS_socket),
      REFUSE(SYS_connect),
      REFUSE(SYS_ptrace),
      REFUSE(SYS_process_vm_writev),
      REFUSE(SYS_clone),
      REFUSE(SYS_clone3),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  // A kernel without seccomp leaves the child without this one of its walls.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void begin_session(pid_t server) {
  // The kernel ends the child with the server; the server may have ended before that was asked for.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != server) _exit(0);
  close(CONTROL);
  signal(SIGCHLD, SIG_DFL);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_AS, MEMORY);
  limit(RLIMIT_NOFILE, 64);
  forbid_system_calls();
  serve();
}

// MARK: The fork server

static int32_t load(void) {
  // The library would print that its data is missing; so look first.
  espeak_ng_InitializePath(NULL);
  const char *folder = NULL;
  espeak_Info(&folder);
  char path[4096];
  if (!folder || snprintf(path, sizeof path, "%s/phontab", folder) >= (int)sizeof path
      || access(path, R_OK) != 0)
    return EE_NOT_FOUND;
  int options =
      espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_PHONEME_IPA | espeakINITIALIZE_DONT_EXIT;
  if (espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, options) != SAMPLE_RATE) return EE_NOT_FOUND;
  espeak_SetSynthCallback(receive);
  return EE_OK;
}

// The descriptor that comes with the next byte; -1 where none came, -2 at the end of the control socket.
static int next_session(void) {
  char byte;
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec vector = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg(CONTROL, &message, MSG_CMSG_CLOEXEC);
  if (got < 0 && errno == EINTR) return -1;
  if (got <= 0) return -2;
  struct cmsghdr *found = CMSG_FIRSTHDR(&message);
  if (!found || found->cmsg_level != SOL_SOCKET || found->cmsg_type != SCM_RIGHTS) return -1;
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(found), sizeof descriptor);
  return descriptor;
}

int main(void) {
  // Started by hand there is no socket to speak on.
  int kind = 0;
  socklen_t size = sizeof kind;
  if (getsockopt(CONTROL, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) return 64;
  // What the program had open stays its own.
  close_range(STDERR_FILENO + 1, ~0u, 0);
  // Children that have ended are not waited for.
  signal(SIGCHLD, SIG_IGN);
  session = CONTROL;
  int32_t status = load();
  put_message('R', &status, sizeof status);
  flush();
  if (status != EE_OK) return 69;
  const pid_t server = getpid();
  for (;;) {
    session = next_session();
    if (session == -2) return 0;
    if (session == -1) continue;
    if (fork() == 0) begin_session(server);
    // Where no child could be made, the program sees the session end.
    close(session);
  }
}
