import AvatariumCore
import GLTF
import VRM

/// An axis-aligned box.
public struct BoundingBox: Sendable, Equatable {
    public var low: SIMD3<Float>
    public var high: SIMD3<Float>

    public init(low: SIMD3<Float>, high: SIMD3<Float>) {
        self.low = low
        self.high = high
    }

    init?(_ points: some Sequence<SIMD3<Float>>) {
        var low = SIMD3<Float>(repeating: .infinity)
        var high = SIMD3<Float>(repeating: -.infinity)
        for p in points {
            low = pointwiseMin(low, p)
            high = pointwiseMax(high, p)
        }
        guard low.x <= high.x, low.y <= high.y, low.z <= high.z else { return nil }
        self.init(low: low, high: high)
    }

    public var centre: SIMD3<Float> { (low + high) / 2 }
    public var size: SIMD3<Float> { high - low }

    mutating func formUnion(_ other: BoundingBox) {
        low = pointwiseMin(low, other.low)
        high = pointwiseMax(high, other.high)
    }
}

/// Where an avatar's vertices are in a pose, without morphs: enough to find its head and frame it.
struct RestGeometry {
    let model: AvatarModel
    let world: [Matrix4]

    init(_ model: AvatarModel, _ world: [Matrix4]) {
        self.model = model
        self.world = world
    }

    /// The nodes and everything below them.
    static func descendants(of nodes: [Int], _ graph: NodeGraph) -> Set<Int> {
        var found = Set(nodes)
        for node in graph.order where graph.parents[node] >= 0 && found.contains(graph.parents[node]) {
            found.insert(node)
        }
        return found
    }

    /// World positions of one primitive's vertices; skinned where the node has a skin.
    func positions(node: Int, primitive: Primitive) -> [SIMD3<Float>] {
        place(localPositions(primitive), node: node, primitive: primitive)
    }

    /// The primitive's own positions.
    func localPositions(_ primitive: Primitive) -> [SIMD3<Float>] {
        vectors(primitive.attributes["POSITION"])
    }

    /// An accessor of three components as vectors; empty where there is none.
    func vectors(_ index: Int?) -> [SIMD3<Float>] {
        guard let index, model.document.accessors.indices.contains(index),
            model.document.accessors[index].elementType == .vec3
        else { return [] }
        let values = model.document.accessors[index].floats()
        return (0..<(values.count / 3)).map {
            SIMD3(values[$0 * 3], values[$0 * 3 + 1], values[$0 * 3 + 2])
        }
    }

    /// Takes points given in a primitive's space, one for each of its vertices, to the world.
    func place(_ local: [SIMD3<Float>], node: Int, primitive: Primitive) -> [SIMD3<Float>] {
        guard let matrices = skinMatrices(node: node, primitive: primitive, count: local.count) else {
            return local.map { world[node].transformPoint($0) }
        }
        return zip(local, matrices).map { $1.transformPoint($0) }
    }

    /// For each vertex of a skinned primitive the matrix that takes it to the world; nil without a skin.
    func skinMatrices(node: Int, primitive: Primitive, count: Int) -> [Matrix4]? {
        guard let skin = model.document.nodes[node].skin, model.document.skins.indices.contains(skin),
            let influence = influences(primitive, count: count)
        else { return nil }
        let joints = jointMatrices(model.document.skins[skin])
        return influence.map { list in
            var sum = Matrix4(.zero, .zero, .zero, .zero)
            var total: Float = 0
            for (joint, weight) in list where joint < joints.count {
                let m = joints[joint].columns
                sum.columns.0 += m.0 * weight
                sum.columns.1 += m.1 * weight
                sum.columns.2 += m.2 * weight
                sum.columns.3 += m.3 * weight
                total += weight
            }
            guard total > 0 else { return world[node] }
            let (a, b, c, d) = sum.columns
            return Matrix4(a / total, b / total, c / total, d / total)
        }
    }

