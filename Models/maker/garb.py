"""Hair and clothes."""
import numpy as np

import head
from gltf import Part, grid, unit
from shapes import step


def hair():
    """A bob parted on the left: one sculpted shell with strand grooves and a rolled hem."""
    cols, rows = 120, 26
    az = np.linspace(-np.pi, np.pi, cols, endpoint=False)
    deg = np.degrees(az)
    centre = np.array([0.0, 28.0, -10.0])
    # Where each column ends, as a path length from the crown.
    part = 24.0
    front = np.interp(deg, [-180, -64, -58, -50, -38, -20, 0, part - 5, part, part + 6, 40, 52, 60, 66, 180],
                      [1, 1, .86, .62, .53, .50, .465, .415, .385, .415, .50, .60, .86, 1, 1])
    crown = np.array([np.sin(np.radians(part)) * 10, 0, 0])
    points = []
    total_drop = 112.0
    for r in range(rows):
        u = front * r / (rows - 1)
        # First over the skull (u < .62), then hanging.
        elevation = np.radians(np.interp(u, [0, 0.66], [90, -4]))
        d = np.stack([np.sin(az) * np.cos(elevation), np.sin(elevation), np.cos(az) * np.cos(elevation)], 1)
        base = head.cast(head.skull, np.tile(centre, (cols, 1)), d)
        tip = u / np.maximum(front, 1e-6)
        drop = np.clip((u - 0.60) / 0.40, 0, 1)
        phase = az + 0.55 * np.where(deg < part, -1, 1) * tip * step(np.cos(az), -0.2, 1) + 0.06 * np.sin(9 * tip)
        groove = 1.5 * np.abs(np.sin(phase * 9)) ** 0.6 + 0.9 * np.abs(np.sin(phase * 23 + 1.3)) \
            + 1.6 * np.sin(phase * 5 + 0.7)
        thick = 6 + 8.5 * np.sin(np.pi * np.clip(tip, 0, 1) ** 0.8 * 0.62) + groove * (0.15 + 0.85 * step(tip, 0, .5))
        thick = thick + 5.0 * np.exp(-((deg - part + 22) / 26) ** 2) * step(tip, 0.2, 0.8) * (deg < part)
        seam = 4.0 * np.exp(-((deg - part) / 3.5) ** 2) * step(np.cos(az), 0, .6)
        p = base + d * (thick - seam)[:, None]
        hang = drop * total_drop * (1 + 0.05 * np.sin(az * 13) + 0.03 * np.sin(az * 29))
        p[:, 1] -= hang
        flare = 1 + 0.10 * np.sin(np.pi * drop) - 0.13 * step(drop, 0.45, 1.0) * (0.5 + 0.5 * np.abs(np.sin(az)))
        p[:, 0] *= flare
        p[:, 2] = (p[:, 2] + 10) * (1 + (flare - 1) * 0.9) - 10
        points.append(p)
    # The hem rolls inward and up.
    end = points[-1]
    before = points[-2]
    inward = unit(centre * [1, 0, 1] - end * [1, 0, 1]) * [1, 0, 1]
    long = (front > 0.7)[:, None]
    lip1 = end + inward * np.where(long, 5.0, 4.0) + unit(end - before) * 1.5
    lip2 = end + inward * np.where(long, 13.0, 9.0) + unit(before - end) * 4.0
    lip3 = end * [0.80, 1, 0.80] + inward * 5 + unit(before - end) * np.where(long, 26.0, 8.0)
    points += [lip1, lip2, lip3]
    p = np.concatenate(points)
    t = grid(len(points), cols, True)
    q = p[t]
    n = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    if (n * (q.mean(1) - centre)).sum() < 0:
        t = t[:, ::-1]
    strand = np.tile(0.5 + 0.5 * np.sin(az * 61 + 2 * np.sin(az * 17)), len(points))
    row = np.repeat(np.arange(len(points)), cols) / rows
    shade = (0.62 + 0.55 * strand) * np.where(row >= 1, 0.22, 1.0) * (1.06 - 0.18 * row)
    color = np.array([0.105, 0.043, 0.024]) * shade[:, None]
    return Part("Hair", p, t, color=color)


def torso(p):
    q = p.copy()
    q[:, 0] = np.abs(q[:, 0])
    d = head.ellipsoid(q, (0, -330, -38), (128, 150, 82))
    d = head.smooth_min(d, head.cone(q, (10, -226, -42), (132, -246, -46), 38, 40), 50)
    d = head.smooth_min(d, head.cone(q, (142, -250, -46), (168, -430, -40), 40, 36), 30)
    d = head.smooth_min(d, head.cone(q, (0, -190, -34), (0, -240, -38), 52, 66), 30)
    return d


def clothes():
    """A soft round-necked jumper."""
    cols = 64
    az = np.linspace(-np.pi, np.pi, cols, endpoint=False)
    origin = np.tile([0.0, -300.0, -38.0], (cols, 1))
    top = np.radians(57.5 + 3.0 * (1 - np.cos(az)) * 0.9)
    points = []
    for k in np.concatenate([np.linspace(0, 1, 22)]):
        e = top + (np.radians(-42) - top) * k ** 0.9
        d = np.stack([np.sin(az) * np.cos(e), np.sin(e), np.cos(az) * np.cos(e)], 1)
        points.append(head.cast(torso, origin, d) + d * 3.0)
    rim = points[0]
    axis = np.array([0, 0, -34.0])
    inward = unit((axis - rim) * [1, 0, 1])
    collar = [rim + inward * 13 + [0, 0, 0], rim + inward * 6.5 + [0, 5.0, 0], rim + inward * 1.0 + [0, 7.5, 0],
              rim - inward * 3.5 + [0, 4.5, 0], rim - inward * 4.5 + [0, -1.0, 0], rim - inward * 2.5 + [0, -5, 0]]
    points = collar + points[1:]
    p = np.concatenate(points) + [0, 24.0, 0]
    t = grid(len(points), cols, True)
    q = p[t]
    n = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    if (n * (q.mean(1) - [0, -320, -38])).sum() < 0:
        t = t[:, ::-1]
    row = np.repeat(np.arange(len(points)), cols)
    rib = 1 - 0.10 * (np.tile(np.arange(cols), len(points)) % 2) * (row < 6)
    shade = rib * np.where(row == 0, 0.4, np.where(row < 6, 0.86, 1.0))
    color = np.array([0.03, 0.115, 0.15]) * shade[:, None]
    return Part("Clothes", p, t, color=color)
