"""What must hold of a person's geometry; the build stops where it does not. Lengths in mm."""
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

import head
from skin import CONTACT, EYE_COLUMNS, EYE_STEPS


def lip_pairs(skin):
    upper = np.flatnonzero((skin.lip_row == CONTACT) & (skin.lip_side > 0))
    lower = np.flatnonzero((skin.lip_row == CONTACT) & (skin.lip_side < 0))
    near = [lower[np.argmin(np.abs(skin.lip_c[lower] - skin.lip_c[i]))] for i in upper]
    return upper, np.array(near)


def need(ok, fact):
    if not ok:
        raise SystemExit(f"avatar check failed: {fact}")


def check(skin, shifts):
    """`shifts`: shape -> displacement of the skin."""
    upper, lower = lip_pairs(skin)

    def gap(d):
        p = skin.points + d
        return p[upper, 1] - p[lower, 1]

    middle = np.argmin(np.abs(skin.lip_c[upper]))
    opened = (gap(shifts["jawOpen"]) - gap(0))[middle]
    need(35 <= opened <= 45, f"jawOpen opens {opened:.1f} mm, not 35 to 45")
    for w in (0.25, 0.5, 0.75, 1.0):
        sealed = gap(w * (shifts["jawOpen"] + shifts["mouthClose"]))
        need(np.abs(sealed).max() <= 1, f"jawOpen with mouthClose at {w} leaves {np.abs(sealed).max():.2f} mm")
    need(np.abs(gap(shifts["viseme_PP"])).max() <= 0.3, "viseme_PP does not seal")
    for name, d in shifts.items():
        if name != "mouthClose":
            need(gap(d).min() >= -1, f"{name} drives the lips {-gap(d).min():.2f} mm through each other")
    edge = np.arange(len(skin.points))[skin.eye_row == len(EYE_STEPS) - 1]
    for side, own in (("Left", edge < skin.half), ("Right", edge >= skin.half)):
        place = {skin.eye_col[i]: i for i in edge[own]}
        p = skin.points + shifts["eyeBlink" + side]
        far = max(np.linalg.norm(p[place[j]] - p[place[EYE_COLUMNS - j]]) for j in range(1, EYE_COLUMNS // 2))
        need(far <= 0.3, f"eyeBlink{side} leaves {far:.2f} mm")
    for name, d in shifts.items():
        other = name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")
        error = np.abs(d - shifts[other][skin.twin] * [-1, 1, 1]).max()
        need(error <= 0.2, f"{name} and {other} differ by {error:.2f} mm")


def check_hair(style):
    """The hair has one hairline: neither holes nor islands before it."""
    points, _, triangles, _, _ = style.mesh()
    edges = np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    count = len(points)
    for level in (0, 2):
        over = head.skull(points) > level
        for own, what in ((over, "pieces"), (~over, "gaps")):
            e = edges[own[edges].all(1)]
            _, piece = connected_components(coo_array((np.ones(len(e)), e.T), shape=(count, count)), False)
            found = len(np.unique(piece[own]))
            need(found == 1, f"the hair has {found} {what} {level} mm over the skull")


def check_scarf(style, face):
    """The chin stays within the cloth as the mouth opens."""
    for name in ("viseme_aa", "jawOpen"):
        far = style.pierced(face.points + face.morphs[name][0])
        need(far <= 0.5, f"{name} drives the chin {far:.1f} mm through the scarf")
