#include "CTriangles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Rays of one point that go through the tree together.
#define LANES 8
#define LEAF 4

// Boxes that triangles are sorted into along an axis, to find where to cut.
#define BINS 12
// Pieces that are looked at for it.
#define SAMPLES 1024
// Below this, halves: so that no model makes the tree deeper than DEEPEST + 32.
#define DEEPEST 40

// A box and what is in it: its triangles, or the two nodes from `first` on.
typedef struct {
  float box[6];
  uint32_t first, triangles;
} node;

struct avatarium_triangles {
  size_t count, nodes;
  // The root first, children after their parents.
  node *tree;
  // One corner and the edges to the other two.
  float *corners;
  uint32_t *indices;
};

static inline __attribute__((always_inline)) float least(float a, float b) { return a < b ? a : b; }
static inline __attribute__((always_inline)) float most(float a, float b) { return a > b ? a : b; }

static int is_finite(const float *p) { return isfinite(p[0]) && isfinite(p[1]) && isfinite(p[2]); }

static void clear(float *box) {
  for (int k = 0; k < 3; k++) box[k] = INFINITY, box[k + 3] = -INFINITY;
}

static void cover(float *box, const float *low, const float *high) {
  for (int k = 0; k < 3; k++) {
    if (low[k] < box[k]) box[k] = low[k];
    if (high[k] > box[k + 3]) box[k + 3] = high[k];
  }
}

static float surface(const float *box) {
  float x = box[3] - box[0], y = box[4] - box[1], z = box[5] - box[2];
  return x >= 0 ? x * y + y * z + z * x : 0;
}

// A triangle while the tree is made: its box, and which it is.
typedef struct {
  float box[6];
  uint32_t index;
} piece;

static float middle(const piece *p, int axis) { return (p->box[axis] + p->box[axis + 3]) / 2; }

// Where to cut `count` pieces in two: puts what comes first first and returns how many that are; 0 to leave them together.
static size_t cut(piece *pieces, size_t count, int depth) {
  // Of many pieces some tell as much as all.
  size_t step = count / SAMPLES + 1;
  float box[6], whole[6];
  clear(box);
  clear(whole);
  for (size_t i = 0; i < count; i += step) {
    cover(whole, pieces[i].box, pieces[i].box + 3);
    float at[3] = {middle(pieces + i, 0), middle(pieces + i, 1), middle(pieces + i, 2)};
    cover(box, at, at);
  }
  int axis = 0;
  for (int k = 1; k < 3; k++)
    if (box[k + 3] - box[k] > box[axis + 3] - box[axis]) axis = k;
  float size = box[axis + 3] - box[axis], scale = BINS / size;
  if (depth >= DEEPEST || !(size > 0) || !isfinite(scale)) return count > LEAF ? count / 2 : 0;
  struct {
    float box[6];
    size_t count;
  } bins[BINS];
  for (int b = 0; b < BINS; b++) clear(bins[b].box), bins[b].count = 0;
#define BIN(p) (int)least(most((middle(p, axis) - box[axis]) * scale, 0), BINS - 1)
  for (size_t i = 0; i < count; i += step) {
    int b = BIN(pieces + i);
    cover(bins[b].box, pieces[i].box, pieces[i].box + 3);
    bins[b].count++;
  }
  // What rays meet on either side of each place to cut.
  float right[BINS], cost[BINS], sum[6];
  size_t number = 0, all = (count + step - 1) / step;
  clear(sum);
  for (int b = BINS - 1; b > 0; b--) {
    cover(sum, bins[b].box, bins[b].box + 3);
    number += bins[b].count;
    right[b] = surface(sum) * (float)number;
  }
  clear(sum);
  number = 0;
  int best = 0;
  for (int b = 1; b < BINS; b++) {
    cover(sum, bins[b - 1].box, bins[b - 1].box + 3);
    number += bins[b - 1].count;
    cost[b] = number == 0 || number == all ? INFINITY : surface(sum) * (float)number + right[b];
    if (best == 0 || cost[b] < cost[best]) best = b;
  }
  float together = surface(whole);
  if (count <= LEAF && !(cost[best] + together < together * (float)count)) return 0;
  size_t first = 0;
  for (size_t i = 0; i < count; i++) {
    if (BIN(pieces + i) >= best) continue;
    piece p = pieces[first];
    pieces[first++] = pieces[i];
    pieces[i] = p;
  }
#undef BIN
  return first == 0 || first == count ? (count > LEAF ? count / 2 : 0) : first;
}

