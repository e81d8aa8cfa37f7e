import AvatariumCore

extension Validator {
    func linkMesh(_ i: Int, _ usage: UsageTracker) {
        guard let mesh = graph.meshes[i], let primitives = mesh.primitives else { return }
        for (k, primitive) in primitives.enumerated() {
            within("primitives", k) { linkPrimitive(primitive, usage) }
        }
    }

    private func linkPrimitive(_ primitive: ObjectGraph.Primitive, _ usage: UsageTracker) {
        var usedSets = linkVariants(primitive)
        let vertexCount = linkAttributes(primitive, usage)
        let indices = linkIndices(primitive, usage)
        if let count = indices?.count ?? vertexCount, let mode = primitive.mode {
            let isOdd =
                switch mode {
                case 1: count % 2 != 0
                case 2, 3: count < 2
                case 4: count % 3 != 0
                case 5, 6: count < 3
                default: false
                }
            if isOdd {
                report(.meshPrimitiveIncompatibleMode, nil, "\(count) vertices do not suit mode \(mode)")
            }
        }
        let index = resolve(primitive.json, "material", in: "materials") { exists("materials", $0) }
        let material = index.flatMap { graph.materials[$0] }
        let names = primitive.semantics.names
        if let material {
            if material.needsTangents, !(names.contains("NORMAL") && names.contains("TANGENT")) {
                report(
                    material.hasNormalTexture
                        ? .meshPrimitiveGeneratedTangentSpace : .meshPrimitiveNoTangentSpace,
                    "material", "needs a tangent space, which the mesh does not give")
            }
            usedSets.formUnion(checkTexCoords(material, primitive, "material"))
        }
        within("attributes") {
            if names.contains("TANGENT"), !(material?.needsTangents ?? false) {
                report(.unusedMeshTangent, "TANGENT")
            }
            for set in 0..<(primitive.semantics.counts["TEXCOORD"] ?? 0) where !usedSets.contains(set) {
                report(.unusedObject, "TEXCOORD_\(set)", "is not used")
            }
        }
        for (k, target) in (primitive.targets ?? []).enumerated() {
            within("targets", k) { linkTarget(target, primitive, usage) }
        }
    }

    /// The sets that the material reads, of those that the primitive has.
    private func checkTexCoords(
        _ material: ObjectGraph.Material, _ primitive: ObjectGraph.Primitive, _ name: String
    ) -> Set<Int> {
        let available = primitive.semantics.counts["TEXCOORD"] ?? 0
        for reference in material.texCoords where reference.set >= available {
            report(
                .meshPrimitiveTooFewTexcoords, name,
                "\(reference.pointer) needs TEXCOORD_\(reference.set), which the mesh lacks")
        }
        return Set(material.texCoords.map(\.set).filter { $0 < available })
    }

    private func linkAttributes(_ primitive: ObjectGraph.Primitive, _ usage: UsageTracker) -> Int? {
        var vertexCount: Int?
        within("attributes") {
            for (semantic, index) in primitive.attributes {
                guard let index else { continue }
                guard let accessor = accessor(index) else {
                    report(.unresolvedReference, semantic, "\(index) refers to nothing")
                    continue
                }
                checkVertexData(accessor, index, semantic, attributeFormats, usage)
                if let vertexCount, vertexCount != accessor.count ?? -1 {
                    report(.meshPrimitiveUnequalAccessorCount, semantic, "all attributes need one count")
                }
                vertexCount = vertexCount ?? accessor.count
            }
        }
        return vertexCount
    }

