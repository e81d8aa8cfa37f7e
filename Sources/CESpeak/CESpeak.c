#define _GNU_SOURCE
#include "CESpeak.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_RATE 22050

struct avatarium_espeak {
  int file;
  void *handle;
  // What the library has allocated and not freed: its own end forgets dictionaries of second languages.
  void **blocks;
  size_t count, capacity;
  uint32_t noise;
  avatarium_espeak_receiver receiver;
  void *context;

  __typeof__(espeak_Initialize) *initialize;
  __typeof__(espeak_Info) *info;
  __typeof__(espeak_SetSynthCallback) *set_callback;
  __typeof__(espeak_SetVoiceByName) *set_voice;
  __typeof__(espeak_SetParameter) *set_parameter;
  __typeof__(espeak_SetPhonemeTrace) *set_trace;
  __typeof__(espeak_Synth) *synth;
  __typeof__(espeak_TextToPhonemes) *phonemes;
  __typeof__(espeak_ListVoices) *voices;
  __typeof__(espeak_Terminate) *terminate;
  void (*initialize_path)(const char *path);
};

// The copy whose code runs on this thread, for the functions that it calls in place of libc's.
static _Thread_local avatarium_espeak *current;

static void remember(void *block) {
  avatarium_espeak *copy = current;
  if (!copy || !block) return;
  if (copy->count == copy->capacity) {
    size_t capacity = copy->capacity ? copy->capacity * 2 : 256;
    void **blocks = realloc(copy->blocks, capacity * sizeof *blocks);
    if (!blocks) return;  // This one may leak.
    copy->blocks = blocks;
    copy->capacity = capacity;
  }
  copy->blocks[copy->count++] = block;
}

static void forget(void *block) {
  avatarium_espeak *copy = current;
  if (!copy || !block) return;
  for (size_t i = copy->count; i-- > 0;) {
    if (copy->blocks[i] != block) continue;
    copy->blocks[i] = copy->blocks[--copy->count];
    return;
  }
}

static void *copy_malloc(size_t size) {
  void *block = malloc(size);
  remember(block);
  return block;
}

static void *copy_calloc(size_t count, size_t size) {
  void *block = calloc(count, size);
  remember(block);
  return block;
}

static void *copy_realloc(void *old, size_t size) {
  forget(old);
  void *block = realloc(old, size);
  remember(block ? block : size ? old : NULL);
  return block;
}

static void copy_free(void *block) {
  forget(block);
  free(block);
}

// Breath is made of rand(), which libc shares with the whole process: every copy gets its own, from one seed.
static int copy_rand(void) {
  static uint32_t spare = 1;
  uint32_t *state = current ? &current->noise : &spare;
  *state = *state * 1664525u + 1013904223u;
  return (int)(*state >> 1 ^ *state >> 17) & 0x7fffffff;
}

// SSML's <audio> hands a file's name to the shell, for sox. No such text gets here (SpokenMarkup); this is the second
// door.
static int copy_system(const char *command) {
  (void)command;
  return -1;
}

static void *replacement(const char *name) {
  if (!strcmp(name, "malloc")) return copy_malloc;
  if (!strcmp(name, "calloc")) return copy_calloc;
  if (!strcmp(name, "realloc")) return copy_realloc;
  if (!strcmp(name, "free")) return copy_free;
  if (!strcmp(name, "rand")) return copy_rand;
  if (!strcmp(name, "system")) return copy_system;
  return NULL;
}

static void replace(
    const struct link_map *map, const ElfW(Rela) *relocations, size_t bytes, const ElfW(Sym) *symbols,
    const char *names) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (size_t i = 0; relocations && i < bytes / sizeof *relocations; i++) {
    size_t symbol = relocations[i].r_info >> (sizeof(ElfW(Addr)) == 8 ? 32 : 8);
    if (symbol == 0 || relocations[i].r_addend != 0) continue;
    void *ours = replacement(names + symbols[symbol].st_name);
    if (!ours) continue;
    void **slot = (void **)(map->l_addr + relocations[i].r_offset);
    // The loader has written the address and closed the page.
    char *start = (char *)((uintptr_t)slot & ~(page - 1));
    if (mprotect(start, page, PROT_READ | PROT_WRITE) == 0) *slot = ours;
  }
}

