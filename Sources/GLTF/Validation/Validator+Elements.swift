import AvatariumCore

/// Checks of accessors' elements, each where its use is.
extension Validator {
    func checkElements(_ resources: DataSource) {
        for i in graph.accessors.indices {
            guard let accessor = graph.accessors[i], let data = resources.elements(of: accessor) else {
                continue
            }
            within("accessors", i) { checkBounds(accessor, data) }
        }
        for (m, mesh) in graph.meshes.enumerated() {
            for (p, primitive) in (mesh?.primitives ?? []).enumerated() {
                within("meshes", m) { within("primitives", p) { checkPrimitiveData(primitive, resources) } }
            }
        }
        each("skins") { _, json in
            guard let accessor = json.index("inverseBindMatrices").flatMap(accessor),
                AccessorFormat.inverseBindMatrices.contains(accessor.format),
                let data = resources.elements(of: accessor)
            else { return }
            checkMatrices(data.floats())
        }
        each("animations") { _, json in checkAnimationData(json, resources) }
    }

    private func checkBounds(_ accessor: ObjectGraph.Accessor, _ data: Accessor) {
        let values: [Double]
        if data.componentType == .float {
            values = data.floats().map(Double.init)
            for (k, value) in values.enumerated() where !value.isFinite {
                report(.accessorInvalidFloat, nil, "component \(k) is \(value)")
            }
        } else {
            values = data.signedIntegers().map(Double.init)
        }
        let components = accessor.components
        func extremes(_ better: (Double, Double) -> Bool) -> [Double] {
            var out = Array(values.prefix(components))
            for (k, value) in values.enumerated() where better(value, out[k % components]) {
                out[k % components] = value
            }
            return out
        }
        if let declared = accessor.min {
            compare(
                declared, extremes(<), "min", .accessorMinMismatch, .accessorElementOutOfMinBound, <)
        }
        if let declared = accessor.max {
            compare(
                declared, extremes(>), "max", .accessorMaxMismatch, .accessorElementOutOfMaxBound, >)
        }
    }

    private func compare(
        _ declared: [Double], _ actual: [Double], _ key: String, _ mismatch: GLTFIssue, _ outside: GLTFIssue,
        _ isBeyond: (Double, Double) -> Bool
    ) {
        guard declared.count == actual.count else { return }
        within(key) {
            for c in declared.indices where declared[c] != actual[c] {
                report(mismatch, String(c), "declares \(declared[c]), but the data has \(actual[c])")
                if isBeyond(actual[c], declared[c]) {
                    report(outside, String(c), "elements lie beyond the declared \(declared[c])")
                }
            }
        }
    }

    private func checkPrimitiveData(_ primitive: ObjectGraph.Primitive, _ resources: DataSource) {
        within("attributes") {
            for (semantic, index) in primitive.attributes {
                guard ["NORMAL", "TANGENT", "COLOR_0"].contains(semantic),
                    let accessor = index.flatMap(accessor),
                    attributeFormats[String(semantic.prefix { $0 != "_" })]?.contains(accessor.format)
                        ?? false,
                    semantic != "COLOR_0" || accessor.component == AccessorFormat.float,
                    let data = resources.elements(of: accessor)
                else { continue }
                checkVectors(data.floats(), semantic)
            }
        }
        guard let accessor = primitive.json.index("indices").flatMap(accessor),
            AccessorFormat.indices.contains(accessor.format), let data = resources.elements(of: accessor)
        else { return }
        let vertexCount = primitive.attributes.lazy.compactMap { $0.accessor.flatMap(self.accessor)?.count }
            .first
        checkIndexData(data.integers(), accessor, vertexCount ?? 0, isTriangles: primitive.mode == 4)
    }

