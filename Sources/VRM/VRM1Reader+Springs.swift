import AvatariumCore
import GLTF

extension VRM1Reader {
    /// `VRMC_springBone` 1.0, with VRMC_springBone_extended_collider 1.0.
    func readSprings(_ json: JSONCursor, _ model: inout AvatarModel) {
        let nodeCount = document.nodes.count
        let colliders = json.list("colliders").map { item -> SpringChain.Collider? in
            guard let node = item.index("node", below: nodeCount) else {
                model.note("VRM_INVALID_REFERENCE", item.pointer, "the collider does not refer to a node")
                return nil
            }
            // The extension's shape comes first; the plain one beside it is for readers without the extension.
            let extended = item["extensions"]?["VRMC_springBone_extended_collider"]?["shape"]
            guard let shape = (extended ?? item["shape"]).flatMap(collisionShape) else {
                model.note(
                    "VRM_COLLIDER_WITHOUT_SHAPE", item.pointer,
                    "the collider has none of the shapes sphere, capsule and plane; springs pass through it")
                return nil
            }
            return SpringChain.Collider(node: node, shape: shape)
        }
        let groups = json.list("colliderGroups").map { group in
            group.list("colliders").compactMap { $0.index(below: colliders.count).flatMap { colliders[$0] } }
        }
        var reading = SpringReading(document.limits, root: json.pointer)
        for spring in json.list("springs") where !reading.isFull {
            var chain = SpringChain()
            for item in spring.list("joints").prefix(reading.room) {
                guard let node = item.index("node", below: nodeCount) else {
                    model.note(
                        "VRM_INVALID_REFERENCE", item.pointer,
                        "the joint does not refer to a node; the chain ends before it")
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
            chain.colliders = reading.colliders(spring.list("colliderGroups"), of: groups)
            chain.center = spring.index("center", below: nodeCount)
            reading.add(chain)
        }
        model.springs += reading.chains
        reading.report(to: &model)
    }

    private func collisionShape(_ json: JSONCursor) -> SpringChain.Collider.Shape? {
        if let plane = json["plane"] {
            let normal = plane.vector3("normal") ?? SIMD3(0, 0, 1)
            guard length(normal) > 0 else { return nil }
            return .plane(offset: plane.vector3("offset") ?? .zero, normal: normalize(normal))
        }
        if let capsule = json["capsule"] {
            return .capsule(
                offset: capsule.vector3("offset") ?? .zero, tail: capsule.vector3("tail") ?? .zero,
                radius: capsule.number("radius") ?? 0, isInside: capsule.bool("inside") ?? false)
        }
        guard let sphere = json["sphere"] else { return nil }
        return .sphere(
            offset: sphere.vector3("offset") ?? .zero, radius: sphere.number("radius") ?? 0,
            isInside: sphere.bool("inside") ?? false)
    }

    /// `VRMC_node_constraint` 1.0 of every node.
    func readConstraints(_ model: inout AvatarModel) {
        for (node, json) in document.cursor.list("nodes").enumerated() {
            guard let constraint = json["extensions"]?["VRMC_node_constraint"]?["constraint"] else {
                continue
            }
            guard model.constraints.count < document.limits.constraints else {
                return model.note(
                    "AVATAR_LIMIT_EXCEEDED", constraint.pointer,
                    "node constraints beyond the limit of \(document.limits.constraints) are ignored")
            }
            let found: (JSONCursor, NodeConstraint.Kind)?
            if let roll = constraint["roll"] {
                found = (roll, .roll(axis: VRM1Reader.axis(roll.string("rollAxis"))))
            } else if let aim = constraint["aim"] {
                found = (aim, .aim(axis: VRM1Reader.axis(aim.string("aimAxis"))))
            } else if let rotation = constraint["rotation"] {
                found = (rotation, .rotation)
            } else {
                found = nil
            }
            guard let (body, kind) = found, node < document.nodes.count,
                let source = body.index("source", below: document.nodes.count), source != node
            else {
                model.note(
                    "VRM_INVALID_REFERENCE", constraint.pointer,
                    "the constraint does not refer to a source node")
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
