"""What each shape does to lids, lips, jaw and skin, in millimetres. Left is +X."""
import numpy as np

import head
from head import EYE_COLUMNS
from skin import BORDER, CONTACT, EYE_STEPS

JAW = np.radians(29.0)


def turn_jaw(points, weight, angle=JAW):
    a = weight * angle
    q = points - head.HINGE
    c, s = np.cos(a), np.sin(a)
    y, z = q[:, 1] * c - q[:, 2] * s, q[:, 1] * s + q[:, 2] * c
    return np.stack([q[:, 0], y, z], 1) + head.HINGE - points


def step(x, a, b):
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def jaw_weight(p):
    chin = step(p[:, 1], -40, -74)
    neck = step(p[:, 1], -160, -100 - 8 * step(p[:, 2], 0, 60))
    return chin * neck * step(p[:, 2], -14, 52)


VISEMES = {
    "sil": {},
    "PP": {"press": 0.7, "rollU": 0.22, "rollL": 0.28},
    "FF": {"jaw": 0.05, "tuck": 1.0, "upL": 0.5, "upR": 0.5},
    "TH": {"jaw": 0.15, "dnL": 0.25, "dnR": 0.25, "upL": 0.12, "upR": 0.12, "tip": 1.0},
    "DD": {"jaw": 0.13, "dnL": 0.3, "dnR": 0.3, "upL": 0.15, "upR": 0.15, "tipUp": 1.0},
    "kk": {"jaw": 0.17, "dnL": 0.25, "dnR": 0.25, "upL": 0.15, "upR": 0.15, "back": 1.0},
    "CH": {"jaw": 0.07, "funnel": 0.75, "pucker": 0.12},
    "SS": {"jaw": 0.01, "dnL": 0.5, "dnR": 0.5, "upL": 0.35, "upR": 0.35, "stretchL": 0.25, "stretchR": 0.25},
    "nn": {"jaw": 0.11, "dnL": 0.2, "dnR": 0.2, "upL": 0.12, "upR": 0.12, "tipUp": 1.0},
    "RR": {"jaw": 0.09, "funnel": 0.55, "pucker": 0.25, "back": 0.5},
    "aa": {"jaw": 0.50, "upL": 0.22, "upR": 0.22, "dnL": 0.15, "dnR": 0.15},
    "E": {"jaw": 0.27, "stretchL": 0.4, "stretchR": 0.4, "upL": 0.25, "upR": 0.25, "dnL": 0.3, "dnR": 0.3},
    "I": {"jaw": 0.14, "smileL": 0.3, "smileR": 0.3, "stretchL": 0.25, "stretchR": 0.25, "upL": 0.22,
          "upR": 0.22, "dnL": 0.4, "dnR": 0.4},
    "O": {"jaw": 0.32, "funnel": 0.80, "pucker": 0.45},
    "U": {"jaw": 0.10, "funnel": 0.35, "pucker": 0.90},
}


READY_PLAYER_ME = {"mouthOpen": {"jaw": 0.42}, "mouthSmile": {"smile": 0.9}, "eyesClosed": {"blink": 1}, "eyesLookUp": {"pitch": 22},
                   "eyesLookDown": {"pitch": -25}}
"""Shapes that Ready Player Me's files have beside ARKit's."""


