"""Textures, painted from the neutral geometry."""
import io

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter

import head
from shapes import step
from skin import BORDER, EYE_STEPS


def jpeg(rgb, quality=90):
    out = io.BytesIO()
    Image.fromarray(np.round(np.clip(rgb, 0, 1) * 255).astype("u1")).save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


def blob(p, centre, radius, both=True):
    q = p.copy()
    if both:
        q[..., 0] = np.abs(q[..., 0])
    return np.exp(-(((q - np.array(centre)) / np.array(radius)) ** 2).sum(-1))


def rasterise(uv, triangles, values, size):
    """The vertices' values over the texture; what no triangle covers takes its nearest neighbour's."""
    out = np.zeros((size, size, values.shape[1]))
    done = np.zeros((size, size), bool)
    for t in triangles:
        (ax, ay), (bx, by), (cx, cy) = uv[t] - 0.5
        x0, x1 = max(int(np.floor(min(ax, bx, cx))), 0), min(int(np.ceil(max(ax, bx, cx))), size - 1)
        y0, y1 = max(int(np.floor(min(ay, by, cy))), 0), min(int(np.ceil(max(ay, by, cy))), size - 1)
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(area) < 1e-9 or x1 < x0 or y1 < y0:
            continue
        y, x = np.mgrid[y0:y1 + 1, x0:x1 + 1]
        v = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
        w = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
        hit = (v >= -1e-6) & (w >= -1e-6) & (v + w <= 1 + 1e-6)
        i, j = y[hit], x[hit]
        v, w = v[hit][:, None], w[hit][:, None]
        out[i, j] = values[t[0]] * (1 - v - w) + values[t[1]] * v + values[t[2]] * w
        done[i, j] = True
    near = distance_transform_edt(~done, return_distances=False, return_indices=True)
    return out[near[0], near[1]]


def skin_texture(skin, size=1024):
    lip = np.clip(skin.lip_row - BORDER, -1.0, 6).astype(float)
    lip[skin.lip_row < 0] = -1
    t = np.where(skin.eye_row >= 0, np.append(EYE_STEPS, -0.15)[np.clip(skin.eye_row, 0, 10)], 1.0)
    attributes = np.concatenate([skin.points, lip[:, None], t[:, None], (skin.lip_side * 1.0)[:, None]], 1)
    f = rasterise(skin.uv * size, skin.triangles, attributes, size)
    p, lip, t = f[..., :3], f[..., 3], f[..., 4]
    noise = np.random.Generator(np.random.PCG64(7)).standard_normal((size, size))
    fine, broad = gaussian_filter(noise, 1.2) * 2.6, gaussian_filter(noise, 14) * 26
    c = np.ones((size, size, 3)) * [0.885, 0.665, 0.545]
    c *= 1 + 0.010 * fine[..., None] + 0.014 * broad[..., None]

    def tint(mask, color, k):
        nonlocal c
        m = (mask * k)[..., None]
        c = c * (1 - m) + np.array(color) * m

    tint(blob(p, (40, -28, 66), (20, 15, 26)), (0.91, 0.52, 0.46), 0.50)
    tint(blob(p, (0, -38, 108), (12, 9, 12), False), (0.90, 0.52, 0.45), 0.42)
    tint(blob(p, (0, -94, 80), (15, 9, 20), False), (0.91, 0.58, 0.50), 0.25)
    tint(blob(p, (0, 55, 84), (40, 20, 30), False), (0.96, 0.80, 0.68), 0.35)
    # Round the eyes: warmth on the lid, dark in the crease and along the lash line.
    upper = step(p[..., 1], -2, 4)
    tint(np.exp(-((t - 0.18) / 0.16) ** 2) * (0.35 + 0.65 * upper), (0.74, 0.47, 0.42), 0.50)
    tint(np.exp(-((t - 0.36) / 0.045) ** 2) * upper, (0.52, 0.29, 0.25), 0.55)
    tint((t < 0.04) * (0.45 + 0.5 * upper), (0.20, 0.10, 0.09), 0.85)
    # Shade where light does not come: nostrils, under nose, lip and chin.
    tint(blob(p, (5.8, -45, 97), (3.6, 2.6, 5)), (0.28, 0.11, 0.09), 0.95)
    tint(blob(p, (0, -50, 94), (13, 3.5, 10), False), (0.72, 0.46, 0.39), 0.40)
    tint(blob(p, (16, -40, 90), (3.0, 6, 8)), (0.74, 0.46, 0.40), 0.40)
    tint(blob(p, (0, -80, 88), (14, 3.2, 10), False), (0.74, 0.48, 0.41), 0.38)
    neck = step(p[..., 1], -100, -122) * step(p[..., 1], -215, -150)
    tint(neck * step(p[..., 2], -20, 30), (0.66, 0.43, 0.36), 0.45)
    hairline = step(np.abs(np.arctan2(p[..., 0], p[..., 2])), 0.9, 1.25) * step(p[..., 1], -110, -70)
    tint(hairline, (0.50, 0.30, 0.25), 0.55)
    tint(step(p[..., 1], 58, 78), (0.45, 0.27, 0.22), 0.65)
    # Lips: a defined border, darker towards the line of contact.
    edge = step(lip, -0.15, 0.16)
    tint(edge, (0.70, 0.27, 0.29), 0.94)
    tint(np.exp(-((lip - 1.5) / 0.8) ** 2) * (f[..., 5] < 0), (0.86, 0.44, 0.44), 0.40)
    tint(np.exp(-((lip + 0.35) / 0.3) ** 2) * (f[..., 5] > 0) * (lip > -0.9), (0.97, 0.80, 0.70), 0.40)
    tint(step(lip, 2.1, 3.2), (0.42, 0.14, 0.15), 0.75)
    tint(step(lip, 3.6, 5.0), (0.25, 0.06, 0.07), 0.85)
    return jpeg(c)


