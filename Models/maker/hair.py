"""Hair: one solid mass behind the hairline, with big sculpted locks lying over it. It lies on the cranium, which all heads
share, so every style fits every head."""
import io

import numpy as np
from PIL import Image
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

import head
from forms import outward, tube
from gltf import Part, grid, unit, vertex_normals
from person import ADA, RUTH
from shapes import step

CENTRE = np.array([0.0, 18.0, -14.0])
"""Directions on the head are measured from here."""


def gradient(field, p, h=0.5):
    n = np.stack([field(p + np.eye(3)[k] * h) - field(p - np.eye(3)[k] * h) for k in range(3)], 1)
    return unit(n)


class Style:
    """A way to wear hair."""
    rows, columns = 22, 40
    """Of the solid's mesh."""
    centre = np.array([0.0, 8, -38])
    """The solid is cast from here."""
    cloth = False
    folds = 8
    """How often the strands' picture lies round the solid: often where hair is short and fine."""
    blunt = 2.6
    """How suddenly locks end: high where they are cut."""
    segments = 14
    """Of a lock, along it."""
    root = 0.6
    """How wide locks begin, of their width."""
    lean = 0.0
    """How far locks are turned about themselves, radians, so that the front ones lie over those behind."""
    rim = (12, 9)
    """Over how many mm the volume sinks at the hairline, and how deep."""

    def mass(self, p):
        """The volume that locks lie on."""
        raise NotImplementedError

    def front(self, p):
        """Positive where no hair is, over face and ears."""
        raise NotImplementedError

    def solid(self, p):
        return self.rimmed(self.mass(p) + 1.5, p)

    def rimmed(self, d, p):
        """The volume sinks under the skin towards the hairline: a wall there would show the mesh's steps."""
        front = self.front(p)
        width, depth = self.rim
        return head.smooth_max(d + depth * step(front, -width, 0), front - 5, 8)

    def mesh(self):
        """The solid: points, normals, triangles, uv, shade."""
        e = np.radians(np.linspace(-89.95, 89.95, self.rows))
        a = np.linspace(-np.pi, np.pi, self.columns, endpoint=False)
        e, a = (g.reshape(-1) for g in np.meshgrid(e, a, indexing="ij"))
        d = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], 1)
        p = head.cast(self.solid, np.tile(self.centre, (len(d), 1)), d)
        n = gradient(self.solid, p)
        back = np.clip(0.55 + 0.45 * step(n[:, 2], 0.5, -0.3) - 0.35 * step(-n[:, 1], 0.3, 0.9), 0.2, 1)
        # The walls beside the neck look forward: seen edge-on they would mirror the sky.
        n = unit(n + np.array([0, 0, 1.4]) * (step(n[:, 2], 0.15, 0.5) * step(p[:, 1], 0, -30))[:, None])
        fold = np.abs((a / (2 * np.pi) * self.folds) % 2 - 1)
        uv = np.stack([fold * 0.98 + 0.01, 0.25 + 0.25 * (1 - np.degrees(e) / 90)], 1)
        return p, n, grid(self.rows, self.columns, True), uv, 0.92 * back

    def guides(self):
        """Every lock: knots (azimuth, elevation, offset from the mass), width, thickness."""
        return []

    def hem(self):
        """A tube along an edge, as points; None where there is none."""
        return None

    def more(self):
        """Further meshes: points, normals, triangles, uv, shade."""
        return []

    def path(self, knots, count=60):
        knots = np.array(knots, float)
        t = np.linspace(0, 1, len(knots))
        azimuth, elevation, offset = CubicSpline(t, knots)(np.linspace(0, 1, count)).T
        a, e = np.radians(azimuth), np.radians(elevation)
        d = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], 1)
        return head.cast(self.mass, np.tile(CENTRE, (len(a), 1)), d) + d * offset[:, None]


