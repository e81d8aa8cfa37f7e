#include "CTriangles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Rays of one point that go through the tree together.
#define LANES 8
#define LEAF 4

struct avatarium_triangles {
  size_t count, leaves;
  // Of a heap whose root is 1 and whose leaves are the last: low x, y, z and high x, y, z.
  float *boxes;
  // One corner and the edges to the other two.
  float *corners;
  uint32_t *indices;
};

static int is_finite(const float *p) { return isfinite(p[0]) && isfinite(p[1]) && isfinite(p[2]); }

// Ten bits, two zeros after each.
static uint32_t spread(uint32_t x) {
  x = (x | x << 16) & 0x030000ff;
  x = (x | x << 8) & 0x0300f00f;
  x = (x | x << 4) & 0x030c30c3;
  return (x | x << 2) & 0x09249249;
}

// Sorts keys of 30 bits with their values, ten bits at a time.
static void sort(uint32_t *keys, uint32_t *values, uint32_t *keys2, uint32_t *values2, size_t n) {
  for (int shift = 0; shift < 30; shift += 10) {
    size_t places[1025] = {0};
    for (size_t i = 0; i < n; i++) places[(keys[i] >> shift & 1023) + 1]++;
    for (int i = 0; i < 1024; i++) places[i + 1] += places[i];
    for (size_t i = 0; i < n; i++) {
      size_t at = places[keys[i] >> shift & 1023]++;
      keys2[at] = keys[i];
      values2[at] = values[i];
    }
    uint32_t *k = keys, *v = values;
    keys = keys2, values = values2;
    keys2 = k, values2 = v;
  }
  // Three passes end in the second pair.
  memcpy(keys2, keys, n * sizeof *keys);
  memcpy(values2, values, n * sizeof *values);
}

static void order(avatarium_triangles *tree, const float *positions, uint32_t *scratch) {
  size_t n = tree->count;
  float low[3] = {INFINITY, INFINITY, INFINITY}, high[3] = {-INFINITY, -INFINITY, -INFINITY};
  for (size_t i = 0; i < 3 * n; i++) {
    const float *p = positions + 4 * (size_t)tree->indices[i];
    for (int k = 0; k < 3; k++) {
      if (p[k] < low[k]) low[k] = p[k];
      if (p[k] > high[k]) high[k] = p[k];
    }
  }
  uint32_t *keys = scratch, *values = scratch + n, *sorted = scratch + 4 * n;
  for (size_t i = 0; i < n; i++) {
    uint32_t key = 0;
    for (int k = 0; k < 3; k++) {
      float sum = 0, size = high[k] - low[k];
      for (int c = 0; c < 3; c++) sum += (positions[4 * (size_t)tree->indices[3 * i + c] + k] - low[k]) / 3;
      float cell = size > 0 ? sum / size * 1023 : 0;
      key |= spread(cell >= 0 ? (cell < 1023 ? (uint32_t)cell : 1023) : 0) << k;
    }
    keys[i] = key;
    values[i] = (uint32_t)i;
  }
  sort(keys, values, scratch + 2 * n, scratch + 3 * n, n);
  for (size_t i = 0; i < n; i++) memcpy(sorted + 3 * i, tree->indices + 3 * (size_t)values[i], 3 * sizeof *sorted);
  memcpy(tree->indices, sorted, 3 * n * sizeof *sorted);
}

static size_t first(const avatarium_triangles *tree, size_t leaf) { return leaf * tree->count / tree->leaves; }

void avatarium_triangles_move(avatarium_triangles *tree, const float *positions) {
  for (size_t leaf = 0; leaf < tree->leaves; leaf++) {
    float *box = tree->boxes + 6 * (tree->leaves + leaf);
    for (int k = 0; k < 3; k++) box[k] = INFINITY, box[k + 3] = -INFINITY;
    for (size_t i = first(tree, leaf); i < first(tree, leaf + 1); i++) {
      const uint32_t *t = tree->indices + 3 * i;
      const float *a = positions + 4 * (size_t)t[0];
      float *out = tree->corners + 9 * i;
      for (int c = 0; c < 3; c++) {
        const float *p = positions + 4 * (size_t)t[c];
        for (int k = 0; k < 3; k++) {
          out[3 * c + k] = c ? p[k] - a[k] : p[k];
          if (p[k] < box[k]) box[k] = p[k];
          if (p[k] > box[k + 3]) box[k + 3] = p[k];
        }
      }
    }
  }
  for (size_t node = tree->leaves - 1; node > 0; node--) {
    float *box = tree->boxes + 6 * node, *a = tree->boxes + 12 * node, *b = a + 6;
    for (int k = 0; k < 3; k++) {
      box[k] = a[k] < b[k] ? a[k] : b[k];
      box[k + 3] = a[k + 3] > b[k + 3] ? a[k + 3] : b[k + 3];
    }
  }
}

