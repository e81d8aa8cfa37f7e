"""Teeth, gums, tongue and the cavity behind the lips."""
import numpy as np

import shapes
from gltf import Part, grid, vertex_normals
from head import MOUTH_Y

TEETH, STEPS = 10, 4
SPREAD = np.radians(70)
UPPER_EDGE, LOWER_EDGE = MOUTH_Y - 2.6, MOUTH_Y - 4.6
WHITE, PINK = np.array([1.0, 0.95, 0.86]), np.array([0.60, 0.17, 0.16])


def teeth():
    """Both rows with gums: points, triangles, colours, and how much each point follows the jaw."""
    cols = TEETH * STEPS + 1
    t = np.linspace(-1, 1, cols)
    gap = (np.arange(cols) % STEPS == 0).astype(float)
    order = np.maximum(np.abs(np.arange(cols) - (cols - 1) / 2) / STEPS - 0.5, 0)
    points, color, jaw, tris, base = [], [], [], [], 0
    for upper in (True, False):
        half, depth, z = (23.5, 28.0, 81.0) if upper else (21.5, 27.0, 78.2)
        sign = 1 if upper else -1
        edge = UPPER_EDGE if upper else LOWER_EDGE
        a = t * SPREAD
        x, zz = half * np.sin(a), z - depth * (1 - np.cos(a))
        nx, nz = np.sin(a), np.cos(a)
        size = np.interp(order, [0, 1, 2, 3, 5], [1.0, 0.90, 0.97, 0.86, 0.80]) if upper else np.full(cols, 0.86)
        rows = [(13.5, -1.5, PINK), (9.3, 0.7, PINK), (8.6, 0.0, WHITE), (4.4, 0.5, WHITE), (0.5, 0.2, WHITE),
                (0.0, -0.9, WHITE), (6, -4.2, PINK * 0.4)]
        for h, out, col in rows:
            white = col is WHITE
            y = edge + sign * (h * size + (0.45 if h < 1 else 0) * gap + 1.2 * (1 - size) * (h < 1))
            if h in (9.3, 8.6):
                y = y - sign * 1.0 * gap
            points.append(np.stack([x + (out - 0.45 * gap * white) * nx, y, zz + (out - 0.45 * gap * white) * nz], 1))
            shade = (1 - 0.30 * gap * white) * (1 - 0.80 * np.abs(t) ** 2.2)
            if not upper:
                shade = shade * 0.40
            color.append(col * shade[:, None] * (0.82 if h == 8.6 else 1))
        tris.append(grid(len(rows), cols, flip=not upper) + base)
        base += len(rows) * cols
        jaw.append(np.full(len(rows) * cols, 0.0 if upper else 1.0))
    return np.concatenate(points), np.concatenate(tris), np.concatenate(color), np.concatenate(jaw)


def tongue():
    n, m = 10, 12
    s = 1 - np.linspace(1, 0, n) ** 1.5
    rows, tip, groove = [], [], []
    a = np.linspace(0, 2 * np.pi, m, endpoint=False)
    for k in range(n):
        profile = np.sqrt(max(1 - (max(s[k] - 0.5, 0) / 0.5) ** 2.4, 0.0))
        top = MOUTH_Y - 6.5 - 7 * (s[k] - 0.35) ** 2
        x = 17.5 * profile * np.cos(a)
        mid = np.exp(-(x / 3.5) ** 2) * (np.sin(a) > 0) * profile
        y = top + profile ** 0.7 * np.where(np.sin(a) > 0, 2.6, 5.0) * np.sin(a) - 1.2 * mid
        rows.append(np.stack([x, y, np.full(m, 33 + 40 * s[k])], 1))
        tip.append(np.full(m, s[k]))
        groove.append(mid)
    p, tip, groove = np.concatenate(rows), np.concatenate(tip), np.concatenate(groove)
    shade = (0.10 + 0.90 * tip ** 1.5) * (1 - 0.25 * groove)
    return p, grid(n, m, True), np.array([0.85, 0.19, 0.20]) * shade[:, None], tip


def cavity():
    n, m = 7, 18
    th = np.linspace(np.radians(48), np.pi, n)
    ph = 2 * np.pi * np.arange(m) / m
    p = np.concatenate([np.stack([31 * np.sin(t) * np.cos(ph), MOUTH_Y - 3 + 27 * np.sin(t) * np.sin(ph),
                                  np.full(m, 42 + 42 * np.cos(t))], 1) for t in th])
    depth = np.clip((p[:, 2] - 25) / 55, 0, 1)[:, None]
    return p, grid(n, m, True), np.array([0.16, 0.022, 0.024]) * (0.03 + 0.97 * depth ** 2)


class Mouth:
    """Teeth, gums, tongue and cavity in one mesh."""

    def __init__(self, back=0.0):
        tp, tt, tc, tj = teeth()
        gp, gt, gc, tip = tongue()
        cp, ct, cc = cavity()
        a, b = len(tp), len(tp) + len(gp)
        if (vertex_normals(gp, gt) * (gp - [0, MOUTH_Y - 11, 55])).sum() < 0:
            gt = gt[:, ::-1]
        if (vertex_normals(cp, ct) * (cp - [0, MOUTH_Y - 3, 42])).sum() > 0:
            ct = ct[:, ::-1]
        self.part = Part("Mouth", np.concatenate([tp, gp, cp]), np.concatenate([tt, gt + a, ct + b]),
                         color=np.concatenate([tc, gc * 0.5, cc * 0.5]))
        self.part.points[:, 2] -= back
        low = shapes.step(cp[:, 1], MOUTH_Y + 8, MOUTH_Y - 14)
        self.jaw = np.concatenate([tj, 0.55 + 0.45 * tip, low])
        self.tongue = np.zeros(b + len(cp))
        self.tongue[a:b] = tip
        self.is_tongue = np.zeros(b + len(cp))
        self.is_tongue[a:b] = 1

    def shift(self, pose):
        p = self.part.points
        d = shapes.turn_jaw(p, self.jaw * pose.get("jaw", 0))
        d[:, 0] += 7 * pose.get("jawX", 0) * self.jaw
        d[:, 2] += 6 * pose.get("jawF", 0) * self.jaw
        s = self.tongue
        g = pose.get("tongue", 0)
        d[:, 2] += g * 44 * s ** 1.3
        d[:, 1] += g * (5.0 * s - 26 * np.clip(s - 0.62, 0, 1) ** 1.3)
        d[:, 0] -= g * 0.25 * p[:, 0] * s
        g = pose.get("tip", 0)
        d[:, 2] += g * 17 * s ** 2
        d[:, 1] += g * 11.0 * s ** 2
        d[:, 1] += pose.get("tipUp", 0) * 12.0 * s ** 2.5
        g = pose.get("back", 0)
        d[:, 1] += g * 8.0 * np.exp(-(((s - 0.3) / 0.25) ** 2)) * self.is_tongue
        d[:, 2] -= g * 6.0 * s
        return d