    private func checkVectors(_ values: [Float], _ semantic: String) {
        if semantic == "COLOR_0" {
            for (k, value) in values.enumerated() where value > 1 || value < 0 {
                report(.accessorNonClamped, semantic, "component \(k) is \(value), not within 0 and 1")
            }
            return
        }
        let step = semantic == "TANGENT" ? 4 : 3
        for k in Swift.stride(from: 0, to: values.count - step + 1, by: step) {
            let length = (0..<3).reduce(0) { $0 + Double(values[k + $1]) * Double(values[k + $1]) }
                .squareRoot()
            if abs(length - 1) > Self.vectorTolerance {
                report(
                    .accessorVector3NonUnit, semantic, "vector \(k / step) has length \(length), not 1")
            }
            if step == 4, abs(values[k + 3]) != 1 {
                report(
                    .accessorInvalidSign, semantic, "tangent \(k / 4) has w \(values[k + 3]), not 1 or -1")
            }
        }
    }

    private func checkIndexData(
        _ indices: [UInt32], _ accessor: ObjectGraph.Accessor, _ vertexCount: Int, isTriangles: Bool
    ) {
        let restart = AccessorFormat.range(of: accessor.component ?? 0).upperBound
        var degenerate = 0
        for (k, index) in indices.enumerated() {
            if Int(index) >= vertexCount {
                report(.accessorIndexOob, "indices", "index \(index) at \(k) is not below \(vertexCount)")
            }
            if Double(index) == restart {
                report(.accessorIndexPrimitiveRestart, "indices", "index \(index) at \(k) is not allowed")
            }
            guard isTriangles, k % 3 == 2 else { continue }
            let (a, b) = (indices[k - 2], indices[k - 1])
            if a == b || b == index || index == a { degenerate += 1 }
        }
        if degenerate > 0 {
            report(.accessorIndexTriangleDegenerate, "indices", "\(degenerate) triangles have no area")
        }
    }

    private func checkMatrices(_ values: [Float]) {
        for (k, value) in values.enumerated() {
            let isWrong = [3, 7, 11].contains(k % 16) ? value != 0 : k % 16 == 15 && value != 1
            if isWrong {
                report(.accessorInvalidIbm, "inverseBindMatrices", "component \(k % 16) is \(value)")
            }
        }
    }

    private func checkAnimationData(_ json: JSON, _ resources: DataSource) {
        let samplers = json["samplers"]?.array ?? []
        for (i, sampler) in samplers.enumerated() {
            guard let accessor = sampler.index("input").flatMap(accessor),
                AccessorFormat.keyTimes.contains(accessor.format), let data = resources.elements(of: accessor)
            else { continue }
            within("samplers", i) { checkKeyTimes(data.floats()) }
        }
        for (i, channel) in (json["channels"]?.array ?? []).enumerated() {
            guard channel["target"]?["path"]?.string == "rotation",
                let index = channel.index("sampler"), samplers.indices.contains(index),
                let accessor = samplers[index].index("output").flatMap(accessor), accessor.components == 4,
                let data = resources.elements(of: accessor)
            else { continue }
            let isSpline = samplers[index]["interpolation"]?.string == "CUBICSPLINE"
            within("channels", i) { checkQuaternions(data.floats(), isSpline: isSpline) }
        }
    }

    private func checkKeyTimes(_ times: [Float]) {
        var last: Float = 0
        for (k, time) in times.enumerated() {
            if time < 0 {
                report(.accessorAnimationInputNegative, "input", "key \(k) is at \(time)")
                continue
            }
            if k > 0, time <= last {
                report(
                    .accessorAnimationInputNonIncreasing, "input",
                    "key \(k) at \(time) does not increase")
            }
            last = time
        }
    }

    /// Checks that rotations are unit quaternions; of a spline's triples only the middle ones are rotations.
    private func checkQuaternions(_ values: [Float], isSpline: Bool) {
        for k in 0..<values.count / 4 where !isSpline || k % 3 == 1 {
            let length = (0..<4).reduce(0) { $0 + Double(values[k * 4 + $1]) * Double(values[k * 4 + $1]) }
                .squareRoot()
            if abs(length - 1) > Self.quaternionTolerance {
                report(
                    .accessorAnimationSamplerOutputNonNormalizedQuaternion, "sampler",
                    "rotation \(k) has length \(length), not 1")
            }
        }
    }
}
