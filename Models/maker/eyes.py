"""Eyes, lashes and brows."""
import numpy as np
from scipy.spatial import cKDTree

import head
import shapes
from gltf import Part, grid
from skin import EYE_COLUMNS, lid_direction, margin

IRIS = np.radians(27.0)
GAZE = np.radians(5.0)
"""The iris sits this far outward of straight ahead, in the middle of the lids."""
REACH = np.radians(104)


def both(points, triangles, *others):
    """The part and its mirror image in one."""
    n = len(points)
    return (np.concatenate([points, points * [-1, 1, 1]]),
            np.concatenate([triangles, triangles[:, ::-1] + n])) + tuple(np.concatenate([o, o]) for o in others)


def eyes():
    theta = np.radians([0, 10, 20, 27, 36, 47, 60, 76, 94])
    n = 28
    phi = 2 * np.pi * np.arange(n) / n
    points, normals, uv = [], [], []
    c, s = np.cos(GAZE), np.sin(GAZE)
    for t in theta:
        d = np.stack([np.sin(t) * np.cos(phi), np.sin(t) * np.sin(phi), np.full(n, np.cos(t))], 1)
        uv.append(np.stack([0.5 + t / REACH * 0.5 * np.cos(phi), 0.5 - t / REACH * 0.5 * np.sin(phi)], 1))
        d = np.stack([c * d[:, 0] + s * d[:, 2], d[:, 1], c * d[:, 2] - s * d[:, 0]], 1)
        points.append(d * head.EYE_RADIUS)
        normals.append(d)
    points, normals, uv = map(np.concatenate, (points, normals, uv))
    tris = grid(len(theta), n, True)
    tris = tris[[len(set(map(tuple, np.round(points[t], 6)))) == 3 for t in tris]]
    a, b, c = (points[tris[:, k]] for k in range(3))
    if (np.cross(b - a, c - a) * a).sum() < 0:
        tris = tris[:, ::-1]
    p, t, uvs, nn = both(points + head.EYE, tris, uv, normals)
    nn[len(points):, 0] *= -1
    uvs[len(points):, 0] = 1 - uvs[len(points):, 0]
    part = Part("Eyes", p, t, uvs)
    part.normals = nn
    part.half = len(points)
    return part


def turn_eyes(part, pose):
    d = np.zeros_like(part.points)
    nn = part.normals.copy()
    for k, side in enumerate("LR"):
        yaw, pitch = np.radians(shapes.control(pose, "yaw", side)), np.radians(shapes.control(pose, "pitch", side))
        if not (yaw or pitch):
            continue
        i = slice(0, part.half) if k == 0 else slice(part.half, None)
        centre = head.EYE * ([1, 1, 1] if k == 0 else [-1, 1, 1])
        cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(-pitch), np.sin(-pitch)
        m = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        d[i] = (part.points[i] - centre) @ m.T + centre - part.points[i]
        nn[i] = part.normals[i] @ m.T
    return d, nn


LASH_COLUMNS = 97


FLICKS = [(0.915, 0.034, 1.0), (0.80, 0.034, 0.80), (0.66, 0.036, 0.58), (0.50, 0.040, 0.42), (0.32, 0.045, 0.28)]
"""Clumps of lashes: where (-1 the inner, 1 the outer corner), how wide, how long."""


def lashes(pose=None):
    """A solid dark band along the upper lid that sweeps out to a few tapered clumps. Points only."""
    out = []
    for side in "LR":
        k = shapes.lid_controls(pose or {}, side)
        m = EYE_COLUMNS // 2
        col = m * (0.01 + 0.985 * np.linspace(0, 1, LASH_COLUMNS) ** 0.8)
        a, b = margin(col, **k)
        s = -np.cos(2 * np.pi * col / EYE_COLUMNS)
        grow = np.clip((s + 1) / 2, 0, 1)
        flick = sum(k * np.exp(-np.abs((s - at) / width) ** 1.3) for at, width, k in FLICKS)
        end = np.minimum(1, (1.0 - s) * 7)
        length = 0.4 + (0.5 + 1.6 * grow ** 1.5 + 4.2 * flick) * end
        start = np.minimum(1, 2.0 * grow)
        lift = np.radians(2.0 * start + (3.0 * grow ** 1.4 + 6.5 * flick) * end) * (1 - 1.7 * k["blink"])
        r = head.EYE_RADIUS + head.LID
        under = lid_direction(0.975 * a, b - 0.015) * (r - 0.5)
        tip = lid_direction(a + (0.03 + 0.20 * flick) * grow ** 1.3, b + lift) * (r + length)[:, None]
        thick = np.radians(0.8 * start + 1.2 * grow * end)
        over = lid_direction(a, b + thick) * (r + 0.25)
        pts = np.concatenate([under, tip, over]) + head.EYE
        out.append(pts * ([1, 1, 1] if side == "L" else [-1, 1, 1]))
    return np.concatenate(out)


def lash_part():
    points = lashes()
    n = LASH_COLUMNS
    t = grid(3, n)
    p = points[: 3 * n]
    up = np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]])
    if up[len(t) // 2:, 1].sum() < 0:
        t = t[:, ::-1]
    t = np.concatenate([t, t[:, ::-1] + 3 * n])
    return Part("Lashes", points, t, color=np.tile([0.016, 0.009, 0.007], (len(points), 1)))


def brows():
    n = 21
    s = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, n) ** 0.9)
    x = 10.5 + 42 * s
    y = 31.5 + 7.0 * np.sin(np.pi * np.minimum(s * 0.84, 1)) ** 1.2 - 4.8 * s ** 1.6
    width = (3.0 + 1.1 * np.sin(np.pi * np.minimum(s * 1.5, 1))) * (1 - s ** 2.4) ** 0.9
    width = width * np.sqrt(np.clip(1 - (1 - np.minimum(s / 0.07, 1)) ** 2, 0.004, 1)) + 0.08
    rows = []
    for v in (-1, -0.6, 0.05, 0.65, 1):
        yy = y + width * v
        o = np.stack([x, yy, np.zeros(n)], 1)
        z = head.cast(head.lidded, o, np.tile([0, 0, 1.0], (n, 1)), 20)[:, 2]
        rows.append(np.stack([x, yy, z + 1.8 * (1 - v * v) * np.minimum(1, width / 3) - 0.35], 1))
    p = np.concatenate(rows)
    t = grid(len(rows), n, flip=True)
    fade = np.tile(0.75 + 0.25 * (1 - s), len(rows))
    p, t, fade = both(p, t, fade)
    return Part("Brows", p, t, color=np.array([0.085, 0.040, 0.022]) / fade[:, None])


def follow(skin, points):
    """Weights that carry skin displacement over to points lying on it."""
    d, i = cKDTree(skin.points).query(points, 8)
    w = 1 / (d ** 2 + 4.0)
    return i, w / w.sum(1, keepdims=True)
