"""Eyes, lashes, brows, teeth, gums, tongue, hair, clothes."""
import numpy as np

import head
import shapes
from gltf import Part, grid, unit
from skin import EYE_COLUMNS, margin, lid_direction

IRIS = np.radians(22.5)


def both(part_points, triangles, *others):
    """The part and its mirror image in one."""
    n = len(part_points)
    return (np.concatenate([part_points, part_points * [-1, 1, 1]]),
            np.concatenate([triangles, triangles[:, ::-1] + n])) + tuple(np.concatenate([o, o]) for o in others)


def eyes():
    theta = np.radians([0, 4, 7.5, 9, 13, 18, 21.5, 23, 26, 32, 40, 52, 66, 82, 100])
    n = 32
    phi = 2 * np.pi * np.arange(n) / n
    points, normals, uv = [], [], []
    for t in theta:
        d = np.stack([np.sin(t) * np.cos(phi), np.sin(t) * np.sin(phi), np.full(n, np.cos(t))], 1)
        points.append(d * head.EYE_RADIUS)
        normals.append(d)
        uv.append(np.stack([0.5 + t / np.radians(104) * 0.5 * np.cos(phi),
                            0.5 - t / np.radians(104) * 0.5 * np.sin(phi)], 1))
    points, normals, uv = map(np.concatenate, (points, normals, uv))
    tris = grid(len(theta), n, True)
    tris = tris[[len(set(map(tuple, np.round(points[t], 6)))) == 3 for t in tris]]
    a, b, c = (points[tris[:, k]] for k in range(3))
    if (np.cross(b - a, c - a) * a).sum() < 0:
        tris = tris[:, ::-1]
    # Eyes look straight ahead from slightly apart.
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


def lashes(pose=None):
    """Tapered spikes along the upper lid, following its margin. Points only; the topology is fixed."""
    out = []
    for side in "LR":
        k = shapes.lid_controls(pose or {}, side)
        m = EYE_COLUMNS // 2
        count = 2 * 26 + 1
        col = np.linspace(0.4, m - 0.1, count)
        a, b = margin(col, **k)
        s = -np.cos(2 * np.pi * col / EYE_COLUMNS)
        tooth = np.where(np.arange(count) % 2 == 1, 1.0, 0.42)
        length = (2.0 + 4.6 * np.clip((s + 1) / 2, 0, 1) ** 1.3) * tooth * np.minimum(1, (1.06 - s) * 6)
        lift = np.radians(9 + 5 * tooth) * (1 - 0.85 * k["blink"]) - np.radians(10) * k["blink"]
        r = head.EYE_RADIUS + head.LID
        base0 = lid_direction(a, b - 0.012) * (r - 0.9)
        base1 = lid_direction(a, b + 0.028) * (r + 0.25)
        mid = lid_direction(a + 0.02 * (s + .3), b + lift * 0.25) * (r + length * 0.5)[:, None]
        tip = lid_direction(a + 0.07 * (s + .3) * tooth, b + lift * 0.75) * (r + length)[:, None]
        pts = np.concatenate([base0, mid, tip, base1]) + head.EYE
        out.append(pts * ([1, 1, 1] if side == "L" else [-1, 1, 1]))
    return np.concatenate(out)


def lash_part():
    points = lashes()
    count = 53
    t = np.concatenate([grid(3, count), grid(2, count) + [0, 0, 0]])
    top = []
    for c in range(count - 1):
        top += [(3 * count + c, count + c, 3 * count + c + 1), (3 * count + c + 1, count + c, count + c + 1)]
    t = np.concatenate([grid(3, count), np.array(top)])
    h = 4 * count
    t = np.concatenate([t, t[:, ::-1] + h])
    return Part("Lashes", points, t, color=np.tile([0.012, 0.007, 0.006], (len(points), 1)))


