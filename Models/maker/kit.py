"""Kit, a friendly robot whose face is a screen: VRM expressions only."""
import numpy as np

from gltf import Part, grid
from shapes import step

FACE_Z = 84.0
TEAL, CORAL, SHELL, DARK = ([0.02, 0.30, 0.36], [0.72, 0.13, 0.03], [0.62, 0.64, 0.65], [0.05, 0.06, 0.08])


def rounded(centre, radii, power, rows=26, cols=40):
    """A box with soft corners (superellipsoid)."""
    u = np.linspace(-np.pi / 2, np.pi / 2, rows)[:, None]
    v = np.linspace(-np.pi, np.pi, cols, endpoint=False)[None]

    def bend(x):
        return np.sign(x) * np.abs(x) ** power

    p = np.stack([bend(np.cos(u)) * bend(np.sin(v)), bend(np.sin(u)) + 0 * v, bend(np.cos(u)) * bend(np.cos(v))], -1)
    p = p.reshape(-1, 3) * radii
    t = grid(rows, cols, True)
    q = p[t]
    n = np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])
    solid = np.linalg.norm(n, axis=1) > 1e-6
    t = t[solid]
    if (n[solid] * q[solid].mean(1)).sum() < 0:
        t = t[:, ::-1]
    return p + np.array(centre), t


COLLAR = np.array([0, -135.0, -8])
"""The middle of the ring round the neck's foot; half of the ring is sunk into the trunk."""


def trunk():
    """A soft box whose top is level where the collar lies."""
    p, t = rounded((0, -212, -10), (98, 80, 68), 0.56, 22, 40)
    away = np.hypot(*(p - COLLAR)[:, ::2].T)
    level = (1 - step(away, 50, 80)) * step(p[:, 1], -175, -142)
    p[:, 1] += level * (COLLAR[1] - p[:, 1])
    return p, t


def collar(rows=10, cols=64):
    """The ring's upper half, and a little below."""
    u = np.radians(np.linspace(200, -20, rows))[:, None]
    v = 2 * np.pi * np.arange(cols) / cols
    r, y = 38.5 + 7.5 * np.cos(u), 8 * np.sin(u)
    p = np.stack([r * np.sin(v), y + 0 * v, r * np.cos(v)], -1).reshape(-1, 3)
    return p + COLLAR, grid(rows, cols, True)


def joined(pieces):
    """One part of several (points, triangles, colour)."""
    points, tris, colors, base = [], [], [], 0
    for (p, t), c in pieces:
        points.append(p)
        tris.append(t + base)
        colors.append(np.tile(c, (len(p), 1)))
        base += len(p)
    return np.concatenate(points), np.concatenate(tris), np.concatenate(colors)


def disc(centre, width, height, bend, lift, power=0.8, rows=6, cols=32, tilt=0.0):
    """A glowing patch on the screen; `bend` raises its ends like a smile, `tilt` one end."""
    a = 2 * np.pi * np.arange(cols) / cols
    s = np.linspace(0.0001, 1, rows)[:, None]
    x = s * width * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** power
    y = s * height * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** power + bend * ((x / max(width, 1e-6)) ** 2 - 0.35)
    y = y + tilt * x / max(width, 1e-6)
    x, y = x + centre[0], y + centre[1]
    # The screen is gently curved; what lies over something else keeps clear of it by its lift.
    z = FACE_Z + 9.4 - (x / 100) ** 2 * 6 - ((y + 6) / 90) ** 2 * 4 + lift
    p = np.stack([x, y, z], -1).reshape(-1, 3)
    return p, grid(rows, cols, True)


def features(pose):
    """What glows for a pose: eyes and mouth; glints in the eyes; cheeks and tongue."""
    main, glints, warm = [], [], []
    for side, sign in (("L", 1), ("R", -1)):
        shut = np.clip(pose.get("blink" + side, 0) + pose.get("blink", 0), 0, 1)
        glad, sad = pose.get("glad", 0), pose.get("sad", 0)
        tall = 21.0 * (1 + 0.20 * pose.get("wide", 0) - 0.40 * pose.get("narrow", 0)) * (1 - 0.58 * glad)
        wide = 17.0 * (1 + 0.12 * pose.get("wide", 0) + 0.10 * glad)
        tall = tall + (2.2 - tall) * shut
        centre = (sign * 38, 14 - 4 * sad + 2 * glad, 0)
        tilt = sign * (8 * pose.get("narrow", 0) - 7 * sad) * (1 - shut)
        main.append(disc(centre, wide, tall, -10.0 * glad * (1 - shut) - 3 * shut, 0.6, tilt=tilt))
        shown = (1 - shut) * (1 - glad) * (1 - 0.4 * pose.get("narrow", 0))
        for dx, dy, radius, columns in ((5.5, 8.5, 5.2, 14), (-5.5, -8.0, 2.6, 10)):
            place = (centre[0] + dx, centre[1] + dy * tall / 21, 0)
            glints.append(disc(place, radius * shown, 1.08 * radius * shown, 0, 1.8, 1.0, 3, columns))
        blush = 1 + 0.35 * glad - 0.5 * sad
        warm.append(disc((sign * 63, -14 + 5 * glad, 0), 9.5 * blush, 5.5 * blush, 0, 0.4, 1.0, 3, 18))
    gap, width = pose.get("open", 0), 25.0 + pose.get("width", 0)
    main.append(disc((0, -37, 0), width, 3.0 + gap, 6.0 + pose.get("bend", 0), 0.6, 0.8))
    # The tongue shows in a mouth that opens wide, and not at all in any other.
    lick = np.clip((gap - 10) / 3, 0, 1)
    warm.append(disc((0, -37 - 0.50 * gap - 1.5, 0), width * 0.55 * lick, gap * 0.40 * lick, 0, 1.8, 1.0, 3, 18))
    return [joined([(o, (1, 1, 1)) for o in group]) for group in (main, glints, warm)]