// Points the copy's calls of malloc, free, rand and system at ours.
static void redirect(void *handle) {
  struct link_map *map = NULL;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return;
  const ElfW(Sym) *symbols = NULL;
  const char *names = NULL;
  const ElfW(Rela) *jumps = NULL, *data = NULL;
  size_t jump_bytes = 0, data_bytes = 0;
  for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
    switch (entry->d_tag) {
    case DT_SYMTAB: symbols = (const void *)entry->d_un.d_ptr; break;
    case DT_STRTAB: names = (const void *)entry->d_un.d_ptr; break;
    case DT_JMPREL: jumps = (const void *)entry->d_un.d_ptr; break;
    case DT_PLTRELSZ: jump_bytes = entry->d_un.d_val; break;
    case DT_RELA: data = (const void *)entry->d_un.d_ptr; break;
    case DT_RELASZ: data_bytes = entry->d_un.d_val; break;
    default: break;
    }
  }
  if (!symbols || !names) return;
  replace(map, jumps, jump_bytes, symbols, names);
  replace(map, data, data_bytes, symbols, names);
}

// The installed library, which stays loaded so that what it needs does, too.
static const char *installed(void) {
  static void *handle;
  if (!handle) handle = dlopen("libespeak-ng.so.1", RTLD_LAZY | RTLD_LOCAL);
  struct link_map *map = NULL;
  return handle && dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? map->l_name : NULL;
}

// The loader knows a library again by its file, so a copy of the code needs a copy of the file, in memory.
static int duplicate(const char *path) {
  int source = open(path, O_RDONLY | O_CLOEXEC);
  int target = memfd_create("libespeak-ng", MFD_CLOEXEC);
  struct stat info;
  if (source < 0 || target < 0 || fstat(source, &info) != 0) goto failed;
  void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, source, 0);
  if (bytes == MAP_FAILED) goto failed;
  off_t written = 0;
  while (written < info.st_size) {
    ssize_t some = write(target, (const char *)bytes + written, (size_t)(info.st_size - written));
    if (some <= 0) break;
    written += some;
  }
  munmap(bytes, (size_t)info.st_size);
  close(source);
  if (written == info.st_size) return target;
  close(target);
  return -1;
failed:
  if (source >= 0) close(source);
  if (target >= 0) close(target);
  return -1;
}

static int receive(short *samples, int count, espeak_EVENT *events) {
  if (current && current->receiver) current->receiver(current->context, samples, count, events);
  return 0;
}

static avatarium_espeak_status start(avatarium_espeak *copy) {
  // The library would print that its data is missing; so look first.
  copy->initialize_path(NULL);
  const char *folder = NULL;
  copy->info(&folder);
  char path[4096];
  if (!folder || snprintf(path, sizeof path, "%s/phontab", folder) >= (int)sizeof path
      || access(path, R_OK) != 0)
    return AVATARIUM_ESPEAK_NO_DATA;
  int options =
      espeakINITIALIZE_PHONEME_EVENTS | espeakINITIALIZE_PHONEME_IPA | espeakINITIALIZE_DONT_EXIT;
  if (copy->initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, options) != SAMPLE_RATE)
    return AVATARIUM_ESPEAK_NO_DATA;
  copy->set_callback(receive);
  return AVATARIUM_ESPEAK_OK;
}

