#pragma once
#include <png.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>
#include <webp/decode.h>
#include <zlib.h>
#include <zstd.h>

// libpng reports errors by longjmp, which Swift frames must not be jumped over: so the whole of writing is here.

typedef struct {
  uint8_t *bytes;
  size_t count, capacity;
  char message[128];
} avatarium_png_output;

static inline void avatarium_png_append(png_structp png, png_bytep data, size_t count) {
  avatarium_png_output *out = (avatarium_png_output *)png_get_io_ptr(png);
  if (count > out->capacity - out->count) {
    size_t capacity = 2 * out->capacity + count + 4096;
    uint8_t *grown = (uint8_t *)realloc(out->bytes, capacity);
    if (!grown) png_error(png, "out of memory");
    out->bytes = grown;
    out->capacity = capacity;
  }
  memcpy(out->bytes + out->count, data, count);
  out->count += count;
}

static inline void avatarium_png_flush(png_structp png) { (void)png; }

static inline void avatarium_png_fail(png_structp png, png_const_charp message) {
  avatarium_png_output *out = (avatarium_png_output *)png_get_error_ptr(png);
  strncpy(out->message, message, sizeof out->message - 1);
  png_longjmp(png, 1);
}

static inline void avatarium_png_warn(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

/// Encodes straight 8-bit RGBA as sRGB PNG; without `has_alpha` only its colours. `out->bytes` is to be freed in any case.
/// Returns 0, or 1 with `out->message`.
static inline int avatarium_png_encode(
    const uint8_t *rgba, uint32_t width, uint32_t height, int has_alpha, int level, avatarium_png_output *out) {
  memset(out, 0, sizeof *out);
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, out, avatarium_png_fail, avatarium_png_warn);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    if (!out->message[0]) strncpy(out->message, "out of memory", sizeof out->message - 1);
    return 1;
  }
  png_set_write_fn(png, out, avatarium_png_append, avatarium_png_flush);
  png_set_compression_level(png, level);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE | PNG_FILTER_SUB | PNG_FILTER_UP);
  png_set_IHDR(
      png, info, width, height, 8, has_alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  png_write_info(png, info);
  if (!has_alpha) png_set_filler(png, 0, PNG_FILLER_AFTER);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, rgba + (size_t)y * width * 4);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return 0;
}