avatarium_triangles *avatarium_triangles_make(const float *positions, const uint32_t *indices, size_t triangles) {
  avatarium_triangles *tree = calloc(1, sizeof *tree);
  if (!tree || triangles > UINT32_MAX / 8) return free(tree), NULL;
  tree->leaves = 1;
  while (tree->leaves * LEAF < triangles) tree->leaves *= 2;
  tree->boxes = calloc(tree->leaves * 12, sizeof *tree->boxes);
  tree->corners = calloc(triangles * 9 + 1, sizeof *tree->corners);
  tree->indices = calloc(triangles * 3 + 1, sizeof *tree->indices);
  uint32_t *scratch = calloc(triangles * 7 + 1, sizeof *scratch);
  if (!tree->boxes || !tree->corners || !tree->indices || !scratch) {
    free(scratch);
    avatarium_triangles_free(tree);
    return NULL;
  }
  for (size_t i = 0; i < triangles; i++) {
    const uint32_t *t = indices + 3 * i;
    if (!is_finite(positions + 4 * (size_t)t[0]) || !is_finite(positions + 4 * (size_t)t[1])
        || !is_finite(positions + 4 * (size_t)t[2]))
      continue;
    memcpy(tree->indices + 3 * tree->count++, t, 3 * sizeof *t);
  }
  order(tree, positions, scratch);
  free(scratch);
  avatarium_triangles_move(tree, positions);
  return tree;
}

void avatarium_triangles_free(avatarium_triangles *tree) {
  if (!tree) return;
  free(tree->boxes);
  free(tree->corners);
  free(tree->indices);
  free(tree);
}

typedef struct {
  float origin[3];
  float x[LANES], y[LANES], z[LANES];
  float inverse_x[LANES], inverse_y[LANES], inverse_z[LANES];
  // How far each ray got.
  float t[LANES];
} bundle;

static inline __attribute__((always_inline)) float away(const float *box, const float *p) {
  float sum = 0;
  for (int k = 0; k < 3; k++) {
    float d = p[k] < box[k] ? box[k] - p[k] : p[k] > box[k + 3] ? p[k] - box[k + 3] : 0;
    sum += d * d;
  }
  return sum;
}

static inline __attribute__((always_inline)) float least(float a, float b) { return a < b ? a : b; }
static inline __attribute__((always_inline)) float most(float a, float b) { return a > b ? a : b; }

static inline __attribute__((always_inline)) int enters(const float *box, const bundle *r) {
  float x0 = box[0] - r->origin[0], y0 = box[1] - r->origin[1], z0 = box[2] - r->origin[2];
  float x1 = box[3] - r->origin[0], y1 = box[4] - r->origin[1], z1 = box[5] - r->origin[2];
  int any = 0;
  for (int i = 0; i < LANES; i++) {
    float ax = x0 * r->inverse_x[i], bx = x1 * r->inverse_x[i];
    float ay = y0 * r->inverse_y[i], by = y1 * r->inverse_y[i];
    float az = z0 * r->inverse_z[i], bz = z1 * r->inverse_z[i];
    float in = most(most(least(ax, bx), least(ay, by)), most(least(az, bz), 0));
    float out = least(least(most(ax, bx), most(ay, by)), least(most(az, bz), r->t[i]));
    any |= in <= out;
  }
  return any;
}

