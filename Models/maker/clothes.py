"""Clothes over neck and trunk."""
import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

import head
from forms import joined, mirrored, outward, tube
from gltf import grid, unit, vertex_normals
from hair import gradient
from limbs import FLOOR, frame, sized
from shapes import step

CHEST = -345.0
"""Down to here clothes are cast over the trunk from its middle, and below it from its axis."""
HEM = -630.0
SEAT = -650.0
"""Where hips are widest."""
IN_VIEW = -302.0
"""What is below is not seen with the cameras `face` and `bust`."""
COLUMNS = 53
"""Of a garment's mesh, round the trunk."""
ELBOWS = -392.0
"""Down to here an opening in front is described."""
MIDDLE = np.array([0.0, -245.0, -36.0])
RAISE = 14.0
"""How much the trunk of all clothes lies over the places given here."""

ROLL = ((-1.5, 3), (1.2, 6.6), (4.2, 7.8), (7.2, 6.2), (8.8, 2), (9.0, -4), (7.8, -9))
BAND = ((-1.5, 2), (0.6, 4.4), (2.6, 5.2), (4.4, 4.4), (5.4, 1.5), (5.4, -4), (4.6, -8))
STAND = ((-1.0, 4), (0.8, 8.6), (2.4, 9.4), (3.6, 8.6), (4.2, 4), (4.4, -3), (4.4, -8))
"""A collar's section: how far outside the neck, how far over its line."""


def torso(p, f):
    """Neck and trunk as a signed distance."""
    neck = p - [0, RAISE - f.neck_length, 0]
    neck[:, 0] = np.abs(neck[:, 0])
    q = sized(p, f, back=True) - [0, RAISE, 0]
    q[:, 0] = np.abs(q[:, 0])
    w = f.shoulders
    d = head.cone(neck, (0, -130, -32), (0, -180, -36), 36 * f.neck, 46 * f.neck)
    d = head.smooth_min(d, head.cone(q, (10, -180, -38), (112 * w, -203, -42), 33, 33 * w ** 0.5), 32)
    d = head.smooth_min(d, head.ellipsoid(q, (0, -300, -34), (112 * w, 120, 70)), 44)
    # The waist, and hips that are as wide as the person's.
    round_ = 0.62 / (f.waist * w ** 0.3)
    d = head.smooth_min(d, head.cone(q * [round_, 1, 1], (0, -330, -36), (0, -520, -34), 66, 60 if f.bust else 64), 40)
    seat = (132, 118, 86) if f.bust else (124, 112, 82)
    d = head.smooth_min(d, head.ellipsoid(q, (0, -640, -38), np.array(seat) * [f.hips, 1, f.hips ** 0.5]), 110)
    if f.bust:
        return head.smooth_min(d, head.ellipsoid(q, (42, -302, 6), (46, 44, 34 * f.bust)), 36)
    return head.smooth_min(d, head.ellipsoid(q, (44, -268, 2), (50, 40, 30)), 30)


def sleeve_radius(f, s):
    """How thick the arm is in its sleeve, from shoulder (0) over elbow (1) to wrist (2)."""
    k = f.shoulders ** 0.5 * (0.9 + 0.1 * f.arms)
    return f.body * k * np.interp(s, [0, 0.25, 0.6, 1.0, 1.25, 1.7, 2.0], [33.5, 33.5, 31.0, 28.5, 29.0, 25.5, 24.0])


