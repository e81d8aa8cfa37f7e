"""Eyes, lashes and brows."""
import numpy as np
from scipy.spatial import cKDTree

import head
import shapes
from gltf import Part, grid
from head import EYE_COLUMNS
from skin import lid_direction

IRIS = np.radians(27.0)
GAZE = np.radians(5.0)
"""The iris sits this far outward of straight ahead, in the middle of the lids."""
REACH = np.radians(104)


def both(points, triangles, *others):
    """The part and its mirror image in one."""
    n = len(points)
    return (np.concatenate([points, points * [-1, 1, 1]]),
            np.concatenate([triangles, triangles[:, ::-1] + n])) + tuple(np.concatenate([o, o]) for o in others)


def eyes(own):
    theta = np.radians([0, 10, 20, 27, 36, 47, 60, 76, 94])
    n = 28
    phi = 2 * np.pi * np.arange(n) / n
    points, normals, uv = [], [], []
    c, s = np.cos(GAZE), np.sin(GAZE)
    for t in theta:
        d = np.stack([np.sin(t) * np.cos(phi), np.sin(t) * np.sin(phi), np.full(n, np.cos(t))], 1)
        uv.append(np.stack([0.5 + t / REACH * 0.5 * np.cos(phi), 0.5 - t / REACH * 0.5 * np.sin(phi)], 1))
        d = np.stack([c * d[:, 0] + s * d[:, 2], d[:, 1], c * d[:, 2] - s * d[:, 0]], 1)
        points.append(d * own.eye_radius)
        normals.append(d)
    points, normals, uv = map(np.concatenate, (points, normals, uv))
    tris = grid(len(theta), n, True)
    tris = tris[[len(set(map(tuple, np.round(points[t], 6)))) == 3 for t in tris]]
    a, b, c = (points[tris[:, k]] for k in range(3))
    if (np.cross(b - a, c - a) * a).sum() < 0:
        tris = tris[:, ::-1]
    p, t, uvs, nn = both(points + own.eye, tris, uv, normals)
    nn[len(points):, 0] *= -1
    uvs[len(points):, 0] = 1 - uvs[len(points):, 0]
    part = Part("Eyes", p, t, uvs)
    part.normals = nn
    part.half = len(points)
    part.centre = own.eye
    return part


def turn_eyes(part, pose):
    d = np.zeros_like(part.points)
    nn = part.normals.copy()
    for k, side in enumerate("LR"):
        yaw, pitch = np.radians(shapes.control(pose, "yaw", side)), np.radians(shapes.control(pose, "pitch", side))
        if not (yaw or pitch):
            continue
        i = slice(0, part.half) if k == 0 else slice(part.half, None)
        centre = part.centre * ([1, 1, 1] if k == 0 else [-1, 1, 1])
        cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(-pitch), np.sin(-pitch)
        m = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        d[i] = (part.points[i] - centre) @ m.T + centre - part.points[i]
        nn[i] = part.normals[i] @ m.T
    return d, nn


LASH_COLUMNS = 61


def lashes(own, pose=None):
    """A solid dark band along the upper lid, swept out at the outer corner as far as there is make-up. Points only."""
    out = []
    k_make = own.person.makeup
    for side in "LR":
        k = shapes.lid_controls(pose or {}, side)
        m = EYE_COLUMNS // 2
        col = m * (0.01 + 0.985 * np.linspace(0, 1, LASH_COLUMNS) ** 0.8)
        a, b = own.margin(col, **k)
        s = -np.cos(2 * np.pi * col / EYE_COLUMNS)
        grow = np.clip((s + 1) / 2, 0, 1)
        # One wing, widest just before the outer corner.
        wing = shapes.step(s, 0.0, 0.90) ** 1.8
        end = shapes.step(1.0 - s, 0.0, 0.16)
        length = 0.4 + (0.4 + 1.3 * grow ** 1.5 + 3.6 * wing ** 2) * end * (0.25 + 0.75 * k_make)
        start = np.minimum(1, 2.0 * grow)
        lift = np.radians(1.2 * start + (2.2 * grow ** 1.4 + 3.4 * wing ** 2) * end * k_make) * (1 - 1.7 * k["blink"])
        r = own.eye_radius + head.LID
        under = lid_direction(0.975 * a, b - 0.015) * (r - 0.5)
        tip = lid_direction(a + k_make * 0.17 * wing ** 1.5 * end, b + lift) * (r + length)[:, None]
        thick = np.radians(0.7 * start + 0.8 * grow * end * (0.3 + 0.7 * k_make))
        over = lid_direction(a, b + thick) * (r + 0.25)
        pts = np.concatenate([under, tip, over]) + own.eye
        out.append(pts * ([1, 1, 1] if side == "L" else [-1, 1, 1]))
    return np.concatenate(out)


def lash_part(own):
    points = lashes(own)
    n = LASH_COLUMNS
    t = grid(3, n)
    p = points[: 3 * n]
    up = np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]])
    if up[len(t) // 2:, 1].sum() < 0:
        t = t[:, ::-1]
    t = np.concatenate([t, t[:, ::-1] + 3 * n])
    return Part("Lashes", points, t)


def brows(own):
    n = 21
    s = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, n) ** 0.9)
    x = 10.5 + 42 * s
    y, width, _ = own.brow_line(x)
    width = width * np.sqrt(np.clip(1 - (1 - np.minimum(s / 0.07, 1)) ** 2, 0.004, 1)) + 0.08
    rows = []
    for v in (-1, -0.6, 0.05, 0.65, 1):
        yy = y + width * v
        o = np.stack([x, yy, np.zeros(n)], 1)
        z = head.cast(own.lidded, o, np.tile([0, 0, 1.0], (n, 1)), 20)[:, 2]
        rows.append(np.stack([x, yy, z + 1.8 * (1 - v * v) * np.minimum(1, width / 3) - 0.35], 1))
    p = np.concatenate(rows)
    t = grid(len(rows), n, flip=True)
    # Strands lie along the brow, and rise at its inner end.
    uv = np.stack([np.repeat([0.02, 0.2, 0.5, 0.8, 0.98], n) * 0.35, np.tile(s, len(rows)) * 0.4 + 0.25], 1)
    p, t, uv = both(p, t, uv)
    return Part("Brows", p, t, uv)


def follow(skin, points):
    """Weights that carry skin displacement over to points lying on it."""
    d, i = cKDTree(skin.points).query(points, 8)
    w = 1 / (d ** 2 + 4.0)
    return i, w / w.sum(1, keepdims=True)
