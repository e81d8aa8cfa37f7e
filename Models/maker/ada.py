"""Makes `ada`: a stylised head and shoulders with ARKit's 52 shapes and the 15 Oculus visemes.

The mesh is a function of the pose: every shape is the posed mesh minus the neutral one, with normals computed for
each. Lengths are millimetres around the middle of the head, +Y up, the face towards +Z, the character's left at +X;
the file is in metres.
"""
import sys

import numpy as np

from gltf import GLB

HEAD_HEIGHT = 1.60
WIDTH, HEIGHT, DEPTH = 74.0, 100.0, 88.0
MOUTH_Y = -49.0
HINGE = np.array([0.0, -8.0, 2.0])
JAW_ANGLE = 0.44
EYE = np.array([31.0, 9.0, 60.0])
EYE_RADIUS = 20.0
# Lid edges as angles from straight ahead, radians: open above, open below, closed.
LID_UPPER, LID_LOWER, LID_CLOSED = 0.58, -0.47, -0.16

ARKIT = """browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft
cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight
eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft eyeWideRight
jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft mouthFrownRight
mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight mouthPucker mouthRight
mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight mouthStretchLeft
mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight tongueOut""".split()


def both(name, weight):
    return {name + "Left": weight, name + "Right": weight}


VISEMES = {
    "sil": {},
    "PP": {"mouthRollLower": 0.25, "mouthRollUpper": 0.25, **both("mouthPress", 0.5)},
    "FF": {"jawOpen": 0.07, "mouthRollLower": 0.65, **both("mouthUpperUp", 0.45), "mouthShrugLower": 0.1},
    "TH": {"jawOpen": 0.16, **both("mouthLowerDown", 0.2), **both("mouthUpperUp", 0.2), "tongueOut": 0.28},
    "DD": {"jawOpen": 0.13, **both("mouthLowerDown", 0.3), **both("mouthUpperUp", 0.25)},
    "kk": {"jawOpen": 0.2, **both("mouthLowerDown", 0.2), **both("mouthUpperUp", 0.15)},
    "CH": {"jawOpen": 0.1, "mouthFunnel": 0.5, **both("mouthUpperUp", 0.2)},
    "SS": {"jawOpen": 0.05, **both("mouthStretch", 0.35), **both("mouthLowerDown", 0.4), **both("mouthUpperUp", 0.25)},
    "nn": {"jawOpen": 0.14, **both("mouthLowerDown", 0.2), **both("mouthUpperUp", 0.15)},
    "RR": {"jawOpen": 0.12, "mouthFunnel": 0.35, "mouthPucker": 0.15},
    "aa": {"jawOpen": 0.6, **both("mouthLowerDown", 0.2), **both("mouthUpperUp", 0.2)},
    "E": {"jawOpen": 0.32, **both("mouthStretch", 0.3), **both("mouthSmile", 0.15), **both("mouthLowerDown", 0.25)},
    "I": {"jawOpen": 0.17, **both("mouthSmile", 0.3), **both("mouthStretch", 0.25), **both("mouthUpperUp", 0.2)},
    "O": {"jawOpen": 0.38, "mouthFunnel": 0.55, "mouthPucker": 0.25},
    "U": {"jawOpen": 0.16, "mouthFunnel": 0.25, "mouthPucker": 0.75},
}

SKIN = np.array([0.53, 0.285, 0.195])
BLUSH = np.array([0.60, 0.19, 0.14])
LIP = np.array([0.46, 0.10, 0.095])
CAVITY = np.array([0.040, 0.005, 0.006])
HAIR = np.array([0.034, 0.014, 0.009])


def smooth(low, high, x):
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def bell(x, centre, width):
    return np.exp(-(((x - centre) / width) ** 2))


def taper(sy):
    """How the face narrows towards the chin."""
    t = np.clip(-sy, 0, 1)
    return 1 - 0.34 * t**1.7 - 0.10 * np.clip(sy, 0, 1) ** 2


def bumps(x, y):
    """What rises from the front of the ellipsoid: nose, lips' mound, chin, cheeks, brow; sockets sink."""
    a = np.abs(x)
    z = 18.0 * bell(x, 0, 8.0) * np.exp(-np.where(y > -20, ((y + 20) / 24) ** 2, ((y + 20) / 8.5) ** 2))
    z = z + 4.0 * bell(a, 9.5, 5.5) * bell(y, -22, 7)
    z = z + 6.0 * bell(x, 0, 27) * bell(y, MOUTH_Y, 17)
    z = z + 6.5 * bell(x, 0, 19) * bell(y, -84, 15)
    z = z + 4.5 * bell(a, 43, 18) * bell(y, -21, 19)
    z = z + 2.5 * bell(a, 26, 24) * bell(y, 38, 13)
    z = z - 13.5 * bell(a, 29, 17.5) * bell(y, 9, 17)
    return z


def surface(sx, sy, sz):
    """A point of the unit sphere to the head's surface."""
    x = WIDTH * sx * taper(sy)
    y = HEIGHT * sy
    z = DEPTH * sz * np.where(sz > 0, 1 - 0.05 * np.clip(-sy, 0, 1), 1 - 0.22 * np.clip(-sy, 0, 1))
    return np.stack([x, y, z + smooth(0.05, 0.5, sz) * bumps(x, y)], -1)


