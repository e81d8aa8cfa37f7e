"""Builds the bundled avatars from nothing: python make.py OUTPUT_FOLDER [NAME...]"""
import os
import sys

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402

import ambient_occlusion  # noqa: E402
import clothes  # noqa: E402
import ear  # noqa: E402
import eyes  # noqa: E402
import forms  # noqa: E402
import hair  # noqa: E402
import head  # noqa: E402
import kit  # noqa: E402
import paint  # noqa: E402
import shapes  # noqa: E402
from checks import check, check_hair, check_scarf  # noqa: E402
from gltf import ORIGIN, File, Part, unit, vertex_normals  # noqa: E402
from mouth import Mouth  # noqa: E402
from limbs import NAMES, PARENT, Limbs, hands, sized  # noqa: E402
from person import ADA, FAMILY, HAIRS, HEADROOM, SKINS, linear  # noqa: E402
from skin import Skin  # noqa: E402
from vrm import ada_expressions, dress  # noqa: E402

DRAFT = bool(os.environ.get("AVATARIUM_DRAFT"))
"""Unchecked: for looking at work in progress."""
LICENCE = "CC0 1.0, Avatarium Render"
CHEST, NECK, HEAD, LEFT_EYE, RIGHT_EYE = map(NAMES.index, ("Spine2", "Neck", "Head", "LeftEye", "RightEye"))


def quaternion(m):
    """Of a turn's matrix."""
    w = np.sqrt(max(0.0, 1 + m[0, 0] + m[1, 1] + m[2, 2])) / 2
    if w > 1e-3:
        q = [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]]
        return [*(v / (4 * w) for v in q), w]
    # Half a turn.
    x, y, z = (np.sqrt(max(0.0, 1 + 2 * m[k, k] - np.trace(m))) / 2 for k in range(3))
    k = int(np.argmax([x, y, z]))
    q = m[k] / (4 * (x, y, z)[k]) + m[:, k] / (4 * (x, y, z)[k])
    q[k] = (x, y, z)[k]
    return [*q, 0.0]


def skeleton(file, limbs):
    """Adds the joints; returns (skin index, root node)."""
    nodes, inverse = [], []
    for name in NAMES:
        parent = PARENT[name]
        axes = limbs.axes[parent].T if parent else np.eye(3)
        offset = limbs.places[name] - limbs.places[parent] if parent else limbs.places[name] + 1000 * ORIGIN
        node = {"name": name, "translation": ((axes @ offset) / 1000).round(6).tolist()}
        turn = np.array(quaternion(axes @ limbs.axes[name])).round(6)
        if np.abs(turn[:3]).max() > 1e-6:
            node["rotation"] = (turn / np.linalg.norm(turn)).tolist()
        nodes.append(file.add("nodes", node))
        m = np.eye(4)
        m[:3, :3] = limbs.bound_axes[name].T
        m[:3, 3] = -limbs.bound_axes[name].T @ (limbs.bound[name] / 1000 + ORIGIN)
        inverse.append(m.T)
    for name, node in zip(NAMES, nodes):
        if PARENT[name]:
            file.json["nodes"][nodes[NAMES.index(PARENT[name])]].setdefault("children", []).append(node)
    skin = file.add("skins", {"joints": nodes, "skeleton": nodes[0],
                              "inverseBindMatrices": file.accessor(np.array(inverse, "f4"))})
    return skin, nodes[0]


def material(file, name, color=(1, 1, 1), rough=0.6, texture=None, specular=None, metal=0.0):
    pbr = {"baseColorFactor": [*(round(float(c), 5) for c in color), 1.0], "metallicFactor": metal, "roughnessFactor": rough}
    if texture is not None:
        pbr["baseColorTexture"] = {"index": texture}
    look = {"name": name, "pbrMetallicRoughness": pbr}
    if specular is not None:
        look["extensions"] = {"KHR_materials_specular": {"specularFactor": specular}}
        used = file.json.setdefault("extensionsUsed", [])
        if "KHR_materials_specular" not in used:
            used.append("KHR_materials_specular")
    return file.add("materials", look)


def bind_by_height(part, limbs):
    """Head above, neck between, trunk below."""
    part.skinned(by_height(part.points, limbs), NAMES)


