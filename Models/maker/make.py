"""Builds the bundled avatars from nothing: python make.py OUTPUT_FOLDER"""
import os
import sys

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402

import ao  # noqa: E402
import ear  # noqa: E402
import eyes  # noqa: E402
import garb  # noqa: E402
import hair  # noqa: E402
import head  # noqa: E402
import kit  # noqa: E402
import paint  # noqa: E402
import shapes  # noqa: E402
from checks import check  # noqa: E402
from gltf import ORIGIN, File  # noqa: E402
from mouth import Mouth  # noqa: E402
from skin import Skin  # noqa: E402
from vrm import ada_expressions, dress  # noqa: E402

BONES = [("hips", None, (0, 0.93, -0.03)), ("spine", 0, (0, 1.03, -0.035)), ("chest", 1, (0, 1.18, -0.04)),
         ("neck", 2, (0, 1.395, -0.036)), ("head", 3, (0, 1.482, -0.018)),
         ("leftEye", 4, tuple(head.EYE / 1000 + ORIGIN)),
         ("rightEye", 4, tuple(head.EYE * [-1, 1, 1] / 1000 + ORIGIN))]
DRAFT = bool(os.environ.get("AVATARIUM_DRAFT"))
"""Only ada.glb, unchecked: for looking at work in progress."""
CHEST, NECK, HEAD, LEFT_EYE, RIGHT_EYE = 2, 3, 4, 5, 6


def skeleton(file):
    """Adds the joints; returns (skin index, root node)."""
    nodes, inverse = [], []
    for name, parent, place in BONES:
        origin = np.array(BONES[parent][2]) if parent is not None else np.zeros(3)
        nodes.append(file.add("nodes", {"name": name, "translation": (np.array(place) - origin).round(6).tolist()}))
        m = np.eye(4)
        m[:3, 3] = -np.array(place)
        inverse.append(m.T)
    for (name, parent, _), node in zip(BONES, nodes):
        if parent is not None:
            file.json["nodes"][nodes[parent]].setdefault("children", []).append(node)
    skin = file.add("skins", {"joints": nodes, "skeleton": nodes[0],
                              "inverseBindMatrices": file.accessor(np.array(inverse, "f4"))})
    return skin, nodes[0]


def material(file, name, color=(1, 1, 1), rough=0.6, texture=None, specular=None):
    pbr = {"baseColorFactor": [*color, 1.0], "metallicFactor": 0.0, "roughnessFactor": rough}
    if texture is not None:
        pbr["baseColorTexture"] = {"index": texture}
    look = {"name": name, "pbrMetallicRoughness": pbr}
    if specular is not None:
        look["extensions"] = {"KHR_materials_specular": {"specularFactor": specular}}
        used = file.json.setdefault("extensionsUsed", [])
        if "KHR_materials_specular" not in used:
            used.append("KHR_materials_specular")
    return file.add("materials", look)


def bind_by_height(part):
    """Head above, neck between, chest below."""
    y = part.points[:, 1]
    front = shapes.step(part.points[:, 2], -10, 50)
    high = shapes.step(y, -150 + 40 * front, -85 + 0 * front)
    low = 1 - shapes.step(y, -205, -150)
    part.bind([(HEAD, high), (CHEST, low * (1 - high)), (NECK, (1 - low) * (1 - high))])


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
    names = [n["name"] for n in file.json["nodes"][: len(BONES)]]
    for bone, motion in tracks.items():
        turn = np.array([euler(*motion(2 * np.pi * p)) for p in phase], "f4")
        samplers.append({"input": time, "output": file.accessor(turn), "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1,
                         "target": {"node": names.index(bone), "path": "rotation"}})
    file.add("animations", {"name": name, "channels": channels, "samplers": samplers})


def clips(file):
    sin, cos = np.sin, np.cos
    clip(file, "idle", 8.0, {
        "chest": lambda p: (0.3 * sin(p), 0.6 * sin(2 * p), 0.25 * sin(p + 1)),
        "neck": lambda p: (0.8 * sin(p + 0.4), -0.4 * sin(2 * p + 0.3), 0.5 * sin(p + 2)),
        "head": lambda p: (1.3 * sin(p) + 0.5 * sin(3 * p), 0.7 * cos(2 * p + 1), 0.8 * sin(p + 0.8))})
    clip(file, "listening", 6.0, {
        "chest": lambda p: (0, 1.0 + 0.5 * sin(2 * p), 0.4),
        "neck": lambda p: (1.0, 0.8 + 0.6 * sin(2 * p), 1.2 + 0.3 * sin(p)),
        "head": lambda p: (2.0 * sin(p + 0.3), 1.0 + 2.2 * max(sin(2 * p), 0) ** 2, 3.0 + 0.8 * sin(p))})


