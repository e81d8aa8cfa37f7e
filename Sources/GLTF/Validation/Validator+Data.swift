import AvatariumCore

/// The checks that read the data itself: buffers, images, then every accessor that something uses.
extension Validator {
    func checkData(_ resources: DataSource) {
        each("buffers") { i, json in checkBufferData(i, json, resources) }
        each("images") { i, json in checkImageData(i, json, resources) }
        for i in graph.accessors.indices {
            guard let accessor = graph.accessors[i], accessor.sparse != nil,
                let places = resources.sparseIndices(of: accessor)
            else { continue }
            within("accessors", i) { checkSparse(places, accessor) }
        }
        checkElements(resources)
        checkInfluences(resources)
        checkTextureTypes()
    }

    private func checkBufferData(_ i: Int, _ json: JSON, _ resources: DataSource) {
        guard let length = json.integer("byteLength", min: 1) else { return }
        switch resources.load(buffer: i, json, isBinary: isBinary) {
        case .missing(let reason): report(.ioError, "uri", reason)
        case .noBinaryChunk: report(.bufferMissingGlbData)
        case .nothing: break
        case .bytes(let count):
            if count < length {
                report(.bufferByteLengthMismatch, nil, "has \(count) bytes of a declared \(length)")
            } else if isBinary, i == 0, json["uri"] == nil, count > (length + 3) & ~3 {
                report(.bufferGlbChunkTooBig, nil, "the chunk has \(count - length) bytes too many")
            }
        }
    }

    private func checkImageData(_ i: Int, _ json: JSON, _ resources: DataSource) {
        let bytes: [UInt8]
        do {
            guard let loaded = try resources.image(json, graph) else { return }
            bytes = loaded
        } catch {
            return report(.ioError, "uri", error.message)
        }
        let header: ImageHeader
        do {
            header = try ImageHeader(bytes)
        } catch {
            switch error {
            case .unrecognized:
                report(.imageUnrecognizedFormat)
            case .endsEarly: report(.imageUnexpectedEos)
            case .invalid(let reason): report(.imageDataInvalid, nil, reason)
            }
            return
        }
        foundImageTypes[i] = header.mimeType
        if !imageTypes.contains(header.mimeType) {
            report(.imageNonEnabledMimeType, nil, "\(header.mimeType) needs an extension")
        }
        if let declared = json["mimeType"]?.string, declared != header.mimeType {
            report(
                .imageMimeTypeInvalid, json.index("bufferView") != nil ? "bufferView" : "uri",
                "is \(header.mimeType), not \(declared)")
        }
        if header.width.nonzeroBitCount != 1 || header.height.nonzeroBitCount != 1 {
            report(.imageNpotDimensions, nil, "\(header.width)x\(header.height) are not powers of two")
        }
        if header.hasUnsupportedFeatures {
            report(
                .imageFeaturesUnsupported)
        }
    }

    private func checkSparse(_ places: [UInt32], _ accessor: ObjectGraph.Accessor) {
        let count = accessor.count ?? 0
        for (k, place) in places.enumerated() {
            if k > 0, place <= places[k - 1] {
                report(.accessorSparseIndicesNonIncreasing, "sparse", "index \(place) does not increase")
            }
            if place >= count {
                report(.accessorSparseIndexOob, "sparse", "index \(place) is not below \(count)")
            }
        }
    }

    /// Textures must use the image format that their extension, or the lack of one, asks for.
    private func checkTextureTypes() {
        each("textures") { _, json in
            for (name, wanted) in [("EXT_texture_webp", "image/webp"), ("KHR_texture_basisu", "image/ktx2")]
            where extensionsUsed.contains(name) {
                guard let index = json["extensions"]?[name]?.index("source"),
                    let type = imageType(index), type != wanted
                else { continue }
                report(
                    .textureInvalidImageMimeType,
                    pointer: pointer("extensions") + "/\(name)/source",
                    "image \(index) is \(type), not \(wanted)"
                )
            }
            if let index = json.index("source"), let type = imageType(index),
                !["image/jpeg", "image/png"].contains(type), imageTypes.contains(type)
            {
                report(.textureInvalidImageMimeType, "source", "image \(index) is \(type)")
            }
        }
    }

    private func imageType(_ index: Int) -> String? {
        root["images"]?[index]?["mimeType"]?.string ?? foundImageTypes[index]
    }
}
