"""Kit, a friendly robot whose face is a screen: VRM expressions only."""
import numpy as np

from gltf import Part, grid

FACE_Z = 83.0


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


def joined(pieces):
    """One part of several (points, triangles, colour)."""
    points, tris, colors, base = [], [], [], 0
    for (p, t), c in pieces:
        points.append(p)
        tris.append(t + base)
        colors.append(np.tile(c, (len(p), 1)))
        base += len(p)
    return np.concatenate(points), np.concatenate(tris), np.concatenate(colors)


def disc(centre, width, height, bend, lift, power=0.8, rows=7, cols=32):
    """A glowing patch on the screen; `bend` raises its ends like a smile."""
    a = 2 * np.pi * np.arange(cols) / cols
    s = np.linspace(0.0001, 1, rows)[:, None]
    x = s * width * np.sign(np.cos(a)) * np.abs(np.cos(a)) ** power
    y = s * height * np.sign(np.sin(a)) * np.abs(np.sin(a)) ** power + bend * ((x / max(width, 1e-6)) ** 2 - 0.35)
    x, y = x + centre[0], y + centre[1]
    # The screen is gently curved.
    z = FACE_Z + 9.4 - (x / 100) ** 2 * 6 - ((y + 6) / 90) ** 2 * 4 + lift * (1.2 - s)
    p = np.stack([x, y, z], -1).reshape(-1, 3)
    return p, grid(rows, cols, True)


def features(pose):
    """Eyes and mouth for a pose: wide, open, bend of the mouth; lids left and right; eyes' happiness."""
    out = []
    for side, sign in (("L", 1), ("R", -1)):
        shut = np.clip(pose.get("blink" + side, 0) + pose.get("blink", 0), 0, 1)
        tall = 17.0 * (1 + 0.25 * pose.get("wide", 0) - 0.35 * pose.get("narrow", 0))
        bend = -9.0 * pose.get("glad", 0) + 5 * pose.get("sad", 0)
        tall = tall * (1 - 0.55 * pose.get("glad", 0))
        out.append(disc((sign * 34, 12 - 3 * pose.get("sad", 0), 0), 14.0, tall + (1.6 - tall) * shut, bend, 1.0))
    width = 24.0 + pose.get("width", 0)
    out.append(disc((0, -38, 0), width, 2.6 + pose.get("open", 0), 5.5 + pose.get("bend", 0), 1.0, 0.75))
    return joined([(o, (1, 1, 1)) for o in out])


POSES = {
    "aa": {"open": 17, "width": 0}, "ih": {"open": 6, "width": 3}, "ou": {"open": 6, "width": -14, "bend": -4},
    "ee": {"open": 8.5, "width": 6}, "oh": {"open": 13, "width": -10, "bend": -4},
    "blink": {"blink": 1}, "blinkLeft": {"blinkL": 1}, "blinkRight": {"blinkR": 1},
    "happy": {"glad": 1, "bend": 8, "width": 6, "open": 1.5}, "angry": {"narrow": 1, "bend": -11, "width": -3},
    "sad": {"sad": 1, "bend": -13, "narrow": 0.4}, "surprised": {"wide": 1, "open": 9, "width": -11, "bend": -4},
    "relaxed": {"glad": 0.4, "bend": 3},
}


def body():
    shell, trim, dark = np.array([0.52, 0.55, 0.58]), np.array([0.62, 0.15, 0.015]), np.array([0.05, 0.06, 0.08])
    head_pieces = [(rounded((0, 0, 0), (104, 88, 80), 0.42, 34, 56), shell),
                   (rounded((110, 0, 0), (13, 34, 34), 0.6, 14, 24), trim),
                   (rounded((-110, 0, 0), (13, 34, 34), 0.6, 14, 24), trim),
                   (rounded((0, 108, 0), (3.5, 26, 3.5), 0.6, 8, 12), dark),
                   (rounded((0, 138, 0), (11, 11, 11), 1.0, 14, 20), trim)]
    neck = [(rounded((0, -98 - 13 * k, -8), (34 - 1.5 * (k % 2), 8, 34), 0.7, 10, 32), dark) for k in range(3)]
    torso = [(rounded((0, -222, -10), (118, 92, 78), 0.5, 28, 48), shell),
             (rounded((0, -146, -10), (58, 14, 50), 0.6, 12, 36), trim),
             (rounded((140, -205, -12), (36, 40, 38), 0.85, 16, 24), trim),
             (rounded((-140, -205, -12), (36, 40, 38), 0.85, 16, 24), trim),
             (rounded((0, -215, 66), (17, 17, 6), 0.9, 12, 24), np.array([0.10, 0.75, 0.85]))]
    return joined(head_pieces), joined(neck), joined(torso)


def screen():
    p, t = rounded((0, -6, FACE_Z - 20), (88, 68, 30), 0.34, 34, 56)
    x, y = p[:, 0], p[:, 1]
    front = p[:, 2] > FACE_Z - 10
    p[front, 2] = np.minimum(p[front, 2], FACE_Z + 9) - ((x / 100) ** 2 * 6 + ((y + 6) / 90) ** 2 * 4)[front]
    return Part("Screen", p, t)


def parts():
    """(part, bone) pairs, the glowing face last."""
    made = []
    for name, bone, (p, t, c) in zip(("Head", "Neck", "Body"), ("head", "neck", "chest"), body()):
        made.append((Part(name, p, t, color=c), bone))
    made.append((screen(), "head"))
    p, t, c = features({})
    glow = Part("Face", p, t)
    q = p[t]
    if np.cross(q[:, 1] - q[:, 0], q[:, 2] - q[:, 0])[:, 2].sum() < 0:
        glow = Part("Face", p, t[:, ::-1])
    for name, pose in POSES.items():
        glow.morph(name, features(pose)[0] - p)
    made.append((glow, "head"))
    return made
