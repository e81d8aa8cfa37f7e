"""Writes skinned, morphed meshes with vertex colours as a GLB: only what the maker needs."""
import json
import struct

import numpy as np


class GLB:
    def __init__(self):
        self.json = {
            "asset": {"version": "2.0", "generator": "avatarium avatar maker", "copyright": "CC0-1.0"},
            "scene": 0, "scenes": [{"nodes": []}], "nodes": [], "meshes": [], "materials": [],
            "accessors": [], "bufferViews": [], "skins": [], "animations": [],
        }
        self.bin = bytearray()

    def view(self, data, target=None):
        while len(self.bin) % 4:
            self.bin.append(0)
        view = {"buffer": 0, "byteOffset": len(self.bin), "byteLength": len(data)}
        if target:
            view["target"] = target
        self.bin += data
        self.json["bufferViews"].append(view)
        return len(self.json["bufferViews"]) - 1

    def accessor(self, array, kind, component=5126, target=None, bounds=False, normalized=False):
        formats = {5126: "<f4", 5125: "<u4", 5123: "<u2", 5121: "u1"}
        array = np.ascontiguousarray(array, dtype=formats[component])
        entry = {"bufferView": self.view(array.tobytes(), target), "componentType": component,
                 "count": len(array), "type": kind}
        if normalized:
            entry["normalized"] = True
        if bounds:
            flat = array.reshape(len(array), -1)
            entry["min"] = [float(v) for v in flat.min(0)]
            entry["max"] = [float(v) for v in flat.max(0)]
        self.json["accessors"].append(entry)
        return len(self.json["accessors"]) - 1

    def sparse(self, deltas, bounds):
        """Only the vertices that move are stored."""
        deltas = deltas.astype("<f4")
        moved = np.flatnonzero(np.abs(deltas).max(1) > 1e-6)
        entry = {"componentType": 5126, "count": len(deltas), "type": "VEC3"}
        if bounds:
            kept = np.zeros_like(deltas)
            kept[moved] = deltas[moved]
            entry["min"] = [float(v) for v in kept.min(0)]
            entry["max"] = [float(v) for v in kept.max(0)]
        if len(moved):
            entry["sparse"] = {
                "count": len(moved),
                "indices": {"bufferView": self.view(moved.astype("<u2").tobytes()), "componentType": 5123},
                "values": {"bufferView": self.view(deltas[moved].tobytes())},
            }
        else:
            entry["bufferView"] = self.view(np.zeros_like(deltas).tobytes())
        self.json["accessors"].append(entry)
        return len(self.json["accessors"]) - 1

    def write(self, path):
        while len(self.bin) % 4:
            self.bin.append(0)
        self.json["buffers"] = [{"byteLength": len(self.bin)}]
        document = {k: v for k, v in self.json.items() if v != []}
        text = json.dumps(document, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        size = 12 + 8 + len(text) + 8 + len(self.bin)
        with open(path, "wb") as f:
            f.write(struct.pack("<4sII", b"glTF", 2, size))
            f.write(struct.pack("<I4s", len(text), b"JSON") + text)
            f.write(struct.pack("<I4s", len(self.bin), b"BIN\0") + bytes(self.bin))
        return size