def table():
    """Every target's name and its controls, ARKit's 52 first."""
    out = {"browInnerUp": {"browInner": 1}, "cheekPuff": {"puff": 1}, "jawForward": {"jawF": 1},
           "jawLeft": {"jawX": 1}, "jawRight": {"jawX": -1}, "jawOpen": {"jaw": 1}, "mouthClose": {"close": 1},
           "mouthFunnel": {"funnel": 1}, "mouthPucker": {"pucker": 1}, "mouthLeft": {"mouthX": 1},
           "mouthRight": {"mouthX": -1}, "mouthRollLower": {"rollL": 1}, "mouthRollUpper": {"rollU": 1},
           "mouthShrugLower": {"shrugL": 1}, "mouthShrugUpper": {"shrugU": 1}, "tongueOut": {"tongue": 1}}
    for s, side in (("L", "Left"), ("R", "Right")):
        inward, outward = ("R", "L") if s == "L" else ("L", "R")
        out.update({
            "browDown" + side: {"browDn" + s: 1}, "browOuterUp" + side: {"browUp" + s: 1},
            "cheekSquint" + side: {"cheek" + s: 1}, "eyeBlink" + side: {"blink" + s: 1},
            "eyeLookDown" + side: {"pitch" + s: -25}, "eyeLookUp" + side: {"pitch" + s: 22},
            "eyeLookIn" + side: {"yaw" + s: -28 if s == "L" else 28},
            "eyeLookOut" + side: {"yaw" + s: 28 if s == "L" else -28},
            "eyeSquint" + side: {"squint" + s: 1}, "eyeWide" + side: {"wide" + s: 1},
            "mouthDimple" + side: {"dimple" + s: 1}, "mouthFrown" + side: {"frown" + s: 1},
            "mouthLowerDown" + side: {"dn" + s: 1}, "mouthPress" + side: {"press" + s: 1},
            "mouthSmile" + side: {"smile" + s: 1}, "mouthStretch" + side: {"stretch" + s: 1},
            "mouthUpperUp" + side: {"up" + s: 1}, "noseSneer" + side: {"sneer" + s: 1}})
    out = dict(sorted(out.items(), key=lambda kv: (kv[0] == "tongueOut", kv[0])))
    out.update({"viseme_" + k: v for k, v in VISEMES.items()})
    return out


def control(pose, name, side):
    """A control of one side, plus what was given for both."""
    return pose.get(name + side, 0) + pose.get(name, 0)


