import AvatariumCore

/// Joints and weights of skinned meshes, set beside set.
extension Validator {
    func checkInfluences(_ resources: DataSource) {
        for (m, mesh) in graph.meshes.enumerated() {
            guard let primitives = mesh?.primitives,
                primitives.contains(where: { ($0.semantics.counts["JOINTS"] ?? 0) > 0 })
            else { continue }
            // The smallest skin that the mesh is used with sets the limit.
            let jointCounts = graph.nodes.compactMap { node in
                node?.mesh == m
                    ? node?.skin.flatMap { exists("skins", $0) ? graph.skins[$0] : nil }?.joints?.count : nil
            }
            guard let limit = jointCounts.min(), limit > 0 else { continue }
            for (p, primitive) in primitives.enumerated() {
                within("meshes", m) {
                    within("primitives", p) {
                        within("attributes") { checkInfluences(primitive, limit, resources) }
                    }
                }
            }
        }
    }

    private func checkInfluences(_ primitive: ObjectGraph.Primitive, _ limit: Int, _ resources: DataSource) {
        let setCount = primitive.semantics.counts["JOINTS"] ?? 0
        let vertexCount = primitive.attributes.lazy.compactMap { $0.accessor.flatMap(self.accessor)?.count }
            .first
        func data(_ name: String) -> Accessor? {
            guard let accessor = primitive.accessors[name].flatMap(self.accessor),
                accessor.count == vertexCount, accessor.type == "VEC4"
            else { return nil }
            return resources.elements(of: accessor)
        }
        let joints = (0..<setCount).compactMap { data("JOINTS_\($0)")?.integers() }
        let weights = (0..<setCount).compactMap { data("WEIGHTS_\($0)")?.floats() }
        guard setCount > 0, joints.count == setCount, weights.count == setCount else { return }
        for vertex in 0..<(vertexCount ?? 0) {
            var seen: Set<UInt32> = []
            var sum: Float = 0
            var tolerance: Float = 0
            for k in vertex * 4..<vertex * 4 + 4 {
                for set in 0..<setCount {
                    let (joint, weight) = (joints[set][k], weights[set][k])
                    if Int(joint) >= limit {
                        report(
                            .accessorJointsIndexOob, "JOINTS_\(set)",
                            "joint \(joint) is not below \(limit)")
                        continue
                    }
                    if weight == 0 {
                        if joint != 0 {
                            report(
                                .accessorJointsUsedZeroWeight, "JOINTS_\(set)",
                                "joint \(joint) of vertex \(vertex) has no weight")
                        }
                        continue
                    }
                    let isNew = seen.insert(joint).inserted
                    if !isNew {
                        report(
                            .accessorJointsIndexDuplicate, "JOINTS_\(set)",
                            "vertex \(vertex) has joint \(joint) twice")
                    }
                    if weight < 0 {
                        report(
                            .accessorWeightsNegative, "WEIGHTS_\(set)", "vertex \(vertex) has \(weight)")
                    } else if isNew {
                        sum += weight
                        tolerance += 2e-7
                    }
                }
            }
            guard abs(sum - 1) > tolerance else { continue }
            for set in 0..<setCount {
                report(
                    .accessorWeightsNonNormalized, "WEIGHTS_\(set)",
                    "the weights of vertex \(vertex) add up to \(sum)")
            }
        }
    }
}