def face(x, y):
    """The front surface above (x, y)."""
    sy = y / HEIGHT
    sx = x / (WIDTH * taper(sy))
    sz = np.sqrt(np.clip(1 - sx**2 - sy**2, 0.02, 1))
    return surface(sx, sy, sz)


class Part:
    """Vertices with everything that the poses need to know of them; triangles."""

    def __init__(self, points, triangles, color, **fields):
        self.points = points.reshape(-1, 3)
        self.triangles = np.asarray(triangles).reshape(-1, 3)
        n = len(self.points)
        self.color = np.broadcast_to(color, (n, 3)) if np.ndim(color) == 1 else color.reshape(n, 3)
        self.fields = {k: np.broadcast_to(np.asarray(v, float).reshape(-1), (n,)) for k, v in fields.items()}


def grid(rows, columns, wrap, flip=False):
    """Triangles between `rows` of `columns` vertices."""
    out = []
    for r in range(rows - 1):
        for c in range(columns if wrap else columns - 1):
            a, b = r * columns + c, r * columns + (c + 1) % columns
            d, e = a + columns, b + columns
            quad = [(a, d, b), (b, d, e)]
            out += [(i, k, j) if flip else (i, j, k) for i, j, k in quad]
    return out


COLUMNS, FACE_RINGS = 48, 30
LIP_HALF, LIP_UP, LIP_DOWN = 24.0, 9.0, 11.0


def skin_part():
    """Rings around the mouth: the bag behind the lips, the lips, the face, and so to the back of the head."""
    phi = np.arange(COLUMNS) / COLUMNS * 2 * np.pi
    c, s = np.cos(phi), np.sin(phi)
    lower = smooth(0.95, -0.95, s)
    rings, colors, fields = [], [], []

    def ring(points, color, lower, lip, inside):
        rings.append(points)
        colors.append(np.broadcast_to(color, (COLUMNS, 3)))
        fields.append((lower, np.full(COLUMNS, lip), np.full(COLUMNS, inside)))

    # The line where the lips meet, a little lower in the middle; and the red's outer border with Cupid's bow.
    meet_x = 0.93 * LIP_HALF * c
    meet_y = MOUTH_Y - 1.0 + 1.2 * (meet_x / LIP_HALF) ** 2 - 1.0 * bell(meet_x, 0, 7)
    border_x = LIP_HALF * c * (1 + 0.02 * np.abs(c))
    bow = -1.4 * bell(border_x, 0, 3.5)
    up = LIP_UP * np.clip(s, 0, 1) ** 0.85 + np.where(s > 0, bow, 0)
    border_y = MOUTH_Y - 0.8 + np.where(s > 0, up, -LIP_DOWN * np.clip(-s, 0, 1) ** 0.8)
    meet = face(meet_x, meet_y)
    border = face(border_x, border_y)
    meet[:, 2] += 1.5 * (1 - c**2)
    middle = face(0 * c, MOUTH_Y + 0 * c)
    for depth, scale, height in [(46, 0.05, 1), (42, 0.6, 11), (26, 0.95, 13), (12, 0.97, 5.5), (2.5, 1.0, 0.6)]:
        p = np.stack([meet_x * scale, meet_y + s * height, middle[:, 2] - depth - 8 * c**2], -1)
        wall = smooth(8, 44, depth)
        tone = CAVITY * (1.0 - 0.75 * wall) if depth > 4 else LIP * 0.45
        ring(p, tone, lower * (1 - wall) + 0.5 * wall, 1.0, depth)
    for w in [0.0, 0.14, 0.36, 0.62, 0.86, 1.0]:
        p = meet * (1 - w) + border * w
        full = np.where(s > 0, 4.2, 6.4) * np.clip(np.abs(s), 0, 1) ** 0.7
        p[:, 2] += full * np.sin(np.pi * np.clip(w, 0, 1) ** 0.72) ** 0.8
        shade = LIP * (0.62 + 0.5 * smooth(0, 0.35, w)) if w < 1 else LIP
        ring(p, shade, lower, 1.0, 0)
    # The face: directions that leave the mouth, ever further.
    pole = np.array([0.0, MOUTH_Y / HEIGHT, np.sqrt(1 - (MOUTH_Y / HEIGHT) ** 2)])
    ey = np.array([0.0, pole[2], -pole[1]])
    sphere = border / np.array([WIDTH, HEIGHT, DEPTH])
    sphere[:, 0] /= taper(sphere[:, 1])
    sphere[:, 2] = np.sqrt(np.clip(1 - sphere[:, 0] ** 2 - sphere[:, 1] ** 2, 0.02, 1))
    start = np.arccos(np.clip(sphere @ pole, -1, 1))
    angle = np.arctan2(sphere @ ey, sphere[:, 0])
    for k in range(1, FACE_RINGS + 1):
        u = (k / FACE_RINGS) ** 1.5
        rho = start * (1 - u) + np.pi * 0.995 * u
        turn = np.unwrap(angle) * (1 - min(1, u * 3)) + phi * min(1, u * 3)
        if k == 1:
            rho = start + 0.012
        d = (np.cos(rho)[:, None] * pole + np.sin(rho)[:, None]
             * (np.cos(turn)[:, None] * np.array([1.0, 0, 0]) + np.sin(turn)[:, None] * ey))
        p = surface(d[:, 0], d[:, 1], d[:, 2])
        a = np.abs(p[:, 0])
        front = smooth(10, 60, p[:, 2])
        red = 0.42 * bell(a, 44, 17) * bell(p[:, 1], -24, 15) + 0.30 * bell(p[:, 0], 0, 9) * bell(p[:, 1], -21, 9)
        red = (red * front)[:, None]
        shade = 1 - 0.22 * (bell(a, 30, 18) * bell(p[:, 1], 14, 13) * front)[:, None]
        shade = shade * (1 - 0.30 * (bell(p[:, 0], 0, 11) * bell(p[:, 1], -31, 4.5) * front)[:, None])
        shade = shade * (1 - 0.22 * (bell(p[:, 0], 0, 16) * bell(p[:, 1], -66, 5) * front)[:, None])
        shade = shade * (1 - 0.35 * smooth(-88, -104, p[:, 1]))[:, None] if k > 3 else shade
        color = (SKIN * (1 - red) + BLUSH * red) * shade
        # Lower jaw: below a line from the corners of the mouth to the ears, in front.
        line = MOUTH_Y + (70 - p[:, 2]) * 0.52
        spatial = smooth(line + 16, line - 16, p[:, 1]) * smooth(-45, 10, p[:, 2])
        blend = smooth(0.0, 0.2, u)
        ring(p, color, lower * (1 - blend) + spatial * blend, float(np.exp(-((k - 1) / 4.0) ** 2)), 0)
    points = np.array(rings)
    colors = np.array(colors)
    f = [np.array([x[i] for x in fields]) for i in range(3)]
    rows = len(rings)
    part = Part(points, grid(rows, COLUMNS, True), colors.reshape(-1, 3),
                lower=f[0], lip=f[1], inside=f[2], sinphi=np.tile(s, rows), cosphi=np.tile(c, rows), kind=0)
    return part


