#pragma once
#include <stddef.h>
#include <stdint.h>

/// A tree of boxes over triangles, cut where rays are likely to meet least (Wald, "On fast Construction of SAH-based
/// Bounding Volume Hierarchies", 2007): made in n log n, and moved with its vertices in linear time.
typedef struct avatarium_triangles avatarium_triangles;

/// Makes a tree; null where memory is short. Triangles with a corner that is not finite are left out.
///
/// - positions: four floats for each vertex, of which the first three count.
/// - indices: three for each triangle, all of them vertices.
avatarium_triangles *avatarium_triangles_make(const float *positions, const uint32_t *indices, size_t triangles);

/// Moves the triangles to other positions of the same vertices.
void avatarium_triangles_move(avatarium_triangles *tree, const float *positions);

void avatarium_triangles_free(avatarium_triangles *tree);

/// How far rays from points get, as a share of `reach` and averaged over the rays: 1 where nothing is near.
///
/// - points, normals: four floats each; normals are of unit length.
/// - directions: `rays` (a multiple of 8) times three floats, of unit length: with `around_normal` relative to the normal,
///   which is their z; else of the space of the points, and then those below the surface are left out.
/// - start: how far above the surface rays begin.
void avatarium_triangles_openness(
    const avatarium_triangles *tree, const float *points, const float *normals, size_t count, const float *directions,
    int rays, int around_normal, float start, float reach, float *out);
