"""Clothes: a jumper with a ribbed collar that lies on the neck."""
import numpy as np

import head
from gltf import Part, grid
from shapes import step

HEM = -392.0
"""Where body and sleeves end, in one plane."""
MIDDLE = np.array([0.0, -245.0, -36.0])


def torso(p):
    q = p.copy()
    q[:, 0] = np.abs(q[:, 0])
    d = head.cone(q, (0, -130, -32), (0, -180, -36), 36, 46)
    d = head.smooth_min(d, head.cone(q, (10, -180, -38), (112, -203, -42), 33, 33), 32)
    d = head.smooth_min(d, head.ellipsoid(q, (0, -300, -34), (112, 120, 70)), 44)
    d = head.smooth_min(d, head.cone(q * [0.62, 1, 1], (0, -330, -36), (0, -480, -36), 66, 66), 30)
    d = head.smooth_min(d, head.ellipsoid(q, (42, -302, 6), (46, 44, 34)), 36)
    return head.smooth_min(d, head.cone(q, (112, -214, -42), (134, -420, -32), 33, 32), 26)


def clothes():
    cols = 52
    az = np.linspace(-np.pi, np.pi, cols, endpoint=False)
    flat = np.stack([np.sin(az), 0 * az, np.cos(az)], 1)
    # The collar's line on the neck, lower in front.
    height = -135 - 9 * np.cos(az)
    origin = np.stack([0 * az, height, np.full(cols, -30.0)], 1)
    neck = head.cast(head.face, origin, flat, 5.0)
    rows = [neck + flat * out + [0, up, 0] for out, up in
            ((-1.5, 3), (1.2, 6.6), (4.2, 7.8), (7.2, 6.2), (8.8, 2), (9.0, -4), (7.8, -9))]
    # The columns draw together towards the sleeves.
    az = az + 0.2 * np.sin(2 * az)
    flat = np.stack([np.sin(az), 0 * az, np.cos(az)], 1)
    # Down to the hem, in even steps for each direction; then round it and in to the middle.
    rim = head.cast(torso, np.tile([0.0, HEM, MIDDLE[2]], (cols, 1)), flat) - MIDDLE
    top, low = (np.arctan2(p[:, 1], np.hypot(p[:, 0], p[:, 2])) for p in (rows[-1] - MIDDLE, rim))
    for k in np.linspace(0.06, 1, 18):
        e = top + (low - top) * k
        d = np.stack([np.sin(az) * np.cos(e), np.sin(e), np.cos(az) * np.cos(e)], 1)
        p = head.cast(torso, np.tile(MIDDLE, (cols, 1)), d) + d * 3.0
        wrinkle = 1.1 * np.sin(p[:, 1] * 0.16 + 3 * np.abs(np.sin(az)) + 0.02 * p[:, 0])
        wrinkle *= step(np.abs(p[:, 0]), 60, 110)
        rows.append(p + d * wrinkle[:, None])
    edge = rows[-1]
    rows += [edge - flat * inward - [0, down, 0] for inward, down in ((2, 4), (7, 7))]
    rows.append(np.tile([0, edge[:, 1].mean() - 7, MIDDLE[2]], (cols, 1)))
    p = np.concatenate(rows)
    t = grid(len(rows), cols, True)
    q = p[t]
    n = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    if (n * (q.mean(1) - MIDDLE)).sum() < 0:
        t = t[:, ::-1]
    row = np.repeat(np.arange(len(rows)), cols)
    rib = np.where((row < 5) & (np.tile(np.arange(cols), len(rows)) % 2 == 1), 0.80, 1.0)
    shade = rib * np.interp(row, [0, 1, 3, 5, 6, 7, 9], [0.35, 0.75, 1.0, 0.92, 0.62, 0.72, 1.0])
    return Part("Clothes", p, t, color=np.array([0.022, 0.135, 0.150]) * shade[:, None])