class Bob(Style):
    """A side-parted bob that hangs to the jaw, tucked behind the left ear."""
    blunt = 5.0
    lean = 0.17
    segments = 18

    def mass(self, p):
        d = head.smooth_min(head.skull(p) - 6.0, head.ellipsoid(p, (0, 36, -22), (80, 84, 82)), 12)
        d = head.smooth_min(d, head.ellipsoid(p, (0, -26, -24), (85, 92, 72)), 34)
        return head.smooth_max(d, -100 - p[:, 1], 26)

    def front(self, p):
        left = step(p[:, 0], -20, 40)
        slope = p[:, 2] - (0.95 * p[:, 1] + 7 - 12 * left)
        wall = p[:, 2] - (2 - 18 * left * step(p[:, 1], -52, -30))
        return head.smooth_min(slope, wall, 12)

    def guides(self):
        # The left side and back, over the crown first.
        for k, end in enumerate((158, 136, 116)):
            curl = (-5, -2, -4)[k]
            yield [(end * 0.92, 87, -6), (end * 0.95, 70, 3), (end * 0.97, 48, 5), (end, 14, 6),
                   (end + 2, -20, 6), (end - 2, -44, 4), (end - 6, -61, curl)], 26, 10
        # Tucked behind the left ear.
        yield [(16, 60, -5), (58, 46, 5), (86, 20, 4.5), (103, -8, 4), (106, -32, 4), (101, -48, 2), (96, -61, -4)], 22, 10
        yield [(15, 50, -5), (52, 39, 4.5), (76, 20, 4), (93, -4, 3), (101, -28, 2), (98, -46, -2)], 18, 9.5
        yield [(15, 41, -5), (46, 33, 3), (67, 18, 2.5), (83, 2, 1), (95, -12, -1), (101, -26, -3)], 15, 8.5
        yield [(18, 37, -2), (40, 28, 0), (60, 15, -1.5), (75, 0, -3), (86, -12, -5), (96, -24, -8)], 10, 7
        # The right side and back, from the hindmost to the one that frames the face.
        for k, end in enumerate((-176, -152, -130, -110, -92)):
            bend, curl = 6 * (-1) ** k, (-5, -2, -5, -2, -4)[k]
            yield [(end * 0.92, 87 - 2 * (k % 2), -6), (end * 0.96, 70, 3), (end * 0.98 - 3, 48, 5), (end - bend, 12, 6), (end, -22, 7),
                   (end + 4, -46, 4), (end + 4, -61, curl)], 27, 10
        # Over the crown, from the parting back.
        yield [(72, 79, -5), (10, 82, 5), (-62, 62, 6), (-80, 26, 7), (-84, -10, 7), (-82, -42, 5), (-80, -61, -4)], 25, 10
        yield [(52, 71, -5), (4, 68, 6), (-50, 46, 7), (-70, 14, 8), (-76, -18, 8), (-74, -46, 4), (-72, -61, -4)], 24, 10
        yield [(34, 74, -4), (66, 66, 5), (94, 42, 5.5), (106, 12, 5), (110, -20, 5), (107, -46, 3), (103, -61, -4)], 24, 10
        yield [(40, 64, -5), (-22, 54, 6), (-58, 28, 7), (-70, -2, 8), (-72, -26, 8), (-68, -46, 5), (-66, -60, -3)], 22, 11
        yield [(42, 57, -4), (-8, 52, 8), (-46, 29, 9), (-64, 3, 10), (-66, -20, 9), (-61, -42, 5),
               (-57, -57, -3)], 19, 10.5
        yield [(41, 50, -3), (4, 44, 9), (-27, 31, 11), (-50, 12, 11), (-64, -8, 10), (-67, -24, 6)], 18, 10
        yield [(39, 43, -4), (12, 37, 8), (-14, 28, 10), (-37, 14, 10.5), (-55, -1, 9), (-63, -14, 5)], 15, 9


class Swept(Style):
    """Short at the sides; locks over the top."""
    rows, columns = 34, 64
    rim = (15, 7)
    lift = 0.0
    nape = -62

    def mass(self, p):
        d = head.smooth_min(head.skull(p) - 3.4, head.ellipsoid(p, (0, 44 + self.lift, -10), (74, 78 + self.lift, 86)), 14)
        return head.smooth_max(d, self.nape - p[:, 1], 14)

    def front(self, p):
        slope = p[:, 2] - (0.95 * p[:, 1] + 4)
        # Round the ear, with a short side before it.
        side = p[:, 2] - (-14 + 16 * step(p[:, 1], -4, 18))
        return head.smooth_min(slope, side, 8)


