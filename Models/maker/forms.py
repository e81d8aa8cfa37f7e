"""Tubes and patches that clothes, glasses and beards are made of."""
import numpy as np

from gltf import Part, grid, unit, vertex_normals


def outward(points, triangles, inside):
    """The triangles turned so that they face away from `inside` (one point, or one for each vertex)."""
    q = points[triangles]
    n = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    away = q.mean(1) - (inside if np.ndim(inside) == 1 else inside[triangles].mean(1))
    return triangles[:, ::-1] if (n * away).sum() < 0 else triangles


def tube(path, radii, sides=10, closed=False, flat=1.0):
    """A tube along points; `flat` scales its height (+Y mostly) against its width. Returns points, triangles, uv."""
    path = np.asarray(path, float)
    radii = np.broadcast_to(radii, (len(path),))
    along = unit(np.roll(path, -1, 0) - np.roll(path, 1, 0)) if closed else unit(np.gradient(path, axis=0))
    side = np.empty_like(along)
    side[0] = unit(np.cross(along[0], [0.0, 1, 0] if abs(along[0, 1]) < 0.9 else [0.0, 0, 1]))
    for k in range(1, len(along)):
        # Carried along without a twist: a side made anew at each point turns over where the path climbs.
        side[k] = unit(side[k - 1] - along[k] * (side[k - 1] @ along[k]))
    up = np.cross(side, along)
    if closed:
        # What is left over after a round is spread along it.
        end = side[-1] - along[0] * (side[-1] @ along[0])
        turn = np.arctan2(end @ up[0], end @ side[0]) * -np.arange(len(along))[:, None] / len(along)
        side, up = side * np.cos(turn) + up * np.sin(turn), up * np.cos(turn) - side * np.sin(turn)
    a = 2 * np.pi * np.arange(sides) / sides
    p = path[:, None] + radii[:, None, None] * (
        side[:, None] * np.cos(a)[None, :, None] + flat * up[:, None] * np.sin(a)[None, :, None])
    n = len(path)
    t = grid(n, sides, True)
    if closed:
        last = np.array([[(n - 1) * sides + c, c, (n - 1) * sides + (c + 1) % sides] for c in range(sides)]
                        + [[(n - 1) * sides + (c + 1) % sides, c, (c + 1) % sides] for c in range(sides)])
        t = np.concatenate([t, last])
    p = p.reshape(-1, 3)
    t = outward(p, t, np.repeat(path, sides, 0))
    uv = np.stack([np.tile(np.arange(sides) / sides, n), np.repeat(np.arange(n) / max(n - 1, 1), sides)], 1)
    return p, t, uv


def joined(name, pieces):
    """One part of several (points, triangles, uv)."""
    base, points, triangles, uvs = 0, [], [], []
    for p, t, uv in pieces:
        points.append(p)
        triangles.append(t + base)
        uvs.append(uv)
        base += len(p)
    return Part(name, np.concatenate(points), np.concatenate(triangles), np.concatenate(uvs))


def mirrored(piece):
    """The piece and its mirror image."""
    p, t, uv = piece
    return [piece, (p * [-1, 1, 1], t[:, ::-1], uv)]


def glasses(own, kind):
    """Frames without lenses, from the bridge of the nose to the ears."""
    a = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    power, rx, ry = (1.0, 24.5, 22.5) if kind == "round" else (0.62, 26.5, 19.5)
    bend = lambda v: np.sign(v) * np.abs(v) ** power  # noqa: E731
    x = own.eye[0] + 1 + rx * bend(np.cos(a))
    y = -3.5 + ry * bend(np.sin(a))
    front = 93.5 + own.person.nose_bridge * 0.4
    z = front - ((x - 20) / 40) ** 2 * 5.0
    rim = tube(np.stack([x, y, z], 1), 1.7 if kind == "round" else 2.5, 7, True)
    t = np.linspace(0, 1, 9)
    inner = x.min()
    bridge = tube(np.stack([inner * (1 - 2 * t), 1.5 + 3.5 * np.sin(np.pi * t), front + 1.5 * np.sin(np.pi * t)], 1), 1.7, 8)
    out = x.max()
    temple = np.array([[out, 3, z[np.argmax(x)]], [out + 4, 3.5, 82], [70, 3.5, 60], [75.5, 3, 30], [76.5, 2, 6], [76, -6, -14], [73, -18, -24]])
    k = np.linspace(0, 1, 14)
    temple = np.stack([np.interp(k, np.linspace(0, 1, 7), temple[:, c]) for c in range(3)], 1)
    arm = tube(temple, np.interp(k, [0, 1], [1.9, 1.4]), 6)
    return joined("Glasses", mirrored(rim) + [bridge] + mirrored(arm))