    /// What attributes and morph targets have in common.
    private func checkVertexData(
        _ accessor: ObjectGraph.Accessor, _ index: Int, _ semantic: String,
        _ formats: [String: Set<AccessorFormat>], _ usage: UsageTracker
    ) {
        markAccessor(index, as: .vertex, semantic, usage)
        let view = accessor.bufferView.flatMap(view)
        if let viewIndex = accessor.bufferView, view != nil {
            markView(viewIndex, as: .vertex, semantic, usage)
        }
        if semantic == "POSITION", accessor.min == nil || accessor.max == nil {
            report(.meshPrimitivePositionAccessorWithoutBounds, semantic)
        }
        let family = String(semantic.prefix { $0 != "_" })
        if let valid = formats[family] {
            if !valid.contains(accessor.format) {
                report(
                    .meshPrimitiveAttributesAccessorInvalidFormat, semantic,
                    "\(accessor.format.type) of \(accessor.format.component) is not possible here")
            }
        } else if accessor.component == AccessorFormat.unsignedInt {
            report(
                .meshPrimitiveAttributesAccessorUnsignedInt, semantic)
        }
        let size = accessor.layout?.elementSize ?? 0
        let isPacked = view != nil && view?.byteStride == nil
        if (accessor.byteOffset ?? 0) % 4 != 0 || (size % 4 != 0 && isPacked) {
            report(
                .meshPrimitiveAccessorUnaligned, semantic)
        }
        guard isPacked, let viewIndex = accessor.bufferView else { return }
        let isNew = usage.strideless[viewIndex, default: []].insert(index).inserted
        if isNew, usage.strideless[viewIndex]?.count ?? 0 > 1 {
            report(
                .meshPrimitiveAccessorWithoutBytestride, semantic,
                "bufferView \(viewIndex) serves several accessors and must say its byteStride")
        }
    }

    private func linkIndices(
        _ primitive: ObjectGraph.Primitive, _ usage: UsageTracker
    ) -> ObjectGraph.Accessor? {
        guard let accessor = useAccessor(primitive.json, "indices", .index, .index, usage) else { return nil }
        if stride(of: accessor) != nil {
            report(.meshPrimitiveIndicesAccessorWithBytestride, "indices")
        }
        if !AccessorFormat.indices.contains(accessor.format) {
            report(
                .meshPrimitiveIndicesAccessorInvalidFormat, "indices",
                "must be unsigned integer scalars")
        }
        return accessor
    }

    private func linkTarget(
        _ target: [(semantic: String, accessor: Int?)], _ primitive: ObjectGraph.Primitive,
        _ usage: UsageTracker
    ) {
        for (semantic, index) in target {
            guard let index else { continue }
            guard let accessor = accessor(index) else {
                report(.unresolvedReference, semantic, "\(index) refers to nothing")
                continue
            }
            let base = primitive.accessors[semantic].flatMap(self.accessor)
            if let base {
                if base.count != accessor.count {
                    report(
                        .meshPrimitiveMorphTargetInvalidAttributeCount, semantic)
                }
            } else {
                report(
                    .meshPrimitiveMorphTargetNoBaseAccessor, semantic)
            }
            checkVertexData(accessor, index, semantic, morphFormats, usage)
        }
    }

    /// KHR_materials_variants; returns the texture coordinate sets that its materials read.
    private func linkVariants(_ primitive: ObjectGraph.Primitive) -> Set<Int> {
        let name = "KHR_materials_variants"
        guard extensionsKnown.contains(name), let own = primitive.json["extensions"]?[name],
            let mappings = own["mappings"]?.array, mappings.allSatisfy({ $0.object != nil })
        else { return [] }
        let declared = root["extensions"]?[name]
        var seen: Set<Int> = []
        var usedSets: Set<Int> = []
        within("extensions") {
            within(name) {
                for (i, mapping) in mappings.enumerated() {
                    within("mappings", i) {
                        guard let declared, declared.object != nil else {
                            return report(
                                .unsatisfiedDependency, nil, "'/extensions/\(name)' must be defined too")
                        }
                        linkMapping(mapping, declared, primitive, &seen, &usedSets)
                    }
                }
            }
        }
        return usedSets
    }

    private func linkMapping(
        _ mapping: JSON, _ declared: JSON, _ primitive: ObjectGraph.Primitive, _ seen: inout Set<Int>,
        _ usedSets: inout Set<Int>
    ) {
        path.append("variants")
        for (i, variant) in (mapping.indexList("variants") ?? []).enumerated() {
            guard let variant else { continue }
            if !seen.insert(variant).inserted {
                report(
                    .khrMaterialsVariantsNonUniqueVariant, String(i), "is used twice for one primitive")
            }
            if declared["variants"]?[variant] == nil {
                report(.unresolvedReference, String(i), "\(variant) refers to nothing")
            } else {
                graph.markUsed("variants", variant)
            }
        }
        path.removeLast()
        if let index = resolve(mapping, "material", in: "materials", exists: { exists("materials", $0) }),
            let material = graph.materials[index]
        {
            usedSets.formUnion(checkTexCoords(material, primitive, "material"))
        }
    }
}
