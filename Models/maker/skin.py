"""The skin's mesh and its pose function: fixed topology, loops around eyes and mouth."""
import numpy as np
from polygon import inside
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import splu
from scipy.spatial import Delaunay

import head
from gltf import Part, unit
from head import EYE_COLUMNS

EYE_STEPS = np.array([1, 0.8, 0.62, 0.48, 0.37, 0.28, 0.17, 0.07, 0])
"""Where each loop round the eye lies between lid margin (0) and outer ring (1)."""
CREASE = 0.37
MOUTH_HALF_COLUMNS = 12
MOUTH_STEPS = np.array([0, 0.28, 0.54, 0.78])
BORDER = 4
CONTACT = 8
"""The loops where the lips' colour begins, and where the lips touch."""
YAW = np.radians(4)

def lid_direction(alpha, beta):
    a = alpha + YAW
    return np.stack([np.sin(a) * np.cos(beta), np.sin(beta), np.cos(a) * np.cos(beta)], 1)


class Skin:
    def __init__(self, own):
        self.head = own
        self._mouth()
        self._eye()
        self._free()
        self._mirror()
        self._operator()

    # Half mesh, x >= 0 ------------------------------------------------------------------------------

    def _mouth(self):
        m, w, yl = MOUTH_HALF_COLUMNS, self.head.mouth_half, head.MOUTH_Y
        j = np.arange(2 * m + 1)
        c = np.sin(np.pi / 2 * np.minimum(j, 2 * m - j) / m)
        side = np.sign(m - j)
        x = w * c
        f = np.maximum(1 - c ** 2.4, 0) ** 0.72
        line = yl + self.head.lip_curve(x)
        self.mouth_curve = line - yl
        bow = -1.7 * np.exp(-((x / 3.4) ** 2)) + 0.9 * np.exp(-(((x - 6.5) / 4) ** 2))

        def surface(px, py):
            o = np.stack([px, py, np.zeros_like(px)], 1)
            return head.cast(self.head.face, o, np.tile([0.0, 0, 1], (len(px), 1)), 30)[:, 2]

        up = side > 0
        rows, self.mouth_bow = [], []
        for k, (high, low) in enumerate(zip(self.head.upper_lip, self.head.lower_lip)):
            r = np.where(side == 0, 0, np.where(up, high[0] * f, -low[0] * f))
            inner = k > CONTACT - BORDER
            arched = np.where(up, bow * f * (1 - k / 4) * (1 if k == 0 else 0.8), 0) if not inner else 0 * f
            self.mouth_bow.append(arched)
            if not inner:
                r = r + arched
            else:
                r = r + np.where(side == 0, 0, np.where(up, 0.3, -0.3))
            px = x - np.where(inner, 0.4 * (k - 4), 0) * c + (1.4, 0.9, 0.5, 0.2, 0, 0, 0, 0, 0)[k] * (side == 0)
            if k == len(self.head.upper_lip) - 1:
                px, r = 30.0 * c, r / np.maximum(f, 1e-6) * np.sqrt(1 - c ** 2) - 3
            rows.append(np.stack([px, line + r, np.zeros_like(x)], 1))
        edge, middle = surface(rows[0][:, 0], rows[0][:, 1]), surface(x, line)
        for k, (high, low) in enumerate(zip(self.head.upper_lip, self.head.lower_lip)):
            share = np.clip((self.head.upper_lip[k, 0]) / self.head.upper_lip[0, 0], 0, 1) if k <= CONTACT - BORDER else 0
            deep = k > CONTACT - BORDER
            out = np.where(up, high[1], low[1]) * (1 if deep else f)
            rows[k][:, 2] = middle + (edge - middle) * share + out - (0 if deep else 0.9 * (1 - f) * (1 - share))
        border = rows[0]
        # The outer ring on the face, and loops between it and the border.
        turn = np.pi * j / (2 * m)
        az = np.radians(24.5) * np.sin(turn)
        q = -60.5 + np.where(up, 13.0, 19.0) * np.cos(turn)
        o, d = head.rays(az, q)
        outer = head.cast(self.head.face, o, d)
        a_b, q_b = head.unrolled(border)
        o, d = head.rays(a_b, q_b)
        gap = border - head.cast(self.head.face, o, d)
        loops = []
        for t in MOUTH_STEPS:
            o, d = head.rays(az + (a_b - az) * t, q + (q_b - q) * t)
            loops.append(head.cast(self.head.face, o, d) + gap * t ** 2)
        # A soft edge round the lips: the skin just outside lies a touch deeper than the border.
        self.mouth_rows = np.array(loops + rows)
        self.mouth_side, self.mouth_c = side, c
        self.mouth_bow = np.concatenate([0 * c] * len(MOUTH_STEPS) + self.mouth_bow)
        self.mouth_plane = (az, q)
        # Unwrapping: the inner rows share the slit.
        uv = []
        for t in MOUTH_STEPS:
            uv.append((az + (a_b - az) * t, q + (q_b - q) * t))
        _, qm = head.unrolled(rows[CONTACT - BORDER])
        for t in (0, 0.15, 0.32, 0.48, 0.62, 0.72, 0.82, 0.90, 0.96):
            uv.append((a_b * (1 - 0.12 * t), q_b + (qm - q_b) * t))
        self.mouth_uv = uv

    def _eye(self):
        n = EYE_COLUMNS
        col = np.arange(n)
        turn = 2 * np.pi * col / n
        s = -np.cos(turn)
        up = np.sin(turn) >= -1e-9
        az = np.radians(29.5 + 20.5 * s)
        q = 1.0 + np.where(up, 22.0, 21.0) * np.sin(turn)
        o, d = head.rays(az, q)
        outer = head.cast(self.head.lidded, o, d)
        alpha, beta = self.head.margin(col)
        inner = lid_direction(alpha, beta)
        rows = []
        start = self.head.eye + inner * (self.head.eye_radius + head.LID * 0.85)
        for t in EYE_STEPS:
            p = start + (outer - start) * t
            z = head.cast(self.head.lidded, p * [1, 1, 0], np.tile([0.0, 0, 1], (n, 1)), 20)[:, 2]
            rows.append(np.stack([p[:, 0], p[:, 1], z], 1))
        rows = np.array(rows)
        rows[0] = outer
        # Radial length of each loop's point, and a crease above the upper lid.
        radius = np.linalg.norm(rows - self.head.eye, axis=2)
        lift = np.maximum(np.sin(turn), 0) ** 0.7
        for k, t in enumerate(EYE_STEPS):
            radius[k] -= 1.6 * lift * np.exp(-(((t - CREASE) / 0.08) ** 2))
        radius[-1] = self.head.eye_radius + head.LID * 0.85
        self.eye_direction = unit(rows - self.head.eye)
        self.eye_direction[-1] = inner
        self.eye_radius = radius
        wet = self.head.eye + inner * (self.head.eye_radius - 0.6)
        self.eye_rows = np.concatenate([self.head.eye + self.eye_direction * radius[..., None], wet[None]])
        self.eye_plane = (az, q)
        self.eye_uv = []
        a_in, q_in = head.unrolled(self.eye_rows[-2])
        for t in list(EYE_STEPS) + [-0.12]:
            self.eye_uv.append((a_in + (az - a_in) * t, q_in + (q - q_in) * t))

    def _free(self):
        edge = np.pi
        scale = 80.0
        points = []

        def lattice(step, q0, q1, a_max):
            rows = int(round((q1 - q0) / (step * 0.87)))
            for r in range(rows + 1):
                q = q0 + (q1 - q0) * r / rows
                n = int(round(a_max * scale / step))
                for k in range(n + 1):
                    p = (k + 0.5 * (r % 2)) * step
                    if r % 2 and k == 0:
                        yield 0.0, q
                        p = step * 0.75
                    if p < a_max * scale - step * 0.3:
                        yield p, q

        def covers(zone, p, q):
            _, low, high, degrees = zone
            return p < np.radians(degrees) * scale and low < q < high

        # Spacing in mm, height and breadth: the nose, the face, the neck, the rest.
        zones = [(3.6, -50, 2, 17), (6.4, -106, 62, 84), (13, -195, -104, 100), (22, -195, 118, 180)]
        chosen = []
        for k, (space, low, high, degrees) in enumerate(zones):
            margins = [(0, 0), (-0.35 * space, 0), (0, 0.3 * space), (0, -0.3 * space)]
            chosen += [(p, q) for p, q in lattice(space, low, high, np.radians(degrees) if degrees < 180 else edge)
                       if not any(covers(z, p + dp, q + dq) for z in zones[:k] for dp, dq in margins)]
        rows = int(round((118 + 195) / 20.0))
        back = [(edge * scale, -195 + (118 + 195) * r / rows) for r in range(rows + 1)]
        free = np.array(chosen + back)
        rings = [np.stack([a * scale, q], 1) for a, q in (self.eye_plane, self.mouth_plane)]
        mouth_poly = np.concatenate([rings[1], rings[1][::-1] * [-1, 1]])
        keep = ~inside(free, rings[0]) & ~inside(free, mouth_poly)
        for ring, space in zip(rings, (2.6, 2.8)):
            d = np.linalg.norm(free[:, None] - ring[None], axis=2).min(1)
            keep &= d > space
        free = free[keep]
        plane = np.concatenate([rings[0], rings[1], free])
        tri = Delaunay(plane).simplices
        centre = plane[tri].mean(1)
        n0, n1 = len(rings[0]), len(rings[1])
        drop = inside(centre, rings[0]) | inside(centre, mouth_poly)
        a, b, c = plane[tri[:, 0]], plane[tri[:, 1]], plane[tri[:, 2]]
        area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        drop |= np.abs(area) < 0.05
        tri = np.where((area > 0)[:, None], tri, tri[:, ::-1])[~drop]
        o, d = head.rays(free[:, 0] / scale, free[:, 1])
        self.free_points = head.cast(self.head.lidded, o, d)
        self.free_points[free[:, 0] == 0, 0] = 0
        self.free_plane = free / [scale, 1]
        self.free_triangles, self.ring_counts = tri, (n0, n1)

    # Whole mesh -------------------------------------------------------------------------------------

    def _mirror(self):
        er, mr = len(self.eye_rows), len(self.mouth_rows)
        en, mn = EYE_COLUMNS, 2 * MOUTH_HALF_COLUMNS + 1
        points = np.concatenate([self.eye_rows.reshape(-1, 3), self.mouth_rows.reshape(-1, 3),
                                 self.free_points])
        az = np.concatenate([np.concatenate([a for a, _ in self.eye_uv]),
                             np.concatenate([a for a, _ in self.mouth_uv]), self.free_plane[:, 0]])
        q = np.concatenate([np.concatenate([b for _, b in self.eye_uv]),
                            np.concatenate([b for _, b in self.mouth_uv]), self.free_plane[:, 1]])
        eo, mo, fo = 0, er * en, er * en + mr * mn
        n0, n1 = self.ring_counts
        remap = np.concatenate([eo + np.arange(n0), mo + np.arange(n1),
                                fo + np.arange(len(self.free_points))])
        tris = [remap[self.free_triangles]]
        t = []
        for r in range(er - 1):
            for c in range(en):
                d = (c + 1) % en
                a, b, e, f = (eo + r * en + c, eo + r * en + d, eo + (r + 1) * en + c, eo + (r + 1) * en + d)
                t += [(a, e, b), (b, e, f)]
        for r in range(mr - 1):
            for c in range(mn - 1):
                a, b, e, f = (mo + r * mn + c, mo + r * mn + c + 1, mo + (r + 1) * mn + c,
                              mo + (r + 1) * mn + c + 1)
                t += [(a, e, b), (b, e, f)]
        tris.append(np.array(t))
        tris = np.concatenate(tris)
        n = len(points)
        centre = (np.abs(az) < 1e-9)
        mirror = np.where(centre, np.arange(n), -1)
        extra = np.flatnonzero(~centre)
        mirror[extra] = n + np.arange(len(extra))
        points[centre, 0] = 0
        self.points = np.concatenate([points, points[extra] * [-1, 1, 1]])
        self.az = np.concatenate([az, -az[extra]])
        self.q = np.concatenate([q, q[extra]])
        self.triangles = np.concatenate([tris, mirror[tris][:, ::-1]])
        # Orient outward.
        a, b, c = (self.points[self.triangles[:, k]] for k in range(3))
        probe = self.triangles[np.abs(self.az[self.triangles]).max(1) < 3]
        total = len(self.points)
        self.twin = np.zeros(total, int)
        self.twin[:n] = mirror
        self.twin[n:] = extra
        # Attributes of the structured loops.
        self.lip_row = np.full(total, -1)
        self.lip_side = np.zeros(total)
        self.lip_c = np.zeros(total)
        self.lip_bow = np.zeros(total)
        self.lip_curve = np.zeros(total)
        self.lip_curve[mo: mo + mr * mn] = np.tile(self.mouth_curve, mr)
        self.lip_bow[mo: mo + mr * mn] = self.mouth_bow
        base = mo + np.arange(mr * mn)
        self.lip_row[base] = np.repeat(np.arange(mr), mn)
        self.lip_side[base] = np.tile(self.mouth_side, mr)
        self.lip_c[base] = np.tile(self.mouth_c, mr)
        self.eye_row = np.full(total, -1)
        self.eye_col = np.full(total, -1)
        self.eye_row[: er * en] = np.repeat(np.arange(er), en)
        self.eye_col[: er * en] = np.tile(np.arange(en), er)
        for name in ("lip_row", "lip_side", "lip_c", "lip_bow", "lip_curve", "eye_row", "eye_col"):
            v = getattr(self, name)
            v[n:] = v[extra]
        self.lip_c[n:] *= -1
        self.half = n
        u = np.sign(self.az) * (np.abs(self.az) / np.pi) * (1.9 - 0.9 * np.abs(self.az) / np.pi)
        self.uv = np.stack([0.5 + 0.49 * u, (122 - self.q) / 384], 1)
        normal = np.cross(b - a, c - a)
        outward = (normal * ((a + b + c) / 3 - [0, -20, 20])).sum(1)
        if np.median(outward) < 0:
            self.triangles = self.triangles[:, ::-1]

    # Elastic skin ------------------------------------------------------------------------------------

    def _operator(self):
        """Skin that is not moved explicitly takes the smoothest displacement that agrees with what is
        (biharmonic, and fading with distance)."""
        p, t = self.points, self.triangles
        n = len(p)
        # The seam at the back and welded corners: join vertices at one place.
        key = np.round(p, 3)
        _, self.weld = np.unique(key, axis=0, return_inverse=True)
        self.weld = self.weld.reshape(-1)
        m = self.weld.max() + 1
        tw = self.weld[t]
        i, j, w = [], [], []
        pos = np.zeros((m, 3))
        pos[self.weld] = p
        area = np.zeros(m)
        for k in range(3):
            a, b, c = tw[:, k], tw[:, (k + 1) % 3], tw[:, (k + 2) % 3]
            u, v = pos[b] - pos[a], pos[c] - pos[a]
            cross = np.linalg.norm(np.cross(u, v), axis=1)
            cot = np.clip((u * v).sum(1) / np.maximum(cross, 1e-6), 0.02, 5)
            i += [b, c]
            j += [c, b]
            w += [cot / 2, cot / 2]
            np.add.at(area, a, cross / 6)
        i, j, w = map(np.concatenate, (i, j, w))
        adj = coo_matrix((w, (i, j)), (m, m)).tocsr()
        lap = diags(np.asarray(adj.sum(1)).ravel()) - adj
        area = np.maximum(area, 0.5)
        length = np.where(pos[:, 1] < -20, 15.0, 10.0)
        system = (lap @ diags(1 / area) @ lap + diags(area / length ** 4)).tocsc()
        hard = np.zeros(m, bool)
        explicit = (self.lip_row >= BORDER) | (self.eye_row >= 1)
        hard[self.weld[explicit]] = True
        self.explicit = explicit
        self._free_ids, self._hard_ids = np.flatnonzero(~hard), np.flatnonzero(hard)
        self._solver = splu(system[self._free_ids][:, self._free_ids].tocsc())
        self._coupling = system[self._free_ids][:, self._hard_ids]

    def relax(self, guess, explicit):
        m = self.weld.max() + 1
        e = np.zeros((m, 3))
        residual = explicit - guess
        e[self.weld[self.explicit]] = residual[self.explicit]
        e[self._free_ids] = self._solver.solve(-(self._coupling @ e[self._hard_ids]))
        out = guess + e[self.weld]
        out[self.explicit] = explicit[self.explicit]
        return out

    def part(self):
        return Part("Face", self.points, self.triangles, self.uv)
