#include "CFXAA.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// Pixels along which an edge is followed.
#define REACH 12

static inline int max(int a, int b) { return a > b ? a : b; }
static inline int min(int a, int b) { return a < b ? a : b; }

// Rec. 601 luma of a row, 0 to 255; with `use_alpha`, half of it and half of the alpha.
#if defined(__x86_64__)
__attribute__((target_clones("avx2", "default")))
#endif
static void find_luma(const uint8_t *row, uint8_t *out, int width, int use_alpha) {
  if (use_alpha) {
    for (int x = 0; x < width; x++) {
      const uint8_t *p = row + 4 * x;
      out[x] = (uint8_t)((p[0] * 38 + p[1] * 75 + p[2] * 15 + p[3] * 128) >> 8);
    }
  } else {
    for (int x = 0; x < width; x++) {
      const uint8_t *p = row + 4 * x;
      out[x] = (uint8_t)((p[0] * 77 + p[1] * 150 + p[2] * 29) >> 8);
    }
  }
}

// 1 where the neighbourhood's range is worth a closer look: a quarter of its brightest, as FXAA's cheaper preset has
// it. An eighth costs a twentieth of a whole frame more where hair is painted, and is no nearer to 4 samples (FLIP).
#if defined(__x86_64__)
__attribute__((target_clones("avx2", "default")))
#endif
static void find_edges(const uint8_t *l, int width, uint8_t *found) {
  for (int x = 1; x < width - 1; x++) {
    uint8_t m = l[x], n = l[x - width], s = l[x + width], w = l[x - 1], e = l[x + 1];
    uint8_t hi = m > n ? m : n, lo = m < n ? m : n;
    hi = hi > s ? hi : s;
    lo = lo < s ? lo : s;
    hi = hi > w ? hi : w;
    lo = lo < w ? lo : w;
    hi = hi > e ? hi : e;
    lo = lo < e ? lo : e;
    uint8_t range = hi - lo, floor = hi >> 2;
    found[x] = range > (floor > 24 ? floor : 24);
  }
}

// How far the edge goes on in one direction, and on which side it ends: doubled averages of the pair of rows
// along it are compared with the edge's own.
static int follow(const uint8_t *l, int pair, int step, int room, int mean2, int gradient, int *end) {
  int distance = 0, difference = 0;
  while (distance < REACH && distance < room) {
    distance++;
    l += step;
    difference = l[0] + l[pair] - mean2;
    if (abs(difference) * 2 >= gradient) break;
  }
  *end = difference;
  return distance;
}

void avatarium_fxaa(
    uint8_t *pixels, long stride, int width, int height, int use_alpha, uint8_t *scratch) {
  if (width < 3 || height < 3) return;
  uint8_t *luma = scratch;
  uint8_t *above = luma + (long)width * height, *here = above + 4L * width, *found = here + 4L * width;
  memset(found, 0, (size_t)width + 8);
  memcpy(here, pixels, 4 * (size_t)width);
  int known = 0;
  for (int y = 1; y < height - 1; y++) {
    // No farther ahead than an edge is followed, so that a row's pixels are still near when they are changed.
    for (; known < height && known <= y + REACH; known++) {
      find_luma(pixels + known * stride, luma + (long)known * width, width, use_alpha);
    }
    // This row as it was, and the one above as it was.
    uint8_t *old = above;
    above = here;
    here = old;
    memcpy(here, pixels + y * stride, 4 * (size_t)width);
    find_edges(luma + (long)y * width, width, found);
    for (int x = 1; x < width - 1; x++) {
      if (!found[x]) {
        uint64_t next;
        while (x + 8 < width && (memcpy(&next, found + x, 8), next == 0)) x += 8;
        if (!found[x]) continue;
      }
      const uint8_t *l = luma + (long)y * width + x;
      int m = l[0], n = l[-width], s = l[width], w = l[-1], e = l[1];
      int nw = l[-width - 1], ne = l[-width + 1], sw = l[width - 1], se = l[width + 1];
      int across = abs(nw + sw - 2 * w) + 2 * abs(n + s - 2 * m) + abs(ne + se - 2 * e);
      int along = abs(nw + ne - 2 * n) + 2 * abs(w + e - 2 * m) + abs(sw + se - 2 * s);
      int horizontal = across >= along;
      int first = horizontal ? n : w, second = horizontal ? s : e;
      int towards = abs(first - m) >= abs(second - m) ? -1 : 1;
      int pair = (horizontal ? width : 1) * towards;
      int other = towards < 0 ? first : second;
      int gradient = abs(other - m);
      int mean2 = m + other;
      int step = horizontal ? 1 : width;
      int before = horizontal ? x - 1 : y - 1, after = horizontal ? width - 2 - x : height - 2 - y;
      int end_before, end_after;
      int d0 = follow(l, pair, -step, before, mean2, gradient, &end_before);
      int d1 = follow(l, pair, step, after, mean2, gradient, &end_after);
      int nearest = min(d0, d1), span = d0 + d1;
      int end = d0 <= d1 ? end_before : end_after;
      // Only the half of the edge that bends towards this pixel's own side takes from across.
      int weight = 0;
      if (span > 0 && (end < 0) != (2 * m - mean2 < 0)) weight = 128 - 256 * nearest / span;
      // Single pixels and thin lines: how far the pixel stands out from all around it.
      int around = (2 * (n + s + w + e) + nw + ne + sw + se + 6) / 12;
      int hi = max(max(max(n, s), max(w, e)), m), lo = min(min(min(n, s), min(w, e)), m);
      int alone = hi > lo ? min(256, 256 * abs(around - m) / (hi - lo)) : 0;
      alone = (alone * alone >> 8) * 96 >> 8;
      weight = max(weight, alone);
      if (weight <= 0) continue;
      uint8_t *to = pixels + y * stride + 4 * x;
      const uint8_t *from = here + 4 * x;
      const uint8_t *over = horizontal ? (towards < 0 ? above + 4 * x : to + stride) : from + 4 * towards;
      for (int c = 0; c < 4; c++) to[c] = (uint8_t)((from[c] * (256 - weight) + over[c] * weight + 128) >> 8);
    }
  }
}
