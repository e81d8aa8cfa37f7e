import AvatariumCore

/// The bytes behind a document, for checks that must go on where the loader would stop.
final class DataSource {
    enum BufferState {
        case bytes(Int)
        case missing(String)
        case noBinaryChunk
        /// Nothing is to be had, and something else has said so.
        case nothing
    }

    private var folder: ResourceFolder
    private let binary: ArraySlice<UInt8>?
    private let limits: LoadLimits
    private let graph: ObjectGraph
    private var buffers: [Int: ArraySlice<UInt8>] = [:]
    /// Bytes that accessors may still unpack to, over all looks at them.
    private var budget = 1 << 30

    init(folder: ResourceFolder, binary: ArraySlice<UInt8>?, limits: LoadLimits, graph: ObjectGraph) {
        self.folder = folder
        self.binary = binary
        self.limits = limits
        self.graph = graph
    }

    func load(buffer i: Int, _ json: JSON, isBinary: Bool) -> BufferState {
        if json["uri"] == nil {
            guard isBinary, i == 0 else { return .nothing }
            let isFallback = json["extensions"]?["EXT_meshopt_compression"]?["fallback"]?.bool ?? false
            guard let binary else { return isFallback ? .nothing : .noBinaryChunk }
            buffers[i] = binary
            return .bytes(binary.count)
        }
        guard let uri = json["uri"]?.string else { return .nothing }
        // What is not a URI has been said; what browsers make of it nevertheless is not measured.
        if let data = try? DataURI(uri, pointer: "", byteLimit: limits.totalBytes), !data.isWellFormed {
            return .nothing
        }
        do {
            let resource = try folder.resolve(uri, pointer: "")
            buffers[i] = resource.bytes[...]
            return .bytes(resource.bytes.count)
        } catch let error as AvatariumError where error.code == .avatarLoadFailed {
            return .missing(error.message)
        } catch {
            return .nothing
        }
    }

    /// The bytes of an image object; nil where something else has said why there are none.
    func image(_ json: JSON, _ graph: ObjectGraph) throws(AvatariumError) -> [UInt8]? {
        if let uri = json["uri"]?.string {
            do {
                return try folder.resolve(uri, pointer: "").bytes
            } catch let error as AvatariumError where error.code == .avatarLoadFailed {
                throw error
            } catch {
                return nil
            }
        }
        return json.index("bufferView").flatMap { view($0) }.map(Array.init)
    }

    private func view(_ index: Int) -> ArraySlice<UInt8>? {
        guard graph.bufferViews.indices.contains(index), let view = graph.bufferViews[index],
            !view.isCompressed, let buffer = view.buffer, let bytes = buffers[buffer],
            let offset = view.byteOffset, let length = view.byteLength, offset <= bytes.count,
            length <= bytes.count - offset
        else { return nil }
        return bytes[bytes.startIndex + offset..<bytes.startIndex + offset + length]
    }

    func sparseIndices(of accessor: ObjectGraph.Accessor) -> [UInt32]? {
        guard let sparse = accessor.sparse, let count = accessor.count, sparse.count <= count,
            let component = sparse.indices.component
        else { return nil }
        return unpack(sparse.indices, component, "SCALAR", sparse.count)?.integers()
    }

    private func unpack(
        _ part: ObjectGraph.SparsePart, _ component: Int, _ type: String, _ count: Int
    ) -> Accessor? {
        guard let view = part.bufferView.flatMap(view), let offset = part.byteOffset,
            let c = Accessor.ComponentType(rawValue: component), let t = Accessor.ElementType(rawValue: type),
            offset % c.size == 0, count <= limits.accessorElements,
            let bytes = try? ElementLayout(component: c, type: t).unpack(
                view, offset: offset, stride: nil, count: count, cursor: JSONCursor(.null))
        else { return nil }
        return Accessor(componentType: c, elementType: t, normalized: false, count: count, bytes: bytes)
    }

    /// The accessor's data, sparse substitution done; nil where it is not whole, or holds nothing of its own.
    func elements(of accessor: ObjectGraph.Accessor) -> Accessor? {
        guard let component = accessor.component.flatMap(Accessor.ComponentType.init),
            let type = accessor.type.flatMap(Accessor.ElementType.init), let layout = accessor.layout,
            let count = accessor.count, count <= limits.accessorElements,
            count * layout.packedSize <= min(limits.totalBytes, budget),
            accessor.bufferView != nil || accessor.sparse != nil
        else { return nil }
        budget -= count * layout.packedSize
        var bytes = [UInt8](repeating: 0, count: count * layout.packedSize)
        if let index = accessor.bufferView {
            let stride =
                graph.bufferViews.indices.contains(index) ? graph.bufferViews[index]?.byteStride : nil
            guard let view = view(index), let offset = accessor.byteOffset, offset % component.size == 0,
                let unpacked = try? layout.unpack(
                    view, offset: offset, stride: stride, count: count,
                    cursor: JSONCursor(.null))
            else { return nil }
            bytes = unpacked
        }
        if let sparse = accessor.sparse {
            guard let places = sparseIndices(of: accessor),
                let values = unpack(sparse.values, component.rawValue, type.rawValue, sparse.count)
            else { return nil }
            let size = layout.packedSize
            for (i, place) in places.enumerated() where place < count {
                bytes.replaceSubrange(
                    Int(place) * size..<(Int(place) + 1) * size, with: values.bytes[i * size..<(i + 1) * size]
                )
            }
        }
        return Accessor(
            componentType: component, elementType: type, normalized: accessor.isNormalized, count: count,
            bytes: bytes)
    }
}