def earrings():
    """A small hoop on each lobe."""
    a = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    hoop = tube(np.stack([80.5 + 0 * a, -51 + 8.5 * np.cos(a), -1 + 8.5 * np.sin(a)], 1), 1.25, 6, True)
    return joined("Earrings", mirrored(hoop))


def outline(p, row):
    """How far inside a beard's outline each point of the skin lies, mm; below 0 outside. `row`: its loop of the mouth, or -1."""
    from shapes import step  # noqa: PLC0415
    x, y, z = np.abs(p[..., 0]), p[..., 1], p[..., 2]
    # From the sideburn down along the cheek, round the mouth's corner, under the jaw.
    line = np.interp(x, [0, 9, 20, 29, 38, 46, 54, 60, 66, 72, 76], [-41, -42, -45, -54, -57, -54, -46, -37, -24, -9, 4])
    inside = np.minimum(line - y, np.minimum(y + 107, (z - 1 - 6 * np.clip((y + 45) / 40, 0, 1)) * 1.2))
    # The sideburn, up under the hair.
    inside = np.maximum(inside, np.where(x > 50, np.minimum.reduce([z - 1, 19 - z, 26 - y, y + 60]) * 1.1, -9))
    # Not on the lips; thin beside them.
    return np.minimum(inside, np.interp(row, [-1, 0, 1, 2, 3, 4], [30, 14, 10, 6, 2.5, -8]))


def beard_rows(skin):
    return np.where(skin.lip_row < 0, -1, skin.lip_row).astype(float)


def beard_part(skin, face, kind):
    """A shell over the skin that its shapes carry along: the part, and for each vertex the two of the skin that it lies between
    and its share of the second. Triangles are cut along the outline: whole ones would end in teeth."""
    from shapes import step  # noqa: PLC0415
    row, points = beard_rows(skin), skin.points
    inside = outline(points, row)
    made, triangles = {}, []

    def vertex(a, b):
        """The skin's own, or where the outline cuts the edge between two."""
        key = (min(a, b), max(a, b))
        if key not in made:
            low, high = (0.0, 0.0) if a == b else (0.0, 1.0)
            for _ in range(24 if a != b else 0):
                k = (low + high) / 2
                q = points[key[0]] * (1 - k) + points[key[1]] * k
                here = outline(q, row[key[0]] * (1 - k) + row[key[1]] * k)
                low, high = (k, high) if (here > 0) == (inside[key[0]] > 0) else (low, k)
            made[key] = (len(made), low)
        return made[key][0]

    for t in face.triangles[(inside > 0)[face.triangles].any(1)]:
        ring = []
        for a, b in zip(t, np.roll(t, -1)):
            if inside[a] > 0:
                ring.append(vertex(a, a))
            if (inside[a] > 0) != (inside[b] > 0):
                ring.append(vertex(a, b))
        triangles += [(ring[0], ring[k], ring[k + 1]) for k in range(1, len(ring) - 1)]
    ends = np.array(list(made))
    share = np.array([k for _, k in made.values()])[:, None]
    between = lambda v: v[ends[:, 0]] * (1 - share) + v[ends[:, 1]] * share  # noqa: E731
    q, cut = between(points), ends[:, 0] != ends[:, 1]
    y = q[:, 1]
    deep = between(inside[:, None])[:, 0]
    most = {"short": 2.4, "full": 6.0}[kind] * (1 - 0.75 * step(y, -45, 5))
    chin = 1 + 0.6 * np.exp(-(((y + 92) / 18) ** 2)) * (kind == "full") * step(q[:, 2], 30, 60)
    height = np.where(cut, -0.1, 0.45 + most * chin * step(deep, -1, 16 if kind == "full" else 11) * step(y, 24, 4))
    rough = 1 + 0.10 * np.sin(q[:, 0] * 0.55) * np.sin(y * 0.42 + q[:, 0] * 0.2)
    n = unit(between(vertex_normals(face.points, face.triangles)))
    p = between(face.points) + n * (height * rough)[:, None]
    part = Part("Beard", p, np.array(triangles), np.stack([np.abs(q[:, 0]) / 75 % 1.0 * 0.98 + 0.01, np.clip(0.25 - y / 300, 0.2, 0.75)], 1))
    return part, between
