"""Hair: one solid mass behind the hairline, with big sculpted locks lying over it."""
import io

import numpy as np
from PIL import Image
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

import head
from gltf import Part, grid, unit
from shapes import step

CENTRE = np.array([0.0, 18.0, -14.0])
"""Directions on the head are measured from here."""


def mass(p):
    """A bob: the skull's volume, hanging to the jaw."""
    d = head.smooth_min(head.skull(p) - 6.0, head.ellipsoid(p, (0, 36, -22), (80, 84, 82)), 12)
    d = head.smooth_min(d, head.ellipsoid(p, (0, -26, -24), (85, 92, 72)), 34)
    return head.smooth_max(d, -100 - p[:, 1], 26)


def solid(p):
    """The mass behind the hairline: behind the ear on the left, before it on the right."""
    left = step(p[:, 0], -20, 40)
    slope = p[:, 2] - (0.95 * p[:, 1] + 7 - 12 * left)
    wall = p[:, 2] - (2 - 18 * left * step(p[:, 1], -52, -30))
    return head.smooth_max(mass(p) + 1.5, head.smooth_min(slope, wall, 12), 8)


def on_mass(azimuth, elevation, offset):
    """Points `offset` mm over the mass, by angles in degrees."""
    a, e = np.radians(azimuth), np.radians(elevation)
    d = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], 1)
    return head.cast(mass, np.tile(CENTRE, (len(a), 1)), d) + d * np.asarray(offset)[:, None]


def gradient(field, p, h=0.5):
    n = np.stack([field(p + np.eye(3)[k] * h) - field(p - np.eye(3)[k] * h) for k in range(3)], 1)
    return unit(n)


ARC = np.radians([-14, 22, 58, 90, 122, 158, 194])


def path_of(knots, count=60):
    knots = np.array(knots, float)
    t = np.linspace(0, 1, len(knots))
    return on_mass(*CubicSpline(t, knots)(np.linspace(0, 1, count)).T)


def paths():
    """All locks as points with radii: what shades the skin under them."""
    p = [path_of(knots, 40) for knots, _, _ in guides()]
    r = [np.full(40, thick * 0.8) for _, _, thick in guides()]
    return np.concatenate(p), np.concatenate(r)


def lock(knots, width, thick, window, tip=0.06, segments=13, root=0.6, full=0.40):
    """A lock along knots (azimuth, elevation, offset): points, normals, triangles, uv, shade."""
    s = np.linspace(0, 1, segments)
    p = path_of(knots)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    path = np.stack([np.interp(s * length[-1], length, p[:, k]) for k in range(3)], 1)
    path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    along = unit(np.gradient(path, axis=0))
    normal = gradient(mass, path)
    across = unit(np.cross(along, normal))
    normal = np.cross(across, along)
    profile = np.where(s < full, root + (1 - root) * np.sin(np.pi / 2 * s / full),
                       tip + (1 - tip) * np.cos(np.pi / 2 * (s - full) / (1 - full)) ** 0.8)
    rings, normals = [], []
    for a in ARC:
        # Flatter than the form: edges that face aside would mirror the sky.
        normals.append(unit(across * np.cos(a) * 0.75 + normal * (max(np.sin(a), 0) + 0.30)))
        w, h = width * np.cos(a) * profile, thick * np.sin(a) * profile ** 0.8
        rings.append(path + across * w[:, None] + normal * h[:, None])
    # The underside between both edges, which looks inward.
    rings += [rings[-1], rings[0]]
    normals += [-normal, -normal]
    points, normals = (np.stack(r, 1).reshape(-1, 3) for r in (rings, normals))
    n = len(ARC) + 2
    around = np.concatenate([np.linspace(0, 1, n - 2), [1, 0]])
    uv = np.stack([np.tile(window[0] + (window[1] - window[0]) * around, segments), np.repeat(s * 0.5 + 0.02, n)], 1)
    tris = grid(segments, n)
    tris = tris[~np.isin(tris % n, [n - 3]).any(1) | ~np.isin(tris % n, [n - 2]).any(1)]
    shade = np.tile(np.interp(around, [0, 1 / 6, 0.5, 5 / 6, 1], [0.30, 0.74, 1.08, 0.74, 0.30]), segments)
    shade[np.tile(np.arange(n) >= n - 2, segments)] = 0.22
    shade = shade * np.repeat(0.80 + 0.25 * np.sin(np.pi * np.clip(s * 1.1, 0, 1)), n)
    return points, normals, tris, uv, shade