avatarium_espeak_status avatarium_espeak_open(avatarium_espeak **out) {
  const char *path = installed();
  if (!path) return AVATARIUM_ESPEAK_NO_LIBRARY;
  avatarium_espeak *copy = calloc(1, sizeof *copy);
  if (!copy) return AVATARIUM_ESPEAK_NO_MEMORY;
  copy->noise = 1;
  copy->file = duplicate(path);
  if (copy->file < 0) {
    free(copy);
    return AVATARIUM_ESPEAK_NO_MEMORY;
  }
  // The file stays open while the copy lives: the loader would take the next copy of the same name for this one.
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", copy->file);
  // RTLD_DEEPBIND: a program that links libespeak-ng itself must not lend its globals to the copy.
  copy->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  avatarium_espeak_status status = AVATARIUM_ESPEAK_NO_LIBRARY;
  if (!copy->handle) goto failed;
#define FIND(member, function) \
  if (!(copy->member = (__typeof__(copy->member))dlsym(copy->handle, function))) goto failed
  FIND(initialize, "espeak_Initialize");
  FIND(initialize_path, "espeak_ng_InitializePath");
  FIND(info, "espeak_Info");
  FIND(set_callback, "espeak_SetSynthCallback");
  FIND(set_voice, "espeak_SetVoiceByName");
  FIND(set_parameter, "espeak_SetParameter");
  FIND(set_trace, "espeak_SetPhonemeTrace");
  FIND(synth, "espeak_Synth");
  FIND(phonemes, "espeak_TextToPhonemes");
  FIND(voices, "espeak_ListVoices");
  FIND(terminate, "espeak_Terminate");
#undef FIND
  redirect(copy->handle);
  current = copy;
  status = start(copy);
  current = NULL;
  if (status != AVATARIUM_ESPEAK_OK) goto failed;
  *out = copy;
  return AVATARIUM_ESPEAK_OK;
failed:
  if (copy->handle) dlclose(copy->handle);
  for (size_t i = 0; i < copy->count; i++) free(copy->blocks[i]);
  free(copy->blocks);
  close(copy->file);
  free(copy);
  return status;
}

void avatarium_espeak_close(avatarium_espeak *copy) {
  current = copy;
  // Works once in a library's life: its second end waits for a command that no longer runs.
  copy->terminate();
  current = NULL;
  dlclose(copy->handle);
  for (size_t i = 0; i < copy->count; i++) free(copy->blocks[i]);
  free(copy->blocks);
  close(copy->file);
  free(copy);
}

int avatarium_espeak_set_voice(avatarium_espeak *copy, const char *name) {
  current = copy;
  int found = copy->set_voice(name) == EE_OK;
  if (!found) {
    // Some languages (chr-US-Qaaa-x-west) are only found by their voice's name.
    const espeak_VOICE **voice = copy->voices(NULL);
    for (; voice && *voice && !found; voice++) {
      const char *languages = (*voice)->languages;
      if (languages && (*voice)->name && !strcasecmp(languages + 1, name))
        found = copy->set_voice((*voice)->name) == EE_OK;
    }
  }
  current = NULL;
  return found;
}

int avatarium_espeak_speak(
    avatarium_espeak *copy, const char *text, avatarium_espeak_parameters parameters,
    avatarium_espeak_receiver receiver, void *context, char **trace) {
  size_t size = 0;
  *trace = NULL;
  FILE *stream = open_memstream(trace, &size);
  if (!stream) return EE_INTERNAL_ERROR;
  current = copy;
  copy->receiver = receiver;
  copy->context = context;
  copy->set_parameter(espeakRATE, parameters.words_per_minute, 0);
  copy->set_parameter(espeakPITCH, parameters.pitch, 0);
  copy->set_parameter(espeakVOLUME, parameters.volume, 0);
  copy->set_trace(espeakPHONEMES_IPA | '_' << 8, stream);
  unsigned flags = espeakCHARS_UTF8 | espeakENDPAUSE | (parameters.ssml ? espeakSSML : 0);
  espeak_ERROR status = copy->synth(text, strlen(text) + 1, 0, POS_CHARACTER, 0, flags, NULL, NULL);
  copy->set_trace(0, NULL);
  copy->receiver = NULL;
  current = NULL;
  fclose(stream);
  return status;
}

const char *avatarium_espeak_phonemes(avatarium_espeak *copy, const void **text) {
  current = copy;
  const char *clause = copy->phonemes(text, espeakCHARS_UTF8, espeakPHONEMES_IPA | '_' << 8);
  current = NULL;
  return clause;
}

const espeak_VOICE *const *avatarium_espeak_voices(avatarium_espeak *copy) {
  current = copy;
  const espeak_VOICE **voices = copy->voices(NULL);
  current = NULL;
  return (const espeak_VOICE *const *)voices;
}