def lid_parts(side):
    """Both lids of an eye as shells around the eyeball, hinged at its corners, with a thick edge and lashes."""
    parts = []
    columns = 17
    latitude = np.linspace(-1.42, 1.42, columns)
    for upper in (True, False):
        rows = [("lash", 0.0), ("edge", 0.0), ("edge", 0.03), ("skin", 0.12), ("skin", 0.32), ("skin", 0.62), ("skin", 1.0)]
        if upper:
            rows = [("inner", 0.0)] + rows
        points, color, t, lash = [], [], [], []
        for kind, amount in rows:
            # The position on the lid is stored; the pose makes points of it.
            points.append(np.zeros((columns, 3)))
            dark = kind == "lash" or (upper and kind == "edge" and amount == 0)
            tone = SKIN * (0.80 if amount < 0.2 else 0.88)
            if not upper and kind == "lash":
                tone, dark = SKIN * 0.7, False
            color.append(np.broadcast_to(HAIR * 0.4 if dark else tone, (columns, 3)))
            t.append(np.full(columns, amount))
            lash.append(np.full(columns, {"inner": -1, "lash": 1, "edge": 0, "skin": 0}[kind]))
        part = Part(np.array(points), grid(len(rows), columns, False, flip=upper),
                    np.array(color).reshape(-1, 3), lower=0, lip=0, inside=0, sinphi=0, cosphi=0,
                    kind=1 if upper else 2, latitude=np.tile(latitude, len(rows)), along=np.array(t), lash=np.array(lash), side=side)
        parts.append(part)
    return parts


def lid_points(part, pose):
    f = part.fields
    side = f["side"][0]
    name = "Left" if side > 0 else "Right"
    upper = f["kind"][0] == 1
    g = lambda shape: pose.get(shape + name, 0.0)
    blink = np.clip(g("eyeBlink"), 0, 1)
    look = 0.30 * g("eyeLookDown") - 0.20 * g("eyeLookUp")
    if upper:
        edge = LID_UPPER + 0.17 * g("eyeWide") - 0.14 * g("eyeSquint") - look
        edge = edge + blink * (LID_CLOSED - edge)
    else:
        edge = LID_LOWER + 0.22 * g("eyeSquint") + 0.10 * g("cheekSquint") - 0.04 * g("eyeWide") - 0.5 * look
        edge = edge + blink * (LID_CLOSED - edge)
    latitude, along, lash = f["latitude"], f["along"], f["lash"]
    # Almond: the upper lid is highest towards the nose, both meet at the corners.
    shape = np.clip(np.cos(latitude * 1.10), 0, 1) ** 0.62
    tilt = 0.10 * side * np.sin(latitude)
    bend = 1.0
    start = LID_CLOSED + (edge - LID_CLOSED) * shape * bend + tilt * 0.5
    end = 1.75 if upper else -1.75
    longitude = start + (end - start) * along
    radius = EYE_RADIUS + 1.5 + 1.4 * np.sqrt(np.clip(along * 8, 0, 1)) + np.where(along >= 0.5, 0.0, 0)
    radius = np.where(lash > 0, radius + (3.6 if upper else 0.1), radius)
    radius = np.where(lash < 0, EYE_RADIUS + 0.7, radius)
    longitude = longitude - np.where(lash > 0, (0.02 if upper else 0.0), 0)
    x = np.sin(latitude)
    p = np.stack([x, np.cos(latitude) * np.sin(longitude), np.cos(latitude) * np.cos(longitude)], -1)
    centre = EYE * np.array([side, 1, 1])
    return centre + p * radius[:, None]


