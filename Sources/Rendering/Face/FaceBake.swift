import AvatariumCore
import GLES
import GLTF
import Geometry
import VRM

/// What a face's materials need to know of its shape, found once at loading: how much of their surroundings its vertices
/// see with the mouth closed and open, where eyes, lids and lips are.
struct FaceBake: Sendable {
    /// A primitive as one node draws it.
    struct Drawn: Sendable, Hashable {
        /// Index into the blueprint's items.
        var item: Int
        var node: Int
    }

    /// An eye and its lids.
    struct Eye: Sendable {
        var drawn: Drawn
        /// Which of the item's eyes.
        var number: Int
        var shape: EyeShape
        var lids: LidEdges?
    }

    /// For each item `aFace` of its vertices (`surface.vert`); empty where it has none.
    private(set) var values: [[SIMD4<Float>]]
    /// The meshes that lids and lips are on.
    private(set) var drawn: [Drawn] = []
    private(set) var eyes: [Eye] = []
    private(set) var gap: MouthGap?
    /// How many places rays were cast from.
    private(set) var pointCount = 0

    /// Vertices of a scene that is looked at.
    private static let mostVertices = 2_000_000
    /// Points from which rays are cast; meshes with more vertices share theirs.
    private static let mostPoints = 16_384
    private static let hemisphere = TriangleTree.Rays.hemisphere(16)
    /// Curvature that counts as 1: a radius of 4 mm, in 1/m.
    private static let greatestBend: Float = 250
    /// Drawn heads are larger and smoother than real ones, on which true scattering, 3 mm wide, cannot be seen: a cheek is
    /// taken for bent like the side of a nose.
    private static let leastBend: Float = 0.15
    private static let exaggeration: Float = 3

    /// One drawn primitive at rest in the world.
    private struct Pose: Sendable {
        var drawn: Drawn
        var part: FacePart?
        var hides: Bool
        var rest: [SIMD4<Float>]
        var normals: [SIMD4<Float>]
        /// With the jaw open.
        var open: [SIMD4<Float>]
        var openNormals: [SIMD4<Float>]
    }

    /// - Parameter picture: A small version of an item's base texture.
    /// - Returns: nil for a model without a face.
    /// - Throws: `CancellationError`.
    init?(
        _ model: AvatarModel, _ items: [SceneBlueprint.Item], key light: SIMD3<Float>,
        picture: (SurfaceMaterial) -> GLES.Texture.Level?
    ) throws {
        guard items.contains(where: { $0.surface.part != nil }),
            items.reduce(0, { $0 + $1.geometry.vertexCount }) <= Self.mostVertices
        else { return nil }
        values = items.map { _ in [] }
        let world = model.document.restMatrices
        let opening = model.openingTargets
        let given = try ConcurrentRows(count: items.count, cancellable: true) { i in
            Self.pose(items[i], i, model, world, opening)
        }
        let poses = given.values.compactMap { $0 }
        let turn = model.facing.inverse
        let (forward, up) = (turn.rotate(SIMD3(0, 0, 1)), SIMD3<Float>(0, 1, 0))
        findEyes(poses, items, forward, up, picture)
        findGap(poses)
        let face = size(poses)
        findLids(poses)
        try shade(poses, items, face, key: turn.rotate(light))
    }

    private static func pose(
        _ item: SceneBlueprint.Item, _ index: Int, _ model: AvatarModel, _ world: [Matrix4],
        _ opening: [MorphTarget]
    ) -> Pose? {
        guard let node = item.nodes.first, item.geometry.topology == .triangles, world.indices.contains(node),
            item.geometry.normals.count == item.geometry.vertexCount
        else { return nil }
        let document = model.document
        let skin = item.geometry.isSkinned ? document.nodes[node].skin : nil
        let palette = skin.map { document.skins[$0].palette(world) } ?? []
        func posed(_ weights: [Float]) -> (positions: [SIMD4<Float>], normals: [SIMD4<Float>]) {
            var deformer = MeshDeformer(item.geometry)
            let count = item.geometry.vertexCount
            let all = [DeformedVertex](unsafeUninitializedCapacity: count) { buffer, filled in
                deformer.deform(weights: weights, palette: palette, into: buffer)
                filled = count
            }
            let matrix = item.geometry.isSkinned ? Matrix4.identity : world[node]
            let turn = (matrix.linear.inverse ?? .identity).transposed
            return (
                all.map { matrix * $0.position },
                all.map { vertex in
                    let n = turn * vertex.normal
                    let unit = normalize(SIMD3(n.x, n.y, n.z))
                    return SIMD4(unit, 0)
                }
            )
        }
        let rest = posed([])
        var open = rest
        var weights: [Float] = []
        for target in opening where target.node == node {
            while weights.count <= target.target, weights.count < item.geometry.morphs.count {
                weights.append(0)
            }
            if target.target < weights.count { weights[target.target] = target.scale }
        }
        if !weights.isEmpty { open = posed(weights) }
        let names = [
            document.meshes[item.mesh].name, item.material.flatMap { document.materials[$0].name },
            document.nodes[node].name,
        ]
        let lies = names.contains { $0.map(FacePart.liesOnFace) ?? false }
        return Pose(
            drawn: Drawn(item: index, node: node), part: item.surface.part,
            hides: item.surface.key.alpha != .blend && item.surface.part != .eye && !lies,
            rest: rest.positions,
            normals: rest.normals, open: open.positions, openNormals: open.normals)
    }

