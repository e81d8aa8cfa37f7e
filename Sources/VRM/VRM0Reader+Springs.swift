import AvatariumCore
import GLTF

extension VRM0Reader {
    /// `secondaryAnimation`: each root bone with all its descendants becomes chains; where a bone branches, the
    /// first child goes on and every other child starts a chain of its own. The last bone of a chain has a tail
    /// of 7 cm along its own direction, as in UniVRM.
    func readSprings(_ json: JSON?, _ model: inout AvatarModel) {
        guard let json else { return }
        let nodeCount = document.nodes.count
        let groups: [[SpringChain.Collider]] = (json["colliderGroups"]?.array ?? []).map { group in
            guard let node = group.index("node", below: nodeCount) else { return [] }
            return (group["colliders"]?.array ?? []).map { item in
                let offset = item.xyz("offset")
                return .sphere(
                    node: node, offset: SIMD3(offset.x, offset.y, -offset.z),
                    radius: item.number("radius") ?? 0)
            }
        }
        var taken: Set<Int> = []
        for (i, group) in (json["boneGroups"]?.array ?? []).enumerated() {
            var joint = SpringChain.Joint(node: 0)
            joint.hitRadius = group.number("hitRadius") ?? 0.02
            joint.stiffness = group.number("stiffiness") ?? 1
            joint.gravityPower = group.number("gravityPower") ?? 0
            let gravity = group.xyz("gravityDir", fallback: SIMD3(0, -1, 0))
            joint.gravityDirection = SIMD3(gravity.x, gravity.y, -gravity.z)
            joint.dragForce = clamp(group.number("dragForce") ?? 0.4, 0, 1)
            let colliders = (group["colliderGroups"]?.array ?? []).flatMap { reference in
                reference.int.flatMap { groups.indices.contains($0) ? groups[$0] : nil } ?? []
            }
            for (j, reference) in (group["bones"]?.array ?? []).enumerated() {
                guard let root = reference.int, root >= 0, root < nodeCount else {
                    model.note(
                        "VRM_INVALID_REFERENCE",
                        "/extensions/VRM/secondaryAnimation/boneGroups/\(i)/bones/\(j)",
                        "the spring names no node")
                    continue
                }
                // Breadth first, so that a chain comes after the one it hangs on.
                var starts = [root]
                while let start = starts.first {
                    starts.removeFirst()
                    guard taken.insert(start).inserted else { continue }
                    var chain = SpringChain()
                    chain.colliders = colliders
                    chain.center = group.index("center", below: nodeCount)
                    var at: Int? = start
                    while let node = at {
                        taken.insert(node)
                        joint.node = node
                        chain.joints.append(joint)
                        let children = document.nodes[node].children
                        starts += children.dropFirst()
                        at = children.first.flatMap { taken.contains($0) ? nil : $0 }
                    }
                    chain.endLength = 0.07
                    model.springs.append(chain)
                }
            }
        }
    }
}