class Quiff(Swept):
    """Brushed up from the forehead and back."""
    segments = 18
    lift = 3.0

    def guides(self):
        for k, a in enumerate((-66, -50, -34, -18, -2, 14, 30, 46, 62)):
            rise = 8 - 5 * (a / 66) ** 2 + 1.2 * (-1) ** k
            turn = 6
            yield [(a, 26 + 9 * np.cos(np.radians(1.6 * a)), -9), (a * 0.98, 39 + 6 * np.cos(np.radians(a)), rise), (a * 1.02 + turn, 58, rise + 2),
                   (a * 1.15 + turn * 3, 80, rise - 3), (180 - a * 0.8, 74, 0), (180 - a * 0.7, 50, -4)], 13.5, 8


class Fringe(Swept):
    """Combed forward from the crown, over the forehead."""
    lift = 2.0

    def guides(self):
        for k, a in enumerate((-58, -44, -30, -16, -2, 12, 26, 40, 54, 66)):
            low = 23 - 3.5 * np.sin(k * 2.1) - 8 * step(abs(a), 40, 66)
            yield [(a * 0.6, 84, -3), (a * 0.8, 72, 5), (a * 0.94 - 4, 55, 7), (a - 8, 42, 6.5),
                   (a - 11, low + 3, 6), (a - 12, low - 3, 3.5)], 12.5, 6.5
        for k, a in enumerate((106, 134, 162, -170, -142, -114)):
            yield [(a, 84, -3), (a, 66, 4), (a + 4, 40, 3), (a + 2, 16, 0), (a, 0, -4)], 21, 7


class Tousled(Swept):
    """A child's: short locks every way."""
    lift = 3.0
    nape = -54

    def guides(self):
        for k, a in enumerate((-70, -55, -40, -26, -12, 3, 18, 33, 48, 62)):
            low = 27 + 4 * np.sin(k * 2.6) - 10 * step(abs(a), 40, 70)
            bend = 13 + 5 * np.sin(k * 1.9)
            yield [(a * 0.4 - 20, 82, -4), (a * 0.85 - 8, 67, 5), (a, 52, 7), (a + 0.45 * bend, 39, 7), (a + 0.8 * bend, low + 4, 6.5),
                   (a + 1.1 * bend, low - 2, 6)], 14, 7
        for k, a in enumerate((100, 122, 146, 170, -166, -144, -122, -100)):
            bend = 8 * np.sin(k * 2.3)
            yield [(a, 84, -3), (a, 64, 6), (a + bend, 36, 6), (a + bend, 12, 5), (a + 2 * bend, -8, 4)], 18, 8


class Buzz(Style):
    """Shaven to a few millimetres."""
    rim = (9, 7)
    rows, columns = 47, 80
    folds = 40

    def mass(self, p):
        return head.smooth_max(head.skull(p) - 5.4, -52 - p[:, 1], 10)

    def front(self, p):
        x = np.abs(p[:, 0])
        slope = p[:, 2] - (0.95 * p[:, 1] - 2 - 9 * step(x, 18, 44) + 8 * step(x, 46, 60))
        side = p[:, 2] - (-14 + 20 * step(p[:, 1], -6, 16))
        return head.smooth_min(slope, side, 5)


class Curls(Style):
    """A cloud of tight curls."""
    rows, columns = 54, 88

    def __init__(self):
        n = 520
        k = np.arange(n) + 0.5
        e, a = np.arcsin(1 - 2 * k / n), np.pi * (1 + 5 ** 0.5) * k
        d = np.stack([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], 1)
        p = head.cast(self.mass, np.tile(self.centre, (n, 1)), d)
        rng = np.random.Generator(np.random.PCG64(21))
        self.balls = p - d * 3.0 + rng.normal(0, 1.6, p.shape)
        # Curls end before the hairline, where the mass sinks.
        self.radii = rng.uniform(8.0, 12.5, n) * step(-self.front(self.balls), 4, 26)
        self.tree = cKDTree(self.balls)

    def mass(self, p):
        d = head.ellipsoid(p, (0, 44, -26), (100, 84, 88))
        d = head.smooth_min(d, head.ellipsoid(p, (0, -6, -44), (92, 70, 62)), 30)
        # Nowhere as low as the skin: beside the forehead single curls would come out of it like islands.
        return head.smooth_min(d, head.skull(p) - 10, 12)

    def front(self, p):
        x = np.abs(p[:, 0])
        slope = p[:, 2] - (0.95 * p[:, 1] + 10 - 10 * step(x, 25, 60))
        wall = p[:, 2] - (-14 + 12 * step(p[:, 1], -4, 24))
        return head.smooth_min(slope, wall, 10)

    def solid(self, p):
        near, i = self.tree.query(p, 4)
        curls = (near - self.radii[i]).min(1)
        return self.rimmed(head.smooth_min(self.mass(p) + 4, curls, 3), p)

    def rimmed(self, d, p):
        """However deep the curls are, they end under the skin."""
        front = self.front(p)
        k = step(front, -16, 2)
        return head.smooth_max(d * (1 - k) + (head.skull(p) + 8) * k, front - 5, 8)


