"""Bones and hands. Lengths in mm in the head frame; left is +X.

The file's nodes stand in a T-pose, as VRM and Mixamo's users ask; meshes are bound as the arms hang (glTF's inverse bind matrices are
free to say so), for that is how they are mostly seen, and no shoulder is stretched by it."""
import json
from pathlib import Path

import numpy as np

from gltf import ORIGIN, Part, grid, unit, vertex_normals
from shapes import step

DIGITS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
FLOOR = -1000 * ORIGIN[1]
PIVOT = np.array([0, -150.0, -36])
"""A smaller body is smaller about the root of the neck."""


def sized(p, person, back=False):
    """A place of the usual body on this person's; `back` the other way round."""
    if person.body == 1 and person.neck_length == 0:
        return p
    root = PIVOT - [0, person.neck_length, 0]
    return PIVOT + (p - root) / person.body if back else root + (p - PIVOT) * person.body


def _names():
    """(name, parent) of every bone; the order is that of the skin's joints, and the same for everybody."""
    out = [("Hips", None), ("Spine", "Hips"), ("Spine1", "Spine"), ("Spine2", "Spine1"), ("Neck", "Spine2"), ("Head", "Neck"),
           ("HeadTop_End", "Head"), ("LeftEye", "Head"), ("RightEye", "Head")]
    for side in ("Left", "Right"):
        out += [(side + n, p if p in ("Hips", "Spine2") else side + p) for n, p in (
            ("Shoulder", "Spine2"), ("Arm", "Shoulder"), ("ForeArm", "Arm"), ("Hand", "ForeArm"), ("UpLeg", "Hips"), ("Leg", "UpLeg"),
            ("Foot", "Leg"), ("ToeBase", "Foot"))]
    for side in ("Left", "Right"):
        for d in DIGITS:
            out += [(f"{side}Hand{d}{k}", f"{side}Hand{d}{k - 1}" if k > 1 else side + "Hand") for k in (1, 2, 3, 4)]
    return out


BONES = _names()
NAMES = [name for name, _ in BONES]
PARENT = dict(BONES)


def frame(along, toward):
    """Axes as columns: X along, Z as near to `toward` as can be."""
    x = unit(np.asarray(along, float))
    z = unit(toward - x * (x @ toward))
    return np.stack([x, np.cross(z, x), z], 1)


