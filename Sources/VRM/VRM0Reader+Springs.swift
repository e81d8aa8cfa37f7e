import AvatariumCore
import GLTF

extension VRM0Reader {
    /// `secondaryAnimation`: each root bone with all its descendants becomes chains; where a bone branches, the
    /// first child goes on and every other child starts a chain of its own. The last bone of a chain has a tail
    /// of 7 cm along its own direction, as in UniVRM.
    func readSprings(_ json: JSONCursor?, _ model: inout AvatarModel) {
        guard let json else { return }
        let nodeCount = document.nodes.count
        let groups: [[SpringChain.Collider]] = json.list("colliderGroups").map { group in
            guard let node = group.index("node", below: nodeCount) else { return [] }
            return group.list("colliders").prefix(document.limits.collidersPerSpring + 1).map { item in
                let offset = item.xyz("offset")
                return SpringChain.Collider(
                    node: node,
                    shape: .sphere(
                        offset: SIMD3(offset.x, offset.y, -offset.z), radius: item.number("radius") ?? 0))
            }
        }
        var reading = SpringReading(document.limits, root: json.pointer)
        var taken: Set<Int> = []
        for group in json.list("boneGroups") where !reading.isFull {
            let joint = self.joint(group)
            let colliders = reading.colliders(group.list("colliderGroups"), of: groups)
            for reference in group.list("bones") where !reading.isFull {
                guard let root = reference.index(below: nodeCount) else {
                    model.note(
                        "VRM_INVALID_REFERENCE", reference.pointer,
                        "the spring does not refer to a node")
                    continue
                }
                // Breadth first, so that a chain comes after the one it hangs on.
                var starts = [root]
                var next = 0
                while next < starts.count, !reading.isFull {
                    let start = starts[next]
                    next += 1
                    guard taken.insert(start).inserted else { continue }
                    var chain = SpringChain()
                    chain.colliders = colliders
                    chain.center = group.index("center", below: nodeCount)
                    var at: Int? = start
                    while let node = at, chain.joints.count < reading.room {
                        taken.insert(node)
                        var placed = joint
                        placed.node = node
                        chain.joints.append(placed)
                        let children = document.nodes[node].children
                        starts += children.dropFirst()
                        at = children.first.flatMap { taken.contains($0) ? nil : $0 }
                    }
                    chain.endLength = 0.07
                    reading.add(chain)
                }
            }
        }
        model.springs += reading.chains
        reading.report(to: &model)
    }

    private func joint(_ group: JSONCursor) -> SpringChain.Joint {
        var joint = SpringChain.Joint(node: 0)
        joint.hitRadius = group.number("hitRadius") ?? 0.02
        joint.stiffness = group.number("stiffiness") ?? 1
        joint.gravityPower = group.number("gravityPower") ?? 0
        let gravity = group.xyz("gravityDir", fallback: SIMD3(0, -1, 0))
        joint.gravityDirection = SIMD3(gravity.x, gravity.y, -gravity.z)
        joint.dragForce = clamp(group.number("dragForce") ?? 0.4, 0, 1)
        return joint
    }
}