def lips(skin, pose):
    """Displacement of every point of the mouth's loops."""
    p = skin.points
    rest = p
    c, s, row = skin.lip_c, skin.lip_side, skin.lip_row
    on = row >= 0
    ac = np.minimum(np.abs(c), 1)
    round_ = np.sqrt(np.maximum(1 - ac ** 2, 0))
    d = np.zeros_like(p)
    jaw = pose.get("jaw", 0)
    # Inner loops deep in the mouth follow skull or jaw wholly.
    w_open = np.where(s > 0, 0.5 - 0.5 * round_, np.where(s < 0, 0.5 + 0.5 * round_, 0.5))

    def opened(amount):
        e = turn_jaw(p, w_open * amount)
        e[:, 0] -= np.sign(c) * 3.5 * amount * ac
        e[:, 1] -= 0.75 * amount * skin.lip_curve
        return e

    d += opened(jaw)
    close = pose.get("close", 0)
    if close:
        d += close * (turn_jaw(p, np.full(len(p), 0.42)) - opened(1.0))
    aside = 5 * pose.get("jawX", 0) * w_open
    d[:, 0] += aside
    # The lips slide along their line of contact, which is bent; half of it, for they also give way.
    d[:, 1] += 0.5 * (skin.head.lip_curve(p[:, 0] + aside) - skin.head.lip_curve(p[:, 0]))
    d[:, 2] += 6 * pose.get("jawF", 0) * w_open
    thick = np.clip((row - BORDER) / (CONTACT - BORDER), 0, 1)  # 0 at the border, 1 at the line of contact
    inner = np.clip((row - CONTACT) / 4.0, 0, 1)
    low, up = (s < 0).astype(float), (s > 0).astype(float)
    fade = 1 - 0.6 * np.minimum(inner, 0.75) ** 2
    body = round_ ** 0.8
    for side, sign in (("L", 1.0), ("R", -1.0)):
        k = c * sign
        # A side's share of a lip, smooth through the middle.
        half = step(k, -0.75, 0.45) * (1 - step(k, 0.40, 1.0))
        corner = step(k, 0.15, 1.0)
        wide = step(k, -0.3, 1.0)
        g = control(pose, "up", side) + 0.35 * control(pose, "sneer", side)
        d[:, 1] += g * 5.2 * half * up * fade
        d[:, 2] += g * 0.8 * half * up * fade
        g = control(pose, "dn", side)
        d[:, 1] -= g * 5.2 * half * low * fade
        d[:, 2] -= g * 0.6 * half * low * fade
        own = np.clip(k, 0, 1)
        bend = own ** 2
        g = control(pose, "smile", side)
        d += g * fade[:, None] * (bend[:, None] * [0, 7.6, -3.5] + own[:, None] * [9.5 * sign, 0, -2.0])
        d[:, 1] -= g * 1.3 * wide * body * fade
        d[:, 2] -= g * 0.8 * wide * body * fade
        height = p[:, 1] - head.MOUTH_Y - skin.lip_curve
        d[:, 1] -= g * half * fade * (0.18 * height * (1 - inner) + 0.45 * skin.lip_bow)
        g = control(pose, "frown", side)
        d += g * (fade * bend)[:, None] * [1.5 * sign, -8.0, -1.5]
        d[:, 1] += g * 1.2 * half * body * fade
        g = control(pose, "dimple", side)
        d += g * (fade * corner)[:, None] * [5.0 * sign, 1.2, -4.5]
        g = control(pose, "stretch", side)
        d += g * fade[:, None] * (own[:, None] * [8.0 * sign, 0, 0] + bend[:, None] * [0, -2.6, -4.5])
        g = control(pose, "press", side)
        mid = step(k, -0.5, 0.3) * body
        flat = 1 - thick
        d[:, 1] += g * mid * flat * (up * -1.8 + low * 2.0)
        d[:, 2] -= g * mid * thick * 0.9
    # Both sides at once.
    x = p[:, 0]
    g = pose.get("funnel", 0)
    if g:
        d[:, 0] -= g * x * 0.19 * fade
        d[:, 2] += g * fade * (5.0 + 2.0 * body + 3.0 * thick)
        d[:, 1] += g * fade * (-2.2 + round_ * (up * (4.2 - 0.2 * thick) - low * (1.4 + 2.6 * thick)))
    g = pose.get("pucker", 0)
    if g:
        d[:, 0] -= g * x * 0.39 * fade
        d[:, 2] += g * fade * (7.0 + 2.0 * body + 2.5 * thick)
        d[:, 1] += g * fade * (-1.4 + round_ * (1 - thick) * (up + low))
    # Together they take the lips' bow away, and no more: shapes add up.
    round_lips = min(pose.get("funnel", 0) * 0.45 + pose.get("pucker", 0) * 0.55, 1.0)
    d[:, 1] -= round_lips * (1.0 * skin.lip_bow + 0.95 * skin.lip_curve)
    g = pose.get("mouthX", 0)
    d[:, 0] += g * 9.0 * fade
    d[:, 2] -= g * c * 4.0 * fade
    for name, which, sign in (("rollU", up, -1.0), ("rollL", low, 1.0)):
        g = pose.get(name, 0)
        d[:, 2] -= g * which * body * fade * (1.2 + 4.2 * thick)
        d[:, 1] += g * which * sign * body * (5.6 if sign > 0 else 3.8 * body) * (1 - thick) * 0.8
    g = pose.get("shrugL", 0)
    d[:, 1] += g * body * (low * 4.0 + up * 3.4) * fade
    d[:, 2] += g * body * low * 2.6 * fade
    g = pose.get("shrugU", 0)
    d[:, 1] += g * body * up * 4.2 * fade
    d[:, 2] += g * body * up * 2.0 * fade
    g = pose.get("puff", 0)
    d[:, 2] += g * 1.2 * body * fade
    d[:, 0] -= g * x * 0.05
    g = pose.get("tuck", 0)
    if g:  # the lower lip under the upper teeth's edge
        d[:, 1] += g * low * body * fade * (1.8 + 1.2 * thick)
        d[:, 2] -= g * low * body * fade * (2.0 + 5.2 * thick)
    g = pose.get("tongue", 0)
    d[:, 1] += g * body * fade * (up * 2.0 - low * 8.0)
    d[~on] = 0
    return d


def lids(skin, pose):
    """Places of the explicit lid loops, as displacement."""
    d = np.zeros_like(skin.points)
    n = skin.half
    for side in ("L", "R"):
        own = skin.eye_row >= 0
        own &= (np.arange(len(own)) < n) == (side == "L")
        sign = 1.0 if side == "L" else -1.0
        i = np.flatnonzero(own)
        row, col = skin.eye_row[i], skin.eye_col[i]
        d[i] = lid_shift(skin, row, col, pose, side) * [sign, 1, 1]
    return d


def lid_controls(pose, side):
    return dict(blink=control(pose, "blink", side), wide=control(pose, "wide", side),
                squint=control(pose, "squint", side),
                lift=0.45 * control(pose, "cheek", side) + 0.35 * control(pose, "smile", side),
                look=control(pose, "pitch", side))