class Limbs:
    """One person's joints: in the T-pose that the file stands in, and as the meshes are bound."""

    def __init__(self, own):
        f = own.person
        self.person = f
        self.hand = json.loads((Path(__file__).parent / "hand.json").read_text())
        self.scale = 0.96 * f.arms * f.body * (1.05 if f.bust == 0 else 1.0)
        upper, lower = 250 * f.arms * f.body, 235 * f.arms * f.body
        self.shoulder = sized(np.array([112 * f.shoulders, -189.0, -42]), f)
        # The directions in which the rig lets arms hang that are held out.
        self.upper, self.lower = frame((0.24, -1, 0.02), (0, 0, 1.0)), frame((0.173, -1, 0.16), (0, 0, 1.0))
        self.elbow = self.shoulder + upper * self.upper[:, 0]
        self.wrist = self.elbow + lower * self.lower[:, 0]
        hip = np.array([63 * f.hips, -665.0, -36])
        legs = {"UpLeg": hip, "Leg": np.array([hip[0] + 3, -1085, -33]), "Foot": np.array([hip[0] + 5, FLOOR + 80, -52]),
                "ToeBase": np.array([hip[0] + 10, FLOOR + 20, 60])}
        legs = {name: sized(p, f) for name, p in legs.items()}
        straight = {"Shoulder": sized(np.array([30.0, -179, -36]), f), "Arm": self.shoulder, "ForeArm": self.shoulder + [upper, 0, 0],
                    "Hand": self.shoulder + [upper + lower, 0, 0]}
        hanging = {"Shoulder": straight["Shoulder"], "Arm": self.shoulder, "ForeArm": self.elbow, "Hand": self.wrist}
        for d in DIGITS:
            for k in (1, 2, 3, 4):
                begin, end = self.hand["joints"][f"Hand{d}{min(k, 3)}"]
                q = np.array(begin if k < 4 else end) * self.scale
                straight[f"Hand{d}{k}"] = straight["Hand"] + q
                hanging[f"Hand{d}{k}"] = self.wrist + self.lower @ q
        trunk = {"Hips": (0, -635, -30), "Spine": (0, -535, -35), "Spine1": (0, -465, -38), "Spine2": (0, -365, -40), "Neck": (0, -170, -36),
                 "Head": (0, -83, -18), "HeadTop_End": (0, 115, -18), "LeftEye": own.eye, "RightEye": own.eye * [-1, 1, 1]}
        trunk.update({name: sized(np.array(trunk[name], float), f) for name in ("Hips", "Spine", "Spine1", "Spine2", "Neck")})
        self.places, self.bound, self.axes, self.bound_axes = {}, {}, {}, {}
        for name in NAMES:
            side = "Left" if name.startswith("Left") else "Right"
            mirror = np.array([1.0 if side == "Left" else -1.0, 1, 1])
            part = name.removeprefix(side)
            if name in trunk:
                self.places[name] = self.bound[name] = np.array(trunk[name], float)
                self.axes[name] = self.bound_axes[name] = np.eye(3)
                continue
            if part in legs:
                self.places[name] = self.bound[name] = legs[part] * mirror
                down = {"UpLeg": (0, -1, 0), "Leg": (0, -1, 0), "Foot": (0, -0.6, 0.8), "ToeBase": (0, 0, 1)}[part]
                y, x = unit(np.array(down, float)), np.array([-1.0, 0, 0])
                self.axes[name] = self.bound_axes[name] = np.stack([x, y, np.cross(x, y)], 1)
                continue
            self.places[name], self.bound[name] = straight[part] * mirror, hanging[part] * mirror
            y = self._along(part, straight) * mirror
            # Mixamo's axes: Y along the bone, Z out of the palm.
            z = unit(np.array([0, -1.0, 0]) + y * y[1])
            self.axes[name] = np.stack([np.cross(y, z), y, z], 1)
            turn = np.eye(3) if part == "Shoulder" else self.upper if part == "Arm" else self.lower
            self.bound_axes[name] = (np.diag(mirror) @ turn @ np.diag(mirror)) @ self.axes[name]

        # Everybody stands on the ground; meshes stay where all heads are, so that their hair can be exchanged.
        down = sized(np.array([0, FLOOR, 0]), f)[1] - FLOOR
        self.places = {name: p - [0, down, 0] for name, p in self.places.items()}

    @staticmethod
    def _along(part, straight):
        if part.startswith("Hand") and part != "Hand":
            k = int(part[-1])
            a, b = (straight[part[:-1] + str(i)] for i in ((k, k + 1) if k < 4 else (3, 4)))
            return unit(b - a)
        return np.array([1.0, 0, 0])

    def arm(self, p):
        """Both arms as a signed distance, as they hang."""
        q = p * [1, 1, 1]
        q[:, 0] = np.abs(q[:, 0])
        from clothes import sleeve_radius  # noqa: PLC0415
        best = np.full(len(q), np.inf)
        for a, b, s0, s1 in ((self.shoulder, self.elbow, 0, 1), (self.elbow, self.wrist, 1, 2)):
            d = b - a
            t = np.clip((q - a) @ d / (d @ d), 0, 1)
            r = sleeve_radius(self.person, s0 + t * (s1 - s0))
            best = np.minimum(best, np.linalg.norm(q - a - t[:, None] * d, axis=1) - r)
        return best


def _nail(points, triangles, begin, end, back, wide):
    """A patch over the back of a finger's end: points, triangles."""
    along = unit(end - begin)
    up = unit(back - along * (along @ back))
    across = np.cross(up, along)
    middle = begin + (end - begin) * 0.70
    length = 0.27 * np.linalg.norm(end - begin)
    a, b, c = (points[triangles[:, k]] for k in range(3))

    def hit(o):
        """How high over o the skin is."""
        e1, e2 = b - a, c - a
        h = np.cross(up, e2)
        det = (e1 * h).sum(1)
        s = o - a
        u = (s * h).sum(1) / np.where(np.abs(det) < 1e-9, 1, det)
        q = np.cross(s, e1)
        v = (q @ up) / np.where(np.abs(det) < 1e-9, 1, det)
        t = (e2 * q).sum(1) / np.where(np.abs(det) < 1e-9, 1, det)
        ok = (np.abs(det) > 1e-9) & (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & (t < 20)
        return t[ok].max(initial=0)

    rows, cols = 5, 5
    out = []
    for i in range(rows):
        s = 2 * i / (rows - 1) - 1
        for j in range(cols):
            t = 2 * j / (cols - 1) - 1
            # A rounded square.
            x, y = s * np.sqrt(1 - 0.35 * t * t), t * np.sqrt(1 - 0.35 * s * s)
            o = middle + along * (length * x) + across * (wide * y)
            edge = max(abs(s), abs(t))
            out.append(o + up * (hit(o) + (0.45 if edge < 1 else -0.35)))
    t = grid(rows, cols)
    p = np.array(out)
    n = np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]])
    return p, (t if (n @ up).sum() > 0 else t[:, ::-1])