def brows():
    n = 22
    s = np.linspace(0, 1, n)
    x = 11.5 + 37 * s
    y = 24.5 + 6.5 * np.sin(np.pi * np.minimum(s * 0.80, 1)) ** 1.1 - 2.5 * s
    width = 3.9 * np.minimum(1, 0.30 + 4.0 * s) ** 0.6 * (1 - s ** 2.4) + 0.25
    rows = []
    for v in (-1, -0.55, 0.1, 0.65, 1):
        yy = y + width * v
        o = np.stack([x, yy, np.zeros(n)], 1)
        z = head.cast(head.lidded, o, np.tile([0, 0, 1.0], (n, 1)), 20)[:, 2]
        rows.append(np.stack([x, yy, z + 1.7 * (1 - v * v) * np.minimum(1, width / 2) - 0.25], 1))
    p = np.concatenate(rows)
    t = grid(len(rows), n, flip=True)
    p, t = both(p, t)
    return Part("Brows", p, t, color=np.tile([0.06, 0.026, 0.016], (len(p), 1)))


def follow(skin, points):
    """Weights that carry skin displacement over to points lying on it."""
    from scipy.spatial import cKDTree
    d, i = cKDTree(skin.points).query(points, 8)
    w = 1 / (d ** 2 + 4.0)
    return i, w / w.sum(1, keepdims=True)


def arch(t, half, depth, z):
    """The dental arch: t from -1 to 1 over the front."""
    a = t * np.radians(78)
    return half * np.sin(a), z - depth * (1 - np.cos(a))


