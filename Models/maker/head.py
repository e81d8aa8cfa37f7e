"""The head as a signed distance field in millimetres: eye line y = 0, ears z = 0, face +Z."""
import numpy as np

EYE = np.array([33.5, 0.0, 55.5])
EYE_RADIUS = 25.0
LID = 1.6
MOUTH_Y, MOUTH_HALF = -58.5, 21.0
HINGE = np.array([0.0, -16.0, 4.0])
"""The axis through both jaw joints."""


def smooth_min(a, b, k):
    h = np.maximum(k - np.abs(a - b), 0) / k
    return np.minimum(a, b) - h * h * k / 4


def smooth_max(a, b, k):
    return -smooth_min(-a, -b, k)


def ellipsoid(p, centre, radii):
    q = (p - np.array(centre)) / np.array(radii)
    k0 = np.linalg.norm(q, axis=1)
    k1 = np.linalg.norm(q / np.array(radii), axis=1)
    return k0 * (k0 - 1) / np.maximum(k1, 1e-9)


def cone(p, a, b, ra, rb):
    """A capsule whose radius runs from ra to rb."""
    a, b = np.array(a, float), np.array(b, float)
    d = b - a
    t = np.clip((p - a) @ d / (d @ d), 0, 1)
    return np.linalg.norm(p - a - t[:, None] * d, axis=1) - (ra + (rb - ra) * t)


def skull(p):
    """Cranium and forehead: what the hair lies on."""
    d = ellipsoid(p, (0, 30, -14), (75, 80, 86))
    return smooth_min(d, ellipsoid(p, (0, 36, 26), (61, 56, 57)), 34)


def face(p):
    """The skin of head and neck, without lids and lips."""
    q = p.copy()
    q[:, 0] = np.abs(q[:, 0])
    d = skull(q)
    d = smooth_min(d, ellipsoid(q, (0, -18, 20), (66, 68, 61)), 26)
    d = smooth_min(d, cone(q, (40, -42, 12), (9, -75, 60), 17, 15.5), 28)
    d = smooth_min(d, ellipsoid(q, (0, -77, 66), (15, 13.5, 17)), 16)
    d = smooth_min(d, ellipsoid(q, (37, -27, 53), (26, 23, 26)), 22)
    d = smooth_min(d, ellipsoid(q, (0, -57, 58), (32, 23, 31)), 20)
    d = smooth_min(d, cone(q, (0, -46, -18), (0, -140, -30), 37, 34), 24)
    d = smooth_min(d, cone(q, (0, -140, -30), (0, -200, -36), 34, 42), 12)
    # Brow, then the eye socket, then the nose on top.
    d = smooth_min(d, cone(q, (12, 24, 75), (44, 25, 58), 9, 9), 16)
    d = smooth_max(d, -ellipsoid(q, (32, 0, 92), (21, 15, 15)), 14)
    d = smooth_min(d, cone(q, (0, 8, 76), (0, -27, 95), 5.5, 6.5), 16)
    d = smooth_min(d, ellipsoid(q, (0, -31, 98), (8.8, 8.2, 9.6)), 8)
    d = smooth_min(d, ellipsoid(q, (9.2, -34.5, 90.5), (5.2, 5.2, 7.0)), 7)
    d = smooth_max(d, -ellipsoid(q, (4.8, -41, 95.5), (3.2, 2.6, 4.6)), 3)
    # Philtrum, and the hollow under the lower lip.
    d = smooth_max(d, -cone(q, (0, -43, 96), (0, -51, 95), 1.2, 2.2), 7)
    return smooth_max(d, -ellipsoid(q, (0, -71.5, 95), (15, 4, 8)), 10)


def lidded(p):
    """The face with the closed surface of the lids over both eyeballs."""
    q = p.copy()
    q[:, 0] = np.abs(q[:, 0])
    ball = np.linalg.norm(q - EYE, axis=1) - (EYE_RADIUS + LID)
    return smooth_min(face(p), ball, 4)


def cast(field, origin, direction, start=2.0):
    """The first point along each ray, from inside, where the field turns positive."""
    t = np.full(len(origin), float(start))
    alive = np.ones(len(origin), bool)
    for _ in range(140):
        if not alive.any():
            break
        f = field(origin[alive] + direction[alive] * t[alive, None])
        step = np.where(f < 0, np.maximum(-f * 0.7, 0.4), 0)
        t[alive] += step
        index = np.flatnonzero(alive)
        alive[index[(f >= 0) | (t[index] > 400)]] = False
    lo, hi = np.maximum(t - 12, 0.1), t
    # Tighten: step back to the last point known to be inside.
    for _ in range(6):
        f = field(origin + direction * ((lo + hi) / 2)[:, None])
        mid = (lo + hi) / 2
        lo, hi = np.where(f < 0, mid, lo), np.where(f < 0, hi, mid)
    for _ in range(30):
        mid = (lo + hi) / 2
        f = field(origin + direction * mid[:, None])
        lo, hi = np.where(f < 0, mid, lo), np.where(f < 0, hi, mid)
    return origin + direction * hi[:, None]


# The family of rays that unrolls the head: height parameter, origin on the spine, slope of the ray.
_Q = np.array([-260, -230, -190, -160, -130, -108, -98, -66, -40, 0, 60, 90, 108, 120.0])
_OY = np.array([-250, -215, -160, -120, -85, -62, -44, -25, 0, 0, 20, 35, 40, 42.0])
_OZ = np.array([-36, -36, -30, -22, -14, -8, -4, 0, 0, 0, 0, -4, -8, -8.0])
_SLOPE = np.array([-0.1, -0.25, -0.6, -1.0, -1.35, -1.1, -0.75, -0.42, -0.43, 0, 0.5, 1.0, 1.9, 4.0])


def rays(azimuth, q):
    oy, oz, slope = (np.interp(q, _Q, c) for c in (_OY, _OZ, _SLOPE))
    origin = np.stack([np.zeros_like(oy), oy, oz], 1)
    d = np.stack([np.sin(azimuth), slope, np.cos(azimuth)], 1)
    return origin, d / np.linalg.norm(d, axis=1, keepdims=True)


def unrolled(points):
    """(azimuth, q) of points on the head: the inverse of `rays`."""
    q = np.full(len(points), 0.0)
    lo, hi = np.full(len(points), _Q[0]), np.full(len(points), _Q[-1])
    for _ in range(40):
        q = (lo + hi) / 2
        oy, oz, slope = (np.interp(q, _Q, c) for c in (_OY, _OZ, _SLOPE))
        r = np.hypot(points[:, 0], points[:, 2] - oz)
        low = points[:, 1] > oy + slope * r
        lo, hi = np.where(low, q, lo), np.where(low, hi, q)
    oz = np.interp(q, _Q, _OZ)
    return np.arctan2(points[:, 0], points[:, 2] - oz), q