class Long(Style):
    """Parted in the middle, falling over the back and before one shoulder."""
    rows = 30
    lean = 0.15
    segments = 18

    def mass(self, p):
        d = head.smooth_min(head.skull(p) - 6.0, head.ellipsoid(p, (0, 34, -22), (79, 82, 82)), 12)
        d = head.smooth_min(d, head.ellipsoid(p, (0, -40, -32), (84, 96, 62)), 34)
        d = head.smooth_min(d, head.ellipsoid(p, (0, -130, -48), (86, 100, 58)), 40)
        return head.smooth_max(d, -212 - p[:, 1], 20)

    def front(self, p):
        x = np.abs(p[:, 0])
        slope = p[:, 2] - (0.95 * p[:, 1] + 8 - 6 * step(x, 12, 50))
        wall = p[:, 2] - (-2 - 14 * step(p[:, 1], -60, -130))
        return head.smooth_min(slope, wall, 12)

    def guides(self):
        for sign in (1, -1):
            for k, end in enumerate((170, 148, 126, 106)):
                curl = (5, -4, 5, -3)[k]
                yield [(sign * end * 0.85, 87, -6), (sign * end * 0.95, 70, 3), (sign * end, 48, 5), (sign * end, 14, 6), (sign * end, -24, 6),
                       (sign * (end - 2), -44, 6), (sign * (end - 4), -58, 6 + curl), (sign * (end - 4), -66, 2)], 25, 10
            yield [(sign * 8, 78, -6), (sign * 52, 68, 5), (sign * 82, 40, 6), (sign * 94, 8, 6), (sign * 97, -26, 7), (sign * 97, -48, 7),
                   (sign * 96, -62, 4)], 23, 10
            yield [(sign * 4, 66, -6), (sign * 34, 55, 5), (sign * 66, 28, 6), (sign * 82, 0, 6), (sign * 88, -28, 7), (sign * 88, -48, 8),
                   (sign * 86, -60, 5)], 21, 10
            yield [(sign * 3, 55, -5), (sign * 25, 46, 6), (sign * 50, 29, 7), (sign * 68, 6, 8), (sign * 74, -22, 9), (sign * 74, -46, 9),
                   (sign * 74, -60, 7)], 18, 9.5
            yield [(sign * 2, 49, -4), (sign * 17, 41, 6), (sign * 37, 28, 7.5), (sign * 55, 10, 8.5), (sign * 65, -14, 9),
                   (sign * 67, -38, 8), (sign * 68, -54, 5)], 15, 8.5