def gesture(points, pose):
    """How antenna and ears go along with a feeling."""
    d = np.zeros_like(points)
    # The ball on top moves as a whole.
    t = np.where(points[:, 1] > 124, 0.9, np.clip((points[:, 1] - 84) / 60, 0, 1)) * (np.abs(points[:, 0]) < 40)
    up = 10 * pose.get("wide", 0) + 6 * pose.get("glad", 0) - 14 * pose.get("sad", 0) - 4 * pose.get("narrow", 0)
    d[:, 1] += up * t
    d[:, 0] += 22 * pose.get("sad", 0) * t ** 2
    d[:, 2] -= 16 * pose.get("narrow", 0) * t ** 2
    ear = np.clip((np.abs(points[:, 0]) - 103) / 8, 0, 1)
    d[:, 1] += (5 * pose.get("wide", 0) + 5 * pose.get("glad", 0) - 9 * pose.get("sad", 0)) * ear
    return d


POSES = {
    "aa": {"open": 17, "width": 0}, "ih": {"open": 6, "width": 4}, "ou": {"open": 6.5, "width": -15, "bend": -5},
    "ee": {"open": 8.5, "width": 8}, "oh": {"open": 13, "width": -10, "bend": -5},
    "blink": {"blink": 1}, "blinkLeft": {"blinkL": 1}, "blinkRight": {"blinkR": 1},
    "happy": {"glad": 1, "bend": 6, "width": 8, "open": 6}, "angry": {"narrow": 1, "bend": -12, "width": -3},
    "sad": {"sad": 1, "bend": -14, "width": -5}, "surprised": {"wide": 1, "open": 10, "width": -11, "bend": -5},
    "relaxed": {"glad": 0.4, "bend": 3},
}


def body():
    """Head, neck and trunk as (points, triangles, colours)."""
    head = [(rounded((0, 0, 0), (106, 88, 80), 0.46, 24, 44), SHELL),
            (rounded((0, 108, 0), (3.2, 28, 3.2), 0.6, 8, 10), DARK),
            (rounded((0, 138, 0), (12, 12, 12), 1.0, 10, 16), CORAL)]
    chest = [(trunk(), SHELL),
             (collar(), TEAL),
             (rounded((0, -205, 56), (19, 19, 6), 0.9, 16, 24), TEAL)]
    for sign in (1, -1):
        head += [(rounded((sign * 110, -2, 0), (12, 36, 36), 0.7, 10, 22), CORAL),
                 (rounded((sign * 121, -2, 0), (6, 20, 20), 0.8, 8, 18), SHELL)]
        chest += [(rounded((sign * 116, -190, -12), (32, 34, 34), 0.95, 12, 20), CORAL),
                  (rounded((sign * 130, -256, -8), (23, 52, 25), 0.8, 12, 18), SHELL)]
    neck = [(rounded((0, -97 - 13 * k, COLLAR[2]), (34 - 1.5 * (k % 2), 8, 34), 0.7, 8, 26), DARK) for k in range(4)]
    return joined(head), joined(neck), joined(chest)


def screen():
    p, t = rounded((0, -5, FACE_Z - 20), (90, 69, 30), 0.36, 22, 44)
    x, y = p[:, 0], p[:, 1]
    front = p[:, 2] > FACE_Z - 10
    p[front, 2] = np.minimum(p[front, 2], FACE_Z + 9) - ((x / 100) ** 2 * 6 + ((y + 6) / 90) ** 2 * 4)[front]
    return Part("Screen", p, t)


def parts():
    """(part, bone) pairs, what glows last."""
    made = []
    for name, bone, (p, t, c) in zip(("Head", "Neck", "Trunk"), ("head", "neck", "chest"), body()):
        made.append((Part(name, p, t, color=c), bone))
    for pose in POSES:
        made[0][0].morph(pose, gesture(made[0][0].points, POSES[pose]))
    made.append((screen(), "head"))
    neutral = features({})
    for k, name in enumerate(("Face", "Glint", "Blush")):
        p, t, _ = neutral[k]
        q = p[t]
        if np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])[:, 2].sum() < 0:
            t = t[:, ::-1]
        glow = Part(name, p, t)
        glow.normals = np.tile([0.0, 0, 1], (len(p), 1))
        for pose in POSES:
            glow.morph(pose, features(POSES[pose])[k][0] - p, glow.normals)
        made.append((glow, "head"))
    return made