def eye_part(side):
    """Eyeball as rings around its axis: pupil, iris with a dark rim, sclera."""
    angles = [0.001, 0.235, 0.255, 0.38, 0.535, 0.565, 0.64, 0.9, 1.25, 1.6]
    iris = np.array([0.10, 0.24, 0.22])
    colors = [np.zeros(3) + 0.004] * 2 + [iris * 0.35, iris * 1.2, iris * 0.55, np.array([0.03, 0.05, 0.05])]
    colors += [np.array([0.74, 0.70, 0.68])] * 2 + [np.array([0.70, 0.62, 0.58])] * 2
    columns = 28
    phi = np.arange(columns) / columns * 2 * np.pi
    points, color = [], []
    for a, shade in zip(angles, colors):
        # The cornea bulges a little.
        radius = EYE_RADIUS + 1.1 * np.exp(-((a / 0.5) ** 4))
        points.append(np.stack([np.cos(phi) * np.sin(a), np.sin(phi) * np.sin(a), np.full(columns, np.cos(a))], -1) * radius)
        tone = np.broadcast_to(shade, (columns, 3)).copy()
        if 0.3 < a < 0.54:
            tone *= (0.80 + 0.35 * np.sin(phi * 9 + a * 30) ** 2 - 0.25 * np.sin(phi))[:, None]
        color.append(tone)
    return Part(np.array(points), grid(len(angles), columns, True), np.array(color).reshape(-1, 3), side=side)


def eye_points(part, pose):
    side = part.fields["side"][0]
    name = "Left" if side > 0 else "Right"
    yaw = 0.5 * (pose.get("eyeLookOut" + name, 0) - pose.get("eyeLookIn" + name, 0)) * side
    pitch = 0.38 * (pose.get("eyeLookDown" + name, 0) - pose.get("eyeLookUp" + name, 0))
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return part.points @ turn.T + EYE * np.array([side, 1, 1])


def ellipsoid(centre, radii, rows=9, columns=14, color=SKIN, **fields):
    v = np.linspace(0.02, np.pi - 0.02, rows)[:, None]
    u = (np.arange(columns) / columns * 2 * np.pi)[None, :]
    p = np.stack([np.sin(v) * np.cos(u), np.cos(v) + 0 * u, np.sin(v) * np.sin(u)], -1) * np.array(radii) + np.array(centre)
    return Part(p, grid(rows, columns, True), np.broadcast_to(color, (rows * columns, 3)), **fields)


def ear_part(side):
    part = ellipsoid((0, 0, 0), (8, 21, 14), color=SKIN * np.array([1, 0.93, 0.9]), lower=0, lip=0, inside=0, sinphi=0, cosphi=0, kind=3)
    p = part.points
    # A hollow, and the lobe narrower.
    hollow = bell(p[:, 1], 3, 12) * bell(p[:, 2], 2, 7) * smooth(0, 5, p[:, 0])
    p[:, 0] -= 7 * hollow
    p[:, 2] *= 1 - 0.3 * smooth(0, -20, p[:, 1])
    turn = 0.42
    x = p[:, 0] * np.cos(turn) - p[:, 2] * np.sin(turn)
    z = p[:, 0] * np.sin(turn) + p[:, 2] * np.cos(turn)
    part.points = np.stack([side * (x + 72), p[:, 1] - 8, z - 6], -1)
    if side < 0:
        part.triangles = part.triangles[:, [0, 2, 1]]
    return part


def neck_part():
    columns = 24
    u = np.arange(columns) / columns * 2 * np.pi
    rows = [(-40, 33, 36, -16), (-62, 34, 36, -15), (-85, 33, 34, -14), (-105, 33, 33, -14), (-122, 36, 35, -14), (-136, 44, 40, -15), (-150, 62, 50, -16)]
    points = np.array([np.stack([rx * np.cos(u), np.full(columns, y), rz * np.sin(u) + z], -1) for y, rx, rz, z in rows])
    color = np.broadcast_to(SKIN * 0.93, (len(rows) * columns, 3))
    return Part(points, grid(len(rows), columns, True), color, lower=0, lip=0, inside=0, sinphi=0, cosphi=0, kind=3)


def brow_part(side):
    columns, around = 11, 6
    t = np.linspace(0, 1, columns)
    x = 12 + 38 * t
    y = 33.5 + 6.5 * np.sin(np.pi * (0.30 + 0.52 * t))
    thick = smooth(-0.06, 0.12, t) * 3.3 * (0.65 + 0.5 * np.sin(np.pi * np.clip(t * 0.8 + 0.1, 0, 1))) * (1 - 0.75 * t**3)
    a = np.arange(around) / around * 2 * np.pi
    base = face(x, y)
    points = []
    for i in range(columns):
        ring = np.stack([0 * a, np.cos(a) * thick[i], np.sin(a) * 1.9], -1)
        points.append(base[i] + np.array([0, 0, 0.6]) + ring)
    points = np.array(points)
    points[:, :, 0] *= side
    return Part(points, grid(columns, around, True, flip=side > 0), HAIR * 1.3, t=np.repeat(t, around), side=side)