    private mutating func findEyes(
        _ poses: [Pose], _ items: [SceneBlueprint.Item], _ forward: SIMD3<Float>, _ up: SIMD3<Float>,
        _ picture: (SurfaceMaterial) -> GLES.Texture.Level?
    ) {
        for pose in poses where items[pose.drawn.item].surface.key.isEye {
            let item = items[pose.drawn.item]
            let paint = picture(item.surface).flatMap { level in
                item.surface.baseCoordinates(item.geometry).map { EyeShape.Paint(level: level, uv: $0) }
            }
            let found = EyeShape.find(
                pose.rest, indices: item.geometry.indices, forward: forward, up: up, paint: paint)
            guard !found.isEmpty else { continue }
            var numbers = [SIMD4<Float>](repeating: SIMD4(1, 1, 1, 0), count: pose.rest.count)
            for (number, (_, vertices)) in found.enumerated() {
                for vertex in vertices { numbers[vertex].w = Float(number) }
            }
            values[pose.drawn.item] = numbers
            // A mesh may stand on two nodes, once for each eye.
            for node in item.nodes {
                for (number, (shape, _)) in found.enumerated() {
                    eyes.append(
                        Eye(drawn: Drawn(item: pose.drawn.item, node: node), number: number, shape: shape))
                }
            }
        }
    }

    private mutating func findGap(_ poses: [Pose]) {
        var points: [(vertex: LidEdges.Vertex, rest: SIMD3<Float>, open: SIMD3<Float>)] = []
        for pose in poses where pose.part == .skin && pose.rest != pose.open {
            let mesh = index(of: pose.drawn)
            for (i, (rest, open)) in zip(pose.rest, pose.open).enumerated() {
                points.append((LidEdges.Vertex(mesh: mesh, vertex: i), rest.xyz, open.xyz))
            }
        }
        gap = MouthGap(points)
    }

    private mutating func index(of mesh: Drawn) -> Int {
        if let known = drawn.firstIndex(of: mesh) { return known }
        drawn.append(mesh)
        return drawn.count - 1
    }

    private mutating func findLids(_ poses: [Pose]) {
        for i in eyes.indices {
            // Of a mesh on two nodes only the first one's place at rest is known.
            guard let pose = poses.first(where: { $0.drawn == eyes[i].drawn }) else { continue }
            let frame = EyeFrame(eyes[i].shape) { pose.rest[$0].xyz }
            var near: [(LidEdges.Vertex, SIMD3<Float>)] = []
            for skin in poses where skin.part == .skin {
                var mesh: Int?
                for (vertex, point) in skin.rest.enumerated() {
                    let away = point.xyz - frame.centre
                    guard dot(away, away) < 2.25 * frame.radius * frame.radius else { continue }
                    let number = mesh ?? index(of: skin.drawn)
                    mesh = number
                    near.append((LidEdges.Vertex(mesh: number, vertex: vertex), point.xyz))
                }
            }
            eyes[i].lids = LidEdges(frame, near)
        }
    }

    /// A face's middle, and how high it is from chin to crown.
    private struct Extent {
        var middle: SIMD3<Float>
        var height: Float
    }

    private func size(_ poses: [Pose]) -> Extent {
        let centres = eyes.map(\.shape.centre)
        if centres.count >= 2 {
            let apart = length(centres[0] - centres[1])
            // 63 mm between the eyes of a head of 220 mm.
            if apart > eyes[0].shape.radius {
                return Extent(middle: (centres[0] + centres[1]) / 2, height: 3.5 * apart)
            }
        }
        var box = Bounds()
        for pose in poses where pose.part == .skin {
            let moves = pose.rest != pose.open
            if moves, let part = Bounds(pose.rest.lazy.map(\.xyz)) { box.add(part) }
        }
        if box.isEmpty {
            for pose in poses where pose.part != nil {
                if let part = Bounds(pose.rest.lazy.map(\.xyz)) { box.add(part) }
            }
        }
        guard !box.isEmpty else { return Extent(middle: .zero, height: 0.22) }
        let height = min(box.size.y, max(box.size.x, box.size.z) * 1.4)
        return Extent(middle: SIMD3(box.center.x, box.high.y - height / 2, box.center.z), height: height)
    }

