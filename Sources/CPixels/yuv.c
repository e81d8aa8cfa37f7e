#include "CPixels.h"

#include <string.h>

// Plain loops over 32-bit pixels that the compiler turns into SIMD; on x86-64 it makes a second copy for
// AVX2, chosen when the program is loaded.
#if defined(__x86_64__) && defined(__linux__)
#define SIMD_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define SIMD_CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

// BT.709: Y' = KR R' + KG G' + KB B'.
#define KR 0.2126
#define KB 0.0722
#define KG (1.0 - KR - KB)
#define FIXED(x) ((int32_t)((x) * 65536.0 + ((x) < 0 ? -0.5 : 0.5)))

// 8-bit limited range: luma 16...235, chroma 16...240, times 2^16. Green takes what is left, so that white is
// exactly 235 and every grey has chroma of exactly 128.
enum {
    YR = FIXED(KR * 219 / 255), YB = FIXED(KB * 219 / 255), YG = FIXED(219.0 / 255) - YR - YB,
    CB_R = FIXED(-KR / (2 * (1 - KB)) * 224 / 255), CB_B = FIXED(0.5 * 224 / 255), CB_G = -CB_R - CB_B,
    CR_R = FIXED(0.5 * 224 / 255), CR_B = FIXED(-KB / (2 * (1 - KR)) * 224 / 255), CR_G = -CR_R - CR_B,
};

/// Columns worked on at a time: the sums of one block stay in the first-level cache.
enum { BLOCK = 512 };

INLINE uint32_t pixel(const uint8_t *row, int x) {
    uint32_t value;
    memcpy(&value, row + (size_t)x * 4, 4);
    return value;
}

INLINE uint8_t luma(uint32_t p) {
    int32_t r = p & 0xff, g = (p >> 8) & 0xff, b = (p >> 16) & 0xff;
    return (uint8_t)((YR * r + YG * g + YB * b + (16 << 16) + (1 << 15)) >> 16);
}

SIMD_CLONES void avatarium_rgba_to_yuv420(
    const uint8_t *rgba, int width, int height, uint8_t *y, ptrdiff_t yStride, uint8_t *cb,
    ptrdiff_t cbStride, uint8_t *cr, ptrdiff_t crStride) {
    // Sums of two rows, two 16-bit fields each (red and blue; green and alpha); [0] is the column to the left.
    uint32_t redBlue[BLOCK + 1], greenAlpha[BLOCK + 1];
    for (int row = 0; row < height; row += 2) {
        const uint8_t *upper = rgba + (size_t)row * (size_t)width * 4;
        const uint8_t *lower = upper + (size_t)width * 4;
        for (int start = 0; start < width; start += BLOCK) {
            int count = width - start < BLOCK ? width - start : BLOCK;
            uint8_t *restrict y0 = y + row * yStride + start, *restrict y1 = y0 + yStride;
            for (int x = 0; x < count; x++) {
                uint32_t p = pixel(upper, start + x), q = pixel(lower, start + x);
                y0[x] = luma(p);
                y1[x] = luma(q);
                redBlue[x + 1] = (p & 0xff00ff) + (q & 0xff00ff);
                greenAlpha[x + 1] = ((p >> 8) & 0xff00ff) + ((q >> 8) & 0xff00ff);
            }
            int left = start > 0 ? start - 1 : 0;
            uint32_t p = pixel(upper, left), q = pixel(lower, left);
            redBlue[0] = (p & 0xff00ff) + (q & 0xff00ff);
            greenAlpha[0] = ((p >> 8) & 0xff00ff) + ((q >> 8) & 0xff00ff);
            uint8_t *restrict u = cb + row / 2 * cbStride + start / 2;
            uint8_t *restrict v = cr + row / 2 * crStride + start / 2;
            for (int i = 0; i < count / 2; i++) {
                uint32_t rb = redBlue[2 * i] + 2 * redBlue[2 * i + 1] + redBlue[2 * i + 2];
                uint32_t ga = greenAlpha[2 * i] + 2 * greenAlpha[2 * i + 1] + greenAlpha[2 * i + 2];
                int32_t r = rb & 0xffff, g = ga & 0xffff, b = rb >> 16;
                u[i] = (uint8_t)((CB_R * r + CB_G * g + CB_B * b + (128 << 19) + (1 << 18)) >> 19);
                v[i] = (uint8_t)((CR_R * r + CR_G * g + CR_B * b + (128 << 19) + (1 << 18)) >> 19);
            }
        }
    }
}