class Bun(Style):
    """Combed back into a bun."""
    segments = 10
    rows, columns = 23, 42
    rim = (6, 7)
    root = 0.9
    lean = 0.10
    bun, bun_size = np.array([0.0, 50, -112]), np.array([35.0, 33, 27])

    def mass(self, p):
        d = head.smooth_min(head.skull(p) - 4.5, head.ellipsoid(p, (0, 38, -20), (77, 80, 82)), 12)
        return head.smooth_max(d, -60 - p[:, 1], 16)

    def front(self, p):
        x = np.abs(p[:, 0])
        slope = p[:, 2] - (0.95 * p[:, 1] + 5 - 4 * step(x, 20, 55))
        side = p[:, 2] - (-15 + 20 * step(p[:, 1], -8, 14))
        return head.smooth_min(slope, side, 9)

    def guides(self):
        """From all round the hairline to the bun, the shortest way. Knots are directions here, and an offset."""
        azimuth = np.radians([0, 14, 28, 41, 53, 64, 75, 86, 98, 111, 125, 140, 156, 172])
        end = unit(self.bun - CENTRE)
        for side in (1, -1):
            for k, a in enumerate(azimuth[0 if side > 0 else 1:]):
                e = self.hairline(side * a)
                start = np.array([side * np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
                turn = np.arccos(start @ end)
                at = lambda t: (start * np.sin(turn - t) + end * np.sin(t)) / np.sin(turn)  # noqa: E731, B023
                # They rise out of the skin, and end under the bun.
                knots = ((-0.04, -7.2), (0.08, -4.0), (0.22, -0.6), (0.5 * turn, 1.0 + 0.4 * (-1) ** k), (turn - 0.38, 0.8), (turn - 0.14, -4))
                yield [(*at(t), o) for t, o in knots], 14.5, 4.6

    def hairline(self, azimuth):
        """How high the hair begins in a direction, radians."""
        low, high = np.radians(-50), np.radians(60)
        for _ in range(30):
            e = (low + high) / 2
            p = head.cast(self.mass, CENTRE[None], np.array([[np.sin(azimuth) * np.cos(e), np.sin(e), np.cos(azimuth) * np.cos(e)]]))
            low, high = (e, high) if self.front(p)[0] > 0 or p[0, 1] < -46 else (low, e)
        return low

    def path(self, knots, count=60):
        knots = np.array(knots)
        t = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(knots[:, :3], axis=0), axis=1))])
        at = CubicSpline(t / t[-1], knots)(np.linspace(0, 1, count))
        d = unit(at[:, :3])
        return head.cast(self.mass, np.tile(CENTRE, (count, 1)), d) + d * at[:, 3:]

    def more(self):
        """The bun: a ball whose strands wind about the axis away from the head."""
        rows, columns = 11, 22
        back, up = unit(self.bun - [0, 34, -30]), np.array([1.0, 0, 0])
        side = np.cross(back, up)
        e = np.radians(np.linspace(-90, 90, rows))[:, None]
        a = np.linspace(0, 2 * np.pi, columns + 1)[None, :]
        # Drawn in along the winding, as hair that is laid over itself.
        r = 1 + 0.035 * np.cos(3 * (a + 2.2 * e))
        d = (np.cos(e) * np.cos(a))[..., None] * up + (np.cos(e) * np.sin(a))[..., None] * side + (np.sin(e) + 0 * a)[..., None] * back
        p = (self.bun + d * r[..., None] * self.bun_size).reshape(-1, 3)
        t = outward(p, grid(rows, columns + 1), self.bun)
        n = vertex_normals(p, t, weld=True)
        fold = np.abs((3 * (a + 2.2 * e) / (2 * np.pi)) % 2 - 1)
        uv = np.stack([fold * 0.98 + 0.01, 0.35 + 0.1 * (np.sin(e) + 0 * a)], 2).reshape(-1, 2)
        shade = 0.80 + 0.18 * np.cos(3 * (a + 2.2 * e)) + 0.05 * np.sin(e)
        return [(p, n, t, uv, (shade * (0.55 + 0.45 * step(np.sin(e), -0.5, 0.2))).reshape(-1))]