class Body:
    """What clothes hang on: one person's neck, trunk and limbs."""

    def __init__(self, own, limbs):
        f = own.person
        self.person, self.limbs = f, limbs
        self.collar_up = RAISE - f.neck_length
        """How much higher collars are than the places given for them."""
        self.neck = own.face
        self.trunk = lambda p: torso(p, f)
        self.torso = lambda p: head.smooth_min(torso(p, f), limbs.arm(p), 20)

    def soften(self, part, limb, reach):
        """Where limbs meet the trunk, both take the normals of one soft surface."""
        share, n = self._seam(part.points, limb, reach)
        part.normals = unit(part.normals * (1 - share) + n * share)

    def join(self, part, limb, reach):
        """Where sleeves meet the trunk, both are drawn towards one soft surface, so that no notch is left between them."""
        p = part.points
        trunk, arm = self.trunk(p), limb(p)
        share, n = self._seam(p, limb, reach)
        own = np.where(part.is_sleeve, arm, trunk)
        # A little over it where they lie outside the other, a little under it inside: one line is left where they cross.
        over = np.clip((trunk - arm) / reach, -1, 1) * np.where(part.is_sleeve, 1, -1)
        lift = np.clip(own + 1.5 * over - head.smooth_min(trunk, arm, 0.4 * reach), 0, 9)
        part.points = p + n * share * lift[:, None]

    def _seam(self, p, limb, reach):
        """How near each point is to where a limb leaves the trunk, 0 to 1, and there the normals of both as one soft surface."""
        share = np.clip(1 - np.abs(self.trunk(p) - limb(p)) / (0.6 * reach), 0, 1)[:, None]
        near = share[:, 0] > 0
        n = np.zeros_like(p)
        field = lambda q: head.smooth_min(self.trunk(q), limb(q), reach)  # noqa: E731
        n[near] = gradient(field, p[near], 1)
        return share, n

    def thighs(self, p):
        q = np.stack([np.abs(p[:, 0]), p[:, 1], p[:, 2]], 1)
        hip, knee = self.limbs.bound["LeftUpLeg"], self.limbs.bound["LeftLeg"]
        k = self.person.hips ** 0.8 * self.person.body
        return head.cone(q, hip, knee, 73 * k, 54 * k)

    def sleeve(self, out=3.6, period=26.0, sides=20):
        """A sleeve with its cuff: (points, triangles, uv) for the left and the right arm."""
        limbs = self.limbs
        length = [np.linalg.norm(limbs.elbow - limbs.shoulder), np.linalg.norm(limbs.wrist - limbs.elbow)]
        cuff = 1 - 21 / length[1]
        rib = cuff - 34 / length[1]
        places = [*np.linspace(0.08, 0.78, 6), 0.86, 0.92, 0.97, 1.03, 1.08, 1.14, *np.linspace(1.26, 1 + rib - 0.03, 3)]
        rings, along = [], []
        phi = 2 * np.pi * np.arange(sides + 1) / sides

        def ring(s, radius, back=0.0):
            k = step(np.array(s), 0.93, 1.07)
            axes = unit(limbs.upper * (1 - k) + limbs.lower * k)
            u = limbs.upper[:, 0] * (1 - k) + limbs.lower[:, 0] * k
            f = frame(u, axes[:, 2])
            a = limbs.shoulder + (limbs.elbow - limbs.shoulder) * min(s, 1) + (limbs.wrist - limbs.elbow) * max(s - 1, 0) - f[:, 0] * back
            # Cloth gathers behind the elbow and over the cuff.
            fold = 0.9 * np.sin(s * 19 + 1.3 * np.cos(phi)) * step(np.array(s), 0.5, 0.8) + 1.3 * np.exp(-((s - 1) / 0.09) ** 2) * np.cos(phi + np.pi)
            rings.append(a + (radius + fold[:, None]) * (np.cos(phi)[:, None] * f[:, 2] + np.sin(phi)[:, None] * f[:, 1]))
            along.append(a)

        r0 = sleeve_radius(self.person, 0.0) + out
        # The shoulder is a ball, and on its inner side the trunk's.
        for angle in np.radians([79, 67, 55, 43, 31, 19, 7]):
            ring(0.0, (r0 - 5 * np.sin(angle)) * np.cos(angle), (r0 - 5 * np.sin(angle)) * np.sin(angle))
        for s in places:
            ring(s, sleeve_radius(self.person, s) + out)
        end = sleeve_radius(self.person, 1 + cuff)
        for s, r in ((rib - 0.012, out + 0.8), (rib + 0.004, out - 1.6), (rib + 0.05, out - 1.2), (cuff - 0.02, out - 1.2), (cuff, out - 1.8),
                     (cuff, out - 4), (cuff - 0.05, out - 5), (cuff - 0.09, 4 - end)):
            ring(1 + s, end + r)
        p = np.concatenate(rings)
        t = outward(p, grid(len(rings), sides + 1), np.repeat(along, sides + 1, 0))
        lengths = np.cumsum([0] + [np.linalg.norm(b - a, axis=1).mean() for a, b in zip(rings, rings[1:])])
        around = np.round(2 * np.pi * r0 / period)
        uv = np.stack([np.tile(np.linspace(0, around, sides + 1), len(rings)), np.repeat(lengths / period, sides + 1)], 1)
        return mirrored((p, t, uv))

    def legs(self):
        """Trousers: hips, and a tube for each leg."""
        cols = 33
        a = np.linspace(0, 2 * np.pi, cols)
        flat = np.stack([np.sin(a), 0 * a, np.cos(a)], 1)
        rows = []
        for y in (-530, -575, -612, -640, -668, -696, -722, -742):
            y = sized(np.array([0, y, 0]), self.person)[1]
            rows.append(head.cast(self.trunk, np.stack([0 * a, 0 * a + y, 0 * a - 36], 1), flat, 2.0) + flat * 0.5)
        rows.append(np.tile(sized(np.array([0, -752.0, -36]), self.person), (cols, 1)))
        p = np.concatenate(rows)
        t = outward(p, grid(len(rows), cols), sized(np.array([0, -640.0, -36]), self.person))
        pieces = [(p, t, np.stack([np.tile(np.linspace(0, 20, cols), len(rows)), np.repeat(np.linspace(0, 6, len(rows)), cols)], 1))]
        sides = 16
        phi = np.linspace(0, 2 * np.pi, sides + 1)
        where = self.limbs.bound
        hip, knee, foot = where["LeftUpLeg"], where["LeftLeg"], where["LeftFoot"]
        k, size = self.person.hips, self.person.body
        path, radii = [], []
        for y, r in ((56, 26), (42, 46), (18, 62), (-14, 71), (-80, 73), (-200, 65), (-320, 58), (-390, 54), (-420, 53), (-450, 53), (-620, 48),
                     (-800, 45), (-812, 44), (-812, 40)):
            at = hip + (knee - hip) * np.clip(-y / 420, -1, 1) if y > -420 else knee + (foot - knee) * ((-420 - y) / 400)
            path.append([at[0], hip[1] + y * size, at[2]])
            radii.append(r * k ** 0.8 * size)
        path = np.array(path)
        rings = path[:, None] + np.array(radii)[:, None, None] * (
            np.sin(phi)[None, :, None] * [0.94, 0, 0] + np.cos(phi)[None, :, None] * [0, 0, 1.06])
        q = rings.reshape(-1, 3)
        t = outward(q, grid(len(path), sides + 1), np.repeat(path, sides + 1, 0))
        uv = np.stack([np.tile(np.linspace(0, 14, sides + 1), len(path)), np.repeat(-path[:, 1] / 26, sides + 1)], 1)
        return pieces + mirrored((q, t, uv))

    def shoes(self):
        """In rings from the sole up: both as (points, triangles, uv), and their vertices' shade."""
        foot = sized(self.limbs.bound["LeftFoot"], self.person, back=True)
        x, floor = foot[0] + 6, FLOOR

        def field(p):
            d = head.ellipsoid(p, (x - 2, floor + 34, -44), (37, 46, 48))
            d = head.smooth_min(d, head.ellipsoid(p, (x + 4, floor + 14, 44), (44, 37, 76)), 44)
            return head.smooth_min(d, head.cone(p, (x - 5, floor + 50, -52), (x - 6, floor + 110, -54), 35, 40), 34)

        cols = 20
        a = np.linspace(0, 2 * np.pi, cols + 1)
        a = a - 0.3 * np.sin(2 * a)
        d = np.stack([np.sin(a), 0 * a, np.cos(a)], 1)

        def outline(y):
            middle = np.array([x, floor + y, np.interp(y, [14, 30, 60, 92], [4, -8, -36, -54])])
            return head.cast(field, np.tile(middle, (cols + 1, 1)), d)

        sole, rows = outline(14), [np.tile([x, floor, 0], (cols + 1, 1))]
        for y, out in ((0, 0.5), (2, 2.2), (11.5, 2.0), (12.5, -1.0)):
            rows.append((sole + d * out) * [1, 0, 1] + [0, floor + y, 0])
        soles = len(rows)
        rows += [outline(y) for y in (14, 21, 29, 36, 41, 45.5, 51, 60, 74, 95)]
        p = sized(np.concatenate(rows), self.person)
        t = outward(p, grid(len(rows), cols + 1), sized(np.array([x, floor + 34, -12]), self.person))
        shade = np.repeat(np.where(np.arange(len(rows)) < soles, 0.55, 1.0), cols + 1)
        return mirrored((p, t, np.zeros((len(p), 2)))), np.tile(shade, 2)

    def shell(self, line, collar, out=3.0, opening=None, period=26.0, hem=HEM, cols=COLUMNS):
        """A garment from its collar down to the hem. `line`: height of the collar's line in front, at the side and behind.
        `opening`: half its angle in front, radians, from the collar (0) to the elbows (1). Returns points, triangles, uv."""
        height_of = lambda y: sized(np.array([0, y, 0]), self.person)[1]  # noqa: E731
        hem, chest, seat, elbows = height_of(hem), height_of(CHEST), height_of(SEAT), height_of(ELBOWS)
        middle = sized(MIDDLE, self.person)
        turn = np.linspace(-1, 1, cols)
        front, side, rear = (v + self.collar_up for v in line)

        def flat(a):
            return np.stack([np.sin(a), 0 * a, np.cos(a)], 1)

        def columns(y):
            # From behind, over both sides, to the edges in front.
            if opening is None:
                return np.pi * (turn + 1)
            half = opening((y - front) / (elbows - front))
            return np.linspace(half, 2 * np.pi - half, cols)

        def around(y):
            # The columns draw together towards the shoulders.
            a = columns(y)
            return a + 0.2 * np.sin(2 * a) * (1 if opening is None else step(np.abs(np.sin(a)), 0.3, 0.7))

        az = columns(front)
        c = np.cos(az)
        height = np.where(c > 0, side + (front - side) * c ** 2, side + (rear - side) * c ** 2)
        origin = np.stack([0 * az, height, np.full(cols, -30.0)], 1)
        neck = head.cast(self.neck, origin, flat(az), 5.0)
        rows = [neck + flat(az) * (o + out - 3.0) + [0, up, 0] for o, up in collar]
        top = rows[-1] - middle
        top = np.arctan2(top[:, 1], np.hypot(top[:, 0], top[:, 2]))

        def wrinkled(p, d):
            w = 1.1 * np.sin(p[:, 1] * 0.16 + 3 * np.abs(d[:, 0]) + 0.02 * p[:, 0])
            w = w * np.maximum(step(np.abs(p[:, 0]), 60, 110), 0.8 * step(p[:, 1], chest - 35, chest - 95) * step(p[:, 1], hem + 60, hem + 120))
            return p + d * w[:, None]

        # Closer together towards the collar, where neck and shoulder meet in the outline.
        for k in np.linspace(0.09, 1, 17) ** 1.25:
            y = front + (chest - front) * k
            if opening is not None:
                # Where the row's front is.
                e = np.arctan2(chest - middle[1], head.cast(self.trunk, np.array([[0, chest, middle[2]]]), flat(np.zeros(1)))[0, 2] - middle[2])
                e = np.array([top[0] + (e - top[0]) * k])
                y = head.cast(self.trunk, middle[None], np.stack([0 * e, np.sin(e), np.cos(e)], 1))[0, 1]
            a = around(y)
            rim = head.cast(self.trunk, np.tile([0.0, chest, middle[2]], (cols, 1)), flat(a)) - middle
            e = top + (np.arctan2(rim[:, 1], np.hypot(rim[:, 0], rim[:, 2])) - top) * k
            d = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], 1)
            p = head.cast(self.trunk, np.tile(middle, (cols, 1)), d) + d * out
            rows.append(wrinkled(p, d))
        for y in np.linspace(chest, hem, 9 if hem > seat else 12)[1:]:
            # Ribbing draws the hem in.
            a = around(y)
            p = head.cast(self.trunk, np.stack([0 * a, 0 * a + max(y, seat), 0 * a + middle[2]], 1), flat(a))
            # Below the hips a long garment hangs straight, a little flared.
            p = p + flat(a) * (out + 5 * step(np.array(y), chest, chest - 135) + 0.10 * max(seat - y, 0))
            p[:, 1] = y
            rows.append(wrinkled(p, flat(a)))
        edge, inward = rows[-1], flat(around(hem))
        rows += [edge + inward * i - [0, down, 0] for i, down in ((0.6, 5), (-2.4, 9), (-2.0, 34), (-3.0, 38), (-8, 38), (-10, 30))]
        p = np.concatenate(rows)
        t = grid(len(rows), cols)
        # Nothing of a loop's last column lies beside its first: they are one place.
        t = outward(p, t, np.tile([1.0, 0, 1], (len(p), 1)) * [0, 0, middle[2]] + p * [0, 1, 0])
        length = np.cumsum([0] + [np.linalg.norm(b - a, axis=1).mean() for a, b in zip(rows, rows[1:])])
        count = np.round(np.linalg.norm(np.diff(rows[17], axis=0), axis=1).sum() / period)
        uv = np.stack([np.tile(np.linspace(0, count, cols), len(rows)), np.repeat(length / period, cols)], 1)
        return p, t, uv

    def band(self, opening, width, out, k0, k1, line, steps=24):
        """A flap along both edges of an opening: a lapel or a placket, `width` (radians) of k from the collar to the hem."""
        made = []
        k = np.linspace(k0, k1, steps)
        a0, w = np.array([opening(v) for v in k]), np.array([width(v) for v in k])
        y = line + self.collar_up + (ELBOWS - line - self.collar_up) * np.maximum(k, 0)
        out = out + 5 * step(y, CHEST, -480)
        rows = []
        for s, o in ((-0.06, 0.4), (0.0, 1.0), (0.5, 1.25), (0.92, 1.0), (1.0, 0.35)):
            a = a0 + w * s
            d = np.stack([np.sin(a), 0 * a, np.cos(a)], 1)
            p = head.cast(lambda q: np.minimum(self.trunk(q), self.neck(q)), np.stack([0 * a, y, np.full(steps, -30.0)], 1), d, 5.0)
            rows.append(p + d * (out * o)[:, None])
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
        height = self.collar_up - 141 - 13 * np.maximum(c, 0) ** 1.5 + 7 * np.maximum(-c, 0)
        neck = head.cast(self.neck, np.stack([0 * az, height, np.full(cols, -30.0)], 1), flat, 5.0)
        point = np.exp(-((np.minimum(az, 2 * np.pi - az) - 0.34) / 0.30) ** 2)
        rows = [neck + flat * 0.4 + [0, 4, 0], neck + flat * 2.6 + [0, 13, 0], neck + flat * 4.4 + [0, 14.5, 0], neck + flat * 6.2 + [0, 12.5, 0],
                neck + flat * (9.5 + 4 * point)[:, None] + np.stack([0 * c, -2 - 7 * point, 0 * c], 1),
                neck + flat * (11.0 + 6 * point)[:, None] + np.stack([0 * c, -7 - 19 * point, 0 * c], 1),
                neck + flat * (9.5 + 4 * point)[:, None] + np.stack([0 * c, -8.5 - 19 * point, 0 * c], 1)]
        p = np.concatenate(rows)
        t = outward(p, grid(len(rows), cols), np.array([0, -126.0, -30]))
        return p, t, np.stack([np.tile(np.linspace(0, 8, cols), len(rows)), np.repeat(np.linspace(0, 1.4, len(rows)), cols)], 1)


