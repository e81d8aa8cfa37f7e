"""Ambient occlusion of vertices by head, hair and clothes: baked into the vertex colours."""
import numpy as np
from scipy.spatial import cKDTree

import hair


class Surroundings:
    def __init__(self, own, style, torso):
        paths, radii = hair.paths(style)
        self.own, self.style, self.torso = own, style, torso
        self.locks, self.radii = cKDTree(paths), radii

    def __call__(self, p):
        near, i = self.locks.query(p)
        d = np.minimum(self.own.face(p), self.style.solid(p))
        d = np.minimum(d, self.torso(p))
        return np.minimum(d, near - self.radii[i])


def surfaced(field, points, normals):
    """Points hidden under the surface moved out to it: triangles that come out of it would carry their dark along."""
    return points + normals * np.clip(-field(points), 0, 20)[:, None]


def occlusion(field, points, normals, count=28, start=3.0):
    """0 where all is hidden, 1 where nothing is."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 1.85 * k / count, np.pi * (1 + 5 ** 0.5) * k
    ball = np.stack([np.cos(turn) * np.sqrt(1 - z * z), np.sin(turn) * np.sqrt(1 - z * z), z], 1)
    seen, total = np.zeros(len(points)), np.zeros(len(points))
    for d in ball:
        # Light comes mostly from above and before.
        weight = np.clip((normals @ d), 0, 1) * (1 + 0.35 * d[1])
        use = np.flatnonzero(weight > 0.02)
        o = points[use] + normals[use] * start
        t, clear = np.full(len(use), 1.0), np.ones(len(use))
        for _ in range(9):
            f = field(o + d * t[:, None])
            clear = np.minimum(clear, np.clip(0.5 + 5.0 * f / (t + 6), 0, 1))
            t = t + np.clip(f, 1.5, 14)
        seen[use] += weight[use] * clear
        total += weight
    return seen / np.maximum(total, 1e-6)


def key_light(field, points, normals, start=4.0):
    """How much of a broad light above and before the face reaches each point, 0 to 1, past head, hair and clothes."""
    seen = np.zeros(len(points))
    spread = [(0, 0.80, 0.60), (0.3, 0.75, 0.55), (-0.3, 0.75, 0.55), (0, 0.92, 0.35), (0, 0.58, 0.80), (0.2, 0.66, 0.70), (-0.2, 0.66, 0.70)]
    for d in np.array(spread):
        d = d / np.linalg.norm(d)
        o = points + normals * start
        t, clear = np.full(len(points), 2.0), np.ones(len(points))
        for _ in range(12):
            f = field(o + d * t[:, None])
            clear = np.minimum(clear, np.clip(0.5 + 7.0 * f / (t + 4), 0, 1))
            t = t + np.clip(f, 2.0, 16)
        seen += clear
    return seen / len(spread)
