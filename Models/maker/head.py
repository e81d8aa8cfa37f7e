"""The head as a signed distance field in millimetres: eye line y = 0, ears z = 0, face +Z."""
import numpy as np
from scipy.interpolate import PchipInterpolator

LID = 1.6
"""How thick the lids are."""
MOUTH_Y = -58.5
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


class Head:
    """The head of one person. The cranium is the same for all, so hair, glasses and ears fit every head."""

    def __init__(self, person):
        self.person = person
        self.eye_radius = person.eye_size
        self.eye = np.array([33.5 + person.eye_gap, 0.0, 80.5 - person.eye_size])
        self.mouth_half = 21.0 * person.mouth_width
        self.upper_lip, self.lower_lip = UPPER.copy(), LOWER.copy()
        for lip, full in ((self.upper_lip, person.lip_upper), (self.lower_lip, person.lip_lower)):
            lip[:4] *= [[full, full ** 0.7]]

    def face(self, p):
        """The skin of head and neck, without lids and lips."""
        f = self.person
        q = p.copy()
        q[:, 0] = np.abs(q[:, 0])
        d = skull(q)
        d = smooth_min(d, ellipsoid(q, (0, -18, 20), (66 * f.face_width, 68, 61)), 26)
        low = -75 - f.chin
        d = smooth_min(d, cone(q, (40 + 5 * f.jaw, -42 - 7 * f.jaw, 12), (9 + 6 * f.jaw, low, 60 + f.chin_out),
                               17 * f.face_width, 15.5 - 1.5 * f.jaw), 28 - 8 * f.jaw)
        d = smooth_min(d, ellipsoid(q, (0, low - 2, 66 + f.chin_out), (15 * f.chin_width, 13.5, 17)), 16)
        c = f.cheek
        d = smooth_min(d, ellipsoid(q, (37, -27 - 5 * f.age, 53), (26 * c, 23 * c, 26 * c)), 22)
        if f.age > 0.3:  # jowls
            d = smooth_min(d, ellipsoid(q, (38, -64, 38), (17, 15, 20)), 16)
        d = smooth_min(d, ellipsoid(q, (0, -57, 58), (32, 23, 31)), 20)
        d = smooth_min(d, cone(q, (0, -46, -18), (0, -140, -30), 37 * f.neck, 34 * f.neck), 24)
        d = smooth_min(d, cone(q, (0, -140, -30), (0, -200, -36), 34 * f.neck, 42 * f.neck), 12)
        # Brow, then the eye socket, then the nose on top.
        ridge = 9 + f.brow_ridge
        d = smooth_min(d, cone(q, (12, 24, 75), (44, 25, 58), ridge, ridge - 0.3 * f.brow_ridge), 16)
        d = smooth_max(d, -ellipsoid(q, (32, 0, 92), (21, 15, 15)), 14)
        tip = -27 - f.nose_length
        w, t = f.nose_width, f.nose_tip
        d = smooth_min(d, cone(q, (0, 8, 76 + f.nose_bridge), (0, tip, 95), 5.5 * w ** 0.5, 6.5 * w ** 0.5), 16)
        d = smooth_min(d, ellipsoid(q, (0, tip - 4, 98), (8.8 * t, 8.2 * t, 9.6)), 8)
        d = smooth_min(d, ellipsoid(q, (9.2 * w, tip - 7.5, 90.5), (5.2 * w ** 0.6, 5.2, 7.0)), 7)
        d = smooth_max(d, -ellipsoid(q, (4.8 * w, tip - 14, 95.5), (3.2, 2.6, 4.6)), 3)
        # Philtrum, and the hollow under the lower lip.
        d = smooth_max(d, -cone(q, (0, -43, 96), (0, -51, 95), 1.2, 2.2), 7)
        d = smooth_max(d, -ellipsoid(q, (0, -71.5, 95), (15, 4, 8)), 10)
        if f.age > 0:  # the fold from nose to mouth, and the hollow under the eye
            # The smooth union dents a surface before the cone reaches it: at age 0 by nothing.
            r = -8 + 9.5 * f.age
            d = smooth_max(d, -cone(q, (17 * w ** 0.5, -36, 89), (29, -58, 78), r, r), 8)
            d = smooth_max(d, -cone(q, (20, -27, 86), (42, -25, 76), r - 1, r - 1.5), 8)
        return d

    def lidded(self, p):
        """The face with the closed surface of the lids over both eyeballs."""
        q = p.copy()
        q[:, 0] = np.abs(q[:, 0])
        ball = np.linalg.norm(q - self.eye, axis=1) - (self.eye_radius + LID)
        return smooth_min(self.face(p), ball, 4)

    def margin(self, column, blink=0.0, wide=0.0, squint=0.0, lift=0.0, look=0.0):
        """Lid margin as angles (alpha, beta) about the left eyeball; `lift` raises the lower lid alone;
        `look` in degrees, up positive.
        Columns run from the inner corner over the upper lid to the outer corner and back below."""
        f = self.person
        turn = 2 * np.pi * column / EYE_COLUMNS
        s = -np.cos(turn)
        upper = np.sin(turn) >= -1e-9
        alpha = np.radians(np.where(s < 0, 46.0, 52.0)) * s
        arch = np.maximum(1 - s * s, 0)
        corner = np.radians(-3.0 + (3.5 + f.eye_tilt) * s)
        opened = f.eye_open
        top = np.radians(26.5 * opened + 7.5 * wide + 0.5 * look) * arch ** 0.56 * (1 + 0.02 * s)
        low = np.radians(-23.5 * (0.4 + 0.6 * opened) - 3.0 * wide + 0.30 * min(look, 0) + 0.1 * max(look, 0)
                         + 10.0 * (squint + lift)) * arch ** 0.66 * (1 + 0.10 * s)
        top = top - np.radians(7 * squint) * arch
        shut = np.radians(-13.0) * arch ** 0.75 * (1 + 0.12 * s)
        top = top + blink * (shut - top)
        low = low + blink * (shut - low)
        return alpha, corner + np.where(upper, top, low)

    def lip_curve(self, x):
        """How far the line of contact of the lips lies over its middle's height."""
        c = np.clip(x / self.mouth_half, -1.1, 1.1)
        return 2.6 * c ** 2 + 1.4 * c ** 6 - 0.6 * np.exp(-((x / 4.5) ** 2))

    def brow_line(self, x):
        """Middle height and half width of the brow at |x|, and its place along the brow (0 the inner end)."""
        f = self.person
        s = np.clip((x - 10.5) / 42, 0, 1)
        y = 31.5 + f.brow_height + 7.0 * f.brow_arch * np.sin(np.pi * np.minimum(s * 0.84, 1)) ** 1.2 - 4.8 * s ** 1.6
        wide = (3.0 + 1.1 * np.sin(np.pi * np.minimum(s * 1.5, 1))) * f.brow_thick * (1 - s ** 2.4) ** 0.9
        return y, wide, s

    def stretched(self, p):
        """The lower face made longer or shorter, given back along the neck: what touches goes on touching."""
        if self.person.length == 1:
            return p
        y = np.array([-400, -150, -112, -60, -18, 400.0])
        k = self.person.length
        to = np.array([-400, -150, -18 - 94 * k, -18 - 42 * k, -18, 400.0])
        out = p.copy()
        out[:, 1] = PchipInterpolator(y, to)(p[:, 1])
        return out


    def profile(self, p):
        """What draws the middle of the face forward and the root of the nose back, at points at rest: rays that unroll a ball leave a
        face flat from brow to chin. Shapes take it along as it is, so that they still add up."""
        y, forward, half = PROFILE.T
        out = np.zeros_like(p)
        far = self.person.profile * PchipInterpolator(y, forward)(p[:, 1])
        across = np.exp(-(p[:, 0] / np.interp(p[:, 1], y, half)) ** 2)
        gate = np.clip((p[:, 2] - 25) / 50, 0, 1)
        out[:, 2] = far * across * gate * gate * (3 - 2 * gate)
        return out


PROFILE = np.array([(-400, 0, 30), (-155, 0, 30), (-125, 3.0, 30), (-95, 5.0, 26), (-80, 5.0, 22), (-72, 3.6, 18), (-62, 5.6, 17), (-50, 5.6, 16),
                    (-42, 4.2, 15), (-31, 4.2, 14), (-12, 0.5, 9), (4, -2.2, 8), (14, -0.8, 9), (26, 1.6, 20), (44, 0.8, 26), (70, 0, 30), (400, 0, 30)])
"""At each height: how far forward, and the half width of it."""
EYE_COLUMNS = 40
UPPER = np.array([(7.0, 0.35), (5.6, 1.7), (3.3, 2.9), (1.3, 2.7), (-0.05, 0.7), (0.7, -2.2),
                  (3.4, -4.6), (9.5, -6.0), (17, -22)])
LOWER = np.array([(8.8, 0.2), (6.9, 2.3), (4.3, 4.2), (1.6, 3.6), (-0.05, 0.8), (0.8, -2.2),
                  (4.0, -4.8), (10, -6.5), (18, -22)])
"""The lips' cross-section in the middle: height over the line of contact, and how far it stands out."""


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