def eye_texture(size=512):
    y, x = np.mgrid[0:size, 0:size]
    u, v = (x + 0.5) / size * 2 - 1, 1 - (y + 0.5) / size * 2
    r = np.hypot(u, v) * np.radians(104)
    phi = np.arctan2(v, u)
    rng = np.random.Generator(np.random.PCG64(3))
    iris_r, pupil = np.radians(22.2), np.radians(8.6)
    c = np.ones((size, size, 3)) * [0.955, 0.945, 0.935]
    c -= (step(r, 0.5, 1.25) * 0.30)[..., None] * [0.5, 0.9, 0.9]
    k = np.clip((r - pupil) / (iris_r - pupil), 0, 1)
    fibres = sum(np.sin(phi * n + rng.uniform(0, 6.3) + 2.0 * k * rng.uniform(-1, 1)) * a
                 for n, a in ((17, .3), (29, .35), (43, .35), (67, .3), (97, .25)))
    iris = np.array([0.34, 0.19, 0.085]) * (1 - k[..., None]) + np.array([0.26, 0.13, 0.06]) * k[..., None]
    iris = iris * (1 + 0.22 * fibres * np.sin(np.pi * np.clip(k, 0.02, 1)))[..., None]
    # Light that fell in through the cornea gathers opposite to the window.
    glow = np.exp(-((k - 0.52) / 0.30) ** 2) * step(-v / np.maximum(np.hypot(u, v), 1e-6), -0.35, 1.0)
    iris = iris + glow[..., None] * np.array([0.46, 0.27, 0.10])
    iris *= (1 - 0.72 * step(k, 0.72, 1.0))[..., None]
    iris *= (1 - 0.45 * step(v, -0.02, 0.17))[..., None]
    c = np.where((r < iris_r)[..., None], iris, c)
    soft = step(r, iris_r - 0.02, iris_r + 0.035)
    ring = np.array([0.10, 0.055, 0.035])
    m = (np.exp(-((r - iris_r) / 0.028) ** 2))[..., None] * 0.85
    c = c * (1 - m) + ring * m
    m = (1 - step(r, pupil - 0.012, pupil + 0.018))[..., None]
    c = c * (1 - m) + np.array([0.015, 0.01, 0.01]) * m
    # The shade of the upper lid.
    lid = step(v, 0.13, 0.30) * 0.38
    c *= (1 - lid)[..., None]
    for du, dv, rad, k in ((0.085, 0.095, 0.048, 1.0), (-0.085, -0.10, 0.022, 0.75)):
        m = (1 - step(np.hypot(u - du, v - dv), rad * 0.75, rad))[..., None] * k
        c = c * (1 - m) + m
    return jpeg(c, 92)