def teeth():
    """Both rows with gums. Returns the part and how much each point follows the jaw."""
    cols = 14 * 6 + 1
    t = np.linspace(-1, 1, cols)
    local = (np.arange(cols) % 6) / 6.0
    gap = np.abs(np.cos(np.pi * local)) ** 10
    order = np.abs(np.arange(14) - 6.5)[np.minimum(np.arange(cols) // 6, 13)]
    size = np.where(order < 1, 1.0, np.where(order < 2, 0.84, np.where(order < 3, 0.98, 0.8)))
    points, color, jaw, tris = [], [], [], []
    white, pink = np.array([0.72, 0.68, 0.60]), np.array([0.46, 0.15, 0.14])
    base = 0
    for upper in (True, False):
        half, depth, z = (22.0, 30.0, 80.5) if upper else (20.5, 28.5, 78.0)
        sign = 1 if upper else -1
        edge = -66.9 if upper else -69.6
        height = 9.2 if upper else 8.0
        x, zz = arch(t, half, depth, z)
        nx, nz = np.sin(t * np.radians(78)), np.cos(t * np.radians(78))
        rows = [(14.5, -2.5, pink), (10.5, 0.7, pink), (8.9, 0.9, pink), (8.3, 0.1, white), (5, 0.5, white),
                (1.6, 0.2, white), (0.25, -0.7, white), (0.4, -2.2, white), (6, -4.6, white), (11, -7, pink)]
        for h, out, col in rows:
            inset = -0.9 * gap * (col is white)
            hh = h * size if col is white else h * (0.55 + 0.45 * size)
            hh = hh + (0.7 * gap if h < 1 else (-0.9 * gap if 7 < h < 10 else 0))
            base_y = edge + (0.9 * (1 - size)) * sign * 1.0
            y = base_y + sign * hh
            points.append(np.stack([x + (out + inset) * nx, y, zz + (out + inset) * nz], 1))
            shade = (1 - 0.45 * gap * (col is white))[:, None] * (1 - 0.88 * np.minimum(np.abs(t[:, None]) * 1.35, 1) ** 1.6)
            color.append(col * shade)
        g = grid(len(rows), cols, flip=upper)
        tris.append(g + base)
        base += len(rows) * cols
        jaw.append(np.full(len(rows) * cols, 0.0 if upper else 1.0))
    return np.concatenate(points), np.concatenate(tris), np.concatenate(color), np.concatenate(jaw)


def tongue():
    n, m = 10, 13
    s = np.linspace(0, 1, n)
    rows, tip = [], []
    for k in range(n):
        z = 34 + 43 * s[k]
        half = 17 * np.sqrt(max(1 - (max(s[k] - 0.55, 0) / 0.452) ** 2.2, 0.0))
        top = -72.5 - 3.5 * (s[k] - 0.4) ** 2 * 4
        a = np.linspace(0, 2 * np.pi, m, endpoint=False)
        x = half * np.cos(a)
        y = np.where(np.sin(a) > 0, top + 3.2 * np.sin(a) ** 0.7 if False else top + 2.8 * np.abs(np.sin(a)) - 1.6 * np.exp(-(x / 3) ** 2),
                     top - 6.0 * np.abs(np.sin(a)))
        rows.append(np.stack([x, y, np.full(m, z)], 1))
        tip.append(np.full(m, s[k]))
    p = np.concatenate(rows)
    t = grid(n, m, True)
    col = np.tile([0.30, 0.055, 0.06], (len(p), 1)) * (0.45 + 0.55 * np.concatenate(tip)[:, None])
    return p, t, col, np.concatenate(tip)


def cavity():
    n, m = 9, 20
    th = np.linspace(np.radians(38), np.pi, n)
    ph = 2 * np.pi * np.arange(m) / m
    p = np.concatenate([np.stack([30 * np.sin(t) * np.cos(ph), -69 + 27 * np.sin(t) * np.sin(ph),
                                  np.full(m, 42 + 42 * np.cos(t))], 1) for t in th])
    t = grid(n, m, True)
    depth = np.clip((p[:, 2] - 5) / 70, 0, 1)[:, None]
    return p, t, np.array([0.10, 0.016, 0.018]) * (0.12 + 0.9 * depth ** 1.5)


class Mouth:
    """Teeth, gums, tongue and cavity in one mesh."""

    def __init__(self):
        tp, tt, tc, tj = teeth()
        gp, gt, gc, self.tip = tongue()
        cp, ct, cc = cavity()
        a, b = len(tp), len(tp) + len(gp)
        self.part = Part("Mouth", np.concatenate([tp, gp, cp]), np.concatenate([tt, gt + a, ct + b]),
                         color=np.concatenate([tc, gc, cc]))
        low = shapes.step(cp[:, 1], -58, -80)
        self.jaw = np.concatenate([tj, 0.35 + 0.65 * self.tip, low])
        self.tongue = np.zeros(b + len(cp))
        self.tongue[a:b] = self.tip
        self.is_tongue = (np.arange(b + len(cp)) >= a) & (np.arange(b + len(cp)) < b)
        # Faces that look into the mouth for the cavity, outward for the rest.
        n = self.part.normals[b:]
        if (n * (cp - [0, -69, 42])).sum() > 0:
            self.part.triangles[len(tt) + len(gt):] = self.part.triangles[len(tt) + len(gt):, ::-1]
        n = self.part.normals[a:b]
        if (n * (gp - [0, -75, 55])).sum() < 0:
            self.part.triangles[len(tt): len(tt) + len(gt)] = self.part.triangles[len(tt): len(tt) + len(gt), ::-1]
        self.part.normals = __import__("gltf").vertex_normals(self.part.points, self.part.triangles)

    def shift(self, pose):
        p = self.part.points
        d = shapes.turn_jaw(p, self.jaw * pose.get("jaw", 0))
        d[:, 0] += 7 * pose.get("jawX", 0) * self.jaw
        d[:, 2] += 6 * pose.get("jawF", 0) * self.jaw
        s = self.tongue
        g = pose.get("tongue", 0)
        d[:, 2] += g * 34 * s ** 1.3
        d[:, 1] += g * (2.5 * s - 14 * np.clip(s - 0.6, 0, 1) ** 1.5)
        g = pose.get("tip", 0)
        d[:, 2] += g * 9.5 * s ** 2
        d[:, 1] += g * 5.0 * s ** 2
        g = pose.get("tipUp", 0)
        d[:, 1] += g * 9.5 * s ** 2.5
        g = pose.get("back", 0)
        bump = np.exp(-(((s - 0.3) / 0.25) ** 2)) * self.is_tongue
        d[:, 1] += g * 6.0 * bump
        d[:, 2] -= g * 6.0 * s
        return d