def lid_shift(skin, row, col, pose, side):
    k = lid_controls(pose, side)
    if not any(k.values()):
        return np.zeros((len(row), 3))
    t = np.append(EYE_STEPS, 0.0)[row]
    a0, b0 = skin.head.margin(col)
    a1, b1 = skin.head.margin(col, **k)
    # Turning a loop's point by its share of the margin's turn keeps lids on the ball.
    w = np.clip(1 - t / 0.62, 0, 1) ** 0.9
    base = skin.eye_rows[row, col] - skin.head.eye
    radius = np.linalg.norm(base, axis=1)
    turn = (b1 - b0) * w
    a = np.arctan2(base[:, 0], base[:, 2])
    b = np.arcsin(base[:, 1] / radius)
    nb = b + turn
    low = skin.head.eye_radius + head.LID
    # A closing lid slides over the ball; an opening one folds where it is.
    closing = np.where(col <= EYE_COLUMNS // 2, -turn, turn)
    amount = np.clip(closing / np.radians(25), 0, 1)
    r = np.where(radius > low, radius + (low + (radius - low) * 0.55 - radius) * amount, radius)
    out = np.stack([np.sin(a) * np.cos(nb), np.sin(nb), np.cos(a) * np.cos(nb)], 1) * r[:, None]
    return out - base


HANDLES = {  # control: (centre, displacement, reach), for the left side
    "browDn": [((12, 31, 80), (-4.0, -9.5, 2.0), 11), ((32, 37, 72), (-2.0, -7.0, 1.5), 12),
               ((50, 28, 58), (0, -2.0, 0.5), 9)],
    "browInnerSide": [((11, 32, 80), (0.5, 10.5, 0.5), 12), ((26, 37, 75), (0, 4.5, 0), 11)],
    "browUp": [((48, 30, 60), (0.5, 8.5, 0), 12), ((32, 38, 72), (0, 7.5, 0), 12)],
    "cheek": [((40, -23, 66), (0.6, 4.4, 0.8), 17)],
    "smile": [((41, -30, 66), (2.4, 4.4, 1.6), 18), ((25, -41, 82), (0.5, 1.5, -1.2), 7),
              ((31, -53, 74), (1.5, 1.5, -1.0), 7)],
    "sneer": [((12, -33, 90), (1.0, 5.0, -0.5), 8),
              ((8, -8, 84), (0, 2.0, 1.6), 8), ((12, 26, 80), (-1, -3, 0.8), 10)],
    "puffSide": [((44, -48, 58), (14.0, 0.5, 8.0), 17), ((28, -66, 72), (4.5, 0, 5.0), 12)],
    "frown": [((26, -80, 70), (0.5, -3.5, 0.8), 10), ((0, -78, 80), (0, 2.0, 1.5), 9)],
    "stretch": [((38, -60, 60), (3.0, -1.5, -0.5), 12)],
    "dimple": [((35, -57, 66), (2.0, 0.5, -3.0), 9)],
}


def handles(points, pose):
    d = np.zeros_like(points)
    both = {"browInnerSide": "browInner", "puffSide": "puff"}
    for name, list_ in HANDLES.items():
        for side, sign in (("L", 1.0), ("R", -1.0)):
            g = pose.get(both[name], 0) if name in both else control(pose, name, side)
            for centre, move, reach in list_ if g else ():
                r2 = ((points - np.array(centre) * [sign, 1, 1]) ** 2).sum(1)
                d += g * np.exp(-r2 / (2 * reach ** 2))[:, None] * (np.array(move) * [sign, 1, 1])
    w = jaw_weight(points)
    d += turn_jaw(points, w * pose.get("jaw", 0))
    d[:, 0] += 7 * pose.get("jawX", 0) * w
    d[:, 2] += 6 * pose.get("jawF", 0) * w
    g = pose.get("shrugL", 0)
    if g:
        r2 = ((points - [0, -80, 80]) ** 2).sum(1)
        d[:, 1] += g * 4.0 * np.exp(-r2 / (2 * 12 ** 2))
    return d


def skin_shift(skin, pose):
    guess = handles(skin.points, pose)
    # Lids stay on the ball whatever the brow does, and lips carry only their own motion.
    t = np.where(skin.eye_row >= 0, np.append(EYE_STEPS, 0.0)[skin.eye_row], 0.0)
    explicit = lips(skin, pose) + lids(skin, pose) + guess * step(t, 0.35, 0.9)[:, None]
    return skin.relax(guess, explicit)
