"""Writes a binary glTF file. Input lengths are millimetres in the head frame; the file is in metres."""
import json
import struct

import numpy as np

ORIGIN = np.array([0.0, 1.565, 0.0])
"""Where the head frame's origin (between the eyes, mid-depth) stands in the world, metres."""

FLOAT, U8, U16, U32 = 5126, 5121, 5123, 5125
KIND = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
CODE = {np.dtype("f4"): FLOAT, np.dtype("u1"): U8, np.dtype("u2"): U16, np.dtype("u4"): U32}


def to_world(points):
    return points / 1000.0 + ORIGIN


class File:
    def __init__(self, generator="Avatarium avatar maker"):
        self.json = {"asset": {"version": "2.0", "generator": generator}, "scene": 0,
                     "scenes": [{"nodes": []}]}
        self.data = bytearray()

    def add(self, kind, value):
        self.json.setdefault(kind, []).append(value)
        return len(self.json[kind]) - 1

    def view(self, raw, target=None):
        self.data.extend(b"\0" * (-len(self.data) % 4))
        v = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)}
        if target:
            v["target"] = target
        self.data.extend(raw)
        return self.add("bufferViews", v)

    def accessor(self, array, bounds=False, target=None, normalized=False):
        array = np.ascontiguousarray(array)
        width = 1 if array.ndim == 1 else int(np.prod(array.shape[1:]))
        flat = array.reshape(len(array), width)
        a = {"bufferView": self.view(flat.tobytes(), target), "componentType": CODE[array.dtype],
             "count": len(array), "type": KIND[width]}
        if normalized:
            a["normalized"] = True
        if bounds:
            a["min"], a["max"] = flat.min(0).tolist(), flat.max(0).tolist()
        return self.add("accessors", a)

    def sparse(self, values, moved, index_view, bounds=False):
        """A vec3 accessor that is zero but at the vertices `moved`."""
        values = np.asarray(values, "f4")
        a = {"componentType": FLOAT, "count": len(values), "type": "VEC3"}
        if len(moved):
            kind = U16 if len(values) < 65536 else U32
            a["sparse"] = {"count": len(moved), "indices": {"bufferView": index_view, "componentType": kind},
                           "values": {"bufferView": self.view(values[moved].tobytes())}}
        if bounds:
            full = np.zeros_like(values)
            full[moved] = values[moved]
            a["min"], a["max"] = full.min(0).tolist(), full.max(0).tolist()
        return self.add("accessors", a)

    def image(self, raw, mime, name, repeat=False):
        texture_source = self.add("images", {"bufferView": self.view(raw), "mimeType": mime, "name": name})
        sampler = {"magFilter": 9729, "minFilter": 9987, "wrapS": 10497 if repeat else 33071, "wrapT": 10497 if repeat else 33071}
        known = self.json.get("samplers", [])
        index = known.index(sampler) if sampler in known else self.add("samplers", sampler)
        return self.add("textures", {"sampler": index, "source": texture_source})

    def mesh(self, part, names):
        """One mesh of one primitive. `part`: see Part."""
        position = to_world(part.points).astype("f4")
        attributes = {"POSITION": self.accessor(position, True, 34962),
                      "NORMAL": self.accessor(facing(part.normals).astype("f4"), target=34962)}
        if part.uv is not None:
            attributes["TEXCOORD_0"] = self.accessor(part.uv.astype("f4"), target=34962)
        if part.color is not None:
            rgba = np.concatenate([np.clip(part.color, 0, 1), np.ones((len(part.color), 1))], 1)
            attributes["COLOR_0"] = self.accessor(np.round(rgba * 255).astype("u1"), target=34962,
                                                  normalized=True)
        if part.joints is not None:
            weights = bytes_of(part.weights)
            attributes["JOINTS_0"] = self.accessor(np.where(weights > 0, part.joints, 0).astype("u1"), target=34962)
            attributes["WEIGHTS_0"] = self.accessor(weights, target=34962, normalized=True)
        primitive = {"attributes": attributes, "material": part.material,
                     "indices": self.accessor(part.triangles.reshape(-1).astype(
                         "u2" if len(part.points) < 65536 else "u4"), target=34963)}
        used = [n for n in names if n in part.morphs]
        targets = []
        for name in used:
            dp, dn = part.morphs[name]
            dp, dn = np.round(dp, 4) / 1000.0, np.round(dn, 4)
            moved = np.flatnonzero((np.abs(dp).max(1) > 1.5e-4) | (np.abs(dn).max(1) > 0.09))
            view = self.view(moved.astype("u2" if len(part.points) < 65536 else "u4").tobytes()) \
                if len(moved) else None
            # Normals turn in fewer places than points move in.
            turned = moved[np.abs(dn[moved]).max(1) > 0.04]
            position = self.sparse(dp, moved, view, True)
            view = self.view(turned.astype("u2" if len(part.points) < 65536 else "u4").tobytes()) if len(turned) else None
            targets.append({"POSITION": position, "NORMAL": self.sparse(dn, turned, view)})
        mesh = {"name": part.name, "primitives": [primitive]}
        if targets:
            primitive["targets"] = targets
            mesh["extras"] = {"targetNames": used}
            mesh["weights"] = [0.0] * len(used)
        return self.add("meshes", mesh)

    def write(self, path):
        self.data.extend(b"\0" * (-len(self.data) % 4))
        self.json["buffers"] = [{"byteLength": len(self.data)}]
        text = json.dumps(self.json, separators=(",", ":"), sort_keys=True).encode()
        text += b" " * (-len(text) % 4)
        with open(path, "wb") as f:
            f.write(struct.pack("<III", 0x46546C67, 2, 28 + len(text) + len(self.data)))
            f.write(struct.pack("<II", len(text), 0x4E4F534A) + text)
            f.write(struct.pack("<II", len(self.data), 0x004E4942) + self.data)


