#pragma once
#include <stdint.h>

/// Smooths the edges of a rectangle of RGBA pixels in place, after Lottes, "FXAA" (NVIDIA, 2009): where luma (or, with
/// `use_alpha`, coverage) jumps, the edge is followed to both of its ends, and the pixel is mixed with its neighbour
/// across the edge by the share of it that a straight edge would cover.
///
/// - pixels: the rectangle's first pixel; rows are `stride` bytes apart.
/// - scratch: `width * (height + 9) + 8` bytes.
void avatarium_fxaa(uint8_t *pixels, long stride, int width, int height, int use_alpha, uint8_t *scratch);