def brow_points(part, pose):
    side = part.fields["side"][0]
    name = "Left" if side > 0 else "Right"
    t = part.fields["t"]
    p = part.points.copy()
    inner, outer = (1 - t) ** 1.2, smooth(0.25, 0.9, t)
    down = pose.get("browDown" + name, 0)
    p[:, 1] += 8.5 * pose.get("browInnerUp", 0) * inner + 8.0 * pose.get("browOuterUp" + name, 0) * outer
    p[:, 1] -= down * (3.5 + 3.5 * inner)
    p[:, 0] -= side * down * 3.0 * inner
    p[:, 1] += 0.8 * pose.get("eyeWide" + name, 0) - 0.8 * pose.get("eyeBlink" + name, 0)
    p[:, 2] -= 0.10 * np.clip(p[:, 1] - part.points[:, 1], -20, 20)
    return p


def teeth_part(upper):
    """An arch of teeth: one band with a groove between each two, and the gum."""
    count, across = 12, 3
    columns = count * across + 1
    u = np.linspace(-1, 1, columns)
    angle = u * 1.25
    groove = np.abs(np.sin(np.pi * np.linspace(0, count, columns)))
    r = 19.0 if upper else 17.0
    z0 = face(np.zeros(1), np.array([MOUTH_Y]))[0, 2] - 28.5 - (0 if upper else 2.6)
    x = r * np.sin(angle) * 1.02
    z = z0 + r * np.cos(angle)
    sign = 1 if upper else -1
    edge = MOUTH_Y + (-0.8 if upper else -2.2)
    bite = 0.7 * (1 - groove ** 0.5)
    rows, colors = [], []
    for height, out, tone in [(0.0, -2.2, 0), (0.0, -0.4, 0), (1.2, 0.2, 0), (5.5, 0.3, 0), (7.5, 0.0, 0), (8.2, 0.8, 1), (11.5, -1.5, 1)]:
        bulge = out - 0.9 * (1 - groove ** 0.35) * (tone == 0)
        y = edge + sign * (height + (bite if height == 0 else 0))
        rows.append(np.stack([x * (r + bulge) / r, y + 0 * x, z0 + (z - z0) * (r + bulge) / r], -1))
        white = np.array([0.60, 0.56, 0.51]) * (0.72 + 0.28 * groove[:, None] ** 0.4) * (0.55 + 0.45 * np.cos(angle)[:, None])
        gum = np.array([0.24, 0.045, 0.045]) * (0.5 + 0.5 * np.cos(angle)[:, None])
        colors.append(gum if tone else white)
    return Part(np.array(rows), grid(len(rows), columns, False, flip=upper), np.array(colors).reshape(-1, 3), jaw=0 if upper else 1, tongue=0)


def tongue_part():
    part = ellipsoid((0, 0, 0), (15, 5.5, 24), rows=8, columns=14, color=np.array([0.30, 0.065, 0.06]), jaw=1, tongue=1)
    p = part.points
    p[:, 1] += -1.2 * bell(p[:, 0], 0, 4) * smooth(-2, 4, p[:, 1]) - 0.004 * p[:, 0] ** 2
    z0 = face(np.zeros(1), np.array([MOUTH_Y]))[0, 2]
    part.points = p + np.array([0, MOUTH_Y - 7.5, z0 - 37])
    return part


def rotate_jaw(p, angle, weight):
    a = angle * weight
    y, z = p[:, 1] - HINGE[1], p[:, 2] - HINGE[2]
    c, s = np.cos(a), np.sin(a)
    out = p.copy()
    out[:, 1] = HINGE[1] + y * c - z * s
    out[:, 2] = HINGE[2] + y * s + z * c
    return out


def inner_points(part, pose):
    jaw, tongue = part.fields["jaw"], part.fields["tongue"]
    p = rotate_jaw(part.points, JAW_ANGLE * pose.get("jawOpen", 0), jaw)
    p[:, 0] += jaw * 8 * (pose.get("jawLeft", 0) - pose.get("jawRight", 0))
    p[:, 2] += jaw * 6 * pose.get("jawForward", 0)
    out = pose.get("tongueOut", 0)
    front = smooth(-30, 20, part.points[:, 2] - (part.points[:, 2].max() - 24))
    p[:, 2] += tongue * out * 34 * front
    p[:, 1] += tongue * out * (3.0 - 6 * front**2)
    return p