def by_height(p, limbs):
    y = p[:, 1]
    front = shapes.step(p[:, 2], -10, 50)
    high = shapes.step(y, -150 + 40 * front, -85 + 0 * front)
    low = 1 - shapes.step(y + limbs.person.neck_length, -205, -150)
    return [("Head", high), ("Neck", (1 - low) * (1 - high))] + spine(y, low * (1 - high), limbs)


def spine(y, weight, limbs):
    """What hangs on the trunk, shared out among its bones by height."""
    steps = (("Spine2", -400, 60), ("Spine1", -505, 50), ("Spine", -590, 45))
    y = sized(np.stack([0 * y, y, 0 * y], 1), limbs.person, back=True)[:, 1]
    out, left = [], weight
    for name, border, half in steps:
        k = shapes.step(y, border - half, border + half)
        out.append((name, left * k))
        left = left * (1 - k)
    return out + [("Hips", left)]


def bind_clothes(part, limbs):
    """Sleeves are the arm's and turn in the shoulder of the trunk; what lies over the shoulder rises with it."""
    p = part.points
    left, sleeve = p[:, 0] > 0, part.is_sleeve
    q = np.stack([np.abs(p[:, 0]), p[:, 1], p[:, 2]], 1)
    raised = shapes.step(q[:, 0], 30, 0.9 * limbs.shoulder[0]) * shapes.step(q[:, 1], -300, -225) * ~sleeve
    bones = [(name, w * (1 - raised) * ~sleeve) for name, w in by_height(p, limbs)]
    bend = shapes.step((q - limbs.elbow) @ unit(limbs.upper[:, 0] + limbs.lower[:, 0]), -34, 34)
    for side, own in (("Left", left), ("Right", ~left)):
        bones += [(side + "Shoulder", raised * own), (side + "Arm", (1 - bend) * sleeve * own), (side + "ForeArm", bend * sleeve * own)]
    part.skinned(bones, NAMES)


def bind_legs(part, limbs):
    """Trousers and shoes."""
    p = part.points
    y, left = p[:, 1], p[:, 0] > 0
    bound = limbs.bound
    hip, knee, foot = (bound["Left" + n][1] for n in ("UpLeg", "Leg", "Foot"))
    hips = shapes.step(y, hip - 20, hip + 40)
    thigh = (1 - hips) * shapes.step(y, knee - 45, knee + 45)
    shin = (1 - hips - thigh) * shapes.step(y, foot - 5, foot + 25)
    toes = (1 - hips - thigh - shin) * shapes.step(p[:, 2], 40, 75)
    rest = 1 - hips - thigh - shin - toes
    bones = spine(y, hips, limbs)
    for side, own in (("Left", left), ("Right", ~left)):
        bones += [(side + n, w * own) for n, w in (("UpLeg", thigh), ("Leg", shin), ("ToeBase", toes), ("Foot", rest))]
    part.skinned(bones, NAMES)


def euler(yaw, pitch, roll):
    """A quaternion from degrees: turn left, nod down, tilt."""
    y, p, r = (np.radians(v) / 2 for v in (yaw, pitch, roll))
    qy, qp, qr = ((0, np.sin(y), 0, np.cos(y)), (np.sin(p), 0, 0, np.cos(p)), (0, 0, np.sin(r), np.cos(r)))

    def times(a, b):
        ax, ay, az, aw = a
        bx, by, bz, bw = b
        return (aw * bx + ax * bw + ay * bz - az * by, aw * by - ax * bz + ay * bw + az * bx,
                aw * bz + ax * by - ay * bx + az * bw, aw * bw - ax * bx - ay * by - az * bz)

    return times(times(qy, qp), qr)


def clip(file, name, seconds, tracks):
    """`tracks`: bone -> function of phase (0 to 1, closed) giving yaw, pitch, roll in degrees."""
    steps = 48
    phase = np.arange(steps + 1) / steps
    time = file.accessor((phase * seconds).astype("f4"), True)
    channels, samplers = [], []
    names = NAMES
    for bone, motion in tracks.items():
        turn = np.array([euler(*motion(2 * np.pi * p)) for p in phase], "f4")
        samplers.append({"input": time, "output": file.accessor(turn), "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1,
                         "target": {"node": names.index(bone), "path": "rotation"}})
    file.add("animations", {"name": name, "channels": channels, "samplers": samplers})


