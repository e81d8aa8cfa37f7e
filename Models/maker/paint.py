"""Textures, painted from the neutral geometry."""
import io

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter

from ambient_occlusion import key_light, occlusion
from shapes import step
from person import HAIRS, HEADROOM, IRISES, SKINS, linear
from skin import BORDER, CREASE, EYE_STEPS


SKIN = np.array([0.885, 0.632, 0.518])
"""The skin that is painted on, sRGB."""


def neutral(rgb):
    """The painting relative to plain skin, so that the material's colour can be any tone."""
    c = np.clip(rgb, 0, 1)
    light = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    plain = ((SKIN + 0.055) / 1.055) ** 2.4
    r = np.clip(light / plain * HEADROOM["skin"], 0, 1)
    return np.where(r <= 0.0031308, r * 12.92, 1.055 * r ** (1 / 2.4) - 0.055)


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


def grown(skin, uv, size, strokes):
    """How densely a beard grows, over the texture: 1 under it, and single hairs beyond its outline."""
    from forms import beard_rows, outline  # noqa: PLC0415
    n = len(skin.points)
    inside = np.clip(outline(skin.points, beard_rows(skin)), -12, 12)
    inside = rasterise(uv[:n] * size, skin.triangles, inside[:, None], size)[..., 0]
    return step(inside + 3.0 * strokes, -5.5, 2.5)


def as_seen(colour, person):
    """What to paint so that a linear colour is seen on the person's skin."""
    plain = ((SKIN + 0.055) / 1.055) ** 2.4
    c = np.array(colour) / np.array(linear(SKINS[person.skin - 1])) * plain
    c /= max(c.max(), 1)
    return np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)


def aged(person, p, t, upper, tint):
    """Lines of the forehead, the corners of the eyes and the mouth; the skin under the eyes."""
    k = person.age
    if not k:
        return
    x, y = np.abs(p[..., 0]), p[..., 1]
    front = step(p[..., 2], 30, 50)
    line = np.zeros_like(x)
    for height, wave in ((51, 1.6), (59, 2.4), (67, 2.8)):
        line += np.exp(-(((y - height - wave * np.cos(x / 15)) / 0.85) ** 2)) * (1 - step(x, 24, 40))
    for turn in (-0.35, 0.02, 0.38):
        along = (x - 58) * np.cos(turn) + (y - 1) * np.sin(turn)
        across = -(x - 58) * np.sin(turn) + (y - 1) * np.cos(turn)
        line += np.exp(-((across / 0.75) ** 2)) * step(along, 2, 5) * (1 - step(along, 8, 14)) * 0.9
    line += 0.7 * np.exp(-(((x - 4.5 - 0.06 * (y - 24)) / 0.8) ** 2)) * step(y, 16, 20) * (1 - step(y, 30, 36))
    tint(np.clip(line, 0, 1) * front, (0.66, 0.41, 0.33), 0.42 * k)
    fold = np.interp(y, [-60, -48, -36], [30, 24, 17])
    tint(np.exp(-(((x - fold) / 1.6) ** 2)) * step(y, -64, -56) * (1 - step(y, -40, -34)) * front, (0.66, 0.40, 0.33), 0.40 * k)
    tint(np.exp(-(((y + 29 - 0.004 * (x - 34) ** 2) / 1.4) ** 2)) * step(x, 18, 24) * (1 - step(x, 44, 52)) * front, (0.68, 0.43, 0.38), 0.35 * k)