class Scarf(Style):
    """A headscarf: cloth round head and neck."""
    rows, columns = 48, 68
    centre = np.array([0.0, -40, -30])
    cloth = True

    def __init__(self):
        self.wearers = [head.Head(who) for who in (ADA, RUTH)]

    def mass(self, p):
        d = head.smooth_min(head.skull(p) - 7.5, head.ellipsoid(p, (0, -8, -12), (88, 86, 82)), 22)
        d = head.smooth_min(d, head.cone(p, (0, -70, -14), (0, -150, -26), 62, 62), 30)
        d = head.smooth_min(d, head.ellipsoid(p, (0, -162, -20), (96, 40, 78)), 26)
        # Folds that run from under the chin to the shoulder.
        fold = np.sin(p[:, 1] * 0.19 + 0.030 * p[:, 0] + 0.8 * np.sin(p[:, 0] * 0.03))
        d = d - 2.6 * fold * step(p[:, 1], -70, -105) - 0.8 * np.sin(p[:, 1] * 0.10 + p[:, 2] * 0.16) * step(p[:, 2], 10, -30)
        # Loose under the chin, which comes down there as the mouth opens.
        d = head.smooth_min(d, head.ellipsoid(p, (0, -106, 40), (42, 20, 32)), 16)
        # Over cheeks and jaw, wherever these stand out.
        return head.smooth_min(d, np.min([w.face(p) for w in self.wearers], 0) - 3.5, 8)

    def front(self, p):
        # The face's oval, which reaches under the chin.
        q = p - [0, -19, 100]
        q[:, 1] *= np.where(q[:, 1] < 0, 84 / 88, 1)
        return -head.ellipsoid(q, (0, 0, 0), (66, 84, 82))

    def solid(self, p):
        """Open before the face, for the light."""
        return head.smooth_max(self.mass(p), self.front(p) + 1, 2)

    def pierced(self, p):
        """How far points of the skin stick out of the cloth, mm, at most."""
        under = (self.front(p) < -0.5) & (p[:, 1] > -150)
        return np.where(under, self.mass(p), -np.inf).max()

    def rays(self, around, out):
        """Directions from the middle: `out` radians from straight ahead through the face's oval, to the side `around`."""
        ahead, up = unit(np.array([0.0, 21, 130])), unit(np.array([0.0, 130, -21]))
        side = np.sin(around)[..., None] * [1.0, 0, 0] + np.cos(around)[..., None] * up
        return np.cos(out)[..., None] * ahead + np.sin(out)[..., None] * side

    def edge(self, around):
        """How far out the cloth begins."""
        low, high = np.full(len(around), 0.1), np.full(len(around), 1.6)
        for _ in range(30):
            out = (low + high) / 2
            inside = self.front(self.at(self.rays(around, out))) > 0
            low, high = np.where(inside, out, low), np.where(inside, high, out)
        # The oval and the folds meet in corners.
        for _ in range(3):
            low = (np.roll(low, 1) + 2 * low + np.roll(low, -1)) / 4
        return low

    def at(self, d):
        return head.cast(self.mass, np.tile(self.centre, (len(d), 1)), d)

    def mesh(self):
        """From the hem round the face to the back of the head: its rows lie along the hem, which no coarse grid then cuts."""
        around = np.linspace(0, 2 * np.pi, self.columns, endpoint=False)
        edge = self.edge(around)
        s = np.linspace(0, 1, self.rows) ** 0.9
        out = edge + (np.pi - 0.004 - edge) * s[:, None]
        p = self.at(self.rays(np.tile(around, self.rows), out.ravel()))
        n = gradient(self.mass, p)
        # The hem's wall, down to the skin.
        hem, inward = p[:self.columns], n[:self.columns]
        p = np.concatenate([hem - inward * 16, p])
        opening = unit(np.array([0.0, -19, 60]) - hem)
        n = np.concatenate([opening, n])
        uv = np.stack([np.tile(np.abs(around / np.pi - 1), self.rows + 1), np.repeat(np.concatenate([[0], s + 0.02]), self.columns)], 1)
        shade = np.concatenate([np.full(self.columns, 0.35), np.full(len(p) - self.columns, 0.95)])
        return p, n, grid(self.rows + 1, self.columns, True), uv, shade

    def hem(self):
        around = np.linspace(0, 2 * np.pi, 72, endpoint=False)
        p = self.at(self.rays(around, self.edge(around)))
        return p - 1.2 * gradient(self.mass, p)


STYLES = {"bob": Bob, "quiff": Quiff, "fringe": Fringe, "tousled": Tousled, "buzz": Buzz, "curls": Curls, "long": Long, "bun": Bun,
          "scarf": Scarf}


ARC = np.radians([-14, 22, 58, 90, 122, 158, 194])


def paths(style):
    """All locks as points with radii: what shades the skin under them."""
    made = list(style.guides())
    if not made:
        return np.array([[0.0, 0, 1e6]]), np.zeros(1)
    return (np.concatenate([style.path(knots, 40) for knots, _, _ in made]),
            np.concatenate([np.full(40, thick * 0.8) for _, _, thick in made]))


