#pragma once
#include <stdint.h>

/// Smooths the edges of a rectangle of an RGBA picture in place, after Lottes, "FXAA" (NVIDIA, 2009): where
/// brightness (or, with `use_alpha`, cover) jumps, the edge is followed to both of its ends and the pixel is mixed
/// with its neighbour across, by how much of it the straight edge would cover.
///
/// `scratch` holds `width * (height + 9) + 8` bytes. Rows are `stride` bytes apart.
void avatarium_smooth_edges(
  uint8_t *pixels, long stride, int width, int height, int use_alpha, uint8_t *scratch);