def skin_points(part, pose):
    """The face's skin, the lips and the bag behind them."""
    if part.fields["kind"][0] == 3:
        return part.points
    g = lambda name: pose.get(name, 0.0)
    rest = part.points
    f = part.fields
    lower, lip, inside, s, c = f["lower"], f["lip"], f["inside"], f["sinphi"], f["cosphi"]
    x, y, z = rest[:, 0], rest[:, 1], rest[:, 2]
    front = smooth(-5, 45, z)
    jawed = rotate_jaw(rest, JAW_ANGLE, lower)
    full = rotate_jaw(rest, JAW_ANGLE, np.ones(len(rest))) - rest
    d = g("jawOpen") * (jawed - rest)
    # Lips meet a third of the way down when they close over an open jaw; exactly opposite to jawOpen there.
    close = 0.34 * full - (jawed - rest)
    d = d + g("mouthClose") * close * lip[:, None]
    deep = np.exp(-inside / 14)[:, None]
    near = (np.exp(-(((np.hypot(x / 1.5, y - MOUTH_Y) - 9).clip(0)) / 17) ** 2) * front)[:, None] * np.where(inside[:, None] > 0, deep, 1)
    near = np.maximum(near, lip[:, None] * np.where(inside[:, None] > 0, deep, 0))
    upper = 1 - lower
    is_left = smooth(-7, 7, x)
    sides = {"Left": is_left, "Right": 1 - is_left}
    signs = {"Left": 1.0, "Right": -1.0}
    v = lambda a, b, e: np.stack(np.broadcast_arrays(a, b, e), -1).astype(float)
    low_lip, up_lip = lower * lip, upper * lip

    centre = 1 - np.abs(c) ** 2.2
    wide = np.clip(x / LIP_HALF, -1.6, 1.6)
    d = d + g("mouthFunnel") * near * v(-9.0 * wide, up_lip * 5.2 * centre - low_lip * 7.6 * centre, 7.5 * bell(x, 0, 26) + 0 * x)
    d = d + g("mouthPucker") * near * v(-12.0 * wide, up_lip * 1.9 * centre - low_lip * 2.4 * centre, 9.5 * bell(x, 0, 24) + 0 * x)
    d = d + (g("mouthLeft") - g("mouthRight")) * near * v(9.0 + 0 * x, 0.05 * x, -0.10 * np.abs(x))
    d = d + (g("jawLeft") - g("jawRight")) * v(8.0 * lower * front, 0 * x, 0 * x)
    d = d + g("jawForward") * v(0 * x, 0 * x, 6.0 * lower * front)
    d = d + g("mouthRollLower") * v(0 * x, 0 * x, -4.6 * low_lip * centre * np.where(inside > 0, deep[:, 0], 1))
    d = d + g("mouthRollUpper") * v(0 * x, 0 * x, -4.0 * up_lip * centre * np.where(inside > 0, deep[:, 0], 1))
    shrug = near[:, 0] * bell(x, 0, 24)
    d = d + g("mouthShrugLower") * v(0 * x, 3.8 * shrug * np.where(lip > 0.99, 1, 0.8), 2.2 * lower * shrug)
    d = d + g("mouthShrugUpper") * v(0 * x, 4.6 * upper * shrug, 2.0 * upper * shrug)
    puff = bell(np.abs(x), 43, 19) * bell(y, -42, 22) * front
    d = d + g("cheekPuff") * v(np.sign(x) * 9.5 * puff, 0 * x, 7.5 * puff + 1.5 * near[:, 0] * lip)
    d = d + g("tongueOut") * v(0 * x, -low_lip * centre * 1.0, 0 * x)
    forehead = bell(y, 44, 17) * front
    d = d + g("browInnerUp") * v(0 * x, 3.5 * forehead * bell(x, 0, 24), 0 * x)
    for name, part_of in sides.items():
        sign = signs[name]
        corner = bell(np.abs(x), LIP_HALF + 4, 15) * bell(y, MOUTH_Y, 16) * part_of * front * np.where(inside > 0, np.exp(-inside / 20), 1)
        cheek = bell(np.abs(x), 42, 17) * bell(y, -24, 16) * part_of * front
        reach = near[:, 0] * part_of
        d = d + g("mouthSmile" + name) * (v(sign * 7.5 * corner, 9.0 * corner, -4.0 * corner) + v(sign * 0.5 * cheek, 3.0 * cheek, 3.4 * cheek))
        d = d + g("mouthFrown" + name) * v(sign * 1.0 * corner, -8.0 * corner, -1.5 * corner)
        d = d + g("mouthDimple" + name) * v(sign * 4.5 * corner, 1.0 * corner, -4.0 * corner)
        d = d + g("mouthStretch" + name) * v(sign * 7.5 * corner, -2.5 * corner, -3.0 * corner)
        d = d + g("mouthPress" + name) * v(0 * x, 0 * x, -1.9 * reach * lip * centre)
        ride = reach * centre
        d = d + g("mouthUpperUp" + name) * v(0 * x, 6.8 * ride * up_lip + 2.2 * reach * upper * (1 - lip), 0.8 * ride * up_lip)
        d = d + g("mouthLowerDown" + name) * v(0 * x, -6.8 * ride * low_lip - 2.2 * reach * lower * (1 - lip), 0.6 * ride * low_lip)
        d = d + g("cheekSquint" + name) * v(0 * x, 3.6 * cheek, 2.6 * cheek)
        sneer = bell(np.abs(x), 11, 9) * bell(y, -18, 15) * part_of * front
        d = d + g("noseSneer" + name) * (v(sign * 1.2 * sneer, 3.4 * sneer, 1.2 * sneer) + v(0 * x, 1.3 * up_lip * part_of * centre, 0 * x))
        brow = bell(np.abs(x), 31, 22) * forehead * part_of
        d = d + g("browOuterUp" + name) * v(0 * x, 3.2 * brow, 0 * x) - g("browDown" + name) * v(0 * x, 2.6 * brow, -0.8 * brow)
    return rest + d


