"""Clothes over neck and trunk."""
import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

import head
from forms import joined, mirrored, outward, tube
from gltf import grid
from shapes import step

HEM = -392.0
"""Where body and sleeves end, in one plane."""
MIDDLE = np.array([0.0, -245.0, -36.0])
RAISE = 14.0
"""How much the trunk of all clothes lies over the places given here."""

ROLL = ((-1.5, 3), (1.2, 6.6), (4.2, 7.8), (7.2, 6.2), (8.8, 2), (9.0, -4), (7.8, -9))
BAND = ((-1.5, 2), (0.6, 4.4), (2.6, 5.2), (4.4, 4.4), (5.4, 1.5), (5.4, -4), (4.6, -8))
STAND = ((-1.0, 4), (0.8, 8.6), (2.4, 9.4), (3.6, 8.6), (4.2, 4), (4.4, -3), (4.4, -8))
"""A collar's section: how far outside the neck, how far over its line."""


def torso(p, wide=1.0, bust=1.0, neck=1.0):
    """The trunk and upper arms as a signed distance; `wide` scales the shoulders."""
    q = p.copy()
    q[:, 0] = np.abs(q[:, 0])
    w = wide
    d = head.cone(q, (0, -130, -32), (0, -180, -36), 36 * neck, 46 * neck)
    d = head.smooth_min(d, head.cone(q, (10, -180, -38), (112 * w, -203, -42), 33, 33 * w ** 0.5), 32)
    d = head.smooth_min(d, head.ellipsoid(q, (0, -300, -34), (112 * w, 120, 70)), 44)
    d = head.smooth_min(d, head.cone(q * [0.62, 1, 1], (0, -330, -36), (0, -480, -36), 66, 66), 30)
    if bust:
        d = head.smooth_min(d, head.ellipsoid(q, (42, -302, 6), (46, 44, 34 * bust)), 36)
    else:
        d = head.smooth_min(d, head.ellipsoid(q, (44, -268, 2), (50, 40, 30)), 30)
    return head.smooth_min(d, head.cone(q, (112 * w, -214, -42), (134 * w, -420, -32), 33 * w ** 0.5, 32), 26)


