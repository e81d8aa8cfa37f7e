import AvatariumCore

/// How buffers, views, accessors, images and textures refer to each other.
extension Validator {
    func checkLinks() {
        let usage = UsageTracker(graph)
        for i in graph.bufferViews.indices { within("bufferViews", i) { linkBufferView(i) } }
        for i in graph.accessors.indices { within("accessors", i) { linkAccessor(i, usage) } }
        each("images") { linkImage($1, usage) }
        each("textures") { linkTexture($1) }
        each("materials") { linkMaterial($0, $1) }
        for i in graph.meshes.indices { within("meshes", i) { linkMesh(i, usage) } }
        linkNodes()
        each("skins") { linkSkin($0, $1, usage) }
        each("animations") { linkAnimation($1, usage) }
        linkScenes()
        checkHierarchy()
        checkUnused()
    }

    /// The objects of a root array.
    func each(_ name: String, _ body: (Int, JSON) -> Void) {
        for (i, item) in (root[name]?.array ?? []).enumerated() where item.object != nil {
            within(name, i) { body(i, item) }
        }
    }

    /// The reference `key` into a collection of `count`; reports one that leads nowhere.
    @discardableResult
    func resolve(_ json: JSON, _ key: String, in collection: String, exists: (Int) -> Bool) -> Int? {
        guard let index = json.index(key) else { return nil }
        guard exists(index) else {
            report(.unresolvedReference, key, "\(index) refers to nothing")
            return nil
        }
        graph.markUsed(collection, index)
        return index
    }

    /// Whether the root array has an object at that index.
    func exists(_ collection: String, _ index: Int) -> Bool { root[collection]?[index]?.object != nil }

    private func linkBufferView(_ i: Int) {
        guard let view = graph.bufferViews[i], let buffer = view.buffer else { return }
        guard graph.buffers.indices.contains(buffer), let length = graph.buffers[buffer] else {
            return report(.unresolvedReference, "buffer", "\(buffer) refers to nothing")
        }
        graph.markUsed("buffers", buffer)
        guard let length, let offset = view.byteOffset else { return }
        if offset >= length {
            report(
                .bufferViewTooLong, "byteOffset", "starts past the \(length) bytes of buffer \(buffer)")
        } else if let size = view.byteLength, size > length - offset {
            report(.bufferViewTooLong, "byteLength", "ends past the \(length) bytes of buffer \(buffer)")
        }
    }

    private func linkAccessor(_ i: Int, _ usage: UsageTracker) {
        guard let accessor = graph.accessors[i], accessor.component != nil, let count = accessor.count,
            accessor.type != nil
        else { return }
        if let index = accessor.bufferView {
            if let view = view(index) {
                graph.markUsed("bufferViews", index)
                let size = accessor.layout?.elementSize ?? 0
                if let stride = view.byteStride, stride < size {
                    report(
                        .accessorSmallBytestride, nil, "\(stride) is less than an element's \(size) bytes")
                }
                let stride = view.byteStride ?? accessor.layout?.stride ?? 0
                let (span, overflow) = stride.multipliedReportingOverflow(by: count - 1)
                checkExtent(
                    accessor.byteOffset, overflow ? .max / 2 : span + size, accessor.componentSize, view,
                    index)
            } else {
                report(.unresolvedReference, "bufferView", "\(index) refers to nothing")
            }
        }
        guard let sparse = accessor.sparse else { return }
        within("sparse") {
            if sparse.count > count {
                report(
                    .accessorSparseCountOutOfRange, "count",
                    "replaces \(sparse.count) of \(count) elements")
            }
            let indexSize = sparse.indices.component.map(AccessorFormat.componentSize)
            within("indices") { linkSparse(sparse.indices, indexSize, 1, sparse.count, usage) }
            within("values") {
                linkSparse(sparse.values, accessor.componentSize, accessor.components, sparse.count, usage)
            }
        }
    }

    private func linkSparse(
        _ part: ObjectGraph.SparsePart, _ size: Int?, _ components: Int, _ count: Int, _ usage: UsageTracker
    ) {
        guard let index = part.bufferView else { return }
        guard let view = view(index) else {
            return report(.unresolvedReference, "bufferView", "\(index) refers to nothing")
        }
        markView(index, as: .other, "bufferView", usage)
        if view.byteStride != nil {
            report(.bufferViewInvalidByteStride, "bufferView", "sparse data cannot have a stride")
        }
        guard let size else { return }
        let (bytes, overflow) = (size * components).multipliedReportingOverflow(by: count)
        checkExtent(part.byteOffset, overflow ? .max / 2 : bytes, size, view, index)
    }

    func view(_ index: Int) -> ObjectGraph.BufferView? {
        graph.bufferViews.indices.contains(index) ? graph.bufferViews[index] : nil
    }

    private func checkExtent(
        _ offset: Int?, _ length: Int, _ componentSize: Int, _ view: ObjectGraph.BufferView, _ index: Int
    ) {
        guard let offset, componentSize > 0 else { return }
        if offset % componentSize != 0 {
            report(.accessorOffsetAlignment, "byteOffset", "\(offset) is not a multiple of \(componentSize)")
        }
        guard let start = view.byteOffset, let size = view.byteLength else { return }
        if (start % componentSize + offset % componentSize) % componentSize != 0 {
            report(
                .accessorTotalOffsetAlignment, nil,
                "the data does not start at a multiple of \(componentSize) bytes")
        }
        if offset > size {
            report(.accessorTooLong, "byteOffset", "starts past bufferView \(index) of \(size) bytes")
        } else if length > size - offset {
            report(.accessorTooLong, nil, "does not fit bufferView \(index) of \(size) bytes")
        }
    }

    private func linkImage(_ json: JSON, _ usage: UsageTracker) {
        guard let index = resolve(json, "bufferView", in: "bufferViews", exists: { view($0) != nil }) else {
            return
        }
        markView(index, as: .image, "bufferView", usage)
        if view(index)?.byteStride != nil {
            report(.imageBufferViewWithBytestride, "bufferView")
        }
    }

    private func linkTexture(_ json: JSON) {
        resolve(json, "sampler", in: "samplers") { exists("samplers", $0) }
        resolve(json, "source", in: "images") { exists("images", $0) }
        for name in ["EXT_texture_webp", "KHR_texture_basisu"] where extensionsUsed.contains(name) {
            guard let inner = json["extensions"]?[name] else { continue }
            within("extensions") {
                within(name) {
                    _ = resolve(inner, "source", in: "images") { exists("images", $0) }
                }
            }
        }
    }
}