def ada_parts():
    """Every part with its shapes, and the skin they hang on."""
    table = shapes.table()
    skin = Skin()
    face, eyeballs, lash, brow, inside = skin.part(), eyes.eyes(), eyes.lash_part(), eyes.brows(), Mouth()
    shifts = {name: shapes.skin_shift(skin, pose) for name, pose in table.items()}
    if not DRAFT:
        check(skin, shifts)
    near, share = eyes.follow(skin, brow.points)
    for name, pose in table.items():
        if name == "viseme_sil":
            continue
        d = shifts[name]
        face.morph(name, d)
        brow.morph(name, (d[near] * share[..., None]).sum(1))
        lash.morph(name, eyes.lashes(pose) - lash.points)
        eyeballs.morph(name, *eyes.turn_eyes(eyeballs, pose))
        inside.part.morph(name, inside.shift(pose))
    face.morphs["viseme_sil"] = (np.zeros_like(face.points), np.zeros_like(face.points))
    return skin, list(table), face, eyeballs, lash, brow, inside.part, ear.ears(), hair.hair(), garb.clothes()


def ada(folder):
    skin, names, *parts = ada_parts()
    face, eyeballs, lash, brow, inside, ears, locks, clothes = parts
    bind_by_height(face)
    bind_by_height(clothes)
    for p in (lash, brow, inside, ears, locks):
        p.bind([(HEAD, np.ones(len(p.points)))])
    left = (eyeballs.points[:, 0] > 0).astype(float)
    eyeballs.bind([(LEFT_EYE, left), (RIGHT_EYE, 1 - left)])
    around = ao.Surroundings()
    for p in (locks, clothes):
        p.color = p.color * (0.42 + 0.58 * ao.occlusion(around, p.points, p.normals))[:, None]
    tone, look, strands = paint.skin_texture(skin, face, ears, around, hair.solid), paint.eye_texture(), hair.texture()
    for end in ("glb",) if DRAFT else ("glb", "vrm"):
        file = File()
        joints, root = skeleton(file)
        file.json["scenes"][0]["nodes"] = [root]
        skin_image = file.image(tone, "image/jpeg", "skin")
        face.material = ears.material = material(file, "Skin", rough=0.50, texture=skin_image)
        eyeballs.material = material(file, "Eye", rough=0.12, texture=file.image(look, "image/jpeg", "eye"))
        lash.material = brow.material = material(file, "Brow", rough=0.75)
        inside.material = material(file, "Oral", rough=0.6)
        # Half the sheen, or the shaded inside of the bob mirrors the room at grazing angles.
        locks.material = material(
            file, "Hair", rough=0.58, texture=file.image(strands, "image/jpeg", "hair"), specular=0.4)
        clothes.material = material(file, "Clothes", rough=0.85)
        for p in parts:
            node = file.add("nodes", {"name": p.name, "mesh": file.mesh(p, names), "skin": joints})
            file.json["scenes"][0]["nodes"].append(node)
        clips(file)
        if end == "vrm":
            dress(file, "Ada", ada_expressions(names))
        path = os.path.join(folder, "ada." + end)
        file.write(path)
        print(f"{path}: {sum(len(p.triangles) for p in parts)} triangles, {os.path.getsize(path)} bytes")
    print(*(f"{p.name} {len(p.triangles)}" for p in parts))


def robot(path):
    """Kit: a VRM 1.0 avatar that has VRM expressions and nothing else."""
    file = File()
    joints, root = skeleton(file)
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
    dress(file, "Kit", ({**{n: {n: 1} for n in kit.POSES}, "neutral": {}}, {}))
    file.write(path)
    print(f"{path}: {count} triangles, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    ada(folder)
    if not DRAFT:
        robot(os.path.join(folder, "kit.vrm"))