def hair_part():
    """A bob: a shell that follows the skull, opens for the face and falls to the chin."""
    columns, rows = 78, 15
    psi = np.arange(columns) / columns * 2 * np.pi  # 0 in front, towards +X
    a = np.abs((psi + np.pi) % (2 * np.pi) - np.pi)
    signed = (psi + np.pi) % (2 * np.pi) - np.pi
    # A parting on the character's right: the fringe sweeps to the left.
    fringe = 56 + 9 * np.sin((signed + 0.45) * 2.4) - 6 * bell(signed, 0.75, 0.30)
    bottom = -86 + 10 * bell(a, np.pi, 0.9)
    edge = fringe + (bottom - fringe) * smooth(0.80, 1.12, a)
    points = []
    for r in range(rows):
        t = r / (rows - 3) if r <= rows - 3 else 1.0
        y = 108 - (108 - edge) * np.clip(t, 0, 1) ** 1.15
        k = np.clip(y / 108, -1, 1)
        ring = np.sqrt(np.clip(1 - np.clip(k, 0.0, 1) ** 2.6, 0, 1))
        below = np.clip(-y / 86, 0, 1)
        flare = 1 + 0.06 * np.sin(below * 2.4) - 0.16 * below**3
        groove = (np.sin(psi * 18 + 1.6 * np.sin(psi * 3) + 2.2 * t) * 1.0 + np.sin(psi * 11 + 1) * 1.3) * smooth(0.05, 0.35, t)
        rx = (83.5 + groove) * ring * flare
        rz = (97.0 + groove) * ring * flare
        # The face side is held back, so that cheeks and ears show a little.
        x = rx * np.sin(psi)
        z = rz * np.cos(psi) - 4
        lift = 5.0 * bell(signed, -0.30, 0.35) * smooth(0.5, 0.1, np.abs(t - 0.45))
        p = np.stack([x, y + lift * 0.4, z], -1)
        if r == rows - 2:
            p = p * np.array([0.955, 1, 0.955]) + np.array([0, -1.5, 0])
        if r == rows - 1:
            p = p * np.array([0.86, 1, 0.86]) + np.array([0, 6.0, 0])
        points.append(p)
    points = np.array(points)
    strand = 0.75 + 0.45 * (0.5 + 0.5 * np.sin(psi * 18 + 1.6 * np.sin(psi * 3)))
    color = np.broadcast_to(HAIR, (rows, columns, 3)) * strand[None, :, None]
    return Part(points, grid(rows, columns, True), color.reshape(-1, 3))


def clothes_part():
    columns = 40
    u = np.arange(columns) / columns * 2 * np.pi
    rows = [(-146, 40, 38, -15, 0), (-124, 42, 41, -14, 0), (-122, 46, 45, -14, 0), (-127, 51, 50, -14, 0), (-136, 58, 55, -15, 0), (-138, 62, 57, -15, 1), (-150, 100, 62, -16, 1), (-164, 138, 70, -17, 1),
            (-183, 166, 76, -18, 1), (-205, 184, 82, -18, 1), (-235, 190, 88, -18, 1), (-280, 186, 94, -16, 1), (-340, 172, 98, -14, 1), (-420, 160, 96, -12, 1)]
    colors = [np.array([0.75, 0.72, 0.66]), np.array([0.045, 0.20, 0.24])]
    points, color = [], []
    for y, rx, rz, z, tone in rows:
        c, s = np.cos(u), np.sin(u)
        # Shoulders: square-ish in plan, lower at their ends.
        power = 0.82
        x = rx * np.sign(c) * np.abs(c) ** power
        drop = -16 * np.abs(c) ** 3 * smooth(70, 150, rx)
        chest = 10 * bell(x, 0, 80) * np.clip(s, 0, 1) * smooth(-170, -260, y)
        points.append(np.stack([x, y + drop, rz * s + z + chest], -1))
        color.append(np.broadcast_to(colors[tone], (columns, 3)))
    return Part(np.array(points), grid(len(rows), columns, True), np.array(color).reshape(-1, 3))


def normals(points, triangles):
    a, b, c = (points[triangles[:, i]] for i in range(3))
    n = np.cross(b - a, c - a)
    total = np.zeros_like(points)
    for i in range(3):
        np.add.at(total, triangles[:, i], n)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


class Mesh:
    def __init__(self, name, parts, pose_points, material, bone):
        self.name, self.parts, self.pose_points, self.material, self.bone = name, parts, pose_points, material, bone
        offset, triangles = 0, []
        for part in parts:
            triangles.append(part.triangles + offset)
            offset += len(part.points)
        self.triangles = np.concatenate(triangles)
        self.colors = np.concatenate([p.color for p in parts])

    def posed(self, pose):
        points = np.concatenate([self.pose_points(p, pose) for p in self.parts])
        return points, normals(points, self.triangles)


def head_points(part, pose):
    return lid_points(part, pose) if part.fields["kind"][0] in (1, 2) else skin_points(part, pose)


def still(part, pose):
    return part.points


def meshes():
    sides = (1, -1)
    lids = [p for side in sides for p in lid_parts(side)]
    ears = [ear_part(side) for side in sides]
    return [
        Mesh("Head", [skin_part(), *lids, *ears, neck_part()], head_points, 0, "head"),
        Mesh("EyeLeft", [eye_part(1)], eye_points, 1, "leftEye"),
        Mesh("EyeRight", [eye_part(-1)], eye_points, 1, "rightEye"),
        Mesh("Brows", [brow_part(side) for side in sides], brow_points, 2, "head"),
        Mesh("Mouth", [teeth_part(True), teeth_part(False), tongue_part()], inner_points, 3, "head"),
        Mesh("Hair", [hair_part()], still, 2, "head"),
        Mesh("Clothes", [clothes_part()], still, 4, "chest"),
    ]


