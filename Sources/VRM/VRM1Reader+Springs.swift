import AvatariumCore
import GLTF

extension VRM1Reader {
    /// `VRMC_springBone` 1.0.
    func readSprings(_ json: JSON, _ model: inout AvatarModel) {
        let root = "/extensions/VRMC_springBone"
        let nodeCount = document.nodes.count
        let colliders: [SpringChain.Collider?] = (json["colliders"]?.array ?? []).enumerated().map {
            i, item in
            guard let node = item.index("node", below: nodeCount), let shape = item["shape"] else {
                model.note("VRM_INVALID_REFERENCE", "\(root)/colliders/\(i)", "the collider names no node")
                return nil
            }
            if let capsule = shape["capsule"] {
                return .capsule(
                    node: node, offset: capsule.vector3("offset") ?? .zero,
                    tail: capsule.vector3("tail") ?? .zero, radius: capsule.number("radius") ?? 0)
            }
            guard let sphere = shape["sphere"] else { return nil }
            return .sphere(
                node: node, offset: sphere.vector3("offset") ?? .zero, radius: sphere.number("radius") ?? 0)
        }
        let groups: [[SpringChain.Collider]] = (json["colliderGroups"]?.array ?? []).map { group in
            (group["colliders"]?.array ?? []).compactMap { reference in
                reference.int.flatMap { colliders.indices.contains($0) ? colliders[$0] : nil }
            }
        }
        for (i, spring) in (json["springs"]?.array ?? []).enumerated() {
            var chain = SpringChain()
            for (j, item) in (spring["joints"]?.array ?? []).enumerated() {
                guard let node = item.index("node", below: nodeCount) else {
                    model.note(
                        "VRM_INVALID_REFERENCE", "\(root)/springs/\(i)/joints/\(j)",
                        "the joint names no node; the chain ends before it")
                    break
                }
                var joint = SpringChain.Joint(node: node)
                joint.hitRadius = item.number("hitRadius") ?? 0
                joint.stiffness = item.number("stiffness") ?? 1
                joint.gravityPower = item.number("gravityPower") ?? 0
                joint.gravityDirection = item.vector3("gravityDir") ?? SIMD3(0, -1, 0)
                joint.dragForce = clamp(item.number("dragForce") ?? 0.5, 0, 1)
                chain.joints.append(joint)
            }
            guard chain.joints.count >= 2 else { continue }
            chain.colliders = (spring["colliderGroups"]?.array ?? []).flatMap { reference in
                reference.int.flatMap { groups.indices.contains($0) ? groups[$0] : nil } ?? []
            }
            chain.center = spring.index("center", below: nodeCount)
            model.springs.append(chain)
        }
    }

    /// `VRMC_node_constraint` 1.0 of every node.
    func readConstraints(_ model: inout AvatarModel) {
        for (node, json) in (document.json["nodes"]?.array ?? []).enumerated() {
            guard let constraint = json["extensions"]?["VRMC_node_constraint"]?["constraint"] else {
                continue
            }
            let pointer = "/nodes/\(node)/extensions/VRMC_node_constraint/constraint"
            let found: (JSON, NodeConstraint.Kind)?
            if let roll = constraint["roll"] {
                found = (roll, .roll(axis: VRM1Reader.axis(roll["rollAxis"]?.string)))
            } else if let aim = constraint["aim"] {
                found = (aim, .aim(axis: VRM1Reader.axis(aim["aimAxis"]?.string)))
            } else if let rotation = constraint["rotation"] {
                found = (rotation, .rotation)
            } else {
                found = nil
            }
            guard let (body, kind) = found, node < document.nodes.count,
                let source = body.index("source", below: document.nodes.count), source != node
            else {
                model.note("VRM_INVALID_REFERENCE", pointer, "the constraint names no source node")
                continue
            }
            model.constraints.append(
                NodeConstraint(
                    node: node, source: source, kind: kind, weight: clamp(body.number("weight") ?? 1, 0, 1)))
        }
    }

    private static func axis(_ name: String?) -> SIMD3<Float> {
        switch name {
        case "Y", "PositiveY": SIMD3(0, 1, 0)
        case "Z", "PositiveZ": SIMD3(0, 0, 1)
        case "NegativeX": SIMD3(-1, 0, 0)
        case "NegativeY": SIMD3(0, -1, 0)
        case "NegativeZ": SIMD3(0, 0, -1)
        default: SIMD3(1, 0, 0)
        }
    }
}