    /// A place for which rays are cast: the first of the vertices that share it.
    private struct Point {
        var pose: Int
        var vertex: Int
    }

    private mutating func shade(
        _ poses: [Pose], _ items: [SceneBlueprint.Item], _ face: Extent, key light: SIMD3<Float>
    ) throws {
        let isMetric = face.height > 0 && face.height.isFinite
        guard isMetric else { return }
        let wanted = poses.indices.filter { poses[$0].part != nil && poses[$0].part != .eye }
        guard !wanted.isEmpty else { return }
        // One soup of all that hides something.
        var soup: [SIMD4<Float>] = []
        var openSoup: [SIMD4<Float>] = []
        var indices: [UInt32] = []
        let reach = 0.3 * face.height
        for pose in poses where pose.hides {
            guard let box = Bounds(pose.rest.lazy.map(\.xyz)) else { continue }
            let away =
                box.low.clamped(lowerBound: face.middle, upperBound: SIMD3(repeating: .infinity))
                - box.high.clamped(lowerBound: SIMD3(repeating: -.infinity), upperBound: face.middle)
            guard max(away.x, away.y, away.z) < 2.5 * face.height else { continue }
            let base = UInt32(soup.count)
            soup += pose.rest
            openSoup += pose.open
            indices += items[pose.drawn.item].geometry.indices.map { $0 + base }
        }
        guard let tree = TriangleTree(positions: soup, indices: indices) else { return }
        let thinned = Thinning(poses.map(\.rest), poses.map(\.normals), wanted, face.height, Self.mostPoints)
        {
            let away = $0.xyz - face.middle
            return dot(away, away) < 2.5 * face.height * face.height
        }
        try Task.checkCancellation()
        let points = thinned.points
        pointCount = points.count
        let positions = points.map { poses[$0.pose].rest[$0.vertex] }
        let normals = points.map { poses[$0.pose].normals[$0.vertex] }
        let start = 0.004 * face.height
        var closed = try Self.cast(tree, positions, normals, Self.hemisphere, start, reach)
        var lit = [Float](repeating: 1, count: points.count)
        let skin = points.indices.filter { poses[points[$0].pose].part == .skin }
        let cone = TriangleTree.Rays.cone(light, spread: 0.35)
        let key = try Self.cast(
            tree, skin.map { positions[$0] }, skin.map { normals[$0] }, cone, start, 1.2 * face.height)
        for (k, i) in skin.enumerated() { lit[i] = key[k] }
        // With the jaw open, where that makes a difference.
        var open = closed
        if soup != openSoup {
            tree.move(to: openSoup)
            let lips = gapMiddle(poses)
            let moved = points.indices.filter { i in
                if poses[points[i].pose].part == .mouth { return true }
                let away = positions[i].xyz - (lips ?? face.middle)
                return poses[points[i].pose].part == .skin && length(away) < 0.3 * face.height
            }
            let values = try Self.cast(
                tree, moved.map { poses[points[$0].pose].open[points[$0].vertex] },
                moved.map { poses[points[$0].pose].openNormals[points[$0].vertex] }, Self.hemisphere, start,
                reach)
            for (k, i) in moved.enumerated() {
                // Cheeks that a jaw pulls over the teeth at the sides are away from them in a smile: half of it counts.
                open[i] = poses[points[i].pose].part == .mouth ? 0.5 + 0.5 * values[k] : values[k]
            }
        } else {
            // Nothing tells when it is open.
            for i in points.indices where poses[points[i].pose].part == .mouth {
                closed[i] = max(closed[i], 0.5)
                open[i] = closed[i]
            }
        }
        for p in wanted {
            let geometry = items[poses[p].drawn.item].geometry
            let bends = geometry.curvature(positions: poses[p].rest, normals: poses[p].normals)
            // Heads are taken for 220 mm high, whatever the file's units.
            let scale = face.height / 0.22 / Self.greatestBend
            var all = thinned.places[p].indices.map { vertex -> SIMD4<Float> in
                let point = thinned.places[p][vertex]
                let bend =
                    bends.isEmpty
                    ? 0 : clamp(Self.leastBend + Self.exaggeration * bends[vertex] * scale, 0, 1)
                return point < 0 ? SIMD4(1, 1, 1, bend) : SIMD4(closed[point], open[point], lit[point], bend)
            }
            geometry.smooth(&all, rounds: thinned.isThinned ? 4 : 1)
            if poses[p].part == .mouth { for i in all.indices { all[i].z = -1 } }
            values[poses[p].drawn.item] = all
        }
    }