def poses():
    table = {name: {name: 1.0} for name in ARKIT}
    table.update({"viseme_" + name: pose for name, pose in VISEMES.items()})
    return table


BONES = [("hips", None, (0, 0.95, 0)), ("spine", "hips", (0, 1.10, 0)), ("chest", "spine", (0, 1.25, -0.01)),
         ("neck", "chest", (0, 1.45, -0.015)), ("head", "neck", (0, 1.52, -0.012)),
         ("leftEye", "head", (EYE[0] / 1000, HEAD_HEIGHT + EYE[1] / 1000, EYE[2] / 1000)),
         ("rightEye", "head", (-EYE[0] / 1000, HEAD_HEIGHT + EYE[1] / 1000, EYE[2] / 1000))]
MATERIALS = [("Skin", 0.52, False), ("Eyes", 0.06, False), ("Hair", 0.62, True), ("Mouth", 0.30, True), ("Clothes", 0.85, True)]


def joints_and_weights(mesh, points, bones):
    """Head and eyes are rigid; the neck and the clothes bend between two bones."""
    names = [b[0] for b in bones]
    joints = np.zeros((len(points), 4), dtype="u1")
    weights = np.zeros((len(points), 4))
    joints[:, 0] = names.index(mesh.bone)
    weights[:, 0] = 1
    if mesh.name == "Head":
        neck = smooth(-60, -115, points[:, 1]) * (points[:, 2] < 45)
        chest = smooth(-115, -150, points[:, 1])
        joints[:, 1], joints[:, 2] = names.index("neck"), names.index("chest")
        weights[:, 1] = neck * (1 - chest)
        weights[:, 2] = neck * chest
        weights[:, 0] = 1 - weights[:, 1] - weights[:, 2]
    joints[weights <= 0] = 0
    return joints, weights


def build(path):
    glb = GLB()
    doc = glb.json
    nodes = doc["nodes"]
    index = {name: i for i, (name, _, _) in enumerate(BONES)}
    places = {name: np.array(p) for name, _, p in BONES}
    for name, parent, place in BONES:
        local = places[name] - (places[parent] if parent else 0)
        nodes.append({"name": name, "translation": [float(v) for v in local]})
        if parent:
            nodes[index[parent]].setdefault("children", []).append(index[name])
    doc["scenes"][0]["nodes"] = [index["hips"]]
    inverse = np.tile(np.eye(4), (len(BONES), 1, 1))
    for i, (name, _, _) in enumerate(BONES):
        inverse[i, 3, :3] = -places[name]
    doc["skins"] = [{"joints": list(range(len(BONES))), "skeleton": 0,
                     "inverseBindMatrices": glb.accessor(inverse.reshape(-1, 16), "MAT4")}]
    for name, roughness, double in MATERIALS:
        material = {"name": name, "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": roughness}}
        if double:
            material["doubleSided"] = True
        doc["materials"].append(material)
    origin = np.array([0, HEAD_HEIGHT, 0])
    triangles = 0
    for mesh in meshes():
        points, normal = mesh.posed({})
        metres = points / 1000 + origin
        joints, weights = joints_and_weights(mesh, points, BONES)
        color = np.concatenate([mesh.colors, np.ones((len(points), 1))], 1)
        attributes = {
            "POSITION": glb.accessor(metres, "VEC3", target=34962, bounds=True),
            "NORMAL": glb.accessor(normal, "VEC3", target=34962),
            "COLOR_0": glb.accessor(np.round(color * 65535), "VEC4", component=5123, target=34962, normalized=True),
            "JOINTS_0": glb.accessor(joints, "VEC4", component=5121, target=34962),
            "WEIGHTS_0": glb.accessor(weights, "VEC4", target=34962),
        }
        names, targets = [], []
        for name, pose in poses().items():
            moved, turned = mesh.posed(pose)
            if np.abs(moved - points).max() < 1e-3 and name != "viseme_sil":
                continue
            if mesh.name in ("Hair", "Clothes"):
                continue
            names.append(name)
            targets.append({"POSITION": glb.sparse((moved - points) / 1000, True),
                            "NORMAL": glb.sparse(np.where(np.abs(turned - normal) > 1e-4, turned - normal, 0), False)})
        primitive = {"attributes": attributes, "material": mesh.material, "mode": 4,
                     "indices": glb.accessor(mesh.triangles.reshape(-1), "SCALAR", component=5123, target=34963)}
        entry = {"name": mesh.name, "primitives": [primitive]}
        if targets:
            primitive["targets"] = targets
            entry["extras"] = {"targetNames": names}
            entry["weights"] = [0.0] * len(names)
        doc["meshes"].append(entry)
        nodes.append({"name": mesh.name, "mesh": len(doc["meshes"]) - 1, "skin": 0})
        doc["scenes"][0]["nodes"].append(len(nodes) - 1)
        triangles += len(mesh.triangles)
    size = glb.write(path)
    print(f"{path}: {size / 1e6:.2f} MB, {triangles} triangles")


if __name__ == "__main__":
    build(sys.argv[1])