class Part:
    """A mesh: points (mm), triangles, normals, and for each shape the displacement of both."""

    def __init__(self, name, points, triangles, uv=None, color=None):
        self.name, self.points, self.triangles = name, np.asarray(points, float), np.asarray(triangles, int)
        self.uv, self.color = uv, color
        self.normals = vertex_normals(self.points, self.triangles)
        self.morphs, self.joints, self.weights, self.material = {}, None, None, None

    def morph(self, name, displacement, normals=None):
        """Adds a shape from the displacement in mm; normals are those of the moved surface."""
        if np.abs(displacement).max(initial=0) < 0.015:
            return
        if normals is None:
            # The neutral normals may be painted (smoothed across seams): carry the change over to them.
            before = vertex_normals(self.points, self.triangles)
            after = vertex_normals(self.points + displacement, self.triangles)
            normals = unit(self.normals + after - before)
        self.morphs[name] = (displacement, normals - self.normals)

    def bind(self, bones):
        """`bones`: list of (joint index, weight array); the weights are normalised."""
        w = np.zeros((len(self.points), 4))
        j = np.zeros((len(self.points), 4), int)
        for k, (joint, weight) in enumerate(bones):
            w[:, k] = weight
            j[:, k] = joint
        w /= w.sum(1, keepdims=True)
        j[w == 0] = 0
        self.joints, self.weights = j, w

    def split(self, height):
        """The triangles above a height, and those below as a part of their own: what is out of the picture need not be drawn."""
        low = self.points[self.triangles].mean(1)[:, 1] < height
        out = []
        for own, name in ((~low, self.name), (low, self.name + "_Low")):
            used, t = np.unique(self.triangles[own], return_inverse=True)
            part = Part(name, self.points[used], t.reshape(-1, 3))
            part.material = self.material
            for field in ("normals", "uv", "color", "joints", "weights"):
                values = getattr(self, field)
                setattr(part, field, None if values is None else values[used])
            out.append(part)
        return out

    def skinned(self, bones, names):
        """Binds to any number of bones, (name, weight array) each; every vertex keeps its four largest weights."""
        table = np.zeros((len(self.points), len(names)))
        for name, weight in bones:
            table[:, names.index(name)] += weight
        j = np.argsort(-table, axis=1, kind="stable")[:, :4]
        w = np.take_along_axis(table, j, 1)
        w /= w.sum(1, keepdims=True)
        j[w == 0] = 0
        self.joints, self.weights = j, w


def facing(normals):
    """Normals of unit length; where a vertex has none (its triangles have no area), forward."""
    n = unit(normals)
    n[np.linalg.norm(n, axis=1) < 0.5] = [0, 0, 1]
    return n


def bytes_of(weights):
    """Weights as bytes whose sum is 255 at every vertex: the largest takes what rounding leaves."""
    w = np.round(weights * 255).astype(int)
    w[np.arange(len(w)), w.argmax(1)] += 255 - w.sum(1)
    return w.astype("u1")


def unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


def vertex_normals(points, triangles, weld=False):
    """Angle-weighted normals; welded, vertices at one place share theirs."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    face = unit(np.cross(b - a, c - a))
    n = np.zeros_like(points)
    corners = (a, b, c)
    for k in range(3):
        u, v = unit(corners[(k + 1) % 3] - corners[k]), unit(corners[(k + 2) % 3] - corners[k])
        angle = np.arccos(np.clip((u * v).sum(1), -1, 1))
        np.add.at(n, triangles[:, k], face * angle[:, None])
    if weld:
        _, place = np.unique(np.round(points, 2), axis=0, return_inverse=True)
        place = place.reshape(-1)
        shared = np.zeros((place.max() + 1, 3))
        np.add.at(shared, place, n)
        n = shared[place]
    return unit(n)


def grid(rows, columns, closed=False, flip=False):
    """Triangles of a rows x columns lattice of vertices, the columns closed to a loop if asked."""
    out = []
    for r in range(rows - 1):
        for c in range(columns if closed else columns - 1):
            d = (c + 1) % columns
            a, b, e, f = r * columns + c, r * columns + d, (r + 1) * columns + c, (r + 1) * columns + d
            out += [(a, e, b), (b, e, f)]
    t = np.array(out)
    return t[:, ::-1] if flip else t