def skin_texture(skin, face, ears, around, style, size=1024):
    person = skin.head.person
    lip = np.clip(skin.lip_row - BORDER, -1.0, 8).astype(float)
    lip[skin.lip_row < 0] = -1
    t = np.where(skin.eye_row >= 0, np.append(EYE_STEPS, -0.15)[np.clip(skin.eye_row, 0, len(EYE_STEPS))], 1.0)
    sky = occlusion(around, skin.points, face.normals)
    sky[skin.lip_row >= BORDER] = np.maximum(sky[skin.lip_row >= BORDER], 0.75)
    key = key_light(around, skin.points, face.normals)
    # The neck's mesh is too coarse for the shade inside a collar, and the forehead's for single locks.
    y = skin.points[:, 1]
    sky = np.maximum(sky, np.maximum(0.62 * step(y, -100, -122), 0.42 * step(y, 20, 40)))
    key = np.maximum(key, 0.45 * step(y, -100, -122))
    key[(skin.lip_row >= BORDER) | (skin.eye_row >= len(EYE_STEPS) - 2)] = 1
    count = len(skin.points)
    n = len(ears.points) // 2
    attributes = np.concatenate([
        np.stack([*skin.points.T, lip, t, skin.lip_side, sky, np.zeros(count), key], 1),
        np.stack([*ears.points[:n].T, np.full(n, -1.0), np.ones(n), np.zeros(n),
                  occlusion(around, ears.points[:n], ears.normals[:n], start=1.5), np.ones(n), np.ones(n)], 1)])
    own = ears.triangles[(ears.triangles < n).all(1)]
    uv, triangles = np.concatenate([skin.uv, ears.uv[:n]]), np.concatenate([skin.triangles, own + count])
    f = rasterise(uv * size, triangles, attributes, size)
    p, lip, t, side, sky, is_ear = f[..., :3], f[..., 3], f[..., 4], f[..., 5], f[..., 6], f[..., 7]
    noise = np.random.Generator(np.random.PCG64(7)).standard_normal((size, size))
    fine, broad = gaussian_filter(noise, 1.2) * 2.6, gaussian_filter(noise, 14) * 26
    strokes = gaussian_filter(noise, (5.0, 0.8)) * 5
    c = np.ones((size, size, 3)) * SKIN
    c *= 1 + 0.006 * fine[..., None] + 0.007 * broad[..., None]

    def tint(mask, color, k):
        nonlocal c
        m = (mask * k)[..., None]
        c = c * (1 - m) + np.array(color) * m

    tint(blob(p, (41, -29, 64), (21, 16, 30)), (0.98, 0.56, 0.50), 0.40 * person.blush)
    tint(blob(p, (0, -34, 108), (12, 10, 14), False), (0.90, 0.48, 0.40), 0.42 * person.blush)
    tint(blob(p, (0, -86, 78), (15, 9, 20), False), (0.90, 0.54, 0.45), 0.28)
    tint(blob(p, (0, 50, 84), (40, 20, 30), False), (0.95, 0.76, 0.62), 0.30)
    tint(is_ear, (0.88, 0.50, 0.42), 0.34)
    # Freckles over nose and cheeks.
    rng = np.random.Generator(np.random.PCG64(5))
    spots = np.zeros((size, size))
    for _ in range(90):
        x, y = rng.normal(0, 25), rng.normal(-22, 7)
        r = rng.uniform(0.45, 0.95)
        if abs(x) < 52:
            near = (p[..., 0] - x) ** 2 + (p[..., 1] - y) ** 2
            spots = np.maximum(spots, np.exp(-near / r ** 2) * rng.uniform(0.3, 1) * (p[..., 2] > 30))
    tint(spots * (is_ear < 0.5) * (np.abs(p[..., 2] - 75) < 45), (0.66, 0.38, 0.26), 0.42 * person.freckles)
    # Round the eyes: warmth on the lid, dark in the crease and along the lash line.
    upper = step(p[..., 1], -2, 4)
    tint(np.exp(-((t - 0.16) / 0.16) ** 2) * (0.30 + 0.70 * upper), (0.72, 0.42, 0.36), 0.55)
    tint(np.exp(-((t - CREASE) / 0.05) ** 2) * upper, (0.50, 0.26, 0.21), 0.60 * person.lid_crease)
    tint(np.exp(-((t - 0.40) / 0.14) ** 2) * (1 - upper) * (t < 0.99), (0.80, 0.48, 0.42), 0.28)
    # These edges run over three texels: a sharper one shows as stairs in a close picture.
    tint(step(t, 0.11, 0.01) * upper, (0.16, 0.08, 0.07), 0.45 + 0.45 * person.makeup)
    tint(step(t, 0.085, -0.015) * (1 - upper), (0.62, 0.32, 0.29), 0.45 + 0.3 * person.makeup)
    # Where light does not come.
    shade = (0.40 + 0.60 * np.clip((sky - 0.15) / 0.70, 0, 1))[..., None]
    c = c * (shade ** np.array([0.65, 0.95, 1.02])) * (1 - 0.34 * np.clip(1 - f[..., 8:9], 0, 1) ** np.array([1.2, 0.95, 0.9]))
    tint(blob(p, (5.6, -40.5, 97), (3.2, 2.4, 6)), (0.30, 0.10, 0.08), 0.95)
    tint(blob(p, (0, -45, 92), (12, 3.2, 10), False), (0.70, 0.42, 0.35), 0.35)
    tint(blob(p, (15.5, -35, 88), (2.4, 5.5, 8)), (0.74, 0.43, 0.36), 0.40)
    tint(blob(p, (0, -72.5, 88), (13, 3.2, 10), False), (0.74, 0.44, 0.37), 0.36)
    tip = -1.0 * person.nose_length
    roots = step(style.solid(p.reshape(-1, 3)).reshape(size, size), 8.0, -2.0) * (1 - is_ear) * step(p[..., 1], -40, 15)
    tint(roots, (0.34, 0.20, 0.15), 0.0 if person.hair == "scarf" else 0.6)
    # The soft root of the brows.
    x = np.abs(p[..., 0])
    line, wide, s = skin.head.brow_line(x)
    reach = wide * 1.35 + 0.6
    ends = step(x, 8, 13) * (1 - step(x, 50, 55)) * (p[..., 2] > 20)
    tint(np.exp(-(((p[..., 1] - line) / reach) ** 4)) * ends, (0.42, 0.24, 0.17), 0.55)
    if person.beard:
        tint(grown(skin, uv, size, strokes) * (lip < 0.2) * (is_ear < 0.5), as_seen(linear(HAIRS[person.hair_colour]), person),
             0.5 if person.beard == "stubble" else 0.75)
    aged(person, p, t, upper, tint)
    # Lips: a defined soft border, darker towards the line of contact.
    edge = step(lip, -0.35, 0.35)
    lips = np.array(person.lips) * 0.93
    tint(edge, lips, 0.92)
    tint(np.exp(-((lip - 1.7) / 0.9) ** 2) * (side < 0), 0.6 * lips + 0.4 * np.array([1.0, 0.70, 0.66]), 0.45)
    tint(np.exp(-((lip + 0.5) / 0.35) ** 2) * (side > 0) * (lip > -0.95) * (1 - step(np.abs(p[..., 0]), 10, 17)),
         (0.96, 0.77, 0.65), 0.30)
    tint(step(lip, 2.6, 4.0), lips * [0.62, 0.45, 0.45], 0.75)
    tint(step(lip, 4.2, 5.6), (0.30, 0.05, 0.05), 0.95)
    tint(step(lip, 6.5, 8.0), (0.10, 0.01, 0.01), 0.9)
    return jpeg(neutral(c))