// Möller and Trumbore 1997, from both sides.
static inline __attribute__((always_inline)) void meet(const float *c, bundle *r) {
  float sx = r->origin[0] - c[0], sy = r->origin[1] - c[1], sz = r->origin[2] - c[2];
  float qx = sy * c[5] - sz * c[4], qy = sz * c[3] - sx * c[5], qz = sx * c[4] - sy * c[3];
  float qe = c[6] * qx + c[7] * qy + c[8] * qz;
  for (int i = 0; i < LANES; i++) {
    float px = r->y[i] * c[8] - r->z[i] * c[7], py = r->z[i] * c[6] - r->x[i] * c[8];
    float pz = r->x[i] * c[7] - r->y[i] * c[6];
    float det = c[3] * px + c[4] * py + c[5] * pz;
    float inverse = 1 / det;
    float u = (sx * px + sy * py + sz * pz) * inverse;
    float v = (r->x[i] * qx + r->y[i] * qy + r->z[i] * qz) * inverse;
    float t = qe * inverse;
    int hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & (t < r->t[i]);
    r->t[i] = hit ? t : r->t[i];
  }
}

static inline __attribute__((always_inline)) void trace(const avatarium_triangles *tree, bundle *r, float reach) {
  size_t stack[64];
  int depth = 0;
  stack[depth++] = 1;
  while (depth) {
    size_t node = stack[--depth];
    const float *box = tree->boxes + 6 * node;
    if (!enters(box, r)) continue;
    if (node >= tree->leaves) {
      size_t leaf = node - tree->leaves, end = first(tree, leaf + 1);
      for (size_t i = first(tree, leaf); i < end; i++) meet(tree->corners + 9 * i, r);
      continue;
    }
    const float *a = tree->boxes + 12 * node;
    float near_a = away(a, r->origin), near_b = away(a + 6, r->origin);
    int swapped = near_b < near_a;
    // The nearer one is looked at first.
    if (most(near_a, near_b) <= reach * reach) stack[depth++] = 2 * node + !swapped;
    if (least(near_a, near_b) <= reach * reach) stack[depth++] = 2 * node + swapped;
  }
}

#if defined(__x86_64__)
__attribute__((target_clones("avx2", "default")))
#endif
void avatarium_triangles_openness(
    const avatarium_triangles *tree, const float *points, const float *normals, size_t count, const float *directions,
    int rays, int around_normal, float start, float reach, float *out) {
  for (size_t i = 0; i < count; i++) {
    const float *p = points + 4 * i, *n = normals + 4 * i;
    out[i] = 1;
    if (!tree->count || !is_finite(p) || !is_finite(n)) continue;
    // A basis around the normal (Duff et al. 2017).
    float sign = n[2] < 0 ? -1 : 1, a = -1 / (sign + n[2]), b = n[0] * n[1] * a;
    float s[3] = {1 + sign * n[0] * n[0] * a, sign * b, -sign * n[0]};
    float u[3] = {b, sign + n[1] * n[1] * a, -n[1]};
    float sum = 0, weight = 0;
    for (int at = 0; at + LANES <= rays; at += LANES) {
      bundle r;
      float counts[LANES];
      for (int k = 0; k < 3; k++) r.origin[k] = p[k] + n[k] * start;
      for (int k = 0; k < LANES; k++) {
        const float *d = directions + 3 * (at + k);
        float x = d[0], y = d[1], z = d[2];
        if (around_normal) {
          x = d[0] * s[0] + d[1] * u[0] + d[2] * n[0];
          y = d[0] * s[1] + d[1] * u[1] + d[2] * n[1];
          z = d[0] * s[2] + d[1] * u[2] + d[2] * n[2];
        }
        counts[k] = x * n[0] + y * n[1] + z * n[2] > 0.02f;
        // No division by zero: a ray along a plane is as good as one very near to it.
        r.x[k] = x = fabsf(x) < 1e-6f ? 1e-6f : x;
        r.y[k] = y = fabsf(y) < 1e-6f ? 1e-6f : y;
        r.z[k] = z = fabsf(z) < 1e-6f ? 1e-6f : z;
        r.inverse_x[k] = 1 / x;
        r.inverse_y[k] = 1 / y;
        r.inverse_z[k] = 1 / z;
        r.t[k] = counts[k] ? reach : 0;
      }
      trace(tree, &r, reach);
      for (int k = 0; k < LANES; k++) {
        sum += counts[k] * r.t[k];
        weight += counts[k];
      }
    }
    if (weight > 0) out[i] = sum / (weight * reach);
  }
}