    /// For each vertex how much of it hangs on the given nodes, 0...1.
    func shares(of joints: Set<Int>, node: Int, primitive: Primitive, count: Int) -> [Float] {
        guard let skin = model.document.nodes[node].skin, model.document.skins.indices.contains(skin),
            let influence = influences(primitive, count: count)
        else { return [Float](repeating: joints.contains(node) ? 1 : 0, count: count) }
        let nodes = model.document.skins[skin].joints
        return influence.map { list in
            var share: Float = 0
            for (joint, weight) in list where joint < nodes.count && joints.contains(nodes[joint]) {
                share += weight
            }
            return share
        }
    }

    private func jointMatrices(_ skin: Skin) -> [Matrix4] {
        skin.joints.enumerated().map { i, node in
            guard world.indices.contains(node) else { return .identity }
            return skin.inverseBindMatrices.indices.contains(i)
                ? world[node] * skin.inverseBindMatrices[i] : world[node]
        }
    }

    private func accessor(_ primitive: Primitive, _ semantic: String) -> Accessor? {
        guard let index = primitive.attributes[semantic], model.document.accessors.indices.contains(index)
        else { return nil }
        return model.document.accessors[index]
    }

    private func influences(_ primitive: Primitive, count: Int) -> [[(Int, Float)]]? {
        var list = [[(Int, Float)]](repeating: [], count: count)
        var found = false
        for set in 0..<2 {
            guard let joints = accessor(primitive, "JOINTS_\(set)")?.integers(),
                let weights = accessor(primitive, "WEIGHTS_\(set)")?.floats(),
                joints.count >= count * 4, weights.count >= count * 4
            else { break }
            found = true
            for i in 0..<count {
                for k in (i * 4)..<(i * 4 + 4) where weights[k] > 0 {
                    list[i].append((Int(joints[k]), weights[k]))
                }
            }
        }
        return found ? list : nil
    }

    /// Nodes of the scene that is shown which have a mesh, in file order.
    var shownMeshNodes: [(node: Int, mesh: Int)] {
        var shown = [Bool](repeating: false, count: model.document.nodes.count)
        var pending = model.document.sceneRoots
        while let node = pending.popLast() {
            guard shown.indices.contains(node), !shown[node] else { continue }
            shown[node] = true
            pending += model.document.nodes[node].children
        }
        let everything = model.document.sceneRoots.isEmpty
        return model.document.nodes.enumerated().compactMap { index, node in
            guard let mesh = node.mesh, everything || shown[index] else { return nil }
            return (index, mesh)
        }
    }

    /// More vertices than this, counted on every node that shows them, are not looked at one by one.
    private static let vertexBudget = 4_000_000

    /// Whether the scene is small enough to be measured vertex by vertex.
    var isMeasurable: Bool {
        var total = 0
        for (_, mesh) in shownMeshNodes {
            for primitive in model.document.meshes[mesh].primitives {
                total += accessor(primitive, "POSITION")?.count ?? 0
            }
            if total > RestGeometry.vertexBudget { return false }
        }
        return true
    }

    /// The box of a mesh by its accessors' declared bounds: larger than need be, but quick.
    private func declaredBounds(node: Int, primitive: Primitive) -> BoundingBox? {
        guard let accessor = accessor(primitive, "POSITION"), accessor.min.count == 3, accessor.max.count == 3
        else { return nil }
        let corners = (0..<8).map { i in
            world[node].transformPoint(
                SIMD3(
                    i & 1 == 0 ? accessor.min[0] : accessor.max[0],
                    i & 2 == 0 ? accessor.min[1] : accessor.max[1],
                    i & 4 == 0 ? accessor.min[2] : accessor.max[2]))
        }
        return BoundingBox(corners)
    }

    /// The box of the meshes on some nodes, or on all that are shown.
    func bounds(ofNodes nodes: Set<Int>? = nil) -> BoundingBox? {
        let exact = isMeasurable
        var box: BoundingBox?
        for (index, mesh) in shownMeshNodes where nodes?.contains(index) ?? true {
            for primitive in model.document.meshes[mesh].primitives {
                let found =
                    exact
                    ? BoundingBox(positions(node: index, primitive: primitive))
                    : declaredBounds(node: index, primitive: primitive)
                guard let part = found else { continue }
                if box == nil { box = part } else { box?.formUnion(part) }
            }
        }
        return box
    }
}