def eye_texture(iris_name, size=512):
    y, x = np.mgrid[0:size, 0:size]
    u, v = (x + 0.5) / size * 2 - 1, 1 - (y + 0.5) / size * 2
    r = np.hypot(u, v) * np.radians(104)
    phi = np.arctan2(v, u)
    rng = np.random.Generator(np.random.PCG64(3))
    colour, gathered = (np.array(c) for c in IRISES[iris_name])
    iris_r, pupil = np.radians(26.6), np.radians(10.5)
    c = np.ones((size, size, 3)) * [0.955, 0.945, 0.935]
    c -= (step(r, 0.5, 1.25) * 0.30)[..., None] * [0.5, 0.9, 0.9]
    k = np.clip((r - pupil) / (iris_r - pupil), 0, 1)
    fibres = sum(np.sin(phi * n + rng.uniform(0, 6.3) + 2.0 * k * rng.uniform(-1, 1)) * a
                 for n, a in ((17, .3), (29, .35), (43, .35), (67, .3), (97, .25)))
    iris = colour * (1 - 0.26 * k[..., None])
    iris = iris * (1 + 0.22 * fibres * np.sin(np.pi * np.clip(k, 0.02, 1)))[..., None]
    # Light that fell in through the cornea gathers opposite to the window.
    glow = np.exp(-((k - 0.52) / 0.30) ** 2) * step(-v / np.maximum(np.hypot(u, v), 1e-6), -0.35, 1.0)
    iris = iris + glow[..., None] * gathered
    iris *= (1 - 0.72 * step(k, 0.72, 1.0))[..., None]
    iris *= (1 - 0.45 * step(v, -0.02, 0.17))[..., None]
    c = np.where((r < iris_r)[..., None], iris, c)
    soft = step(r, iris_r - 0.02, iris_r + 0.035)
    ring = 0.30 * colour
    m = (np.exp(-((r - iris_r) / 0.028) ** 2))[..., None] * 0.85
    c = c * (1 - m) + ring * m
    m = (1 - step(r, pupil - 0.012, pupil + 0.018))[..., None]
    c = c * (1 - m) + np.array([0.015, 0.01, 0.01]) * m
    # The shade of the upper lid.
    lid = step(v, 0.10, 0.27) * 0.50 + step(-v, 0.20, 0.34) * 0.18 + step(np.abs(u), 0.36, 0.56) * 0.25
    c *= (1 - lid)[..., None]
    for du, dv, rad, k in ((0.085, 0.095, 0.048, 1.0), (-0.085, -0.10, 0.022, 0.75)):
        m = (1 - step(np.hypot(u - du, v - dv), rad * 0.75, rad))[..., None] * k
        c = c * (1 - m) + m
    return jpeg(c, 92)