def hands(limbs, headroom):
    """Both hands as one part with its weights, in the bound pose. Its colours are relative to plain skin."""
    raw = limbs.hand
    p, t = np.array(raw["points"]), np.array(raw["triangles"])
    # MakeHuman's forearm comes at an angle: here it runs straight on into the sleeve, in which it is thin.
    p[:, 1] += np.interp(p[:, 0], [-42, -24, -12, -2, 10, 40], [15.5, 11.5, 9.9, 7.2, 4.5, 0])
    thin = np.interp(p[:, 0], [-40, -24, -4], [0.72, 0.86, 1])
    p[:, 1:] *= thin[:, None]
    # Drawn fingers are rounder than real ones.
    n = vertex_normals(p, t)
    joints = {k: np.array(v) for k, v in raw["joints"].items()}
    p = p + n * np.interp(p[:, 0], [30, 95], [0.3, 0.9])[:, None]
    n = vertex_normals(p, t)
    width = len(raw["bones"])
    w = np.zeros((len(p), width))
    for i, pairs in enumerate(raw["weights"]):
        for k, value in pairs:
            w[i, k] = value
    # What is in the cuff stays there.
    arm, own = raw["bones"].index("ForeArm"), raw["bones"].index("Hand")
    rest = w[:, arm] + w[:, own]
    share = step(p[:, 0], 12, -20)
    w[:, arm], w[:, own] = rest * share, rest * (1 - share)
    # Palms and the insides of fingers are lighter, knuckles and tips a little redder.
    palm = np.clip(-n[:, 1] * 1.6 + 0.2, 0, 1)
    tone = np.ones((len(p), 3))
    dark = np.clip((limbs.person.skin - 3) / 5, 0, 1)
    tone = tone * (1 + palm[:, None] * (np.array([0.22, 0.20, 0.16]) * dark + np.array([0.04, -0.03, -0.04]) * (1 - dark)))
    for d in DIGITS:
        for k, reach, much in ((1, 9, 0.5), (2, 7, 0.8), (3, 6, 0.4)):
            at = joints[f"Hand{d}{k}"][0]
            if d == "Thumb" and k == 1:
                continue
            blush = much * np.exp(-((p - at) ** 2).sum(1) / (2 * reach ** 2)) * (1 - palm)
            tone *= 1 - blush[:, None] * [0.03, 0.13, 0.15]
        tip = np.exp(-((p - joints[f"Hand{d}3"][1]) ** 2).sum(1) / (2 * 8.0 ** 2))
        tone *= 1 - tip[:, None] * [0.0, 0.10, 0.09]
    # Between the fingers light does not come.
    tone *= (1 - 0.30 * _crowding(p, n))[:, None]
    points, triangles, colours, weights, base = [p], [t], [tone], [w], len(p)
    for d in DIGITS:
        begin, end = joints[f"Hand{d}3"]
        back = np.array([0, 1.0, 0]) if d != "Thumb" else np.cross(end - begin, np.cross([0, 1.0, 0.75], end - begin))
        size = {"Thumb": 6.2, "Index": 4.7, "Middle": 4.9, "Ring": 4.6, "Pinky": 3.9}[d]
        q, s = _nail(p, t, begin, end, back, size)
        points.append(q)
        triangles.append(s + base)
        colours.append(np.tile([1.10, 0.96, 0.95], (len(q), 1)))
        mine = np.zeros((len(q), width))
        mine[:, raw["bones"].index(f"Hand{d}3")] = 1
        weights.append(mine)
        base += len(q)
    p, t, tone, w = (np.concatenate(v) for v in (points, triangles, colours, weights))
    n = np.concatenate([n] + [vertex_normals(q, s - s.min()) for q, s in zip(points[1:], triangles[1:])])
    p = limbs.wrist + (limbs.scale * p) @ limbs.lower.T
    n = n @ limbs.lower.T
    count = len(p)
    part = Part("Hands", np.concatenate([p, p * [-1, 1, 1]]), np.concatenate([t, t[:, ::-1] + count]))
    part.normals = np.concatenate([n, n * [-1, 1, 1]])
    part.color = np.clip(headroom * np.concatenate([tone, tone]), 0, 1)
    part.skinned([(side + name, np.concatenate([w[:, k] * (side == "Left"), w[:, k] * (side == "Right")]))
                  for side in ("Left", "Right") for k, name in enumerate(raw["bones"])], NAMES)
    return part


def _crowding(p, n):
    """0 where a point sees the open, 1 where other skin is close before it."""
    d = p[None] - p[:, None]
    far = np.linalg.norm(d, axis=2)
    ahead = (d * n[:, None]).sum(2) / np.maximum(far, 1e-6)
    facing = (n[None] * n[:, None]).sum(2)
    near = np.clip(1 - far / 14, 0, 1) * np.clip(ahead - 0.3, 0, 1) * np.clip(-facing, 0, 1)
    return np.clip(near.max(1) * 2.2, 0, 1)