def lock(style, knots, width, thick, window, segments=13, full=0.40, lean=0.0):
    """A lock along knots (azimuth, elevation, offset): points, normals, triangles, uv, shade. `lean`: how far it is turned about itself,
    radians, so that it lies over the next like a shingle: level neighbours cut into each other along a ragged line."""
    # Closer together at the end, which is round.
    s = np.sin(np.pi / 2 * np.linspace(0, 1, segments)) ** 1.1
    p = style.path(knots)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    path = np.stack([np.interp(s * length[-1], length, p[:, k]) for k in range(3)], 1)
    path[1:-1] = (path[:-2] + 2 * path[1:-1] + path[2:]) / 4
    along = unit(np.gradient(path, axis=0))
    normal = gradient(style.mass, path)
    across = unit(np.cross(along, normal))
    normal = np.cross(across, along)
    turn = lean * np.sin(np.pi * np.clip(s / 0.9, 0, 1))[:, None]
    across, normal = across * np.cos(turn) + normal * np.sin(turn), normal * np.cos(turn) - across * np.sin(turn)
    late = np.clip((s - full) / (1 - full), 0, 1)
    profile = np.where(s < full, style.root + (1 - style.root) * np.sin(np.pi / 2 * np.clip(s / full, 0, 1)),
                       np.sqrt(np.maximum(1 - late ** style.blunt, 0)) * (1 - 0.65 / style.blunt * late)) + 0.01
    profile = profile * np.minimum(1, np.sqrt(s / 0.08) + 0.12)
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


def hair(style):
    p, n, t, uv, shade = style.mesh()
    # What lies inside the head is never seen.
    t = t[head.skull(p)[t].max(1) > -2.5]
    if (np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]]) * (p[t].mean(1) - style.centre)).sum() < 0:
        t = t[:, ::-1]
    points, normals, tris, uvs, shades, base = [p], [n], [t], [uv], [shade], len(p)
    for k, (knots, width, thick) in enumerate(style.guides()):
        start = 0.11 * k % 0.62
        lean = -style.lean * np.sign(knots[len(knots) // 2][0])
        p, n, t, uv, shade = lock(style, knots, width, thick, (start, start + 0.34), segments=style.segments, lean=lean)
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
    for p, n, t, uv, shade in style.more():
        points.append(p)
        normals.append(n)
        tris.append(t + base)
        uvs.append(uv)
        shades.append(shade)
        base += len(p)
    edge = style.hem()
    if edge is not None:
        p, t, uv = tube(edge, 3.4, 8, True)
        points.append(p)
        normals.append(vertex_normals(p, t))
        tris.append(t + base)
        uvs.append(uv)
        shades.append(np.full(len(p), 0.95))
    points, normals, tris, uvs, shade = map(np.concatenate, (points, normals, tris, uvs, shades))
    used, tris = np.unique(tris, return_inverse=True)
    part = Part("Hair", points[used], tris.reshape(-1, 3), uvs[used], np.clip(shade[used], 0, 1)[:, None] * np.ones(3))
    part.normals = normals[used]
    return part


def texture(size=256):
    """Strands along v, and a soft band of sheen where the hair bends over the crown. Grey: the material has the colour."""
    rng = np.random.Generator(np.random.PCG64(11))
    u = rng.standard_normal((1, size))
    strands = gaussian_filter1d(u, 0.7, mode="wrap") * 1.0 + gaussian_filter1d(u, 4, mode="wrap") * 5
    v = np.linspace(0, 1, size)[:, None]
    tone = 1 + 0.13 * strands * (0.6 + 0.4 * np.sin(2 * np.pi * (v + 0.2)))
    sheen = np.exp(-(((v - 0.17 - 0.012 * strands) / 0.055) ** 2)) * (0.75 + 0.25 * strands)
    root = 1 - 0.30 * np.exp(-(v / 0.06) ** 2)
    base = np.array([0.80, 0.80, 0.80])
    c = base * (tone * root)[..., None] + np.clip(sheen, 0, 2)[..., None] * np.array([0.20, 0.19, 0.18])
    c *= (1.04 + 0.10 * step(v, 0.3, 0.52))[..., None]
    out = io.BytesIO()
    Image.fromarray(np.round(np.clip(c, 0, 1) * 255).astype("u1")).save(out, "JPEG", quality=90, subsampling=0)
    return out.getvalue()