def guides():
    """Every lock: knots, width, thickness."""
    # The left side and back, over the crown first.
    for k, end in enumerate((158, 136, 116)):
        curl = (-7, 7, -4)[k]
        yield [(end * 0.92, 68, -7), (end * 0.97, 52, 4), (end, 16, 6),
               (end + 2, -20, 6), (end - 2, -44, 5), (end - 6, -60, curl)], 24, 10
    # Tucked behind the left ear.
    yield [(16, 60, -5), (58, 46, 5), (86, 20, 4.5), (103, -8, 4), (106, -32, 4), (101, -48, 3), (94, -62, 5)], 22, 10
    yield [(15, 50, -5), (52, 39, 4.5), (76, 20, 4), (93, -4, 3), (101, -28, 2), (98, -46, -2)], 18, 9.5
    yield [(15, 41, -5), (46, 33, 3), (67, 18, 2.5), (83, 2, 1), (95, -12, -1), (101, -26, -3)], 15, 8.5
    yield [(18, 37, -2), (40, 28, 0), (60, 15, -1.5), (75, 0, -3), (86, -12, -5), (96, -24, -8)], 10, 7
    # The right side and back, from the hindmost to the one that frames the face.
    for k, end in enumerate((-176, -152, -130, -110, -92)):
        bend, curl = 6 * (-1) ** k, (-7, 6, -7, 8, -5)[k]
        yield [(end * 0.96, 69 - 2 * (k % 2), -7), (end * 0.98 - 3, 52, 4), (end - bend, 14, 6), (end, -22, 7),
               (end + 4, -46, 5), (end + 4, -60, curl)], 25, 10
    yield [(40, 64, -5), (-22, 54, 6), (-58, 28, 7), (-70, -2, 8), (-72, -26, 8), (-68, -46, 6), (-66, -60, 7)], 21, 11
    yield [(42, 57, -4), (-8, 52, 8), (-46, 29, 9), (-64, 3, 10), (-66, -20, 9), (-60, -40, 4),
           (-53, -52, -2)], 18, 10.5
    yield [(41, 50, -3), (4, 44, 9), (-27, 31, 11), (-50, 12, 11), (-64, -8, 10), (-67, -24, 6)], 18, 10
    yield [(39, 43, -4), (12, 37, 8), (-14, 28, 10), (-37, 14, 10.5), (-55, -1, 9), (-63, -14, 5)], 15, 9


def hair():
    points, normals, tris, uvs, shades, base = [], [], [], [], [], 0
    rows, cols = 22, 40
    e = np.radians(np.linspace(-89, 89, rows))
    a = np.linspace(-np.pi, np.pi, cols, endpoint=False)
    e, a = (g.reshape(-1) for g in np.meshgrid(e, a, indexing="ij"))
    d = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], 1)
    p = head.cast(solid, np.tile([0.0, 8, -38], (len(d), 1)), d)
    t = grid(rows, cols, True)
    # What lies inside the head is never seen.
    t = t[head.face(p)[t].max(1) > -2.5]
    if (np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]]) * (p[t].mean(1) - [0, 8, -38])).sum() < 0:
        t = t[:, ::-1]
    n = gradient(solid, p)
    back = np.clip(0.55 + 0.45 * step(n[:, 2], 0.5, -0.3) - 0.35 * step(-n[:, 1], 0.3, 0.9), 0.2, 1)
    # The walls beside the neck look forward: seen edge-on they would mirror the sky.
    n = unit(n + np.array([0, 0, 1.4]) * (step(n[:, 2], 0.15, 0.5) * step(p[:, 1], 0, -30))[:, None])
    points.append(p)
    normals.append(n)
    tris.append(t)
    fold = np.abs((np.degrees(a) / 45.0) % 2 - 1)
    uvs.append(np.stack([fold * 0.98 + 0.01, 0.25 + 0.25 * (1 - np.degrees(e) / 90)], 1))
    shades.append(0.92 * back)
    base += len(p)
    for k, (knots, width, thick) in enumerate(guides()):
        start = 0.11 * k % 0.62
        p, n, t, uv, shade = lock(knots, width, thick, (start, start + 0.34), segments=13 if k < 11 else 18)
        mid = p.reshape(-1, len(ARC) + 2, 3).mean(1).repeat(len(ARC) + 2, 0)
        c = p[t]
        if (np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]) * (c.mean(1) - mid[t].mean(1))).sum() < 0:
            t = t[:, ::-1]
        points.append(p)
        normals.append(n)
        tris.append(t + base)
        uvs.append(uv)
        shades.append(shade * (1 + 0.07 * np.sin(k * 2.4)))
        base += len(p)
    points, normals, tris, uvs, shade = map(np.concatenate, (points, normals, tris, uvs, shades))
    used, tris = np.unique(tris, return_inverse=True)
    part = Part("Hair", points[used], tris.reshape(-1, 3), uvs[used], np.clip(shade[used], 0, 1)[:, None] * np.ones(3))
    part.normals = normals[used]
    return part


def texture(size=256):
    """Strands along v, and a soft band of sheen where the hair bends over the crown."""
    rng = np.random.Generator(np.random.PCG64(11))
    u = rng.standard_normal((1, size))
    strands = gaussian_filter1d(u, 0.7, mode="wrap") * 1.0 + gaussian_filter1d(u, 4, mode="wrap") * 5
    v = np.linspace(0, 1, size)[:, None]
    tone = 1 + 0.13 * strands * (0.6 + 0.4 * np.sin(2 * np.pi * (v + 0.2)))
    sheen = np.exp(-(((v - 0.17 - 0.012 * strands) / 0.055) ** 2)) * (0.75 + 0.25 * strands)
    root = 1 - 0.30 * np.exp(-(v / 0.06) ** 2)
    base = np.array([0.40, 0.235, 0.155])
    c = base * (tone * root)[..., None] + np.clip(sheen, 0, 2)[..., None] * np.array([0.20, 0.135, 0.095])
    c *= (1.04 + 0.10 * step(v, 0.3, 0.52))[..., None]
    out = io.BytesIO()
    Image.fromarray(np.round(np.clip(c, 0, 1) * 255).astype("u1")).save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()
