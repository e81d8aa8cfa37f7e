#pragma once
#include <stddef.h>
#include <stdint.h>

// Conversions from 8-bit R, G, B, A (rows top to bottom, no padding) to the planes that encoders take.
// BT.709 matrix (ITU-R BT.709-6, section 3), limited range. `width` and `height` are even for 4:2:0.

/// To 8-bit 4:2:0. Chroma is sited left (H.264 and MPEG-2 default): [1 2 1]/4 across, [1 1]/2 down.
void avatarium_rgba_to_yuv420(
    const uint8_t *rgba, int width, int height, uint8_t *y, ptrdiff_t yStride, uint8_t *cb,
    ptrdiff_t cbStride, uint8_t *cr, ptrdiff_t crStride);

/// The same with an alpha plane; straight alpha. Chroma is averaged by coverage, so that the colour of
/// transparent pixels does not bleed into an edge.
void avatarium_rgba_to_yuva420(
    const uint8_t *rgba, int width, int height, uint8_t *y, ptrdiff_t yStride, uint8_t *cb,
    ptrdiff_t cbStride, uint8_t *cr, ptrdiff_t crStride, uint8_t *alpha, ptrdiff_t alphaStride);

/// To 10-bit 4:4:4 with a 10-bit full-range alpha plane. Strides in bytes.
void avatarium_rgba_to_yuva444p10(
    const uint8_t *rgba, int width, int height, uint16_t *y, ptrdiff_t yStride, uint16_t *cb,
    ptrdiff_t cbStride, uint16_t *cr, ptrdiff_t crStride, uint16_t *alpha, ptrdiff_t alphaStride);