static void grow(avatarium_triangles *tree, piece *pieces) {
  // Nodes to cut yet, with the place in `pieces` in `first`.
  struct {
    uint32_t node;
    int depth;
  } stack[DEEPEST + 34];
  int open = 0;
  tree->tree[0] = (node){.first = 0, .triangles = (uint32_t)tree->count};
  tree->nodes = 1;
  stack[open].node = 0;
  stack[open++].depth = 0;
  while (open) {
    uint32_t at = stack[--open].node;
    int depth = stack[open].depth;
    node *n = tree->tree + at;
    size_t first = n->first, count = n->triangles;
    size_t left = count > 1 ? cut(pieces + first, count, depth) : 0;
    if (!left) continue;
    uint32_t child = (uint32_t)tree->nodes;
    tree->nodes += 2;
    n->first = child;
    n->triangles = 0;
    tree->tree[child] = (node){.first = (uint32_t)first, .triangles = (uint32_t)left};
    tree->tree[child + 1] = (node){.first = (uint32_t)(first + left), .triangles = (uint32_t)(count - left)};
    for (uint32_t k = 0; k < 2; k++) {
      stack[open].node = child + k;
      stack[open++].depth = depth + 1;
    }
  }
}

void avatarium_triangles_move(avatarium_triangles *tree, const float *positions) {
  for (size_t at = tree->nodes; at-- > 0;) {
    node *n = tree->tree + at;
    clear(n->box);
    if (!n->triangles) {
      const node *a = tree->tree + n->first;
      if (!tree->count) continue;
      cover(n->box, a[0].box, a[0].box + 3);
      cover(n->box, a[1].box, a[1].box + 3);
      continue;
    }
    for (size_t i = n->first; i < (size_t)n->first + n->triangles; i++) {
      const uint32_t *t = tree->indices + 3 * i;
      const float *a = positions + 4 * (size_t)t[0];
      float *out = tree->corners + 9 * i;
      for (int c = 0; c < 3; c++) {
        const float *p = positions + 4 * (size_t)t[c];
        for (int k = 0; k < 3; k++) out[3 * c + k] = c ? p[k] - a[k] : p[k];
        cover(n->box, p, p);
      }
    }
  }
}

avatarium_triangles *avatarium_triangles_make(const float *positions, const uint32_t *indices, size_t triangles) {
  avatarium_triangles *tree = calloc(1, sizeof *tree);
  if (!tree || triangles > UINT32_MAX / 8) return free(tree), NULL;
  tree->tree = calloc(2 * triangles + 1, sizeof *tree->tree);
  tree->corners = calloc(triangles * 9 + 1, sizeof *tree->corners);
  tree->indices = calloc(triangles * 3 + 1, sizeof *tree->indices);
  piece *pieces = calloc(triangles + 1, sizeof *pieces);
  if (!tree->tree || !tree->corners || !tree->indices || !pieces) {
    free(pieces);
    avatarium_triangles_free(tree);
    return NULL;
  }
  for (size_t i = 0; i < triangles; i++) {
    piece *p = pieces + tree->count;
    clear(p->box);
    p->index = (uint32_t)i;
    int is_good = 1;
    for (int c = 0; c < 3; c++) {
      const float *corner = positions + 4 * (size_t)indices[3 * i + c];
      is_good &= is_finite(corner);
      cover(p->box, corner, corner);
    }
    tree->count += is_good;
  }
  grow(tree, pieces);
  for (size_t i = 0; i < tree->count; i++) memcpy(tree->indices + 3 * i, indices + 3 * (size_t)pieces[i].index, 3 * sizeof *indices);
  free(pieces);
  avatarium_triangles_move(tree, positions);
  return tree;
}

void avatarium_triangles_free(avatarium_triangles *tree) {
  if (!tree) return;
  free(tree->tree);
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
  uint32_t stack[DEEPEST + 34];
  int depth = 0;
  stack[depth++] = 0;
  while (depth) {
    const node *n = tree->tree + stack[--depth];
    if (!enters(n->box, r)) continue;
    if (n->triangles) {
      for (size_t i = n->first; i < (size_t)n->first + n->triangles; i++) meet(tree->corners + 9 * i, r);
      continue;
    }
    const node *a = tree->tree + n->first;
    float near_a = away(a[0].box, r->origin), near_b = away(a[1].box, r->origin);
    uint32_t swapped = near_b < near_a;
    // The nearer one is looked at first.
    if (most(near_a, near_b) <= reach * reach) stack[depth++] = n->first + !swapped;
    if (least(near_a, near_b) <= reach * reach) stack[depth++] = n->first + swapped;
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
      int any = 0;
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
        // A ray that does not count enters nothing.
        r.t[k] = counts[k] ? reach : -1;
        any |= counts[k] != 0;
      }
      if (!any) continue;
      trace(tree, &r, reach);
      for (int k = 0; k < LANES; k++) {
        sum += counts[k] * r.t[k];
        weight += counts[k];
      }
    }
    if (weight > 0) out[i] = sum / (weight * reach);
  }
}