class Body:
    """What clothes hang on: one person's neck and trunk."""

    def __init__(self, own):
        f = own.person
        self.neck = own.face
        self.torso = lambda p: torso(p - [0, RAISE, 0], f.shoulders, f.bust, f.neck)

    def shell(self, line, collar, out=3.0, opening=None, period=26.0):
        """A garment from its collar down to the hem. `line`: height of the collar's line in front, at the side and behind.
        `opening`: half its angle in front, radians, from the collar (0) to the hem (1). Returns points, triangles, uv."""
        cols = 53
        turn = np.linspace(-1, 1, cols)
        az = np.pi * turn if opening is None else None
        front, side, rear = (v + RAISE for v in line)

        def flat(a):
            return np.stack([np.sin(a), 0 * a, np.cos(a)], 1)

        def columns(k):
            # From behind, over both sides, to the edges in front.
            if opening is None:
                return np.pi * (turn + 1)
            half = opening(k)
            return np.linspace(half, 2 * np.pi - half, cols)

        az = columns(0.0)
        c = np.cos(az)
        height = np.where(c > 0, side + (front - side) * c ** 2, side + (rear - side) * c ** 2)
        origin = np.stack([0 * az, height, np.full(cols, -30.0)], 1)
        neck = head.cast(self.neck, origin, flat(az), 5.0)
        rows = [neck + flat(az) * (o + out - 3.0) + [0, up, 0] for o, up in collar]
        rim = head.cast(self.torso, np.tile([0.0, HEM, MIDDLE[2]], (cols, 1)), flat(az)) - MIDDLE
        top, low = (np.arctan2(p[:, 1], np.hypot(p[:, 0], p[:, 2])) for p in (rows[-1] - MIDDLE, rim))
        for k in np.linspace(0.06, 1, 18):
            a = columns(k)
            # The columns draw together towards the sleeves.
            a = a + 0.2 * np.sin(2 * a) * (1 if opening is None else step(np.abs(np.sin(a)), 0.3, 0.7))
            rim = head.cast(self.torso, np.tile([0.0, HEM, MIDDLE[2]], (cols, 1)), flat(a)) - MIDDLE
            low = np.arctan2(rim[:, 1], np.hypot(rim[:, 0], rim[:, 2]))
            e = top + (low - top) * k
            d = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], 1)
            p = head.cast(self.torso, np.tile(MIDDLE, (cols, 1)), d) + d * out
            wrinkle = 1.1 * np.sin(p[:, 1] * 0.16 + 3 * np.abs(np.sin(a)) + 0.02 * p[:, 0])
            rows.append(p + d * (wrinkle * step(np.abs(p[:, 0]), 60, 110))[:, None])
        edge, inward = rows[-1], flat(columns(1.0))
        rows += [edge - inward * i - [0, down, 0] for i, down in ((2, 4), (7, 7))]
        if opening is None:
            rows.append(np.tile([0, edge[:, 1].mean() - 7, MIDDLE[2]], (cols, 1)))
        p = np.concatenate(rows)
        t = grid(len(rows), cols)
        # Nothing of a loop's last column lies beside its first: they are one place.
        t = outward(p, t, MIDDLE)
        length = np.cumsum([0] + [np.linalg.norm(b - a, axis=1).mean() for a, b in zip(rows, rows[1:])])
        around = np.round(np.linalg.norm(np.diff(rows[14], axis=0), axis=1).sum() / period)
        uv = np.stack([np.tile(np.linspace(0, around, cols), len(rows)), np.repeat(length / period, cols)], 1)
        return p, t, uv

    def band(self, opening, width, out, k0, k1, line, steps=24):
        """A flap along both edges of an opening: a lapel or a placket, `width` (radians) of k from the collar to the hem."""
        made = []
        k = np.linspace(k0, k1, steps)
        a0, w = np.array([opening(v) for v in k]), np.array([width(v) for v in k])
        y = np.interp(k, [0, 1], [line + RAISE, HEM])
        rows = []
        for s, o in ((-0.06, 0.4), (0.0, 1.0), (0.5, 1.25), (0.92, 1.0), (1.0, 0.35)):
            a = a0 + w * s
            d = np.stack([np.sin(a), 0 * a, np.cos(a)], 1)
            p = head.cast(lambda q: np.minimum(self.torso(q), self.neck(q)), np.stack([0 * a, y, np.full(steps, -30.0)], 1), d, 5.0)
            rows.append(p + d * (out * o)[..., None] if np.ndim(o) else p + d * out * o)
        p = np.concatenate(rows)
        t = outward(p, grid(len(rows), steps), MIDDLE)
        uv = np.stack([np.repeat(np.linspace(0, 1, len(rows)), steps), np.tile(k * 9, len(rows))], 1)
        made += mirrored((p, t, uv))
        return made

    def flaps(self, out=6.0):
        """A shirt's collar: a stand and two points."""
        cols = 41
        az = np.linspace(0.10, 2 * np.pi - 0.10, cols)
        flat = np.stack([np.sin(az), 0 * az, np.cos(az)], 1)
        c = np.cos(az)
        height = RAISE - 141 - 13 * np.maximum(c, 0) ** 1.5 + 7 * np.maximum(-c, 0)
        neck = head.cast(self.neck, np.stack([0 * az, height, np.full(cols, -30.0)], 1), flat, 5.0)
        point = np.exp(-((np.minimum(az, 2 * np.pi - az) - 0.34) / 0.30) ** 2)
        rows = [neck + flat * 0.4 + [0, 4, 0], neck + flat * 2.6 + [0, 13, 0], neck + flat * 4.4 + [0, 14.5, 0], neck + flat * 6.2 + [0, 12.5, 0],
                neck + flat * (9.5 + 4 * point)[:, None] + np.stack([0 * c, -2 - 7 * point, 0 * c], 1),
                neck + flat * (11.0 + 6 * point)[:, None] + np.stack([0 * c, -7 - 19 * point, 0 * c], 1),
                neck + flat * (9.5 + 4 * point)[:, None] + np.stack([0 * c, -8.5 - 19 * point, 0 * c], 1)]
        p = np.concatenate(rows)
        t = outward(p, grid(len(rows), cols), np.array([0, -126.0, -30]))
        return p, t, np.stack([np.tile(np.linspace(0, 8, cols), len(rows)), np.repeat(np.linspace(0, 1.4, len(rows)), cols)], 1)


