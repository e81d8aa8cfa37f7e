import AvatariumCore

extension DocumentBuilder {
    mutating func readAccessors() throws {
        let cursors = try root.elements("accessors")
        document.accessors.reserveCapacity(cursors.count)
        for (i, cursor) in cursors.enumerated() {
            document.accessors.append(
                try read(cursor, or: .empty) { try $0.readAccessor(cursor, index: i) })
        }
        decodedViews = [:]
        dracoSources = [:]
    }

    private mutating func readAccessor(_ cursor: JSONCursor, index: Int) throws -> Accessor {
        let rawComponent = try cursor.requiredInt("componentType")
        guard let typeName = try cursor.string("type") else { throw cursor.undefined("type") }
        let count = try cursor.requiredInt("count", atLeast: 1)
        guard let component = Accessor.ComponentType(rawValue: rawComponent),
            let type = Accessor.ElementType(rawValue: typeName)
        else {
            // Of an unknown kind: empty, so that whatever uses it is refused.
            return .empty
        }
        let layout = ElementLayout(component: component, type: type)
        guard count <= limits.accessorElements else {
            throw invalid(
                .accessorTooLong, cursor.pointer(to: "count"),
                "\(count) elements exceed the limit of a model's size")
        }
        try spend(count * layout.packedSize, cursor.pointer)
        let bytes: [UInt8]
        if let draco = dracoSources[index] {
            bytes = try draco.decode(component: component, layout: layout, count: count, cursor: cursor)
        } else {
            bytes = try readElements(cursor, layout: layout, count: count)
        }
        let accessor = Accessor(
            componentType: component, elementType: type, normalized: try cursor.bool("normalized") ?? false,
            count: count, bytes: bytes, min: bounds(cursor, "min", type),
            max: bounds(cursor, "max", type))
        if !accessor.isFinite { infiniteAccessors.insert(index) }
        return accessor
    }

    /// Refuses infinities and NaN where they spoil a vertex' place; its shade may be spoilt.
    func checkFloats() throws {
        guard !infiniteAccessors.isEmpty else { return }
        var placing = skinAccessors
        for (i, mesh) in document.meshes.enumerated() where drawn.contains("/meshes/\(i)") {
            for attributes in mesh.primitives.flatMap({ [$0.attributes] + $0.targets }) {
                for (semantic, accessor) in attributes
                where !["NORMAL", "TANGENT", "TEXCOORD", "COLOR"].contains(semantic.prefix { $0 != "_" }) {
                    placing.insert(accessor)
                }
            }
        }
        if let index = infiniteAccessors.intersection(placing).min() {
            throw invalid(.accessorInvalidFloat, "/accessors/\(index)")
        }
    }

    /// The inverse bind matrices of skins that are drawn.
    private var skinAccessors: Set<Int> {
        Set(
            (root["skins"]?.elements ?? []).filter { drawn.contains($0.pointer) }.compactMap {
                $0.value["inverseBindMatrices"]?.int
            })
    }

    /// None where they are not what they should be: the data has its own.
    private func bounds(
        _ cursor: JSONCursor, _ key: String, _ type: Accessor.ElementType
    ) -> [Float] {
        (try? cursor.floats(key, count: type.componentCount)) ?? []
    }

    private mutating func readElements(
        _ cursor: JSONCursor, layout: ElementLayout, count: Int
    ) throws -> [UInt8] {
        var bytes: [UInt8]
        if let view = try cursor.index("bufferView", below: bufferViews.count) {
            let offset = try cursor.int("byteOffset") ?? 0
            let stride = bufferViews[view].compression?.stride ?? bufferViews[view].stride
            bytes = try layout.unpack(
                self.bytes(ofView: view), offset: offset, stride: stride, count: count, cursor: cursor)
        } else {
            bytes = [UInt8](repeating: 0, count: count * layout.packedSize)
        }
        if let sparse = cursor["sparse"], hasData(sparse["indices"]), hasData(sparse["values"]) {
            try substitute(sparse, into: &bytes, layout: layout, count: count)
        }
        return bytes
    }

    /// Whether the buffer view of a sparse part lies in more than a placeholder.
    private func hasData(_ part: JSONCursor?) -> Bool {
        guard let index = part?.value["bufferView"]?.int, bufferViews.indices.contains(index) else {
            return true
        }
        return bufferViews[index].compression != nil || buffers[bufferViews[index].buffer].bytes != nil
    }

    /// Sparse substitution (glTF 2.0, section 3.6.2.3).
    private mutating func substitute(
        _ sparse: JSONCursor, into bytes: inout [UInt8], layout: ElementLayout, count: Int
    ) throws {
        let replaced = try sparse.requiredInt("count", atLeast: 1)
        guard replaced <= count else {
            throw invalid(
                .accessorSparseCountOutOfRange, sparse.pointer(to: "count"),
                "replaces \(replaced) of \(count) elements")
        }
        guard let indices = sparse["indices"] else { throw sparse.undefined("indices") }
        guard let values = sparse["values"] else { throw sparse.undefined("values") }
        let rawComponent = try indices.requiredInt("componentType")
        guard let component = Accessor.ComponentType(rawValue: rawComponent),
            [.unsignedByte, .unsignedShort, .unsignedInt].contains(component)
        else {
            throw invalid(
                .valueNotInList, indices.pointer(to: "componentType"), "\(rawComponent) is not an index type")
        }
        let indexView = try indices.requiredIndex("bufferView", below: bufferViews.count)
        let valueView = try values.requiredIndex("bufferView", below: bufferViews.count)
        let places = Accessor(
            componentType: component, elementType: .scalar, normalized: false, count: replaced,
            bytes: try ElementLayout(component: component, type: .scalar).unpack(
                self.bytes(ofView: indexView), offset: try indices.int("byteOffset") ?? 0, stride: nil,
                count: replaced, cursor: indices)
        ).integers()
        let packed = try layout.unpack(
            self.bytes(ofView: valueView), offset: try values.int("byteOffset") ?? 0, stride: nil,
            count: replaced, cursor: values)
        var previous = -1
        let size = layout.packedSize
        for (i, place) in places.enumerated() {
            guard place < count else {
                throw invalid(
                    .accessorSparseIndexOob, sparse.pointer,
                    "index \(place) at \(i) is not below the accessor's count of \(count)")
            }
            guard Int(place) > previous else {
                throw invalid(
                    .accessorSparseIndicesNonIncreasing, sparse.pointer,
                    "index \(place) at \(i) does not increase")
            }
            previous = Int(place)
            bytes.replaceSubrange(
                Int(place) * size..<(Int(place) + 1) * size, with: packed[i * size..<(i + 1) * size])
        }
    }
}