    private func gapMiddle(_ poses: [Pose]) -> SIMD3<Float>? {
        guard let gap else { return nil }
        let places = [gap.upper, gap.lower].compactMap { vertex in
            poses.first { $0.drawn == drawn[vertex.mesh] }?.rest[vertex.vertex].xyz
        }
        return places.count == 2 ? (places[0] + places[1]) / 2 : nil
    }

    private static func cast(
        _ tree: TriangleTree, _ points: [SIMD4<Float>], _ normals: [SIMD4<Float>], _ rays: TriangleTree.Rays,
        _ start: Float, _ reach: Float
    ) throws -> [Float] {
        let chunk = 128
        let parts = try ConcurrentRows(count: (points.count + chunk - 1) / chunk, cancellable: true) { i in
            let range = i * chunk..<min((i + 1) * chunk, points.count)
            return tree.openness(points[range], normals[range], rays, start: start, reach: reach)
        }
        return parts.values.flatMap { $0 }
    }

    /// Which points stand for which vertices.
    private struct Thinning {
        private(set) var points: [Point] = []
        /// For each pose and vertex the point that stands for it; -1 where none does.
        private(set) var places: [[Int]]
        private(set) var isThinned = false

        /// A cell of the lattice, and the side that the surface faces.
        private struct Cell: Hashable {
            var at: SIMD3<Int32>
            var side: UInt8
        }

        init(
            _ positions: [[SIMD4<Float>]], _ normals: [[SIMD4<Float>]], _ wanted: [Int], _ height: Float,
            _ limit: Int, isNear: (SIMD4<Float>) -> Bool
        ) {
            places = positions.map { [Int](repeating: -1, count: $0.count) }
            var near: [Point] = []
            for p in wanted {
                for (vertex, position) in positions[p].enumerated()
                where isNear(position) { near.append(Point(pose: p, vertex: vertex)) }
            }
            var size = height / 4096
            while true {
                var cells: [Cell: Int] = [:]
                points = []
                for point in near {
                    let (position, normal) = (
                        positions[point.pose][point.vertex], normals[point.pose][point.vertex]
                    )
                    let at = (position.xyz / size).rounded(.down)
                    let side = UInt8(normal.x > 0 ? 1 : 0) | (normal.y > 0 ? 2 : 0) | (normal.z > 0 ? 4 : 0)
                    let cell = Cell(
                        at: SIMD3<Int32>(
                            at.clamped(
                                lowerBound: SIMD3(repeating: -1e9), upperBound: SIMD3(repeating: 1e9))),
                        side: side)
                    if let known = cells[cell] {
                        places[point.pose][point.vertex] = known
                    } else {
                        cells[cell] = points.count
                        places[point.pose][point.vertex] = points.count
                        points.append(point)
                        if points.count > limit { break }
                    }
                }
                if points.count <= limit { return }
                isThinned = true
                // Surfaces: half the size makes four times as many.
                size = size < height / 200 ? height / 200 : size * 1.6
            }
        }
    }
}

extension MeshGeometry {
    /// Takes from each vertex's values towards its neighbours' mean.
    fileprivate func smooth(_ values: inout [SIMD4<Float>], rounds: Int) {
        for _ in 0..<rounds {
            var sums = values
            var counts = [Float](repeating: 1, count: values.count)
            for i in stride(from: 0, to: indices.count - 2, by: 3) {
                for k in 0..<3 {
                    let (a, b) = (Int(indices[i + k]), Int(indices[i + (k + 1) % 3]))
                    sums[a] += values[b]
                    sums[b] += values[a]
                    counts[a] += 1
                    counts[b] += 1
                }
            }
            for i in values.indices { values[i] = sums[i] / counts[i] }
        }
    }
}

extension SIMD4<Float> {
    fileprivate var xyz: SIMD3<Float> { SIMD3(x, y, z) }
}

extension Matrix4 {
    fileprivate var linear: Matrix4 {
        var out = self
        out.columns.3 = SIMD4(0, 0, 0, 1)
        return out
    }
}

extension Document {
    /// The world matrix of every node at rest.
    fileprivate var restMatrices: [Matrix4] {
        var world = nodes.map(\.localMatrix)
        var isDone = nodes.map { $0.parent == nil }
        for start in nodes.indices where !isDone[start] {
            var chain = [start]
            while let parent = nodes[chain[chain.count - 1]].parent, !isDone[parent] { chain.append(parent) }
            for node in chain.reversed() {
                if let parent = nodes[node].parent { world[node] = world[parent] * world[node] }
                isDone[node] = true
            }
        }
        return world
    }
}