def wear(own):
    """The clothes as (part, colour in sRGB, fabric) in the order they are put on."""
    f = own.person
    body = Body(own)
    main = f.clothes_colour
    kind = f.clothes
    if kind in ("jumper", "turtleneck"):
        line = (-144, -135, -126) if kind == "jumper" else (-134, -128, -122)
        return [(joined("Outfit_Top", [body.shell(line, ROLL)]), main, "knit")]
    if kind in ("crew", "stripes"):
        return [(joined("Outfit_Top", [body.shell((-166, -146, -134), BAND)]), main, "knit" if kind == "crew" else "stripes")]
    if kind == "shirt":
        return [(joined("Outfit_Under", [body.flaps()]), (0.93, 0.94, 0.96), "plain"),
                (joined("Outfit_Top", [body.shell((-160, -143, -132), BAND)]), main, "knit")]
    if kind == "hoodie":
        phi = np.radians(np.linspace(22, 338, 40))
        rear = (1 - np.cos(phi)) / 2
        radius = 50 + 9 * rear
        path = np.stack([radius * np.sin(phi) * 1.04, RAISE - 165 + 34 * rear ** 0.8, -30 + radius * np.cos(phi) * (0.86 + 0.1 * rear)], 1)
        end = np.minimum(1, np.minimum(np.arange(40), np.arange(40)[::-1]) / 5 + 0.25)
        hood = tube(path, (9 + 11 * rear) * end, 12, flat=0.9)
        cords = []
        for drop, x in ((66, 15), (58, -15)):
            y = RAISE + np.linspace(-166, -166 - drop, 14)
            o = np.stack([np.interp(y - RAISE, [-166 - drop, -166], [x * 1.15, x * 0.8]), y, np.full(14, -30.0)], 1)
            cords.append(tube(head.cast(body.torso, o, np.tile([0.0, 0, 1], (14, 1)), 5.0) + [0, 0, 4.6], 1.7, 7))
        return [(joined("Outfit_Top", [body.shell((-166, -146, -134), BAND), hood]), main, "jersey"),
                (joined("Outfit_Cords", cords), (0.9, 0.9, 0.88), "plain")]
    if kind == "kurta":
        top = body.shell((-150, -140, -132), STAND)
        strip = body.band(lambda k: 0.0, lambda k: 0.17, 4.6, -0.03, 0.62, -150)
        trim = body.shell((-150, -140, -132), ((0.2, 8.9), (1.6, 10.2), (2.6, 10.2), (4.2, 8.8), (5.0, 5.5), (4.6, 4.6), (4.0, 4.0)))
        n = 7 * 53
        keep = (trim[1] < n).all(1)
        return [(joined("Outfit_Top", [top]), main, "weave"),
                (joined("Outfit_Trim", strip + [(trim[0][:n], trim[1][keep], trim[2][:n])]), (0.83, 0.66, 0.30), "weave")]
    # A cardigan, open over a blouse.
    wide = lambda k: max(0.62 * max(1 - k / 0.60, 0) ** 1.1, 0.045)  # noqa: E731
    inner = [body.shell((-164, -151, -141), BAND, out=1.5)]
    outer = [body.shell((-150, -143, -131), ((2.0, -1), (4.5, 3.5), (6.5, 5.0), (8.0, 4), (8.5, 0), (8.0, -5), (7.0, -10)), out=5.0, opening=wide)]
    outer += body.band(wide, lambda k: 0.09, 7.0, 0.02, 1.0, -152)
    return [(joined("Outfit_Under", inner), (0.93, 0.90, 0.84), "plain"), (joined("Outfit_Top", outer), main, "knit")]


def fabric(kind, colour=(1, 1, 1), size=128):
    """A fabric's texture, to be repeated; mid-tone 0.80, tinted by the material."""
    y, x = np.mgrid[0:size, 0:size] / size
    if kind in ("knit", "stripes"):
        n = 5
        u, v = (x * n) % 1, (y * n * 1.25) % 1
        leg = np.abs(u - 0.5) * 2
        stitch = np.cos(2 * np.pi * (v - 0.55 * (1 - leg)))
        tone = 0.80 + 0.085 * stitch - 0.16 * np.exp(-((leg - 1) / 0.16) ** 2) - 0.05 * np.exp(-(leg / 0.12) ** 2)
    elif kind == "jersey":
        tone = 0.80 + 0.02 * np.cos(2 * np.pi * 32 * x)
    elif kind == "weave":
        tone = 0.80 + 0.045 * np.cos(2 * np.pi * (16 * x + 16 * y)) + 0.02 * np.cos(2 * np.pi * 16 * (x - y))
    else:
        tone = 0.80 + 0 * x
    rng = np.random.Generator(np.random.PCG64(17))
    tone = tone + 0.6 * gaussian_filter(rng.normal(0, 0.06, (size, size)), 1.0, mode="wrap")
    c = tone[..., None] * np.ones(3)
    if kind == "stripes":
        white = ((y * 1.0) % 1 < 0.42)[..., None]
        c = np.where(white, c * 1.15, c / 0.80 * np.array(colour))
    out = io.BytesIO()
    Image.fromarray(np.round(np.clip(c, 0, 1) * 255).astype("u1")).save(out, "JPEG", quality=88, subsampling=0)
    return out.getvalue()