def clips(file):
    sin, cos = np.sin, np.cos
    clip(file, "idle", 8.0, {
        "Spine2": lambda p: (0.3 * sin(p), 0.6 * sin(2 * p), 0.25 * sin(p + 1)),
        "Neck": lambda p: (0.8 * sin(p + 0.4), -0.4 * sin(2 * p + 0.3), 0.5 * sin(p + 2)),
        "Head": lambda p: (1.3 * sin(p) + 0.5 * sin(3 * p), 0.7 * cos(2 * p + 1), 0.8 * sin(p + 0.8))})
    clip(file, "listening", 6.0, {
        "Spine2": lambda p: (0, 1.0 + 0.5 * sin(2 * p), 0.4),
        "Neck": lambda p: (1.0, 0.8 + 0.6 * sin(2 * p), 1.2 + 0.3 * sin(p)),
        "Head": lambda p: (2.0 * sin(p + 0.3), 1.0 + 2.2 * max(sin(2 * p), 0) ** 2, 3.0 + 0.8 * sin(p))})


def shaped_parts(own):
    """The skin and every part that its shapes move: face with ears, eyes, mouth, lashes, brows, beard."""
    f = own.person
    table = {**shapes.table(), **shapes.READY_PLAYER_ME}
    skin = Skin(own)
    shifts = {name: shapes.skin_shift(skin, pose) for name, pose in table.items()}
    if not DRAFT:
        check(skin, {n: d for n, d in shifts.items() if n not in shapes.READY_PLAYER_ME})
    face, eyeballs, lash, brow, inside = skin.part(), eyes.eyes(own), eyes.lash_part(own), eyes.brows(own), Mouth(f.teeth_back)
    ears = ear.ears()
    parts = [face, lash, brow, inside.part]
    painted = (skin, skin.part(), ear.ears())
    if f.beard in ("short", "full"):
        beard, between = forms.beard_part(skin, face, f.beard)
        parts.append(beard)
    rest = [p.points for p in parts]
    near, share = eyes.follow(skin, rest[2])
    drawn = [p + own.profile(p) for p in rest]
    for p, at in zip(parts, drawn):
        p.points = at
    for p in parts + [ears]:
        p.points = own.stretched(p.points)
        p.normals = vertex_normals(p.points, p.triangles)
    for name, pose in table.items():
        if name == "viseme_sil":
            continue
        d = shifts[name]
        moves = [d, eyes.lashes(own, pose) - rest[1], (d[near] * share[..., None]).sum(1), inside.shift(pose)]
        if f.beard in ("short", "full"):
            moves.append(between(d))
        for p, at, move in zip(parts, drawn, moves):
            p.morph(name, own.stretched(at + move) - p.points)
        eyeballs.morph(name, *eyes.turn_eyes(eyeballs, pose))
    face.morphs["viseme_sil"] = (np.zeros_like(face.points), np.zeros_like(face.points))
    return painted, list(table), face, ears, eyeballs, parts[1:]