SIMD_CLONES void avatarium_rgba_to_yuva420(
    const uint8_t *rgba, int width, int height, uint8_t *y, ptrdiff_t yStride, uint8_t *cb,
    ptrdiff_t cbStride, uint8_t *cr, ptrdiff_t crStride, uint8_t *alpha, ptrdiff_t alphaStride) {
    // Sums of two rows of colour times alpha, and of alpha; [0] is the column to the left.
    float red[BLOCK + 1], green[BLOCK + 1], blue[BLOCK + 1], weight[BLOCK + 1];
    for (int row = 0; row < height; row += 2) {
        const uint8_t *upper = rgba + (size_t)row * (size_t)width * 4;
        const uint8_t *lower = upper + (size_t)width * 4;
        for (int start = 0; start < width; start += BLOCK) {
            int count = width - start < BLOCK ? width - start : BLOCK;
            uint8_t *restrict y0 = y + row * yStride + start, *restrict y1 = y0 + yStride;
            uint8_t *restrict a0 = alpha + row * alphaStride + start, *restrict a1 = a0 + alphaStride;
            for (int x = -1; x < count; x++) {
                int column = start + x < 0 ? 0 : start + x;
                uint32_t p = pixel(upper, column), q = pixel(lower, column);
                int32_t pa = p >> 24, qa = q >> 24;
                red[x + 1] = (float)((int32_t)(p & 0xff) * pa + (int32_t)(q & 0xff) * qa);
                green[x + 1] = (float)((int32_t)((p >> 8) & 0xff) * pa + (int32_t)((q >> 8) & 0xff) * qa);
                blue[x + 1] = (float)((int32_t)((p >> 16) & 0xff) * pa + (int32_t)((q >> 16) & 0xff) * qa);
                weight[x + 1] = (float)(pa + qa);
            }
            for (int x = 0; x < count; x++) {
                uint32_t p = pixel(upper, start + x), q = pixel(lower, start + x);
                y0[x] = luma(p);
                y1[x] = luma(q);
                a0[x] = (uint8_t)(p >> 24);
                a1[x] = (uint8_t)(q >> 24);
            }
            uint8_t *restrict u = cb + row / 2 * cbStride + start / 2;
            uint8_t *restrict v = cr + row / 2 * crStride + start / 2;
            for (int i = 0; i < count / 2; i++) {
                float w = weight[2 * i] + 2 * weight[2 * i + 1] + weight[2 * i + 2];
                float scale = 1 / ((w > 0 ? w : 1) * 65536.0f);
                float r = (red[2 * i] + 2 * red[2 * i + 1] + red[2 * i + 2]) * scale;
                float g = (green[2 * i] + 2 * green[2 * i + 1] + green[2 * i + 2]) * scale;
                float b = (blue[2 * i] + 2 * blue[2 * i + 1] + blue[2 * i + 2]) * scale;
                u[i] = (uint8_t)(int32_t)(CB_R * r + CB_G * g + CB_B * b + 128.5f);
                v[i] = (uint8_t)(int32_t)(CR_R * r + CR_G * g + CR_B * b + 128.5f);
            }
        }
    }
}

SIMD_CLONES void avatarium_rgba_to_yuva444p10(
    const uint8_t *rgba, int width, int height, uint16_t *y, ptrdiff_t yStride, uint16_t *cb,
    ptrdiff_t cbStride, uint16_t *cr, ptrdiff_t crStride, uint16_t *alpha, ptrdiff_t alphaStride) {
    for (int row = 0; row < height; row++) {
        const uint8_t *source = rgba + (size_t)row * (size_t)width * 4;
        uint16_t *restrict y0 = (uint16_t *)((uint8_t *)y + row * yStride);
        uint16_t *restrict u = (uint16_t *)((uint8_t *)cb + row * cbStride);
        uint16_t *restrict v = (uint16_t *)((uint8_t *)cr + row * crStride);
        uint16_t *restrict a = (uint16_t *)((uint8_t *)alpha + row * alphaStride);
        for (int x = 0; x < width; x++) {
            uint32_t p = pixel(source, x);
            int32_t r = p & 0xff, g = (p >> 8) & 0xff, b = (p >> 16) & 0xff;
            uint32_t opacity = p >> 24;
            // 10-bit limited range is four times the 8-bit one: 64...940 and 64...960.
            y0[x] = (uint16_t)((YR * r + YG * g + YB * b + (16 << 16) + (1 << 13)) >> 14);
            u[x] = (uint16_t)((CB_R * r + CB_G * g + CB_B * b + (128 << 16) + (1 << 13)) >> 14);
            v[x] = (uint16_t)((CR_R * r + CR_G * g + CR_B * b + (128 << 16) + (1 << 13)) >> 14);
            a[x] = (uint16_t)((opacity << 2) | (opacity >> 6));
        }
    }
}
