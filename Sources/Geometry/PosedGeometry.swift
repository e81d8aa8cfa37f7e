import AvatariumCore
import GLTF

/// Where a document's vertices are in a pose: enough to find a head, to measure lips and to frame. Vertices are morphed and
/// skinned as the renderer does it.
package struct PosedGeometry: Sendable {
    package let document: Document
    /// The world matrix of every node.
    package let world: [Matrix4]
    /// The weights of every node's morph targets; missing ones are 0.
    private let weights: [[Float]]
    /// More vertices than this, counted on every node that draws them, are not looked at one by one.
    private static let vertexBudget = 4_000_000

    package init(_ document: Document, world: [Matrix4], weights: [[Float]] = []) {
        self.document = document
        self.world = world
        self.weights = weights
    }

    /// World positions of one primitive's vertices; skinned where the node has a skin.
    package func positions(node: Int, primitive: Primitive) -> [SIMD3<Float>] {
        var local = localPositions(primitive)
        for (target, weight) in activeTargets(node: node, primitive: primitive) {
            let delta = vectors(target["POSITION"])
            guard delta.count == local.count else { continue }
            for v in local.indices { local[v] += weight * delta[v] }
        }
        guard let matrices = skinMatrices(node: node, primitive: primitive, count: local.count) else {
            return local.map { world[node].transformPoint($0) }
        }
        return zip(local, matrices).map { $1.transformPoint($0) }
    }

    /// The targets of a primitive that have a weight in this pose.
    private func activeTargets(
        node: Int, primitive: Primitive
    ) -> [(target: [String: Int], weight: Float)] {
        guard weights.indices.contains(node) else { return [] }
        return zip(primitive.targets, weights[node]).filter { $1 != 0 }.map { ($0, $1) }
    }

    /// The primitive's own positions, in the mesh's space and without morphs.
    package func localPositions(_ primitive: Primitive) -> [SIMD3<Float>] {
        vectors(primitive.attributes["POSITION"])
    }

    /// An accessor of three components as vectors; empty where there is none.
    package func vectors(_ index: Int?) -> [SIMD3<Float>] {
        guard let index, document.accessors.indices.contains(index),
            document.accessors[index].elementType == .vec3
        else { return [] }
        let values = document.accessors[index].floats()
        return (0..<(values.count / 3)).map {
            SIMD3(values[$0 * 3], values[$0 * 3 + 1], values[$0 * 3 + 2])
        }
    }

    private func skin(of node: Int) -> Skin? {
        document.nodes[node].skin.flatMap {
            document.skins.indices.contains($0) ? document.skins[$0] : nil
        }
    }

    private func influences(_ primitive: Primitive, count: Int) -> VertexInfluences? {
        (try? VertexInfluences(document: document, primitive: primitive, vertexCount: count)) ?? nil
    }

    /// For each vertex of a skinned primitive the matrix that takes it to the world; nil without a skin.
    package func skinMatrices(node: Int, primitive: Primitive, count: Int) -> [Matrix4]? {
        guard let skin = skin(of: node), let influences = influences(primitive, count: count) else {
            return nil
        }
        return influences.matrices(palette: skin.palette(world))
    }

    /// For each vertex how much of it hangs on each joint of a skin.
    /// - Parameter body: Takes the vertex, the joint's node and its weight, 0...1, for each weight above 0.
    /// - Returns: False for a primitive that is not skinned.
    package func eachInfluence(
        node: Int, primitive: Primitive, count: Int, _ body: (Int, Int, Float) -> Void
    ) -> Bool {
        guard let skin = skin(of: node), let influences = influences(primitive, count: count) else {
            return false
        }
        for v in 0..<count {
            for k in 0..<4 where influences.weights[v][k] > 0 {
                let joint = Int(influences.joints[v][k])
                if joint < skin.joints.count { body(v, skin.joints[joint], influences.weights[v][k]) }
            }
        }
        return true
    }

    /// For each vertex how much of it hangs on the given nodes, 0...1.
    package func shares(of nodes: Set<Int>, node: Int, primitive: Primitive, count: Int) -> [Float] {
        var shares = [Float](repeating: 0, count: count)
        let isSkinned = eachInfluence(node: node, primitive: primitive, count: count) {
            vertex, joint, weight in
            if nodes.contains(joint) { shares[vertex] += weight }
        }
        return isSkinned ? shares : [Float](repeating: nodes.contains(node) ? 1 : 0, count: count)
    }

    /// Whether the scene is small enough to be measured vertex by vertex.
    package var isMeasurable: Bool {
        var total = 0
        for (_, mesh) in document.drawnMeshNodes {
            for primitive in document.meshes[mesh].primitives {
                total += primitive.attributes["POSITION"].map { document.accessors[$0].count } ?? 0
            }
            if total > Self.vertexBudget { return false }
        }
        return true
    }

    /// The box of a mesh by its accessors' declared bounds: larger than need be, but quick.
    private func declaredBounds(node: Int, primitive: Primitive) -> Bounds? {
        guard var box = declaredBox(primitive.attributes["POSITION"]) else { return nil }
        for (target, weight) in activeTargets(node: node, primitive: primitive) {
            guard let moved = declaredBox(target["POSITION"]) else { continue }
            let (one, other) = (weight * moved.low, weight * moved.high)
            box.low += pointwiseMin(one, other)
            box.high += pointwiseMax(one, other)
        }
        return box.isEmpty ? nil : box.transformed(by: world[node])
    }

    private func declaredBox(_ index: Int?) -> Bounds? {
        guard let accessor = index.map({ document.accessors[$0] }), accessor.min.count == 3,
            accessor.max.count == 3
        else { return nil }
        return Bounds(
            low: SIMD3(accessor.min[0], accessor.min[1], accessor.min[2]),
            high: SIMD3(accessor.max[0], accessor.max[1], accessor.max[2]))
    }

    /// The box of the meshes on some nodes, or on all that are drawn; nil without vertices.
    package func bounds(ofNodes nodes: Set<Int>? = nil) -> Bounds? {
        let isExact = isMeasurable
        var box = Bounds()
        for (index, mesh) in document.drawnMeshNodes where nodes?.contains(index) ?? true {
            for primitive in document.meshes[mesh].primitives {
                let part =
                    isExact
                    ? Bounds(positions(node: index, primitive: primitive))
                    : declaredBounds(node: index, primitive: primitive)
                if let part { box.add(part) }
            }
        }
        return box.isEmpty ? nil : box
    }

    /// The corners of a primitive's triangles, in the winding that faces outwards; none for lines and points.
    package func triangles(_ primitive: Primitive, count: Int) -> [(Int, Int, Int)] {
        let order =
            primitive.indices.map { document.accessors[$0].integers() } ?? (0..<UInt32(count)).map { $0 }
        let (topology, indices) = TriangleAssembly.assemble(primitive.mode, order)
        guard topology == .triangles else { return [] }
        return stride(from: 0, to: indices.count - 2, by: 3).compactMap { i in
            let corner = (Int(indices[i]), Int(indices[i + 1]), Int(indices[i + 2]))
            return max(corner.0, corner.1, corner.2) < count ? corner : nil
        }
    }
}