def person(who, folder):
    own = head.Head(who)
    style = hair.STYLES[who.hair]()
    limbs = Limbs(own)
    body = clothes.Body(own, limbs)
    painted, names, face, ears, eyeballs, moving = shaped_parts(own)
    if not DRAFT:
        check_hair(style)
        if style.cloth:
            check_scarf(style, face)
    around = ambient_occlusion.Surroundings(own, style, body.torso)
    # Skin and clothes are shaded as if all wore their hair cropped: the shade of hair would stay where it is exchanged for other.
    cropped = hair.Buzz()
    without = ambient_occlusion.Surroundings(own, cropped, body.torso)
    tone = paint.skin_texture(painted[0], painted[1], painted[2], without, cropped, 512 if DRAFT else 1024)
    locks = hair.hair(style)
    outfit = clothes.wear(body)
    palms = hands(limbs, HEADROOM["skin"])
    for p in [locks] + [o[0] for o in outfit]:
        p.color = (1 if p.color is None else p.color) * np.ones((len(p.points), 3))
        near = around if p is locks else without
        light = 0.42 + 0.58 * ambient_occlusion.occlusion(near, ambient_occlusion.surfaced(near, p.points, p.normals), p.normals)
        if p is not locks:
            light = light * (0.72 + 0.28 * ambient_occlusion.key_light(near, p.points, p.normals))
        p.color = p.color * light[:, None]
    head_part = joined(face, ears)
    file = File()
    joints, root = skeleton(file, limbs)
    bind_by_height(head_part, limbs)
    hair_colour = linear(HAIRS[who.hair_colour])
    brow_colour = linear(HAIRS[who.brow_colour or ("dark" if who.hair == "scarf" else who.hair_colour)])
    beard_colour = linear(HAIRS[who.hair_colour])
    strands = file.image(hair.texture(), "image/jpeg", "hair")
    skin_colour = np.minimum(np.array(linear(SKINS[who.skin - 1])) / HEADROOM["skin"], 1)
    look = {
        "Skin": material(file, "Wolf3D_Skin", skin_colour, rough=0.50, texture=file.image(tone, "image/jpeg", "skin")),
        "Body": material(file, "Wolf3D_Body", skin_colour, rough=0.50),
        "Eye": material(file, "Wolf3D_Eye", rough=0.12, texture=file.image(paint.eye_texture(who.iris), "image/jpeg", "eye")),
        "Lash": material(file, "Lashes", (0.016, 0.009, 0.007), rough=0.8),
        "Oral": material(file, "Oral", rough=0.5),
        "Hair": material(file, "Wolf3D_Hair", np.minimum(np.array(hair_colour) / HEADROOM["hair"], 1), rough=0.58,
                         texture=strands if not style.cloth else file.image(clothes.fabric("plain"), "image/jpeg", "scarf", True),
                         specular=0.4 if not style.cloth else 0.3),
        "Brow": material(file, "Brows", np.minimum(np.array(brow_colour) / HEADROOM["brows"], 1), rough=0.75, texture=strands, specular=0.3)}
    if who.beard:
        look["Beard"] = material(file, "Beard", np.minimum(np.array(beard_colour) / HEADROOM["brows"], 1), rough=0.75, texture=strands, specular=0.3)
    head_part.material = look["Skin"]
    head_part.name = "Wolf3D_Head"
    lash, brow, inside, *beard = moving
    inside.name, locks.name = "Wolf3D_Teeth", "Wolf3D_Hair"
    lash.material, brow.material, inside.material, locks.material = look["Lash"], look["Brow"], look["Oral"], look["Hair"]
    for p in (lash, brow, inside, locks, *beard):
        p.bind([(HEAD, np.ones(len(p.points)))])
    if style.cloth:
        locks.uv = locks.uv * [4, 12]
        bind_by_height(locks, limbs)
    for p in beard:
        p.material, p.name = look["Beard"], "Wolf3D_Beard"
        bind_by_height(p, limbs)
    left, right = halves(eyeballs)
    for p, bone in ((left, LEFT_EYE), (right, RIGHT_EYE)):
        p.material = look["Eye"]
        p.bind([(bone, np.ones(len(p.points)))])
    parts = [head_part, left, right, inside, lash, brow, *beard, locks]
    for p, colour, kind in outfit:
        image = file.image(clothes.fabric(kind, colour), "image/jpeg", kind, True) if kind else None
        factor = (1, 1, 1) if kind == "stripes" else np.minimum(np.array(linear(colour)) / (HEADROOM["clothes"] if kind else 1), 1)
        p.material = material(file, "Wolf3D_" + p.name, factor, rough=0.85, texture=image, specular=0.5)
        if p.is_sleeve is None:
            bind_legs(p, limbs)
        else:
            bind_clothes(p, limbs)
        p.name = "Wolf3D_" + p.name
        parts += p.split(clothes.IN_VIEW) if p.name == "Wolf3D_Outfit_Top" else [p]
    palms.material, palms.name = look["Body"], "Wolf3D_Hands"
    parts.append(palms)
    if who.glasses:
        p = forms.glasses(own, who.glasses)
        p.name, p.uv = "Wolf3D_Glasses", None
        p.material = material(file, "Wolf3D_Glasses", (0.03, 0.025, 0.022) if who.glasses == "square" else (0.20, 0.07, 0.035), rough=0.3)
        p.bind([(HEAD, np.ones(len(p.points)))])
        parts.append(p)
    if who.earrings:
        p = forms.earrings()
        p.points = own.stretched(p.points)
        p.uv = None
        p.material = material(file, "Earrings", (0.95, 0.66, 0.27), rough=0.28, metal=1.0)
        p.bind([(HEAD, np.ones(len(p.points)))])
        parts.append(p)
    file.json["scenes"][0]["nodes"] = [file.add("nodes", {"name": "Armature", "children": [root]})]
    for p in parts:
        node = file.add("nodes", {"name": p.name, "mesh": file.mesh(p, names), "skin": joints})
        file.json["nodes"][file.json["scenes"][0]["nodes"][0]]["children"].append(node)
    clips(file)
    file.json["asset"]["copyright"] = LICENCE
    file.json["asset"]["extras"] = {"person": {"note": who.note, "skin": who.skin, "hair": who.hair, "hairColour": who.hair_colour,
                                               "eyes": who.iris, "clothes": who.clothes, "glasses": who.glasses, "beard": who.beard}}
    if not DRAFT:
        dress(file, who.name.capitalize(), ada_expressions(names))
    path = os.path.join(folder, who.name + ".glb")
    file.write(path)
    print(f"{path}: {sum(len(p.triangles) for p in parts)} triangles, {os.path.getsize(path)} bytes")
    print(*(f"{p.name} {len(p.triangles)}" for p in parts))