def dressed(name, pieces, sleeves=()):
    """A part of which one knows what is sleeve."""
    part = joined(name, [*pieces, *sleeves])
    part.normals = vertex_normals(part.points, part.triangles, weld=True)
    part.is_sleeve = np.arange(len(part.points)) >= sum(len(p) for p, _, _ in pieces)
    return part


def wear(body):
    """The clothes as (part, colour in sRGB, fabric or "") in the order they are put on."""
    f = body.person
    pair, shade = body.shoes()
    lower = [(joined("Outfit_Bottom", body.legs()), f.trousers, ""), (joined("Outfit_Footwear", pair), f.shoes, "")]
    lower[1][0].color = shade[:, None]
    upper = _upper(body, f)
    for part, _, _ in upper:
        body.join(part, body.limbs.arm, 50)
        part.normals = vertex_normals(part.points, part.triangles, weld=True)
        body.soften(part, body.limbs.arm, 50)
    for part, _, _ in lower:
        part.normals = vertex_normals(part.points, part.triangles, weld=True)
        part.is_sleeve = part.uv = None
    body.soften(lower[0][0], body.thighs, 60)
    return upper + lower


def _upper(body, f):
    main = f.clothes_colour
    kind = f.clothes
    if kind in ("jumper", "turtleneck"):
        line = (-144, -135, -126) if kind == "jumper" else (-134, -128, -122)
        return [(dressed("Outfit_Top", [body.shell(line, ROLL)], body.sleeve()), main, "knit")]
    if kind in ("crew", "stripes"):
        return [(dressed("Outfit_Top", [body.shell((-166, -146, -134), BAND)], body.sleeve()), main, "knit" if kind == "crew" else "stripes")]
    if kind == "shirt":
        return [(dressed("Outfit_Under", [body.flaps()]), (0.93, 0.94, 0.96), "plain"),
                (dressed("Outfit_Top", [body.shell((-160, -143, -132), BAND)], body.sleeve()), main, "knit")]
    if kind == "hoodie":
        phi = np.radians(np.linspace(22, 338, 40))
        rear = (1 - np.cos(phi)) / 2
        radius = 50 + 9 * rear
        path = np.stack([radius * np.sin(phi) * 1.04, body.collar_up - 165 + 34 * rear ** 0.8, -30 + radius * np.cos(phi) * (0.86 + 0.1 * rear)], 1)
        end = np.minimum(1, np.minimum(np.arange(40), np.arange(40)[::-1]) / 5 + 0.25)
        hood = tube(path, (9 + 11 * rear) * end, 12, flat=0.9)
        cords = []
        for drop, x in ((66, 15), (58, -15)):
            y = body.collar_up + np.linspace(-166, -166 - drop, 14)
            o = np.stack([np.interp(y - body.collar_up, [-166 - drop, -166], [x * 1.15, x * 0.8]), y, np.full(14, -30.0)], 1)
            cords.append(tube(head.cast(body.trunk, o, np.tile([0.0, 0, 1], (14, 1)), 5.0) + [0, 0, 4.6], 1.7, 7))
        return [(dressed("Outfit_Top", [body.shell((-166, -146, -134), BAND), hood], body.sleeve()), main, "jersey"),
                (dressed("Outfit_Cords", cords), (0.9, 0.9, 0.88), "plain")]
    if kind == "kurta":
        top = body.shell((-150, -140, -132), STAND, hem=-900)
        strip = body.band(lambda k: 0.0, lambda k: 0.17, 4.6, -0.03, 0.62, -150)
        trim = body.shell((-150, -140, -132), ((0.2, 8.9), (1.6, 10.2), (2.6, 10.2), (4.2, 8.8), (5.0, 5.5), (4.6, 4.6), (4.0, 4.0)))
        n = 7 * COLUMNS
        keep = (trim[1] < n).all(1)
        return [(dressed("Outfit_Top", [top], body.sleeve()), main, "weave"),
                (dressed("Outfit_Trim", strip + [(trim[0][:n], trim[1][keep], trim[2][:n])]), (0.83, 0.66, 0.30), "weave")]
    # A cardigan, open over a blouse.
    wide = lambda k: max(0.62 * max(1 - k / 0.60, 0) ** 1.1, 0.045)  # noqa: E731
    p, t, uv = body.shell((-164, -151, -141), BAND, out=1.5, hem=-600, cols=25)
    # Of the blouse there is what can be seen: over the shoulders its coarser mesh would come through.
    inner = [(p, t[(np.abs(p[t, 0]) < 62).any(1)], uv)]
    outer = [body.shell((-150, -143, -131), ((2.0, -1), (4.5, 3.5), (6.5, 5.0), (8.0, 4), (8.5, 0), (8.0, -5), (7.0, -10)), out=5.0, opening=wide)]
    outer += body.band(wide, lambda k: 0.09, 7.0, 0.02, 2.0, -152, steps=40)
    return [(dressed("Outfit_Under", inner), (0.93, 0.90, 0.84), "plain"), (dressed("Outfit_Top", outer, body.sleeve(5.6)), main, "knit")]


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
