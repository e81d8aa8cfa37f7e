import AvatariumCore
import GLTF
import VRM

/// One bone that swings: a node, and the tail that it points at.
struct SpringBone: Sendable {
    var node: Int
    var settings: SpringChain.Joint
    /// Index of its chain in the model.
    var chain: Int
    /// The tail in the node's own space, and the direction to it.
    var tailOffset: SIMD3<Float>
    var axis: SIMD3<Float>
    var restRotation: Quaternion
    /// Nodes between the bone above and this one, top down, which move with the bone above.
    var carried: [Int] = []
    /// The tail in the space of the chain's centre (the world where it has none), now and a step ago.
    var current = SIMD3<Float>.zero
    var previous = SIMD3<Float>.zero

    /// The bones of all chains, parents first.
    static func bones(_ model: AvatarModel, _ graph: NodeGraph) -> [SpringBone] {
        var bones: [SpringBone] = []
        let world = graph.world(graph.rest)
        for (index, chain) in model.springs.enumerated() {
            for (i, joint) in chain.joints.enumerated() {
                let offset: SIMD3<Float>
                if i + 1 < chain.joints.count {
                    let next = world[chain.joints[i + 1].node].translation
                    guard let inverse = world[joint.node].inverse else { continue }
                    offset = inverse.transformPoint(next)
                } else if chain.endLength > 0 {
                    let own = graph.rest[joint.node].translation
                    offset =
                        length(own) > 0 ? normalize(own) * chain.endLength : SIMD3(0, chain.endLength, 0)
                } else {
                    continue
                }
                guard length(offset) > 1e-6 else { continue }
                bones.append(
                    SpringBone(
                        node: joint.node, settings: joint, chain: index, tailOffset: offset,
                        axis: normalize(offset), restRotation: graph.rest[joint.node].rotation))
            }
        }
        var rank = [Int](repeating: 0, count: graph.rest.count)
        for (place, node) in graph.order.enumerated() { rank[node] = place }
        bones.sort { rank[$0.node] < rank[$1.node] }
        carry(&bones, graph, room: model.document.limits.springNodes)
        return bones
    }

    /// Sets the nodes strictly between the nearest bone above each bone and the bone; none where none is above. Bones
    /// whose nodes pass `room` together are left out: a file can hang thousands on one long chain.
    private static func carry(_ bones: inout [SpringBone], _ graph: NodeGraph, room: Int) {
        let springy = Set(bones.map(\.node))
        var isBelowBone = [Bool](repeating: false, count: graph.rest.count)
        for node in graph.order {
            let parent = graph.parents[node]
            isBelowBone[node] = parent >= 0 && (isBelowBone[parent] || springy.contains(parent))
        }
        var room = room
        for i in bones.indices where isBelowBone[bones[i].node] {
            var path: [Int] = []
            var at = graph.parents[bones[i].node]
            while !springy.contains(at), path.count <= room {
                path.append(at)
                at = graph.parents[at]
            }
            room -= path.count
            if room < 0 {
                bones.removeSubrange(i...)
                return
            }
            bones[i].carried = path.reversed()
        }
    }
}

extension SpringChain.Collider {
    /// Moves a tail of radius `hitRadius` out of the collider, or back into one that holds springs inside.
    func push(_ tail: SIMD3<Float>, _ hitRadius: Float, _ world: [Matrix4]) -> SIMD3<Float> {
        let matrix = world[node]
        switch shape {
        case .sphere(let offset, let radius, let isInside):
            return Self.push(
                tail, hitRadius, centre: matrix.transformPoint(offset), radius: radius * matrix.largestScale,
                isInside)
        case .capsule(let offset, let end, let radius, let isInside):
            let a = matrix.transformPoint(offset)
            let b = matrix.transformPoint(end)
            let along = b - a
            let t = dot(along, along) > 0 ? clamp(dot(tail - a, along) / dot(along, along), 0, 1) : 0
            return Self.push(
                tail, hitRadius, centre: a + along * t, radius: radius * matrix.largestScale, isInside)
        case .plane(let offset, let normal):
            let up = normalize(matrix.transformDirection(normal))
            let height = dot(tail - matrix.transformPoint(offset), up) - hitRadius
            return height < 0 ? tail - up * height : tail
        }
    }

    private static func push(
        _ tail: SIMD3<Float>, _ hitRadius: Float, centre: SIMD3<Float>, radius: Float, _ isInside: Bool
    ) -> SIMD3<Float> {
        let away = tail - centre
        let distance = length(away)
        let wanted = isInside ? max(0, radius - hitRadius) : radius + hitRadius
        guard isInside ? distance > wanted : distance < wanted, distance > 0 else { return tail }
        return centre + away * (wanted / distance)
    }
}

extension Matrix4 {
    /// The longest of the three axes.
    var largestScale: Float {
        max(
            length(transformDirection(SIMD3(1, 0, 0))),
            max(length(transformDirection(SIMD3(0, 1, 0))), length(transformDirection(SIMD3(0, 0, 1)))))
    }

    /// The blend of two placements of one thing, close to each other.
    static func between(_ a: Matrix4, _ b: Matrix4, _ t: Float) -> Matrix4 {
        Matrix4(
            a.columns.0 + (b.columns.0 - a.columns.0) * t, a.columns.1 + (b.columns.1 - a.columns.1) * t,
            a.columns.2 + (b.columns.2 - a.columns.2) * t, a.columns.3 + (b.columns.3 - a.columns.3) * t)
    }
}