def joined(face, ears):
    """Face and ears in one part; the shapes move the face only."""
    n = len(face.points)
    part = Part("Head", np.concatenate([face.points, ears.points]), np.concatenate([face.triangles, ears.triangles + n]),
                np.concatenate([face.uv, ears.uv]))
    part.normals = np.concatenate([face.normals, ears.normals])
    still = np.zeros_like(ears.points)
    part.morphs = {k: (np.concatenate([d, still]), np.concatenate([m, still])) for k, (d, m) in face.morphs.items()}
    return part


def halves(eyeballs):
    """The eyes as two parts."""
    n = eyeballs.half
    out = []
    for k, name in enumerate(("EyeLeft", "EyeRight")):
        i = slice(0, n) if k == 0 else slice(n, None)
        t = eyeballs.triangles[(eyeballs.triangles < n).all(1) == (k == 0)] - k * n
        p = Part(name, eyeballs.points[i], t, eyeballs.uv[i])
        p.normals = eyeballs.normals[i]
        p.morphs = {s: (d[i], m[i]) for s, (d, m) in eyeballs.morphs.items() if np.abs(d[i]).max() > 0.01}
        out.append(p)
    return out


def robot(path):
    """Kit: a VRM 1.0 avatar that has VRM expressions and nothing else."""
    file = File()
    joints, root = skeleton(file, Limbs(head.Head(ADA)))
    file.json["scenes"][0]["nodes"] = [root]
    looks = {"Screen": material(file, "Screen", (0.008, 0.012, 0.02), rough=0.14)}
    shell = material(file, "Shell", rough=0.36)
    for part, name, glow in (("Face", "Glow", (0.03, 0.52, 0.62)), ("Glint", "Glint", (0.85, 0.95, 0.95)),
                             ("Blush", "Blush", (0.62, 0.14, 0.10))):
        looks[part] = material(file, name, (0.0, 0.0, 0.0), rough=0.7)
        file.json["materials"][looks[part]]["emissiveFactor"] = list(glow)
    bone = {"head": HEAD, "neck": NECK, "chest": CHEST}
    count = 0
    for part, name in kit.parts():
        part.material = looks.get(part.name, shell)
        part.bind([(bone[name], np.ones(len(part.points)))])
        node = file.add("nodes", {"name": part.name, "mesh": file.mesh(part, list(kit.POSES)), "skin": joints})
        file.json["scenes"][0]["nodes"].append(node)
        count += len(part.triangles)
    clips(file)
    file.json["asset"]["copyright"] = LICENCE
    file.json["asset"]["extras"] = {"note": "robot whose face is a screen"}
    dress(file, "Kit", ({**{n: {n: 1} for n in kit.POSES}, "neutral": {}}, {}))
    file.write(path)
    print(f"{path}: {count} triangles, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    folder, chosen = sys.argv[1], sys.argv[2:]
    os.makedirs(folder, exist_ok=True)
    for who in FAMILY:
        if not chosen or who.name in chosen:
            person(who, folder)
    if not chosen or "kit" in chosen:
        robot(os.path.join(folder, "kit.vrm"))
